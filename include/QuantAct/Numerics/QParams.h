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

#include "QuantAct/Numerics/FakeQuant.h"

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

/// The restricted value of a threshold, or of a learned parameter, which is a
/// logarithm already.
template <typename Arith>
typename Arith::Value restrictThreshold(Arith &arith, const QParamsSpec &spec,
                                        typename Arith::Value v) {
  if (spec.restriction == RestrictionKind::Float)
    return v;
  if (spec.rule != ScaleRule::Learned)
    v = arith.log2(v);
  return restrictLogarithm(arith, spec, v);
}

/// T', the divisor of a restricted threshold: under `log` it takes the same way
/// through the logarithm as the threshold, which moves it by up to one ulp.
template <typename Arith>
typename Arith::Value restrictedDivisor(Arith &arith, const QParamsSpec &spec) {
  auto divisor = arith.constant(
      static_cast<double>(spec.format.threshold(spec.restriction)));
  if (spec.restriction != RestrictionKind::Log)
    return divisor;
  return arith.exp2(arith.log2(divisor));
}

/// The scale of a threshold.
template <typename Arith>
typename Arith::Value chooseScale(Arith &arith, const QParamsSpec &spec,
                                  typename Arith::Value v) {
  switch (spec.rule) {
  case ScaleRule::Collect: {
    auto divisor = arith.constant(
        static_cast<double>(spec.format.threshold(spec.restriction)));
    return arith.div(clampMinimum(arith, spec.minimum, v), divisor);
  }
  case ScaleRule::Statistics: {
    v = clampMinimum(arith, spec.minimum, v);
    v = restrictThreshold(arith, spec, v);
    v = arith.abs(clampMinimum(arith, spec.minimum, v));
    return arith.div(v, restrictedDivisor(arith, spec));
  }
  case ScaleRule::Running:
  case ScaleRule::Learned: {
    v = arith.abs(restrictThreshold(arith, spec, v));
    v = arith.div(v, restrictedDivisor(arith, spec));
    return clampMinimum(arith, spec.minimum, v);
  }
  }
  llvm_unreachable("covered switch");
}

/// The zero point of a range with lower end `low`, for the scale just chosen.
template <typename Arith>
typename Arith::Value chooseZeroPoint(Arith &arith, const QParamsSpec &spec,
                                      typename Arith::Value low,
                                      typename Arith::Value scale) {
  auto lowest = arith.constant(static_cast<double>(spec.format.lowest()));
  auto highest = arith.constant(static_cast<double>(spec.format.highest()));
  auto u = arith.add(arith.div(arith.abs(low), scale), lowest);
  if (spec.fractionalZeroPoint)
    return u;
  return clampWhere(arith, roundTo(arith, spec.zeroPointRounding, u), lowest,
                    highest);
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
  return arith.select(isFirst, arith.mul(running, v), arith.add(kept, added));
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_QPARAMS_H
