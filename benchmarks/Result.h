//===- Result.h - What was measured -----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_RESULT_H
#define QUANTACT_BENCHMARKS_RESULT_H

#include "Workload.h"

namespace quant_act::bench {

/// Ways to do a workload, in the order of their columns. For extents that are
/// known; for others; with x's array as the result's; with intrinsics.
inline constexpr llvm::StringLiteral staticName = "static";
inline constexpr llvm::StringLiteral dynamicName = "dynamic";
inline constexpr llvm::StringLiteral inPlaceName = "in place";
inline constexpr llvm::StringLiteral handWrittenName = "by hand";

/// What was measured of a workload.
struct Result {
  struct Timing {
    std::string name;
    /// Microseconds; and a median of quotients by the bound's.
    double time, ratio;
  };

  Workload workload;
  Timing bound;
  std::vector<Timing> timings;
  /// Milliseconds, with static extents.
  double compileTime;
  /// What is not as plain C++ has it; empty if all is.
  std::string problem;

  /// Null if there is none of the name.
  const Timing *find(llvm::StringRef name) const;
};

/// The names of what was measured, in order.
std::vector<std::string> getCandidateNames(llvm::ArrayRef<Result> results);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_RESULT_H
