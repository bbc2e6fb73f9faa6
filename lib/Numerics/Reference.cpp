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
#include "QuantAct/Numerics/Sums.h"
#include "ReferenceParts.h"

#include "llvm/ADT/APSInt.h"

#include <algorithm>

using namespace llvm;
using namespace quant_act;

HostTensor reference::fakeQuant(const FakeQuantSpec &spec, ElementType compute,
                                const HostTensor &x,
                                const FakeQuantOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  reference::OperandReader reader(evaluator, operands, x.getNumElements());
  HostTensor y(x.getElementType(), x.getShape());
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i) {
    APFloat result = quant_act::fakeQuant(
        evaluator, spec, evaluator.load(x.getFloat(i)), reader.read(i));
    y.setFloat(i, convert(result, getSemantics(x.getElementType())));
  }
  return y;
}

/// An integral value as an integer within the range.
static int64_t toInteger(const APFloat &code, IntegerRange range) {
  APSInt integer(64, /*isUnsigned=*/false);
  bool isExact;
  code.convertToInteger(integer, APFloat::rmTowardZero, &isExact);
  return std::clamp(integer.getExtValue(), range.low, range.high);
}

HostTensor reference::quantize(const FakeQuantSpec &spec, ElementType compute,
                               const HostTensor &x,
                               const FakeQuantOperands &operands,
                               ElementType storage) {
  Evaluator evaluator(getSemantics(compute));
  reference::OperandReader reader(evaluator, operands, x.getNumElements());
  IntegerRange range = getIntegerRange(spec, 8 * getByteWidth(storage));
  HostTensor q(storage, x.getShape());
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i) {
    Parameters<Evaluator> parameters = reader.read(i);
    APFloat a = quant_act::activate(evaluator, spec.activation,
                                    evaluator.load(x.getFloat(i)));
    APFloat code = quant_act::quantize(evaluator, spec, a, parameters);
    if (isFloat(storage)) {
      const fltSemantics &semantics = getSemantics(storage);
      q.setFloat(i, convert(getFloatCode(evaluator, spec, code, semantics),
                            semantics));
    } else {
      code = getIntegerCode(evaluator, spec, code, parameters);
      q.setInteger(i, toInteger(code, range));
    }
  }
  return q;
}

/// The code that is stored at a position, in the evaluator's compute type.
static APFloat loadCode(const Evaluator &evaluator, const Format &format,
                        const HostTensor &q, int64_t index) {
  if (isFloat(q.getElementType()))
    return evaluator.load(q.getFloat(index));
  unsigned width = 8 * getByteWidth(q.getElementType());
  APInt integer(width, q.getInteger(index), /*isSigned=*/true);
  APFloat wide(APFloat::IEEEdouble());
  wide.convertFromAPInt(integer, isSigned(format),
                        APFloat::rmNearestTiesToEven);
  return evaluator.load(wide);
}

