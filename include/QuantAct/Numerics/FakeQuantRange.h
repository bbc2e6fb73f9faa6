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
  // An empty range at zero gives zero.
  auto zero = arith.constant(0.0);
  auto isHighZero = arith.isEqual(ranges.high, zero);
  auto whereLowIsZero = arith.select(isHighZero, zero, y);
  auto isLowZero = arith.isEqual(ranges.low, zero);
  return arith.select(isLowZero, whereLowIsZero, y);
}

//===----------------------------------------------------------------------===//
// OpenVINO
//===----------------------------------------------------------------------===//

template <typename Arith>
typename Arith::Value
fakeQuantOpenvino(Arith &arith, const FakeQuantRangeSpec &spec,
                  typename Arith::Value x, const Ranges<Arith> &ranges) {
  auto steps = arith.constant(static_cast<double>(spec.levels - 1));
  auto width = arith.sub(ranges.high, ranges.low);
  auto outWidth = arith.sub(ranges.outHigh, ranges.outLow);
  auto position = arith.div(arith.sub(x, ranges.low), width);
  auto code = arith.roundEven(arith.mul(position, steps));
  auto outPosition = arith.div(code, steps);
  auto y = arith.add(arith.mul(outPosition, outWidth), ranges.outLow);
  // A range may be given from its upper to its lower end.
  auto isReversed = arith.isLess(ranges.high, ranges.low);
  auto lowest = arith.select(isReversed, ranges.high, ranges.low);
  auto highest = arith.select(isReversed, ranges.low, ranges.high);
  auto isAbove = arith.isGreater(x, highest);
  y = arith.select(isAbove, ranges.outHigh, y);
  auto isBelow = arith.isGreaterEqual(lowest, x);
  return arith.select(isBelow, ranges.outLow, y);
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
