//===- SearchPlan.h - How the key of one rank is searched for ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The m-th largest for a small m takes one sweep: keys above the m-th largest
// so far are kept in a buffer, and whenever that is full, all but m of them are
// given up and the bound rises. Of n keys in random order about m * ln(n / m)
// are ever kept; in the worst order it is all of them, at a few cycles each.
// The same for the m-th smallest.
//
// Other ranks are searched between two keys of a sample, which are chosen such
// that the key in question is hardly ever beyond them. One sweep keeps what is
// between them and counts what is below. Where the sample misleads (elements
// may be in any order, and many may be equal) what is left is narrowed down by
// digits of the keys: a sweep counts how many keys have which digit, until
// those that are left fit in the buffer.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_SEARCHPLAN_H
#define QUANTACT_LIB_RUNTIME_SEARCHPLAN_H

#include <cstdint>

namespace quant_act::runtime {

/// Up to so many keys of a channel are all collected.
constexpr int64_t maxCollected = 1024;

/// How many of n keys a sample should have.
int64_t getSampleSize(int64_t n);

struct SearchPlan {
  /// For the `rank`-th smallest of n keys, of which a sample has `sampleSize`
  /// (none, perhaps, or all), with at most `maxCapacity` keys in a buffer.
  SearchPlan(int64_t rank, int64_t n, int64_t sampleSize, int64_t maxCapacity);

  int64_t rank;
  /// How many keys are kept at most.
  int64_t capacity;

  /// Whether only a tail of the keys matters: the last or the first so many.
  bool isTail = false, isLowTail = false;
  int64_t tailSize = 0;

  /// Elsewhere: the ranks in the sample of the keys that the one in question is
  /// between; 0 where there is no bound. They are the same where the sample has
  /// all keys.
  int64_t sampleLow = 0, sampleHigh = 0;
  bool usesSample() const { return sampleLow != 0 || sampleHigh != 0; }
};

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_SEARCHPLAN_H
