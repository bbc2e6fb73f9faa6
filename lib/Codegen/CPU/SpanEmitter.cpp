//===- SpanEmitter.cpp - Vector loops over adjacent elements --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SpanEmitter.h"

#include "QuantAct/Numerics/Sums.h"

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

/// In spans of so many elements it does not count what is done for their first
/// and last line.
static constexpr int64_t minStreamed = 56;

/// Far enough ahead for the memory, near enough to stay in the first cache.
static constexpr int64_t prefetchBytes = 2048;

/// Where an address lies is looked up page by page, which takes longer yet.
static constexpr int64_t pageBytes = 4096, numPagesAhead = 2;

static int64_t getElementBytes(Value buffer) {
  Type type = cast<MemRefType>(buffer.getType()).getElementType();
  return type.isIntOrFloat() ? llvm::divideCeil(type.getIntOrFloatBitWidth(), 8)
                             : sizeof(int64_t);
}

/// The buffer that one is a part of: it is walked through part by part.
static Value getWhole(Value buffer) {
  while (auto part = buffer.getDefiningOp<memref::SubViewOp>())
    buffer = part.getSource();
  return buffer;
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
    inputs.push_back(flatten(operand->get()));
  for (OpOperand *operand : body.getOutputs())
    outputs.push_back(flatten(operand->get()));
}

SpanEmitter::Buffer SpanEmitter::flatten(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return {buffer, {}};
  if (type.areTrailingDimsContiguous(type.getRank())) {
    auto all = llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()));
    return {memref::CollapseShapeOp::create(
                b, buffer, SmallVector<ReassociationIndices>{all}),
            {}};
  }
  auto parts = memref::ExtractStridedMetadataOp::create(b, buffer);
  // Not less than what is accessed, if strides are not negative; nothing
  // depends on it.
  Value size = b.index(0);
  for (auto [extent, stride] :
       llvm::zip_equal(parts.getSizes(), parts.getStrides()))
    size = b.add(size, b.mul(extent, stride));
  OpFoldResult one = b.getIndexAttr(1);
  Value row = memref::ReinterpretCastOp::create(b, parts.getBaseBuffer(),
                                                OpFoldResult(parts.getOffset()),
                                                OpFoldResult(size), one);
  return {row, Values(parts.getStrides())};
}

SpanEmitter::Values SpanEmitter::getPositions(const Span &span, Value offset) {
  Value common = b.add(span.begin, offset);
  Values positions;
  for (const Buffer &buffer : llvm::concat<Buffer>(inputs, outputs)) {
    Value position = buffer.strides.empty() ? common : offset;
    for (auto [index, stride] : llvm::zip(span.indices, buffer.strides))
      position = b.add(position, b.mul(index, stride));
    if (buffer.shift)
      position = b.add(position, buffer.shift);
    positions.push_back(position);
  }
  return positions;
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
  return std::max(lanes, lineBytes / getElementBytes(outputs.front().row));
}

bool SpanEmitter::canStream() const {
  if (outputs.size() != 1)
    return false;
  return body.getAccumulators().empty() ||
         getUnit(/*isStreamed=*/true) % lanes == 0;
}

Value SpanEmitter::haveBytes(int64_t bytes) const {
  int64_t elementBytes = 0;
  for (const Buffer &buffer : inputs)
    elementBytes += getElementBytes(buffer.row);
  for (const Buffer &buffer : outputs)
    elementBytes += getElementBytes(buffer.row);
  return b.isLess(b.index(llvm::divideCeil(bytes, elementBytes) - 1),
                  b.numElements(getWhole(body.getElements().get())));
}

/// The address of a buffer's first element.
static Value getAddress(LoopBuilder &b, Value buffer) {
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  if (cast<MemRefType>(buffer.getType()).getLayout().isIdentity())
    return base;
  auto parts = memref::ExtractStridedMetadataOp::create(b, buffer);
  Value bytes = b.index(getElementBytes(buffer));
  return b.add(base, b.mul(parts.getOffset(), bytes));
}

Value SpanEmitter::getHead(Value position) {
  Value buffer = outputs.front().row;
  Value bytes = b.index(getElementBytes(buffer));
  Value address = b.add(getAddress(b, buffer), b.mul(position, bytes));
  Value before = b.both(b.sub(b.index(0), address), b.index(lineBytes - 1));
  return b.div(before, bytes);
}

/// A span between two lines that it shares has to reach from one to the other.
Value SpanEmitter::canStreamSpans(Value distance, Value length) {
  int64_t least = std::max(minStreamed, getUnit(/*isStreamed=*/true));
  return b.either(b.isLess(b.index(least - 1), length),
                  beginsWithLines(distance));
}

/// Whether a line of the result begins with the first of all elements, and with
/// each that comes a multiple of `distance` later.
Value SpanEmitter::beginsWithLines(Value distance) {
  Value buffer = outputs.front().row;
  Value bytes = b.mul(distance, b.index(getElementBytes(buffer)));
  Value beyond =
      b.both(b.either(getAddress(b, buffer), bytes), b.index(lineBytes - 1));
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
  if (isStreamed)
    return {{lanes, isStreamed, getUnit(isStreamed) / lanes}};
  if (step == lanes)
    return {{lanes, isStreamed}};
  return {{step, isStreamed}, {lanes, isStreamed}};
}

