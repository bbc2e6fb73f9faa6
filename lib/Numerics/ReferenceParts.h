//===- ReferenceParts.h - Shared by the references --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_NUMERICS_REFERENCEPARTS_H
#define QUANTACT_LIB_NUMERICS_REFERENCEPARTS_H

#include "QuantAct/Numerics/Evaluator.h"
#include "QuantAct/Numerics/FakeQuantRange.h"
#include "QuantAct/Numerics/Noise.h"
#include "QuantAct/Numerics/Reference.h"
#include "QuantAct/Numerics/Statistics.h"

#include <vector>

namespace quant_act::reference {

/// The parameter of each element of the tensor, in row-major order.
inline std::vector<int64_t> getParameterIndices(const ParameterLayout &layout,
                                                int64_t numElements) {
  std::vector<int64_t> indices(numElements);
  layout.forEachElement(
      [&](int64_t element, int64_t index) { indices[element] = index; });
  return indices;
}

/// Reads the parameters of each element of a tensor.
class ParameterReader {
public:
  ParameterReader(const Evaluator &evaluator,
                  const std::optional<PlacedParameters> &placed,
                  int64_t numElements)
      : evaluator(evaluator) {
    if (!placed)
      return;
    values = placed->values;
    indices = getParameterIndices(placed->layout, numElements);
  }

  std::optional<llvm::APFloat> read(int64_t element) const {
    if (!values)
      return std::nullopt;
    return evaluator.load(values->getFloat(indices[element]));
  }

private:
  const Evaluator &evaluator;
  const HostTensor *values = nullptr;
  std::vector<int64_t> indices;
};

/// Reads all parameters of each element of a tensor.
class OperandReader {
public:
  OperandReader(Evaluator &evaluator, const FakeQuantOperands &operands,
                int64_t numElements)
      : evaluator(evaluator), seed(operands.seed),
        scales(evaluator, operands.scale, numElements),
        zeroPoints(evaluator, operands.zeroPoint, numElements),
        bits(evaluator, operands.bits, numElements) {}

  Parameters<Evaluator> read(int64_t element) {
    Parameters<Evaluator> parameters{
        *scales.read(element),
        zeroPoints.read(element).value_or(evaluator.constant(0.0)),
        bits.read(element)};
    if (seed)
      parameters.noise = uniformNoise(evaluator, *seed, uint64_t(element));
    return parameters;
  }

private:
  Evaluator &evaluator;
  std::optional<uint64_t> seed;
  ParameterReader scales, zeroPoints, bits;
};

/// Reads the ranges of each element of a tensor.
class RangeReader {
public:
  RangeReader(const Evaluator &evaluator,
              const FakeQuantRangeOperands &operands, int64_t numElements)
      : lows(evaluator, operands.low, numElements),
        highs(evaluator, operands.high, numElements),
        outLows(evaluator, operands.outLow, numElements),
        outHighs(evaluator, operands.outHigh, numElements) {}

  Ranges<Evaluator> read(int64_t element) const {
    llvm::APFloat low = *lows.read(element), high = *highs.read(element);
    return {low, high, outLows.read(element).value_or(low),
            outHighs.read(element).value_or(high)};
  }

private:
  ParameterReader lows, highs, outLows, outHighs;
};

/// What a statistic measures of a channel's values, of which there is one at
/// least, in runs; rounded to the semantics.
llvm::SmallVector<llvm::APFloat>
takeMeasures(const Statistic &statistic, llvm::ArrayRef<llvm::APFloat> values,
             int64_t runLength, const llvm::fltSemantics &semantics);

} // namespace quant_act::reference

#endif // QUANTACT_LIB_NUMERICS_REFERENCEPARTS_H
