//===- ElementwiseBody.cpp - What is done to each element -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace quant_act;

std::optional<ElementwiseBody> ElementwiseBody::get(linalg::GenericOp op) {
  ElementwiseBody body(op);
  if (!op.hasPureBufferSemantics() || op.getNumLoops() == 0 ||
      op.getNumLoops() != op.getNumParallelLoops() ||
      !body.classifyOperands() || !body.classifyOps())
    return std::nullopt;
  return body;
}

static bool hasGaps(Value buffer) {
  return !cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
}

/// Whether a vector lies in memory as its elements do by themselves: LLVM packs
/// the bits of vectors only.
static bool fillsBytes(Type element) {
  return !element.isIntOrFloat() ||
         (element.getIntOrFloatBitWidth() >= 8 &&
          llvm::isPowerOf2_32(element.getIntOrFloatBitWidth()));
}

bool ElementwiseBody::classifyOperands() {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  rowDim = extents.size() - 1;
  while (rowDim > 0 && extents[rowDim] == 1)
    --rowDim;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type) {
      parameters.push_back(&operand); // a scalar
      continue;
    }
    if (!fillsBytes(type.getElementType()))
      return false;
    bool isElement = map.isIdentity() && !hasGaps(operand.get());
    if (op.isDpsInit(&operand)) {
      if (!isElement)
        return false;
      outputs.push_back(&operand);
      if (argument.use_empty())
        continue;
    }
    if (isElement) {
      inputs.push_back(&operand);
      elementValues.insert(argument);
    } else if (map.isProjectedPermutation(/*allowZeroInResults=*/true)) {
      parameters.push_back(&operand);
    } else {
      return false;
    }
  }
  return true;
}

void ElementwiseBody::include(Type type) {
  if (type.isIntOrFloat())
    width = std::max(width, type.getIntOrFloatBitWidth());
  else
    width = std::max(width, 64u);
}

/// Constants are made where they are needed.
static bool isConstant(Value value) {
  return value.getDefiningOp<arith::ConstantOp>();
}

bool ElementwiseBody::classifyOps() {
  Block *block = op.getBody();
  for (Value argument : block->getArguments())
    include(argument.getType());
  for (Operation &nested : block->without_terminator()) {
    // Their vectors are expanded, which need not give the bits of libm.
    if (isa<math::Log2Op, math::Exp2Op>(nested))
      return false;
    auto index = dyn_cast<linalg::IndexOp>(nested);
    if (!index && !isa<arith::ConstantOp>(nested) &&
        !OpTrait::hasElementwiseMappableTraits(&nested))
      return false;
    hasIndices |= bool(index);
    bool isElement = index && static_cast<int64_t>(index.getDim()) == rowDim;
    for (Value operand : nested.getOperands())
      isElement |= elementValues.contains(operand);
    for (Value result : nested.getResults()) {
      include(result.getType());
      if (isElement)
        elementValues.insert(result);
    }
  }
  auto share = [&](Operation &user) {
    for (Value operand : user.getOperands())
      if (operand.getParentBlock() == block && !isConstant(operand) &&
          !elementValues.contains(operand))
        shared.insert(operand);
  };
  for (Operation &nested : block->without_terminator())
    if (llvm::any_of(nested.getResults(), [&](Value result) {
          return elementValues.contains(result);
        }))
      share(nested);
  share(*block->getTerminator());
  return true;
}

bool ElementwiseBody::isIndexedBy(int64_t dim) const {
  return llvm::any_of(parameters, [&](OpOperand *operand) {
    return getOp().getMatchingIndexingMap(operand).isFunctionOfDim(dim);
  });
}

SmallVector<Value>
ElementwiseBody::getParameterIndices(OpBuilder &builder, OpOperand &operand,
                                     ValueRange indices) const {
  SmallVector<Value> selected;
  for (AffineExpr expr :
       getOp().getMatchingIndexingMap(&operand).getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      selected.push_back(indices[dim.getPosition()]);
    else
      selected.push_back(
          arith::ConstantIndexOp::create(builder, getOp().getLoc(), 0));
  }
  return selected;
}

