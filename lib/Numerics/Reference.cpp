//===- Reference.cpp - The ops on arrays in host memory -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Reference.h"

#include "QuantAct/Numerics/Evaluator.h"
#include "QuantAct/Numerics/FakeQuant.h"
#include "QuantAct/Numerics/Noise.h"
#include "QuantAct/Numerics/QParams.h"
#include "QuantAct/Numerics/Statistics.h"

#include <algorithm>

using namespace llvm;
using namespace quant_act;

/// The parameter of each element of the tensor, in row-major order.
static std::vector<int64_t> getParameterIndices(const ParameterLayout &layout,
                                                int64_t numElements) {
  std::vector<int64_t> indices(numElements);
  layout.forEachElement(
      [&](int64_t element, int64_t index) { indices[element] = index; });
  return indices;
}

namespace {
/// Reads the parameters of each element of a tensor.
class ParameterReader {
public:
  ParameterReader(const Evaluator &evaluator,
                  const std::optional<reference::PlacedParameters> &placed,
                  int64_t numElements)
      : evaluator(evaluator) {
    if (!placed)
      return;
    values = placed->values;
    indices = getParameterIndices(placed->layout, numElements);
  }

  std::optional<APFloat> read(int64_t element) const {
    if (!values)
      return std::nullopt;
    return evaluator.load(values->getFloat(indices[element]));
  }

private:
  const Evaluator &evaluator;
  const HostTensor *values = nullptr;
  std::vector<int64_t> indices;
};
} // namespace

HostTensor reference::fakeQuant(const FakeQuantSpec &spec, ElementType compute,
                                const HostTensor &x,
                                const FakeQuantOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  const fltSemantics &resultSemantics = getSemantics(x.getElementType());
  HostTensor y(x.getElementType(), x.getShape());
  int64_t numElements = x.getNumElements();
  ParameterReader scales(evaluator, operands.scale, numElements);
  ParameterReader zeroPoints(evaluator, operands.zeroPoint, numElements);
  ParameterReader bits(evaluator, operands.bits, numElements);
  for (int64_t i = 0; i < numElements; ++i) {
    Parameters<Evaluator> parameters{
        *scales.read(i), zeroPoints.read(i).value_or(evaluator.constant(0.0)),
        bits.read(i)};
    if (operands.seed)
      parameters.noise = uniformNoise(evaluator, *operands.seed, uint64_t(i));
    APFloat result = quant_act::fakeQuant(
        evaluator, spec, evaluator.load(x.getFloat(i)), parameters);
    y.setFloat(i, convert(result, resultSemantics));
  }
  return y;
}

/// A function of each element, computed in the tensor's type.
template <typename Function>
static HostTensor mapElements(const HostTensor &tensor, Function function) {
  Evaluator evaluator(getSemantics(tensor.getElementType()));
  HostTensor result(tensor.getElementType(), tensor.getShape());
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    result.setFloat(i, function(evaluator, tensor.getFloat(i)));
  return result;
}

HostTensor reference::activate(Activation activation, const HostTensor &x) {
  return mapElements(x, [&](Evaluator &evaluator, const APFloat &value) {
    return quant_act::activate(evaluator, activation, value);
  });
}

HostTensor reference::initializeParameter(RestrictionKind restriction,
                                          const HostTensor &running) {
  return mapElements(running, [&](Evaluator &evaluator, const APFloat &value) {
    return quant_act::initializeParameter(evaluator, restriction, value);
  });
}

HostTensor reference::learnedBits(double minimum, const HostTensor &offset) {
  return mapElements(offset, [&](Evaluator &evaluator, const APFloat &value) {
    return quant_act::learnedBits(evaluator, minimum, value);
  });
}

//===----------------------------------------------------------------------===//
// Statistics
//===----------------------------------------------------------------------===//

/// An order of all values: NaN is the largest, -0 comes before +0.
static bool isBefore(const APFloat &a, const APFloat &b) {
  if (a.isNaN() || b.isNaN())
    return !a.isNaN() && b.isNaN();
  if (a.isZero() && b.isZero())
    return a.isNegative() && !b.isNegative();
  return a < b;
}

/// The `rank`-th smallest value, counted from 1.
static APFloat selectRank(std::vector<APFloat> values, const APFloat &rank) {
  auto nth = values.begin() + static_cast<int64_t>(rank.convertToDouble()) - 1;
  std::nth_element(values.begin(), nth, values.end(), isBefore);
  return *nth;
}

static std::vector<APFloat> getMagnitudes(ArrayRef<APFloat> values) {
  std::vector<APFloat> magnitudes;
  for (const APFloat &value : values)
    magnitudes.push_back(llvm::abs(value));
  return magnitudes;
}

