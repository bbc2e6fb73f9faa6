//===- LoopEmitter.cpp - How elements are walked through ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

/// Elements of expanded parameters, at most: some arrays of them and the data
/// are in the first cache together.
static constexpr int64_t maxPeriod = 1024;

/// Shorter periods are repeated until they are no shorter than this; further
/// while what is expanded is used often.
static constexpr int64_t minPeriod = 256;
static constexpr int64_t minUses = 8;

/// Rows shorter than this become parts of periods.
static constexpr int64_t minRow = 16;

/// Parts that threads get: enough for any number of them to have about the same
/// work, and few enough for each to walk through memory in one direction.
static constexpr int64_t maxParts = 64;

/// Parts of a row begin at a line of memory if the row does, whatever the type.
static constexpr int64_t partUnit = 64;

static SmallVector<int64_t> getDims(int64_t begin, int64_t end) {
  return llvm::to_vector(llvm::seq(begin, end));
}

LoopEmitter::LoopEmitter(const LoopBody &body, LoopBuilder &b,
                         SpanEmitter &spans, int64_t parallelBytes)
    : body(body), b(b), spans(spans), parallelBytes(parallelBytes) {
  Value first = body.getElements().get();
  for (int64_t dim = 0, e = body.getOp().getNumLoops(); dim < e; ++dim)
    extents.push_back(getValueOrCreateConstantIndexOp(
        b, b.getLoc(), memref::getMixedSize(b, b.getLoc(), first, dim)));
  channelDim = hasUniformRows() ? body.getRowDim() - 1 : body.getRowDim();
  inner = hasUniformRows() ? extents[body.getRowDim()] : b.index(1);
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// Whether parameters can be expanded.
bool LoopEmitter::canExpand() const {
  // Channels' accumulators would have to be repeated with their parameters.
  if (hasUniformRows() && !body.getAccumulators().empty())
    return false;
  return channelDim >= 0 && !body.usesIndices() && !body.getShared().empty() &&
         llvm::all_of(body.getShared(), [](Value value) {
           return value.getType().isIntOrFloat() && fillsBytes(value.getType());
         });
}

/// Expanding pays off where rows are short and there are several periods.
Value LoopEmitter::prefersPeriods() {
  Value numPeriods = getNumIndices(getDims(0, channelDim));
  Value areMany = b.isLess(b.index(3), numPeriods);
  if (!hasUniformRows())
    return areMany;
  return b.both(b.isLess(inner, b.index(minRow)), areMany);
}

/// Whether parts of a row are as good as rows: there are no others, or what
/// elements are added to differs along the row.
bool LoopEmitter::canDivideRow() const {
  int64_t rowDim = body.getRowDim();
  SmallVector<int64_t> ranges = body.getOp().getStaticLoopRanges();
  bool isOnlyRow = llvm::all_of(ArrayRef(ranges).take_front(rowDim),
                                [](int64_t extent) { return extent == 1; });
  return (isOnlyRow || !body.getAccumulators().empty()) &&
         llvm::all_of(body.getAccumulators(),
                      [](const Accumulator &accumulator) {
                        return accumulator.kind == AccumulatorKind::AlongRow;
                      });
}

/// The dimensions before the row's whose indices have accumulators of their
/// own.
SmallVector<int64_t> LoopEmitter::getParallelDims() const {
  return llvm::filter_to_vector(
      llvm::seq<int64_t>(0, body.getRowDim()), [&](int64_t dim) {
        return llvm::all_of(body.getAccumulators(),
                            [&](const Accumulator &accumulator) {
                              return accumulator.map.isFunctionOfDim(dim);
                            });
      });
}

bool LoopEmitter::canDivide() const {
  return parallelBytes != 0 && (canDivideRow() || !getParallelDims().empty());
}

void LoopEmitter::emit() {
  if (!canDivide())
    return emitStrategies(/*isParallel=*/false);
  b.branch(
      spans.haveBytes(parallelBytes),
      [&] { emitStrategies(/*isParallel=*/true); },
      [&] { emitStrategies(/*isParallel=*/false); });
}

void LoopEmitter::emitStrategies(bool isParallel) {
  // With accumulators, threads get parts of rows.
  if (!canExpand() || (isParallel && !body.getAccumulators().empty()))
    emitRows(isParallel);
  else
    b.branch(
        prefersPeriods(), [&] { emitPeriods(isParallel); },
        [&] { emitRows(isParallel); });
  spans.emitFence();
}

//===----------------------------------------------------------------------===//
// Indices and parameters
//===----------------------------------------------------------------------===//

void LoopEmitter::forEachIndex(ArrayRef<int64_t> dims, Values &indices,
                               llvm::function_ref<void()> visit) {
  if (dims.empty())
    return visit();
  b.loop(b.index(0), extents[dims.front()], b.index(1), [&](Value index) {
    indices[dims.front()] = index;
    forEachIndex(dims.drop_front(), indices, visit);
  });
}

Value LoopEmitter::getNumIndices(ArrayRef<int64_t> dims) {
  Value number = b.index(1);
  for (int64_t dim : dims)
    number = b.mul(number, extents[dim]);
  return number;
}

/// Threads order what they have written before they end.
void LoopEmitter::forEachPart(Value total, int64_t unit,
                              llvm::function_ref<void(Value, Value)> visit) {
  Value units = b.ceilDiv(total, b.index(unit));
  Value numParts = b.min(units, b.index(maxParts));
  Value size =
      b.mul(b.ceilDiv(units, b.max(numParts, b.index(1))), b.index(unit));
  b.parallelLoop(numParts, [&](Value part) {
    Value from = b.min(b.mul(part, size), total);
    Value to = b.min(b.add(from, size), total);
    visit(from, to);
    spans.emitFence();
  });
}

Value LoopEmitter::getPosition(ValueRange indices) {
  Value position = b.index(0);
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    position = b.mul(position, extent);
    if (dim < indices.size())
      position = b.add(position, indices[dim]);
  }
  return position;
}

