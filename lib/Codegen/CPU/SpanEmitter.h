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
  /// Where that is, in buffers without gaps.
  mlir::Value begin;
  mlir::Value length;
  /// How many elements ahead memory is read beforehand.
  mlir::Value prefetchDistance;
  /// The loops' indices of the first element, as far as accumulators, and
  /// buffers with gaps, need them.
  llvm::SmallVector<mlir::Value> indices;
  /// Whether the span that was emitted before ends where this one begins, and
  /// the next one begins where it ends; if not given, they do not. Those are
  /// no shorter than a line.
  mlir::Value joinsBefore = {}, joinsAfter = {};
};

/// The shared values of `lanes` elements of a span from an offset on, as
/// vectors. Where there is a mask, only its lanes may be read from memory.
using SharedProvider = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::Value offset, int64_t lanes, mlir::Value mask)>;

/// Emits an op's loops over spans.
class SpanEmitter {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  /// Vectors of so many elements, whether results go past the caches, and how
  /// many vectors a loop computes at a time.
  struct Part {
    int64_t lanes;
    bool isStreamed;
    int64_t numVectors = 1;
  };

  /// How far a span is done, and what is carried on from there.
  struct Progress {
    mlir::Value done;
    Values carried;
  };

  /// `vectorBits` is what a step of the main loop computes.
  SpanEmitter(const LoopBody &body, LoopBuilder &b, unsigned vectorBits);

  /// Elements in a vector register of the largest size there is.
  int64_t getLanes() const { return lanes; }
  /// Elements of the largest step of any loop.
  int64_t getWidest() const;
  /// Elements of the smallest vectors that are stored whole: if streamed, as
  /// lines.
  int64_t getUnit(bool isStreamed) const;

  /// Whether all buffers together have at least so many bytes.
  mlir::Value haveBytes(int64_t bytes) const;

  /// Whether results can go past the caches: several need not be aligned alike,
  /// and elements are added by vectors, of which lines must be made.
  bool canStream() const;

  /// How many elements there are before the first line of the result that
  /// begins at a position or behind it.
  mlir::Value getHead(mlir::Value position);

  /// Whether spans of a length that begin a multiple of `distance` elements
  /// from each other can be streamed: with lines, or anywhere, if what is
  /// before the first line does not count.
  mlir::Value canStreamSpans(mlir::Value distance, mlir::Value length);

  /// How many elements ahead of a vector, in its own row, to prefetch.
  mlir::Value getPrefetchDistance() const;

  /// What whole vectors are made of, the largest first.
  llvm::SmallVector<Part, 2> getParts(bool isStreamed) const;
  /// The same by vectors of `getLanes` elements, but for what is streamed.
  llvm::SmallVector<Part, 2> getRegisterParts(bool isStreamed) const;

  /// All of a span: whole vectors, or lines, and what is left.
  void emit(const Span &span, llvm::ArrayRef<Part> parts,
            SharedProvider shared);

  /// Begins with the pages of the row that comes after a span, in buffers with
  /// gaps between rows.
  void prefetchNextRow(const Span &span);

  /// As many whole vectors as there are.
  Progress emitFull(const Span &span, Progress progress, Part part,
                    SharedProvider shared);

  /// A vector, or its lanes that are in a mask; what is carried on.
  Values emitVector(const Span &span, mlir::Value offset, mlir::Value mask,
                    Part part, mlir::ValueRange carried, SharedProvider shared);

  /// The elements of a span from an offset on, by masked vectors: few.
  void emitMasked(const Span &span, mlir::Value from, SharedProvider shared);

  /// Spans that are emitted meanwhile add to these.
  void withAccumulators(Accumulators &others, llvm::function_ref<void()> emit);

  /// Orders streamed results with what comes after.
  void emitFence();

private:
  /// A buffer as one row. Where it has gaps, elements are as far from each
  /// other as `strides` say. The seam has some elements only, moved by `shift`.
  struct Buffer {
    mlir::Value row;
    Values strides;
    mlir::Value shift = {};
  };
  Buffer flatten(mlir::Value buffer);

  /// Where elements at an offset in a span are, in inputs and then outputs.
  Values getPositions(const Span &span, mlir::Value offset);

  mlir::Value beginsWithLines(mlir::Value distance);
  void emitLines(const Span &span, Part part, SharedProvider shared);
  Progress emitHead(Span span, mlir::Value seam, mlir::ValueRange carried,
                    SharedProvider shared);
  Values emitTail(const Span &span, mlir::Value seam, const Progress &progress,
                  SharedProvider shared);
  mlir::Value isJoined(mlir::Value joins);
  Values emitSeam(const Span &span, Progress progress, mlir::Value seam,
                  mlir::Value shift, SharedProvider shared);
  void copySeam(mlir::Value seam, mlir::Value from, mlir::Value to,
                mlir::Value count);
  Values rotate(mlir::ValueRange carried, mlir::Value count);
  Values emitRest(const Span &span, const Progress &progress,
                  SharedProvider shared);
  Values emitMasked(const Span &span, mlir::Value from, mlir::Value count,
                    mlir::ValueRange carried, SharedProvider shared);
  void storePastCaches(mlir::Value vector, const Buffer &buffer,
                       mlir::Value position);
  void prefetchLine(const Buffer &buffer, mlir::Value position);
  void prefetchAhead(const Span &span, mlir::ValueRange positions,
                     int64_t lanes);

  const LoopBody &body;
  LoopBuilder &b;
  int64_t lanes, step;
  SpanAccumulators spanAccumulators;
  Accumulators *accumulators = &spanAccumulators;
  llvm::SmallVector<Buffer> inputs, outputs;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_SPANEMITTER_H