/// The ends of a channel's values, before they are made to contain zero. They
/// are crossed if there are no values.
static std::pair<APFloat, APFloat> getInterval(const Statistic &statistic,
                                               ArrayRef<APFloat> values,
                                               const fltSemantics &semantics) {
  if (values.empty())
    return {APFloat::getInf(semantics), APFloat::getInf(semantics, true)};
  if (statistic.kind == StatisticKind::PercentileInterval) {
    Evaluator ranks(APFloat::IEEEdouble());
    APFloat n = ranks.constant(values.size());
    return {selectRank(values, lowerRank(ranks, statistic.low, n)),
            selectRank(values, upperRank(ranks, statistic.high, n))};
  }
  APFloat lowest = values.front(), highest = values.front();
  for (const APFloat &value : values) {
    lowest = minimum(lowest, value);
    highest = maximum(highest, value);
  }
  return {lowest, highest};
}

static double toDouble(const APFloat &value) {
  return convert(value, APFloat::IEEEdouble()).convertToDouble();
}

static double getMean(ArrayRef<APFloat> values) {
  double sum = 0.0;
  for (const APFloat &value : values)
    sum += toDouble(value);
  return sum / values.size();
}

/// The variance with one degree of freedom less than values.
static double getVariance(ArrayRef<APFloat> values, double mean) {
  double sum = 0.0;
  for (const APFloat &value : values) {
    double deviation = toDouble(value) - mean;
    sum += deviation * deviation;
  }
  return sum / (static_cast<double>(values.size()) - 1.0);
}

/// The statistics that are one magnitude.
static APFloat getMagnitude(const Statistic &statistic,
                            ArrayRef<APFloat> values,
                            const fltSemantics &semantics) {
  if (values.empty())
    return APFloat::getZero(semantics);
  std::vector<APFloat> magnitudes = getMagnitudes(values);
  switch (statistic.kind) {
  case StatisticKind::Mean:
    return convert(APFloat(getMean(magnitudes)), semantics);
  case StatisticKind::MeanSigmaStd: {
    Evaluator evaluator(semantics);
    double mean = getMean(magnitudes);
    return meanSigmaStd(
        evaluator, statistic.sigma, convert(APFloat(mean), semantics),
        convert(APFloat(getVariance(magnitudes, mean)), semantics));
  }
  case StatisticKind::Percentile: {
    Evaluator ranks(APFloat::IEEEdouble());
    APFloat n = ranks.constant(values.size());
    return selectRank(magnitudes, upperRank(ranks, statistic.high, n));
  }
  default:
    break;
  }
  return std::accumulate(
      magnitudes.begin(), magnitudes.end(), APFloat::getZero(semantics),
      [](const APFloat &a, const APFloat &b) { return maximum(a, b); });
}

reference::Stats reference::stats(const Statistic &statistic,
                                  Activation activation, const HostTensor &x,
                                  const ParameterLayout &layout,
                                  ElementType resultType) {
  const fltSemantics &semantics = getSemantics(resultType);
  Evaluator evaluator(semantics);
  std::vector<std::vector<APFloat>> channels(layout.getNumParameters());
  HostTensor activated = activate(activation, x);
  layout.forEachElement([&](int64_t i, int64_t channel) {
    channels[channel].push_back(evaluator.load(activated.getFloat(i)));
  });

  bool isInterval = quant_act::isInterval(statistic.kind);
  Stats result{HostTensor(resultType, layout.getParameterShape()), {}};
  if (isInterval)
    result.low = HostTensor(resultType, layout.getParameterShape());
  for (auto [channel, values] : llvm::enumerate(channels)) {
    if (!isInterval) {
      result.threshold.setFloat(channel,
                                getMagnitude(statistic, values, semantics));
      continue;
    }
    auto [lowest, highest] = getInterval(statistic, values, semantics);
    result.threshold.setFloat(channel,
                              intervalThreshold(evaluator, lowest, highest));
    result.low->setFloat(channel, intervalLow(evaluator, lowest));
  }
  return result;
}

HostTensor reference::maxAverage(Activation activation, const HostTensor &x,
                                 const ParameterLayout &layout,
                                 ElementType resultType) {
  HostTensor largest =
      stats({StatisticKind::AbsMax}, activation, x, layout, resultType)
          .threshold;
  return stats({StatisticKind::Mean}, Activation::Identity, largest,
               ParameterLayout(largest.getShape()), resultType)
      .threshold;
}

