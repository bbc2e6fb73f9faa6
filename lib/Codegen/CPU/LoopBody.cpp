//===- LoopBody.cpp - What is done to each element -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBody.h"

#include "QuantAct/Numerics/Sums.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace quant_act;

std::optional<LoopBody> LoopBody::get(linalg::GenericOp op) {
  LoopBody body(op);
  if (!op.hasPureBufferSemantics() || op.getNumLoops() == 0 ||
      !body.classifyOperands() || !body.classifyOps())
    return std::nullopt;
  return body;
}

void quant_act::forEachLoopBody(
    Operation *function, llvm::function_ref<void(const LoopBody &)> visit) {
  SmallVector<linalg::GenericOp> ops;
  function->walk([&](linalg::GenericOp op) { ops.push_back(op); });
  for (linalg::GenericOp op : ops)
    if (std::optional<LoopBody> body = LoopBody::get(op))
      visit(*body);
}

OpOperand &LoopBody::getElements() const {
  return outputs.empty() ? *inputs.front() : *outputs.front();
}

bool LoopBody::hasAccumulator(AccumulatorKind kind) const {
  return llvm::any_of(accumulators, [&](const Accumulator &accumulator) {
    return accumulator.kind == kind;
  });
}

/// Whether elements along a dimension, and all behind it, lie side by side.
static bool areRowsContiguous(Value buffer, int64_t dim) {
  auto type = cast<MemRefType>(buffer.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  return type.areTrailingDimsContiguous(type.getRank() - dim) &&
         (strides.empty() || strides.back() == 1);
}

static bool isContiguous(Value buffer) {
  return areRowsContiguous(buffer, /*dim=*/0);
}

bool quant_act::fillsBytes(Type element) {
  return !element.isIntOrFloat() ||
         (element.getIntOrFloatBitWidth() >= 8 &&
          llvm::isPowerOf2_32(element.getIntOrFloatBitWidth()));
}

bool LoopBody::classifyOperands() {
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
    bool isElement =
        map.isIdentity() && areRowsContiguous(operand.get(), rowDim);
    areElementsApart |= isElement && !isContiguous(operand.get());
    if (op.isDpsInit(&operand)) {
      if (!isElement) {
        if (!isContiguous(operand.get()) || !classifyAccumulator(operand))
          return false;
        elementValues.insert(argument);
        continue;
      }
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
  return !inputs.empty() || !outputs.empty();
}

/// The operation that adds one element to an accumulator, if that is all that
/// the body does with it.
static Operation *findReduction(linalg::GenericOp op, OpOperand &operand) {
  unsigned position = op.getMatchingBlockArgument(&operand).getArgNumber() -
                      op.getNumDpsInputs();
  SmallVector<Operation *> combiners;
  Value reduced = matchReduction(op.getRegionOutputArgs(), position, combiners);
  if (!reduced || combiners.size() != 1 ||
      !arith::getNeutralElement(combiners.front()))
    return nullptr;
  return combiners.front();
}

/// The same on integers: in any order.
static Operation *findCombiner(linalg::GenericOp op, OpOperand &operand) {
  Operation *combiner = findReduction(op, operand);
  if (!combiner || !isa<IntegerType>(combiner->getResult(0).getType()) ||
      !linalg::getCombinerOpKind(combiner))
    return nullptr;
  return combiner;
}

static Operation *findAdder(linalg::GenericOp op, OpOperand &operand) {
  return dyn_cast_or_null<arith::AddFOp>(findReduction(op, operand));
}

/// The loop of which a result of the map is the index mod 16; that result is
/// dropped.
static std::optional<int64_t> takeLaneDim(AffineMap &map) {
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    auto lane = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!lane)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(lane.getLHS());
    if (!dim || lane != dim % numSumLanes)
      continue;
    map = map.dropResult(position);
    return dim.getPosition();
  }
  return std::nullopt;
}

bool LoopBody::classifyAccumulator(OpOperand &operand) {
  AffineMap map = getOp().getMatchingIndexingMap(&operand);
  AffineExpr row = getAffineDimExpr(rowDim, map.getContext());
  if (map.isProjectedPermutation() && !map.isFunctionOfDim(rowDim)) {
    Operation *combiner = findCombiner(getOp(), operand);
    if (combiner)
      accumulators.push_back(
          {&operand, AccumulatorKind::AnyOrder, map, combiner});
    return combiner;
  }
  if (map.isEmpty())
    return false;
  if (map.getResults().back() == row % numSumLanes) {
    // Vectors of all lanes are loaded, however short rows are.
    if (cast<MemRefType>(operand.get().getType()).getShape().back() !=
        numSumLanes)
      return false;
    AffineMap others = map.dropResult(map.getNumResults() - 1);
    accumulators.push_back({&operand, AccumulatorKind::Lanes, others,
                            /*combiner=*/nullptr, /*laneDim=*/std::nullopt,
                            findAdder(getOp(), operand)});
    return others.isProjectedPermutation() && !others.isFunctionOfDim(rowDim);
  }
  std::optional<int64_t> laneDim = takeLaneDim(map);
  if (!map.isProjectedPermutation() || laneDim == rowDim)
    return false;
  if (map.isEmpty() || map.getResults().back() != row)
    return false;
  // Lanes have an order, whatever is added.
  Operation *combiner = laneDim ? nullptr : findCombiner(getOp(), operand);
  accumulators.push_back(
      {&operand, AccumulatorKind::AlongRow, map, combiner, laneDim});
  return true;
}

