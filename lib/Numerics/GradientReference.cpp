//===- GradientReference.cpp - Gradients on arrays in host memory ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/GradientReference.h"

#include "QuantAct/Numerics/Gradients.h"
#include "QuantAct/Numerics/RangeGradients.h"
#include "QuantAct/Numerics/Sums.h"
#include "ReferenceParts.h"

using namespace llvm;
using namespace quant_act;

namespace {
/// Sums of contributions to each parameter.
class Sums {
public:
  Sums(const ParameterLayout &layout, int64_t numElements, const Runs &runs)
      : shape(layout.getParameterShape()), sums(layout.getNumParameters()),
        counts(layout.getNumParameters(), 0),
        indices(reference::getParameterIndices(layout, numElements)),
        runs(runs) {}

  void add(int64_t element, const APFloat &contribution) {
    sums[indices[element]].add(
        runs.getPosition(element),
        convert(contribution, APFloat::IEEEdouble()).convertToDouble());
    ++counts[indices[element]];
  }

  /// `finish` gets each parameter's sum, number of elements and position.
  HostTensor
  get(ElementType type,
      function_ref<APFloat(APFloat, APFloat, int64_t)> finish) const {
    HostTensor result(type, shape);
    for (auto [i, sum] : enumerate(sums))
      result.setFloat(
          i, convert(finish(APFloat(sum.get()), APFloat(double(counts[i])), i),
                     getSemantics(type)));
    return result;
  }

  HostTensor get(ElementType type) const {
    return get(type, [](APFloat sum, APFloat, int64_t) { return sum; });
  }

private:
  ArrayRef<int64_t> shape;
  std::vector<LaneSum> sums;
  std::vector<int64_t> counts;
  std::vector<int64_t> indices;
  Runs runs;
};
} // namespace

reference::FakeQuantGradients
reference::fakeQuantGradients(const FakeQuantSpec &spec,
                              const GradientSpec &gradient, ElementType compute,
                              const HostTensor &g, const HostTensor &x,
                              const FakeQuantOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  const fltSemantics &semantics = getSemantics(x.getElementType());
  int64_t numElements = x.getNumElements();
  OperandReader reader(evaluator, operands, numElements);
  std::vector<ParameterLayout> layouts{operands.scale.layout};
  for (const auto &placed : {operands.zeroPoint, operands.bits})
    if (placed)
      layouts.push_back(placed->layout);
  Runs runs(layouts);
  auto makeSums = [&](const std::optional<PlacedParameters> &placed) {
    return placed ? std::optional<Sums>(Sums(placed->layout, numElements, runs))
                  : std::nullopt;
  };
  Sums scaleSums(operands.scale.layout, numElements, runs);
  std::optional<Sums> zeroPointSums = makeSums(operands.zeroPoint);
  std::optional<Sums> bitsSums = makeSums(operands.bits);

  HostTensor gX(x.getElementType(), x.getShape());
  for (int64_t i = 0; i < numElements; ++i) {
    Contributions<Evaluator> parts = fakeQuantGradient(
        evaluator, spec, gradient, evaluator.load(g.getFloat(i)),
        evaluator.load(x.getFloat(i)), reader.read(i));
    gX.setFloat(i, convert(parts.x, semantics));
    scaleSums.add(i, parts.scale);
    if (zeroPointSums)
      zeroPointSums->add(i, *parts.zeroPoint);
    if (bitsSums)
      bitsSums->add(i, *parts.bits);
  }

  Evaluator wide(APFloat::IEEEdouble());
  auto finish = [&](APFloat sum, APFloat n, int64_t i) {
    std::optional<APFloat> width;
    if (operands.bits) {
      const HostTensor &widths = *operands.bits->values;
      width = wide.load(widths.getFloat(widths.getRank() == 0 ? 0 : i));
    }
    APFloat scale = wide.load(operands.scale.values->getFloat(i));
    return finishScaleGradient(wide, spec.format, gradient, sum, n, scale,
                               width);
  };
  FakeQuantGradients result{
      std::move(gX),
      scaleSums.get(operands.scale.values->getElementType(), finish),
      {},
      {}};
  if (zeroPointSums)
    result.zeroPoint =
        zeroPointSums->get(operands.zeroPoint->values->getElementType());
  if (bitsSums)
    result.bits = bitsSums->get(operands.bits->values->getElementType());
  return result;
}

