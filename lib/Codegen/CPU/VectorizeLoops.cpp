//===- VectorizeLoops.cpp - Vector loops over elements --------------------===//
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
// Reductions accumulate in vectors along spans (Accumulators).
//
//===----------------------------------------------------------------------===//

#include "SpanEmitter.h"
#include "VectorBits.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h" // of what SpanEmitter creates
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTVECTORIZELOOPS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

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

namespace {

class LoopEmitter {
public:
  LoopEmitter(const LoopBody &body, LoopBuilder &b, SpanEmitter &spans);

  void emit();

private:
  /// Whether parameters can be the same in a row.
  bool hasUniformRows() const { return !body.isIndexedBy(body.getRowDim()); }

  bool canExpand() const;
  Value prefersPeriods();

  void emitRows();
  void emitPeriods();

  /// Loops over the indices of dimensions before `end`.
  void forEachIndex(int64_t end, llvm::function_ref<void(ValueRange)> visit);
  void forEachIndex(int64_t end, SmallVectorImpl<Value> &indices,
                    llvm::function_ref<void(ValueRange)> visit);

  /// The row-major position of indices, completed by zeros.
  Value getPosition(ValueRange indices);

  SmallVector<Value> complete(ValueRange indices);

  /// The shared values of the element that indices, completed by zeros, select.
  SmallVector<Value> buildShared(ValueRange indices);
  SmallVector<Value> buildSharedVectors(ValueRange indices, Value offset,
                                        int64_t lanes, Value mask);

  Value loadParameterVector(OpOperand &operand, ValueRange indices,
                            int64_t lanes, Value mask);

  SmallVector<Value> allocateExpanded();
  void fillExpanded(ArrayRef<Value> expanded, ValueRange outer, Value channel,
                    Value numChannels);
  void repeatExpanded(ArrayRef<Value> expanded, Value period, Value repeats);

  const LoopBody &body;
  LoopBuilder &b;
  SpanEmitter &spans;
  SmallVector<Value> extents;
  /// The dimensions of a period: channel and inner, of which either may be
  /// missing. Inner is what rows extend along.
  int64_t channelDim;
  Value inner;
};

} // namespace

