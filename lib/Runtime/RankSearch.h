//===- RankSearch.h - The k-th smallest key of each channel -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A search sees all keys of its channels, in any order, in sweeps over x.
//
// The m-th largest for a small m takes one sweep: keys above the m-th largest
// so far are kept in a buffer, and whenever that is full, all but m of them are
// given up and the bound rises. Of n keys in random order about m * ln(n / m)
// are ever kept; in the worst order it is all of them, at a few cycles each.
// The same for the m-th smallest.
//
// Other ranks are searched from the highest digit of the keys down. A sweep
// counts how many keys have which digit, and so narrows the range that holds
// the key in question, until the keys in it fit in the buffer.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_RANKSEARCH_H
#define QUANTACT_LIB_RUNTIME_RANKSEARCH_H

#include "KeyKernels.h"
#include "SampleLayout.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace quant_act::runtime {

/// Memory that is handed out piece by piece. If it has none, it counts.
class Arena {
public:
  explicit Arena(void *memory) : memory(static_cast<char *>(memory)) {}

  template <typename T>
  T *take(size_t n) {
    T *piece = reinterpret_cast<T *>(memory + size);
    constexpr size_t alignment = 64;
    size += (n * sizeof(T) + alignment - 1) / alignment * alignment;
    return memory ? piece : nullptr;
  }
  size_t getSize() const { return size; }

private:
  char *memory;
  size_t size = 0;
};

/// The keys of one rank, in some channels.
template <typename Key>
class RankSearch {
public:
  /// For the `rank`-th smallest of n keys, with at most `maxCapacity` of them
  /// in a buffer. That is to be 64 at least.
  RankSearch(const KeyKernels<Key> &kernels, int64_t rank, int64_t n,
             int64_t maxCapacity);

  /// Bytes of memory for a channel, about.
  size_t getBytesPerChannel() const {
    return sizeof(Channel) + capacity * sizeof(Key) +
           (needsHistogram() ? numBins * sizeof(uint64_t) : 0);
  }
  /// Whether it may take more than one sweep.
  bool needsHistogram() const { return !isTail && n > capacity; }

  /// Starts with the channels of a layout, in memory of the arena.
  void start(const SampleLayout &layout, Arena &arena);

  /// Shows the keys of a run from `position` on, at most `maxChunk`.
  static constexpr size_t maxChunk = 1024;
  void visit(const Run &run, size_t position, const Key *keys, size_t size);

  /// Ends a sweep over all keys; whether that was the last one.
  bool endSweep();

  /// The result.
  Key getKey(int64_t channel) const { return channels[channel].range.first; }

private:
  static constexpr unsigned digitBits = 11;
  static constexpr size_t numBins = size_t(1) << digitBits;

  enum class Step : uint8_t { Keep, Count, Done };

  struct Channel {
    /// What may be the key in question.
    KeyRange<Key> range;
    Step step;
    /// In Step::Count: that is done by digits of this significance.
    uint8_t shift;
    /// Its rank among the keys in range. (In a tail: among all.)
    int64_t rank;
    int64_t numCandidates;
  };

  Key *getCandidates(const Channel &channel) {
    return candidates + (&channel - channels) * capacity;
  }
  uint64_t *getHistogram(const Channel &channel) {
    return histograms + (&channel - channels) * numBins;
  }

  void startStep(Channel &channel, KeyRange<Key> range, int64_t rank,
                 int64_t numInRange);
  void keep(Channel &channel, const Key *keys, size_t size);
  void count(Channel &channel, const Key *keys, size_t size);
  void push(Channel &channel, Key key);
  void tighten(Channel &channel);
  void setLaneBounds(const Channel &channel);
  void visitLanes(const Run &run, size_t position, const Key *keys,
                  size_t size);
  void findBin(Channel &channel);

  const KeyKernels<Key> &kernels;
  int64_t rank, n, capacity;
  /// Whether only a tail of the keys matters: the last or the first so many.
  bool isTail, isLowTail = false;
  int64_t tailSize = 0;

  int64_t numChannels = 0;
  Channel *channels = nullptr;
  /// `capacity` per channel, and for one more.
  Key *candidates = nullptr, *spare = nullptr;
  uint64_t *histograms = nullptr;

