//===- Accumulators.cpp - What loops over elements carry ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accumulators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

static Value getBuffer(const Accumulator &accumulator) {
  return accumulator.operand->get();
}

VectorType SpanAccumulators::getType(const Accumulator &accumulator) const {
  auto buffer = cast<MemRefType>(getBuffer(accumulator).getType());
  return VectorType::get({lanes}, buffer.getElementType());
}

/// Where the vector at an offset is in memory: lanes are all of a dimension.
Accumulators::Values
SpanAccumulators::getIndices(const Accumulator &accumulator, ValueRange indices,
                             Value offset) {
  Values all(indices);
  Value &row = all[body.getRowDim()];
  row = accumulator.kind == AccumulatorKind::Lanes ? b.index(0)
                                                   : b.add(row, offset);
  return body.getOperandIndices(b, *accumulator.operand, all);
}

Accumulators::Values SpanAccumulators::begin(ValueRange indices) {
  Values carried;
  for (const Accumulator &accumulator : body.getAccumulators()) {
    VectorType type = getType(accumulator);
    if (accumulator.kind == AccumulatorKind::Lanes)
      carried.push_back(
          vector::LoadOp::create(b, type, getBuffer(accumulator),
                                 getIndices(accumulator, indices, b.index(0))));
    else if (accumulator.kind == AccumulatorKind::AnyOrder)
      carried.push_back(arith::ConstantOp::create(
          b, DenseElementsAttr::get(
                 type, *arith::getNeutralElement(accumulator.combiner))));
  }
  return carried;
}

void SpanAccumulators::end(ValueRange indices, ValueRange carried) {
  unsigned next = 0;
  for (const Accumulator &accumulator : body.getAccumulators()) {
    if (accumulator.kind == AccumulatorKind::AlongRow)
      continue;
    Value last = carried[next++];
    Values at = getIndices(accumulator, indices, b.index(0));
    if (accumulator.kind == AccumulatorKind::Lanes) {
      vector::StoreOp::create(b, last, getBuffer(accumulator), at);
      continue;
    }
    Value before = memref::LoadOp::create(b, getBuffer(accumulator), at);
    Value after = vector::ReductionOp::create(
        b, *linalg::getCombinerOpKind(accumulator.combiner), last, before);
    memref::StoreOp::create(b, after, getBuffer(accumulator), at);
  }
}

Accumulators::Values SpanAccumulators::get(ValueRange indices,
                                           ValueRange carried, Value offset,
                                           Value mask) {
  Values vectors;
  unsigned next = 0;
  for (const Accumulator &accumulator : body.getAccumulators()) {
    if (accumulator.kind != AccumulatorKind::AlongRow) {
      vectors.push_back(carried[next++]);
      continue;
    }
    Values at = getIndices(accumulator, indices, offset);
    vectors.push_back(b.load(getBuffer(accumulator), at, lanes, mask));
  }
  return vectors;
}

Accumulators::Values SpanAccumulators::update(ValueRange values,
                                              ValueRange indices,
                                              ValueRange carried, Value offset,
                                              Value mask) {
  Values next;
  for (auto [accumulator, value] :
       llvm::zip_equal(body.getAccumulators(), values)) {
    if (accumulator.kind != AccumulatorKind::AlongRow) {
      Value old = carried[next.size()];
      next.push_back(mask ? arith::SelectOp::create(b, mask, value, old)
                          : value);
      continue;
    }
    Values at = getIndices(accumulator, indices, offset);
    b.store(value, getBuffer(accumulator), at, mask);
  }
  return next;
}
