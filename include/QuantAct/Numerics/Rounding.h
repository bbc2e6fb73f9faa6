//===- Rounding.h - The rounding modes --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written once over an arithmetic (see Arithmetic.h). The only place that knows
// what a rounding mode does.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_ROUNDING_H
#define QUANTACT_NUMERICS_ROUNDING_H

#include "QuantAct/Numerics/Spec.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <optional>

namespace quant_act {

/// `inner`, or its neighbour away from zero where `up`, with u's sign.
template <typename Arith>
typename Arith::Value awayWhere(Arith &arith, typename Arith::Bool up,
                                typename Arith::Value inner,
                                typename Arith::Value u) {
  auto outer = arith.add(inner, arith.copySign(arith.constant(1.0), u));
  return arith.select(up, outer, inner);
}

/// Whether u is exactly halfway between two integers. The subtraction is exact;
/// for infinities it is NaN, which is no half.
template <typename Arith>
typename Arith::Bool isTie(Arith &arith, typename Arith::Value u) {
  auto fraction = arith.abs(arith.sub(u, arith.truncate(u)));
  return arith.isEqual(fraction, arith.constant(0.5));
}

/// u rounded down or up, up with a probability of its distance from the lower
/// integer. `noise` is uniform in [0, 1).
template <typename Arith>
typename Arith::Value roundStochastic(Arith &arith, typename Arith::Value u,
                                      typename Arith::Value noise) {
  auto lower = arith.floor(u);
  auto isUp = arith.isLess(noise, arith.sub(u, lower));
  auto rounded =
      arith.select(isUp, arith.add(lower, arith.constant(1.0)), lower);
  return arith.copySign(rounded, u);
}

/// u rounded to an integral value. NaN, infinities and the sign of zero stay.
///
/// The modes other than half-even are built from exact steps: the distance to
/// the truncated value is exact, so that a value just below a half never
/// becomes one. The two modes named after their addition are the exception: it
/// rounds, and systems have it so. `noise` is for stochastic rounding.
template <typename Arith>
typename Arith::Value
roundTo(Arith &arith, Rounding mode, typename Arith::Value u,
        std::optional<typename Arith::Value> noise = std::nullopt) {
  auto distance = [&] { return arith.abs(arith.sub(u, arith.truncate(u))); };
  auto half = [&] { return arith.constant(0.5); };
  auto tiesGo = [&](auto neighbour) {
    return arith.select(isTie(arith, u), neighbour, arith.roundEven(u));
  };

  switch (mode) {
  case Rounding::HalfEven:
    return arith.roundEven(u);
  case Rounding::HalfAway:
    return awayWhere(arith, arith.isGreaterEqual(distance(), half()),
                     arith.truncate(u), u);
  case Rounding::HalfZero:
    return awayWhere(arith, arith.isGreater(distance(), half()),
                     arith.truncate(u), u);
  case Rounding::HalfUp:
    return tiesGo(arith.ceil(u));
  case Rounding::HalfDown:
    return tiesGo(arith.floor(u));
  case Rounding::Ceil:
    return arith.ceil(u);
  case Rounding::Floor:
    return arith.floor(u);
  case Rounding::TowardZero:
    return arith.truncate(u);
  case Rounding::AwayFromZero:
    return awayWhere(arith, arith.isGreater(distance(), arith.constant(0.0)),
                     arith.truncate(u), u);
  case Rounding::Dpu: {
    auto upward = arith.select(arith.isLess(u, arith.constant(0.0)),
                               arith.ceil(u), arith.roundEven(u));
    return tiesGo(upward);
  }
  case Rounding::HalfAwayAdd:
    return arith.copySign(arith.floor(arith.add(arith.abs(u), half())), u);
  case Rounding::HalfZeroSubtract:
    return arith.copySign(arith.ceil(arith.sub(arith.abs(u), half())), u);
  case Rounding::Stochastic:
    return roundStochastic(arith, u, *noise);
  }
  llvm_unreachable("covered switch");
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_ROUNDING_H
