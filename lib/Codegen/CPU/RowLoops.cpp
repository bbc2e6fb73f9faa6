//===- RowLoops.cpp - Walks along rows ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

/// Channels whose values are computed together.
static constexpr int64_t tableChannels = 256;

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Whether it pays to compute what rows share by vectors of channels: if
/// something is divided by.
bool LoopEmitter::canTabulate() const {
  auto divides = [&](Operation &op) {
    return isa<arith::DivFOp>(op) && !body.isOfElement(op.getResult(0));
  };
  return hasUniformRows() && channelDim >= 0 && !body.usesIndices() &&
         body.isIndexedBy(channelDim) && body.hasParameterVectors(channelDim) &&
         llvm::any_of(body.getOp().getBody()->without_terminator(), divides) &&
         llvm::all_of(body.getShared(),
                      [](Value value) { return fillsBytes(value.getType()); });
}

/// Tables for some channels after another, if any.
LoopEmitter::Values LoopEmitter::forEachRow(
    Values &indices, ValueRange carried,
    llvm::function_ref<Values(ValueRange, ValueRange, RowShared)> visit) {
  SmallVector<int64_t> dims = getDims(0, body.getRowDim());
  if (!canTabulate())
    return forEachIndex(
        dims, indices, carried, [&](ValueRange at, ValueRange values) {
          Values shared = hasUniformRows() ? buildShared(at) : Values();
          return visit(at, values, [&] { return shared; });
        });
  Values tables = llvm::map_to_vector(body.getShared(), [&](Value value) {
    // The last vector may go beyond.
    int64_t size = llvm::alignTo(tableChannels, spans.getLanes());
    return b.allocateOnStack(MemRefType::get({size}, value.getType()));
  });
  Value end = extents[channelDim], one = b.index(1);
  // One table for all channels stays.
  Value isRefilled = b.either(b.boolean(isOuterIndexed()),
                              b.isLess(b.index(tableChannels), end));
  auto isFirst = [&](ValueRange at) {
    Value areZero = b.boolean(true);
    for (Value index : at.take_front(channelDim))
      areZero = b.both(areZero, b.isEqual(index, b.index(0)));
    return areZero;
  };
  auto visitChannels = [&](Value from, ValueRange values) {
    indices[channelDim] = from;
    Value to = b.min(b.add(from, b.index(tableChannels)), end);
    b.branch(b.either(isRefilled, isFirst(indices)), [&] {
      fillChannels({complete(indices), channelDim, b.sub(to, from), inner},
                   tables);
    });
    return b.loop(from, to, one, values, [&](Value channel, ValueRange next) {
      indices[channelDim] = channel;
      // Read where it is used: then it is read into all lanes.
      return visit(indices, next, [&] {
        Value position = b.sub(channel, from);
        return llvm::map_to_vector(tables, [&](Value table) -> Value {
          return memref::LoadOp::create(b, table, position);
        });
      });
    });
  };
  return forEachIndex(ArrayRef(dims).drop_back(), indices, carried,
                      [&](ValueRange, ValueRange values) {
                        return b.loop(b.index(0), end, b.index(tableChannels),
                                      values, visitChannels);
                      });
}

void LoopEmitter::forEachRowPart(Value total, int64_t unit,
                                 llvm::function_ref<void(Value, Value)> visit) {
  forEachPart(total, unit, LoopBuilder::maxParts,
              [&](Value, Value from, Value to) {
                PrivateAccumulators own(body, b, spans.getLanes());
                own.allocate();
                spans.withAccumulators(own, [&] { visit(from, to); });
                own.flush();
              });
}

void LoopEmitter::emitRows(bool isParallel) {
  int64_t rowDim = body.getRowDim();
  Value distance = rowDim == 0 ? b.index(0) : extents[rowDim];
  b.branch(
      streamsSpans(distance, extents[rowDim]),
      [&] { emitRows(isParallel, /*isStreamed=*/true); },
      [&] { emitRows(isParallel, /*isStreamed=*/false); });
}

void LoopEmitter::emitRows(bool isParallel, bool isStreamed) {
  int64_t rowDim = body.getRowDim();
  Value zero = b.index(0), length = extents[rowDim];
  Values indices(rowDim);
  auto compute = [&] { return buildShared(indices); };
  if (!isParallel) {
    SmallVector<int64_t> dims = getDims(0, rowDim);
    Walk all{zero, b.mul(getNumIndices(dims), length)};
    forEachRow(indices, /*carried=*/{},
               [&](ValueRange, ValueRange, RowShared shared) {
                 emitRow(indices, zero, length, all, isStreamed, shared);
                 return Values();
               });
    return;
  }
  if (canDivideRow())
    return forEachRowPart(length, partUnit, [&](Value from, Value to) {
      forEachIndex(getDims(0, rowDim), indices, [&] {
        emitRow(indices, from, to, /*walk=*/{}, isStreamed, compute);
      });
    });
  SmallVector<int64_t> dims = getParallelDims(), others = getDims(0, rowDim);
  llvm::erase_if(others,
                 [&](int64_t dim) { return llvm::is_contained(dims, dim); });
  bool areAdjacent = dims == getDims(others.size(), rowDim);
  forEachRowPart(getNumIndices(dims), /*unit=*/1, [&](Value from, Value to) {
    forEachIndex(others, indices, [&] {
      Walk part;
      if (areAdjacent) {
        setIndices(dims, from, indices);
        part.begin = getPosition(indices);
        part.end = b.add(part.begin, b.mul(b.sub(to, from), length));
      }
      b.loop(from, to, b.index(1), [&](Value position) {
        setIndices(dims, position, indices);
        emitRow(indices, zero, length, part, isStreamed, compute);
      });
    });
  });
}

