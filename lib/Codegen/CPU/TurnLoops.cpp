//===- TurnLoops.cpp - Walks along a ring of parameters -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One walk through memory, for which the expanded parameters are a ring: some
// periods, and again their begin, for vectors that go beyond the end.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "QuantAct/Numerics/Sums.h"

using namespace mlir;
using namespace quant_act;

/// Shorter periods are repeated until they are no shorter than `minTurn`; up to
/// `longTurn` while what is expanded is used often.
static constexpr int64_t minTurn = 256;
static constexpr int64_t longTurn = 1024;
static constexpr int64_t minUses = 8;

//===----------------------------------------------------------------------===//
// How long a turn is
//===----------------------------------------------------------------------===//

/// How many elements are expanded. Where periods are longer than a table
/// nothing walks by turns.
Value LoopEmitter::getTurn(Value numOuter) {
  Value unit = b.max(b.mul(extents[channelDim], inner),
                     b.index(1)); // rows can be empty
  if (hasLanesByRows())
    return b.mul(unit, b.index(numSumLanes));
  Value repeats = body.getAccumulators().empty()
                      ? getParameterRepeats(unit, numOuter)
                      : getAccumulatorRepeats(unit, numOuter);
  return b.min(b.mul(unit, b.max(repeats, b.index(1))), b.index(maxPeriod));
}

/// How often parameters are repeated: no more often than they are used.
Value LoopEmitter::getParameterRepeats(Value unit, Value numOuter) {
  // Dividing takes as long as few elements.
  Value areFew = b.isLess(b.mul(unit, numOuter), b.index(minTurn));
  return b
      .choose(
          areFew, b.getIndexType(), [&]() -> Values { return {numOuter}; },
          [&]() -> Values {
            Value needed = b.ceilDiv(b.index(minTurn), unit);
            Value useful = b.min(b.div(b.index(longTurn), unit),
                                 b.div(numOuter, b.index(minUses)));
            return {b.min(b.max(needed, useful), numOuter)};
          })
      .front();
}

/// How often accumulators are repeated: what is loaded was stored many vectors
/// before, and by one store if turns are whole vectors, which are then the same
/// in all turns.
Value LoopEmitter::getAccumulatorRepeats(Value unit, Value numOuter) {
  Value wanted = b.ceilDiv(b.index(longTurn), unit);
  Value needed = b.ceilDiv(wanted, b.index(longTurn / minTurn));
  Value useful =
      b.min(b.div(b.index(maxPeriod), unit), b.div(numOuter, b.index(minUses)));
  int64_t lanes = spans.getLanes();
  Value whole = b.min(b.ceilTo(wanted, lanes), b.floorTo(useful, lanes));
  return b.createOrFold<arith::SelectOp>(
      b.isLess(whole, needed), b.max(b.min(wanted, useful), needed), whole);
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

void LoopEmitter::emitTurns(const Channels &channels, Value numOuter,
                            bool isParallel) {
  Value period = b.mul(channels.count, inner), length = getTurn(numOuter);
  Value total = b.mul(period, numOuter);
  Value end = b.add(length, b.index(spans.getWidest()));
  repeatExpanded(period, b.min(end, total));
  forEachPeriodPart(channels, total, length, end, isParallel,
                    [&](Value from, Value to) { emitTurns(from, to, length); });
  if (AccumulatorTable::isUnordered(body))
    table.fold(b.max(period, b.index(1)), length, spans.getWidest());
  table.flush(channels);
}

/// Elements from `from`, where a turn begins, to `to`.
void LoopEmitter::emitTurns(Value from, Value to, Value length) {
  Value count = b.sub(to, from), isStreamed = streamsTurns(length);
  Value head =
      b.choose(
           isStreamed, b.getIndexType(),
           [&]() -> Values { return {b.min(spans.getHead(from), count)}; },
           [&]() -> Values { return {b.index(0)}; })
          .front();
  // A turn of sums has each element once: it goes on where it began.
  Value odd = b.rem(head, b.index(spans.getLanes()));
  Value begin = hasLanesByRows() ? odd : b.index(0);
  emitMaskedTurn(from, b.index(0), odd);
  table.moveBehind(begin, length);
  emitMaskedTurn(from, odd, head);
  auto emitWhole = [&](bool pastCaches) {
    return emitWholeTurns(from, head, count, length, pastCaches);
  };
  Values state = b.choose(
      isStreamed, {b.getIndexType(), b.getIndexType()},
      [&] { return emitWhole(/*pastCaches=*/true); },
      [&] { return emitWhole(/*pastCaches=*/false); });
  Value end = state[0], last = state[1];
  // What comes next is in the next turn, perhaps.
  Value next = b.add(last, length);
  last = b.createOrFold<arith::SelectOp>(b.isLess(end, b.add(next, begin)),
                                         last, next);
  emitMaskedTurn(b.add(from, last), b.sub(end, last), b.sub(count, last));
  table.moveBack(begin, length);
}

/// Whether results of turns go past the caches: lines that are longer than a
/// turn of sums would add beyond it.
Value LoopEmitter::streamsTurns(Value length) {
  if (!hasLanesByRows() || !spans.canStream())
    return isLarge;
  int64_t unit = spans.getUnit(/*isStreamed=*/true);
  return b.both(isLarge, b.isLess(b.index(unit - 1), length));
}

/// Elements of the turn that begins at a position, from an offset to another.
void LoopEmitter::emitMaskedTurn(Value begin, Value from, Value to) {
  Span span{begin, to, spans.getPrefetchDistance(), complete({})};
  spans.emitMasked(span, from, [&](Value offset, int64_t lanes, Value) {
    return loadExpanded(offset, lanes);
  });
}

/// The whole vectors of `count` elements behind `head` others; where they end,
/// and where the last turn began.
LoopEmitter::Values LoopEmitter::emitWholeTurns(Value from, Value head,
                                                Value count, Value length,
                                                bool isStreamed) {
  SmallVector<SpanEmitter::Part, 2> parts = spans.getParts(isStreamed);
  SpanEmitter::Part part = parts.front();
  if (hasLanesByRows()) // turns may be no more than a vector
    part = {spans.getLanes(), isStreamed};
  int64_t stride = part.lanes * part.numVectors;
  Value end = b.add(head, b.floorTo(b.sub(count, head), stride));
  // The first vector that begins in a turn, or behind it.
  auto getFirst = [&](Value begin) {
    begin = b.max(begin, head);
    return b.min(b.add(head, b.ceilTo(b.sub(begin, head), stride)), end);
  };
  Values last = b.loop(
      b.index(0), end, length, {b.index(0)}, [&](Value begin, ValueRange) {
        Value next = getFirst(b.add(begin, length));
        Span span{b.add(from, begin), b.sub(next, begin),
                  spans.getPrefetchDistance(), complete({})};
        spans.emitFull(span, {b.sub(getFirst(begin), begin), /*carried=*/{}},
                       part, [&](Value offset, int64_t lanes, Value) {
                         return loadExpanded(offset, lanes);
                       });
        return Values{begin};
      });
  // Known extents need no loop for this: the turn after the last is as good.
  if (getConstantIntValue(end) && getConstantIntValue(length))
    return {end, b.mul(b.div(end, length), length)};
  return {end, last.front()};
}
