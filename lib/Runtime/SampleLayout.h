//===- SampleLayout.h - Where the channels' elements are --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tensor as it lies in memory: loops over dimensions of which some say the
// channel, the last of them over adjacent elements. Reading it in this order
// touches every cache line once, whatever the number of channels.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_SAMPLELAYOUT_H
#define QUANTACT_LIB_RUNTIME_SAMPLELAYOUT_H

#include "Arena.h"
#include "QuantAct/Runtime/OrderStatistics.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace quant_act::runtime {

/// A memref of known rank. Strides are in elements.
struct MemRef {
  explicit MemRef(const QuantActMemRef &unranked);

  /// What offsets count from.
  template <typename T>
  T *get() const {
    return static_cast<T *>(aligned);
  }

  /// The offset of the element at a row-major index.
  int64_t getOffset(int64_t index) const;

  int64_t rank, offset;
  void *aligned;
  const int64_t *extents, *strides;
};

/// How many elements are looked at together: they stay in the nearest cache.
constexpr size_t maxChunk = 1024;

struct Dimension {
  int64_t extent;
  /// How far indices are apart in x.
  int64_t stride;
  /// Whether it says the channel, and then how far its indices are apart where
  /// channels are numbered: all in the result's order, and those of the layout
  /// in memory order.
  bool isChannel;
  int64_t resultStride, channelStride;
};

/// Adjacent elements: `size` of them from `offset` on. Position i belongs to
/// channel firstChannel + i / repeats % numRunChannels, with the layout's.
struct Run {
  int64_t offset, firstChannel;
  size_t size;
};

class SampleLayout {
public:
  /// x's first dimensions are channels.
  SampleLayout(const MemRef &x, int64_t numChannelDims);

  int64_t getNumChannels() const { return numChannels; }
  /// Elements per channel. Where there are none, runs mean nothing.
  int64_t getNumSamples() const { return numSamples; }

  /// How far a run's elements are apart.
  int64_t getRunStride() const { return runStride; }
  /// A run's channels, and how many of its adjacent elements are of one.
  int64_t getNumRunChannels() const { return numRunChannels; }
  int64_t getRepeats() const { return repeats; }
  /// The size of the longest run.
  int64_t getMaxRunSize() const { return numRunChannels * repeats * periods; }

  /// Calls `visit(layout)` for parts with at most `maxChannels` channels each,
  /// all samples of them.
  template <typename Visit>
  void forEachPart(int64_t maxChannels, Visit &&visit) const {
    visitParts(maxChannels, visit);
  }

  /// Calls `visit(run)` for all elements in memory order.
  template <typename Visit>
  void forEachRun(Visit &&visit) const {
    visitRuns(0, xOffset, 0, visit);
  }

  /// Calls `visit(run, position, values, size)` for pieces of all runs, from a
  /// position in the run on. Values are adjacent, if need be as copies.
  template <typename T, typename Visit>
  void forEachChunk(const T *x, Visit &&visit) const;

  /// Calls `visit(channel, index of its result)`.
  template <typename Visit>
  void forEachChannel(Visit &&visit) const {
    visitChannels(0, 0, firstResult, visit);
  }

  /// The same channels with some of their elements, spread over all: about
  /// `wanted`, or more.
  SampleLayout getSubset(int64_t wanted, size_t elementSize) const;

private:
  /// As many dimensions of more than one index have 2^63 elements.
  static constexpr size_t maxRank = 63;
  /// Runs of one channel are at least this long, where they can be.
  static constexpr int64_t minRowSize = 128;
  /// Runs over several channels are continued to about this size.
  static constexpr int64_t minRunSize = 256;

  /// Appends a dimension of more than one index.
  void append(const Dimension &dimension);
  void mergeAdjacent();
  void numberChannels();
  void chooseRuns();

  /// The layout with indices [begin, begin + extent) of a dimension.
  SampleLayout getPart(size_t dimension, int64_t begin, int64_t extent) const;

  template <typename Visit>
  void visitParts(int64_t maxChannels, Visit &visit) const {
    if (numChannels <= maxChannels)
      return visit(*this);
    size_t outermost = 0;
    while (!dimensions[outermost].isChannel)
      ++outermost;
    int64_t extent = dimensions[outermost].extent;
    int64_t step = std::max<int64_t>(1, maxChannels / (numChannels / extent));
    for (int64_t begin = 0; begin < extent; begin += step)
      getPart(outermost, begin, std::min(step, extent - begin))
          .visitParts(maxChannels, visit);
  }

  template <typename Visit>
  void visitRuns(size_t level, int64_t offset, int64_t channel,
                 Visit &visit) const {
    if (level < numOuterLoops) {
      const Dimension &loop = dimensions[level];
      for (int64_t i = 0; i < loop.extent; ++i)
        visitRuns(level + 1, offset + i * loop.stride,
                  channel + i * loop.channelStride, visit);
      return;
    }
    for (int64_t i = 0; i < numPeriods; i += periods) {
      int64_t size =
          numRunChannels * repeats * std::min(periods, numPeriods - i);
      visit(Run{offset + i * periodStride, channel, static_cast<size_t>(size)});
    }
  }

  template <typename Visit>
  void visitChannels(size_t level, int64_t channel, int64_t result,
                     Visit &visit) const {
    if (level == rank)
      return visit(channel, result);
    const Dimension &loop = dimensions[level];
    for (int64_t i = 0, e = loop.isChannel ? loop.extent : 1; i < e; ++i)
      visitChannels(level + 1, channel + i * loop.channelStride,
                    result + i * loop.resultStride, visit);
  }

  /// Outermost first, without those of extent 1.
  Dimension dimensions[maxRank];
  size_t rank = 0;
  int64_t numChannels = 1, numSamples = 1;
  int64_t xOffset, firstResult = 0;

  /// The first dimensions are loops, then there may be one of which a run takes
  /// `periods` of `numPeriods` indices, and then the run's own.
  size_t numOuterLoops;
  int64_t periods, numPeriods, periodStride;
  int64_t numRunChannels, repeats, runStride;
};

template <typename T, typename Visit>
void SampleLayout::forEachChunk(const T *x, Visit &&visit) const {
  forEachRun([&](const Run &run) {
    for (size_t position = 0; position < run.size; position += maxChunk) {
      size_t size = std::min(maxChunk, run.size - position);
      const T *values =
          x + run.offset + static_cast<int64_t>(position) * runStride;
      if (runStride == 1) {
        visit(run, position, values, size);
        continue;
      }
      T copies[maxChunk];
      for (size_t i = 0; i < size; ++i)
        copies[i] = values[static_cast<int64_t>(i) * runStride];
      visit(run, position, static_cast<const T *>(copies), size);
    }
  });
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_SAMPLELAYOUT_H
