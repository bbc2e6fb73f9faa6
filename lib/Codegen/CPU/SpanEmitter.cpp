//===- SpanEmitter.cpp - Vector loops over adjacent elements --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SpanEmitter.h"

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

SpanEmitter::SpanEmitter(const ElementwiseBody &body, LoopBuilder &b,
                         unsigned vectorBits, int64_t streamBytes)
    : body(body), b(b),
      lanes(std::max<int64_t>(1, std::min<int64_t>(lineBytes * 8, vectorBits) /
                                     body.getWidth())),
      step(std::max<int64_t>(lanes, vectorBits / body.getWidth())) {
  for (OpOperand *operand : body.getInputs())
    inputs.push_back(flatten(b, operand->get()));
  for (OpOperand *operand : body.getOutputs())
    outputs.push_back(flatten(b, operand->get()));
  // Results of several outputs need not be aligned alike.
  if (streamBytes == 0 || outputs.size() != 1)
    return;
  int64_t bytes = 0;
  for (Value buffer : llvm::concat<Value>(inputs, outputs))
    bytes += getElementBytes(buffer);
  Value numElements = getValueOrCreateConstantIndexOp(
      b, b.getLoc(),
      memref::getMixedSize(b, b.getLoc(), outputs.front(), /*dim=*/0));
  streams =
      b.isLess(b.index(llvm::divideCeil(streamBytes, bytes) - 1), numElements);
}

Value SpanEmitter::getPrefetchDistance() const {
  return b.index(prefetchBytes / getElementBytes(outputs.front()));
}

/// The loops over a span: up to where a line of the output begins, if results
/// are streamed; over steps, over single vectors; over what is left.
void SpanEmitter::emit(const Span &span, SharedProvider shared) {
  auto emitMain = [&] {
    return emitFull(span, b.index(0), {step, /*isStreamed=*/false}, shared);
  };
  auto emitStreamed = [&] {
    return emitFull(span, emitHead(span, shared), {step, /*isStreamed=*/true},
                    shared);
  };
  Value done = streams ? b.choose(streams, emitStreamed, emitMain) : emitMain();
  if (step != lanes)
    done = emitFull(span, done, {lanes, /*isStreamed=*/false}, shared);
  b.branch(b.isLess(done, span.length),
           [&] { emitMasked(span, done, b.sub(span.length, done), shared); });
}

/// Computes the elements before the first whole line of the output.
Value SpanEmitter::emitHead(const Span &span, SharedProvider shared) {
  Value buffer = outputs.front();
  Value bytes = b.index(getElementBytes(buffer));
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value address = b.add(base, b.mul(span.begin, bytes));
  Value before = b.both(b.sub(b.index(0), address), b.index(lineBytes - 1));
  Value count = b.min(b.div(before, bytes), span.length);
  b.loop(b.index(0), count, b.index(lanes), [&](Value offset) {
    emitMasked(span, offset, b.sub(count, offset), shared);
  });
  return count;
}

/// Computes as many whole vectors as there are; the result is where they end.
Value SpanEmitter::emitFull(const Span &span, Value from, Part part,
                            SharedProvider shared) {
  Value count = b.floorTo(b.sub(span.length, from), part.lanes);
  Value to = b.add(from, count);
  b.loop(from, to, b.index(part.lanes), [&](Value offset) {
    emitVector(span, offset, /*mask=*/Value(), part, shared);
  });
  return to;
}

/// Computes the first `count` elements of a vector, or all.
void SpanEmitter::emitMasked(const Span &span, Value from, Value count,
                             SharedProvider shared) {
  auto type = VectorType::get({lanes}, b.getI1Type());
  Value mask = vector::CreateMaskOp::create(b, type, count);
  emitVector(span, from, mask, {lanes, /*isStreamed=*/false}, shared);
}

/// What the addresses of vectors from a line's begin on are multiples of: a
/// vector may be less than a line.
static llvm::MaybeAlign getStreamAlignment(Value buffer, int64_t lanes) {
  int64_t bytes = lanes * getElementBytes(buffer);
  return llvm::MaybeAlign(llvm::MinAlign(bytes, lineBytes));
}

void SpanEmitter::emitVector(const Span &span, Value offset, Value mask,
                             Part part, SharedProvider shared) {
  Value position = b.add(span.begin, offset);
  if (part.isStreamed)
    prefetch(span, position, part.lanes);
  SmallVector<Value> elements;
  for (Value input : inputs)
    elements.push_back(load(input, position, part.lanes, mask));
  SmallVector<Value> results = body.buildElements(
      b, elements, shared(offset, part.lanes, mask), offset, part.lanes);
  for (auto [result, output] : llvm::zip_equal(results, outputs)) {
    if (mask)
      vector::MaskedStoreOp::create(b, output, position, mask, result);
    else if (part.isStreamed)
      vector::StoreOp::create(b, result, output, position,
                              /*nontemporal=*/true,
                              getStreamAlignment(output, part.lanes));
    else
      vector::StoreOp::create(b, result, output, position);
  }
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
