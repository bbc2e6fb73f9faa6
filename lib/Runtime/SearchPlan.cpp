//===- SearchPlan.cpp - How the key of one rank is searched for -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchPlan.h"

#include <algorithm>

using namespace quant_act::runtime;

int64_t quant_act::runtime::getSampleSize(int64_t n) {
  if (n <= maxCollected)
    return n;
  constexpr int64_t share = 32, least = 512, most = int64_t(1) << 16;
  return std::max(least, std::min(n / share, most));
}

/// The least integer whose square is not below `square`. (A library that serves
/// programs in C calls no libm.)
static int64_t getRoot(int64_t square) {
  int64_t root = 0;
  while (root * root < square)
    ++root;
  return root;
}

SearchPlan::SearchPlan(int64_t rank, int64_t n, int64_t sampleSize,
                       int64_t maxCapacity)
    : rank(rank), capacity(std::min(n, maxCapacity)) {
  constexpr int64_t minRoom = 16, rare = 32;
  int64_t fromTop = n - rank + 1, fromEnd = std::min(rank, fromTop);
  if (fromEnd <= n / rare && 2 * fromEnd + minRoom <= capacity) {
    isTail = true;
    isLowTail = rank == fromEnd;
    tailSize = fromEnd;
    capacity = std::min(capacity, 4 * fromEnd + minRoom);
    return;
  }
  if (sampleSize == n) {
    sampleLow = sampleHigh = rank;
    capacity = 0;
    return;
  }
  if (sampleSize == 0)
    return;
  // A sample's count of keys up to the one in question has a binomial
  // distribution, if elements are in no order: four standard deviations.
  double share = static_cast<double>(rank) / static_cast<double>(n);
  double mean = share * static_cast<double>(sampleSize);
  int64_t margin =
      4 * getRoot(static_cast<int64_t>(mean * (1.0 - share)) + 1) + 1;
  int64_t middle = static_cast<int64_t>(mean);
  sampleLow = std::max<int64_t>(0, middle - margin);
  sampleHigh = middle + margin + 1;
  if (sampleHigh > sampleSize)
    sampleHigh = 0;
  // Half as much again as are expected.
  int64_t between = (sampleHigh ? sampleHigh : sampleSize) - sampleLow + 1;
  capacity = std::min<int64_t>(n, 3 * between * (n / sampleSize + 1) / 2);
}
