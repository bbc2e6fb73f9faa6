//===- PeriodLoops.cpp - Walks with expanded parameters -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Numerics/Sums.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

/// Tiles of channels begin with a line of memory if the period does. Those of
/// rows have place for so many: rows are shorter than `longRow`.
static constexpr int64_t tileUnit = 64;
static_assert(tileUnit * QuantActDialect::longRow <= maxPeriod);

/// Sums have one order, and so one table.
void LoopEmitter::emitPeriods(bool isParallel) {
  isParallel &= AccumulatorTable::isUnordered(body);
  allocateExpanded();
  table.allocate(getExpandedSize(),
                 isParallel ? AccumulatorTable::maxParts : 1);
  Value tile = b.choose(
                    canWalkPeriods(), b.getIndexType(),
                    [&]() -> Values { return {extents[channelDim]}; },
                    [&]() -> Values { return {getTile(maxPeriod, tileUnit)}; })
                   .front();
  forEachTile(tile, [&](Channels channels, Value numOuter) {
    if (hasLanesByRows())
      channels.numLanes = b.min(b.index(numSumLanes), numOuter);
    b.branch(
        canWalkPeriods(), [&] { emitTurns(channels, numOuter, isParallel); },
        [&] { emitSpans(channels, numOuter, isParallel); });
  });
}

/// Visits channels by channels, whose parameters are expanded, with the number
/// of periods that have the same.
void LoopEmitter::forEachTile(Value tile,
                              llvm::function_ref<void(Channels, Value)> visit) {
  SmallVector<int64_t> dims = getDims(0, channelDim);
  Value numChannels = extents[channelDim], step = b.max(tile, b.index(1));
  auto visitTiles = [&](ValueRange outer, Value numOuter) {
    b.loop(b.index(0), numChannels, step, [&](Value channel) {
      Values indices(outer);
      indices.push_back(channel);
      Channels channels{complete(indices), channelDim,
                        b.min(step, b.sub(numChannels, channel)), inner};
      fillExpanded(channels);
      visit(channels, numOuter);
    });
  };
  Values outer(channelDim, b.index(0));
  if (!isOuterIndexed())
    return visitTiles(outer, getNumIndices(dims));
  forEachIndex(dims, outer, [&] { visitTiles(outer, b.index(1)); });
}

/// The channels of a tile that has up to `size` elements, which `unit` channels
/// do not exceed: about the same for each, and a multiple of `unit`.
Value LoopEmitter::getTile(int64_t size, int64_t unit) {
  Value rowLength = b.max(inner, b.index(1)); // rows can be empty
  Value most = b.floorTo(b.div(b.index(size), rowLength), unit);
  Value numTiles = b.ceilDiv(extents[channelDim], b.max(most, b.index(1)));
  Value perTile = b.ceilDiv(extents[channelDim], b.max(numTiles, b.index(1)));
  return b.ceilTo(perTile, unit);
}

/// Whether parameters repeat with each period, all of which can be expanded.
Value LoopEmitter::canWalkPeriods() {
  bool areOrdered = !AccumulatorTable::isUnordered(body);
  if (isOuterIndexed() || (areOrdered && !canWalkLanes()))
    return b.boolean(false);
  int64_t most = areOrdered ? maxPeriod / numSumLanes : maxPeriod;
  return b.isLess(b.mul(extents[channelDim], inner), b.index(most + 1));
}

/// Whether sums have lanes by rows of which all rows together are whole
/// vectors: then none goes beyond the end of the ring.
bool LoopEmitter::canWalkLanes() const {
  return hasLanesByRows() && numSumLanes % spans.getLanes() == 0;
}

/// Parts have tables of their own, if any. Where there are no parts, nothing of
/// the tables is used.
void LoopEmitter::forEachPeriodPart(
    const Channels &channels, Value total, Value unit, Value end,
    bool isParallel, llvm::function_ref<void(Value, Value)> visit) {
  if (!isParallel) {
    table.fill(channels, end);
    spans.withAccumulators(table, [&] { visit(b.index(0), total); });
    return;
  }
  bool hasTables = !body.getAccumulators().empty();
  int64_t most = hasTables ? AccumulatorTable::maxParts : LoopBuilder::maxParts;
  Value numParts =
      forEachPart(b.ceilDiv(total, unit), /*unit=*/1, most,
                  [&](Value part, Value from, Value to) {
                    table.withPart(part, [&] {
                      table.fill(channels, end);
                      spans.withAccumulators(table, [&] {
                        visit(b.mul(from, unit), b.min(b.mul(to, unit), total));
                      });
                    });
                  });
  table.merge(numParts, end);
}

//===----------------------------------------------------------------------===//
// Spans
//===----------------------------------------------------------------------===//

/// Lanes by rows stay where they are: so many do not fit in a table, and are
/// not added to again soon.
void LoopEmitter::emitSpans(const Channels &channels, Value numOuter,
                            bool isParallel) {
  Value period = b.mul(extents[channelDim], inner);
  Value length = b.mul(channels.count, inner);
  auto emit = [&](Value from, Value to) {
    auto emitLoop = [&](bool isStreamed) {
      emitSpanLoop(channels, from, to, isStreamed, /*emitBehind=*/[] {});
    };
    b.branch(
        streamsSpans(period, length), [&] { emitLoop(/*isStreamed=*/true); },
        [&] { emitLoop(/*isStreamed=*/false); });
  };
  if (hasLanesByRows())
    return emit(b.index(0), numOuter);
  // Threads would be woken for each tile again.
  isParallel &= body.getAccumulators().empty();
  forEachPeriodPart(channels, numOuter, b.index(1), length, isParallel, emit);
  table.flush(channels);
}

