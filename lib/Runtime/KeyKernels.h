//===- KeyKernels.h - Loops over sort keys ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Floating-point numbers are selected by unsigned integers of their width that
// are in the same order. These loops touch every element; they are compiled for
// several instruction sets, and the best that this processor has is taken.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_KEYKERNELS_H
#define QUANTACT_LIB_RUNTIME_KEYKERNELS_H

#include <cstddef>
#include <cstdint>

namespace quant_act::runtime {

/// How the bits of values become keys.
template <typename Key>
struct KeyOrder {
  /// The bits of infinity in the values' type. Larger magnitudes are NaN.
  Key infinity;
  /// Whether values are ordered as numbers; otherwise by their magnitude.
  bool isSigned;
  /// Whether negative numbers count as +0. (-0 stays.)
  bool hasRelu;

  static constexpr Key sign = Key(1) << (8 * sizeof(Key) - 1);

  /// The bits of the value that has this key.
  Key getBits(Key key) const {
    if (!isSigned)
      return key;
    return key & sign ? key ^ sign : Key(~key);
  }
};

/// All keys from `first` on, `span` of them besides it.
template <typename Key>
struct KeyRange {
  Key first, span;

  bool contains(Key key) const { return Key(key - first) <= span; }
  Key getLast() const { return first + span; }
};

/// Ranges next to each other.
template <typename Key>
struct LaneRanges {
  const Key *firsts, *spans;
};

/// `chosen` has room for n keys, and so have `positions`.
template <typename Key>
struct KeyKernels {
  /// The keys of n adjacent values.
  void (*load)(const Key *values, size_t n, const KeyOrder<Key> &order,
               Key *keys);

  /// Copies the keys within a range that few keys are in, and returns how many
  /// they are.
  size_t (*filter)(const Key *values, size_t n, const KeyOrder<Key> &order,
                   KeyRange<Key> range, Key *chosen);

  /// The same where they are not few, and adds how many keys are below them.
  size_t (*partition)(const Key *values, size_t n, const KeyOrder<Key> &order,
                      KeyRange<Key> range, Key *chosen, int64_t &numBelow);

  /// The same with a range for each position. Also says where the chosen keys
  /// are. With `below`, adds 1 there where a key is below its range.
  size_t (*filterLanes)(const Key *values, size_t n, const KeyOrder<Key> &order,
                        LaneRanges<Key> ranges, Key *chosen,
                        uint32_t *positions, uint32_t *below);

  /// Copies the keys within a range among keys, perhaps to where they are.
  size_t (*choose)(const Key *keys, size_t n, KeyRange<Key> range, Key *chosen);

  /// The key of `rank` (1 for the smallest) among n, which get lost.
  Key (*select)(Key *keys, size_t n, size_t rank);
};

/// The loops for one instruction set.
struct KeyKernelTables {
  KeyKernels<uint16_t> for16Bits;
  KeyKernels<uint32_t> for32Bits;
  KeyKernels<uint64_t> for64Bits;
};

extern const KeyKernelTables portableKeyKernels;
#ifdef __x86_64__
extern const KeyKernelTables avx2KeyKernels, avx512KeyKernels;
#endif

/// The best that this processor has.
const KeyKernelTables &getKeyKernelTables();

template <typename Key>
const KeyKernels<Key> &getKeyKernels() {
  const KeyKernelTables &tables = getKeyKernelTables();
  if constexpr (sizeof(Key) == 2)
    return tables.for16Bits;
  else if constexpr (sizeof(Key) == 4)
    return tables.for32Bits;
  else
    return tables.for64Bits;
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_KEYKERNELS_H
