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

/// What of the elements is a sample.
template <typename Key>
SampleLayout getSampled(const SampleLayout &layout) {
  return layout.getSubset(getSampleSize(layout.getNumSamples()), sizeof(Key));
}

/// Two ranks in all channels; the ends of an interval share sweeps. They may be
/// one rank.
template <typename Key>
class ChannelSearch {
public:
  /// With `sampleSize` keys of each channel to sample, and at most
  /// `maxCapacity` kept where there is no sample.
  ChannelSearch(const Key *x, const KeyOrder<Key> &order,
                const int64_t (&ranks)[2], int64_t numSamples,
                int64_t sampleSize, int64_t maxCapacity)
      : x(x), order(order), kernels(getKeyKernels<Key>()),
        sampleSize(sampleSize), sample(kernels),
        numSearches(ranks[0] == ranks[1] ? 1 : 2),
        searches{{kernels, order,
                  SearchPlan(ranks[0], numSamples, sampleSize, maxCapacity)},
                 {kernels, order,
                  SearchPlan(ranks[1], numSamples, sampleSize, maxCapacity)}} {
    for (int i = 0; i < numSearches; ++i)
      usesSample |= searches[i].getPlan().usesSample();
  }

  /// How many channels to sweep over at once.
  int64_t chooseNumChannels(const SampleLayout &layout) const;

  /// Bytes of memory for the channels of a layout.
  size_t getNumBytes(const SampleLayout &layout);

  /// Finds the results and calls `write(which of the ranks, index, bits)`.
  template <typename Write>
  void run(const SampleLayout &layout, void *memory, Write &write);

private:
  void start(const SampleLayout &layout, Arena &arena);
  void readSample(const SampleLayout &layout);
  /// Shows all values to all searches.
  void sweep(const SampleLayout &layout);
  bool isDone() const;

  const Key *x;
  const KeyOrder<Key> &order;
  const KeyKernels<Key> &kernels;
  int64_t sampleSize;
  bool usesSample = false;
  KeyCollection<Key> sample;
  int numSearches;
  RankSearch<Key> searches[2];
};

/// Channels of rows are read one after the other: the memory for those of a
/// part fits a cache. Channels side by side share lines, and each writes to a
/// place of its own: as many as there can be.
template <typename Key>
int64_t
ChannelSearch<Key>::chooseNumChannels(const SampleLayout &layout) const {
  int64_t perChannel = usesSample ? sampleSize * sizeof(Key) : 0;
  for (int i = 0; i < numSearches; ++i)
    perChannel += searches[i].getBytesPerChannel();
  constexpr int64_t cacheSize = int64_t(1) << 20, mostBytes = cacheSize << 6;
  if (layout.getNumRunChannels() == 1)
    return std::max<int64_t>(1, cacheSize / perChannel);
  constexpr int64_t keysPerLine = lineSize / sizeof(Key);
  return std::max(keysPerLine, mostBytes / perChannel);
}

template <typename Key>
void ChannelSearch<Key>::start(const SampleLayout &layout, Arena &arena) {
  for (int i = 0; i < numSearches; ++i)
    searches[i].start(layout, arena);
  if (usesSample)
    sample.start(getSampled<Key>(layout), arena);
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
  if (usesSample)
    readSample(layout);
  while (!isDone())
    sweep(layout);
  layout.forEachChannel([&](int64_t channel, int64_t result) {
    for (int i = 0; i < 2; ++i) {
      Key key = searches[std::min(i, numSearches - 1)].getKey(channel);
      write(i, result, order.getBits(key));
    }
  });
}

template <typename Key>
void ChannelSearch<Key>::readSample(const SampleLayout &layout) {
  sample.collect(getSampled<Key>(layout), x, order);
  for (int i = 0; i < numSearches; ++i)
    searches[i].useSample(sample);
}

template <typename Key>
void ChannelSearch<Key>::sweep(const SampleLayout &layout) {
  layout.forEachChunk(
      x, [&](const Run &run, size_t position, const Key *values, size_t size) {
        for (int i = 0; i < numSearches; ++i)
          searches[i].visit(run, position, values, size);
      });
  for (int i = 0; i < numSearches; ++i)
    searches[i].endSweep();
}

template <typename Key>
bool ChannelSearch<Key>::isDone() const {
  bool isDone = true;
  for (int i = 0; i < numSearches; ++i)
    isDone &= searches[i].isDone();
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
  int64_t sampleSize = getSampled<Key>(layout).getNumSamples();
  if (sampleSize > std::max(maxCollected, n / 4))
    sampleSize = 0; // it would take as long as a sweep
  auto runOnStack = [&](const SampleLayout &channel) {
    alignas(lineSize) char memory[64 << 10];
    ChannelSearch<Key> search(x, order, ranks, n, n <= maxCollected ? n : 0,
                              leastCapacity);
    search.run(channel, memory, write);
  };
  ChannelSearch<Key> search(x, order, ranks, n, sampleSize, usualCapacity);
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