/// The indices of all loops, of some: the rest are 0.
SmallVector<Value> LoopEmitter::complete(ValueRange indices) {
  SmallVector<Value> all(indices);
  all.resize(extents.size(), b.index(0));
  return all;
}

SmallVector<Value> LoopEmitter::buildShared(ValueRange indices) {
  SmallVector<Value> all = complete(indices);
  SmallVector<Value> values;
  for (OpOperand *operand : body.getParameters())
    values.push_back(body.loadParameter(b, *operand, all));
  IRMapping mapping;
  body.buildShared(b, values, all, /*lanes=*/std::nullopt, mapping);
  return llvm::map_to_vector(
      body.getShared(), [&](Value value) { return mapping.lookup(value); });
}

static Value broadcast(LoopBuilder &b, Value scalar, int64_t lanes) {
  auto type = VectorType::get({lanes}, scalar.getType());
  return vector::BroadcastOp::create(b, type, scalar);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void LoopEmitter::emitRows(bool isParallel) {
  int64_t rowDim = body.getRowDim();
  Values indices(rowDim);
  if (!isParallel)
    return forEachIndex(getDims(0, rowDim), indices,
                        [&] { emitRow(indices, b.index(0), extents[rowDim]); });
  if (canDivideRow())
    return forEachPart(extents[rowDim], partUnit, [&](Value from, Value to) {
      forEachIndex(getDims(0, rowDim), indices,
                   [&] { emitRow(indices, from, to); });
    });
  SmallVector<int64_t> dims = getParallelDims(), others = getDims(0, rowDim);
  llvm::erase_if(others,
                 [&](int64_t dim) { return llvm::is_contained(dims, dim); });
  forEachPart(getNumIndices(dims), /*unit=*/1, [&](Value from, Value to) {
    forEachIndex(others, indices, [&] {
      b.loop(from, to, b.index(1), [&](Value position) {
        for (int64_t dim : llvm::reverse(dims)) {
          indices[dim] = b.rem(position, extents[dim]);
          position = b.div(position, extents[dim]);
        }
        emitRow(indices, b.index(0), extents[rowDim]);
      });
    });
  });
}

/// A span for the elements of a row from `from` to `to`.
void LoopEmitter::emitRow(ValueRange indices, Value from, Value to) {
  Values first = complete(indices);
  first[body.getRowDim()] = from;
  Span span{getPosition(first), b.sub(to, from), spans.getPrefetchDistance(),
            first};
  if (!hasUniformRows()) {
    spans.emit(span, [&](Value offset, int64_t lanes, Value mask) {
      Values at = first;
      at[body.getRowDim()] = b.add(from, offset);
      return buildSharedVectors(at, lanes, mask);
    });
    return;
  }
  Values shared = buildShared(indices);
  spans.emit(span, [&](Value, int64_t lanes, Value) {
    return llvm::map_to_vector(
        shared, [&](Value value) { return broadcast(b, value, lanes); });
  });
}

/// The shared values of elements along a row in which they differ.
SmallVector<Value> LoopEmitter::buildSharedVectors(ValueRange indices,
                                                   int64_t lanes, Value mask) {
  SmallVector<Value> values;
  for (OpOperand *operand : body.getParameters()) {
    AffineMap map = body.getOp().getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(body.getRowDim()))
      values.push_back(
          broadcast(b, body.loadParameter(b, *operand, indices), lanes));
    else
      values.push_back(loadParameterVector(*operand, indices, lanes, mask));
  }
  IRMapping mapping;
  body.buildShared(b, values, indices, lanes, mapping);
  return llvm::map_to_vector(
      body.getShared(), [&](Value value) { return mapping.lookup(value); });
}

