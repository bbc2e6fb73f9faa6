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

/// Something to time. `run` makes so many calls.
struct Candidate {
  std::string name;
  std::function<void(size_t calls)> run;
};

/// The time of the process on all processors, which others do not disturb, or
/// the time that passes, which threads can shorten.
enum class Clock { Processor, Wall };

class Measurement {
public:
  /// Runs the candidates alternately.
  Measurement(const std::vector<Candidate> &candidates, unsigned rounds,
              Clock clock);

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
