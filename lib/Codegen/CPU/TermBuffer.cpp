//===- TermBuffer.cpp - What elements add, for later ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TermBuffer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace quant_act;

bool TermBuffer::canHold(const LoopBody &body) {
  return !body.getAccumulators().empty() &&
         llvm::all_of(body.getAccumulators(), [](const Accumulator &each) {
           return each.kind == AccumulatorKind::Lanes && each.adder;
         });
}

static Type getElementType(const Accumulator &accumulator) {
  return getElementTypeOrSelf(accumulator.operand->get());
}

void TermBuffer::allocate(int64_t size) {
  buffers =
      llvm::map_to_vector(body.getAccumulators(), [&](const Accumulator &each) {
        return b.allocateOnStack(MemRefType::get({size}, getElementType(each)));
      });
}

/// With -0, every number stays as it is.
Accumulators::Values TermBuffer::get(ValueRange, ValueRange, Value, Value) {
  return llvm::map_to_vector(
      body.getAccumulators(), [&](const Accumulator &each) -> Value {
        auto type = VectorType::get({lanes}, getElementType(each));
        auto zero = APFloat::getZero(
            cast<FloatType>(type.getElementType()).getFloatSemantics(),
            /*Negative=*/true);
        return arith::ConstantOp::create(b, DenseElementsAttr::get(type, zero));
      });
}

/// Lanes that are masked are the next row's, or beyond.
Accumulators::Values TermBuffer::update(ValueRange values, ValueRange,
                                        ValueRange, Value offset, Value) {
  for (auto [value, buffer] : llvm::zip_equal(values, buffers))
    b.store(value, buffer, offset);
  return {};
}

Accumulators::Values TermBuffer::addVector(ValueRange carried, Value begin,
                                           Value offset, Value mask) {
  Values added;
  for (auto [accumulator, buffer, sum] :
       llvm::zip_equal(body.getAccumulators(), buffers, carried)) {
    Value terms = b.load(buffer, b.add(begin, offset), lanes);
    added.push_back(buildCombined(b, accumulator.adder, sum, terms));
  }
  return sums.update(added, /*indices=*/{}, carried, offset, mask);
}

void TermBuffer::addRow(ValueRange indices, Value begin, Value length,
                        int64_t numVectors) {
  Values carried = sums.begin(indices);
  for (int64_t i = 0; i < numVectors; ++i) {
    Value offset = b.index(i * lanes);
    Value mask;
    if (i == numVectors - 1)
      mask = b.mask(b.sub(length, offset), lanes);
    carried = addVector(carried, begin, offset, mask);
  }
  sums.end(indices, carried);
}