HostTensor reference::dequantize(const Format &format, ElementType compute,
                                 const HostTensor &q,
                                 const FakeQuantOperands &operands,
                                 ElementType resultType) {
  Evaluator evaluator(getSemantics(compute));
  FakeQuantSpec spec;
  spec.format = format;
  reference::OperandReader reader(evaluator, operands, q.getNumElements());
  HostTensor y(resultType, q.getShape());
  for (int64_t i = 0, e = q.getNumElements(); i < e; ++i) {
    APFloat value = quant_act::dequantize(
        evaluator, spec, loadCode(evaluator, format, q, i), reader.read(i));
    y.setFloat(i, convert(value, getSemantics(resultType)));
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

static double toDouble(const APFloat &value) {
  return convert(value, APFloat::IEEEdouble()).convertToDouble();
}

namespace {
struct Moments {
  double mean;
  double variance;
};
} // namespace

static Moments getMoments(ArrayRef<APFloat> values, int64_t runLength) {
  double n = static_cast<double>(values.size());
  LaneSum sum, squares;
  for (auto [i, value] : enumerate(values))
    sum.add(i % runLength, toDouble(value));
  double mean = sum.get() / n;
  for (auto [i, value] : enumerate(values)) {
    double deviation = toDouble(value) - mean;
    squares.add(i % runLength, deviation * deviation);
  }
  return {mean, squares.get() / (n - 1.0)};
}

static APFloat takeMeasure(Measure measure, ArrayRef<APFloat> values,
                           ArrayRef<APFloat> &ranks, int64_t runLength) {
  switch (measure) {
  case Measure::Lowest:
    return std::accumulate(
        values.begin() + 1, values.end(), values.front(),
        [](const APFloat &a, const APFloat &b) { return minimum(a, b); });
  case Measure::Highest:
    return std::accumulate(
        values.begin() + 1, values.end(), values.front(),
        [](const APFloat &a, const APFloat &b) { return maximum(a, b); });
  case Measure::LowerPercentile:
  case Measure::UpperPercentile: {
    APFloat rank = ranks.front();
    ranks = ranks.drop_front();
    return selectRank(values, rank);
  }
  case Measure::Mean:
    return APFloat(getMoments(values, runLength).mean);
  case Measure::Variance:
    return APFloat(getMoments(values, runLength).variance);
  }
  llvm_unreachable("covered switch");
}

SmallVector<APFloat> reference::takeMeasures(const Statistic &statistic,
                                             ArrayRef<APFloat> values,
                                             int64_t runLength,
                                             const fltSemantics &semantics) {
  StatisticDefinition definition = getDefinition(statistic.kind);
  std::vector<APFloat> magnitudes;
  if (definition.isOfMagnitudes()) {
    for (const APFloat &value : values)
      magnitudes.push_back(llvm::abs(value));
    values = magnitudes;
  }
  Evaluator counts(APFloat::IEEEdouble());
  SmallVector<APFloat> allRanks =
      getRanks(counts, statistic, counts.constant(values.size()));
  ArrayRef<APFloat> ranks = allRanks;
  SmallVector<APFloat> measures;
  for (Measure measure : definition.measures)
    measures.push_back(
        convert(takeMeasure(measure, values, ranks, runLength), semantics));
  return measures;
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

  HostTensor zeros(resultType, layout.getParameterShape());
  Stats result{zeros, {}};
  if (getDefinition(statistic.kind).hasLow())
    result.low = zeros;
  for (auto [channel, values] : llvm::enumerate(channels)) {
    if (values.empty())
      continue;
    SmallVector<APFloat> measures =
        takeMeasures(statistic, values, Runs(layout).getLength(), semantics);
    result.threshold.setFloat(
        channel, thresholdOf<Evaluator>(evaluator, statistic, measures));
    if (result.low)
      result.low->setFloat(channel, intervalLow(evaluator, measures.front()));
  }
  return result;
}

/// The squared error of each channel, in f64.
static std::vector<double> getSquaredErrors(const HostTensor &a,
                                            const HostTensor &y,
                                            const ParameterLayout &layout) {
  Evaluator evaluator(getSemantics(a.getElementType()));
  std::vector<LaneSum> sums(layout.getNumParameters());
  Runs runs(layout);
  layout.forEachElement([&](int64_t i, int64_t channel) {
    APFloat error = evaluator.sub(a.getFloat(i), y.getFloat(i));
    sums[channel].add(runs.getPosition(i),
                      toDouble(evaluator.mul(error, error)));
  });
  std::vector<double> errors;
  for (const LaneSum &sum : sums)
    errors.push_back(sum.get());
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
  auto getScaleLow = [&](int64_t i) -> std::optional<APFloat> {
    if (!spec.fullRange)
      return std::nullopt;
    return low->getFloat(i);
  };
  QParams result{HostTensor(type, threshold.getShape()), {}};
  for (int64_t i = 0, e = threshold.getNumElements(); i < e; ++i)
    result.scale.setFloat(i, chooseScale(evaluator, spec, threshold.getFloat(i),
                                         getScaleLow(i), getBits(i)));
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
