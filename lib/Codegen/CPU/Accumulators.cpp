//===- Accumulators.cpp - What loops over elements carry ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accumulators.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace quant_act;

Value quant_act::buildCombined(LoopBuilder &b, Operation *combiner, Value x,
                               Value y) {
  return b
      .create(b.getLoc(), combiner->getName().getIdentifier(), {x, y},
              {x.getType()}, combiner->getAttrs())
      ->getResult(0);
}

SpanAccumulators::SpanAccumulators(const LoopBody &body, LoopBuilder &b,
                                   int64_t lanes)
    : body(body), b(b), lanes(lanes) {
  for (const Accumulator &accumulator : body.getAccumulators())
    buffers.push_back(accumulator.operand->get());
}

VectorType SpanAccumulators::getType(Value buffer) const {
  auto type = cast<MemRefType>(buffer.getType());
  return VectorType::get({lanes}, type.getElementType());
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
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), buffers)) {
    VectorType type = getType(buffer);
    if (accumulator.kind == AccumulatorKind::Lanes)
      carried.push_back(vector::LoadOp::create(
          b, type, buffer, getIndices(accumulator, indices, b.index(0))));
    else if (accumulator.kind == AccumulatorKind::AnyOrder)
      carried.push_back(arith::ConstantOp::create(
          b, DenseElementsAttr::get(
                 type, *arith::getNeutralElement(accumulator.combiner))));
  }
  return carried;
}

/// Lanes are read from where they have been written twice, one behind the
/// other.
Accumulators::Values SpanAccumulators::rotate(ValueRange carried, Value count) {
  Values rotated(carried);
  unsigned next = 0;
  for (const Accumulator &accumulator : body.getAccumulators()) {
    if (accumulator.kind == AccumulatorKind::AlongRow)
      continue;
    Value &value = rotated[next++];
    if (accumulator.kind == AccumulatorKind::AnyOrder)
      continue;
    Type element = cast<VectorType>(value.getType()).getElementType();
    Value twice = b.allocateOnStack(MemRefType::get({2 * lanes}, element));
    b.store(value, twice, b.index(0));
    b.store(value, twice, b.index(lanes));
    value = b.load(twice, b.rem(count, b.index(lanes)), lanes);
  }
  return rotated;
}

void SpanAccumulators::end(ValueRange indices, ValueRange carried) {
  unsigned next = 0;
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), buffers)) {
    if (accumulator.kind == AccumulatorKind::AlongRow)
      continue;
    Value last = carried[next++];
    Values at = getIndices(accumulator, indices, b.index(0));
    if (accumulator.kind == AccumulatorKind::Lanes) {
      vector::StoreOp::create(b, last, buffer, at);
      continue;
    }
    Value before = memref::LoadOp::create(b, buffer, at);
    Value after = vector::ReductionOp::create(
        b, *linalg::getCombinerOpKind(accumulator.combiner), last, before);
    memref::StoreOp::create(b, after, buffer, at);
  }
}

Accumulators::Values SpanAccumulators::get(ValueRange indices,
                                           ValueRange carried, Value offset,
                                           Value mask) {
  Values vectors;
  unsigned next = 0;
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), buffers)) {
    if (accumulator.kind != AccumulatorKind::AlongRow) {
      vectors.push_back(carried[next++]);
      continue;
    }
    Values at = getIndices(accumulator, indices, offset);
    vectors.push_back(b.load(buffer, at, lanes, mask));
  }
  return vectors;
}

Accumulators::Values SpanAccumulators::update(ValueRange values,
                                              ValueRange indices,
                                              ValueRange carried, Value offset,
                                              Value mask) {
  Values next;
  for (auto [accumulator, buffer, value] :
       llvm::zip_equal(body.getAccumulators(), buffers, values)) {
    if (accumulator.kind != AccumulatorKind::AlongRow) {
      Value old = carried[next.size()];
      next.push_back(mask ? arith::SelectOp::create(b, mask, value, old)
                          : value);
      continue;
    }
    Values at = getIndices(accumulator, indices, offset);
    b.store(value, buffer, at, mask);
  }
  return next;
}

//===----------------------------------------------------------------------===//
// Accumulators of a thread
//===----------------------------------------------------------------------===//

/// More are enough for threads to have some of them each.
static constexpr int64_t maxPrivate = 16;

/// What processors exchange without a library.
static constexpr unsigned maxAtomicBits = 64;

/// The combiner as an operation on memory that other threads write to, if there
/// is one.
static std::optional<arith::AtomicRMWKind> getAtomicKind(Operation *combiner) {
  using Kind = arith::AtomicRMWKind;
  return llvm::TypeSwitch<Operation *, std::optional<Kind>>(combiner)
      .Case([](arith::AddIOp) { return Kind::addi; })
      .Case([](arith::AndIOp) { return Kind::andi; })
      .Case([](arith::MaxSIOp) { return Kind::maxs; })
      .Case([](arith::MaxUIOp) { return Kind::maxu; })
      .Case([](arith::MinSIOp) { return Kind::mins; })
      .Case([](arith::MinUIOp) { return Kind::minu; })
      .Case([](arith::OrIOp) { return Kind::ori; })
      .Case([](arith::XOrIOp) { return Kind::xori; })
      .Default(std::nullopt);
}

bool PrivateAccumulators::canHave(const Accumulator &accumulator) {
  auto type = cast<MemRefType>(accumulator.operand->get().getType());
  return accumulator.kind == AccumulatorKind::AnyOrder &&
         getAtomicKind(accumulator.combiner) && type.hasStaticShape() &&
         type.getNumElements() < maxPrivate &&
         type.getElementTypeBitWidth() <= maxAtomicBits;
}

/// The indices of all elements of a buffer, which has few.
static SmallVector<SmallVector<Value>> getAllIndices(LoopBuilder &b,
                                                     MemRefType type) {
  SmallVector<SmallVector<Value>> all;
  SmallVector<int64_t> strides = computeStrides(type.getShape());
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i)
    all.push_back(
        llvm::map_to_vector(delinearize(i, strides),
                            [&](int64_t index) { return b.index(index); }));
  return all;
}

void PrivateAccumulators::allocate() {
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), buffers)) {
    if (!canHave(accumulator))
      continue;
    auto type = cast<MemRefType>(buffer.getType());
    buffer = b.allocateOnStack(
        MemRefType::get(type.getShape(), type.getElementType()));
    Value neutral = arith::ConstantOp::create(
        b, *arith::getNeutralElement(accumulator.combiner));
    for (ValueRange at : getAllIndices(b, type))
      memref::StoreOp::create(b, neutral, buffer, at);
  }
}

void PrivateAccumulators::flush() {
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), buffers)) {
    if (!canHave(accumulator))
      continue;
    for (ValueRange at : getAllIndices(b, cast<MemRefType>(buffer.getType()))) {
      Value own = memref::LoadOp::create(b, buffer, at);
      memref::AtomicRMWOp::create(b, *getAtomicKind(accumulator.combiner), own,
                                  accumulator.operand->get(), at);
    }
  }
}