Value ElementwiseBody::loadParameter(OpBuilder &builder, OpOperand &operand,
                                     ValueRange indices) const {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  return memref::LoadOp::create(builder, getOp().getLoc(), operand.get(),
                                getParameterIndices(builder, operand, indices));
}

//===----------------------------------------------------------------------===//
// Cloning
//===----------------------------------------------------------------------===//

static VectorType getVectorType(Type element, int64_t lanes) {
  return VectorType::get({lanes}, element);
}

/// `value` in vectors: as mapped, or the same in every lane.
static Value lookUpVector(OpBuilder &builder, Value value, int64_t lanes,
                          IRMapping &mapping) {
  VectorType type = getVectorType(value.getType(), lanes);
  if (Value mapped = mapping.lookupOrNull(value)) {
    if (mapped.getType() == type)
      return mapped;
    return vector::BroadcastOp::create(builder, value.getLoc(), type, mapped);
  }
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return arith::ConstantOp::create(
        builder, value.getLoc(),
        DenseElementsAttr::get(type, constant.getValue()));
  return vector::BroadcastOp::create(builder, value.getLoc(), type, value);
}

static void cloneOnVectors(OpBuilder &builder, Operation &op, int64_t lanes,
                           IRMapping &mapping) {
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(lookUpVector(builder, operand, lanes, mapping));
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(getVectorType(type, lanes));
  Operation *clone = builder.create(op.getLoc(), op.getName().getIdentifier(),
                                    operands, types, op.getAttrs());
  mapping.map(op.getResults(), clone->getResults());
}

void ElementwiseBody::buildShared(OpBuilder &builder, ValueRange values,
                                  ValueRange indices,
                                  std::optional<int64_t> lanes,
                                  IRMapping &mapping) const {
  for (auto [operand, value] : llvm::zip_equal(parameters, values))
    mapping.map(getOp().getMatchingBlockArgument(operand), value);
  for (Operation &nested : getOp().getBody()->without_terminator()) {
    if (llvm::any_of(nested.getResults(), [&](Value result) {
          return elementValues.contains(result);
        }))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(nested))
      mapping.map(index.getResult(), indices[index.getDim()]);
    else if (!lanes)
      builder.clone(nested, mapping);
    else if (!isa<arith::ConstantOp>(nested))
      cloneOnVectors(builder, nested, *lanes, mapping);
  }
}

/// The indices of a vector's elements along its row.
static Value buildIndices(OpBuilder &builder, Location loc, Value first,
                          int64_t lanes) {
  VectorType type = getVectorType(builder.getIndexType(), lanes);
  Value start = vector::BroadcastOp::create(builder, loc, type, first);
  Value steps = vector::StepOp::create(builder, loc, type);
  return arith::AddIOp::create(builder, loc, start, steps);
}

SmallVector<Value> ElementwiseBody::buildElements(OpBuilder &builder,
                                                  ValueRange elements,
                                                  ValueRange sharedVectors,
                                                  Value rowIndex,
                                                  int64_t lanes) const {
  IRMapping mapping;
  for (auto [operand, value] : llvm::zip_equal(inputs, elements))
    mapping.map(getOp().getMatchingBlockArgument(operand), value);
  mapping.map(getShared(), sharedVectors);
  for (Operation &nested : getOp().getBody()->without_terminator()) {
    if (llvm::none_of(nested.getResults(), [&](Value result) {
          return elementValues.contains(result);
        }))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(nested))
      mapping.map(index.getResult(),
                  buildIndices(builder, index.getLoc(), rowIndex, lanes));
    else
      cloneOnVectors(builder, nested, lanes, mapping);
  }
  SmallVector<Value> results;
  for (Value yielded : getOp().getBody()->getTerminator()->getOperands())
    results.push_back(lookUpVector(builder, yielded, lanes, mapping));
  return results;
}
