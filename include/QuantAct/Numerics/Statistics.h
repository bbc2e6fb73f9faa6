//===- Statistics.h - What is gathered about a channel ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scalar parts of `quant_act.stats`, written once over an arithmetic (see
// Arithmetic.h): which order statistic a percentile is, and how the ends of an
// interval become a threshold and a low end.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_STATISTICS_H
#define QUANTACT_NUMERICS_STATISTICS_H

#include "QuantAct/Numerics/FakeQuant.h"

namespace quant_act {

/// A rank kept within [1, n]; 1 for n = 0.
template <typename Arith>
typename Arith::Value clampRank(Arith &arith, typename Arith::Value rank,
                                typename Arith::Value n) {
  rank = arith.select(arith.isGreater(rank, n), n, rank);
  auto one = arith.constant(1.0);
  return arith.select(arith.isLess(rank, one), one, rank);
}

/// Which smallest of n values the upper percentile `q` is, counted from 1:
/// floor(0.01 * q * n + 0.5). Evaluated in f64, left to right.
template <typename Arith>
typename Arith::Value upperRank(Arith &arith, double q,
                                typename Arith::Value n) {
  auto position = arith.mul(arith.constant(0.01 * q), n);
  auto rank = arith.floor(arith.add(position, arith.constant(0.5)));
  return clampRank(arith, rank, n);
}

/// Which smallest of n values the lower percentile `q` is, counted from 1:
/// ceil(0.01 * q * n). Evaluated in f64, left to right.
template <typename Arith>
typename Arith::Value lowerRank(Arith &arith, double q,
                                typename Arith::Value n) {
  auto rank = arith.ceil(arith.mul(arith.constant(0.01 * q), n));
  return clampRank(arith, rank, n);
}

/// The low end of an interval: never above zero, which must be representable.
template <typename Arith>
typename Arith::Value intervalLow(Arith &arith, typename Arith::Value lowest) {
  auto zero = arith.constant(0.0);
  return arith.select(arith.isGreater(lowest, zero), zero, lowest);
}

/// The threshold of an interval. The ends are crossed only where there were no
/// values; then it is 0.
template <typename Arith>
typename Arith::Value intervalThreshold(Arith &arith,
                                        typename Arith::Value lowest,
                                        typename Arith::Value highest) {
  auto width = arith.abs(arith.sub(highest, intervalLow(arith, lowest)));
  return arith.select(arith.isLess(highest, lowest), arith.constant(0.0),
                      width);
}

/// The mean plus `sigma` standard deviations.
template <typename Arith>
typename Arith::Value meanSigmaStd(Arith &arith, double sigma,
                                   typename Arith::Value mean,
                                   typename Arith::Value variance) {
  auto deviation = arith.sqrt(arith.add(variance, arith.constant(1e-8)));
  return arith.add(mean, arith.mul(arith.constant(sigma), deviation));
}

/// The search for the threshold with the least squared error tries the
/// fractions 2 / n .. n / n of the largest magnitude.
constexpr int64_t numSearchSteps = 20;

/// Whether a candidate's error is less than the least so far, and the least
/// then. After an error of NaN nothing is less.
template <typename Arith>
struct Improvement {
  typename Arith::Bool isLess;
  typename Arith::Value leastError;
};

template <typename Arith>
Improvement<Arith> improve(Arith &arith, typename Arith::Value error,
                           typename Arith::Value leastError) {
  auto isLess = arith.isLess(error, leastError);
  auto isOver = arith.isNan(error);
  return {isLess,
          arith.select(isLess, error, arith.select(isOver, error, leastError))};
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_STATISTICS_H
