//===- SpanEmitter.cpp - Vector loops over adjacent elements --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SpanEmitter.h"

#include "QuantAct/Numerics/Sums.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace quant_act;

/// A store past the caches writes a whole line.
static constexpr int64_t lineBytes = 64;

/// Far enough ahead for the memory, near enough to stay in the first cache.
static constexpr int64_t prefetchBytes = 2048;

static int64_t getElementBytes(Value buffer) {
  Type type = cast<MemRefType>(buffer.getType()).getElementType();
  return type.isIntOrFloat() ? llvm::divideCeil(type.getIntOrFloatBitWidth(), 8)
                             : sizeof(int64_t);
}

/// A buffer without gaps as one row.
static Value flatten(LoopBuilder &b, Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  if (rank == 1)
    return buffer;
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return memref::CollapseShapeOp::create(
      b, buffer, SmallVector<ReassociationIndices>{all});
}

/// The elements of a vector register of the largest size there is.
static int64_t getRegisterLanes(const LoopBody &body, unsigned vectorBits) {
  if (body.hasAccumulator(AccumulatorKind::Lanes))
    return numSumLanes;
  int64_t bits = std::min<int64_t>(lineBytes * 8, vectorBits);
  return std::max<int64_t>(1, bits / body.getWidth());
}

/// The elements of the main loop's vectors. What is carried depends on what was
/// before: there is nothing to compute side by side.
static int64_t getStepLanes(const LoopBody &body, unsigned vectorBits) {
  int64_t lanes = getRegisterLanes(body, vectorBits);
  if (!body.getAccumulators().empty())
    return lanes;
  return std::max<int64_t>(lanes, vectorBits / body.getWidth());
}

SpanEmitter::SpanEmitter(const LoopBody &body, LoopBuilder &b,
                         unsigned vectorBits, int64_t streamBytes)
    : body(body), b(b), lanes(getRegisterLanes(body, vectorBits)),
      step(getStepLanes(body, vectorBits)), accumulators(body, b, lanes) {
  for (OpOperand *operand : body.getInputs())
    inputs.push_back(flatten(b, operand->get()));
  for (OpOperand *operand : body.getOutputs())
    outputs.push_back(flatten(b, operand->get()));
  // Results of several outputs need not be aligned alike.
  if (streamBytes != 0 && outputs.size() == 1)
    streams = haveBytes(streamBytes);
}

Value SpanEmitter::haveBytes(int64_t bytes) const {
  int64_t elementBytes = 0;
  for (Value buffer : inputs)
    elementBytes += getElementBytes(buffer);
  for (Value buffer : outputs)
    elementBytes += getElementBytes(buffer);
  Value row = outputs.empty() ? inputs.front() : outputs.front();
  Value numElements = getValueOrCreateConstantIndexOp(
      b, b.getLoc(), memref::getMixedSize(b, b.getLoc(), row, /*dim=*/0));
  return b.isLess(b.index(llvm::divideCeil(bytes, elementBytes) - 1),
                  numElements);
}

Value SpanEmitter::getPrefetchDistance() const {
  return b.index(prefetchBytes / getElementBytes(body.getElements().get()));
}

SpanEmitter::Progress
SpanEmitter::choose(Value condition, ValueRange carried,
                    llvm::function_ref<Progress()> then,
                    llvm::function_ref<Progress()> otherwise) {
  auto toValues = [](Progress progress) {
    progress.carried.push_back(progress.done);
    return progress.carried;
  };
  SmallVector<Type> types(carried.getTypes());
  types.push_back(b.getIndexType());
  Values values = b.choose(
      condition, types, [&] { return toValues(then()); },
      [&] { return toValues(otherwise()); });
  Value done = values.pop_back_val();
  return {done, values};
}

/// The loops over a span: up to where a line of the output begins, if results
/// are streamed; over steps, over single vectors; over what is left.
void SpanEmitter::emit(const Span &span, SharedProvider shared) {
  Values carried = accumulators.begin(span.indices);
  auto emitCached = [&] {
    return emitFull(span, {b.index(0), carried}, {step, /*isStreamed=*/false},
                    shared);
  };
  // Behind a head, vectors begin with another lane.
  bool hasLanes = body.hasAccumulator(AccumulatorKind::Lanes);
  auto getShift = [&](const Progress &progress) {
    return b.both(progress.done, b.index(lanes - 1));
  };
  auto emitStreamed = [&] {
    Progress head = emitHead(span, carried, shared);
    if (hasLanes)
      head.carried = accumulators.rotate(head.carried, getShift(head));
    return emitFull(span, head, {step, /*isStreamed=*/true}, shared);
  };
  Progress progress = streams
                          ? choose(streams, carried, emitStreamed, emitCached)
                          : emitCached();
  Value shift = streams && hasLanes ? getShift(progress) : Value();
  progress = emitRest(span, progress, shared);
  if (shift)
    progress.carried =
        accumulators.rotate(progress.carried, b.sub(b.index(lanes), shift));
  accumulators.end(span.indices, progress.carried);
}

