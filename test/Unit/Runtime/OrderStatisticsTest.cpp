//===- OrderStatisticsTest.cpp - Selection against std::nth_element -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expected values are found by std::nth_element with the documented order,
// stated on numbers: NaN after everything, -0 before +0.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Runtime/OrderStatistics.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace {

/// Types of x's elements: which number bits are, and the library's function.
struct F16 {
  using Bits = uint16_t;
  static constexpr Bits infinity = 0x7c00;
  static constexpr auto run = _mlir_ciface_quantActOrderStatisticsF16;
  static double toNumber(Bits bits) {
    int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    double magnitude = exponent == 31
                           ? (fraction ? NAN : INFINITY)
                           : std::ldexp(exponent ? fraction + 1024 : fraction,
                                        std::max(exponent, 1) - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
  }
};
struct F32 {
  using Bits = uint32_t;
  static constexpr Bits infinity = 0x7f800000;
  static constexpr auto run = _mlir_ciface_quantActOrderStatisticsF32;
  static double toNumber(Bits bits) {
    float number;
    std::memcpy(&number, &bits, sizeof(number));
    return number;
  }
};
struct BF16 {
  using Bits = uint16_t;
  static constexpr Bits infinity = 0x7f80;
  static constexpr auto run = _mlir_ciface_quantActOrderStatisticsBF16;
  static double toNumber(Bits bits) {
    return F32::toNumber(uint32_t(bits) << 16);
  }
};
struct F64 {
  using Bits = uint64_t;
  static constexpr Bits infinity = 0x7ff0000000000000;
  static constexpr auto run = _mlir_ciface_quantActOrderStatisticsF64;
  static double toNumber(Bits bits) {
    double number;
    std::memcpy(&number, &bits, sizeof(number));
    return number;
  }
};

/// What the values are ordered as.
double getNumber(double x, int32_t order) {
  if ((order & QuantActOrderRelu) && x < 0.0)
    x = 0.0;
  return order & QuantActOrderNumbers ? x : std::fabs(x);
}

bool isBefore(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return !std::isnan(a) && std::isnan(b);
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}

struct Extents {
  int64_t outer, channels, inner;
};

constexpr int32_t allOrders[] = {QuantActOrderMagnitudes, QuantActOrderNumbers,
                                 QuantActOrderRelu,
                                 QuantActOrderNumbers | QuantActOrderRelu};

/// Results of the library for x of the extents' shape, for two ranks.
template <typename Type>
std::vector<double> select(const std::vector<typename Type::Bits> &x,
                           const Extents &extents, int64_t rank,
                           int64_t otherRank, int32_t order) {
  using Bits = typename Type::Bits;
  int64_t numChannels = extents.channels;
  std::vector<Bits> values(2 * numChannels);
  struct {
    const void *allocated, *aligned;
    int64_t offset, sizes[6];
  } xMemRef{x.data(),
            x.data(),
            0,
            {numChannels, extents.outer, extents.inner, extents.inner,
             numChannels * extents.inner, 1}},
      valuesMemRef{values.data(), values.data(), 0, {numChannels, 1}},
      otherMemRef{values.data(), values.data(), numChannels, {numChannels, 1}};
  QuantActMemRef unrankedX{3, &xMemRef}, unrankedValues{1, &valuesMemRef},
      unrankedOther{1, &otherMemRef};
  Type::run(&unrankedX, rank, &unrankedValues, otherRank, &unrankedOther,
            order);
  std::vector<double> numbers;
  for (Bits bits : values)
    numbers.push_back(Type::toNumber(bits));
  return numbers;
}

/// Each rank, and the next one with it.
template <typename Type>
void check(const std::vector<typename Type::Bits> &x, const Extents &extents,
           const std::vector<int64_t> &ranks, int32_t order) {
  std::vector<std::vector<double>> samples(extents.channels);
  for (int64_t o = 0, i = 0; o < extents.outer; ++o)
    for (std::vector<double> &channel : samples)
      for (int64_t end = i + extents.inner; i < end; ++i)
        channel.push_back(getNumber(Type::toNumber(x[i]), order));
  for (size_t r = 0; r < ranks.size(); ++r) {
    int64_t pair[] = {ranks[r], ranks[(r + 1) % ranks.size()]};
    std::vector<double> actual =
        select<Type>(x, extents, pair[0], pair[1], order);
    for (int64_t c = 0; c < extents.channels; ++c)
      for (int i = 0; i < 2; ++i) {
        auto found = samples[c].begin() + pair[i] - 1;
        std::nth_element(samples[c].begin(), found, samples[c].end(), isBefore);
        double value = actual[i * extents.channels + c];
        ASSERT_TRUE(!isBefore(*found, value) && !isBefore(value, *found))
            << "channel " << c << " of (" << extents.outer << ", "
            << extents.channels << ", " << extents.inner << "), rank "
            << pair[i] << ", order " << order << ": " << value << ", not "
            << *found;
      }
  }
}

/// Ranks at both ends, in the middle, and where the algorithms meet.
std::vector<int64_t> getRanks(int64_t n) {
  std::vector<int64_t> ranks;
  for (int64_t rank : {int64_t(1), int64_t(2), int64_t(7), n / 1000, n / 100,
                       n / 9, n / 8, n / 8 + 1, n / 3, n / 2})
    for (int64_t k : {rank, n - rank + 1})
      if (1 <= k && k <= n)
        ranks.push_back(k);
  return ranks;
}

template <typename Type>
class OrderStatistics : public ::testing::Test {
protected:
  using Bits = typename Type::Bits;
  static constexpr int width = 8 * sizeof(Bits);

