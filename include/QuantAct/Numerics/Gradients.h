//===- Gradients.h - Derivatives of the numerics ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one element contributes to the gradients of the ops, written once over
// an arithmetic (see Arithmetic.h). Rounding passes gradients unchanged
// (straight through); bounds block them where the forward computation applied
// them, by the forward's own comparisons. `g` is the gradient of the element's
// result.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_GRADIENTS_H
#define QUANTACT_NUMERICS_GRADIENTS_H

#include "QuantAct/Numerics/QParams.h"
#include "QuantAct/Numerics/Statistics.h"

namespace quant_act {

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// The natural logarithm of 2: the derivative of 2^x is ln2 * 2^x.
inline constexpr double ln2 = 0x1.62e42fefa39efp-1;

/// -1, 0 or 1 for NaN, too: what a magnitude is differentiated to.
template <typename Arith>
typename Arith::Value signOf(Arith &arith, typename Arith::Value v) {
  auto zero = arith.constant(0.0);
  return arith.select(
      arith.isGreater(v, zero), arith.constant(1.0),
      arith.select(arith.isLess(v, zero), arith.constant(-1.0), zero));
}

/// 1 for zeros, else -1 or 1: the derivative of magnitudes that are learned,
/// which must not be stuck at zero.
template <typename Arith>
typename Arith::Value signOrOne(Arith &arith, typename Arith::Value v) {
  return arith.select(arith.isGreaterEqual(v, arith.constant(0.0)),
                      arith.constant(1.0), arith.constant(-1.0));
}

/// The gradient of x from that of a = activation(x).
template <typename Arith>
typename Arith::Value activationGradient(Arith &arith, Activation activation,
                                         typename Arith::Value g,
                                         typename Arith::Value a) {
  switch (activation) {
  case Activation::Identity:
    return g;
  case Activation::Relu: {
    auto zero = arith.constant(0.0);
    return arith.select(arith.isGreaterEqual(zero, a), zero, g);
  }
  case Activation::Sigmoid:
    return arith.mul(arith.mul(g, arith.sub(arith.constant(1.0), a)), a);
  case Activation::Tanh:
    return arith.mul(g, arith.sub(arith.constant(1.0), arith.mul(a, a)));
  }
  llvm_unreachable("covered switch");
}

/// One of three values, by where clampWhere takes v.
template <typename Arith>
typename Arith::Value
selectByBounds(Arith &arith, typename Arith::Value v,
               const Bounds<Arith> &bounds, typename Arith::Value ifBelow,
               typename Arith::Value ifInside, typename Arith::Value ifAbove) {
  auto isAbove = arith.isGreater(v, bounds.high);
  auto limited = arith.select(isAbove, bounds.high, v);
  return arith.select(arith.isLess(limited, bounds.low), ifBelow,
                      arith.select(isAbove, ifAbove, ifInside));
}

/// The derivatives by the bits of an integer format's bounds. That of its
/// threshold is the upper one's.
template <typename Arith>
Bounds<Arith> boundsByBits(Arith &arith, const IntFormat &format,
                           OptionalValue<Arith> bits) {
  auto high = arith.mul(countCodes(arith, format, bits), arith.constant(ln2));
  return {format.isSigned ? arith.negate(high) : arith.constant(0.0), high};
}

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

/// What an element contributes to each operand's gradient.
template <typename Arith>
struct Contributions {
  typename Arith::Value x;
  typename Arith::Value scale;
  /// Integer formats only.
  OptionalValue<Arith> zeroPoint = std::nullopt;
  /// Formats whose bits are an operand only.
  OptionalValue<Arith> bits = std::nullopt;
};

/// A value's place among the bounds of a format of numbers.
template <typename Arith>
struct Place {
  typename Arith::Value value;
  Bounds<Arith> bounds;
};

/// From how the code follows the quotient u to x and scale: y = s * c(a / s)
/// has the derivatives c' and c - u * c'. `slope` is c' within the bounds,
/// `tangent` u * c' there.
template <typename Arith>
Contributions<Arith>
differentiateCode(Arith &arith, const GradientSpec &gradient,
                  const Place<Arith> &place, typename Arith::Value g,
                  typename Arith::Value scale, typename Arith::Value code,
                  OptionalValue<Arith> slope, typename Arith::Value tangent) {
  auto zero = arith.constant(0.0), one = arith.constant(1.0);
  auto unlessBounded = [&](auto inside, auto bounded) {
    return selectByBounds(arith, place.value, place.bounds, bounded, inside,
                          bounded);
  };
  auto gCode = arith.mul(g, scale);
  auto passed = gradient.passesClamp ? gCode : unlessBounded(gCode, zero);
  auto gQuotient = slope ? arith.mul(passed, *slope) : passed;
  // Times 0, and not 0, where bounded: an infinite tangent makes NaN, as in
  // the framework.
  if (!gradient.passesClamp)
    tangent = arith.mul(tangent, unlessBounded(one, zero));
  auto gScale = arith.mul(g, arith.sub(code, tangent));
  if (gradient.scale == ScaleGradient::Pact)
    gScale = unlessBounded(zero, gScale);
  return {arith.div(gQuotient, scale), gScale};
}

template <typename Arith>
Contributions<Arith>
differentiate(Arith &arith, const IntFormat &format, const FakeQuantSpec &spec,
              const GradientSpec &gradient, typename Arith::Value g,
              typename Arith::Value a, const Parameters<Arith> &parameters) {
  auto u = divideByScale(arith, spec, a, parameters.scale);
  auto code = quantizeQuotient(arith, format, spec, u, parameters);
  Place<Arith> place{u, getBounds(arith, format, parameters.bits)};
  place.value = spec.clamp == ClampPosition::BeforeRounding
                    ? placeQuotient(arith, spec, u, parameters)
                    : roundQuotient(arith, spec, u, place.bounds, parameters);
  // What becomes the lowest code by its own rule is beyond a bound as well.
  auto below = arith.constant(-std::numeric_limits<double>::infinity());
  if (spec.overflow == OverflowResult::Lowest)
    place.value = arith.select(
        arith.isGreaterEqual(place.value, arith.constant(0x1.0p63)), below,
        place.value);
  if (spec.nan == NanResult::Lowest)
    place.value = arith.select(arith.isNan(u), below, place.value);

  Contributions<Arith> result = differentiateCode<Arith>(
      arith, gradient, place, g, parameters.scale,
      arith.sub(code, parameters.zeroPoint), std::nullopt, u);
  // The zero point is subtracted, and added within the bounds.
  auto zero = arith.constant(0.0);
  auto gCode = arith.mul(g, parameters.scale);
  auto passed =
      gradient.passesClamp
          ? gCode
          : selectByBounds(arith, place.value, place.bounds, zero, gCode, zero);
  result.zeroPoint = arith.sub(passed, gCode);
  if (!parameters.bits)
    return result;
  Bounds<Arith> slopes = boundsByBits(arith, format, parameters.bits);
  result.bits = gradient.passesClamp
                    ? zero
                    : selectByBounds(arith, place.value, place.bounds,
                                     arith.mul(gCode, slopes.low), zero,
                                     arith.mul(gCode, slopes.high));
  return result;
}

/// The spacing is differentiated, too: it grows with the quotient, so that c is
/// c / u times u among the normal numbers.
template <typename Arith>
Contributions<Arith>
differentiate(Arith &arith, const FloatFormat &format,
              const FakeQuantSpec &spec, const GradientSpec &gradient,
              typename Arith::Value g, typename Arith::Value a,
              const Parameters<Arith> &parameters) {
  auto u = divideByScale(arith, spec, a, parameters.scale);
  auto steps = roundSteps(arith, format, spec, u, parameters);
  Place<Arith> place{toNumber(arith, spec, u, steps), getBounds(arith, format)};
  // Infinities and NaN that stand for what is beyond the bounds are constants.
  GradientSpec own = gradient;
  own.passesClamp &= format.overflow == FloatOverflow::Saturate;
  // What is blocked is a number all the same, if u is: it may have been rounded
  // to an infinity.
  auto value =
      own.passesClamp
          ? place.value
          : selectByBounds(arith, place.value, place.bounds, u, place.value, u);
  auto smallestNormal = arith.constant(std::ldexp(1.0, 1 - format.bias));
  auto isSubnormal = arith.isLess(arith.abs(u), smallestNormal);
  // Of steps, as the number itself may have been rounded to an infinity.
  auto slope = arith.select(isSubnormal, arith.constant(1.0),
                            arith.div(steps.rounded, steps.exact));
  auto tangent = arith.select(isSubnormal, u, value);
  auto code = quantizeTo(arith, format, spec, a, parameters);
  return differentiateCode<Arith>(arith, own, place, g, parameters.scale, code,
                                  slope, tangent);
}

/// The sign of a value limited to one scale around zero.
template <typename Arith>
Contributions<Arith>
differentiate(Arith &arith, const BinaryFormat &format,
              const FakeQuantSpec &spec, const GradientSpec &gradient,
              typename Arith::Value g, typename Arith::Value a,
              const Parameters<Arith> &parameters) {
  auto zero = arith.constant(0.0);
  auto gSign = arith.mul(g, parameters.scale);
  auto code = quantizeTo(arith, format, spec, a, parameters);
  auto gScale = arith.mul(g, code);
  if (gradient.passesClamp)
    return {gSign, gScale};
  Bounds<Arith> bounds{arith.negate(parameters.scale), parameters.scale};
  auto gBound =
      selectByBounds(arith, a, bounds, arith.negate(gSign), zero, gSign);
  return {selectByBounds(arith, a, bounds, zero, gSign, zero),
          arith.add(gScale, gBound)};
}

/// A product with the mask, as in the framework: with an infinite scale it is
/// NaN where the code is 0, too.
template <typename Arith>
Contributions<Arith>
differentiate(Arith &arith, const TernaryFormat &format,
              const FakeQuantSpec &spec, const GradientSpec &,
              typename Arith::Value g, typename Arith::Value a,
              const Parameters<Arith> &parameters) {
  auto code = quantizeTo(arith, format, spec, a, parameters);
  auto gSign = arith.mul(g, parameters.scale);
  auto mask = ternaryMask(arith, format, a, parameters);
  return {arith.mul(gSign, mask), arith.mul(g, code)};
}

/// One element of fake_quant's gradient.
template <typename Arith>
Contributions<Arith> fakeQuantGradient(Arith &arith, const FakeQuantSpec &spec,
                                       const GradientSpec &gradient,
                                       typename Arith::Value g,
                                       typename Arith::Value x,
                                       const Parameters<Arith> &parameters) {
  auto a = activate(arith, spec.activation, x);
  Contributions<Arith> result = std::visit(
      [&](const auto &format) {
        return differentiate(arith, format, spec, gradient, g, a, parameters);
      },
      spec.format);
  result.x = activationGradient(arith, spec.activation, result.x, a);
  return result;
}

/// Whether the scale's gradient is that of a product of the scale and a
/// function of the quotient by it.
inline bool isOfQuotients(const Format &format, const GradientSpec &gradient) {
  return gradient.scale != ScaleGradient::Pact &&
         (std::holds_alternative<IntFormat>(format) ||
          std::holds_alternative<FloatFormat>(format));
}

/// The scale's gradient from the sum of n contributions. All in f64.
template <typename Arith>
typename Arith::Value
finishScaleGradient(Arith &arith, const Format &format,
                    const GradientSpec &gradient, typename Arith::Value sum,
                    typename Arith::Value n, typename Arith::Value scale,
                    OptionalValue<Arith> bits) {
  auto one = arith.constant(1.0);
  auto isEmpty = arith.isEqual(n, arith.constant(0.0));
  // The framework multiplies by the scale and divides by it: NaN for one that
  // is 0 or infinite, although each quotient may be finite.
  if (isOfQuotients(format, gradient))
    sum = arith.mul(sum, arith.select(isEmpty, one, arith.div(scale, scale)));
  if (gradient.scale != ScaleGradient::Lsq)
    return sum;
  auto high = one;
  if (auto *integer = std::get_if<IntFormat>(&format))
    high = getBounds(arith, *integer, bits).high;
  else if (auto *floating = std::get_if<FloatFormat>(&format))
    high = arith.constant(floating->max);
  auto divisor = arith.sqrt(arith.mul(n, high));
  return arith.div(sum, arith.select(isEmpty, one, divisor));
}

//===----------------------------------------------------------------------===//
// choose_qparams and learned_bits
//===----------------------------------------------------------------------===//

/// What a gradient g becomes on its way, `passed`; 0 where g is 0, although a
/// scale of 0 or an infinite statistic makes that NaN. Nothing was asked for
/// there: a delayed call uses no scale.
template <typename Arith>
typename Arith::Value unlessZero(Arith &arith, typename Arith::Value g,
                                 typename Arith::Value passed) {
  auto zero = arith.constant(0.0);
  return arith.select(arith.isEqual(g, zero), zero, passed);
}

/// The gradients that one zero point gives.
template <typename Arith>
struct ZeroPointGradient {
  typename Arith::Value low;
  /// Beside what the scale has from elsewhere.
  typename Arith::Value scale;
  OptionalValue<Arith> bits = std::nullopt;
};

template <typename Arith>
ZeroPointGradient<Arith>
zeroPointGradient(Arith &arith, const QParamsSpec &spec,
                  const GradientSpec &gradient, typename Arith::Value g,
                  typename Arith::Value low, typename Arith::Value scale,
                  OptionalValue<Arith> bits) {
  auto &format = std::get<IntFormat>(spec.format);
  Bounds<Arith> bounds = getBounds(arith, format, bits);
  // The full range counts what is above 0 as 0; the limit is straight through.
  auto counted = spec.fullRange ? intervalLow(arith, low) : low;
  auto quotient = arith.div(arith.abs(counted), scale);
  auto code = arith.add(quotient, bounds.low);
  bool isBounded = !spec.fractionalZeroPoint && !gradient.passesClamp;
  if (!spec.fractionalZeroPoint)
    code = roundTo(arith, spec.zeroPointRounding, code);
  auto zero = arith.constant(0.0);
  auto passed =
      isBounded ? selectByBounds(arith, code, bounds, zero, g, zero) : g;
  auto sign = spec.fullRange ? arith.constant(-1.0) : signOrOne(arith, low);
  auto gLow = arith.mul(arith.div(passed, scale), sign);
  auto gScale = arith.negate(arith.mul(passed, arith.div(quotient, scale)));
  ZeroPointGradient<Arith> result{unlessZero(arith, g, gLow),
                                  unlessZero(arith, g, gScale)};
  if (!bits)
    return result;
  // The lowest code is added to the quotient, and a bound itself.
  Bounds<Arith> slopes = boundsByBits(arith, format, bits);
  auto atLow = arith.mul(g, slopes.low);
  result.bits = isBounded ? selectByBounds(arith, code, bounds, atLow, atLow,
                                           arith.mul(g, slopes.high))
                          : atLow;
  return result;
}

/// The gradients that one scale gives.
template <typename Arith>
struct ThresholdGradient {
  typename Arith::Value threshold;
  /// With the full range only, beside what low has from elsewhere.
  OptionalValue<Arith> low = std::nullopt;
  OptionalValue<Arith> bits = std::nullopt;
};

/// The derivative of restrict(v): rounding an exponent is straight through.
template <typename Arith>
typename Arith::Value restrictionSlope(Arith &arith, const QParamsSpec &spec,
                                       typename Arith::Value v) {
  if (spec.restriction == RestrictionKind::Float ||
      spec.rule == ScaleRule::Collect)
    return arith.constant(1.0);
  auto limited = spec.rule == ScaleRule::Statistics
                     ? clampMinimum(arith, spec.minimum, v)
                     : v;
  auto restricted = restrictThreshold(arith, spec, limited);
  return holdsLogarithm(spec) ? arith.mul(restricted, arith.constant(ln2))
                              : arith.div(restricted, limited);
}

/// The gradient by the bits of T, through T' = restrict(T).
template <typename Arith>
typename Arith::Value divisorGradient(Arith &arith, const QParamsSpec &spec,
                                      typename Arith::Value gDivisor,
                                      typename Arith::Value divisor,
                                      typename Arith::Value bits) {
  bool isRestricted = spec.rule != ScaleRule::Collect &&
                      spec.restriction != RestrictionKind::Float;
  if (isRestricted) {
    auto threshold = thresholdDivisor<Arith>(arith, spec, bits);
    gDivisor = arith.mul(gDivisor, arith.div(divisor, threshold));
  }
  auto format = std::get<IntFormat>(getDivisorFormat(spec));
  return arith.mul(gDivisor, boundsByBits<Arith>(arith, format, bits).high);
}

/// Hands the gradient of a threshold that was extended to zero to the one, v,
/// or to the low end, whichever it was.
template <typename Arith>
void splitAtZero(Arith &arith, const QParamsSpec &spec, typename Arith::Value v,
                 typename Arith::Value low,
                 ThresholdGradient<Arith> &gradient) {
  auto zero = arith.constant(0.0);
  auto isExtended = arith.isLess(v, leastThreshold<Arith>(arith, spec, low));
  auto gLow = arith.negate(gradient.threshold);
  if (holdsLogarithm(spec))
    gLow = arith.div(gLow, arith.mul(arith.abs(low), arith.constant(ln2)));
  gradient.low = arith.select(isExtended, gLow, zero);
  gradient.threshold = arith.select(isExtended, zero, gradient.threshold);
}

/// `low` as in extendToZero.
template <typename Arith>
ThresholdGradient<Arith>
thresholdGradient(Arith &arith, const QParamsSpec &spec,
                  typename Arith::Value g, typename Arith::Value given,
                  OptionalValue<Arith> low, OptionalValue<Arith> bits) {
  auto v = extendToZero(arith, spec, given, low);
  auto dividend = scaleDividend(arith, spec, v);
  auto divisor = scaleDivisor(arith, spec, bits);
  auto gDividend = arith.div(g, divisor);
  if (!keepsSign(spec.rule))
    gDividend = arith.mul(gDividend, signOf(arith, dividend));
  // Minimums are straight through. A running statistic is no parameter.
  ThresholdGradient<Arith> result{
      spec.rule == ScaleRule::Running
          ? arith.constant(0.0)
          : unlessZero(arith, g,
                       arith.mul(gDividend, restrictionSlope(arith, spec, v)))};
  if (spec.fullRange)
    splitAtZero(arith, spec, given, *low, result);
  if (!bits)
    return result;
  auto magnitude = keepsSign(spec.rule) ? dividend : arith.abs(dividend);
  auto gDivisor = arith.negate(
      arith.mul(g, arith.div(arith.div(magnitude, divisor), divisor)));
  result.bits = unlessZero(
      arith, g, divisorGradient(arith, spec, gDivisor, divisor, *bits));
  return result;
}

/// The gradient of learned_bits' offset.
template <typename Arith>
typename Arith::Value learnedBitsGradient(Arith &arith, typename Arith::Value g,
                                          typename Arith::Value offset) {
  return arith.mul(g, signOrOne(arith, offset));
}

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

/// Whether an activated value is the one that an order statistic selected.
template <typename Arith>
typename Arith::Bool isSelected(Arith &arith, typename Arith::Value value,
                                typename Arith::Value selected) {
  // NaN is selected where the statistic is NaN: both comparisons as one.
  auto one = arith.constant(1.0), zero = arith.constant(0.0);
  auto bothNan = arith.select(
      arith.isNan(value), arith.select(arith.isNan(selected), one, zero), zero);
  auto matches = arith.select(arith.isEqual(value, selected), one, bothNan);
  return arith.isEqual(matches, one);
}

/// The gradients of an interval's ends.
template <typename Arith>
struct EndGradients {
  typename Arith::Value lowest;
  typename Arith::Value highest;
};

/// From the gradients of the threshold abs(highest - low) and of low =
/// min(lowest, 0).
template <typename Arith>
EndGradients<Arith>
intervalGradient(Arith &arith, typename Arith::Value gThreshold,
                 typename Arith::Value gLow, typename Arith::Value lowest,
                 typename Arith::Value highest) {
  auto zero = arith.constant(0.0);
  auto width = arith.sub(highest, intervalLow(arith, lowest));
  auto gWidth = arith.mul(gThreshold, signOf(arith, width));
  auto passes = arith.isGreaterEqual(zero, lowest);
  return {arith.select(passes, arith.sub(gLow, gWidth), zero), gWidth};
}

/// From the gradient of a magnitude to that of its value.
template <typename Arith>
typename Arith::Value magnitudeGradient(Arith &arith, typename Arith::Value g,
                                        typename Arith::Value value) {
  return arith.mul(g, signOf(arith, value));
}

/// The gradient of a mean of n values of which this is one, with `sigma`
/// standard deviations added to it: the value's share.
template <typename Arith>
typename Arith::Value
meanSigmaStdGradient(Arith &arith, double sigma, typename Arith::Value g,
                     typename Arith::Value n, typename Arith::Value value,
                     typename Arith::Value mean,
                     typename Arith::Value variance) {
  auto share = arith.div(g, n);
  auto deviation = arith.sqrt(arith.add(variance, arith.constant(1e-8)));
  auto degrees = arith.sub(n, arith.constant(1.0));
  auto slope = arith.div(arith.mul(g, arith.constant(sigma)),
                         arith.mul(deviation, degrees));
  auto passed = arith.add(share, arith.mul(slope, arith.sub(value, mean)));
  return unlessZero(arith, g, passed);
}

/// The gradients of a statistic's measures, each of which goes to the first
/// value that was selected. `gLow` is 0 where nothing uses the low end.
template <typename Arith>
llvm::SmallVector<typename Arith::Value>
selectedGradients(Arith &arith, const StatisticDefinition &definition,
                  typename Arith::Value gThreshold, typename Arith::Value gLow,
                  llvm::ArrayRef<typename Arith::Value> measures) {
  if (!definition.hasLow())
    return {gThreshold};
  EndGradients<Arith> ends =
      intervalGradient(arith, gThreshold, gLow, measures[0], measures[1]);
  return {ends.lowest, ends.highest};
}

/// The gradient that one of n values gets from a statistic of moments.
template <typename Arith>
typename Arith::Value
momentsGradient(Arith &arith, const Statistic &statistic,
                typename Arith::Value g, typename Arith::Value n,
                typename Arith::Value value,
                llvm::ArrayRef<typename Arith::Value> measures) {
  switch (getDefinition(statistic.kind).form) {
  case StatisticForm::Single:
    return arith.div(g, n);
  case StatisticForm::MeanSigmaStd:
    return meanSigmaStdGradient(arith, statistic.numbers.back(), g, n, value,
                                measures[0], measures[1]);
  case StatisticForm::Interval:
  case StatisticForm::Composite:
    break;
  }
  llvm_unreachable("is not of moments");
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_GRADIENTS_H