  // Where runs have elements of several channels:
  bool hasLanes = false;
  int64_t numRunChannels = 1, repeats = 1, maxRunSize = 1;
  /// The channel of each position of a run, less the run's first.
  uint32_t *laneChannels = nullptr;
  /// In a tail: the bound of its channel for each position of the runs that
  /// begin with different channels.
  Key *laneBounds = nullptr;
};

template <typename Key>
RankSearch<Key>::RankSearch(const KeyKernels<Key> &kernels, int64_t rank,
                            int64_t n, int64_t maxCapacity)
    : kernels(kernels), rank(rank), n(n) {
  constexpr int64_t minRoom = 64, rare = 8;
  int64_t fromTop = n - rank + 1, fromEnd = std::min(rank, fromTop);
  capacity = std::min(n, maxCapacity);
  isTail = fromEnd <= n / rare && 2 * fromEnd + minRoom <= capacity;
  if (!isTail)
    return;
  isLowTail = rank == fromEnd;
  tailSize = fromEnd;
  capacity = std::min(capacity, 4 * fromEnd + minRoom);
}

template <typename Key>
void RankSearch<Key>::start(const SampleLayout &layout, Arena &arena) {
  numChannels = layout.getNumChannels();
  numRunChannels = layout.getNumRunChannels();
  repeats = layout.getRepeats();
  maxRunSize = layout.getMaxRunSize();
  hasLanes = numRunChannels > 1;

  channels = arena.take<Channel>(numChannels);
  candidates = arena.take<Key>(numChannels * capacity);
  spare = arena.take<Key>(capacity);
  if (needsHistogram())
    histograms = arena.take<uint64_t>(numChannels * numBins);
  if (hasLanes)
    laneChannels = arena.take<uint32_t>(maxRunSize);
  if (hasLanes && isTail)
    laneBounds = arena.take<Key>(numChannels / numRunChannels * maxRunSize);
  if (!channels)
    return; // it was only about the size

  KeyRange<Key> all{0, std::numeric_limits<Key>::max()};
  for (int64_t c = 0; c < numChannels; ++c) {
    channels[c].numCandidates = 0;
    startStep(channels[c], all, rank, n);
  }
  if (!hasLanes)
    return;
  for (int64_t i = 0; i < maxRunSize; ++i)
    laneChannels[i] = static_cast<uint32_t>(i / repeats % numRunChannels);
  if (isTail) // nothing is below the lowest bound
    std::fill_n(laneBounds, numChannels / numRunChannels * maxRunSize, Key(0));
}

/// Goes on with `rank` among the keys in a range.
template <typename Key>
void RankSearch<Key>::startStep(Channel &channel, KeyRange<Key> range,
                                int64_t rank, int64_t numInRange) {
  channel.range = range;
  channel.rank = rank;
  if (range.span == 0) {
    channel.step = Step::Done;
    return;
  }
  if (isTail || numInRange <= capacity) {
    channel.step = Step::Keep;
    return;
  }
  channel.step = Step::Count;
  channel.shift = 0;
  while (size_t(range.span) >> channel.shift >= numBins)
    ++channel.shift;
  std::fill_n(getHistogram(channel), numBins, uint64_t(0));
}

template <typename Key>
void RankSearch<Key>::visit(const Run &run, size_t position, const Key *keys,
                            size_t size) {
  if (hasLanes)
    return visitLanes(run, position, keys, size);
  Channel &channel = channels[run.firstChannel];
  switch (channel.step) {
  case Step::Keep: {
    Key chosen[maxChunk];
    keep(channel, chosen, kernels.choose(keys, size, channel.range, chosen));
    return;
  }
  case Step::Count:
    return count(channel, keys, size);
  case Step::Done:
    return;
  }
}

/// Adds candidates. Only in a tail may there be more of them than fit.
template <typename Key>
void RankSearch<Key>::keep(Channel &channel, const Key *keys, size_t size) {
  while (size > 0) {
    if (channel.numCandidates == capacity)
      tighten(channel);
    size_t kept = std::min<size_t>(size, capacity - channel.numCandidates);
    std::memcpy(getCandidates(channel) + channel.numCandidates, keys,
                kept * sizeof(Key));
    channel.numCandidates += kept;
    keys += kept;
    size -= kept;
  }
}

template <typename Key>
void RankSearch<Key>::push(Channel &channel, Key key) {
  if (channel.numCandidates == capacity)
    tighten(channel);
  getCandidates(channel)[channel.numCandidates++] = key;
}

