//===- RangeGradients.h - Derivatives of fake_quant_range -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one element contributes to the gradients of `fake_quant_range`, written
// once over an arithmetic (see Arithmetic.h). `g` is the gradient of the
// element's result.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_RANGEGRADIENTS_H
#define QUANTACT_NUMERICS_RANGEGRADIENTS_H

#include "QuantAct/Numerics/FakeQuantRange.h"

namespace quant_act {

/// What an element contributes to each operand's gradient.
template <typename Arith>
struct RangeContributions {
  typename Arith::Value x;
  typename Arith::Value low;
  typename Arith::Value high;
  /// Where the result has a range of its own only.
  OptionalValue<Arith> outLow = std::nullopt;
  OptionalValue<Arith> outHigh = std::nullopt;
};

/// TensorFlow multiplies by 1 or 0: an infinite gradient makes NaN where it
/// does not count.
template <typename Arith>
RangeContributions<Arith>
rangeGradientTensorflow(Arith &arith, const FakeQuantRangeSpec &spec,
                        typename Arith::Value g, typename Arith::Value x,
                        const Ranges<Arith> &ranges) {
  NudgedRange<Arith> nudged = nudgeRange(arith, spec.levels, ranges);
  auto zero = arith.constant(0.0), one = arith.constant(1.0);
  auto countIf = [&](typename Arith::Bool condition) {
    return arith.select(condition, one, zero);
  };
  auto isBetween =
      arith.select(arith.isGreaterEqual(x, nudged.low),
                   countIf(arith.isGreaterEqual(nudged.high, x)), zero);
  auto passed = arith.mul(g, isBetween);
  auto below = arith.mul(g, countIf(arith.isLess(x, nudged.low)));
  auto above = arith.mul(g, countIf(arith.isGreater(x, nudged.high)));
  return {selectIfEmptyAtZero(arith, ranges, g, passed),
          selectIfEmptyAtZero(arith, ranges, zero, below),
          selectIfEmptyAtZero(arith, ranges, zero, above)};
}

/// Rounding is straight through. With p the position of x in its range, and q
/// the rounded one, y = q * (out_high - out_low) + out_low.
template <typename Arith>
RangeContributions<Arith>
rangeGradientOpenvino(Arith &arith, const FakeQuantRangeSpec &spec,
                      typename Arith::Value g, typename Arith::Value x,
                      const Ranges<Arith> &ranges, bool hasOutRange) {
  auto [p, q] = placeInRange(arith, spec, x, ranges);
  auto zero = arith.constant(0.0);
  auto select = [&](auto ifBelow, auto ifInside, auto ifAbove) {
    return selectByRange(arith, x, ranges, ifBelow, ifInside, ifAbove);
  };
  if (!hasOutRange) {
    auto residual = arith.mul(g, arith.sub(p, q));
    return {select(zero, g, zero), select(g, residual, zero),
            select(zero, arith.negate(residual), g)};
  }
  auto one = arith.constant(1.0);
  auto slope = arith.div(arith.sub(ranges.outHigh, ranges.outLow),
                         arith.sub(ranges.high, ranges.low));
  auto passed = arith.mul(g, slope);
  auto ofLow = arith.mul(passed, arith.sub(p, one));
  auto ofHigh = arith.negate(arith.mul(passed, p));
  return {select(zero, passed, zero), select(zero, ofLow, zero),
          select(zero, ofHigh, zero),
          select(g, arith.mul(g, arith.sub(one, q)), zero),
          select(zero, arith.mul(g, q), g)};
}

/// One element of fake_quant_range's gradient.
template <typename Arith>
RangeContributions<Arith>
fakeQuantRangeGradient(Arith &arith, const FakeQuantRangeSpec &spec,
                       typename Arith::Value g, typename Arith::Value x,
                       const Ranges<Arith> &ranges, bool hasOutRange) {
  if (spec.contract == RangeContract::Openvino)
    return rangeGradientOpenvino(arith, spec, g, x, ranges, hasOutRange);
  return rangeGradientTensorflow(arith, spec, g, x, ranges);
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_RANGEGRADIENTS_H
