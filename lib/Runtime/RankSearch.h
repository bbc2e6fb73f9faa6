//===- RankSearch.h - The k-th smallest key of each channel -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A search sees all values of its channels, in any order, in sweeps over x, and
// does what its plan says.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_RANKSEARCH_H
#define QUANTACT_LIB_RUNTIME_RANKSEARCH_H

#include "Arena.h"
#include "KeyCollection.h"
#include "KeyKernels.h"
#include "SampleLayout.h"
#include "SearchPlan.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace quant_act::runtime {

/// The keys of one rank, in some channels.
template <typename Key>
class RankSearch {
public:
  RankSearch(const KeyKernels<Key> &kernels, const KeyOrder<Key> &order,
             const SearchPlan &plan)
      : kernels(kernels), order(order), plan(plan) {}

  const SearchPlan &getPlan() const { return plan; }

  /// Bytes of memory for a channel, about.
  size_t getBytesPerChannel() const {
    return sizeof(Channel) + plan.capacity * sizeof(Key) +
           (mayCount() ? numBins * sizeof(uint64_t) : 0);
  }

  /// Starts with the channels of a layout, in memory of the arena.
  void start(const SampleLayout &layout, Arena &arena);

  /// Narrows the search where the plan uses a sample.
  void useSample(KeyCollection<Key> &sample);

  /// Shows adjacent values of a run from `position` on, at most `maxChunk`.
  void visit(const Run &run, size_t position, const Key *values, size_t size);

  /// Ends a sweep over all values.
  void endSweep();

  /// Whether no more sweeps are needed.
  bool isDone() const { return numKeeping == 0 && numCounting == 0; }

  /// The result.
  Key getKey(int64_t channel) const { return channels[channel].range.first; }

private:
  static constexpr Key largest = std::numeric_limits<Key>::max();
  static constexpr unsigned digitBits = 11;
  static constexpr size_t numBins = size_t(1) << digitBits;

  enum class Step : uint8_t { Keep, Count, Done };

  struct Channel {
    /// What may be the key in question.
    KeyRange<Key> range;
    Step step;
    /// In Step::Count: that is done by digits of this significance.
    uint8_t shift;
    /// Keys below the range. In Step::Keep they are being counted.
    int64_t numBelow;
    /// Keys in the range: those that are kept, and those for which there was no
    /// place.
    int64_t numKept, numDropped;
    Key *kept;
  };

  /// Whether a range may be too full to keep what is in it.
  bool mayCount() const { return !plan.isTail && plan.capacity > 0; }

  uint64_t *getHistogram(const Channel &channel) {
    return histograms + (&channel - channels) * numBins;
  }

  void startKeeping(Channel &channel, KeyRange<Key> range);
  void narrow(Channel &channel, KeyRange<Key> range, int64_t numBelow,
              int64_t numInRange);
  void keep(Channel &channel, Key *keys, size_t size);
  void count(Channel &channel, const Key *keys, size_t size);
  void tighten(Channel &channel, Key *keys, size_t size);
  void finishTail(Channel &channel);
  void finishKeeping(Channel &channel);
  void finishCounting(Channel &channel);

  // Where runs have elements of several channels:
  void visitRow(Channel &channel, const Key *values, size_t size);
  void visitLanes(const Run &run, size_t position, const Key *values,
                  size_t size);
  void setLanes(const Channel &channel);
  void addLanesBelow();
  template <typename Visit>
  void forEachLane(int64_t channel, Visit visit);

  const KeyKernels<Key> &kernels;
  const KeyOrder<Key> &order;
  SearchPlan plan;

  int64_t n = 0, numChannels = 0;
  Channel *channels = nullptr;
  /// For what is kept of a channel and as much as may come at once.
  Key *spare = nullptr;
  uint64_t *histograms = nullptr;
  /// Channels by their steps.
  int64_t numKeeping = 0, numCounting = 0;

