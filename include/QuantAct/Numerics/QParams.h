//===- QParams.h - Scales and zero points from statistics -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One parameter of `quant_act.choose_qparams` and `quant_act.observe`, written
// once over an arithmetic (see Arithmetic.h).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_QPARAMS_H
#define QUANTACT_NUMERICS_QPARAMS_H

#include "QuantAct/Numerics/Statistics.h"

namespace quant_act {

/// v, moved away from zero to magnitude `minimum`; zeros count as positive.
/// A minimum of 0 is no minimum.
template <typename Arith>
typename Arith::Value clampMinimum(Arith &arith, double minimum,
                                   typename Arith::Value v) {
  if (minimum == 0.0)
    return v;
  auto floor = arith.constant(minimum);
  auto magnitude = arith.abs(v);
  magnitude = arith.select(arith.isLess(magnitude, floor), floor, magnitude);
  auto positive = arith.isGreaterEqual(v, arith.constant(0.0));
  return arith.select(positive, magnitude, arith.negate(magnitude));
}

/// 2^v for a logarithm v, its exponent rounded for power-of-two scales.
template <typename Arith>
typename Arith::Value restrictLogarithm(Arith &arith, const QParamsSpec &spec,
                                        typename Arith::Value v) {
  if (spec.restriction == RestrictionKind::PowerOfTwo)
    v = roundTo(arith, spec.exponentRounding, v);
  return arith.exp2(v);
}

/// Whether a rule's threshold is the logarithm to base 2 already, under a
/// restriction that works on logarithms.
inline bool holdsLogarithm(ScaleRule rule) {
  return rule == ScaleRule::Learned || rule == ScaleRule::Training ||
         rule == ScaleRule::Parameter;
}

/// Whether thresholds are logarithms to base 2.
inline bool holdsLogarithm(const QParamsSpec &spec) {
  return spec.restriction != RestrictionKind::Float &&
         holdsLogarithm(spec.rule);
}

/// The least threshold with which the range from `low` up includes 0, for the
/// full range.
template <typename Arith>
typename Arith::Value leastThreshold(Arith &arith, const QParamsSpec &spec,
                                     typename Arith::Value low) {
  auto least = arith.sub(arith.constant(0.0), intervalLow(arith, low));
  return holdsLogarithm(spec) ? arith.log2(least) : least;
}

/// The threshold v, but at least what the full range asks for; `low` is of use
/// there only.
template <typename Arith>
typename Arith::Value extendToZero(Arith &arith, const QParamsSpec &spec,
                                   typename Arith::Value v,
                                   OptionalValue<Arith> low) {
  if (!spec.fullRange)
    return v;
  auto least = leastThreshold(arith, spec, *low);
  return arith.select(arith.isLess(v, least), least, v);
}

/// The restricted value of a threshold, or of a learned parameter, which is a
/// logarithm already.
template <typename Arith>
typename Arith::Value restrictThreshold(Arith &arith, const QParamsSpec &spec,
                                        typename Arith::Value v) {
  if (spec.restriction == RestrictionKind::Float)
    return v;
  if (!holdsLogarithm(spec))
    v = arith.log2(v);
  return restrictLogarithm(arith, spec, v);
}

/// T, the divisor of a threshold.
template <typename Arith>
typename Arith::Value thresholdDivisor(Arith &arith, const QParamsSpec &spec,
                                       OptionalValue<Arith> bits) {
  return getThreshold(arith, getDivisorFormat(spec), spec.restriction, bits);
}

/// T', the divisor of a restricted threshold: it takes the same way through the
/// logarithm as the threshold. Under `log` that moves it by up to one ulp,
/// under `power_of_two` it moves what is no power of two: the largest
/// minifloat.
template <typename Arith>
typename Arith::Value restrictedDivisor(Arith &arith, const QParamsSpec &spec,
                                        OptionalValue<Arith> bits) {
  auto divisor = thresholdDivisor(arith, spec, bits);
  bool isPowerOfTwo = spec.restriction == RestrictionKind::PowerOfTwo &&
                      !std::holds_alternative<FloatFormat>(spec.format);
  if (spec.restriction == RestrictionKind::Float || isPowerOfTwo)
    return divisor;
  return restrictLogarithm(arith, spec, arith.log2(divisor));
}

/// Whether a negative threshold makes a negative scale.
inline bool keepsSign(ScaleRule rule) {
  return rule == ScaleRule::Collect || rule == ScaleRule::Training;
}

/// What is divided to make the scale; its magnitude, unless the sign is kept.
template <typename Arith>
typename Arith::Value scaleDividend(Arith &arith, const QParamsSpec &spec,
                                    typename Arith::Value v) {
  auto limit = [&](typename Arith::Value value) {
    return clampMinimum(arith, spec.minimum, value);
  };
  auto restricted = [&](typename Arith::Value value) {
    return restrictThreshold(arith, spec, value);
  };
  switch (spec.rule) {
  case ScaleRule::Collect:
    return limit(v);
  case ScaleRule::Statistics:
    return limit(restricted(limit(v)));
  case ScaleRule::Running:
  case ScaleRule::Learned:
    return restricted(v);
  case ScaleRule::Training:
  case ScaleRule::Parameter:
    return limit(restricted(v));
  }
  llvm_unreachable("covered switch");
}

/// What divides it.
template <typename Arith>
typename Arith::Value scaleDivisor(Arith &arith, const QParamsSpec &spec,
                                   OptionalValue<Arith> bits) {
  return spec.rule == ScaleRule::Collect ? thresholdDivisor(arith, spec, bits)
                                         : restrictedDivisor(arith, spec, bits);
}

/// The scale of a threshold; `low` as in extendToZero.
template <typename Arith>
typename Arith::Value
chooseScale(Arith &arith, const QParamsSpec &spec, typename Arith::Value v,
            OptionalValue<Arith> low, OptionalValue<Arith> bits) {
  v = extendToZero(arith, spec, v, low);
  auto divisor = scaleDivisor(arith, spec, bits);
  auto dividend = scaleDividend(arith, spec, v);
  if (!keepsSign(spec.rule))
    dividend = arith.abs(dividend);
  auto scale = arith.div(dividend, divisor);
  bool limitsScale =
      spec.rule == ScaleRule::Running || spec.rule == ScaleRule::Learned;
  return limitsScale ? clampMinimum(arith, spec.minimum, scale) : scale;
}

/// The zero point of a range with lower end `low`, for the scale just chosen.
/// Integer formats only.
template <typename Arith>
typename Arith::Value chooseZeroPoint(Arith &arith, const QParamsSpec &spec,
                                      typename Arith::Value low,
                                      typename Arith::Value scale,
                                      OptionalValue<Arith> bits) {
  Bounds<Arith> bounds =
      getBounds(arith, std::get<IntFormat>(spec.format), bits);
  if (spec.fullRange)
    low = intervalLow(arith, low);
  auto u = arith.add(arith.div(arith.abs(low), scale), bounds.low);
  if (spec.fractionalZeroPoint)
    return u;
  return clampWhere(arith, roundTo(arith, spec.zeroPointRounding, u),
                    bounds.low, bounds.high);
}

/// The parameter that learning starts from: the running statistic, or its
/// logarithm to base 2 under a restriction that works on logarithms.
template <typename Arith>
typename Arith::Value initializeParameter(Arith &arith,
                                          RestrictionKind restriction,
                                          typename Arith::Value running) {
  return restriction == RestrictionKind::Float ? running : arith.log2(running);
}

/// The bits that a learned offset stands for: at least `minimum`.
template <typename Arith>
typename Arith::Value learnedBits(Arith &arith, double minimum,
                                  typename Arith::Value offset) {
  return arith.roundEven(arith.add(arith.abs(offset), arith.constant(minimum)));
}

/// The running statistic after one more batch. `isFirst` says that there is
/// none yet. `keptWeight` is what the old value counts: 1 - momentum, or
/// c / (c + 1) after c batches, when `batches` = c + 1 divides the new one.
template <typename Arith>
typename Arith::Value
updateRunning(Arith &arith, const ObserveSpec &spec,
              typename Arith::Value batch, typename Arith::Value running,
              typename Arith::Bool isFirst, typename Arith::Value keptWeight,
              typename Arith::Value batches) {
  auto v = clampMinimum(arith, spec.minimum, batch);
  auto kept = arith.mul(running, keptWeight);
  auto added = spec.momentum ? arith.mul(arith.constant(*spec.momentum), v)
                             : arith.div(v, batches);
  auto first = spec.isAdditive ? arith.add(running, v) : arith.mul(running, v);
  return arith.select(isFirst, first, arith.add(kept, added));
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_QPARAMS_H
