//===- Statistics.cpp - What each statistic is ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Statistics.h"

using namespace quant_act;

StatisticDefinition quant_act::getDefinition(StatisticKind kind) {
  using Form = StatisticForm;
  switch (kind) {
  case StatisticKind::AbsMax:
    return {Form::Single, Sample::Magnitudes, {Measure::Highest}};
  case StatisticKind::MinMax:
    return {
        Form::Interval, Sample::Values, {Measure::Lowest, Measure::Highest}};
  case StatisticKind::Percentile:
    return {Form::Single, Sample::Magnitudes, {Measure::UpperPercentile}};
  case StatisticKind::PercentileInterval:
    return {Form::Interval,
            Sample::Values,
            {Measure::LowerPercentile, Measure::UpperPercentile}};
  case StatisticKind::Mean:
    return {Form::Single, Sample::Magnitudes, {Measure::Mean}};
  case StatisticKind::MeanSigmaStd:
    return {Form::MeanSigmaStd,
            Sample::Magnitudes,
            {Measure::Mean, Measure::Variance}};
  case StatisticKind::MaxAverage:
    return {Form::Composite, Sample::Magnitudes, {}, /*hasGrid=*/true};
  case StatisticKind::Mse:
    return {Form::Composite, Sample::Magnitudes, {}};
  }
  llvm_unreachable("covered switch");
}
