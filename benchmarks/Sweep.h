//===- Sweep.h - Series of workloads, and their cliffs ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_SWEEP_H
#define QUANTACT_BENCHMARKS_SWEEP_H

#include "Result.h"

namespace quant_act::bench {

/// What is varied along a series.
enum class Sweep { Size, Channels, Inner, Type, Alignment, Threads };

/// Where channels are: (1, 64, n), (n, 64), or in one scale for all.
enum class Layout { First, Last, PerTensor };

/// Workloads that are compared with one another.
struct Series {
  std::string title;
  std::vector<Workload> points;
  /// Whether adjacent points should take about the same time per byte.
  bool hasNeighbors;
};

/// What is not varied: a series for each combination.
struct SweepOptions {
  std::vector<Kind> kinds;
  std::vector<Layout> layouts;
  std::vector<ElementType> types;
  /// Of x; of the largest x where the size is varied.
  int64_t numBytes;
};

std::vector<Series> makeSeries(Sweep sweep, const SweepOptions &options);

/// A point that falls behind a neighbor, and with which candidates.
struct Cliff {
  size_t point, neighbor;
  std::vector<std::string> candidates;
};

/// The time per byte of `point` by that of its neighbor, as far as the bound's
/// does not explain it; 0 if not both have the candidate.
double compareWithNeighbor(const Result &point, const Result &neighbor,
                           llvm::StringRef candidate);

/// The larger of the factors by both neighbors in a series.
double compareWithNeighbors(llvm::ArrayRef<Result> results, size_t point,
                            llvm::StringRef candidate);

/// More than this is a cliff.
inline constexpr double largestStep = 1.5;

/// The cliffs of compiled code in a series.
std::vector<Cliff> findCliffs(llvm::ArrayRef<Result> results);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_SWEEP_H
