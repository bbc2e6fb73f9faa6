//===- RangeReference.cpp - fake_quant_range on arrays --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceParts.h"

using namespace llvm;
using namespace quant_act;

HostTensor reference::fakeQuantRange(const FakeQuantRangeSpec &spec,
                                     ElementType compute, const HostTensor &x,
                                     const FakeQuantRangeOperands &operands) {
  Evaluator evaluator(getSemantics(compute));
  const fltSemantics &resultSemantics = getSemantics(x.getElementType());
  int64_t numElements = x.getNumElements();
  RangeReader reader(evaluator, operands, numElements);
  HostTensor y(x.getElementType(), x.getShape());
  for (int64_t i = 0; i < numElements; ++i) {
    APFloat result = quant_act::fakeQuantRange(
        evaluator, spec, evaluator.load(x.getFloat(i)), reader.read(i));
    y.setFloat(i, convert(result, resultSemantics));
  }
  return y;
}
