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

/// The key of random bits, by the definition.
template <typename Key>
Key getKey(Key bits, const KeyOrder<Key> &order) {
  constexpr Key sign = KeyOrder<Key>::sign;
  Key magnitude = bits & Key(~sign);
  bool isNan = magnitude > order.infinity;
  if (order.hasRelu && !isNan && (bits & sign) && magnitude != 0)
    bits = magnitude = 0;
  if (!order.isSigned)
    return magnitude;
  return isNan ? Key(~Key(0)) : Key(bits & sign ? ~bits : bits | sign);
}

template <typename Key>
void checkRows(const KeyKernels<Key> &kernels, const std::vector<Key> &values,
               const KeyOrder<Key> &order, KeyRange<Key> range) {
  size_t n = values.size();
  std::vector<Key> keys, expected, loaded(n), chosen(n);
  int64_t numBelow = 7, expectedBelow = 7;
  for (Key value : values) {
    keys.push_back(getKey(value, order));
    expectedBelow += keys.back() < range.first;
    if (range.contains(keys.back()))
      expected.push_back(keys.back());
  }
  kernels.load(values.data(), n, order, loaded.data());
  ASSERT_EQ(loaded, keys);
  chosen.resize(kernels.filter(values.data(), n, order, range, chosen.data()));
  ASSERT_EQ(chosen, expected);
  chosen.assign(n, 0);
  chosen.resize(kernels.partition(values.data(), n, order, range, chosen.data(),
                                  numBelow));
  ASSERT_EQ(chosen, expected);
  ASSERT_EQ(numBelow, expectedBelow);
  chosen.assign(n, 0);
  chosen.resize(kernels.choose(keys.data(), n, range, chosen.data()));
  ASSERT_EQ(chosen, expected);
  std::vector<Key> inPlace = keys;
  inPlace.resize(kernels.choose(inPlace.data(), n, range, inPlace.data()));
  ASSERT_EQ(inPlace, expected);
}

template <typename Key>
void checkLanes(const KeyKernels<Key> &kernels, const std::vector<Key> &values,
                const KeyOrder<Key> &order, const std::vector<Key> &firsts,
                const std::vector<Key> &spans) {
  size_t n = values.size();
  std::vector<uint32_t> positions(n), expectedPositions, below(n, 3),
      expectedBelow(n, 3);
  std::vector<Key> chosen(n), expected;
  for (size_t i = 0; i < n; ++i) {
    Key key = getKey(values[i], order);
    expectedBelow[i] += key < firsts[i];
    if (!KeyRange<Key>{firsts[i], spans[i]}.contains(key))
      continue;
    expected.push_back(key);
    expectedPositions.push_back(i);
  }
  for (uint32_t *counters : {static_cast<uint32_t *>(nullptr), below.data()}) {
    chosen.assign(n, 0);
    positions.assign(n, 0);
    size_t numChosen = kernels.filterLanes(
        values.data(), n, order, {firsts.data(), spans.data()}, chosen.data(),
        positions.data(), counters);
    chosen.resize(numChosen);
    positions.resize(numChosen);
    ASSERT_EQ(chosen, expected);
    ASSERT_EQ(positions, expectedPositions);
  }
  ASSERT_EQ(below, expectedBelow);
}

template <typename Key>
void checkSelection(const KeyKernels<Key> &kernels, std::vector<Key> keys,
                    size_t rank) {
  std::vector<Key> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  ASSERT_EQ(kernels.select(keys.data(), keys.size(), rank), sorted[rank - 1]);
}

/// With ranges that have few keys, many or none, in every order.
template <typename Key>
void checkKernels(const KeyKernels<Key> &kernels, Key infinity) {
  std::mt19937_64 random(1);
  auto draw = [&] { return static_cast<Key>(random()); };
  for (size_t n = 0; n < 300; ++n) {
    std::vector<Key> values = makeKeys<Key>(n, random), firsts, spans;
    for (Key bits : {Key(0), KeyOrder<Key>::sign, infinity, Key(infinity + 1),
                     Key(~infinity), Key(KeyOrder<Key>::sign | infinity)})
      if (n > 0)
        values[random() % n] = bits;
    for (size_t i = 0; i < n; ++i) {
      firsts.push_back(n % 3 == 0 ? draw() : Key(random() % 20));
      spans.push_back(n % 2 == 0 ? Key(random() % 3) : draw());
    }
    for (bool isSigned : {false, true})
      for (bool hasRelu : {false, true}) {
        KeyOrder<Key> order{infinity, isSigned, hasRelu};
        for (Key first : {Key(0), Key(15), draw()})
          for (Key span : {Key(0), Key(10), draw()})
            ASSERT_NO_FATAL_FAILURE(
                checkRows(kernels, values, order, {first, span}));
        ASSERT_NO_FATAL_FAILURE(
            checkLanes(kernels, values, order, firsts, spans));
      }
    if (n == 0)
      continue;
    ASSERT_NO_FATAL_FAILURE(checkSelection(kernels, values, random() % n + 1));
  }
  // More than a 16-bit key could count.
  std::vector<Key> many = makeKeys<Key>(100'000, random);
  for (size_t rank : {size_t(1), size_t(50'000), many.size()})
    ASSERT_NO_FATAL_FAILURE(checkSelection(kernels, many, rank));
}

TEST(KeyKernels, EveryInstructionSet) {
  for (const KeyKernelTables *tables : getTables()) {
    ASSERT_NO_FATAL_FAILURE(checkKernels<uint16_t>(tables->for16Bits, 0x7c00));
    ASSERT_NO_FATAL_FAILURE(
        checkKernels<uint32_t>(tables->for32Bits, 0x7f800000));
    ASSERT_NO_FATAL_FAILURE(
        checkKernels<uint64_t>(tables->for64Bits, 0x7ff0000000000000));
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
