//===- Buffers.h - What workloads read and write ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_BUFFERS_H
#define QUANTACT_BENCHMARKS_BUFFERS_H

#include "Workload.h"

namespace quant_act::bench {

/// A tensor whose elements may miss the begin of a line.
class Buffer {
public:
  explicit Buffer(const HostTensor &tensor, unsigned offset = 0);

  /// Of the buffer's type and shape; its elements are the buffer's only if
  /// there is no offset.
  HostTensor &getTensor() { return tensor; }
  const HostTensor &getTensor() const { return tensor; }

  void *getData();
  template <typename T>
  T *getElements() {
    return static_cast<T *>(getData());
  }

private:
  HostTensor tensor;
  /// The elements with an offset before them, if there is one.
  std::vector<char, AlignedAllocator<char>> shifted;
  unsigned offset;
};

/// Arguments and results of one call.
struct BufferSet {
  std::vector<Buffer> arguments, results;
};

/// Normally distributed values from `seed`, and scales of three standard
/// deviations.
BufferSet makeBuffers(const Workload &workload, unsigned seed);

/// The results by plain C++.
class Expectation {
public:
  Expectation(const Workload &workload, BufferSet &buffers);

  /// Names what differs in the results; empty if nothing does.
  std::string compare(llvm::ArrayRef<Buffer *> results) const;

private:
  struct Values {
    std::string name;
    HostTensor tensor;
    /// By how much an element may differ; empty if it must not by a bit.
    std::vector<double> tolerances;
  };

  void expectTrainingStep(const Quantizer &quantizer, const Extents &extents,
                          const std::vector<float> &x, BufferSet &buffers);
  void expectGradient(const Quantizer &quantizer, const Extents &extents,
                      const std::vector<float> &x, BufferSet &buffers);
  void add(const char *name, const HostTensor &like,
           const std::vector<float> &expected);

  std::vector<Values> values;
};

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_BUFFERS_H
