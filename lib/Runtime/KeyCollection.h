//===- KeyCollection.h - Keys that are kept channel by channel --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_KEYCOLLECTION_H
#define QUANTACT_LIB_RUNTIME_KEYCOLLECTION_H

#include "Arena.h"
#include "KeyKernels.h"
#include "SampleLayout.h"

#include <cstring>

namespace quant_act::runtime {

/// All keys of a layout's channels.
template <typename Key>
class KeyCollection {
public:
  explicit KeyCollection(const KeyKernels<Key> &kernels) : kernels(kernels) {}

  /// Takes memory of the arena for a layout.
  void start(const SampleLayout &layout, Arena &arena) {
    numSamples = layout.getNumSamples();
    rowSize = padRow<Key>(numSamples);
    keys = arena.take<Key>(layout.getNumChannels() * rowSize);
    sizes = arena.take<int64_t>(layout.getNumChannels());
    spare = arena.take<Key>(numSamples);
  }

  void collect(const SampleLayout &layout, const Key *x,
               const KeyOrder<Key> &order);

  /// The key of a channel with this rank.
  Key select(int64_t channel, int64_t rank) {
    std::memcpy(spare, keys + channel * rowSize, numSamples * sizeof(Key));
    return kernels.select(spare, numSamples, rank);
  }

private:
  const KeyKernels<Key> &kernels;
  int64_t numSamples = 0, rowSize = 0;
  Key *keys = nullptr, *spare = nullptr;
  int64_t *sizes = nullptr;
};

template <typename Key>
void KeyCollection<Key>::collect(const SampleLayout &layout, const Key *x,
                                 const KeyOrder<Key> &order) {
  std::memset(sizes, 0, layout.getNumChannels() * sizeof(int64_t));
  int64_t numRunChannels = layout.getNumRunChannels();
  int64_t repeats = layout.getRepeats();
  layout.forEachChunk(
      x, [&](const Run &run, size_t position, const Key *values, size_t size) {
        Key chunk[maxChunk];
        kernels.load(values, size, order, chunk);
        if (numRunChannels == 1) {
          int64_t &end = sizes[run.firstChannel];
          std::memcpy(keys + run.firstChannel * rowSize + end, chunk,
                      size * sizeof(Key));
          end += size;
          return;
        }
        int64_t repeat = position % repeats;
        int64_t lane = position / repeats % numRunChannels;
        for (size_t i = 0; i < size; ++i) {
          int64_t channel = run.firstChannel + lane;
          keys[channel * rowSize + sizes[channel]++] = chunk[i];
          if (++repeat < repeats)
            continue;
          repeat = 0;
          if (++lane == numRunChannels)
            lane = 0;
        }
      });
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_KEYCOLLECTION_H