/// The channels' elements of some periods, and what is done behind each.
void LoopEmitter::emitSpanLoop(const Channels &channels, Value from, Value to,
                               bool isStreamed,
                               llvm::function_ref<void()> emitBehind) {
  Value period = b.mul(extents[channelDim], inner);
  Value begin =
      getPosition(ArrayRef(channels.indices).take_front(channelDim + 1));
  Value areAll = b.isEqual(channels.count, extents[channelDim]);
  b.loop(from, to, b.index(1), [&](Value i) {
    Span span{b.add(begin, b.mul(i, period)), b.mul(channels.count, inner),
              period, channels.indices};
    if (isStreamed) {
      span.joinsBefore = b.both(areAll, b.isLess(from, i));
      span.joinsAfter = b.both(areAll, b.isLess(b.add(i, b.index(1)), to));
    }
    if (hasLanesByRows())
      span.indices[*body.getLaneDim()] = i;
    spans.emit(span, spans.getParts(isStreamed).back(),
               [&](Value offset, int64_t lanes, Value) {
                 return loadExpanded(offset, lanes);
               });
    emitBehind();
  });
}

//===----------------------------------------------------------------------===//
// Expanded parameters
//===----------------------------------------------------------------------===//

/// The longest turn, and what vectors go beyond: that belongs to masked lanes,
/// or repeats.
int64_t LoopEmitter::getExpandedSize() const {
  return maxPeriod + spans.getWidest() + spans.getLanes();
}

/// One buffer per shared value.
void LoopEmitter::allocateExpanded() {
  expanded = llvm::map_to_vector(body.getShared(), [&](Value value) {
    return b.allocateOnStack(
        MemRefType::get({getExpandedSize()}, value.getType()));
  });
}

LoopEmitter::Values LoopEmitter::loadExpanded(Value offset, int64_t lanes) {
  return llvm::map_to_vector(
      expanded, [&](Value buffer) { return b.load(buffer, offset, lanes); });
}

/// Writes each channel's values as often as it has elements in a row.
void LoopEmitter::fillExpanded(const Channels &channels) {
  if (expanded.empty())
    return;
  if (!hasUniformRows())
    return fillChannels(channels, expanded);
  if (!body.hasParameterVectors(channelDim))
    return fillRows(channels);
  b.branch(
      b.isEqual(inner, b.index(1)), [&] { fillChannels(channels, expanded); },
      [&] { fillRows(channels); });
}

/// Writes values of adjacent channels: an element each.
void LoopEmitter::fillChannels(const Channels &channels, ValueRange buffers) {
  int64_t lanes = spans.getLanes();
  b.loop(b.index(0), channels.count, b.index(lanes), [&](Value i) {
    Values indices = channels.indices;
    indices[channelDim] = b.add(indices[channelDim], i);
    Value mask = b.mask(b.sub(channels.count, i), lanes);
    Values vectors = buildSharedVectors(channelDim, indices, lanes, mask);
    for (auto [value, buffer] : llvm::zip_equal(vectors, buffers))
      b.store(value, buffer, i);
  });
}

/// Writes a row for each channel; what is too much is overwritten by the next.
void LoopEmitter::fillRows(const Channels &channels) {
  int64_t lanes = spans.getLanes();
  b.loop(b.index(0), channels.count, b.index(1), [&](Value i) {
    Values indices = channels.indices;
    indices[channelDim] = b.add(indices[channelDim], i);
    Values vectors = broadcast(buildShared(indices), lanes);
    Value first = b.mul(i, inner);
    b.loop(first, b.add(first, inner), b.index(lanes), [&](Value at) {
      for (auto [value, buffer] : llvm::zip_equal(vectors, expanded))
        b.store(value, buffer, at);
    });
  });
}

/// Repeats the first period up to `end`: by itself until a vector holds no more
/// of them, and then all of these.
void LoopEmitter::repeatExpanded(Value period, Value end) {
  int64_t lanes = spans.getLanes();
  auto repeat = [&](Value length, Value to) {
    b.loop(length, to, length, [&](Value begin) {
      Value count = b.min(length, b.sub(to, begin));
      b.loop(b.index(0), count, b.index(lanes), [&](Value from) {
        for (Value buffer : expanded)
          b.store(b.load(buffer, from, lanes), buffer, b.add(begin, from));
      });
    });
  };
  period = b.max(period, b.index(1)); // rows can be empty
  Value unit = b.choose(
                    b.isLess(period, b.index(lanes)), b.getIndexType(),
                    [&]() -> Values {
                      Value fitting = b.div(b.index(lanes), period);
                      return {b.mul(period, fitting)};
                    },
                    [&]() -> Values { return {period}; })
                   .front();
  repeat(period, unit);
  repeat(unit, end);
}
