//===- Accumulators.h - What loops over elements carry ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors of an op's accumulators while a span is walked through. Lanes and
// values in any order stay in registers from the span's begin to its end, those
// that differ along the span are loaded and stored with each vector.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H
#define QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H

#include "LoopBody.h"
#include "LoopBuilder.h"

namespace quant_act {

class Accumulators {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;

  /// Vectors have `lanes` elements.
  Accumulators(const LoopBody &body, LoopBuilder &b, int64_t lanes)
      : body(body), b(b), lanes(lanes) {}

  /// What is carried, at the begin of a span whose first element has `indices`.
  Values begin(mlir::ValueRange indices);

  /// Writes what was carried at the end.
  void end(mlir::ValueRange indices, mlir::ValueRange carried);

  /// What is carried when the first element of each vector is the one `shift`
  /// lanes further, instead.
  Values rotate(mlir::ValueRange carried, Value shift);

  /// The accumulators of the vector at an offset in the span.
  Values get(mlir::ValueRange indices, mlir::ValueRange carried, Value offset,
             Value mask);

  /// Replaces these by `values`, where the mask is set, if there is one; the
  /// result is what is carried on.
  Values update(mlir::ValueRange values, mlir::ValueRange indices,
                mlir::ValueRange carried, Value offset, Value mask);

private:
  mlir::VectorType getType(const Accumulator &accumulator) const;
  Values getIndices(const Accumulator &accumulator, mlir::ValueRange indices,
                    Value offset);
  Value rotate(Value lanes, Value shift);

  const LoopBody &body;
  LoopBuilder &b;
  int64_t lanes;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORS_H
