//===- AccumulatorTable.h - Accumulators of a period ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Accumulators that are expanded as parameters are: one for each element of
// some channels' rows, in a buffer of its own, until all periods have been
// added; where rows have lanes in turn, one for each lane. Where the order does
// not matter, the table is as long as several periods, and there can be one for
// each part that a thread has; in the end they are combined.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORTABLE_H
#define QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORTABLE_H

#include "Accumulators.h"

namespace quant_act {

class AccumulatorTable : public StoredAccumulators {
public:
  /// Vectors have `lanes` elements.
  AccumulatorTable(const LoopBody &body, LoopBuilder &b, int64_t lanes)
      : body(body), b(b), lanes(lanes), tableBegin(b.index(0)) {}

  /// Whether accumulators can be expanded, for rows that are the same in all
  /// that depends on the channel, or channels along rows (that dimension).
  static bool canExpand(const LoopBody &body, int64_t channelDim);

  /// Whether it is all the same in which order, and from where on, elements are
  /// added.
  static bool isUnordered(const LoopBody &body);

  /// The channels whose accumulators are in the table: `count`, from `indices`
  /// on along a dimension, with `inner` elements each. Where rows have lanes in
  /// turn, they are there for each of `numLanes`, one after the other.
  struct Channels {
    Values indices;
    int64_t dim;
    Value count, inner;
    Value numLanes = {};
  };

  /// Parts that have tables of their own, at most: all are on the stack of the
  /// thread that combines them.
  static constexpr int64_t maxParts = 8;

  /// Tables of `size` elements.
  void allocate(int64_t size, int64_t numParts);

  /// What is emitted meanwhile is of a part.
  void withPart(Value part, llvm::function_ref<void()> emit);

  /// Combines the tables of all parts, up to an element, to the first.
  void merge(Value numParts, Value end);

  /// The accumulators as they are; what changes nothing, up to an element,
  /// where the order does not matter.
  void fill(const Channels &channels, Value end);

  /// Puts the first `count` elements, less than a vector, behind the `length`
  /// of the table, which has one part, for vectors that begin with the one
  /// after them; and back.
  void moveBehind(Value count, Value length);
  void moveBack(Value count, Value length);

  /// Combines the periods in `length` elements, and `beyond` ones from there
  /// on, to the first.
  void fold(Value period, Value length, int64_t beyond);

  /// Writes the first period to the accumulators.
  void flush(const Channels &channels);

  Values get(ValueRange indices, ValueRange carried, Value offset,
             Value mask) override;
  Values update(ValueRange values, ValueRange indices, ValueRange carried,
                Value offset, Value mask) override;

private:
  mlir::VectorType getType(const Accumulator &accumulator) const;
  Value getNeutral(const Accumulator &accumulator);
  Values getIndices(const Accumulator &accumulator, const Channels &channels,
                    Value channel);

  void foldTo(Value period, Value length);
  void combineVectors(Value at, Value from, Value to, Value step);
  void
  forEachLane(const Channels &channels,
              llvm::function_ref<void(const Channels &one, Value begin)> visit);

  void fillNeutral(const Accumulator &accumulator, Value table, Value end);
  void fillAlongRow(const Accumulator &accumulator, Value table,
                    const Channels &channels);
  void fillLanes(const Accumulator &accumulator, Value table,
                 const Channels &channels);
  void flushAlongRow(const Accumulator &accumulator, Value table,
                     const Channels &channels);
  void flushLanes(const Accumulator &accumulator, Value table,
                  const Channels &channels);
  void flushRows(const Accumulator &accumulator, Value table,
                 const Channels &channels);
  void flushAnyOrder(const Accumulator &accumulator, Value table,
                     const Channels &channels);

  const LoopBody &body;
  LoopBuilder &b;
  int64_t lanes;
  /// One buffer for each accumulator, with a table for each part.
  Values tables;
  int64_t size = 0;
  /// Where the table of the present part begins.
  Value tableBegin;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_ACCUMULATORTABLE_H