reference::FakeQuantRangeGradients reference::fakeQuantRangeGradients(
    const FakeQuantRangeSpec &spec, ElementType compute, const HostTensor &g,
    const HostTensor &x, const FakeQuantRangeOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  int64_t numElements = x.getNumElements();
  RangeReader reader(evaluator, operands, numElements);
  bool hasOutRange = operands.outLow.has_value();
  const ParameterLayout &layout = operands.low.layout;
  const ParameterLayout &outLayout =
      hasOutRange ? operands.outLow->layout : layout;
  Runs runs({layout, outLayout});
  Sums low(layout, numElements, runs), high(low),
      outLow(outLayout, numElements, runs), outHigh(outLow);

  HostTensor gX(x.getElementType(), x.getShape());
  for (int64_t i = 0; i < numElements; ++i) {
    RangeContributions<Evaluator> parts = fakeQuantRangeGradient(
        evaluator, spec, evaluator.load(g.getFloat(i)),
        evaluator.load(x.getFloat(i)), reader.read(i), hasOutRange);
    gX.setFloat(i, convert(parts.x, getSemantics(x.getElementType())));
    low.add(i, parts.low);
    high.add(i, parts.high);
    if (!hasOutRange)
      continue;
    outLow.add(i, *parts.outLow);
    outHigh.add(i, *parts.outHigh);
  }

  ElementType type = operands.low.values->getElementType();
  FakeQuantRangeGradients result{
      std::move(gX), low.get(type), high.get(type), {}, {}};
  if (hasOutRange) {
    ElementType outType = operands.outLow->values->getElementType();
    result.outLow = outLow.get(outType);
    result.outHigh = outHigh.get(outType);
  }
  return result;
}

HostTensor reference::activateGradient(Activation activation,
                                       const HostTensor &g,
                                       const HostTensor &x) {
  Evaluator evaluator(getSemantics(x.getElementType()));
  HostTensor result(x.getElementType(), x.getShape());
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i) {
    APFloat a = quant_act::activate(evaluator, activation, x.getFloat(i));
    result.setFloat(
        i, activationGradient(evaluator, activation, g.getFloat(i), a));
  }
  return result;
}

HostTensor reference::learnedBitsGradient(const HostTensor &g,
                                          const HostTensor &offset) {
  Evaluator evaluator(getSemantics(offset.getElementType()));
  HostTensor result(offset.getElementType(), offset.getShape());
  for (int64_t i = 0, e = offset.getNumElements(); i < e; ++i)
    result.setFloat(i, quant_act::learnedBitsGradient(evaluator, g.getFloat(i),
                                                      offset.getFloat(i)));
  return result;
}

//===----------------------------------------------------------------------===//
// Statistics
//===----------------------------------------------------------------------===//

namespace {
/// The values of one channel and the gradients that they get.
struct Channel {
  std::vector<int64_t> elements;
  std::vector<APFloat> values;
  std::vector<APFloat> gradients;

  /// Adds `gradient` to the first value that is `selected`.
  void addToFirst(Evaluator &evaluator, bool isMagnitude,
                  const APFloat &selected, const APFloat &gradient) {
    for (auto [value, sum] : zip(values, gradients))
      if (isSelected(evaluator, isMagnitude ? llvm::abs(value) : value,
                     selected)) {
        APFloat own = isMagnitude
                          ? magnitudeGradient(evaluator, gradient, value)
                          : gradient;
        sum = evaluator.add(sum, own);
        return;
      }
  }
};
} // namespace

/// The channels of x after the activation, in the type of the gradients.
static std::vector<Channel> gatherChannels(Evaluator &evaluator,
                                           Activation activation,
                                           const HostTensor &x,
                                           const ParameterLayout &layout) {
  std::vector<Channel> channels(layout.getNumParameters());
  HostTensor activated = reference::activate(activation, x);
  layout.forEachElement([&](int64_t i, int64_t channel) {
    channels[channel].elements.push_back(i);
    channels[channel].values.push_back(evaluator.load(activated.getFloat(i)));
    channels[channel].gradients.push_back(evaluator.constant(0.0));
  });
  return channels;
}

/// Gives every value its share of the gradient of a statistic of moments.
static void addToAll(Evaluator &evaluator, const Statistic &statistic,
                     Channel &channel, const APFloat &gradient,
                     ArrayRef<APFloat> measures) {
  APFloat n = evaluator.constant(channel.values.size());
  bool isMagnitude = getDefinition(statistic.kind).isOfMagnitudes();
  for (auto [value, sum] : zip(channel.values, channel.gradients)) {
    sum = momentsGradient<Evaluator>(evaluator, statistic, gradient, n,
                                     isMagnitude ? llvm::abs(value) : value,
                                     measures);
    if (isMagnitude)
      sum = magnitudeGradient(evaluator, sum, value);
  }
}