  bool hasLanes = false;
  int64_t numRunChannels = 1, repeats = 1, maxRunSize = 1;
  /// The channel of each position of a run, less the run's first.
  uint32_t *laneChannels = nullptr;
  /// For each position of the runs that begin with different channels: its
  /// channel's range, and how many keys were below it. These are added up
  /// before there can be too many.
  Key *laneFirsts = nullptr, *laneSpans = nullptr;
  uint32_t *laneBelow = nullptr;
  uint32_t numVisits = 0;
};

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

template <typename Key>
void RankSearch<Key>::start(const SampleLayout &layout, Arena &arena) {
  n = layout.getNumSamples();
  numChannels = layout.getNumChannels();
  numRunChannels = layout.getNumRunChannels();
  repeats = layout.getRepeats();
  maxRunSize = layout.getMaxRunSize();
  hasLanes = numRunChannels > 1;
  int64_t rowSize = padRow<Key>(plan.capacity);
  size_t numLanes = numChannels / numRunChannels * maxRunSize;

  channels = arena.take<Channel>(numChannels);
  Key *kept = arena.take<Key>(numChannels * rowSize);
  if (plan.isTail)
    spare = arena.take<Key>(plan.capacity + maxChunk);
  if (mayCount())
    histograms = arena.take<uint64_t>(numChannels * numBins);
  if (hasLanes) {
    laneChannels = arena.take<uint32_t>(maxRunSize);
    laneFirsts = arena.take<Key>(numLanes);
    laneSpans = arena.take<Key>(numLanes);
    laneBelow = arena.take<uint32_t>(numLanes);
  }
  if (!channels)
    return; // it was only about the size

  numKeeping = numCounting = 0;
  if (hasLanes) {
    for (int64_t i = 0; i < maxRunSize; ++i)
      laneChannels[i] = static_cast<uint32_t>(i / repeats % numRunChannels);
    std::fill_n(laneBelow, numLanes, 0);
    numVisits = 0;
  }
  for (int64_t c = 0; c < numChannels; ++c) {
    channels[c].kept = kept + c * rowSize;
    if (plan.isTail)
      startKeeping(channels[c], {0, largest});
    else if (!plan.usesSample())
      narrow(channels[c], {0, largest}, 0, n);
  }
}

template <typename Key>
void RankSearch<Key>::useSample(KeyCollection<Key> &sample) {
  if (!plan.usesSample())
    return;
  for (int64_t c = 0; c < numChannels; ++c) {
    Key first = plan.sampleLow ? sample.select(c, plan.sampleLow) : Key(0);
    if (plan.sampleLow == plan.sampleHigh) {
      narrow(channels[c], {first, 0}, 0, n);
      continue;
    }
    Key last = plan.sampleHigh ? sample.select(c, plan.sampleHigh) : largest;
    startKeeping(channels[c], {first, Key(last - first)});
  }
}

template <typename Key>
void RankSearch<Key>::startKeeping(Channel &channel, KeyRange<Key> range) {
  channel.range = range;
  channel.step = Step::Keep;
  channel.numBelow = channel.numKept = channel.numDropped = 0;
  ++numKeeping;
  if (hasLanes)
    setLanes(channel);
}

/// Goes on with a range that has the key, of which all is known.
template <typename Key>
void RankSearch<Key>::narrow(Channel &channel, KeyRange<Key> range,
                             int64_t numBelow, int64_t numInRange) {
  if (range.span > 0 && numInRange <= plan.capacity)
    return startKeeping(channel, range);
  channel.range = range;
  channel.numBelow = numBelow;
  channel.step = Step::Done;
  if (range.span == 0)
    return;
  channel.step = Step::Count;
  ++numCounting;
  channel.shift = 0;
  while (size_t(range.span) >> channel.shift >= numBins)
    ++channel.shift;
  std::fill_n(getHistogram(channel), numBins, uint64_t(0));
}

template <typename Key>
void RankSearch<Key>::visit(const Run &run, size_t position, const Key *values,
                            size_t size) {
  if (hasLanes)
    visitLanes(run, position, values, size);
  else
    visitRow(channels[run.firstChannel], values, size);
}