SmallVector<SpanEmitter::Part, 2>
SpanEmitter::getRegisterParts(bool isStreamed) const {
  SmallVector<Part, 2> parts = getParts(isStreamed);
  for (Part &part : parts) {
    if (part.isStreamed || part.lanes % lanes != 0)
      continue;
    part.numVectors *= part.lanes / lanes;
    part.lanes = lanes;
  }
  return parts;
}

void SpanEmitter::emit(const Span &span, ArrayRef<Part> parts,
                       SharedProvider shared) {
  if (parts.front().isStreamed)
    return emitLines(span, parts.front(), shared);
  Progress progress{b.index(0), accumulators->begin(span.indices)};
  // Few masked vectors take less time than another loop.
  if (outputs.empty() && !getConstantIntValue(span.length))
    parts = parts.take_front();
  for (Part part : parts)
    progress = emitFull(span, progress, part, shared);
  Values carried = emitRest(span, progress, shared);
  accumulators->end(span.indices, carried);
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//
//
// Spans that begin anywhere, but write whole lines past the caches. What a span
// has of its first and its last line goes to a buffer of a line, the seam,
// first. A line that adjacent spans share is written from there, as others are,
// once it is complete.

void SpanEmitter::emitLines(const Span &span, Part part,
                            SharedProvider shared) {
  int64_t unit = getUnit(/*isStreamed=*/true);
  auto output = cast<MemRefType>(outputs.front().row.getType());
  // What vectors write too much is beyond the line.
  Value seam =
      b.allocateOnStack(MemRefType::get({2 * unit}, output.getElementType()));
  Values carried = accumulators->begin(span.indices);
  Progress progress = emitHead(span, seam, carried, shared);
  Value head = progress.done;
  progress = emitFull(span, progress, part, shared);
  carried = emitTail(span, seam, progress, shared);
  accumulators->end(span.indices, rotate(carried, b.sub(b.index(0), head)));
}

/// What is before the first line, and what is carried on to vectors that begin
/// there.
SpanEmitter::Progress SpanEmitter::emitHead(Span span, Value seam,
                                            ValueRange carried,
                                            SharedProvider shared) {
  int64_t unit = getUnit(/*isStreamed=*/true);
  Value begin = getPositions(span, b.index(0))[inputs.size()];
  Value head = getHead(begin), first = b.sub(b.index(unit), head);
  span.length = b.min(head, span.length);
  Values next = b.choose(
      b.isLess(b.index(0), span.length), carried.getTypes(),
      [&] {
        Values values = emitSeam(span, {b.index(0), Values(carried)}, seam,
                                 b.sub(first, span.begin), shared);
        b.branch(
            isJoined(span.joinsBefore),
            [&] {
              storePastCaches(b.load(seam, b.index(0), unit), outputs.front(),
                              b.sub(begin, first));
            },
            [&] { copySeam(seam, first, begin, span.length); });
        return rotate(values, span.length);
      },
      [&] { return Values(carried); });
  return {span.length, next};
}

/// What is behind the last line.
SpanEmitter::Values SpanEmitter::emitTail(const Span &span, Value seam,
                                          const Progress &progress,
                                          SharedProvider shared) {
  Value from = progress.done;
  return b.choose(
      b.isLess(from, span.length), ValueRange(progress.carried).getTypes(),
      [&] {
        Value shift = b.sub(b.index(0), b.add(span.begin, from));
        Values values = emitSeam(span, progress, seam, shift, shared);
        Value isLast = b.isEqual(isJoined(span.joinsAfter), b.boolean(false));
        b.branch(isLast, [&] {
          Value begin = getPositions(span, from)[inputs.size()];
          copySeam(seam, b.index(0), begin, b.sub(span.length, from));
        });
        return values;
      },
      [&] { return progress.carried; });
}

/// Whether a line that two spans share is put together: it holds whole vectors.
Value SpanEmitter::isJoined(Value joins) {
  bool holdsVectors = lanes * getElementBytes(outputs.front().row) <= lineBytes;
  return joins && holdsVectors ? joins : b.boolean(false);
}

/// The rest of a span, written to the seam: an element is as far from its
/// position as `shift` says.
SpanEmitter::Values SpanEmitter::emitSeam(const Span &span, Progress progress,
                                          Value seam, Value shift,
                                          SharedProvider shared) {
  llvm::SaveAndRestore restore(outputs.front(), Buffer{seam, {}, shift});
  if (getUnit(/*isStreamed=*/true) > lanes)
    progress = emitFull(span, progress, {lanes, /*isStreamed=*/false}, shared);
  return emitRest(span, progress, shared);
}

/// Writes what only this span has of a line, which stays as it is elsewhere.
void SpanEmitter::copySeam(Value seam, Value from, Value to, Value count) {
  int64_t unit = getUnit(/*isStreamed=*/true);
  b.store(b.load(seam, from, unit), outputs.front().row, to,
          b.mask(count, unit));
}

SpanEmitter::Values SpanEmitter::rotate(ValueRange carried, Value count) {
  if (carried.empty() || !body.hasAccumulator(AccumulatorKind::Lanes))
    return Values(carried);
  Value isWhole = b.isEqual(b.rem(count, b.index(lanes)), b.index(0));
  return b.choose(
      isWhole, carried.getTypes(), [&] { return Values(carried); },
      [&] { return accumulators->rotate(carried, count); });
}

void SpanEmitter::emitMasked(const Span &span, Value from,
                             SharedProvider shared) {
  emitRest(span, {from, /*carried=*/{}}, shared);
}

SpanEmitter::Values SpanEmitter::emitRest(const Span &span,
                                          const Progress &progress,
                                          SharedProvider shared) {
  Value from = progress.done;
  ValueRange carried = progress.carried;
  // What is less than a vector needs no loop, which takes longer.
  if (outputs.empty() || carried.empty())
    return b.loop(from, span.length, b.index(lanes), carried,
                  [&](Value offset, ValueRange values) {
                    return emitMasked(span, offset, b.sub(span.length, offset),
                                      values, shared);
                  });
  Value count = b.sub(span.length, from);
  return b.choose(
      b.isLess(from, span.length), carried.getTypes(),
      [&] { return emitMasked(span, from, count, carried, shared); },
      [&] { return Values(carried); });
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

/// Addresses of vectors from a line's begin on are multiples of theirs, or of a
/// line: a vector may be less.
void SpanEmitter::storePastCaches(Value vector, const Buffer &buffer,
                                  Value position) {
  int64_t bytes = cast<VectorType>(vector.getType()).getNumElements() *
                  getElementBytes(buffer.row);
  vector::StoreOp::create(b, vector, buffer.row, position,
                          /*nontemporal=*/true,
                          llvm::MaybeAlign(llvm::MinAlign(bytes, lineBytes)));
}

SpanEmitter::Values SpanEmitter::emitVector(const Span &span, Value offset,
                                            Value mask, Part part,
                                            ValueRange carried,
                                            SharedProvider shared) {
  Values positions = getPositions(span, offset);
  // Of parts of buffers, whole rows are.
  if (part.isStreamed && !body.hasGaps())
    prefetchAhead(span, positions, part.lanes);
  SmallVector<Value> elements;
  for (auto [input, position] : llvm::zip(inputs, positions))
    elements.push_back(b.load(input.row, position, part.lanes, mask));
  Values accumulated = accumulators->get(span.indices, carried, offset, mask);
  LoopBody::Results results = body.buildElements(
      b, elements, accumulated, shared(offset, part.lanes, mask),
      b.add(span.indices[body.getRowDim()], offset), part.lanes);
  auto outputPositions = ArrayRef(positions).drop_front(inputs.size());
  for (auto [result, output, position] :
       llvm::zip_equal(results.outputs, outputs, outputPositions)) {
    if (part.isStreamed)
      storePastCaches(result, output, position);
    else
      b.store(result, output.row, position, output.shift ? Value() : mask);
  }
  return accumulators->update(results.accumulated, span.indices, carried,
                              offset, mask);
}

void SpanEmitter::prefetchLine(const Buffer &buffer, Value position) {
  memref::PrefetchOp::create(b, buffer.row, position, /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
}

/// Reads what comes later, and begins with pages that come later still, also
/// those that are written; addresses beyond the end are ignored.
void SpanEmitter::prefetchAhead(const Span &span, ValueRange positions,
                                int64_t numLanes) {
  for (auto [input, position] : llvm::zip(inputs, positions)) {
    Value ahead = b.add(position, span.prefetchDistance);
    int64_t line = lineBytes / getElementBytes(input.row);
    for (int64_t i = 0; i < numLanes; i += line)
      prefetchLine(input, b.add(ahead, b.index(i)));
  }
  for (auto [buffer, position] :
       llvm::zip_equal(llvm::concat<Buffer>(inputs, outputs), positions)) {
    int64_t page = pageBytes / getElementBytes(buffer.row);
    Value ahead = b.add(position, b.index(numPagesAhead * page));
    // The same for all vectors of a page: a line of it, which stays in a cache.
    prefetchLine(buffer, b.floorTo(ahead, page));
  }
}

void SpanEmitter::prefetchNextRow(const Span &span) {
  SmallVector<int64_t> extents = body.getOp().getStaticLoopRanges();
  int64_t dim = body.getRowDim() - 1;
  while (dim > 0 && extents[dim] == 1)
    --dim;
  if (dim < 0)
    return;
  Values positions = getPositions(span, b.index(0));
  for (auto [buffer, position] :
       llvm::zip_equal(llvm::concat<Buffer>(inputs, outputs), positions)) {
    if (buffer.strides.empty())
      continue;
    Value next = b.add(position, buffer.strides[dim]);
    int64_t page = pageBytes / getElementBytes(buffer.row);
    b.loop(next, b.add(next, span.length), b.index(page),
           [&, &buffer = buffer](Value at) { prefetchLine(buffer, at); });
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
