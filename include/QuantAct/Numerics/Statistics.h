//===- Statistics.h - What is gathered about a channel ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A statistic is defined by what is measured of a channel's values and by how a
// threshold follows. Reference, lowering, gradients and syntax know measures and
// forms, and no statistic by its name: one more of these is a line of
// Statistics.cpp. (Composites are other ops, which their names decide.) Formulas
// are written over an arithmetic (see Arithmetic.h).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_STATISTICS_H
#define QUANTACT_NUMERICS_STATISTICS_H

#include "QuantAct/Numerics/FakeQuant.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace quant_act {

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

/// What a statistic is about.
enum class Sample { Values, Magnitudes };

/// What can be measured of a sample: one of it, or a moment. NaN is the lowest
/// and the highest.
enum class Measure {
  Lowest,
  Highest,
  LowerPercentile,
  UpperPercentile,
  Mean,
  /// With one degree of freedom less than values.
  Variance
};

inline bool isPercentile(Measure measure) {
  return measure == Measure::LowerPercentile ||
         measure == Measure::UpperPercentile;
}
inline bool isMoment(Measure measure) {
  return measure == Measure::Mean || measure == Measure::Variance;
}

/// How a threshold follows from measures. It is 0 where there are no values.
enum class StatisticForm {
  /// It is the measure.
  Single,
  /// It is the width from a low end, which is a result, too, up: of two
  /// measures, the lower first.
  Interval,
  /// Standard deviations are added to the mean: of mean and variance.
  MeanSigmaStd,
  /// Other ops make it.
  Composite
};

struct StatisticDefinition {
  StatisticForm form;
  Sample sample;
  /// All moments, or none.
  llvm::SmallVector<Measure, 2> measures;
  /// Whether it has channels of its own.
  bool hasGrid = false;

  /// The first numbers of a statistic are those of its percentiles, in order.
  unsigned getNumPercentiles() const {
    return llvm::count_if(measures, isPercentile);
  }
  unsigned getNumNumbers() const {
    return getNumPercentiles() + (form == StatisticForm::MeanSigmaStd);
  }

  bool isOfMagnitudes() const { return sample == Sample::Magnitudes; }
  bool isOfMoments() const {
    return !measures.empty() && isMoment(measures.front());
  }
  bool hasLow() const { return form == StatisticForm::Interval; }

  /// Whether gradients depend on the measures: on which value was selected, or
  /// how far from the mean one is.
  bool needsMeasuresForGradients() const {
    return form != StatisticForm::Single || !isOfMoments();
  }
};

StatisticDefinition getDefinition(StatisticKind kind);

//===----------------------------------------------------------------------===//
// Percentiles
//===----------------------------------------------------------------------===//

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

/// Which smallest of n values the statistic's percentiles are, counted from 1.
template <typename Arith>
llvm::SmallVector<typename Arith::Value>
getRanks(Arith &arith, const Statistic &statistic, typename Arith::Value n) {
  llvm::SmallVector<typename Arith::Value> ranks;
  for (Measure measure : getDefinition(statistic.kind).measures) {
    if (!isPercentile(measure))
      continue;
    double q = statistic.numbers[ranks.size()];
    ranks.push_back(measure == Measure::LowerPercentile
                        ? lowerRank(arith, q, n)
                        : upperRank(arith, q, n));
  }
  return ranks;
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

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

/// The threshold that a statistic makes of its measures.
template <typename Arith>
typename Arith::Value
thresholdOf(Arith &arith, const Statistic &statistic,
            llvm::ArrayRef<typename Arith::Value> measures) {
  switch (getDefinition(statistic.kind).form) {
  case StatisticForm::Single:
    return measures[0];
  case StatisticForm::Interval:
    return intervalThreshold(arith, measures[0], measures[1]);
  case StatisticForm::MeanSigmaStd:
    return meanSigmaStd(arith, statistic.numbers.back(), measures[0],
                        measures[1]);
  case StatisticForm::Composite:
    break;
  }
  llvm_unreachable("has no measures");
}

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

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
