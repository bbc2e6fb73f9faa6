//===- Workload.h - What is measured ----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_WORKLOAD_H
#define QUANTACT_BENCHMARKS_WORKLOAD_H

#include "Bound.h"
#include "Plain.h"

#include "QuantAct/Support/HostTensor.h"

#include <string>
#include <vector>

namespace quant_act::bench {

enum class Kind { FakeQuant, TrainingStep, Gradient, Percentile };

/// A function of one layer on a tensor of the extents' shape.
struct Workload {
  std::string name;
  std::string description;
  Kind kind;
  Extents extents;
  Quantizer quantizer;
  /// Whether one scale serves all channels.
  bool isPerTensor = false;
  /// Whether the function is compiled for extents it does not know.
  bool isDynamic = false;

  int64_t getNumElements() const {
    return extents.outer * extents.channels * extents.inner;
  }

  Traffic getTraffic() const;

  /// A module with the function `f`.
  std::string getText() const;
};

/// Arguments and results of one call.
struct BufferSet {
  std::vector<HostTensor> arguments, results;

  const float *getArgument(size_t index) const {
    return static_cast<const float *>(arguments[index].getData());
  }
  float *getResult(size_t index) {
    return static_cast<float *>(results[index].getData());
  }
};

/// Normally distributed values from `seed`, and scales of three standard
/// deviations.
BufferSet makeBuffers(const Workload &workload, unsigned seed);

/// Names what differs from the plain C++ version; empty if nothing does.
std::string checkResults(const Workload &workload, BufferSet &buffers);

/// W1 to W9.
std::vector<Workload> getWorkloads();

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_WORKLOAD_H
