//===- Format.h - Bounds and thresholds of formats --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers that follow from a format, written once over an arithmetic (see
// Arithmetic.h). `bits` is the operand that says an integer format's bits,
// where the format does not.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_FORMAT_H
#define QUANTACT_NUMERICS_FORMAT_H

#include "QuantAct/Numerics/Rounding.h"

namespace quant_act {

template <typename Arith>
using OptionalValue = std::optional<typename Arith::Value>;

/// 2^bits, or 2^(bits - 1) where one of them is the sign.
template <typename Arith>
typename Arith::Value countCodes(Arith &arith, const IntFormat &format,
                                 OptionalValue<Arith> bits) {
  unsigned signBits = format.isSigned ? 1 : 0;
  if (!bits)
    return arith.constant(
        static_cast<double>(uint64_t(1) << (format.bits - signBits)));
  return arith.exp2(signBits ? arith.sub(*bits, arith.constant(1.0)) : *bits);
}

template <typename Arith>
struct Bounds {
  typename Arith::Value low;
  typename Arith::Value high;
};

/// The lowest and the highest code.
template <typename Arith>
Bounds<Arith> getBounds(Arith &arith, const IntFormat &format,
                        OptionalValue<Arith> bits) {
  if (!bits)
    return {arith.constant(static_cast<double>(format.lowest())),
            arith.constant(static_cast<double>(format.highest()))};
  auto one = arith.constant(1.0);
  auto codes = countCodes(arith, format, bits);
  auto high = arith.sub(codes, one);
  if (!format.isSigned)
    return {arith.constant(0.0), format.isNarrow ? arith.sub(high, one) : high};
  auto low = arith.negate(codes);
  return {format.isNarrow ? arith.add(low, one) : low, high};
}

/// The code that a threshold maps to: the divisor T of a scale.
template <typename Arith>
typename Arith::Value getThreshold(Arith &arith, const Format &format,
                                   RestrictionKind restriction,
                                   OptionalValue<Arith> bits) {
  if (auto *floating = std::get_if<FloatFormat>(&format))
    return arith.constant(floating->max);
  auto *integer = std::get_if<IntFormat>(&format);
  if (!integer)
    return arith.constant(1.0);
  bool isFullySigned = integer->isSigned && !integer->isNarrow;
  if (restriction == RestrictionKind::PowerOfTwo || isFullySigned)
    return countCodes(arith, *integer, bits);
  Bounds<Arith> bounds = getBounds(arith, *integer, bits);
  // Of one bit narrow signed codes leave 0, and a threshold of -0.
  return bits && integer->isSigned ? arith.negate(bounds.low) : bounds.high;
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_FORMAT_H
