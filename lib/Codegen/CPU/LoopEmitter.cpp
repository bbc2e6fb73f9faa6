//===- LoopEmitter.cpp - How elements are walked through ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

/// In rows of so many elements, what is done for each row does not count.
static constexpr int64_t longRow = QuantActDialect::longRow;

SmallVector<int64_t> quant_act::getDims(int64_t begin, int64_t end) {
  return llvm::to_vector(llvm::seq(begin, end));
}

LoopEmitter::LoopEmitter(const LoopBody &body, LoopBuilder &b,
                         SpanEmitter &spans, int64_t streamBytes,
                         int64_t parallelBytes)
    : body(body), b(b), spans(spans), streamBytes(streamBytes),
      parallelBytes(parallelBytes), table(body, b, spans.getLanes()) {
  Value first = body.getElements().get();
  for (int64_t dim = 0, e = body.getOp().getNumLoops(); dim < e; ++dim)
    extents.push_back(b.extent(first, dim));
  channelDim = hasUniformRows() ? body.getRowDim() - 1 : body.getRowDim();
  inner = hasUniformRows() ? extents[body.getRowDim()] : b.index(1);
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// Whether rows are known to be long although their extent is not.
bool LoopEmitter::hasLongRows() const {
  return hasUniformRows() &&
         body.getOp()->hasAttr(QuantActDialect::longRowsAttrName);
}

/// Whether what channels have can be expanded to an element each.
bool LoopEmitter::canExpand() const {
  if (channelDim < 0 || hasLongRows() || body.hasGaps() || body.usesIndices() ||
      (body.getShared().empty() && body.getAccumulators().empty()))
    return false;
  return AccumulatorTable::canExpand(body, channelDim) && canExpandLanes() &&
         llvm::all_of(body.getShared(), [](Value value) {
           return value.getType().isIntOrFloat() && fillsBytes(value.getType());
         });
}

/// Whether lanes that differ from row to row are the same for all accumulators,
/// if there are any, and follow each other as rows do.
bool LoopEmitter::canExpandLanes() const {
  bool haveLanes =
      llvm::any_of(body.getAccumulators(), [](const Accumulator &each) {
        return each.laneDim.has_value();
      });
  return !haveLanes ||
         (body.getLaneDim() && (isOuterIndexed() || channelDim == 1));
}

/// Whether a table has all lanes of the rows of a period.
bool LoopEmitter::hasLanesByRows() const {
  return body.getLaneDim().has_value() && !isOuterIndexed();
}

/// Whether elements of two rows can be computed in one vector.
bool LoopEmitter::canJoinRows() const {
  return !body.hasGaps() && hasUniformRows() &&
         body.getAccumulators().empty() && !body.usesIndices();
}

/// Whether parameters depend on what is before the channel.
bool LoopEmitter::isOuterIndexed() const {
  return llvm::any_of(getDims(0, channelDim),
                      [&](int64_t dim) { return body.isIndexedBy(dim); });
}

/// Whether a row holds a whole vector, and a whole line: none has parts of more
/// than two rows. A single row has no seams.
Value LoopEmitter::areRowsLong() {
  if (body.getRowDim() == 0 || hasLongRows())
    return b.boolean(true);
  return b.isLess(b.index(spans.getUnit(spans.canStream()) - 1), inner);
}

Value LoopEmitter::haveManyPeriods() {
  return b.isLess(b.index(3), getNumIndices(getDims(0, channelDim)));
}

/// Expanding pays off where there are several periods and rows, if any, are
/// short; without accumulators, where rows hold no vector, in any case. Sums by
/// lanes have one for each element of these only.
Value LoopEmitter::prefersPeriods() {
  Value areMany = haveManyPeriods();
  if (!hasUniformRows())
    return areMany;
  Value areShort = b.both(b.isLess(inner, b.index(longRow)),
                          b.both(areMany, canWalkPeriods()));
  if (body.getAccumulators().empty())
    return b.either(b.isLess(inner, b.index(spans.getUnit(spans.canStream()))),
                    areShort);
  Value holdNoVector =
      b.both(b.isLess(inner, b.index(spans.getLanes())), areMany);
  if (body.hasAccumulator(AccumulatorKind::Lanes))
    return holdNoVector;
  return b.either(holdNoVector, areShort);
}

/// Where results go past the caches if whole lines can be written.
Value LoopEmitter::areResultsLarge() {
  if (streamBytes == 0 || !spans.canStream())
    return b.boolean(false);
  return spans.haveBytes(streamBytes);
}

/// Whether spans of a length that begin a multiple of `distance` elements from
/// each other go past the caches.
Value LoopEmitter::streamsSpans(Value distance, Value length) {
  if (matchPattern(isLarge, m_Zero()))
    return isLarge;
  return b.both(isLarge, spans.canStreamSpans(distance, length));
}

/// Whether what threads add to differs along a dimension, or they have their
/// own.
bool LoopEmitter::canDivide(int64_t dim) const {
  return llvm::all_of(body.getAccumulators(), [&](const Accumulator &each) {
    return each.map.isFunctionOfDim(dim) || PrivateAccumulators::canHave(each);
  });
}

/// Whether parts of a row are as good as rows: there are no others, or what
/// elements are added to differs along the row.
bool LoopEmitter::canDivideRow() const {
  int64_t rowDim = body.getRowDim();
  SmallVector<int64_t> ranges = body.getOp().getStaticLoopRanges();
  bool isOnlyRow = llvm::all_of(ArrayRef(ranges).take_front(rowDim),
                                [](int64_t extent) { return extent == 1; });
  return (isOnlyRow || body.hasAccumulator(AccumulatorKind::AlongRow)) &&
         canDivide(rowDim);
}

/// The dimensions before the row's that threads can divide.
SmallVector<int64_t> LoopEmitter::getParallelDims() const {
  return llvm::filter_to_vector(llvm::seq<int64_t>(0, body.getRowDim()),
                                [&](int64_t dim) { return canDivide(dim); });
}

/// Threads that have a part each do not divide it again.
bool LoopEmitter::canDivide() const {
  return parallelBytes != 0 &&
         !body.getOp()->getParentOfType<scf::ParallelOp>() &&
         (canDivideRow() || !getParallelDims().empty());
}

void LoopEmitter::emit() {
  isLarge = areResultsLarge();
  if (canDivide())
    b.branch(
        spans.haveBytes(parallelBytes),
        [&] { emitStrategies(/*isParallel=*/true); },
        [&] { emitStrategies(/*isParallel=*/false); });
  else
    emitStrategies(/*isParallel=*/false);
  emitFence();
}

/// Behind all loops that the op is in, unless other threads may read in them
/// what was written past the caches.
void LoopEmitter::emitFence() {
  Operation *outermost = nullptr;
  for (Operation *op = body.getOp()->getParentOp();
       isa<scf::ForOp, scf::IfOp>(op); op = op->getParentOp())
    if (isa<scf::ForOp>(op))
      outermost = op;
  if (!outermost || parallelBytes != 0)
    return b.branch(isLarge, [&] { spans.emitFence(); });
  if (matchPattern(isLarge, m_Zero()))
    return;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(outermost);
  spans.emitFence();
}

/// Tiles of periods that accumulate are for one thread, others get parts of
/// rows: if there are.
Value LoopEmitter::prefersPeriods(bool isParallel) {
  if (!isParallel || body.getAccumulators().empty() || hasUniformRows())
    return prefersPeriods();
  Value hasNoParts = b.isLess(extents[channelDim], b.index(2 * partUnit));
  if (!AccumulatorTable::isUnordered(body))
    return b.both(prefersPeriods(), hasNoParts);
  return b.both(prefersPeriods(), b.either(hasNoParts, canWalkPeriods()));
}

/// Rows that are whole vectors have no seams, in caches: past them, whole lines
/// are written, which rows may share.
void LoopEmitter::emitLongRows(bool isParallel) {
  if (!canJoinRows())
    return emitRows(isParallel);
  Value rest = b.rem(inner, b.index(spans.getLanes()));
  Value areWhole =
      b.both(b.isEqual(rest, b.index(0)), b.isEqual(isLarge, b.boolean(false)));
  b.branch(
      areWhole, [&] { emitRows(isParallel, /*isStreamed=*/false); },
      [&] { emitSeams(isParallel); });
}

void LoopEmitter::emitStrategies(bool isParallel) {
  auto emitLong = [&] { emitLongRows(isParallel); };
  auto emitShort = [&] {
    b.branch(addsByRows(), [&] { emitRowSums(); }, emitLong);
  };
  if (canExpand())
    b.branch(
        prefersPeriods(isParallel), [&] { emitPeriods(isParallel); },
        [&] { isParallel ? emitLong() : emitShort(); });
  else if (canJoinRows())
    b.branch(areRowsLong(), emitLong, [&] { emitRows(isParallel); });
  else
    emitRows(isParallel);
}

//===----------------------------------------------------------------------===//
// Indices and parameters
//===----------------------------------------------------------------------===//

LoopEmitter::Values LoopEmitter::forEachIndex(
    ArrayRef<int64_t> dims, Values &indices, ValueRange carried,
    llvm::function_ref<Values(ValueRange, ValueRange)> visit) {
  if (dims.empty())
    return visit(indices, carried);
  return b.loop(b.index(0), extents[dims.front()], b.index(1), carried,
                [&](Value index, ValueRange values) {
                  indices[dims.front()] = index;
                  return forEachIndex(dims.drop_front(), indices, values,
                                      visit);
                });
}

void LoopEmitter::forEachIndex(ArrayRef<int64_t> dims, Values &indices,
                               llvm::function_ref<void()> visit) {
  forEachIndex(dims, indices, /*carried=*/{}, [&](ValueRange, ValueRange) {
    visit();
    return Values();
  });
}

void LoopEmitter::setIndices(ArrayRef<int64_t> dims, Value position,
                             Values &indices) {
  for (int64_t dim : llvm::reverse(dims)) {
    indices[dim] = b.rem(position, extents[dim]);
    position = b.div(position, extents[dim]);
  }
}

Value LoopEmitter::getNumIndices(ArrayRef<int64_t> dims) {
  Value number = b.index(1);
  for (int64_t dim : dims)
    number = b.mul(number, extents[dim]);
  return number;
}

/// Threads order what they have written before they end.
Value LoopEmitter::forEachPart(
    Value total, int64_t unit, int64_t most,
    llvm::function_ref<void(Value, Value, Value)> visit) {
  auto visitOrdered = [&](Value part, Value from, Value to) {
    visit(part, from, to);
    b.branch(isLarge, [&] { spans.emitFence(); });
  };
  return b.parallelParts(total, unit, most, visitOrdered);
}

Value LoopEmitter::getHead(Value position) {
  return b
      .choose(
          isLarge, b.getIndexType(),
          [&]() -> Values { return {spans.getHead(position)}; },
          [&]() -> Values { return {b.index(0)}; })
      .front();
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

SmallVector<Value> LoopEmitter::broadcast(ValueRange scalars, int64_t lanes) {
  return llvm::map_to_vector(scalars, [&](Value scalar) -> Value {
    auto type = VectorType::get({lanes}, scalar.getType());
    return vector::BroadcastOp::create(b, type, scalar);
  });
}

/// The shared values of elements along a dimension in which they differ.
SmallVector<Value> LoopEmitter::buildSharedVectors(int64_t dim,
                                                   ValueRange indices,
                                                   int64_t lanes, Value mask) {
  SmallVector<Value> values;
  for (OpOperand *operand : body.getParameters()) {
    AffineMap map = body.getOp().getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(dim))
      values.append(broadcast(body.loadParameter(b, *operand, indices), lanes));
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
  Value loaded = b.load(
      operand.get(), body.getOperandIndices(b, operand, indices), lanes, mask);
  if (!mask)
    return loaded;
  // Lanes that are not stored divide by one.
  Value ones = arith::ConstantOp::create(
      b, b.getOneAttr(cast<VectorType>(loaded.getType())));
  return arith::SelectOp::create(b, mask, loaded, ones);
}