template <typename Key>
void RankSearch<Key>::visitRow(Channel &channel, const Key *values,
                               size_t size) {
  Key keys[maxChunk];
  switch (channel.step) {
  case Step::Keep:
    size = plan.isTail
               ? kernels.filter(values, size, order, channel.range, keys)
               : kernels.partition(values, size, order, channel.range, keys,
                                   channel.numBelow);
    return keep(channel, keys, size);
  case Step::Count:
    kernels.load(values, size, order, keys);
    return count(channel, keys, size);
  case Step::Done:
    return;
  }
}

/// Keeps keys in the range, which get lost.
template <typename Key>
void RankSearch<Key>::keep(Channel &channel, Key *keys, size_t size) {
  size_t room = plan.capacity - channel.numKept;
  if (size > room && plan.isTail)
    return tighten(channel, keys, size);
  size_t numNew = std::min(size, room);
  std::memcpy(channel.kept + channel.numKept, keys, numNew * sizeof(Key));
  channel.numKept += numNew;
  channel.numDropped += size - numNew;
}

template <typename Key>
void RankSearch<Key>::count(Channel &channel, const Key *keys, size_t size) {
  uint64_t *histogram = getHistogram(channel);
  KeyRange<Key> range = channel.range;
  for (size_t i = 0; i < size; ++i)
    if (range.contains(keys[i]))
      ++histogram[Key(keys[i] - range.first) >> channel.shift];
}

/// In a tail: leaves as many as it has of those that are kept and of more keys.
/// From then on only those matter that are beyond the last of them. (There is
/// nothing beyond the last key of all, which if it is the bound is kept for
/// nothing.)
template <typename Key>
void RankSearch<Key>::tighten(Channel &channel, Key *keys, size_t size) {
  size_t numKept = channel.numKept, total = numKept + size;
  std::memcpy(spare, channel.kept, numKept * sizeof(Key));
  std::memcpy(spare + numKept, keys, size * sizeof(Key));
  Key bound = kernels.select(
      spare, total, plan.isLowTail ? plan.tailSize : total - plan.tailSize + 1);
  size_t numBeyond = 0;
  channel.range = {bound, 0};
  if (bound != (plan.isLowTail ? Key(0) : largest)) {
    channel.range = plan.isLowTail ? KeyRange<Key>{0, Key(bound - 1)}
                                   : KeyRange<Key>{Key(bound + 1),
                                                   Key(largest - bound - 1)};
    numBeyond =
        kernels.choose(channel.kept, numKept, channel.range, channel.kept);
    size = kernels.choose(keys, size, channel.range, keys);
    std::memcpy(channel.kept + numBeyond, keys, size * sizeof(Key));
    numBeyond += size;
  }
  std::fill(channel.kept + numBeyond, channel.kept + plan.tailSize, bound);
  channel.numKept = plan.tailSize;
  if (hasLanes)
    setLanes(channel);
}

//===----------------------------------------------------------------------===//
// Ends of sweeps
//===----------------------------------------------------------------------===//

template <typename Key>
void RankSearch<Key>::endSweep() {
  if (hasLanes)
    addLanesBelow();
  numKeeping = numCounting = 0;
  for (int64_t c = 0; c < numChannels; ++c) {
    Channel &channel = channels[c];
    if (channel.step == Step::Count)
      finishCounting(channel);
    else if (channel.step == Step::Keep)
      plan.isTail ? finishTail(channel) : finishKeeping(channel);
  }
}

/// What was given up is all below what is kept, or all above.
template <typename Key>
void RankSearch<Key>::finishTail(Channel &channel) {
  int64_t rank =
      plan.isLowTail ? plan.tailSize : channel.numKept - plan.tailSize + 1;
  narrow(channel, {kernels.select(channel.kept, channel.numKept, rank), 0}, 0,
         0);
}

