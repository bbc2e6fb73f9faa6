//===- ChannelSearch.h - Order statistics of all channels -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_CHANNELSEARCH_H
#define QUANTACT_LIB_RUNTIME_CHANNELSEARCH_H

#include "RankSearch.h"

#include <cstdlib>

namespace quant_act::runtime {

/// Two ranks in all channels; the ends of an interval share sweeps. They may be
/// one rank.
template <typename Key>
class ChannelSearch {
public:
  ChannelSearch(const Key *x, const KeyOrder<Key> &order,
                const int64_t (&ranks)[2], int64_t numSamples,
                int64_t maxCapacity)
      : x(x), order(order), kernels(getKeyKernels<Key>()),
        numSearches(ranks[0] == ranks[1] ? 1 : 2),
        searches{{kernels, ranks[0], numSamples, maxCapacity},
                 {kernels, ranks[1], numSamples, maxCapacity}} {}

  /// How many channels to sweep over at once.
  int64_t chooseNumChannels(const SampleLayout &layout) const;

  /// Bytes of memory for the channels of a layout.
  size_t getNumBytes(const SampleLayout &layout);

  /// Finds the results and calls `write(which of the ranks, index, bits)`.
  template <typename Write>
  void run(const SampleLayout &layout, void *memory, Write &write);

private:
  void start(const SampleLayout &layout, Arena &arena) {
    for (int i = 0; i < numSearches; ++i)
      searches[i].start(layout, arena);
  }
  /// Shows all keys to all searches.
  void sweep(const SampleLayout &layout);
  bool endSweep();

  const Key *x;
  const KeyOrder<Key> &order;
  const KeyKernels<Key> &kernels;
  int numSearches;
  RankSearch<Key> searches[2];
};

/// The memory for them should fit a cache, as should the elements of channels
/// that are read several times. But never less is read of a line than a line.
template <typename Key>
int64_t
ChannelSearch<Key>::chooseNumChannels(const SampleLayout &layout) const {
  constexpr int64_t cacheSize = int64_t(1) << 20, lineSize = 64;
  int64_t perChannel = 0;
  for (int i = 0; i < numSearches; ++i) {
    perChannel += searches[i].getBytesPerChannel();
    if (searches[i].needsHistogram())
      perChannel += layout.getNumSamples() * sizeof(Key);
  }
  int64_t least = layout.getNumRunChannels() > 1 ? lineSize / sizeof(Key) : 1;
  return std::max(least, cacheSize / perChannel);
}

template <typename Key>
size_t ChannelSearch<Key>::getNumBytes(const SampleLayout &layout) {
  Arena arena(nullptr);
  start(layout, arena);
  return arena.getSize();
}

template <typename Key>
template <typename Write>
void ChannelSearch<Key>::run(const SampleLayout &layout, void *memory,
                             Write &write) {
  Arena arena(memory);
  start(layout, arena);
  do
    sweep(layout);
  while (!endSweep());
  layout.forEachChannel([&](int64_t channel, int64_t result) {
    for (int i = 0; i < 2; ++i) {
      Key key = searches[std::min(i, numSearches - 1)].getKey(channel);
      write(i, result, order.getBits(key));
    }
  });
}

template <typename Key>
void ChannelSearch<Key>::sweep(const SampleLayout &layout) {
  constexpr size_t maxChunk = RankSearch<Key>::maxChunk;
  int64_t stride = layout.getRunStride();
  Key keys[maxChunk];
  layout.forEachRun([&](const Run &run) {
    for (size_t position = 0; position < run.size; position += maxChunk) {
      size_t size = std::min(maxChunk, run.size - position);
      const Key *values = x + run.offset + position * stride;
      kernels.load(values, stride, size, order, keys);
      for (int i = 0; i < numSearches; ++i)
        searches[i].visit(run, position, keys, size);
    }
  });
}

template <typename Key>
bool ChannelSearch<Key>::endSweep() {
  bool isDone = true;
  for (int i = 0; i < numSearches; ++i)
    isDone &= searches[i].endSweep();
  return isDone;
}

/// Finds the results of two ranks, in memory that `allocate` gives and
/// std::free takes; if it gives none, channel by channel on the stack.
template <typename Key, typename Write>
void searchChannels(const Key *x, const KeyOrder<Key> &order,
                    const int64_t (&ranks)[2], const SampleLayout &layout,
                    void *(*allocate)(size_t), Write &write) {
  constexpr int64_t usualCapacity = 1 << 15, leastCapacity = 1 << 9;
  int64_t n = layout.getNumSamples();
  auto runOnStack = [&](const SampleLayout &channel) {
    alignas(64) char memory[64 << 10];
    ChannelSearch<Key> search(x, order, ranks, n, leastCapacity);
    search.run(channel, memory, write);
  };
  ChannelSearch<Key> search(x, order, ranks, n, usualCapacity);
  layout.forEachPart(search.chooseNumChannels(layout),
                     [&](const SampleLayout &part) {
                       void *memory = allocate(search.getNumBytes(part));
                       if (!memory)
                         return part.forEachPart(1, runOnStack);
                       search.run(part, memory, write);
                       std::free(memory);
                     });
}

/// See the C interface.
template <typename Key>
void findOrderStatistics(const MemRef &x, const int64_t (&ranks)[2],
                         const MemRef (&values)[2], const KeyOrder<Key> &order,
                         void *(*allocate)(size_t)) {
  auto write = [&](int i, int64_t index, Key bits) {
    values[i].template get<Key>()[values[i].getOffset(index)] = bits;
  };
  SampleLayout layout(x, values[0].rank);
  int64_t n = layout.getNumSamples();
  if (n == 0)
    for (int64_t index = 0; index < layout.getNumChannels(); ++index) {
      write(0, index, 0);
      write(1, index, 0);
    }
  if (n == 0 || layout.getNumChannels() == 0)
    return;
  auto clamp = [&](int64_t rank) {
    return std::max<int64_t>(1, std::min(rank, n));
  };
  searchChannels(x.get<Key>(), order, {clamp(ranks[0]), clamp(ranks[1])},
                 layout, allocate, write);
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_CHANNELSEARCH_H
