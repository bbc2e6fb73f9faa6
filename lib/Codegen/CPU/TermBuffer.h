//===- TermBuffer.h - What elements add, for later --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums have an order, by rows; what is added is computed for vectors of several
// rows, if those are short. In between it is here.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_TERMBUFFER_H
#define QUANTACT_LIB_CODEGEN_CPU_TERMBUFFER_H

#include "Accumulators.h"

namespace quant_act {

class TermBuffer : public StoredAccumulators {
public:
  /// Vectors have `lanes` elements.
  TermBuffer(const LoopBody &body, LoopBuilder &b, int64_t lanes)
      : body(body), b(b), lanes(lanes), sums(body, b, lanes) {}

  /// Whether there are sums, and nothing else that elements contribute to.
  static bool canHold(const LoopBody &body);

  /// For spans of up to `size` elements, with what vectors write beyond.
  void allocate(int64_t size);

  /// Adds what elements from `begin` on added: `length`, the row that `indices`
  /// are of. The last of so many vectors need not be whole.
  void addRow(ValueRange indices, Value begin, Value length,
              int64_t numVectors);

  /// What changes nothing: the sums that elements give are what they add.
  Values get(ValueRange indices, ValueRange carried, Value offset,
             Value mask) override;
  Values update(ValueRange values, ValueRange indices, ValueRange carried,
                Value offset, Value mask) override;

private:
  Values addVector(ValueRange carried, Value begin, Value offset, Value mask);

  const LoopBody &body;
  LoopBuilder &b;
  int64_t lanes;
  SpanAccumulators sums;
  /// One for each sum.
  Values buffers;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_TERMBUFFER_H