/// In a tail: leaves as many candidates as it has. From then on only those
/// matter that are beyond the last of them. (There is nothing beyond the last
/// key of all, which if it is the bound is kept for nothing.)
template <typename Key>
void RankSearch<Key>::tighten(Channel &channel) {
  constexpr Key largest = std::numeric_limits<Key>::max();
  Key *keys = getCandidates(channel);
  std::copy_n(keys, capacity, spare);
  Key bound = kernels.select(spare, capacity,
                             isLowTail ? tailSize : capacity - tailSize + 1);
  Key end = isLowTail ? 0 : largest;
  int64_t numBeyond = 0;
  channel.range = {bound, 0};
  if (bound != end) {
    channel.range =
        isLowTail ? KeyRange<Key>{0, Key(bound - 1)}
                  : KeyRange<Key>{Key(bound + 1), Key(largest - bound - 1)};
    numBeyond = kernels.choose(keys, capacity, channel.range, keys);
  }
  std::fill(keys + numBeyond, keys + tailSize, bound);
  channel.numCandidates = tailSize;
  if (hasLanes)
    setLaneBounds(channel);
}

template <typename Key>
void RankSearch<Key>::setLaneBounds(const Channel &channel) {
  Key bound = isLowTail ? Key(~channel.range.getLast()) : channel.range.first;
  int64_t index = &channel - channels;
  int64_t lane = index % numRunChannels;
  Key *bounds = laneBounds + index / numRunChannels * maxRunSize;
  for (int64_t i = lane * repeats; i < maxRunSize;
       i += numRunChannels * repeats)
    std::fill_n(bounds + i, repeats, bound);
}

template <typename Key>
void RankSearch<Key>::count(Channel &channel, const Key *keys, size_t size) {
  uint64_t *histogram = getHistogram(channel);
  KeyRange<Key> range = channel.range;
  for (size_t i = 0; i < size; ++i)
    if (range.contains(keys[i]))
      ++histogram[Key(keys[i] - range.first) >> channel.shift];
}

template <typename Key>
void RankSearch<Key>::visitLanes(const Run &run, size_t position,
                                 const Key *keys, size_t size) {
  Channel *runChannels = channels + run.firstChannel;
  const uint32_t *lanes = laneChannels + position;
  if (!isTail) {
    for (size_t i = 0; i < size; ++i) {
      Channel &channel = runChannels[lanes[i]];
      if (channel.step == Step::Count)
        count(channel, keys + i, 1);
      else if (channel.step == Step::Keep && channel.range.contains(keys[i]))
        push(channel, keys[i]);
    }
    return;
  }
  const Key *bounds =
      laneBounds + run.firstChannel / numRunChannels * maxRunSize + position;
  uint32_t found[maxChunk];
  Key flips = isLowTail ? Key(~Key(0)) : Key(0);
  size_t numFound = kernels.findAtLeast(keys, flips, bounds, size, found);
  for (size_t i = 0; i < numFound; ++i)
    push(runChannels[lanes[found[i]]], keys[found[i]]);
}

template <typename Key>
bool RankSearch<Key>::endSweep() {
  bool isDone = true;
  for (int64_t c = 0; c < numChannels; ++c) {
    Channel &channel = channels[c];
    if (channel.step == Step::Keep) {
      int64_t size = channel.numCandidates;
      // What was given up is all below them, or all above.
      int64_t rank = isTail && !isLowTail ? size - tailSize + 1 : channel.rank;
      channel.range = {kernels.select(getCandidates(channel), size, rank), 0};
      channel.step = Step::Done;
    } else if (channel.step == Step::Count) {
      findBin(channel);
    }
    isDone &= channel.step == Step::Done;
  }
  return isDone;
}

/// Narrows the range to the bin that has the key.
template <typename Key>
void RankSearch<Key>::findBin(Channel &channel) {
  const uint64_t *histogram = getHistogram(channel);
  int64_t rank = channel.rank;
  size_t bin = 0;
  while (static_cast<int64_t>(histogram[bin]) < rank)
    rank -= histogram[bin++];
  KeyRange<Key> range = channel.range;
  Key begin = Key(bin) << channel.shift;
  Key binSpan = (Key(1) << channel.shift) - 1;
  startStep(channel,
            {Key(range.first + begin),
             std::min<Key>(binSpan, Key(range.span - begin))},
            rank, histogram[bin]);
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_RANKSEARCH_H
