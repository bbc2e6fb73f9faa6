//===- TileChannelsTest.cpp - One channel after the other
//------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a statistic and the quantization by it, and gradients, give where they
// are computed for one channel after the other is what the reference gives.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace quant_act;
using llvm::formatv;

namespace {

/// A step of training, the gradients of a statistic, and those of quantization
/// by it; and a statistic of which branches make the scale.
std::string getFunctions(ArrayRef<int64_t> shape, ElementType type) {
  std::string x = tensorType(shape, type);
  std::string s = tensorType(shape[1], type);
  std::string text =
      formatv("#grid = #quant_act.grid<broadcast = [1, {0}, 1], permutation = "
              "[1, 0, 2]>\n",
              shape[1] < 0 ? "?" : std::to_string(shape[1]));
  for (std::string statistic : {"abs_max", "mean_sigma_std<2.5>"}) {
    std::string name = statistic.substr(0, statistic.find('<'));
    text += formatv(
        "func.func @{0}(%x: {2}, %r: {3}, %n: tensor<i64>) -> ({2}, {3}, {3}, "
        "tensor<i64>) {{\n"
        "  %y, %s, %t, %m = quant_act.act collect {1} momentum 0.1 to "
        "#quant_act.int<8, signed, narrow> on #grid %x state %r, %n : {2}, "
        "{3}, tensor<i64>\n"
        "  return %y, %s, %t, %m : {2}, {3}, {3}, tensor<i64>\n}\n",
        name, statistic, x, s);
    text += formatv("func.func @{0}_grad(%x: {2}, %g: {3}) -> ({2}, {3}) {{\n"
                    "  %t = quant_act.stats {1} on #grid %x : {2} -> {3}\n"
                    "  %d = quant_act.stats_grad {1} on #grid %x threshold %g "
                    ": {2}, {3}\n"
                    "  return %d, %t : {2}, {3}\n}\n",
                    name, statistic, x, s);
  }
  text += formatv(
      "func.func @gradients(%x: {0}, %g: {0}) -> ({0}, {1}) {{\n"
      "  %t = quant_act.stats abs_max on #grid %x : {0} -> {1}\n"
      "  %s = quant_act.choose_qparams to #quant_act.int<8, signed> %t : {1}\n"
      "  %dx, %ds = quant_act.fake_quant_grad to #quant_act.int<8, signed> on "
      "#grid %g, %x scale %s : {0}, {1}\n"
      "  return %dx, %ds : {0}, {1}\n}\n"
      "func.func @branches(%x: {0}, %r: {1}, %c: tensor<i64>) -> ({0}, {1}) "
      "{{\n"
      "  %t = quant_act.stats abs_max on #grid %x : {0} -> {1}\n"
      "  %e = tensor.extract %c[] : tensor<i64>\n"
      "  %z = arith.constant 0 : i64\n"
      "  %b = arith.cmpi ne, %e, %z : i64\n"
      "  %u = scf.if %b -> ({1}) {{\n    scf.yield %t : {1}\n  } else {{\n"
      "    %v = arith.addf %r, %r : {1}\n    scf.yield %v : {1}\n  }\n"
      "  %s = quant_act.choose_qparams to #quant_act.int<8, signed> %u : {1}\n"
      "  %y = quant_act.fake_quant to #quant_act.int<8, signed> on #grid %x "
      "scale "
      "%s : {0}, {1}\n"
      "  return %y, %s : {0}, {1}\n}\n",
      x, s);
  return text;
}

HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, unsigned seed) {
  std::mt19937 random(seed);
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    uint32_t bits = random();
    double value = (bits / 4294967296.0 - 0.5) * 8.0;
    tensor.setDouble(i, bits % 1999 == 0 ? NAN : bits % 97 == 0 ? -0.0 : value);
  }
  return tensor;
}

/// Numbers that cancel out if they are added to the same of 16 lanes, and what
/// is added between them: else not.
void makeCancelling(HostTensor &x, HostTensor &g) {
  int64_t row = x.getShape()[2];
  for (int64_t i = 0, e = x.getNumElements(); i + 16 < e; i += 32) {
    if (i % row + 16 >= row)
      continue;
    x.setDouble(i + 16, x.getDouble(i));
    g.setDouble(i, 1e30);
    g.setDouble(i + 16, -1e30);
  }
}

void check(TestProgram &program, ArrayRef<int64_t> shape, ElementType type,
           unsigned seed) {
  HostTensor x = makeData(type, shape, seed);
  HostTensor r = makeData(type, shape[1], seed + 1);
  HostTensor n(ElementType::I64, ArrayRef<int64_t>());
  n.fill(seed % 2);
  std::string what = formatv("{0}x{1}x{2}", shape[0], shape[1], shape[2]);
  for (std::string name : {"abs_max", "mean_sigma_std"}) {
    program.runBothWays(name, {&x, &r, &n}, what);
    program.runBothWays(name + "_grad", {&x, &r}, what);
  }
  HostTensor g = makeData(type, shape, seed + 2), c(ElementType::I64, {});
  c.fill(1);
  program.runBothWays("branches", {&x, &r, &c}, what);
  makeCancelling(x, g);
  program.runBothWays("gradients", {&x, &g}, what);
}

class ChannelTiles : public testing::TestWithParam<const char *> {};

/// Rows of whole lines and others, of one row per channel and several, and such
/// that are not tiled.
TEST_P(ChannelTiles, TrainingSteps) {
  CPUPipelineOptions options;
  ASSERT_TRUE(succeeded(options.parseFromString(
      std::string("channel-bytes=30000 ") + GetParam())));
  static const int64_t shapes[][3] = {
      {3, 5, 2048}, {1, 4, 2085}, {2, 3, 3001}, {2, 3, 17}, {0, 3, 2048}};
  unsigned seed = 1;
  for (ElementType type : {ElementType::F32, ElementType::BF16}) {
    TestProgram dynamic(getFunctions({-1, -1, -1}, type));
    ASSERT_TRUE(bool(dynamic.compile(options)));
    for (ArrayRef<int64_t> shape : shapes)
      check(dynamic, shape, type, seed++);
    for (ArrayRef<int64_t> shape : ArrayRef(shapes).take_front(3)) {
      TestProgram fixed(getFunctions(shape, type));
      ASSERT_TRUE(bool(fixed.compile(options)));
      check(fixed, shape, type, seed++);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Options, ChannelTiles,
    testing::Values("", "stream-bytes=1", "parallel-bytes=1 stream-bytes=1",
                    "vector-bits=192 stream-bytes=1",
                    "collapse-loops=false replace-divisions=false"));

} // namespace
