//===- Measurement.h - Alternating candidates -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On a noisy machine only ratios within a round mean something: each round runs
// all candidates, one after the other, and medians are taken over the rounds.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_MEASUREMENT_H
#define QUANTACT_BENCHMARKS_MEASUREMENT_H

#include <functional>
#include <string>
#include <vector>

namespace quant_act::bench {

/// Something to time. `run` makes `calls` calls, each on the next of the
/// workload's sets of buffers, from the `first` on.
struct Candidate {
  std::string name;
  std::function<void(size_t first, size_t calls)> run;
};

/// Processor time of the process, in microseconds.
double getProcessorTime();

class Measurement {
public:
  /// Runs the candidates alternately. `numSets` sets of buffers rotate.
  Measurement(const std::vector<Candidate> &candidates, size_t numSets,
              unsigned rounds);

  /// The median time of a call, in microseconds.
  double getTime(size_t candidate) const;

  /// The median over the rounds of the quotient of two candidates' times.
  double getRatio(size_t candidate, size_t base) const;

private:
  /// Per candidate and round, microseconds of a call.
  std::vector<std::vector<double>> times;
};

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_MEASUREMENT_H
