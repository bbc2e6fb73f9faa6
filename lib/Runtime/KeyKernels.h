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

template <typename Key>
struct KeyKernels {
  /// The keys of n values that are `stride` apart.
  void (*load)(const Key *values, ptrdiff_t stride, size_t n,
               const KeyOrder<Key> &order, Key *keys);

  /// Copies the keys within `range` and returns how many they are. `chosen` may
  /// be `keys`; it has room for n.
  size_t (*choose)(const Key *keys, size_t n, KeyRange<Key> range, Key *chosen);

  /// The positions of keys that, xor `flips`, are not below the bound of the
  /// same position.
  size_t (*findAtLeast)(const Key *keys, Key flips, const Key *bounds, size_t n,
                        uint32_t *positions);

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
