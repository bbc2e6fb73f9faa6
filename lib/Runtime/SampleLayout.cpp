//===- SampleLayout.cpp - Where the channels' elements are ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SampleLayout.h"

using namespace quant_act::runtime;

MemRef::MemRef(const QuantActMemRef &unranked) : rank(unranked.rank) {
  struct Header {
    void *allocated, *aligned;
    int64_t offset;
  };
  auto *header = static_cast<const Header *>(unranked.descriptor);
  aligned = header->aligned;
  offset = header->offset;
  extents = reinterpret_cast<const int64_t *>(header + 1);
  strides = extents + rank;
}

int64_t MemRef::getOffset(int64_t index) const {
  int64_t result = offset;
  for (int64_t dim = rank; dim-- > 0; index /= extents[dim])
    result += index % extents[dim] * strides[dim];
  return result;
}

SampleLayout::SampleLayout(const MemRef &x, int64_t numChannelDims)
    : xOffset(x.offset) {
  for (int64_t dim = 0; dim < x.rank; ++dim)
    (dim < numChannelDims ? numChannels : numSamples) *= x.extents[dim];
  if (numChannels == 0)
    return;
  int64_t resultStride = numChannels;
  for (int64_t dim = 0; dim < numChannelDims; ++dim) {
    resultStride /= x.extents[dim];
    append({x.extents[dim], x.strides[dim], /*isChannel=*/true, resultStride,
            /*channelStride=*/0});
  }
  for (int64_t dim = numChannelDims; dim < x.rank && numSamples != 0; ++dim)
    append({x.extents[dim], x.strides[dim], /*isChannel=*/false,
            /*resultStride=*/0, /*channelStride=*/0});
  std::sort(dimensions, dimensions + rank,
            [](const Dimension &a, const Dimension &b) {
              return a.stride > b.stride;
            });
  mergeAdjacent();
  numberChannels();
  chooseRuns();
}

void SampleLayout::append(const Dimension &dimension) {
  if (dimension.extent != 1)
    dimensions[rank++] = dimension;
}

/// Makes one of dimensions that are like one in x and in the result.
void SampleLayout::mergeAdjacent() {
  size_t numMerged = 0;
  for (size_t i = 0; i < rank; ++i) {
    Dimension dimension = dimensions[i];
    if (numMerged > 0) {
      const Dimension &outer = dimensions[numMerged - 1];
      if (outer.isChannel == dimension.isChannel &&
          outer.stride == dimension.extent * dimension.stride &&
          outer.resultStride == dimension.extent * dimension.resultStride) {
        dimension.extent *= outer.extent;
        --numMerged;
      }
    }
    dimensions[numMerged++] = dimension;
  }
  rank = numMerged;
}

void SampleLayout::numberChannels() {
  int64_t next = 1;
  for (size_t i = rank; i-- > 0;)
    if (dimensions[i].isChannel) {
      dimensions[i].channelStride = next;
      next *= dimensions[i].extent;
    }
}

/// A run is a row of one channel if rows are long; else the innermost channels,
/// each with its short row, again and again.
void SampleLayout::chooseRuns() {
  numOuterLoops = rank;
  periods = numPeriods = numRunChannels = repeats = runStride = 1;
  periodStride = 0;
  auto isAroundRun = [&](bool isChannel, int64_t size) {
    if (numOuterLoops == 0)
      return false;
    const Dimension &dimension = dimensions[numOuterLoops - 1];
    return dimension.isChannel == isChannel &&
           (size == 1 || dimension.stride == size * runStride);
  };
  if (isAroundRun(/*isChannel=*/false, 1)) {
    const Dimension &row = dimensions[--numOuterLoops];
    repeats = row.extent;
    runStride = row.stride;
  }
  if (repeats >= minRowSize)
    return;
  if (isAroundRun(/*isChannel=*/true, repeats)) {
    const Dimension &channels = dimensions[--numOuterLoops];
    numRunChannels = channels.extent;
    if (repeats == 1)
      runStride = channels.stride;
  }
  int64_t size = numRunChannels * repeats;
  if (size >= minRunSize || !isAroundRun(/*isChannel=*/false, size))
    return;
  const Dimension &around = dimensions[--numOuterLoops];
  numPeriods = around.extent;
  periodStride = around.stride;
  periods = std::min(numPeriods, (minRunSize + size - 1) / size);
}

/// Of the longest dimension every so many-th index is taken; and where adjacent
/// elements are a channel's, those that share a line with it.
SampleLayout SampleLayout::getSubset(int64_t wanted, size_t elementSize) const {
  SampleLayout subset = *this;
  Dimension *longest = nullptr;
  for (Dimension *d = subset.dimensions; d != subset.dimensions + rank; ++d)
    if (!d->isChannel && (!longest || d->extent > longest->extent))
      longest = d;
  if (!longest || longest->stride <= 0 || rank == maxRank)
    return subset;
  Dimension piece = *longest;
  int64_t elementsPerLine = lineSize / elementSize;
  piece.extent = std::max<int64_t>(1, elementsPerLine / piece.stride);
  int64_t step = std::min(numSamples / wanted, longest->extent / piece.extent);
  if (step <= 1)
    return subset;
  int64_t whole = longest->extent;
  longest->extent = whole / (piece.extent * step);
  longest->stride *= piece.extent * step;
  subset.numSamples = numSamples / whole * longest->extent * piece.extent;
  if (piece.extent > 1) {
    Dimension *end = subset.dimensions + subset.rank++;
    std::copy_backward(longest + 1, end, end + 1);
    longest[1] = piece;
  }
  subset.chooseRuns();
  return subset;
}

SampleLayout SampleLayout::getPart(size_t dimension, int64_t begin,
                                   int64_t extent) const {
  SampleLayout part = *this;
  Dimension &changed = part.dimensions[dimension];
  part.xOffset += begin * changed.stride;
  part.firstResult += begin * changed.resultStride;
  part.numChannels = numChannels / changed.extent * extent;
  changed.extent = extent;
  if (extent == 1)
    part.rank =
        std::remove_if(part.dimensions, part.dimensions + rank,
                       [](const Dimension &d) { return d.extent == 1; }) -
        part.dimensions;
  part.mergeAdjacent();
  part.numberChannels();
  part.chooseRuns();
  return part;
}
