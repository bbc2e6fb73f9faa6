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

enum class Kind { FakeQuant, AbsMax, TrainingStep, Gradient, Percentile };

/// "forward", "abs-max" ..
llvm::StringRef getName(Kind kind);

/// A function of one layer.
struct Workload {
  std::string name;
  std::string description;
  Kind kind;
  Extents extents;
  Quantizer quantizer;
  /// Of x, and what has its shape; parameters are f32.
  ElementType type = ElementType::F32;
  /// Whether one scale serves all channels.
  bool isPerTensor = false;
  /// Whether x has no dimension behind the channel's.
  bool isChannelLast = false;
  /// Whether the function is compiled for extents it does not know.
  bool isDynamic = false;
  /// Whether calls use the same buffers again, large ones too.
  bool isHot = false;
  /// By how many bytes x and y miss the begin of a line.
  unsigned inputOffset = 0, outputOffset = 0;
  /// How many threads divide it; 0: it is compiled for one.
  unsigned numThreads = 0;

  /// The shape of x.
  std::vector<int64_t> getShape() const;

  int64_t getNumElements() const {
    return extents.outer * extents.channels * extents.inner;
  }

  /// What must be read and written at least.
  int64_t getNumBytes() const;

  Traffic getTraffic() const;

  /// Whether x's array can be the result's.
  bool canBeInPlace() const { return kind == Kind::FakeQuant; }

  /// A module with the function `f`.
  std::string getText() const;
};

/// The largest number of bytes that calls find in the caches unless they shall
/// not: what is larger is written past them.
inline constexpr int64_t cachedBytes = int64_t(1) << 20;

/// The codes of int8 without -128, the usual of weights.
inline constexpr Quantizer signedNarrow{-127.0f, 127.0f, false, false};

/// W1 to W9, and W1 and W2 in 16 bits.
std::vector<Workload> getWorkloads();

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_WORKLOAD_H