/// The squared error of each channel, in f64.
static std::vector<double> getSquaredErrors(const HostTensor &a,
                                            const HostTensor &y,
                                            const ParameterLayout &layout) {
  Evaluator evaluator(getSemantics(a.getElementType()));
  std::vector<double> errors(layout.getNumParameters(), 0.0);
  layout.forEachElement([&](int64_t i, int64_t channel) {
    APFloat error = evaluator.sub(a.getFloat(i), y.getFloat(i));
    errors[channel] += toDouble(evaluator.mul(error, error));
  });
  return errors;
}

HostTensor reference::searchThreshold(const FakeQuantSpec &quantizer,
                                      const QParamsSpec &scaling,
                                      ElementType compute, const HostTensor &x,
                                      const ParameterLayout &layout,
                                      ElementType resultType) {
  Evaluator evaluator(getSemantics(resultType));
  Evaluator errors(APFloat::IEEEdouble());
  HostTensor a = activate(quantizer.activation, x);
  HostTensor best = stats({StatisticKind::AbsMax}, Activation::Identity, a,
                          layout, resultType)
                        .threshold;
  HostTensor candidates = best;
  std::vector<APFloat> leastErrors(best.getNumElements(),
                                   APFloat::getInf(APFloat::IEEEdouble()));
  for (int64_t i = 0, e = best.getNumElements(); i < e; ++i)
    best.setFloat(
        i, evaluator.div(best.getFloat(i), evaluator.constant(numSearchSteps)));
  HostTensor base = best;
  for (int64_t step = 2; step <= numSearchSteps; ++step) {
    for (int64_t i = 0, e = base.getNumElements(); i < e; ++i)
      candidates.setFloat(
          i, evaluator.mul(base.getFloat(i), evaluator.constant(step)));
    HostTensor scale =
        chooseQParams(scaling, candidates, nullptr, nullptr).scale;
    FakeQuantOperands operands{PlacedParameters{&scale, layout}, {}, {}, {}};
    HostTensor y = fakeQuant(quantizer, compute, a, operands);
    for (auto [i, error] : llvm::enumerate(getSquaredErrors(a, y, layout))) {
      Improvement<Evaluator> improvement =
          improve(errors, APFloat(error), leastErrors[i]);
      if (improvement.isLess)
        best.setFloat(i, candidates.getFloat(i));
      leastErrors[i] = improvement.leastError;
    }
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Parameters and state
//===----------------------------------------------------------------------===//

/// The element at `index`, or the only one.
static APFloat readShared(const HostTensor &tensor, int64_t index) {
  return tensor.getFloat(tensor.getRank() == 0 ? 0 : index);
}

reference::QParams reference::chooseQParams(const QParamsSpec &spec,
                                            const HostTensor &threshold,
                                            const HostTensor *low,
                                            const HostTensor *bits) {
  ElementType type = threshold.getElementType();
  Evaluator evaluator(getSemantics(type));
  auto getBits = [&](int64_t i) -> std::optional<APFloat> {
    if (!bits)
      return std::nullopt;
    return evaluator.load(readShared(*bits, i));
  };
  QParams result{HostTensor(type, threshold.getShape()), {}};
  for (int64_t i = 0, e = threshold.getNumElements(); i < e; ++i)
    result.scale.setFloat(
        i, chooseScale(evaluator, spec, threshold.getFloat(i), getBits(i)));
  if (!low)
    return result;
  // Either may be shared by all of the other's.
  result.zeroPoint = HostTensor(type, low->getRank() == 0 ? threshold.getShape()
                                                          : low->getShape());
  for (int64_t i = 0, e = result.zeroPoint->getNumElements(); i < e; ++i)
    result.zeroPoint->setFloat(
        i, chooseZeroPoint(evaluator, spec, readShared(*low, i),
                           readShared(result.scale, i), getBits(i)));
  return result;
}

reference::Observation reference::observe(const ObserveSpec &spec,
                                          const HostTensor &batch,
                                          const HostTensor &running,
                                          const HostTensor &count) {
  ElementType type = batch.getElementType();
  Evaluator evaluator(getSemantics(type));
  double batches = count.getDouble(0) + 1.0;
  double keptWeight =
      spec.momentum ? 1.0 - *spec.momentum : count.getDouble(0) / batches;
  Observation result{HostTensor(type, batch.getShape()),
                     HostTensor(count.getElementType(), {})};
  result.count.setDouble(0, batches);
  for (int64_t i = 0, e = batch.getNumElements(); i < e; ++i)
    result.running.setFloat(i, updateRunning(evaluator, spec, batch.getFloat(i),
                                             running.getFloat(i),
                                             count.getDouble(0) == 0.0,
                                             evaluator.constant(keptWeight),
                                             evaluator.constant(batches)));
  return result;
}
