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
// Rows: one span per row.
// Seams: long rows as one walk through memory, whose vectors are all whole. The
//   one in which two rows meet has the parameters of both.
// Periods: parameters of (channel, inner) are expanded to a value per element,
//   in a buffer that fits the first cache; the walk takes turns in it.
//
// Results that go past the caches are whole lines only: a line that is written
// in parts, by ordinary stores, makes the processor read it and its neighbors.
//
// Threads get parts of the rows, of a row, or of the turns of periods: whatever
// no two of them add to the same accumulator in. Where elements are added in
// any order, to few accumulators or to a table, each part has its own, and all
// are combined at the end.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H
#define QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H

#include "AccumulatorTable.h"
#include "SpanEmitter.h"
#include "TermBuffer.h"

namespace quant_act {

/// Parts of a row begin at a line of memory if the row does, whatever the type.
constexpr int64_t partUnit = 64;

/// Elements of expanded parameters, at most: some arrays of them are in the
/// first cache together, with little else.
constexpr int64_t maxPeriod = 4096;

llvm::SmallVector<int64_t> getDims(int64_t begin, int64_t end);

class LoopEmitter {
public:
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  using Values = llvm::SmallVector<Value>;

  /// From `streamBytes` of all buffers on, results go past the caches; from
  /// `parallelBytes` on, threads divide the work. 0: never.
  LoopEmitter(const LoopBody &body, LoopBuilder &b, SpanEmitter &spans,
              int64_t streamBytes, int64_t parallelBytes);

  void emit();

private:
  /// Whether parameters can be the same in a row.
  bool hasUniformRows() const { return !body.isIndexedBy(body.getRowDim()); }

  bool hasLongRows() const;
  bool canExpand() const;
  bool canExpandLanes() const;
  bool canJoinRows() const;
  bool isOuterIndexed() const;
  Value areRowsLong();
  Value haveManyPeriods();
  Value prefersPeriods();
  Value prefersPeriods(bool isParallel);
  Value canWalkPeriods();
  bool hasLanesByRows() const;
  Value areResultsLarge();
  Value streamsSpans(Value distance, Value length);

  bool canDivide(int64_t dim) const;
  bool canDivideRow() const;
  llvm::SmallVector<int64_t> getParallelDims() const;
  bool canDivide() const;

  void emitStrategies(bool isParallel);
  void emitLongRows(bool isParallel);
  void emitFence();

  /// Emits what the elements of a row share.
  using RowShared = llvm::function_ref<Values()>;

  void emitRows(bool isParallel);
  void emitRows(bool isParallel, bool isStreamed);
  /// Elements whose rows are visited in order, if that is known.
  struct Walk {
    Value begin = {}, end = {};
  };
  void emitRow(ValueRange indices, Value from, Value to, Walk walk,
               bool isStreamed, RowShared getShared);

  void emitSeams(bool isParallel);
  void
  emitSeams(ValueRange first, Value end,
            llvm::function_ref<Values(Values state, bool isStreamed)> visit);
  Values emitSeamRow(ValueRange indices, ValueRange state, bool isStreamed,
                     RowShared getShared);

  /// Channels' elements in a period, of one of `numOuter`.
  using Channels = AccumulatorTable::Channels;
  void emitPeriods(bool isParallel);
  void forEachTile(Value tile,
                   llvm::function_ref<void(Channels, Value numOuter)> visit);
  void emitTurns(const Channels &channels, Value numOuter, bool isParallel);
  void emitTurns(Value from, Value to, Value length);
  Value streamsTurns(Value length);
  void emitMaskedTurn(Value begin, Value from, Value to);
  Values emitWholeTurns(Value from, Value head, Value count, Value length,
                        bool isStreamed);
  void emitSpans(const Channels &channels, Value numOuter, bool isParallel);
  void emitSpanLoop(const Channels &channels, Value from, Value to,
                    bool isStreamed, llvm::function_ref<void()> emitBehind);
  Value addsByRows();
  void emitRowSums();
  void addRows(TermBuffer &terms, const Channels &channels, int64_t numVectors);
  bool canWalkLanes() const;
  Value getTile(int64_t size, int64_t unit);
  Value getTurn(Value numOuter);
  Value getParameterRepeats(Value unit, Value numOuter);
  Value getAccumulatorRepeats(Value unit, Value numOuter);

  /// A loop for threads over up to `most` parts of [0, total), by their number,
  /// from and to multiples of a unit except for the last. The number of parts.
  Value forEachPart(Value total, int64_t unit, int64_t most,
                    llvm::function_ref<void(Value, Value, Value)> visit);
  /// The same for parts of rows, or of a row.
  void forEachRowPart(Value total, int64_t unit,
                      llvm::function_ref<void(Value, Value)> visit);
  /// The same for parts of `unit` elements or periods, or all of them at once.
  /// Of tables, elements up to `end` are used.
  void forEachPeriodPart(const Channels &channels, Value total, Value unit,
                         Value end, bool isParallel,
                         llvm::function_ref<void(Value, Value)> visit);

  /// How many elements from a position on are computed by themselves, since no
  /// line begins with them.
  Value getHead(Value position);

  /// Loops over the indices of these dimensions, which `indices` gets, with
  /// values that are carried from one to the next.
  Values forEachIndex(
      llvm::ArrayRef<int64_t> dims, Values &indices, ValueRange carried,
      llvm::function_ref<Values(ValueRange indices, ValueRange carried)> visit);
  void forEachIndex(llvm::ArrayRef<int64_t> dims, Values &indices,
                    llvm::function_ref<void()> visit);

  /// The indices along these dimensions, as one, at a position.
  void setIndices(llvm::ArrayRef<int64_t> dims, Value position,
                  Values &indices);

  /// The row-major position of indices, completed by zeros.
  Value getPosition(ValueRange indices);

  Values complete(ValueRange indices);

  /// The product of the dimensions' extents.
  Value getNumIndices(llvm::ArrayRef<int64_t> dims);

  /// Visits rows in order, with values that are carried from one to the next.
  Values
  forEachRow(Values &indices, ValueRange carried,
             llvm::function_ref<Values(ValueRange indices, ValueRange carried,
                                       RowShared getShared)>
                 visit);
  bool canTabulate() const;

  /// The shared values of the element that indices, completed by zeros, select.
  Values buildShared(ValueRange indices);
  Values buildSharedVectors(int64_t dim, ValueRange indices, int64_t lanes,
                            Value mask);
  Values broadcast(ValueRange scalars, int64_t lanes);

  Value loadParameterVector(mlir::OpOperand &operand, ValueRange indices,
                            int64_t lanes, Value mask);

  int64_t getExpandedSize() const;
  void allocateExpanded();
  void fillExpanded(const Channels &channels);
  void fillChannels(const Channels &channels, ValueRange buffers);
  void fillRows(const Channels &channels);
  void repeatExpanded(Value period, Value end);
  Values loadExpanded(Value offset, int64_t lanes);

  const LoopBody &body;
  LoopBuilder &b;
  SpanEmitter &spans;
  int64_t streamBytes, parallelBytes;
  Values extents;
  /// The dimensions of a period: channel and inner, of which either may be
  /// missing. Inner is what rows extend along.
  int64_t channelDim;
  Value inner;
  /// Whether results are too large for the caches.
  Value isLarge;
  /// Shared values that are expanded, one buffer for each.
  Values expanded;
  AccumulatorTable table;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_LOOPEMITTER_H
