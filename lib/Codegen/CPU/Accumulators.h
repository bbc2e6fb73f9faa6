//===- Accumulators.h - What loops over elements carry ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors of an op's accumulators while a span is walked through.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H
#define QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H

#include "LoopBody.h"
#include "LoopBuilder.h"

namespace quant_act {

/// What an operation makes of two vectors as it does of their elements.
mlir::Value buildCombined(LoopBuilder &b, mlir::Operation *combiner,
                          mlir::Value x, mlir::Value y);

class Accumulators {
public:
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  using Values = llvm::SmallVector<Value>;

  virtual ~Accumulators() = default;

  /// What is carried, at the begin of a span whose first element has `indices`.
  virtual Values begin(ValueRange indices) = 0;

  /// What is carried, for vectors that begin so many elements later: lane 0 is
  /// what lane `count` was.
  virtual Values rotate(ValueRange carried, Value count) = 0;

  /// Writes what was carried at the end.
  virtual void end(ValueRange indices, ValueRange carried) = 0;

  /// The accumulators of the vector at an offset in the span.
  virtual Values get(ValueRange indices, ValueRange carried, Value offset,
                     Value mask) = 0;

  /// Replaces these by `values`, where the mask is set, if there is one; the
  /// result is what is carried on.
  virtual Values update(ValueRange values, ValueRange indices,
                        ValueRange carried, Value offset, Value mask) = 0;
};

/// Nothing is carried: all is stored with each vector.
class StoredAccumulators : public Accumulators {
public:
  Values begin(ValueRange) override { return {}; }
  Values rotate(ValueRange, Value) override { return {}; }
  void end(ValueRange, ValueRange) override {}
};

/// Lanes and values in any order stay in registers from the span's begin to its
/// end, those that differ along the span are loaded and stored with each
/// vector.
class SpanAccumulators : public Accumulators {
public:
  /// Vectors have `lanes` elements.
  SpanAccumulators(const LoopBody &body, LoopBuilder &b, int64_t lanes);

  Values begin(ValueRange indices) override;
  Values rotate(ValueRange carried, Value count) override;
  void end(ValueRange indices, ValueRange carried) override;
  Values get(ValueRange indices, ValueRange carried, Value offset,
             Value mask) override;
  Values update(ValueRange values, ValueRange indices, ValueRange carried,
                Value offset, Value mask) override;

protected:
  const LoopBody &body;
  LoopBuilder &b;
  /// Where the accumulators are.
  Values buffers;

private:
  mlir::VectorType getType(Value buffer) const;
  Values getIndices(const Accumulator &accumulator, ValueRange indices,
                    Value offset);

  int64_t lanes;
};

/// A thread's own, of the accumulators that all threads add to.
class PrivateAccumulators : public SpanAccumulators {
public:
  using SpanAccumulators::SpanAccumulators;

  /// Whether each thread can have its own: a few values that elements are added
  /// to in any order.
  static bool canHave(const Accumulator &accumulator);

  /// Makes them, with what changes nothing.
  void allocate();

  /// Combines them with those of all threads.
  void flush();
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H
