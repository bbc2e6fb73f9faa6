//===- RangeGradientTest.cpp - fake_quant_range's gradients ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gradients, interpreted and compiled, against published definitions in plain
// C++, and against differences of the forward op.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <array>
#include <cmath>
#include <random>

using namespace quant_act;
using llvm::ArrayRef;

namespace {

constexpr int64_t numElements = 40;

/// The ends of one channel's range.
struct Range {
  double low, high;
};

/// What one channel's definition yields.
struct ChannelGradients {
  std::array<float, numElements> x;
  double low = 0.0, high = 0.0;
};

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

HostTensor makeTensor(ElementType type, ArrayRef<int64_t> shape,
                      llvm::function_ref<double(int64_t)> value) {
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, value(i));
  return tensor;
}

/// Runs both ways, which must agree.
std::vector<HostTensor> run(const std::string &text,
                            ArrayRef<const HostTensor *> arguments) {
  return TestProgram(text).runBothWays("f", arguments, text);
}

/// Whether numbers are equal, NaN included, or as near as that.
testing::AssertionResult isNear(double actual, double expected, double bound) {
  if (actual == expected || std::abs(actual - expected) <= bound ||
      (std::isnan(actual) && std::isnan(expected)))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << actual << ", expected " << expected;
}

/// `op` on one channel per range, against a definition of channels.
template <typename Definition>
void check(const std::string &op, ArrayRef<Range> ranges, const HostTensor &g,
           const HostTensor &x, Definition definition) {
  int64_t channels = ranges.size();
  std::string tensor = tensorType({channels, numElements}, ElementType::F32),
              ends = tensorType({channels}, ElementType::F32);
  std::string text =
      "func.func @f(%g: " + tensor + ", %x: " + tensor + ", %l: " + ends +
      ", %h: " + ends + ") -> (" + tensor + ", " + ends + ", " + ends +
      ") {\n  %dx, %dl, %dh = quant_act.fake_quant_range_grad " + op +
      " on #quant_act.grid<broadcast = [?, 1], permutation = [0, 1]> %g, %x "
      "low %l high %h : " +
      tensor + ", " + ends + "\n  return %dx, %dl, %dh : " + tensor + ", " +
      ends + ", " + ends + "\n}";
  HostTensor low = makeTensor(ElementType::F32, {channels},
                              [&](int64_t i) { return ranges[i].low; });
  HostTensor high = makeTensor(ElementType::F32, {channels},
                               [&](int64_t i) { return ranges[i].high; });
  std::vector<HostTensor> results = run(text, {&g, &x, &low, &high});
  for (int64_t channel = 0; channel < channels; ++channel) {
    std::array<float, numElements> gs, xs;
    for (int64_t i = 0; i < numElements; ++i) {
      gs[i] = g.getDouble(channel * numElements + i);
      xs[i] = x.getDouble(channel * numElements + i);
    }
    ChannelGradients expected =
        definition(gs, xs, static_cast<float>(ranges[channel].low),
                   static_cast<float>(ranges[channel].high));
    SCOPED_TRACE(op + ", channel " + std::to_string(channel));
    for (int64_t i = 0; i < numElements; ++i)
      EXPECT_TRUE(isNear(results[0].getDouble(channel * numElements + i),
                         expected.x[i], 0.0))
          << i << ", x = " << xs[i];
    EXPECT_TRUE(isNear(results[1].getDouble(channel), expected.low, 1e-5));
    EXPECT_TRUE(isNear(results[2].getDouble(channel), expected.high, 1e-5));
  }
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

/// FakeQuantWithMinMaxVarsGradient, and one channel of
/// FakeQuantWithMinMaxVarsPerChannelGradient.
ChannelGradients tensorflow(const std::array<float, numElements> &g,
                            const std::array<float, numElements> &x, float min,
                            float max, float quantMin, float quantMax) {
  ChannelGradients result;
  if (min == 0.0f && max == 0.0f) {
    result.x = g;
    return result;
  }
  float scale = (max - min) / (quantMax - quantMin);
  float zeroPoint = quantMin - min / scale;
  float nudged = zeroPoint < quantMin   ? quantMin
                 : zeroPoint > quantMax ? quantMax
                                        : std::round(zeroPoint);
  float nudgedMin = (quantMin - nudged) * scale;
  float nudgedMax = (quantMax - nudged) * scale;
  for (int64_t i = 0; i < numElements; ++i) {
    result.x[i] = g[i] * (x[i] >= nudgedMin && x[i] <= nudgedMax ? 1.0f : 0.0f);
    result.low += g[i] * (x[i] < nudgedMin ? 1.0f : 0.0f);
    result.high += g[i] * (x[i] > nudgedMax ? 1.0f : 0.0f);
  }
  return result;
}

/// NNCF's gradient of its asymmetric quantizer, which takes the low end and the
/// width of the range: outside, everything goes to the bounds, and inside to
/// the width what rounding moved. The high end is low + width.
ChannelGradients nncf(const std::array<float, numElements> &g,
                      const std::array<float, numElements> &x, float low,
                      float high, float steps) {
  ChannelGradients result;
  double ofLow = 0.0, ofWidth = 0.0, width = double(high) - low;
  for (int64_t i = 0; i < numElements; ++i) {
    bool isBelow = x[i] <= low, isAbove = x[i] > high;
    double output =
        std::nearbyint((x[i] - low) / (high - low) * steps) / steps * width +
        low;
    result.x[i] = isBelow || isAbove ? 0.0f : g[i];
    ofLow += isBelow || isAbove ? g[i] : 0.0f;
    ofWidth += isBelow ? 0.0 : isAbove ? g[i] : g[i] * (output - x[i]) / width;
  }
  result.low = ofLow - ofWidth;
  result.high = ofWidth;
  return result;
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

HostTensor makeNumbers(int64_t rows, double scale, unsigned seed) {
  std::mt19937 random(seed);
  return makeTensor(ElementType::F32, {rows, numElements}, [&](int64_t) {
    return (random() / 4294967296.0 - 0.5) * scale;
  });
}

TEST(RangeGradient, Tensorflow) {
  // Moved to zero, of one sign, empty, and with a tie for the zero point.
  const Range ranges[] = {{-10.0, 10.0}, {-0.1, 63.4}, {0.0, 6.0}, {-6.3, 0.0},
                          {0.0, 0.0},    {1.0, 3.0},   {-3, -1},   {-0.5, 2.5}};
  HostTensor g = makeNumbers(std::size(ranges), 4.0, 1),
             x = makeNumbers(std::size(ranges), 40.0, 2);
  for (size_t channel = 0; channel < std::size(ranges); ++channel) {
    int64_t first = channel * numElements;
    double special[] = {ranges[channel].low,
                        ranges[channel].high,
                        NAN,
                        INFINITY,
                        -INFINITY,
                        -0.0};
    for (auto [i, value] : llvm::enumerate(special))
      x.setDouble(first + i, value);
  }
  // An infinite gradient counts as NaN where it is multiplied by 0.
  g.setDouble(numElements + 7, INFINITY);
  for (int bits : {2, 4, 8, 16})
    for (bool isNarrow : {false, true})
      for (const char *contract : {"tensorflow", "tensorflow_reciprocal"})
        check(std::string(contract) + " levels " +
                  std::to_string((1 << bits) - isNarrow),
              ranges, g, x, [&](auto &g, auto &x, float low, float high) {
                return tensorflow(g, x, low, high, isNarrow, (1 << bits) - 1);
              });
}

TEST(RangeGradient, Openvino) {
  const Range ranges[] = {{-10.0, 10.0}, {-0.1, 6.4}, {0.0, 6.0}, {1.0, 3.0}};
  HostTensor g = makeNumbers(std::size(ranges), 4.0, 1),
             x = makeNumbers(std::size(ranges), 30.0, 2);
  for (size_t channel = 0; channel < std::size(ranges); ++channel) {
    x.setDouble(channel * numElements, ranges[channel].low);
    x.setDouble(channel * numElements + 1, ranges[channel].high);
    x.setDouble(channel * numElements + 2, INFINITY);
    x.setDouble(channel * numElements + 3, -INFINITY);
  }
  for (int levels : {2, 16, 256})
    check("openvino levels " + std::to_string(levels), ranges, g, x,
          [&](auto &g, auto &x, float low, float high) {
            return nncf(g, x, low, high, levels - 1);
          });
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

using Operands = std::vector<HostTensor>;

std::vector<const HostTensor *> toPointers(const Operands &operands) {
  auto pointers = llvm::make_pointer_range(operands);
  return {pointers.begin(), pointers.end()};
}

/// A function @f of a range's ends, in f64, with levels so many that rounding
/// hardly shows.
std::string makeFunction(bool isGradient, bool hasOutRange) {
  const std::string x = "tensor<6xf64>", end = "tensor<f64>";
  unsigned numEnds = hasOutRange ? 4 : 2;
  std::string ends = ", %l: " + end + ", %h: " + end;
  if (hasOutRange)
    ends += ", %a: " + end + ", %b: " + end;
  std::string results = x, values = "%r#0";
  for (unsigned i = 1; isGradient && i <= numEnds; ++i) {
    results += ", " + end;
    values += ", %r#" + std::to_string(i);
  }
  return "func.func @f(%x: " + x + ends + (isGradient ? ", %g: " + x : "") +
         ") -> (" + results +
         ") {\n  %r:" + std::to_string(isGradient ? numEnds + 1 : 1) +
         " = quant_act.fake_quant_range" +
         (isGradient ? "_grad openvino levels 16777216 %g, %x"
                     : " openvino levels 16777216 %x") +
         " low %l high %h" + (hasOutRange ? " out_low %a out_high %b" : "") +
         " : " + x + ", " + end + (hasOutRange ? ", " + end + ", " + end : "") +
         "\n  return " + values + " : " + results + "\n}";
}

/// Whether the result has a range of its own, and low and high are exchanged:
/// for that there is no other definition.
class RangeDifferences : public testing::TestWithParam<std::tuple<bool, bool>> {
};

TEST_P(RangeDifferences, EqualGradients) {
  auto [hasOutRange, isReversed] = GetParam();
  auto makeScalar = [](double value) {
    return makeTensor(ElementType::F64, {}, [&](int64_t) { return value; });
  };
  const double xs[] = {-4.0, -0.9, 0.3, 1.1, 1.9, 7.0},
               gs[] = {0.5, 1.5, 2.5, 3.5, 0.5, 1.5};
  Operands operands{
      makeTensor(ElementType::F64, {6}, [&](int64_t i) { return xs[i]; }),
      makeScalar(isReversed ? 2.1 : -1.2), makeScalar(isReversed ? -1.2 : 2.1)};
  if (hasOutRange) {
    operands.push_back(makeScalar(-3.0));
    operands.push_back(makeScalar(5.5));
  }
  TestProgram forward(makeFunction(/*isGradient=*/false, hasOutRange));
  /// The sum of g * y, with one number of one operand changed.
  auto evaluate = [&](size_t operand, int64_t index, double change) {
    Operands changed = operands;
    changed[operand].setDouble(index,
                               changed[operand].getDouble(index) + change);
    auto y = llvm::cantFail(forward.interpret("f", toPointers(changed)));
    double sum = 0.0;
    for (int64_t i = 0; i < 6; ++i)
      sum += gs[i] * y.front().getDouble(i);
    return sum;
  };

  Operands all = operands;
  all.push_back(
      makeTensor(ElementType::F64, {6}, [&](int64_t i) { return gs[i]; }));
  std::vector<HostTensor> gradients =
      run(makeFunction(/*isGradient=*/true, hasOutRange), toPointers(all));
  const double step = 1e-3;
  for (auto [operand, gradient] : llvm::enumerate(gradients))
    for (int64_t i = 0, e = gradient.getNumElements(); i < e; ++i)
      EXPECT_NEAR(gradient.getDouble(i),
                  (evaluate(operand, i, step) - evaluate(operand, i, -step)) /
                      (2 * step),
                  2e-3)
          << operand << ", " << i;
}

INSTANTIATE_TEST_SUITE_P(Ranges, RangeDifferences,
                         testing::Combine(testing::Bool(), testing::Bool()));

} // namespace