  std::vector<Bits> makeRandomBits(size_t n) {
    std::vector<Bits> x(n);
    for (Bits &bits : x)
      bits = static_cast<Bits>(random());
    return x;
  }
  std::vector<Bits> repeat(size_t n, const std::vector<Bits> &of) {
    std::vector<Bits> x(n);
    for (Bits &bits : x)
      bits = of[random() % of.size()];
    return x;
  }
  void checkEverywhere(const std::vector<Bits> &x, const Extents &extents) {
    for (int32_t order : allOrders)
      ASSERT_NO_FATAL_FAILURE(check<Type>(
          x, extents, getRanks(extents.outer * extents.inner), order));
  }

  std::mt19937_64 random{1};
};

using AllTypes = ::testing::Types<F16, BF16, F32, F64>;
TYPED_TEST_SUITE(OrderStatistics, AllTypes, );

TYPED_TEST(OrderStatistics, EveryRankOfFewValues) {
  for (int64_t n = 1; n <= 70; n += n < 20 ? 1 : 7) {
    Extents extents{1, 3, n};
    auto x = this->makeRandomBits(3 * n);
    std::vector<int64_t> ranks;
    for (int64_t k = 1; k <= n; ++k)
      ranks.push_back(k);
    for (int32_t order : allOrders)
      ASSERT_NO_FATAL_FAILURE(check<TypeParam>(x, extents, ranks, order));
  }
}

// Rows, channels side by side, few of them, short rows, and channels that do
// not fit one sweep.
TYPED_TEST(OrderStatistics, Layouts) {
  for (const Extents &extents :
       {Extents{1, 1, 20000}, Extents{7, 5, 1500}, Extents{5000, 64, 1},
        Extents{40000, 1, 1}, Extents{9001, 3, 1}, Extents{700, 11, 5},
        Extents{300, 13, 49}, Extents{2, 3000, 3}, Extents{33, 700, 1},
        Extents{1, 5000, 32}, Extents{64, 3, 127}, Extents{64, 3, 128}})
    ASSERT_NO_FATAL_FAILURE(this->checkEverywhere(
        this->makeRandomBits(extents.outer * extents.channels * extents.inner),
        extents));
}

TYPED_TEST(OrderStatistics, AdversarialValues) {
  using Bits = typename TypeParam::Bits;
  constexpr size_t n = 30000;
  Bits sign = Bits(1) << (this->width - 1), infinity = TypeParam::infinity;
  Bits nan = infinity + 1;
  std::vector<std::vector<Bits>> inputs;
  for (Bits bits : {Bits(0), sign, nan, Bits(nan | sign), infinity,
                    Bits(infinity | sign), Bits(infinity / 2)})
    inputs.push_back(std::vector<Bits>(n, bits)); // all equal
  inputs.push_back(this->repeat(n, {0, sign}));
  inputs.push_back(this->repeat(n, {0, sign, infinity, nan}));
  inputs.push_back(this->repeat(n, {0, 0, 0, Bits(infinity / 2), nan}));
  inputs.push_back(
      this->repeat(n, {1, 2, 3, Bits(1 | sign), Bits(2 | sign)})); // subnormal
  std::vector<Bits> sorted(n);
  for (size_t i = 0; i < n; ++i)
    sorted[i] = static_cast<Bits>(infinity / n * i);
  inputs.push_back(sorted);
  std::reverse(sorted.begin(), sorted.end());
  inputs.push_back(sorted);
  for (Bits &bits : sorted)
    bits |= sign;
  inputs.push_back(sorted);
  // All but few in one digit, and those at the end.
  std::vector<Bits> crowded(n);
  for (size_t i = 0; i < n; ++i)
    crowded[i] = infinity / 2 + this->random() % 300;
  crowded.back() = infinity;
  inputs.push_back(crowded);
  for (const std::vector<Bits> &x : inputs)
    for (const Extents &extents : {Extents{1, 1, n}, Extents{n / 10, 10, 1}})
      ASSERT_NO_FATAL_FAILURE(this->checkEverywhere(x, extents));
}

TYPED_TEST(OrderStatistics, ManyValues) {
  ASSERT_NO_FATAL_FAILURE(this->checkEverywhere(
      this->makeRandomBits(size_t(1) << 20), {4, 1, 1 << 18}));
}

// Samples are lines of rows, or channels side by side, at equal distances: here
// they see other values than there are elsewhere.
TYPED_TEST(OrderStatistics, MisleadingSamples) {
  using Bits = typename TypeParam::Bits;
  constexpr int64_t perLine = 64 / sizeof(Bits), distance = 32;
  for (const Extents &extents : {Extents{1, 2, 1 << 16}, Extents{1 << 15, 3, 1},
                                 Extents{1 << 13, 40, 1}})
    for (bool isSampleLarge : {false, true}) {
      auto x = this->makeRandomBits(extents.outer * extents.channels *
                                    extents.inner);
      for (size_t i = 0; i < x.size(); ++i) {
        int64_t sample = extents.inner > 1 ? i / perLine : i / extents.channels;
        bool isLarge = (sample % distance == 0) == isSampleLarge;
        x[i] = x[i] % (TypeParam::infinity / 2) +
               (isLarge ? TypeParam::infinity / 2 : 0);
      }
      ASSERT_NO_FATAL_FAILURE(this->checkEverywhere(x, extents));
    }
}

TYPED_TEST(OrderStatistics, NothingToSelectFrom) {
  std::vector<typename TypeParam::Bits> x(1);
  std::vector<double> zeros(6);
  EXPECT_EQ(select<TypeParam>(x, {0, 3, 5}, 1, 1, QuantActOrderNumbers), zeros);
  EXPECT_TRUE(
      select<TypeParam>(x, {2, 0, 5}, 1, 2, QuantActOrderNumbers).empty());
}

} // namespace
