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

/// One rank or two in all channels; the ends of an interval share sweeps.
template <typename Key>
class ChannelSearch {
public:
  static constexpr int64_t maxRanks = 2;

  ChannelSearch(const Key *x, const KeyOrder<Key> &order, const int64_t *ranks,
                int64_t numRanks, int64_t numSamples, int64_t maxCapacity)
      : x(x), order(order), kernels(getKeyKernels<Key>()), numRanks(numRanks),
        searches{{kernels, ranks[0], numSamples, maxCapacity},
                 {kernels, ranks[numRanks - 1], numSamples, maxCapacity}} {}

  /// How many channels to sweep over at once.
  int64_t chooseNumChannels(const SampleLayout &layout) const;

  /// Bytes of memory for the channels of a layout.
  size_t getNumBytes(const SampleLayout &layout);

  /// Finds the results and calls `write(index of the rank, offset, bits)`.
  template <typename Write>
  void run(const SampleLayout &layout, void *memory, Write &write);

private:
  void start(const SampleLayout &layout, Arena &arena) {
    for (int64_t i = 0; i < numRanks; ++i)
      searches[i].start(layout, arena);
  }
  /// Shows all keys to all searches.
  void sweep(const SampleLayout &layout);
  bool endSweep();

  const Key *x;
  const KeyOrder<Key> &order;
  const KeyKernels<Key> &kernels;
  int64_t numRanks;
  RankSearch<Key> searches[maxRanks];
};

/// The memory for them should fit a cache, as should the elements of channels
/// that are read several times. But never less is read of a line than a line.
template <typename Key>
int64_t
ChannelSearch<Key>::chooseNumChannels(const SampleLayout &layout) const {
  constexpr int64_t cacheSize = int64_t(1) << 20, lineSize = 64;
  int64_t perChannel = 0;
  for (int64_t i = 0; i < numRanks; ++i) {
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
  layout.forEachChannel([&](int64_t channel, int64_t offset) {
    for (int64_t i = 0; i < numRanks; ++i)
      write(i, offset, order.getBits(searches[i].getKey(channel)));
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
      for (int64_t i = 0; i < numRanks; ++i)
        searches[i].visit(run, position, keys, size);
    }
  });
}

template <typename Key>
bool ChannelSearch<Key>::endSweep() {
  bool isDone = true;
  for (int64_t i = 0; i < numRanks; ++i)
    isDone &= searches[i].endSweep();
  return isDone;
}

/// Finds the results of one rank or two, in memory that `allocate` gives and
/// std::free takes; if it gives none, channel by channel on the stack.
template <typename Key, typename Write>
void searchChannels(const Key *x, const KeyOrder<Key> &order,
                    const int64_t *ranks, int64_t numRanks,
                    const SampleLayout &layout, void *(*allocate)(size_t),
                    Write &write) {
  constexpr int64_t usualCapacity = 1 << 15, leastCapacity = 1 << 9;
  int64_t n = layout.getNumSamples();
  auto runOnStack = [&](const SampleLayout &channel) {
    alignas(64) char memory[64 << 10];
    ChannelSearch<Key> search(x, order, ranks, numRanks, n, leastCapacity);
    search.run(channel, memory, write);
  };
  ChannelSearch<Key> search(x, order, ranks, numRanks, n, usualCapacity);
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
void findOrderStatistics(const MemRef &x, const MemRef &ranks,
                         const MemRef &values, const KeyOrder<Key> &order,
                         void *(*allocate)(size_t)) {
  SampleLayout layout(x, values);
  if (layout.getNumChannels() == 0)
    return;
  constexpr int64_t maxRanks = ChannelSearch<Key>::maxRanks;
  int64_t n = layout.getNumSamples(), numRanks = ranks.extents[0];
  for (int64_t begin = 0; begin < numRanks; begin += maxRanks) {
    auto write = [&](int64_t i, int64_t offset, Key bits) {
      values.get<Key>()[(begin + i) * values.strides[0] + offset] = bits;
    };
    int64_t some[maxRanks], numSome = std::min(maxRanks, numRanks - begin);
    for (int64_t i = 0; i < numSome; ++i) {
      int64_t rank =
          ranks.get<int64_t>()[ranks.offset + (begin + i) * ranks.strides[0]];
      some[i] = std::max<int64_t>(1, std::min(rank, n));
      if (n == 0)
        layout.forEachChannel(
            [&](int64_t, int64_t offset) { write(i, offset, 0); });
    }
    if (n > 0)
      searchChannels(x.get<Key>(), order, some, numSome, layout, allocate,
                     write);
  }
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_CHANNELSEARCH_H
