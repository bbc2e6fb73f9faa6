//===- Measurement.cpp - Alternating candidates ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measurement.h"

#include <algorithm>
#include <ctime>

using namespace quant_act::bench;

double quant_act::bench::getProcessorTime() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static double getMedian(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// How many calls take long enough for the clock.
static size_t countCalls(const Candidate &candidate) {
  constexpr double enough = 200.0;
  for (size_t calls = 1;; calls *= 2) {
    double start = getProcessorTime();
    candidate.run(0, calls);
    if (getProcessorTime() - start >= enough)
      return calls;
  }
}

Measurement::Measurement(const std::vector<Candidate> &candidates,
                         size_t numSets, unsigned rounds)
    : times(candidates.size()) {
  std::vector<size_t> calls;
  for (const Candidate &candidate : candidates)
    calls.push_back(countCalls(candidate));
  size_t set = 0;
  for (unsigned round = 0; round < rounds; ++round)
    for (size_t i = 0; i < candidates.size(); ++i) {
      double start = getProcessorTime();
      candidates[i].run(set, calls[i]);
      times[i].push_back((getProcessorTime() - start) / calls[i]);
      set = (set + calls[i]) % numSets;
    }
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