LoopEmitter::LoopEmitter(const LoopBody &body, LoopBuilder &b,
                         SpanEmitter &spans)
    : body(body), b(b), spans(spans) {
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

/// Whether a buffer can hold vectors of it.
static bool isStorable(Type type) {
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 8;
}

/// Whether parameters can be expanded.
bool LoopEmitter::canExpand() const {
  // Channels' accumulators would have to be repeated with their parameters.
  if (hasUniformRows() && !body.getAccumulators().empty())
    return false;
  return channelDim >= 0 && !body.usesIndices() && !body.getShared().empty() &&
         llvm::all_of(body.getShared(),
                      [](Value value) { return isStorable(value.getType()); });
}

/// Expanding pays off where rows are short and there are several periods.
Value LoopEmitter::prefersPeriods() {
  Value numPeriods = b.index(1);
  for (int64_t dim = 0; dim < channelDim; ++dim)
    numPeriods = b.mul(numPeriods, extents[dim]);
  Value areMany = b.isLess(b.index(3), numPeriods);
  if (!hasUniformRows())
    return areMany;
  return b.both(b.isLess(inner, b.index(minRow)), areMany);
}

void LoopEmitter::emit() {
  if (!canExpand())
    emitRows();
  else
    b.branch(prefersPeriods(), [&] { emitPeriods(); }, [&] { emitRows(); });
  spans.emitFence();
}

//===----------------------------------------------------------------------===//
// Indices and parameters
//===----------------------------------------------------------------------===//

void LoopEmitter::forEachIndex(int64_t end,
                               llvm::function_ref<void(ValueRange)> visit) {
  SmallVector<Value> indices;
  forEachIndex(end, indices, visit);
}

void LoopEmitter::forEachIndex(int64_t end, SmallVectorImpl<Value> &indices,
                               llvm::function_ref<void(ValueRange)> visit) {
  if (static_cast<int64_t>(indices.size()) == end)
    return visit(indices);
  b.loop(b.index(0), extents[indices.size()], b.index(1), [&](Value index) {
    indices.push_back(index);
    forEachIndex(end, indices, visit);
    indices.pop_back();
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

void LoopEmitter::emitRows() {
  int64_t rowDim = body.getRowDim();
  forEachIndex(rowDim, [&](ValueRange indices) {
    Span span{getPosition(indices), extents[rowDim],
              spans.getPrefetchDistance(), complete(indices)};
    if (!hasUniformRows()) {
      spans.emit(span, [&](Value offset, int64_t lanes, Value mask) {
        return buildSharedVectors(indices, offset, lanes, mask);
      });
      return;
    }
    SmallVector<Value> shared = buildShared(indices);
    spans.emit(span, [&](Value, int64_t lanes, Value) {
      return llvm::map_to_vector(
          shared, [&](Value value) { return broadcast(b, value, lanes); });
    });
  });
}

/// The shared values of elements along a row in which they differ.
SmallVector<Value> LoopEmitter::buildSharedVectors(ValueRange indices,
                                                   Value offset, int64_t lanes,
                                                   Value mask) {
  SmallVector<Value> all = complete(indices);
  all[body.getRowDim()] = offset;
  SmallVector<Value> values;
  for (OpOperand *operand : body.getParameters()) {
    AffineMap map = body.getOp().getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(body.getRowDim()))
      values.push_back(
          broadcast(b, body.loadParameter(b, *operand, all), lanes));
    else
      values.push_back(loadParameterVector(*operand, all, lanes, mask));
  }
  IRMapping mapping;
  body.buildShared(b, values, all, lanes, mapping);
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

void LoopEmitter::emitPeriods() {
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
      b.loop(first, end, stride, [&](Value position) {
        spans.emit({position, b.min(length, b.sub(end, position)), stride,
                    complete(indices)},
                   provide);
      });
    });
  };
  if (isOuterIndexed)
    return forEachIndex(channelDim, [&](ValueRange outer) {
      emitTiles(outer, b.index(1), b.index(1));
    });
  Value numOuter = b.index(1);
  for (int64_t dim = 0; dim < channelDim; ++dim)
    numOuter = b.mul(numOuter, extents[dim]);
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
  OpBuilder::InsertionGuard guard(b);
  auto function = body.getOp()->getParentOfType<FunctionOpInterface>();
  b.setInsertionPointToStart(&function.getFunctionBody().front());
  return llvm::map_to_vector(body.getShared(), [&](Value value) -> Value {
    auto type =
        MemRefType::get({maxPeriod + 2 * spans.getStep()}, value.getType());
    return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
  });
}

/// Writes each channel's values as often as it has elements in a row.
void LoopEmitter::fillExpanded(ArrayRef<Value> expanded, ValueRange outer,
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
void LoopEmitter::repeatExpanded(ArrayRef<Value> expanded, Value period,
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

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Whether parameters that differ along rows are next to each other. (So are
/// accumulators.)
static bool canLoadVectors(const LoopBody &body) {
  return llvm::all_of(body.getParameters(), [&](OpOperand *operand) {
    AffineMap map = body.getOp().getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(body.getRowDim()))
      return true;
    auto type = cast<MemRefType>(operand->get().getType());
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    return type.getLayout().isIdentity() && last &&
           static_cast<int64_t>(last.getPosition()) == body.getRowDim();
  });
}

namespace {
struct QuantActVectorizeLoops
    : public quant_act::impl::QuantActVectorizeLoopsBase<
          QuantActVectorizeLoops> {
  using QuantActVectorizeLoopsBase::QuantActVectorizeLoopsBase;

  void runOnOperation() override {
    if (failed(checkVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    if (streamBytes < 0) {
      getOperation()->emitError()
          << "expects stream-bytes not to be negative, but got "
          << streamBytes.getValue();
      return signalPassFailure();
    }
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      std::optional<LoopBody> body = LoopBody::get(op);
      if (!body || !canLoadVectors(*body))
        continue;
      LoopBuilder builder(op);
      SpanEmitter spans(*body, builder, vectorBits, streamBytes);
      LoopEmitter(*body, builder, spans).emit();
      op.erase();
    }
  }
};
} // namespace
