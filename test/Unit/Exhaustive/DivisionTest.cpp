//===- DivisionTest.cpp - Quotients near ties -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ReplaceDivisions computes x / m, m in [1/2, 1), with an error of less than
// 2^-22 units in the last place before it is rounded the last time. It can only
// be wrong where x / m is that near to the middle t of two floats. With the
// fractions as integers X, M of 24 bits and T of 25 bits, odd, and s = 24 (X >=
// M) or 25,
//
//   |X / M - T / 2^s| = c / (M 2^s),  c = |X 2^s - T M|
//
// is c / 2M units: c is 8 at most. These are all pairs for which that holds: T
// is what M times it is c or -c, modulo 2^s.
//
// With a reciprocal of two words it can be wrong at c = 1 and s = 25, too, but
// must not be at a T next to a multiple of 2^13: those next to n + 1/2, n up to
// 2^11.
//
//===----------------------------------------------------------------------===//

#include "gtest/gtest.h"

#include <cmath>
#include <cstdint>

namespace {

constexpr uint64_t one = uint64_t(1) << 24;
constexpr int64_t maxDistance = 8;

/// The formulas of ReplaceDivisions.
float divide(float x, float m) {
  float reciprocal = 1.0f / m;
  float estimate = x * reciprocal;
  float rest = std::fma(-estimate, m, x);
  return std::fma(rest, reciprocal, estimate);
}

float divideByTwoWords(float x, float m) {
  float reciprocal = 1.0f / m;
  float correction = std::fma(-reciprocal, m, 1.0f) / m;
  return std::fma(x, reciprocal, std::fma(x, correction, 0.0f));
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
uint64_t invert(uint64_t odd) {
  uint64_t inverse = odd;
  for (int i = 0; i < 6; ++i)
    inverse *= 2 - odd * inverse;
  return inverse;
}

struct Count {
  uint64_t pairs = 0, wrong = 0;
  /// With a reciprocal of two words: where it can be wrong, where it cannot,
  /// and next to n + 1/2.
  uint64_t wrongWords = 0, unexpected = 0, wrongCodes = 0;

  void addWrongWords(uint64_t T, bool isExpected) {
    ++(isExpected ? wrongWords : unexpected);
    wrongCodes += (T + 1) % 8192 == 0 || (T - 1) % 8192 == 0;
  }
};

/// Tries all x whose quotient by m = M / 2^24 is near a middle T / 2^shift.
void tryDivisor(uint64_t M, unsigned shift, Count &count) {
  unsigned zeros = 0;
  while (!(M >> zeros & 1))
    ++zeros;
  uint64_t inverse = invert(M >> zeros);
  // T * M = -c modulo 2^shift: T is known modulo 2^(shift - zeros).
  uint64_t period = uint64_t(1) << (shift - zeros);
  for (int64_t c = -maxDistance; c <= maxDistance; ++c) {
    if (c % (int64_t(1) << zeros) != 0)
      continue;
    uint64_t T = uint64_t(-(c >> zeros)) * inverse % period;
    T += (one - T + period - 1) / period * period;
    for (; T < 2 * one; T += period) {
      uint64_t X = (T * M + uint64_t(c)) >> shift;
      if (T % 2 == 0 || X < one / 2 || X >= one)
        continue;
      float x = static_cast<float>(X), m = static_cast<float>(M) * 0x1.0p-24f;
      ++count.pairs;
      count.wrong += divide(x, m) != x / m;
      if (divideByTwoWords(x, m) != x / m)
        count.addWrongWords(T, /*isExpected=*/shift == 25 && std::abs(c) == 1);
    }
  }
}

TEST(Division, QuotientsNearTies) {
  Count count;
  for (uint64_t M = one / 2; M < one; ++M)
    for (unsigned shift : {24u, 25u})
      tryDivisor(M, shift, count);
  EXPECT_GT(count.pairs, one);
  EXPECT_EQ(count.wrong, 0u);
  EXPECT_GT(count.wrongWords, 0u);
  EXPECT_EQ(count.unexpected, 0u);
  EXPECT_EQ(count.wrongCodes, 0u);
}

/// Where the remainder is not exact the quotient still has its sign, and is not
/// 0.
TEST(Division, TinyDividends) {
  for (uint32_t step = 0; step < 4096; ++step) {
    float m = 0.5f + step * 0x1.0p-13f;
    for (uint32_t units = 1; units < 2048; ++units) {
      float x = units * 0x1.0p-149f;
      float quotient = divide(x, m);
      ASSERT_GT(quotient, 0.0f) << units << " units / " << m;
      ASSERT_NEAR(quotient / 0x1.0p-149f, double(units) / m, 1.0);
    }
  }
}

} // namespace
