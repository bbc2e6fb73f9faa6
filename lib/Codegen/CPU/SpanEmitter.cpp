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
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace quant_act;

/// A store past the caches writes a whole line.
static constexpr int64_t lineBytes = 64;

/// Vectors that a loop accumulates at a time.
static constexpr int64_t numUnrolled = 4;

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
                         unsigned vectorBits)
    : body(body), b(b), lanes(getRegisterLanes(body, vectorBits)),
      step(getStepLanes(body, vectorBits)), spanAccumulators(body, b, lanes) {
  for (OpOperand *operand : body.getInputs())
    inputs.push_back(flatten(b, operand->get()));
  for (OpOperand *operand : body.getOutputs())
    outputs.push_back(flatten(b, operand->get()));
}

int64_t SpanEmitter::getWidest() const {
  int64_t widest = 0;
  for (bool isStreamed : {false, canStream()})
    for (Part part : getParts(isStreamed))
      widest = std::max(widest, part.lanes * part.numVectors);
  return widest;
}

int64_t SpanEmitter::getUnit(bool isStreamed) const {
  if (!isStreamed)
    return lanes;
  return std::max(lanes, lineBytes / getElementBytes(outputs.front()));
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

Value SpanEmitter::getHead(Value position) {
  Value buffer = outputs.front();
  Value bytes = b.index(getElementBytes(buffer));
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value address = b.add(base, b.mul(position, bytes));
  Value before = b.both(b.sub(b.index(0), address), b.index(lineBytes - 1));
  return b.div(before, bytes);
}

Value SpanEmitter::beginsWithLines(Value distance) {
  Value buffer = outputs.front();
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value bytes = b.mul(distance, b.index(getElementBytes(buffer)));
  Value beyond = b.both(b.either(base, bytes), b.index(lineBytes - 1));
  return b.isLess(beyond, b.index(1));
}

Value SpanEmitter::getPrefetchDistance() const {
  return b.index(prefetchBytes / getElementBytes(body.getElements().get()));
}

SmallVector<SpanEmitter::Part, 2> SpanEmitter::getParts(bool isStreamed) const {
  // Memory is slower than a loop over lines.
  if (isStreamed && body.getAccumulators().empty())
    return {{getUnit(isStreamed), isStreamed}};
  // What only accumulates takes less time than a loop around it.
  if (outputs.empty())
    return {{lanes, isStreamed, numUnrolled}, {lanes, isStreamed}};
  if (isStreamed || step == lanes)
    return {{lanes, isStreamed}};
  return {{step, isStreamed}, {lanes, isStreamed}};
}

void SpanEmitter::emit(const Span &span, ArrayRef<Part> parts,
                       SharedProvider shared) {
  Progress progress{b.index(0), accumulators->begin(span.indices)};
  for (Part part : parts)
    progress = emitFull(span, progress, part, shared);
  if (!fillsSpans(parts.back()))
    progress.carried = emitRest(span, progress, shared);
  accumulators->end(span.indices, progress.carried);
}

/// Whether nothing is left of spans that begin and end with lines. If there is
/// but one span, it may end elsewhere.
bool SpanEmitter::fillsSpans(Part part) const {
  return part.isStreamed && body.getRowDim() != 0 &&
         part.lanes <= lineBytes / getElementBytes(outputs.front());
}

SpanEmitter::Values SpanEmitter::emitRest(const Span &span,
                                          const Progress &progress,
                                          SharedProvider shared) {
  Value from = progress.done;
  ValueRange carried = progress.carried;
  if (carried.empty()) {
    emitMasked(span, from, shared);
    return {};
  }
  return b.choose(
      b.isLess(from, span.length), carried.getTypes(),
      [&] {
        Value count = b.sub(span.length, from);
        return emitMasked(span, from, count, carried, shared);
      },
      [&] { return Values(carried); });
}

void SpanEmitter::emitMasked(const Span &span, Value from,
                             SharedProvider shared) {
  b.loop(from, span.length, b.index(lanes), [&](Value offset) {
    emitMasked(span, offset, b.sub(span.length, offset), /*carried=*/{},
               shared);
  });
}

SpanEmitter::Progress SpanEmitter::emitFull(const Span &span, Progress progress,
                                            Part part, SharedProvider shared) {
  int64_t stride = part.lanes * part.numVectors;
  Value count = b.floorTo(b.sub(span.length, progress.done), stride);
  Value to = b.add(progress.done, count);
  Values carried =
      b.loop(progress.done, to, b.index(stride), progress.carried,
             [&](Value offset, ValueRange values) {
               Values next(values);
               for (int64_t at = 0; at < stride; at += part.lanes)
                 next = emitVector(span, b.add(offset, b.index(at)),
                                   /*mask=*/Value(), part, next, shared);
               return next;
             });
  return {to, carried};
}

/// Computes the first `count` elements of a vector, or all.
SpanEmitter::Values SpanEmitter::emitMasked(const Span &span, Value from,
                                            Value count, ValueRange carried,
                                            SharedProvider shared) {
  return emitVector(span, from, b.mask(count, lanes),
                    {lanes, /*isStreamed=*/false}, carried, shared);
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
    elements.push_back(b.load(input, position, part.lanes, mask));
  Values accumulated = accumulators->get(span.indices, carried, offset, mask);
  LoopBody::Results results = body.buildElements(
      b, elements, accumulated, shared(offset, part.lanes, mask),
      b.add(span.indices[body.getRowDim()], offset), part.lanes);
  for (auto [result, output] : llvm::zip_equal(results.outputs, outputs)) {
    if (part.isStreamed)
      vector::StoreOp::create(b, result, output, position,
                              /*nontemporal=*/true,
                              getStreamAlignment(output, part.lanes));
    else
      b.store(result, output, position, mask);
  }
  return accumulators->update(results.accumulated, span.indices, carried,
                              offset, mask);
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

void SpanEmitter::withAccumulators(Accumulators &others,
                                   llvm::function_ref<void()> emit) {
  llvm::SaveAndRestore restore(accumulators, &others);
  emit();
}

void SpanEmitter::emitFence() {
  LLVM::FenceOp::create(b, LLVM::AtomicOrdering::seq_cst);
}
