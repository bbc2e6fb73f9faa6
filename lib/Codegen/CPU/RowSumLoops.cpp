//===- RowSumLoops.cpp - Sums of short rows -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows that are no whole vectors, and few: what they add to sums is computed as
// if the rows of some channels were one, with expanded parameters, and then
// added row by row.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "QuantAct/Numerics/Sums.h"

using namespace mlir;
using namespace quant_act;

/// Elements of expanded parameters beside what they add, which is wider.
static constexpr int64_t maxTerms = 1536;

/// Rows of up to so many vectors are short.
static constexpr int64_t maxRowVectors = 4;

/// A tile has at least a vector of channels.
static_assert(maxRowVectors * numSumLanes * numSumLanes <= maxTerms);

/// Whether that pays off: the rest of a row takes as long as a whole vector
/// otherwise; but little where elements are only added, or memory takes longer.
Value LoopEmitter::addsByRows() {
  if (!TermBuffer::canHold(body) || body.getOutputs().empty() ||
      !hasUniformRows())
    return b.boolean(false);
  int64_t lanes = spans.getLanes();
  int64_t most = maxRowVectors * lanes;
  Value areShort =
      b.both(b.isLess(b.index(lanes), inner), b.isLess(inner, b.index(most)));
  Value haveRest = b.isLess(b.index(0), b.rem(inner, b.index(lanes)));
  return b.both(
      b.both(areShort, haveRest),
      b.both(haveManyPeriods(), b.isEqual(isLarge, b.boolean(false))));
}

/// The channels' elements of each period as one span, and then the rows' sums.
void LoopEmitter::emitRowSums() {
  int64_t lanes = spans.getLanes();
  allocateExpanded();
  TermBuffer terms(body, b, lanes);
  terms.allocate(maxTerms + lanes);
  Value tile = getTile(maxTerms, lanes);
  forEachTile(tile, [&](const Channels &channels, Value numOuter) {
    spans.withAccumulators(terms, [&] {
      emitSpanLoop(channels, b.index(0), numOuter, /*isStreamed=*/false,
                   [&] { addRows(terms, channels, /*numVectors=*/2); });
    });
  });
}

/// Adds rows that have so many vectors, or more: a loop for each number takes
/// less time than branches in one.
void LoopEmitter::addRows(TermBuffer &terms, const Channels &channels,
                          int64_t numVectors) {
  auto addAll = [&] {
    b.loop(b.index(0), channels.count, b.index(1), [&](Value channel) {
      Values indices = channels.indices;
      indices[channelDim] = b.add(indices[channelDim], channel);
      terms.addRow(indices, b.mul(channel, inner), inner, numVectors);
    });
  };
  if (numVectors == maxRowVectors)
    return addAll();
  b.branch(b.isLess(inner, b.index(numVectors * spans.getLanes())), addAll,
           [&] { addRows(terms, channels, numVectors + 1); });
}