void LoopBody::include(Type type) {
  if (type.isIntOrFloat())
    width = std::max(width, type.getIntOrFloatBitWidth());
  else
    width = std::max(width, 64u);
}

/// Constants are made where they are needed.
static bool isConstant(Value value) {
  return value.getDefiningOp<arith::ConstantOp>();
}

bool LoopBody::classifyOps() {
  Block *block = op.getBody();
  // What is only accumulated in a wider type does not make the vectors smaller.
  DenseSet<Type> accumulated;
  for (const Accumulator &accumulator : accumulators)
    accumulated.insert(
        op.getMatchingBlockArgument(accumulator.operand).getType());
  for (OpOperand *operand : llvm::concat<OpOperand *>(inputs, outputs))
    accumulated.erase(op.getMatchingBlockArgument(operand).getType());
  auto includeComputed = [&](Type type) {
    if (!accumulated.contains(type))
      include(type);
  };
  llvm::for_each(block->getArgumentTypes(), includeComputed);
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
      includeComputed(result.getType());
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

std::optional<int64_t> LoopBody::getLaneDim() const {
  if (accumulators.empty())
    return std::nullopt;
  std::optional<int64_t> dim = accumulators.front().laneDim;
  bool isShared = llvm::all_of(accumulators, [&](const Accumulator &each) {
    return each.laneDim == dim;
  });
  return isShared ? dim : std::nullopt;
}

bool LoopBody::isIndexedBy(int64_t dim) const {
  return llvm::any_of(
             parameters,
             [&](OpOperand *operand) {
               return getOp().getMatchingIndexingMap(operand).isFunctionOfDim(
                   dim);
             }) ||
         llvm::any_of(accumulators, [&](const Accumulator &accumulator) {
           return accumulator.map.isFunctionOfDim(dim);
         });
}

bool LoopBody::hasParameterVectors(int64_t dim) const {
  return llvm::all_of(parameters, [&](OpOperand *operand) {
    AffineMap map = getOp().getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(dim))
      return true;
    auto type = cast<MemRefType>(operand->get().getType());
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    return type.getLayout().isIdentity() && last &&
           static_cast<int64_t>(last.getPosition()) == dim;
  });
}

SmallVector<Value> LoopBody::getOperandIndices(OpBuilder &builder,
                                               OpOperand &operand,
                                               ValueRange indices) const {
  SmallVector<Value> selected;
  for (AffineExpr expr :
       getOp().getMatchingIndexingMap(&operand).getResults()) {
    auto lane = dyn_cast<AffineBinaryOpExpr>(expr);
    if (lane)
      expr = lane.getLHS();
    auto dim = dyn_cast<AffineDimExpr>(expr);
    selected.push_back(
        dim ? indices[dim.getPosition()]
            : arith::ConstantIndexOp::create(builder, getOp().getLoc(), 0));
    if (lane)
      selected.back() = builder.createOrFold<arith::RemUIOp>(
          getOp().getLoc(), selected.back(),
          arith::ConstantIndexOp::create(builder, getOp().getLoc(),
                                         numSumLanes));
  }
  return selected;
}

Value LoopBody::loadParameter(OpBuilder &builder, OpOperand &operand,
                              ValueRange indices) const {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  return memref::LoadOp::create(builder, getOp().getLoc(), operand.get(),
                                getOperandIndices(builder, operand, indices));
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

void LoopBody::buildShared(OpBuilder &builder, ValueRange values,
                           ValueRange indices, std::optional<int64_t> lanes,
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

LoopBody::Results LoopBody::buildElements(OpBuilder &builder,
                                          ValueRange elements,
                                          ValueRange accumulated,
                                          ValueRange sharedVectors,
                                          Value rowIndex, int64_t lanes) const {
  IRMapping mapping;
  for (auto [operand, value] : llvm::zip_equal(inputs, elements))
    mapping.map(getOp().getMatchingBlockArgument(operand), value);
  for (auto [accumulator, value] : llvm::zip_equal(accumulators, accumulated))
    mapping.map(getOp().getMatchingBlockArgument(accumulator.operand), value);
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
  auto getYielded = [&](OpOperand *operand) {
    Value yielded = getOp().getMatchingYieldValue(operand)->get();
    return lookUpVector(builder, yielded, lanes, mapping);
  };
  Results results;
  for (OpOperand *operand : outputs)
    results.outputs.push_back(getYielded(operand));
  for (const Accumulator &accumulator : accumulators)
    results.accumulated.push_back(getYielded(accumulator.operand));
  return results;
}
