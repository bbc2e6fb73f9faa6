//===- ParameterCheck.cpp - Whether all parameters are right --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ParameterCheck.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace quant_act;

namespace {
/// The loops over an op's parameters.
struct ParameterLoops {
  SmallVector<Value> buffers;
  SmallVector<AffineMap> maps;
  /// Which of the op's loops are not among them.
  llvm::SmallBitVector unused;

  explicit ParameterLoops(const LoopBody &body) {
    for (OpOperand *operand : body.getParameters()) {
      if (!isa<MemRefType>(operand->get().getType()))
        continue; // a scalar
      buffers.push_back(operand->get());
      maps.push_back(body.getOp().getMatchingIndexingMap(operand));
    }
    maps.push_back(AffineMap::get(body.getOp().getNumLoops(), /*symbolCount=*/0,
                                  body.getOp().getContext()));
    unused = getUnusedDimsBitVector(maps);
    maps = compressUnusedDims(maps);
  }
};
} // namespace

/// What the op computes of parameters alone, in the loops over them.
static IRMapping buildShared(LoopBuilder &b, const LoopBody &body,
                             const ParameterLoops &loops, ValueRange elements) {
  SmallVector<Value> indices, values;
  for (unsigned dim = 0, used = 0; dim < loops.unused.size(); ++dim)
    indices.push_back(!body.usesIndices() || loops.unused[dim]
                          ? b.index(0)
                          : Value(linalg::IndexOp::create(b, used++)));
  for (OpOperand *operand : body.getParameters()) {
    bool isScalar = !isa<MemRefType>(operand->get().getType());
    values.push_back(isScalar ? operand->get() : elements.front());
    elements = elements.drop_front(isScalar ? 0 : 1);
  }
  IRMapping mapping;
  body.buildShared(b, values, indices, /*lanes=*/std::nullopt, mapping);
  return mapping;
}

Value quant_act::buildAreRight(
    LoopBuilder &b, const LoopBody &body,
    llvm::function_ref<Value(const IRMapping &)> isRight) {
  Value flag = b.allocateOnStack(MemRefType::get({}, b.getI32Type()));
  Value none = arith::ConstantIntOp::create(b, 0, /*width=*/32);
  memref::StoreOp::create(b, none, flag);
  ParameterLoops loops(body);
  SmallVector<utils::IteratorType> reductions(loops.maps.front().getNumDims(),
                                              utils::IteratorType::reduction);
  auto buildBody = [&](OpBuilder &, Location, ValueRange arguments) {
    IRMapping mapping = buildShared(b, body, loops, arguments.drop_back());
    Value isWrong = arith::XOrIOp::create(b, isRight(mapping), b.boolean(true));
    Value wide = arith::ExtUIOp::create(b, b.getI32Type(), isWrong);
    Value next = arith::OrIOp::create(b, arguments.back(), wide);
    linalg::YieldOp::create(b, next);
  };
  auto loop =
      linalg::GenericOp::create(b, TypeRange(), loops.buffers, ValueRange(flag),
                                loops.maps, reductions, buildBody);
  IRRewriter rewriter(b);
  (void)runRegionDCE(rewriter, loop.getRegion());
  Value found = memref::LoadOp::create(b, flag);
  return b.isEqual(found, none);
}

Value quant_act::hasElements(LoopBuilder &b, const LoopBody &body,
                             int64_t minElements) {
  if (minElements == 0)
    return b.boolean(true);
  return b.isLess(b.index(minElements - 1),
                  b.numElements(body.getElements().get()));
}

void quant_act::buildVersions(
    LoopBuilder &b, linalg::GenericOp op, Value paysOff,
    llvm::function_ref<Value()> check,
    llvm::function_ref<void(linalg::GenericOp)> improve) {
  Value isRight =
      b.choose(
           paysOff, b.getI1Type(),
           [&]() -> LoopBuilder::Values { return {check()}; },
           [&]() -> LoopBuilder::Values { return {b.boolean(false)}; })
          .front();
  b.branch(
      isRight, [&] { improve(cast<linalg::GenericOp>(b.clone(*op))); },
      [&] { b.clone(*op); });
  op.erase();
}
