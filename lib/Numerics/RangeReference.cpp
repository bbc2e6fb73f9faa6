//===- RangeReference.cpp - fake_quant_range on arrays --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Reference.h"

#include "QuantAct/Numerics/Evaluator.h"
#include "QuantAct/Numerics/FakeQuantRange.h"

using namespace llvm;
using namespace quant_act;

/// The parameter of each element of the tensor, in row-major order.
static std::vector<APFloat> spread(const Evaluator &evaluator,
                                   const reference::PlacedParameters &placed,
                                   int64_t numElements) {
  std::vector<APFloat> values(numElements, evaluator.constant(0.0));
  placed.layout.forEachElement([&](int64_t element, int64_t index) {
    values[element] = evaluator.load(placed.values->getFloat(index));
  });
  return values;
}

HostTensor reference::fakeQuantRange(const FakeQuantRangeSpec &spec,
                                     ElementType compute, const HostTensor &x,
                                     const FakeQuantRangeOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  const fltSemantics &resultSemantics = getSemantics(x.getElementType());
  int64_t numElements = x.getNumElements();
  auto getValues = [&](const PlacedParameters &placed) {
    return spread(evaluator, placed, numElements);
  };
  std::vector<APFloat> low = getValues(operands.low),
                       high = getValues(operands.high),
                       outLow = getValues(operands.outLow),
                       outHigh = getValues(operands.outHigh);
  HostTensor y(x.getElementType(), x.getShape());
  for (int64_t i = 0; i < numElements; ++i) {
    APFloat result = quant_act::fakeQuantRange(
        evaluator, spec, evaluator.load(x.getFloat(i)),
        Ranges<Evaluator>{low[i], high[i], outLow[i], outHigh[i]});
    y.setFloat(i, convert(result, resultSemantics));
  }
  return y;
}
