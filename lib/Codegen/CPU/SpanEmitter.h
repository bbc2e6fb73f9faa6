//===- SpanEmitter.h - Vector loops over adjacent elements ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_SPANEMITTER_H
#define QUANTACT_LIB_CODEGEN_CPU_SPANEMITTER_H

#include "Accumulators.h"
#include "LoopBody.h"
#include "LoopBuilder.h"

namespace quant_act {

/// Elements that lie next to each other, at the same place of all buffers.
struct Span {
  mlir::Value begin;
  mlir::Value length;
  /// How many elements ahead memory is read beforehand.
  mlir::Value prefetchDistance;
  /// The loops' indices of the first element, as far as accumulators need them.
  llvm::SmallVector<mlir::Value> indices;
};

/// The shared values of `lanes` elements of a span from an offset on, as
/// vectors. Where there is a mask, only its lanes may be read from memory.
using SharedProvider = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::Value offset, int64_t lanes, mlir::Value mask)>;

/// Emits an op's loops over spans.
class SpanEmitter {
public:
  /// `vectorBits` is what a step of the main loop computes, `streamBytes` the
  /// size of all buffers from which on results go past the caches (0: never).
  SpanEmitter(const LoopBody &body, LoopBuilder &b, unsigned vectorBits,
              int64_t streamBytes);

  /// Elements in a vector register of the largest size there is.
  int64_t getLanes() const { return lanes; }
  /// Elements of the main loop's vectors.
  int64_t getStep() const { return step; }

  /// Whether all buffers together have at least so many bytes.
  mlir::Value haveBytes(int64_t bytes) const;

  /// How many elements ahead of a vector, in its own row, to prefetch.
  mlir::Value getPrefetchDistance() const;

  void emit(const Span &span, SharedProvider shared);

  /// Orders the results with what comes after.
  void emitFence();

private:
  using Values = llvm::SmallVector<mlir::Value>;

  struct Part {
    int64_t lanes;
    bool isStreamed;
  };

  /// How far a span is done, and what is carried on from there.
  struct Progress {
    mlir::Value done;
    Values carried;
  };

  /// One of two ways to go on, from where `carried` is carried.
  Progress choose(mlir::Value condition, mlir::ValueRange carried,
                  llvm::function_ref<Progress()> then,
                  llvm::function_ref<Progress()> otherwise);

  Progress emitHead(const Span &span, Values carried, SharedProvider shared);
  Progress emitFull(const Span &span, Progress progress, Part part,
                    SharedProvider shared);
  Progress emitRest(const Span &span, Progress progress, SharedProvider shared);
  Values emitMasked(const Span &span, mlir::Value from, mlir::Value count,
                    mlir::ValueRange carried, SharedProvider shared);
  Values emitVector(const Span &span, mlir::Value offset, mlir::Value mask,
                    Part part, mlir::ValueRange carried, SharedProvider shared);
  void prefetch(const Span &span, mlir::Value position, int64_t lanes);
  mlir::Value load(mlir::Value buffer, mlir::Value position, int64_t lanes,
                   mlir::Value mask);

  const LoopBody &body;
  LoopBuilder &b;
  int64_t lanes, step;
  Accumulators accumulators;
  /// The buffers as one row.
  llvm::SmallVector<mlir::Value> inputs, outputs;
  /// Whether results go past the caches; null if never.
  mlir::Value streams;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_SPANEMITTER_H
