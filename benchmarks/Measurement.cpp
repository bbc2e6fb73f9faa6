//===- Measurement.cpp - Alternating candidates ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measurement.h"

#include <algorithm>
#include <ctime>

using namespace quant_act::bench;

/// In microseconds.
static double getTime(Clock clock) {
  timespec time;
  clock_gettime(
      clock == Clock::Wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static double getMedian(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The time of `calls` calls.
static double run(const Candidate &candidate, size_t calls, Clock clock) {
  double start = getTime(clock);
  candidate.run(calls);
  return getTime(clock) - start;
}

/// How many calls take long enough for the clock.
static size_t countCalls(const Candidate &candidate, Clock clock) {
  constexpr double enough = 200.0;
  size_t calls = 1;
  while (run(candidate, calls, clock) < enough)
    calls *= 2;
  return calls;
}

Measurement::Measurement(const std::vector<Candidate> &candidates,
                         unsigned rounds, Clock clock)
    : times(candidates.size()) {
  std::vector<size_t> calls;
  for (const Candidate &candidate : candidates)
    calls.push_back(countCalls(candidate, clock));
  for (unsigned round = 0; round < rounds; ++round)
    for (size_t i = 0; i < candidates.size(); ++i)
      times[i].push_back(run(candidates[i], calls[i], clock) / calls[i]);
}

double Measurement::getTime(size_t candidate) const {
  return getMedian(times[candidate]);
}

double Measurement::getRatio(size_t candidate, size_t base) const {
  std::vector<double> ratios;
  for (size_t round = 0; round < times[base].size(); ++round)
    ratios.push_back(times[candidate][round] / times[base][round]);
  return getMedian(std::move(ratios));
}