Value LoopEmitter::loadParameterVector(OpOperand &operand, ValueRange indices,
                                       int64_t lanes, Value mask) {
  Value buffer = operand.get();
  auto type = VectorType::get(
      {lanes}, cast<MemRefType>(buffer.getType()).getElementType());
  SmallVector<Value> at = body.getOperandIndices(b, operand, indices);
  if (!mask)
    return vector::LoadOp::create(b, type, buffer, at);
  // Lanes that are not stored divide by one.
  Value ones = arith::ConstantOp::create(b, b.getOneAttr(type));
  return vector::MaskedLoadOp::create(b, type, buffer, at, mask, ones);
}

//===----------------------------------------------------------------------===//
// Periods
//===----------------------------------------------------------------------===//

void LoopEmitter::emitPeriods(bool isParallel) {
  SmallVector<Value> expanded = allocateExpanded();
  auto provide = [&](Value offset, int64_t lanes, Value) {
    return llvm::map_to_vector(expanded, [&](Value buffer) -> Value {
      Type element = cast<MemRefType>(buffer.getType()).getElementType();
      auto type = VectorType::get({lanes}, element);
      return vector::LoadOp::create(b, type, buffer, offset);
    });
  };
  Value numChannels = extents[channelDim];
  Value period = b.mul(numChannels, inner);
  // Rows can be empty.
  Value rowLength = b.max(inner, b.index(1));
  Value tile = b.min(numChannels, b.div(b.index(maxPeriod), rowLength));
  bool isOuterIndexed = false;
  for (int64_t dim = 0; dim < channelDim; ++dim)
    isOuterIndexed |= body.isIndexedBy(dim);

  auto emitTiles = [&](ValueRange outer, Value numOuter, Value repeats) {
    Value stride = b.mul(period, repeats);
    Value begin = getPosition(outer),
          end = b.add(begin, b.mul(period, numOuter));
    b.loop(b.index(0), numChannels, tile, [&](Value channel) {
      Value count = b.min(tile, b.sub(numChannels, channel));
      fillExpanded(expanded, outer, channel, count);
      repeatExpanded(expanded, period, repeats);
      Value length = b.mul(b.mul(count, inner), repeats);
      Value first = b.add(begin, b.mul(channel, inner));
      SmallVector<Value> indices(outer);
      indices.resize(channelDim, b.index(0));
      indices.push_back(channel);
      auto emitSpans = [&](Value from, Value to) {
        b.loop(from, to, stride, [&](Value position) {
          spans.emit({position, b.min(length, b.sub(end, position)), stride,
                      complete(indices)},
                     provide);
        });
      };
      if (!isParallel)
        return emitSpans(first, end);
      Value numSpans = b.ceilDiv(b.sub(end, first), stride);
      forEachPart(numSpans, /*unit=*/1, [&](Value from, Value to) {
        emitSpans(b.add(first, b.mul(from, stride)),
                  b.min(end, b.add(first, b.mul(to, stride))));
      });
    });
  };
  Values outer(channelDim);
  if (isOuterIndexed)
    return forEachIndex(getDims(0, channelDim), outer,
                        [&] { emitTiles(outer, b.index(1), b.index(1)); });
  Value numOuter = getNumIndices(getDims(0, channelDim));
  Value unit = b.max(period, b.index(1));
  Value wanted = b.ceilDiv(b.index(minPeriod), unit);
  Value possible = b.div(b.index(maxPeriod), unit);
  Value useful = b.div(numOuter, b.index(minUses));
  Value repeats = b.min(b.max(wanted, b.min(possible, useful)), numOuter);
  if (!body.getAccumulators().empty())
    repeats = b.index(1); // they are not repeated
  emitTiles({}, numOuter, b.max(repeats, b.index(1)));
}