/// A span for the elements of a row from `from` to `to`.
void LoopEmitter::emitRow(ValueRange indices, Value from, Value to, Walk walk,
                          bool isStreamed, RowShared getShared) {
  Values first = complete(indices);
  first[body.getRowDim()] = from;
  Span span{getPosition(first), b.sub(to, from), spans.getPrefetchDistance(),
            first};
  if (isStreamed && walk.begin && !body.hasGaps()) {
    span.joinsBefore = b.isLess(walk.begin, span.begin);
    span.joinsAfter = b.isLess(b.add(span.begin, span.length), walk.end);
  }
  if (body.hasGaps())
    spans.prefetchNextRow(span);
  if (!hasUniformRows()) {
    spans.emit(span, spans.getParts(isStreamed),
               [&](Value offset, int64_t lanes, Value mask) {
                 Values at = first;
                 at[body.getRowDim()] = b.add(from, offset);
                 return buildSharedVectors(body.getRowDim(), at, lanes, mask);
               });
    return;
  }
  // Read into all lanes at once for all loops along the row. LLVM would read
  // scalars, and fill lanes before each loop: for one it does not count.
  Values scalars = getShared(), vectors = broadcast(scalars, spans.getLanes());
  auto parts = scalars.size() > 1 ? spans.getRegisterParts(isStreamed)
                                  : spans.getParts(isStreamed);
  spans.emit(span, parts, [&](Value, int64_t lanes, Value) {
    return lanes == spans.getLanes() ? vectors : broadcast(scalars, lanes);
  });
}

//===----------------------------------------------------------------------===//
// Seams
//===----------------------------------------------------------------------===//
//
// The state between rows: how far elements are computed, from the first of all
// on, and the shared values of the row in which that is.

void LoopEmitter::emitSeams(bool isParallel) {
  SmallVector<int64_t> dims = getDims(0, body.getRowDim());
  Value numRows = getNumIndices(dims);
  Values first(dims.size(), b.index(0)), indices = first;
  if (!isParallel)
    return emitSeams(
        first, b.mul(numRows, inner), [&](Values state, bool isStreamed) {
          return forEachRow(
              indices, state,
              [&](ValueRange at, ValueRange values, RowShared getShared) {
                return emitSeamRow(at, values, isStreamed, getShared);
              });
        });
  forEachRowPart(numRows, /*unit=*/1, [&](Value from, Value to) {
    setIndices(dims, from, first);
    emitSeams(first, b.mul(to, inner), [&](Values state, bool isStreamed) {
      return b.loop(from, to, b.index(1), state,
                    [&](Value position, ValueRange values) {
                      setIndices(dims, position, indices);
                      Values shared = buildShared(indices);
                      return emitSeamRow(indices, values, isStreamed,
                                         [&] { return shared; });
                    });
    });
  });
}

/// The rows from the one with indices `first` on, which are visited with a
/// state. What is before the first line, and what is left at the end, is
/// masked.
void LoopEmitter::emitSeams(
    ValueRange first, Value end,
    llvm::function_ref<Values(Values state, bool isStreamed)> visit) {
  Value ahead = spans.getPrefetchDistance();
  Value begin = getPosition(first);
  Value count = b.min(getHead(begin), b.sub(end, begin));
  Span head{begin, count, ahead, complete({})};
  spans.emitMasked(head, b.index(0), [&](Value, int64_t lanes, Value) {
    return broadcast(buildShared(first), lanes);
  });
  Values state{b.add(begin, count)};
  for (Value value : body.getShared())
    state.push_back(
        arith::ConstantOp::create(b, b.getZeroAttr(value.getType())));
  state = b.choose(
      isLarge, ValueRange(state).getTypes(),
      [&] { return visit(state, /*isStreamed=*/true); },
      [&] { return visit(state, /*isStreamed=*/false); });
  Span upToEnd{b.index(0), end, ahead, complete({})};
  spans.emitMasked(upToEnd, state.front(), [&](Value, int64_t lanes, Value) {
    return broadcast(ValueRange(state).drop_front(), lanes);
  });
}

/// A row's whole vectors, after the one that the row before has a part of.
LoopEmitter::Values LoopEmitter::emitSeamRow(ValueRange indices,
                                             ValueRange state, bool isStreamed,
                                             RowShared getShared) {
  int64_t unit = spans.getUnit(isStreamed);
  Value done = state.front(), begin = getPosition(indices);
  Span upToEnd{b.index(0), b.add(begin, inner), spans.getPrefetchDistance(),
               complete({})};
  auto joinShared = [&](Value, int64_t lanes, Value) {
    Value isBefore = b.mask(b.sub(begin, done), lanes);
    Values joined = broadcast(getShared(), lanes);
    Values before = broadcast(state.drop_front(), lanes);
    for (auto [value, other] : llvm::zip_equal(joined, before))
      value = arith::SelectOp::create(b, isBefore, other, value);
    return joined;
  };
  Value hasSeam =
      body.getRowDim() == 0 ? b.boolean(false) : b.isLess(done, begin);
  done =
      b.choose(
           hasSeam, b.getIndexType(),
           [&]() -> Values {
             spans.emitVector(upToEnd, done, /*mask=*/Value(),
                              {unit, isStreamed}, /*carried=*/{}, joinShared);
             return {b.add(done, b.index(unit))};
           },
           [&]() -> Values { return {done}; })
          .front();
  auto repeatShared = [&](Value, int64_t lanes, Value) {
    return broadcast(getShared(), lanes);
  };
  for (SpanEmitter::Part part : spans.getParts(isStreamed))
    done = spans.emitFull(upToEnd, {done, /*carried=*/{}}, part, repeatShared)
               .done;
  Values next{done};
  next.append(getShared());
  return next;
}
