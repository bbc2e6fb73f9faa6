//===- LoopEmitter.h - How elements are walked through ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chooses how the elements of an op are walked through. Dimensions are
//
//   outer ..., channel, inner     where parameters are the same along rows
//   outer ..., channel            where they differ along rows
//
// Rows: one span per row. Periods: parameters of (channel, inner) are expanded
// to one value per element, in a buffer that fits the first cache, and spans
// are as long as that.
//
// Threads get parts of the rows, of a row, or of the spans of periods: whatever
// no two of them add to the same accumulator in.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H
#define QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H

#include "SpanEmitter.h"

namespace quant_act {

class LoopEmitter {
public:
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  using Values = llvm::SmallVector<Value>;

  /// From `parallelBytes` of all buffers on, threads divide the work; 0: never.
  LoopEmitter(const LoopBody &body, LoopBuilder &b, SpanEmitter &spans,
              int64_t parallelBytes);

  void emit();

private:
  /// Whether parameters can be the same in a row.
  bool hasUniformRows() const { return !body.isIndexedBy(body.getRowDim()); }

  bool canExpand() const;
  Value prefersPeriods();

  bool canDivideRow() const;
  llvm::SmallVector<int64_t> getParallelDims() const;
  bool canDivide() const;

  void emitStrategies(bool isParallel);
  void emitRows(bool isParallel);
  void emitRow(ValueRange indices, Value from, Value to);
  void emitPeriods(bool isParallel);

  /// A loop for threads over parts of [0, total), from and to multiples of a
  /// unit except for the last.
  void forEachPart(Value total, int64_t unit,
                   llvm::function_ref<void(Value, Value)> visit);

  /// Loops over the indices of dimensions before the row's: those of
  /// `parallelDims`, as one, from `from` to `to`, within the others.
  void forEachRow(llvm::ArrayRef<int64_t> parallelDims, Value from, Value to,
                  llvm::function_ref<void(ValueRange)> visit);

  /// Loops over the indices of these dimensions, which `indices` gets.
  void forEachIndex(llvm::ArrayRef<int64_t> dims, Values &indices,
                    llvm::function_ref<void()> visit);

  /// The row-major position of indices, completed by zeros.
  Value getPosition(ValueRange indices);

  Values complete(ValueRange indices);

  /// The product of the dimensions' extents.
  Value getNumIndices(llvm::ArrayRef<int64_t> dims);

  /// The shared values of the element that indices, completed by zeros, select.
  Values buildShared(ValueRange indices);
  Values buildSharedVectors(ValueRange indices, int64_t lanes, Value mask);

  Value loadParameterVector(mlir::OpOperand &operand, ValueRange indices,
                            int64_t lanes, Value mask);

  Values allocateExpanded();
  void fillExpanded(ValueRange expanded, ValueRange outer, Value channel,
                    Value numChannels);
  void repeatExpanded(ValueRange expanded, Value period, Value repeats);

  const LoopBody &body;
  LoopBuilder &b;
  SpanEmitter &spans;
  int64_t parallelBytes;
  Values extents;
  /// The dimensions of a period: channel and inner, of which either may be
  /// missing. Inner is what rows extend along.
  int64_t channelDim;
  Value inner;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H
