//===- FullRangeTest.cpp - Asymmetric ranges that hold zero ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `full_range` is the rule of ONNX's DynamicQuantizeLinear and PyTorch's
// observers:
//
//   low = min(x, 0), high = max(x, 0), s = (high - low) / (qmax - qmin),
//   z = qmin - low / s, rounded
//
// so that no value of the channel is further from its code than half a step.
// Brevitas's rule does not have that property.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <algorithm>
#include <cmath>

using namespace quant_act;

namespace {

constexpr int64_t numChannels = 6, numElements = 5;

/// One sign only, both, zeros, one value only, and a zero at one end.
constexpr float rows[numChannels][numElements] = {
    {-2.0f, -1.0f, -1.25f, -1.5f, -1.75f}, {1.0f, 2.0f, 1.5f, 1.125f, 1.75f},
    {-3.0f, 5.0f, 0.0f, 1.0f, -1.0f},      {0.0f, 0.0f, 0.0f, 0.0f, 0.0f},
    {-7.0f, -7.0f, -7.0f, -7.0f, -7.0f},   {0.0f, 1e-3f, 2e-3f, 3e-3f, 4e-3f}};

HostTensor makeData() {
  HostTensor x(ElementType::F32, {numChannels, numElements});
  for (int64_t i = 0; i < x.getNumElements(); ++i)
    x.setDouble(i, rows[i / numElements][i % numElements]);
  return x;
}

/// x -> scales, zero points, quantized x.
std::string makeProgram(const std::string &format, const std::string &rule) {
  return "#grid = #quant_act.grid<broadcast = [6, 1], permutation = [0, 1]>\n"
         "func.func @f(%x: tensor<6x5xf32>) -> (tensor<6xf32>, tensor<6xf32>, "
         "tensor<6x5xf32>) {\n"
         "  %t, %l = quant_act.stats min_max on #grid %x : tensor<6x5xf32> -> "
         "tensor<6xf32>, tensor<6xf32>\n"
         "  %s, %z = quant_act.choose_qparams to " +
         format + rule +
         " %t low %l : tensor<6xf32>, tensor<6xf32>\n"
         "  %y = quant_act.fake_quant to " +
         format +
         " on #grid %x scale %s zero_point %z : tensor<6x5xf32>, "
         "tensor<6xf32>, tensor<6xf32>\n"
         "  return %s, %z, %y : tensor<6xf32>, tensor<6xf32>, "
         "tensor<6x5xf32>\n}";
}

/// Runs both ways, which must agree.
std::vector<HostTensor> run(const std::string &format,
                            const std::string &rule) {
  TestProgram program(makeProgram(format, rule));
  HostTensor x = makeData();
  std::vector<HostTensor> results =
      llvm::cantFail(program.interpret("f", {&x}));
  std::vector<HostTensor> compiled =
      llvm::cantFail(program.runCompiled("f", {&x}));
  for (size_t i = 0; i < results.size(); ++i)
    EXPECT_TRUE(equalBits(compiled[i], results[i])) << format << rule;
  return results;
}

/// How far, in steps, the worst value of a channel is from its code.
double getWorstError(const std::vector<HostTensor> &results, int64_t channel) {
  double worst = 0.0;
  for (int64_t i = 0; i < numElements; ++i)
    worst = std::max(worst,
                     std::fabs(results[2].getDouble(channel * numElements + i) -
                               rows[channel][i]) /
                         results[0].getDouble(channel));
  return worst;
}

void checkFullRange(const std::string &format, float lowest, float highest) {
  std::vector<HostTensor> results = run(format, " full_range");
  for (int64_t channel = 0; channel < numChannels; ++channel) {
    const float *row = rows[channel];
    float low = std::min(*std::min_element(row, row + numElements), 0.0f);
    float high = std::max(*std::max_element(row, row + numElements), 0.0f);
    float range = std::max(high - low, 1e-10f); // the minimum
    float scale = range / (highest - lowest);
    float zeroPoint = std::nearbyint(-low / scale + lowest);
    EXPECT_EQ(results[0].getDouble(channel), scale) << format << channel;
    EXPECT_EQ(results[1].getDouble(channel), zeroPoint) << format << channel;
    EXPECT_LE(getWorstError(results, channel), 0.5001) << format << channel;
  }
}

TEST(FullRange, HoldsEveryValue) {
  checkFullRange("#quant_act.int<8, signed>", -128.0f, 127.0f);
  checkFullRange("#quant_act.int<8, unsigned>", 0.0f, 255.0f);
  checkFullRange("#quant_act.int<4, signed>", -8.0f, 7.0f);
  checkFullRange("#quant_act.int<3, unsigned>", 0.0f, 7.0f);
}

/// Without it a channel of negative values saturates, and a signed format has
/// twice the step.
TEST(FullRange, IsNotTheDefault) {
  EXPECT_GT(getWorstError(run("#quant_act.int<8, unsigned>", ""), 0), 100.0);
  std::vector<HostTensor> results = run("#quant_act.int<8, signed>", "");
  EXPECT_EQ(results[0].getDouble(2), 8.0f / 128.0f);
}

} // namespace