HostTensor reference::statsGradient(const Statistic &statistic,
                                    Activation activation, const HostTensor &x,
                                    const ParameterLayout &layout,
                                    const HostTensor &gThreshold,
                                    const HostTensor *gLow) {
  StatisticDefinition definition = getDefinition(statistic.kind);
  const fltSemantics &semantics = getSemantics(gThreshold.getElementType());
  Evaluator evaluator(semantics);
  HostTensor result(x.getElementType(), x.getShape());
  for (auto [i, channel] :
       enumerate(gatherChannels(evaluator, activation, x, layout))) {
    if (channel.values.empty())
      continue;
    APFloat g = gThreshold.getFloat(i);
    SmallVector<APFloat> measures = takeMeasures(
        statistic, channel.values, Runs(layout).getLength(), semantics);
    if (definition.isOfMoments()) {
      addToAll(evaluator, statistic, channel, g, measures);
    } else {
      SmallVector<APFloat> gradients = selectedGradients<Evaluator>(
          evaluator, definition, g,
          gLow ? gLow->getFloat(i) : evaluator.constant(0.0), measures);
      for (auto [measure, gradient] : zip(measures, gradients))
        channel.addToFirst(evaluator, definition.isOfMagnitudes(), measure,
                           gradient);
    }
    for (auto [element, value, gradient] :
         zip(channel.elements, channel.values, channel.gradients))
      result.setFloat(element, convert(activationGradient(evaluator, activation,
                                                          gradient, value),
                                       getSemantics(x.getElementType())));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// The element at `index`, or the only one.
static APFloat readShared(const HostTensor &tensor, int64_t index) {
  return tensor.getFloat(tensor.getRank() == 0 ? 0 : index);
}

static APFloat sumOf(ArrayRef<APFloat> values) {
  LaneSum sum;
  for (auto [i, value] : enumerate(values))
    sum.add(i, convert(value, APFloat::IEEEdouble()).convertToDouble());
  return APFloat(sum.get());
}

/// Contributions as the gradient of an operand that has one element for each,
/// or one for all.
static HostTensor gatherTo(const HostTensor &operand,
                           ArrayRef<APFloat> contributions) {
  ElementType type = operand.getElementType();
  HostTensor result(type, operand.getShape());
  if (operand.getRank() == 0) {
    result.setFloat(0, convert(sumOf(contributions), getSemantics(type)));
    return result;
  }
  for (auto [i, contribution] : enumerate(contributions))
    result.setFloat(i, convert(contribution, getSemantics(type)));
  return result;
}

reference::QParamsGradients reference::chooseQParamsGradients(
    const QParamsSpec &spec, const GradientSpec &gradient,
    const HostTensor &threshold, const HostTensor *low, const HostTensor *bits,
    const HostTensor &gScale, const HostTensor *gZeroPoint) {
  Evaluator evaluator(getSemantics(threshold.getElementType()));
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

  // The zero points, which give a part of the scales' gradients.
  std::vector<APFloat> ofLow, ofScale, zeroPointBits;
  for (int64_t i = 0, e = low ? gZeroPoint->getNumElements() : 0; i < e; ++i) {
    APFloat scale = chooseScale(evaluator, spec, readShared(threshold, i),
                                getScaleLow(i), getBits(i));
    ZeroPointGradient<Evaluator> parts =
        zeroPointGradient(evaluator, spec, gradient, gZeroPoint->getFloat(i),
                          readShared(*low, i), scale, getBits(i));
    ofLow.push_back(parts.low);
    ofScale.push_back(parts.scale);
    if (parts.bits)
      zeroPointBits.push_back(*parts.bits);
  }
  std::optional<HostTensor> scalePart;
  if (low)
    scalePart = gatherTo(threshold, ofScale);

  std::vector<APFloat> ofThreshold, scaleBits;
  for (int64_t i = 0, e = threshold.getNumElements(); i < e; ++i) {
    APFloat g = gScale.getFloat(i);
    if (scalePart)
      g = evaluator.add(g, scalePart->getFloat(i));
    ThresholdGradient<Evaluator> parts = thresholdGradient(
        evaluator, spec, g, threshold.getFloat(i), getScaleLow(i), getBits(i));
    ofThreshold.push_back(parts.threshold);
    if (parts.low)
      ofLow[i] = evaluator.add(ofLow[i], *parts.low);
    if (parts.bits)
      scaleBits.push_back(*parts.bits);
  }

  QParamsGradients result{
      HostTensor(threshold.getElementType(), threshold.getShape()), {}, {}};
  for (auto [i, value] : enumerate(ofThreshold))
    result.threshold.setFloat(i, value);
  if (low)
    result.low = gatherTo(*low, ofLow);
  if (!bits)
    return result;
  // Each operand's contributions are summed by themselves.
  if (bits->getRank() == 0) {
    scaleBits = {sumOf(scaleBits)};
    if (low)
      scaleBits.push_back(sumOf(zeroPointBits));
  } else if (low) {
    for (auto [sum, other] : zip(scaleBits, zeroPointBits))
      sum = evaluator.add(sum, other);
  }
  result.bits = gatherTo(*bits, scaleBits);
  return result;
}
