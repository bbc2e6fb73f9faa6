//===- FakeQuant.h - Quantize and dequantize --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One element of `quant_act.fake_quant`, written once over an arithmetic (see
// Arithmetic.h).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_FAKEQUANT_H
#define QUANTACT_NUMERICS_FAKEQUANT_H

#include "QuantAct/Numerics/Format.h"
#include "llvm/ADT/APFloat.h"

#include <algorithm>
#include <limits>

namespace quant_act {

/// The activation function. relu keeps NaN and -0.
template <typename Arith>
typename Arith::Value activate(Arith &arith, Activation activation,
                               typename Arith::Value x) {
  switch (activation) {
  case Activation::Identity:
    return x;
  case Activation::Relu: {
    auto zero = arith.constant(0.0);
    return arith.select(arith.isLess(x, zero), zero, x);
  }
  case Activation::Sigmoid: {
    auto one = arith.constant(1.0);
    return arith.div(one, arith.add(one, arith.exp(arith.negate(x))));
  }
  case Activation::Tanh:
    return arith.tanh(x);
  }
  llvm_unreachable("covered switch");
}

/// v limited to [low, high] by strict comparisons, the upper bound first; NaN
/// passes. The bound is the select's first operand: that is one maximum or
/// minimum instruction on x86.
template <typename Arith>
typename Arith::Value clampWhere(Arith &arith, typename Arith::Value v,
                                 typename Arith::Value low,
                                 typename Arith::Value high) {
  v = arith.select(arith.isGreater(v, high), high, v);
  return arith.select(arith.isLess(v, low), low, v);
}

/// The parameters of one element.
template <typename Arith>
struct Parameters {
  typename Arith::Value scale;
  /// +0 where there is none: adding it turns -0 into +0, which the training
  /// framework does too.
  typename Arith::Value zeroPoint;
  /// The bits of an integer format that does not say them.
  OptionalValue<Arith> bits = std::nullopt;
  /// A number in [0, 1), for stochastic rounding.
  OptionalValue<Arith> noise = std::nullopt;
};

/// a divided by the scale, as the contract says.
template <typename Arith>
typename Arith::Value divideByScale(Arith &arith, const FakeQuantSpec &spec,
                                    typename Arith::Value a,
                                    typename Arith::Value scale) {
  if (spec.division == Division::Divide)
    return arith.div(a, scale);
  return arith.mul(a, arith.div(arith.constant(1.0), scale));
}

/// The same, of a quotient that is rounded to codes in [-2^32, 2^32].
template <typename Arith>
typename Arith::Value divideToRound(Arith &arith, const FakeQuantSpec &spec,
                                    typename Arith::Value a,
                                    typename Arith::Value scale) {
  return spec.division == Division::Divide
             ? arith.divRounded(a, scale)
             : divideByScale(arith, spec, a, scale);
}

//===----------------------------------------------------------------------===//
// Codes, one function per format
//===----------------------------------------------------------------------===//

/// What is rounded, of the quotient a / scale, but for bounds that apply
/// before.
template <typename Arith>
typename Arith::Value placeQuotient(Arith &arith, const FakeQuantSpec &spec,
                                    typename Arith::Value u,
                                    const Parameters<Arith> &parameters) {
  return spec.zeroPoint == ZeroPointPosition::Inside
             ? arith.add(u, parameters.zeroPoint)
             : u;
}

/// The rounded code before the bounds apply, of the quotient a / scale.
template <typename Arith>
typename Arith::Value roundQuotient(Arith &arith, const FakeQuantSpec &spec,
                                    typename Arith::Value u,
                                    const Bounds<Arith> &bounds,
                                    const Parameters<Arith> &parameters) {
  u = placeQuotient(arith, spec, u, parameters);
  if (spec.clamp == ClampPosition::BeforeRounding)
    u = clampWhere(arith, u, bounds.low, bounds.high);
  auto code = roundTo(arith, spec.rounding, u, parameters.noise);
  return spec.zeroPoint == ZeroPointPosition::Inside
             ? code
             : arith.add(code, parameters.zeroPoint);
}

/// 1 where u >= 0, else -1 (also for NaN).
template <typename Arith>
typename Arith::Value getSignCode(Arith &arith, typename Arith::Value u) {
  return arith.select(arith.isGreaterEqual(u, arith.constant(0.0)),
                      arith.constant(1.0), arith.constant(-1.0));
}

/// `code`, or the sign of u + z where the contract gives the one signed bit of
/// the format the codes -1 and 1.
template <typename Arith>
typename Arith::Value
selectBipolar(Arith &arith, const IntFormat &format, const FakeQuantSpec &spec,
              typename Arith::Value u, typename Arith::Value code,
              const Parameters<Arith> &parameters) {
  if (spec.oneBit == OneBit::Integer || !format.isSigned || format.bits > 1)
    return code;
  auto sign = getSignCode(arith, arith.add(u, parameters.zeroPoint));
  if (!parameters.bits)
    return sign;
  auto isOneBit = arith.isEqual(*parameters.bits, arith.constant(1.0));
  return arith.select(isOneBit, sign, code);
}

/// The code of the quotient a / scale.
template <typename Arith>
typename Arith::Value quantizeQuotient(Arith &arith, const IntFormat &format,
                                       const FakeQuantSpec &spec,
                                       typename Arith::Value u,
                                       const Parameters<Arith> &parameters) {
  Bounds<Arith> bounds = getBounds(arith, format, parameters.bits);
  auto rounded = roundQuotient(arith, spec, u, bounds, parameters);
  auto code = rounded;
  if (spec.clamp == ClampPosition::AfterRounding)
    code = clampWhere(arith, code, bounds.low, bounds.high);
  if (spec.overflow == OverflowResult::Lowest)
    code = arith.select(arith.isGreaterEqual(rounded, arith.constant(0x1.0p63)),
                        bounds.low, code);
  if (spec.nan == NanResult::Lowest)
    code = arith.select(arith.isNan(u), bounds.low, code);
  if (spec.codes == CodeKind::Integer)
    code = arith.add(code, arith.constant(0.0)); // -0 + 0 = +0
  return selectBipolar(arith, format, spec, u, code, parameters);
}

template <typename Arith>
typename Arith::Value
quantizeTo(Arith &arith, const IntFormat &format, const FakeQuantSpec &spec,
           typename Arith::Value a, const Parameters<Arith> &parameters) {
  return quantizeQuotient(arith, format, spec,
                          divideToRound(arith, spec, a, parameters.scale),
                          parameters);
}

/// The distance between numbers of the format around x; the distance between
/// subnormal numbers below the normal ones, or that of the compute type.
template <typename Arith>
typename Arith::Value getSpacing(Arith &arith, const FloatFormat &format,
                                 typename Arith::Value x) {
  auto ulp = arith.constant(std::ldexp(1.0, -int(format.mantissaBits)));
  auto spacing = arith.mul(arith.binade(x), ulp);
  auto smallest = arith.constant(std::max(
      std::ldexp(1.0, format.smallestExponent()), arith.getSmallest()));
  return arith.select(arith.isGreater(smallest, spacing), smallest, spacing);
}

/// The codes of a minifloat format, as numbers.
template <typename Arith>
Bounds<Arith> getBounds(Arith &arith, const FloatFormat &format) {
  auto high = arith.constant(format.max);
  return {format.isSigned ? arith.negate(high) : arith.constant(0.0), high};
}

/// A quotient u in steps of the format's spacing.
template <typename Arith>
struct Steps {
  typename Arith::Value spacing;
  typename Arith::Value exact;
  typename Arith::Value rounded;
};

template <typename Arith>
Steps<Arith> roundSteps(Arith &arith, const FloatFormat &format,
                        const FakeQuantSpec &spec, typename Arith::Value u,
                        const Parameters<Arith> &parameters) {
  auto spacing = getSpacing(arith, format, u);
  auto steps = arith.div(u, spacing);
  // The framework rounds toward zero by a product with the sign, which -0 does
  // not have there.
  if (spec.rounding == Rounding::TowardZero)
    steps = arith.add(steps, arith.constant(0.0));
  return {spacing, steps,
          roundTo(arith, spec.rounding, steps, parameters.noise)};
}

/// The number that a quotient u was rounded to, beyond the format's bounds,
/// too.
template <typename Arith>
typename Arith::Value toNumber(Arith &arith, const FakeQuantSpec &spec,
                               typename Arith::Value u,
                               const Steps<Arith> &steps) {
  auto number = arith.mul(steps.spacing, steps.rounded);
  if (spec.infinity == InfinityResult::Nan)
    return number; // infinity / infinity
  auto infinity = arith.constant(std::numeric_limits<double>::infinity());
  return arith.select(arith.isEqual(arith.abs(u), infinity), u, number);
}

template <typename Arith>
typename Arith::Value
quantizeTo(Arith &arith, const FloatFormat &format, const FakeQuantSpec &spec,
           typename Arith::Value a, const Parameters<Arith> &parameters) {
  auto u = divideByScale(arith, spec, a, parameters.scale);
  auto steps = roundSteps(arith, format, spec, u, parameters);
  auto code = toNumber(arith, spec, u, steps);
  auto [low, high] = getBounds(arith, format);
  if (format.overflow == FloatOverflow::Saturate)
    return clampWhere(arith, code, low, high);
  double beyond = format.overflow == FloatOverflow::Infinity
                      ? std::numeric_limits<double>::infinity()
                      : std::numeric_limits<double>::quiet_NaN();
  return arith.select(
      arith.isGreater(code, high), arith.constant(beyond),
      arith.select(arith.isLess(code, low), arith.constant(-beyond), code));
}

template <typename Arith>
typename Arith::Value quantizeTo(Arith &arith, const BinaryFormat &,
                                 const FakeQuantSpec &, typename Arith::Value a,
                                 const Parameters<Arith> &) {
  return getSignCode(arith, a);
}

/// 1 where a ternary code has a value's sign, 0 where it is 0.
template <typename Arith>
typename Arith::Value ternaryMask(Arith &arith, const TernaryFormat &format,
                                  typename Arith::Value a,
                                  const Parameters<Arith> &parameters) {
  auto threshold =
      arith.mul(arith.constant(format.threshold), parameters.scale);
  return arith.select(arith.isGreater(arith.abs(a), threshold),
                      arith.constant(1.0), arith.constant(0.0));
}

template <typename Arith>
typename Arith::Value quantizeTo(Arith &arith, const TernaryFormat &format,
                                 const FakeQuantSpec &, typename Arith::Value a,
                                 const Parameters<Arith> &parameters) {
  auto zero = arith.constant(0.0);
  auto sign = arith.select(
      arith.isGreater(a, zero), arith.constant(1.0),
      arith.select(arith.isLess(a, zero), arith.constant(-1.0), zero));
  // A product, which makes -0 of small negative values.
  return arith.mul(ternaryMask(arith, format, a, parameters), sign);
}

//===----------------------------------------------------------------------===//
// Whole elements
//===----------------------------------------------------------------------===//

/// The code, as a float, of an activated value.
template <typename Arith>
typename Arith::Value quantize(Arith &arith, const FakeQuantSpec &spec,
                               typename Arith::Value a,
                               const Parameters<Arith> &parameters) {
  return std::visit(
      [&](const auto &format) {
        return quantizeTo(arith, format, spec, a, parameters);
      },
      spec.format);
}

/// The value a code stands for.
template <typename Arith>
typename Arith::Value dequantize(Arith &arith, const FakeQuantSpec &spec,
                                 typename Arith::Value code,
                                 const Parameters<Arith> &parameters) {
  if (spec.dequantization == Dequantization::Once)
    return arith.scaleDifference(code, parameters.zeroPoint, parameters.scale);
  return arith.mul(arith.sub(code, parameters.zeroPoint), parameters.scale);
}

/// The code as an integer type can store it: integers have no NaN, which
/// becomes the lowest code.
template <typename Arith>
typename Arith::Value getIntegerCode(Arith &arith, const FakeQuantSpec &spec,
                                     typename Arith::Value code,
                                     const Parameters<Arith> &parameters) {
  auto *format = std::get_if<IntFormat>(&spec.format);
  if (!format)
    return code;
  auto low = getBounds(arith, *format, parameters.bits).low;
  return arith.select(arith.isNan(code), low, code);
}

/// The code as a floating-point type can store it. NaN becomes the largest
/// number where the type has none, and 0 the smallest.
template <typename Arith>
typename Arith::Value getFloatCode(Arith &arith, const FakeQuantSpec &spec,
                                   typename Arith::Value code,
                                   const llvm::fltSemantics &storage) {
  auto &format = std::get<FloatFormat>(spec.format);
  if (!llvm::APFloat::semanticsHasNaN(storage))
    code = arith.select(arith.isNan(code), arith.constant(format.max), code);
  if (llvm::APFloat::semanticsHasZero(storage))
    return code;
  auto smallest = arith.constant(std::ldexp(1.0, format.smallestExponent()));
  return arith.select(arith.isLess(code, smallest), smallest, code);
}

/// One element of fake_quant.
template <typename Arith>
typename Arith::Value fakeQuant(Arith &arith, const FakeQuantSpec &spec,
                                typename Arith::Value x,
                                const Parameters<Arith> &parameters) {
  auto a = activate(arith, spec.activation, x);
  return dequantize(arith, spec, quantize(arith, spec, a, parameters),
                    parameters);
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_FAKEQUANT_H
