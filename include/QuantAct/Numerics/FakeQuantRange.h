//===- FakeQuantRange.h - Quantize and dequantize by a range ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One element of `quant_act.fake_quant_range`, written once over an arithmetic
// (see Arithmetic.h). The order of the operations is that of the systems named.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_FAKEQUANTRANGE_H
#define QUANTACT_NUMERICS_FAKEQUANTRANGE_H

#include "QuantAct/Numerics/FakeQuant.h"

namespace quant_act {

/// The ranges of one element.
template <typename Arith>
struct Ranges {
  typename Arith::Value low;
  typename Arith::Value high;
  typename Arith::Value outLow;
  typename Arith::Value outHigh;
};

//===----------------------------------------------------------------------===//
// TensorFlow
//===----------------------------------------------------------------------===//

/// A range moved so that zero is one of its values.
template <typename Arith>
struct NudgedRange {
  typename Arith::Value low;
  typename Arith::Value high;
  typename Arith::Value scale;
  /// Computed like the scale, not from it.
  typename Arith::Value inverse;
};

template <typename Arith>
NudgedRange<Arith> nudgeRange(Arith &arith, int64_t levels,
                              const Ranges<Arith> &ranges) {
  // Codes are 0 to 2^bits - 1; an odd number of levels is the narrow range,
  // which leaves out the lowest.
  auto lowest = arith.constant(static_cast<double>(levels % 2));
  auto highest = arith.constant(static_cast<double>(levels - 1 + levels % 2));
  auto steps = arith.sub(highest, lowest);
  auto width = arith.sub(ranges.high, ranges.low);
  auto scale = arith.div(width, steps);
  auto zero = arith.sub(lowest, arith.div(ranges.low, scale));
  auto nearest = roundTo(arith, Rounding::HalfAway, zero);
  auto isAbove = arith.isGreater(zero, highest);
  auto limited = arith.select(isAbove, highest, nearest);
  auto isBelow = arith.isLess(zero, lowest);
  zero = arith.select(isBelow, lowest, limited);
  auto low = arith.mul(arith.sub(lowest, zero), scale);
  auto high = arith.mul(arith.sub(highest, zero), scale);
  return {low, high, scale, arith.div(steps, width)};
}

/// A value where low and high are both 0, else another one.
template <typename Arith>
typename Arith::Value selectIfEmptyAtZero(Arith &arith,
                                          const Ranges<Arith> &ranges,
                                          typename Arith::Value ifEmpty,
                                          typename Arith::Value other) {
  auto zero = arith.constant(0.0);
  auto isHighZero = arith.isEqual(ranges.high, zero);
  auto whereLowIsZero = arith.select(isHighZero, ifEmpty, other);
  auto isLowZero = arith.isEqual(ranges.low, zero);
  return arith.select(isLowZero, whereLowIsZero, other);
}

template <typename Arith>
typename Arith::Value
fakeQuantTensorflow(Arith &arith, const FakeQuantRangeSpec &spec,
                    typename Arith::Value x, const Ranges<Arith> &ranges) {
  NudgedRange<Arith> nudged = nudgeRange(arith, spec.levels, ranges);
  auto half = arith.constant(0.5);
  auto zeroCode = arith.floor(
      arith.add(arith.mul(arith.negate(nudged.low), nudged.inverse), half));
  auto clamped = clampWhere(arith, x, nudged.low, nudged.high);
  auto shifted = arith.sub(clamped, nudged.low);
  auto u = spec.contract == RangeContract::TensorflowReciprocal
               ? arith.mul(shifted, nudged.inverse)
               : arith.div(shifted, nudged.scale);
  auto code = arith.floor(arith.add(arith.sub(u, zeroCode), half));
  auto y = arith.mul(code, nudged.scale);
  return selectIfEmptyAtZero(arith, ranges, arith.constant(0.0), y);
}

//===----------------------------------------------------------------------===//
// OpenVINO
//===----------------------------------------------------------------------===//

/// Where x is in its range: 0 at low, 1 at high.
template <typename Arith>
struct RangePosition {
  typename Arith::Value exact;
  /// At the next level.
  typename Arith::Value rounded;
};

template <typename Arith>
RangePosition<Arith> placeInRange(Arith &arith, const FakeQuantRangeSpec &spec,
                                  typename Arith::Value x,
                                  const Ranges<Arith> &ranges) {
  auto steps = arith.constant(static_cast<double>(spec.levels - 1));
  auto width = arith.sub(ranges.high, ranges.low);
  auto position = arith.div(arith.sub(x, ranges.low), width);
  auto code = arith.roundEven(arith.mul(position, steps));
  return {position, arith.div(code, steps)};
}

/// One of three values, by where x is. A range may be given from its upper to
/// its lower end.
template <typename Arith>
typename Arith::Value
selectByRange(Arith &arith, typename Arith::Value x,
              const Ranges<Arith> &ranges, typename Arith::Value ifBelow,
              typename Arith::Value ifInside, typename Arith::Value ifAbove) {
  auto isReversed = arith.isLess(ranges.high, ranges.low);
  auto lowest = arith.select(isReversed, ranges.high, ranges.low);
  auto highest = arith.select(isReversed, ranges.low, ranges.high);
  auto isAbove = arith.isGreater(x, highest);
  auto unlessBelow = arith.select(isAbove, ifAbove, ifInside);
  auto isBelow = arith.isGreaterEqual(lowest, x);
  return arith.select(isBelow, ifBelow, unlessBelow);
}

template <typename Arith>
typename Arith::Value
fakeQuantOpenvino(Arith &arith, const FakeQuantRangeSpec &spec,
                  typename Arith::Value x, const Ranges<Arith> &ranges) {
  auto position = placeInRange(arith, spec, x, ranges);
  auto outWidth = arith.sub(ranges.outHigh, ranges.outLow);
  auto y = arith.add(arith.mul(position.rounded, outWidth), ranges.outLow);
  return selectByRange(arith, x, ranges, ranges.outLow, y, ranges.outHigh);
}

//===----------------------------------------------------------------------===//
// Whole elements
//===----------------------------------------------------------------------===//

/// One element of fake_quant_range.
template <typename Arith>
typename Arith::Value
fakeQuantRange(Arith &arith, const FakeQuantRangeSpec &spec,
               typename Arith::Value x, const Ranges<Arith> &ranges) {
  if (spec.contract == RangeContract::Openvino)
    return fakeQuantOpenvino(arith, spec, x, ranges);
  return fakeQuantTensorflow(arith, spec, x, ranges);
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_FAKEQUANTRANGE_H
