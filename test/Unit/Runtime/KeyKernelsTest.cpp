//===- KeyKernelsTest.cpp - Loops over keys, and selection by them --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a processor with other instructions, or one without memory, would run.
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/ChannelSearch.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace quant_act::runtime;

namespace {

std::vector<const KeyKernelTables *> getTables() {
  std::vector<const KeyKernelTables *> tables{&portableKeyKernels};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2"))
    tables.push_back(&avx2KeyKernels);
#endif
  tables.push_back(&getKeyKernelTables());
  return tables;
}

/// Keys of which few are large.
template <typename Key>
std::vector<Key> makeKeys(size_t n, std::mt19937_64 &random) {
  std::vector<Key> keys(n);
  for (Key &key : keys)
    key = random() % 50 == 0 ? static_cast<Key>(random())
                             : static_cast<Key>(random() % 20);
  return keys;
}

template <typename Key>
void checkKernels(const KeyKernels<Key> &kernels) {
  constexpr Key ones = ~Key(0);
  std::mt19937_64 random(1);
  for (size_t n = 0; n < 300; ++n) {
    std::vector<Key> keys = makeKeys<Key>(n, random), chosen(n), expected;
    KeyRange<Key> range{Key(15 + random() % 9), static_cast<Key>(random())};
    for (Key key : keys)
      if (range.first <= key && key - range.first <= range.span)
        expected.push_back(key);
    chosen.resize(kernels.choose(keys.data(), n, range, chosen.data()));
    ASSERT_EQ(chosen, expected);
    std::vector<Key> inPlace = keys;
    inPlace.resize(kernels.choose(keys.data(), n, range, inPlace.data()));
    ASSERT_EQ(inPlace, expected);

    for (Key flips : {Key(0), ones}) {
      std::vector<Key> bounds = makeKeys<Key>(n, random);
      for (Key &bound : bounds)
        bound = flips ? Key(ones - bound) : Key(bound + 18);
      std::vector<uint32_t> found(n), expectedFound;
      for (size_t i = 0; i < n; ++i)
        if (Key(keys[i] ^ flips) >= bounds[i])
          expectedFound.push_back(i);
      found.resize(kernels.findAtLeast(keys.data(), flips, bounds.data(), n,
                                       found.data()));
      ASSERT_EQ(found, expectedFound);
    }

    if (n == 0)
      continue;
    size_t rank = random() % n + 1;
    std::vector<Key> sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    ASSERT_EQ(kernels.select(keys.data(), n, rank), sorted[rank - 1]);
  }
}

TEST(KeyKernels, EveryInstructionSet) {
  for (const KeyKernelTables *tables : getTables()) {
    ASSERT_NO_FATAL_FAILURE(checkKernels(tables->for16Bits));
    ASSERT_NO_FATAL_FAILURE(checkKernels(tables->for32Bits));
    ASSERT_NO_FATAL_FAILURE(checkKernels(tables->for64Bits));
  }
}

template <typename Key>
void checkLoads(const KeyKernels<Key> &kernels, const KeyKernels<Key> &portable,
                Key infinity) {
  std::mt19937_64 random(1);
  std::vector<Key> bits(301), keys(150), expected(150);
  for (Key &b : bits)
    b = static_cast<Key>(random());
  for (Key b : {Key(0), infinity, Key(infinity + 1), Key(~infinity)})
    bits[random() % 100] = b;
  for (bool isSigned : {false, true})
    for (bool hasRelu : {false, true})
      for (ptrdiff_t stride : {1, 2}) {
        KeyOrder<Key> order{infinity, isSigned, hasRelu};
        kernels.load(bits.data(), stride, 150, order, keys.data());
        portable.load(bits.data(), stride, 150, order, expected.data());
        ASSERT_EQ(keys, expected);
      }
}

// The portable loads are what OrderStatisticsTest.cpp compares with numbers
// where this processor has no better ones.
TEST(KeyKernels, LoadsAgree) {
  for (const KeyKernelTables *tables : getTables()) {
    checkLoads<uint16_t>(tables->for16Bits, portableKeyKernels.for16Bits,
                         0x7c00);
    checkLoads<uint32_t>(tables->for32Bits, portableKeyKernels.for32Bits,
                         0x7f800000);
    checkLoads<uint64_t>(tables->for64Bits, portableKeyKernels.for64Bits,
                         0x7ff0000000000000);
  }
}

MemRef makeMemRef(void *data, const std::vector<int64_t> &sizes,
                  std::vector<int64_t> &descriptor) {
  descriptor = {reinterpret_cast<int64_t>(data),
                reinterpret_cast<int64_t>(data), 0};
  descriptor.insert(descriptor.end(), sizes.begin(), sizes.end());
  return MemRef(QuantActMemRef{int64_t(sizes.size()) / 2, descriptor.data()});
}

void *allocateNothing(size_t) { return nullptr; }

// x(row, column, depth), of whose last dimension every other element counts.
// Channels are (depth, row); their results are transposed, and apart.
TEST(ChannelSearch, StridesAndNoMemory) {
  constexpr int64_t rows = 50, columns = 3, depth = 41;
  std::mt19937_64 random(1);
  std::vector<uint32_t> x(rows * columns * depth * 2);
  for (uint32_t &bits : x)
    bits = random() & 0x7fffffff;
  for (auto *allocate : {+[](size_t n) { return std::malloc(n); },
                         +[](size_t) -> void * { return nullptr; }}) {
    std::vector<uint32_t> low(3 * depth * rows), high(depth * rows);
    std::vector<int64_t> descriptors[3];
    findOrderStatistics<uint32_t>(
        makeMemRef(x.data(),
                   {depth, rows, columns, 2, columns * depth * 2, depth * 2},
                   descriptors[0]),
        {1, 3},
        {makeMemRef(low.data(), {depth, rows, 3, 3 * depth}, descriptors[1]),
         makeMemRef(high.data(), {depth, rows, rows, 1}, descriptors[2])},
        {0x7f800000, false, false}, allocate);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t d = 0; d < depth; ++d) {
        std::vector<uint32_t> samples;
        for (int64_t column = 0; column < columns; ++column)
          samples.push_back(x[((row * columns + column) * depth + d) * 2]);
        std::sort(samples.begin(), samples.end());
        ASSERT_EQ(low[(row * depth + d) * 3], samples[0]);
        ASSERT_EQ(high[d * rows + row], samples[2]);
      }
  }
}

// One large channel on the stack, by every way to its result.
TEST(ChannelSearch, LittleMemory) {
  constexpr int64_t n = 100000;
  std::mt19937_64 random(1);
  std::vector<uint64_t> x(n), sorted;
  for (uint64_t &bits : x)
    bits = random() & 0x7fffffffffffffff;
  sorted = x;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t low : {int64_t(1), int64_t(100), n / 3})
    for (int64_t high : {n, n - 100, n / 2}) {
      uint64_t results[2];
      std::vector<int64_t> descriptors[3];
      findOrderStatistics<uint64_t>(
          makeMemRef(x.data(), {n, 1}, descriptors[0]), {low, high},
          {makeMemRef(results, {}, descriptors[1]),
           makeMemRef(results + 1, {}, descriptors[2])},
          {0x7ff0000000000000, false, false}, allocateNothing);
      EXPECT_EQ(results[0], sorted[low - 1]);
      EXPECT_EQ(results[1], sorted[high - 1]);
    }
}

} // namespace