template <typename Key>
void RankSearch<Key>::finishKeeping(Channel &channel) {
  KeyRange<Key> range = channel.range;
  int64_t numBelow = channel.numBelow,
          numInRange = channel.numKept + channel.numDropped;
  int64_t numUpToRange = numBelow + numInRange;
  if (plan.rank <= numBelow)
    return narrow(channel, {0, Key(range.first - 1)}, 0, numBelow);
  if (plan.rank > numUpToRange)
    return narrow(
        channel, {Key(range.getLast() + 1), Key(largest - range.getLast() - 1)},
        numUpToRange, n - numUpToRange);
  if (range.span > 0 && channel.numDropped == 0)
    range = {kernels.select(channel.kept, numInRange, plan.rank - numBelow), 0};
  narrow(channel, range, numBelow, numInRange);
}

/// Narrows the range to the bin that has the key.
template <typename Key>
void RankSearch<Key>::finishCounting(Channel &channel) {
  const uint64_t *histogram = getHistogram(channel);
  int64_t numBelow = channel.numBelow;
  size_t bin = 0;
  while (numBelow + static_cast<int64_t>(histogram[bin]) < plan.rank)
    numBelow += histogram[bin++];
  KeyRange<Key> range = channel.range;
  Key begin = Key(bin) << channel.shift;
  Key binSpan = (Key(1) << channel.shift) - 1;
  narrow(channel,
         {Key(range.first + begin),
          std::min<Key>(binSpan, Key(range.span - begin))},
         numBelow, histogram[bin]);
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

/// Calls `visit(position)` for where a channel's repeats begin.
template <typename Key>
template <typename Visit>
void RankSearch<Key>::forEachLane(int64_t channel, Visit visit) {
  int64_t run = channel / numRunChannels, lane = channel % numRunChannels;
  for (int64_t i = lane * repeats; i < maxRunSize;
       i += numRunChannels * repeats)
    visit(run * maxRunSize + i);
}

template <typename Key>
void RankSearch<Key>::setLanes(const Channel &channel) {
  forEachLane(&channel - channels, [&](int64_t begin) {
    std::fill_n(laneFirsts + begin, repeats, channel.range.first);
    std::fill_n(laneSpans + begin, repeats, channel.range.span);
  });
}

template <typename Key>
void RankSearch<Key>::addLanesBelow() {
  for (int64_t c = 0; c < numChannels; ++c)
    forEachLane(c, [&](int64_t begin) {
      for (int64_t i = begin; i < begin + repeats; ++i) {
        if (channels[c].step == Step::Keep)
          channels[c].numBelow += laneBelow[i];
        laneBelow[i] = 0;
      }
    });
  numVisits = 0;
}

template <typename Key>
void RankSearch<Key>::visitLanes(const Run &run, size_t position,
                                 const Key *values, size_t size) {
  Channel *runChannels = channels + run.firstChannel;
  const uint32_t *lanes = laneChannels + position;
  Key keys[maxChunk];
  if (numKeeping > 0) {
    uint32_t positions[maxChunk];
    int64_t first = run.firstChannel / numRunChannels * maxRunSize + position;
    size_t numFound = kernels.filterLanes(
        values, size, order, {laneFirsts + first, laneSpans + first}, keys,
        positions, plan.isTail ? nullptr : laneBelow + first);
    for (size_t i = 0; i < numFound; ++i) {
      Channel &channel = runChannels[lanes[positions[i]]];
      // Where the channel has gone on, its lanes still have its range.
      if (channel.step != Step::Keep)
        continue;
      if (channel.numKept < plan.capacity)
        channel.kept[channel.numKept++] = keys[i];
      else
        keep(channel, keys + i, 1);
    }
    if (++numVisits == std::numeric_limits<uint32_t>::max())
      addLanesBelow();
  }
  if (numCounting == 0)
    return;
  kernels.load(values, size, order, keys);
  for (size_t i = 0; i < size; ++i)
    if (runChannels[lanes[i]].step == Step::Count)
      count(runChannels[lanes[i]], keys + i, 1);
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_RANKSEARCH_H
