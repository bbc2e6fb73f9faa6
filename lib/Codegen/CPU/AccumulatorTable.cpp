//===- AccumulatorTable.cpp - Accumulators of a period --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccumulatorTable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace quant_act;

/// Sums must be the channel's: elements of several would be added in another
/// order.
bool AccumulatorTable::canExpand(const LoopBody &body, int64_t channelDim) {
  bool isRow = channelDim == body.getRowDim();
  return llvm::all_of(body.getAccumulators(), [&](const Accumulator &each) {
    if (isRow)
      return each.kind == AccumulatorKind::AlongRow;
    return each.kind == AccumulatorKind::AnyOrder ||
           (each.kind == AccumulatorKind::Lanes &&
            each.map.isFunctionOfDim(channelDim));
  });
}

bool AccumulatorTable::isUnordered(const LoopBody &body) {
  return llvm::all_of(body.getAccumulators(), [](const Accumulator &each) {
    return each.combiner != nullptr;
  });
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

static Value getBuffer(const Accumulator &accumulator) {
  return accumulator.operand->get();
}

VectorType AccumulatorTable::getType(const Accumulator &accumulator) const {
  auto buffer = cast<MemRefType>(getBuffer(accumulator).getType());
  return VectorType::get({lanes}, buffer.getElementType());
}

Value AccumulatorTable::getNeutral(const Accumulator &accumulator) {
  return arith::ConstantOp::create(
      b,
      DenseElementsAttr::get(getType(accumulator),
                             *arith::getNeutralElement(accumulator.combiner)));
}

AccumulatorTable::Values
AccumulatorTable::getIndices(const Accumulator &accumulator,
                             const Channels &channels, Value channel) {
  Values all = channels.indices;
  all[channels.dim] = b.add(all[channels.dim], channel);
  if (accumulator.kind == AccumulatorKind::Lanes)
    all[body.getRowDim()] = b.index(0);
  return body.getOperandIndices(b, *accumulator.operand, all);
}

AccumulatorTable::Values AccumulatorTable::get(ValueRange, ValueRange,
                                               Value offset, Value) {
  Value at = b.add(tableBegin, offset);
  return llvm::map_to_vector(
      tables, [&](Value table) { return b.load(table, at, lanes); });
}

/// Vectors are stored whole, so that the next load finds all of one by one
/// store.
AccumulatorTable::Values AccumulatorTable::update(ValueRange values, ValueRange,
                                                  ValueRange, Value offset,
                                                  Value mask) {
  Value at = b.add(tableBegin, offset);
  for (auto [value, table] : llvm::zip_equal(values, tables)) {
    Value next = value;
    if (mask)
      next = arith::SelectOp::create(b, mask, value, b.load(table, at, lanes));
    b.store(next, table, at);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Filling
//===----------------------------------------------------------------------===//

void AccumulatorTable::allocate(int64_t tableSize, int64_t numParts) {
  size = tableSize;
  tables = llvm::map_to_vector(
      body.getAccumulators(), [&](const Accumulator &accumulator) {
        Type element = getType(accumulator).getElementType();
        return b.allocateOnStack(MemRefType::get({size * numParts}, element));
      });
}

void AccumulatorTable::withPart(Value part, llvm::function_ref<void()> emit) {
  Value begin = tables.empty() ? tableBegin : b.mul(part, b.index(size));
  llvm::SaveAndRestore restore(tableBegin, begin);
  emit();
}

/// The channels of each lane, and where they begin in the table. Where rows
/// have lanes, channels are along them: one element each.
void AccumulatorTable::forEachLane(
    const Channels &channels,
    llvm::function_ref<void(const Channels &, Value)> visit) {
  if (!channels.numLanes)
    return visit(channels, b.index(0));
  b.loop(b.index(0), channels.numLanes, b.index(1), [&](Value lane) {
    Channels one = channels;
    one.indices[*body.getLaneDim()] = lane;
    visit(one, b.mul(lane, channels.count));
  });
}

void AccumulatorTable::fill(const Channels &channels, Value end) {
  for (auto [accumulator, table] :
       llvm::zip_equal(body.getAccumulators(), tables)) {
    if (accumulator.combiner)
      fillNeutral(accumulator, table, end);
    else if (accumulator.kind == AccumulatorKind::Lanes)
      fillLanes(accumulator, table, channels);
    else
      fillAlongRow(accumulator, table, channels);
  }
}

void AccumulatorTable::fillNeutral(const Accumulator &accumulator, Value table,
                                   Value end) {
  Value neutral = getNeutral(accumulator);
  b.loop(b.index(0), end, b.index(lanes),
         [&](Value at) { b.store(neutral, table, b.add(tableBegin, at)); });
}

void AccumulatorTable::fillAlongRow(const Accumulator &accumulator, Value table,
                                    const Channels &channels) {
  Value buffer = getBuffer(accumulator);
  forEachLane(channels, [&](const Channels &one, Value begin) {
    b.forEachVector(one.count, lanes, [&](Value at, Value mask) {
      Values from = getIndices(accumulator, one, at);
      b.store(b.load(buffer, from, lanes, mask), table, b.add(begin, at));
    });
  });
}

/// Lanes beyond a row's are overwritten by the next channel's.
void AccumulatorTable::fillLanes(const Accumulator &accumulator, Value table,
                                 const Channels &channels) {
  b.loop(b.index(0), channels.count, b.index(1), [&](Value channel) {
    Values from = getIndices(accumulator, channels, channel);
    b.store(b.load(getBuffer(accumulator), from, lanes), table,
            b.mul(channel, channels.inner));
  });
}

//===----------------------------------------------------------------------===//
// Writing back
//===----------------------------------------------------------------------===//

void AccumulatorTable::merge(Value numParts, Value end) {
  if (tables.empty())
    return;
  b.loop(b.index(1), numParts, b.index(1), [&](Value part) {
    Value begin = b.mul(part, b.index(size));
    b.loop(b.index(0), end, b.index(lanes), [&](Value at) {
      for (auto [accumulator, table] :
           llvm::zip_equal(body.getAccumulators(), tables)) {
        Value own = b.load(table, b.add(begin, at), lanes);
        Value all = buildCombined(b, accumulator.combiner,
                                  b.load(table, at, lanes), own);
        b.store(all, table, at);
      }
    });
  });
}

void AccumulatorTable::moveBehind(Value count, Value length) {
  b.branch(b.isLess(b.index(0), count), [&] {
    for (Value table : tables)
      b.store(b.load(table, b.index(0), lanes), table, length);
  });
}

void AccumulatorTable::moveBack(Value count, Value length) {
  b.branch(b.isLess(b.index(0), count), [&] {
    for (Value table : tables)
      b.store(b.load(table, length, lanes), table, b.index(0),
              b.mask(count, lanes));
  });
}

void AccumulatorTable::fold(Value period, Value length, int64_t beyond) {
  b.loop(b.index(0), b.index(beyond), b.index(lanes), [&](Value at) {
    combineVectors(at, length, b.add(length, b.index(1)), length);
  });
  // Some periods are whole vectors: if they are left first, fewer are added to
  // a period at a time.
  Value several = b.mul(period, b.index(lanes));
  Value areWhole = b.isEqual(b.rem(length, several), b.index(0));
  b.branch(areWhole, [&] { foldTo(several, length); });
  foldTo(period, b.createOrFold<arith::SelectOp>(areWhole, several, length));
}

/// What the last vector writes too much has been read before.
void AccumulatorTable::foldTo(Value period, Value length) {
  b.loop(b.index(0), period, b.index(lanes),
         [&](Value at) { combineVectors(at, period, length, period); });
}

/// A vector stays in a register while those that are `from` to `to` elements
/// behind it are combined with it.
void AccumulatorTable::combineVectors(Value at, Value from, Value to,
                                      Value step) {
  for (auto [accumulator, buffer] :
       llvm::zip_equal(body.getAccumulators(), tables)) {
    const Accumulator &each = accumulator;
    Value table = buffer;
    auto combineNext = [&](Value distance, ValueRange sum) -> Values {
      Value next = b.load(table, b.add(distance, at), lanes);
      return {buildCombined(b, each.combiner, sum.front(), next)};
    };
    Values sum = b.loop(from, to, step, b.load(table, at, lanes), combineNext);
    b.store(sum.front(), table, at);
  }
}

void AccumulatorTable::flush(const Channels &channels) {
  for (auto [accumulator, table] :
       llvm::zip_equal(body.getAccumulators(), tables)) {
    if (accumulator.kind == AccumulatorKind::AnyOrder)
      flushRows(accumulator, table, channels);
    else if (accumulator.kind == AccumulatorKind::Lanes)
      flushLanes(accumulator, table, channels);
    else
      flushAlongRow(accumulator, table, channels);
  }
}

void AccumulatorTable::flushAlongRow(const Accumulator &accumulator,
                                     Value table, const Channels &channels) {
  Value buffer = getBuffer(accumulator);
  forEachLane(channels, [&](const Channels &one, Value begin) {
    b.forEachVector(one.count, lanes, [&](Value at, Value mask) {
      Values to = getIndices(accumulator, one, at);
      Value values = b.load(table, b.add(begin, at), lanes);
      if (accumulator.combiner)
        values = buildCombined(b, accumulator.combiner,
                               b.load(buffer, to, lanes, mask), values);
      b.store(values, buffer, to, mask);
    });
  });
}

void AccumulatorTable::flushLanes(const Accumulator &accumulator, Value table,
                                  const Channels &channels) {
  Value mask = b.mask(channels.inner, lanes);
  b.loop(b.index(0), channels.count, b.index(1), [&](Value channel) {
    Value values = b.load(table, b.mul(channel, channels.inner), lanes);
    b.store(values, getBuffer(accumulator),
            getIndices(accumulator, channels, channel), mask);
  });
}

/// Rows of one element are like channels along rows.
void AccumulatorTable::flushRows(const Accumulator &each, Value table,
                                 const Channels &channels) {
  AffineExpr dim = b.getAffineDimExpr(channels.dim);
  Value areSingle = b.boolean(false);
  if (!each.map.isEmpty() && each.map.getResults().back() == dim)
    areSingle = b.isEqual(channels.inner, b.index(1));
  b.branch(
      areSingle, [&] { flushAlongRow(each, table, channels); },
      [&] { flushAnyOrder(each, table, channels); });
}

void AccumulatorTable::flushAnyOrder(const Accumulator &accumulator,
                                     Value table, const Channels &channels) {
  Value neutral = getNeutral(accumulator);
  Value buffer = getBuffer(accumulator);
  b.loop(b.index(0), channels.count, b.index(1), [&](Value channel) {
    Value first = b.mul(channel, channels.inner);
    Value sum = neutral;
    auto add = [&](Value at, Value mask) {
      Value values = b.load(table, b.add(first, at), lanes);
      if (mask)
        values = arith::SelectOp::create(b, mask, values, neutral);
      return buildCombined(b, accumulator.combiner, sum, values);
    };
    Value whole = b.floorTo(channels.inner, lanes);
    sum = b.loop(b.index(0), whole, b.index(lanes), sum,
                 [&](Value at, ValueRange carried) -> Values {
                   sum = carried.front();
                   return {add(at, /*mask=*/Value())};
                 })
              .front();
    sum = add(whole, b.mask(b.sub(channels.inner, whole), lanes));
    Values at = getIndices(accumulator, channels, channel);
    Value before = memref::LoadOp::create(b, buffer, at);
    Value after = vector::ReductionOp::create(
        b, *linalg::getCombinerOpKind(accumulator.combiner), sum, before);
    memref::StoreOp::create(b, after, buffer, at);
  });
}