/// Computes the elements before the first whole line of the output.
SpanEmitter::Progress SpanEmitter::emitHead(const Span &span, Values carried,
                                            SharedProvider shared) {
  Value buffer = outputs.front();
  Value bytes = b.index(getElementBytes(buffer));
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value address = b.add(base, b.mul(span.begin, bytes));
  Value before = b.both(b.sub(b.index(0), address), b.index(lineBytes - 1));
  Value count = b.min(b.div(before, bytes), span.length);
  carried = b.loop(b.index(0), count, b.index(lanes), carried,
                   [&](Value offset, ValueRange values) {
                     return emitMasked(span, offset, b.sub(count, offset),
                                       values, shared);
                   });
  return {count, carried};
}

/// Computes as many whole vectors as there are.
SpanEmitter::Progress SpanEmitter::emitFull(const Span &span, Progress progress,
                                            Part part, SharedProvider shared) {
  Value count = b.floorTo(b.sub(span.length, progress.done), part.lanes);
  Value to = b.add(progress.done, count);
  Values carried = b.loop(
      progress.done, to, b.index(part.lanes), progress.carried,
      [&](Value offset, ValueRange values) {
        return emitVector(span, offset, /*mask=*/Value(), part, values, shared);
      });
  return {to, carried};
}

/// Computes the single vectors, and the part of one, at the end.
SpanEmitter::Progress SpanEmitter::emitRest(const Span &span, Progress progress,
                                            SharedProvider shared) {
  if (step != lanes)
    progress = emitFull(span, progress, {lanes, /*isStreamed=*/false}, shared);
  return choose(
      b.isLess(progress.done, span.length), progress.carried,
      [&]() -> Progress {
        Value count = b.sub(span.length, progress.done);
        return {span.length, emitMasked(span, progress.done, count,
                                        progress.carried, shared)};
      },
      [&] { return progress; });
}

/// Computes the first `count` elements of a vector, or all.
SpanEmitter::Values SpanEmitter::emitMasked(const Span &span, Value from,
                                            Value count, ValueRange carried,
                                            SharedProvider shared) {
  auto type = VectorType::get({lanes}, b.getI1Type());
  Value mask = vector::CreateMaskOp::create(b, type, count);
  return emitVector(span, from, mask, {lanes, /*isStreamed=*/false}, carried,
                    shared);
}

/// What the addresses of vectors from a line's begin on are multiples of: a
/// vector may be less than a line.
static llvm::MaybeAlign getStreamAlignment(Value buffer, int64_t lanes) {
  int64_t bytes = lanes * getElementBytes(buffer);
  return llvm::MaybeAlign(llvm::MinAlign(bytes, lineBytes));
}

SpanEmitter::Values SpanEmitter::emitVector(const Span &span, Value offset,
                                            Value mask, Part part,
                                            ValueRange carried,
                                            SharedProvider shared) {
  Value position = b.add(span.begin, offset);
  if (part.isStreamed)
    prefetch(span, position, part.lanes);
  SmallVector<Value> elements;
  for (Value input : inputs)
    elements.push_back(load(input, position, part.lanes, mask));
  Values accumulated = accumulators.get(span.indices, carried, offset, mask);
  LoopBody::Results results = body.buildElements(
      b, elements, accumulated, shared(offset, part.lanes, mask),
      b.add(span.indices[body.getRowDim()], offset), part.lanes);
  for (auto [result, output] : llvm::zip_equal(results.outputs, outputs)) {
    if (mask)
      vector::MaskedStoreOp::create(b, output, position, mask, result);
    else if (part.isStreamed)
      vector::StoreOp::create(b, result, output, position,
                              /*nontemporal=*/true,
                              getStreamAlignment(output, part.lanes));
    else
      vector::StoreOp::create(b, result, output, position);
  }
  return accumulators.update(results.accumulated, span.indices, carried, offset,
                             mask);
}

/// Reads what comes later; addresses beyond the end are ignored.
void SpanEmitter::prefetch(const Span &span, Value position, int64_t numLanes) {
  Value ahead = b.add(position, span.prefetchDistance);
  for (Value input : inputs) {
    int64_t line = lineBytes / getElementBytes(input);
    for (int64_t i = 0; i < numLanes; i += line)
      memref::PrefetchOp::create(b, input, b.add(ahead, b.index(i)),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
  }
}

Value SpanEmitter::load(Value buffer, Value position, int64_t numLanes,
                        Value mask) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({numLanes}, element);
  if (!mask)
    return vector::LoadOp::create(b, type, buffer, position);
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, buffer, position, mask, zeros);
}

void SpanEmitter::emitFence() {
  if (!streams)
    return;
  b.branch(streams,
           [&] { LLVM::FenceOp::create(b, LLVM::AtomicOrdering::seq_cst); });
}