/// One buffer per shared value. What is read of them beyond a period belongs to
/// masked lanes.
SmallVector<Value> LoopEmitter::allocateExpanded() {
  return llvm::map_to_vector(body.getShared(), [&](Value value) {
    return b.allocateOnStack(
        MemRefType::get({maxPeriod + 2 * spans.getStep()}, value.getType()));
  });
}

/// Writes each channel's values as often as it has elements in a row.
void LoopEmitter::fillExpanded(ValueRange expanded, ValueRange outer,
                               Value channel, Value numChannels) {
  b.loop(b.index(0), numChannels, b.index(1), [&](Value i) {
    SmallVector<Value> indices(outer);
    indices.resize(channelDim, b.index(0));
    indices.push_back(b.add(channel, i));
    SmallVector<Value> shared = buildShared(indices);
    if (!hasUniformRows()) {
      for (auto [value, buffer] : llvm::zip_equal(shared, expanded))
        memref::StoreOp::create(b, value, buffer, i);
      return;
    }
    // What is written too much is overwritten by the next channel.
    int64_t lanes = spans.getLanes();
    Value first = b.mul(i, inner);
    b.loop(first, b.add(first, inner), b.index(lanes), [&](Value at) {
      for (auto [value, buffer] : llvm::zip_equal(shared, expanded))
        vector::StoreOp::create(b, broadcast(b, value, lanes), buffer, at);
    });
  });
}

/// Repeats the first period.
void LoopEmitter::repeatExpanded(ValueRange expanded, Value period,
                                 Value repeats) {
  int64_t lanes = spans.getLanes();
  b.loop(period, b.mul(period, repeats), period, [&](Value to) {
    b.loop(b.index(0), period, b.index(lanes), [&](Value from) {
      for (Value buffer : expanded) {
        Type element = cast<MemRefType>(buffer.getType()).getElementType();
        auto type = VectorType::get({lanes}, element);
        Value part = vector::LoadOp::create(b, type, buffer, from);
        vector::StoreOp::create(b, part, buffer, b.add(to, from));
      }
    });
  });
}
