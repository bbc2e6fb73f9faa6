//===- QuantActRuntimeVerification.cpp - Checks of dynamic extents --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the verifiers cannot know while extents are dynamic, as assertions in
// the IR (upstream's pass generate-runtime-verification).
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace quant_act;

using MessageBuilder = function_ref<std::string(Operation *, StringRef)>;

/// Asserts that two extents are equal, unless both are static: then the
/// verifier has compared them.
static void assertEqual(OpBuilder &builder, Location loc, OpFoldResult actual,
                        OpFoldResult expected, const std::string &message) {
  if (getConstantIntValue(actual) && getConstantIntValue(expected))
    return;
  Value equal = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::eq,
      getValueOrCreateConstantIndexOp(builder, loc, actual),
      getValueOrCreateConstantIndexOp(builder, loc, expected));
  cf::AssertOp::create(builder, loc, equal, message);
}

/// Asserts that the tensor's dynamic dimensions have the extents that the
/// grid's numbers say.
static void assertGridFits(OpBuilder &builder, Operation *op, Value x,
                           GridAttr grid, MessageBuilder message) {
  if (!grid)
    return;
  for (int64_t dim : grid.getKeptDims()) {
    int64_t extent = grid.getBroadcast()[dim];
    if (ShapedType::isDynamic(extent) ||
        !cast<RankedTensorType>(x.getType()).isDynamicDim(dim))
      continue;
    std::string text =
        ("expects dimension " + Twine(dim) + " of x to have the extent " +
         Twine(extent) + ", as the grid says")
            .str();
    assertEqual(builder, op->getLoc(),
                tensor::getMixedSize(builder, op->getLoc(), x, dim),
                builder.getIndexAttr(extent), message(op, text));
  }
}

/// Asserts that parameters have as many elements along each dimension as the
/// grid lays over x.
static void assertParametersFit(OpBuilder &builder, Operation *op, Value x,
                                Value parameters, GridAttr grid, StringRef name,
                                MessageBuilder message) {
  if (!grid)
    return;
  Location loc = op->getLoc();
  for (auto [index, dim] : llvm::enumerate(grid.getKeptDims())) {
    int64_t extent = grid.getBroadcast()[dim];
    OpFoldResult expected = ShapedType::isDynamic(extent)
                                ? tensor::getMixedSize(builder, loc, x, dim)
                                : OpFoldResult(builder.getIndexAttr(extent));
    std::string text =
        ("expects " + name +
         " to have one value along its "
         "dimension " +
         Twine(index) + " per parameter of the grid along dimension " +
         Twine(dim) + " of x")
            .str();
    assertEqual(builder, loc,
                tensor::getMixedSize(builder, loc, parameters, index), expected,
                message(op, text));
  }
}

/// Asserts that the static extents of a result's type are those of the
/// parameters that the grid lays over x.
static void assertParameterTypeFits(OpBuilder &builder, Operation *op, Value x,
                                    Type result, GridAttr grid, StringRef name,
                                    MessageBuilder message) {
  if (!grid)
    return;
  auto type = cast<RankedTensorType>(result);
  for (auto [index, dim] : llvm::enumerate(grid.getKeptDims())) {
    // Another number than `?` is checked against x.
    if (!ShapedType::isDynamic(grid.getBroadcast()[dim]) ||
        type.isDynamicDim(index))
      continue;
    std::string text =
        ("expects dimension " + Twine(dim) + " of x to have the extent " +
         Twine(type.getDimSize(index)) + ", as the type of " + name + " says")
            .str();
    assertEqual(builder, op->getLoc(),
                tensor::getMixedSize(builder, op->getLoc(), x, dim),
                builder.getIndexAttr(type.getDimSize(index)),
                message(op, text));
  }
}

/// Asserts that two operands of one type have one shape.
static void assertSameShape(OpBuilder &builder, Operation *op, Value a, Value b,
                            StringRef names, MessageBuilder message) {
  Location loc = op->getLoc();
  for (int64_t dim = 0, e = cast<RankedTensorType>(a.getType()).getRank();
       dim < e; ++dim)
    assertEqual(
        builder, loc, tensor::getMixedSize(builder, loc, a, dim),
        tensor::getMixedSize(builder, loc, b, dim),
        message(op, ("expects " + names +
                     " to have the same extent along dimension " + Twine(dim))
                        .str()));
}

template <typename Op>
static void assertScaleAndZeroPointFit(OpBuilder &builder, Op op, Value x,
                                       MessageBuilder message) {
  GridAttr grid = op.getGridAttr();
  assertGridFits(builder, op, x, grid, message);
  assertParametersFit(builder, op, x, op.getScale(), grid, "scale", message);
  if (!op.getZeroPoint())
    return;
  assertGridFits(builder, op, x, op.getZeroPointGridAttr(), message);
  assertParametersFit(builder, op, x, op.getZeroPoint(),
                      op.getEffectiveZeroPointGrid(), "zero_point", message);
}

template <typename Op>
static void assertOperandsFit(OpBuilder &builder, Op op,
                              MessageBuilder message) {
  assertScaleAndZeroPointFit(builder, op, op.getX(), message);
  if (op.getBits())
    assertParametersFit(builder, op, op.getX(), op.getBits(), op.getBitsGrid(),
                        "bits", message);
}

void FakeQuantOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                              MessageBuilder message) {
  assertOperandsFit(builder, *this, message);
}

void QuantizeOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                             MessageBuilder message) {
  assertOperandsFit(builder, *this, message);
}

void DequantizeOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                               MessageBuilder message) {
  assertScaleAndZeroPointFit(builder, *this, getQ(), message);
}

/// Asserts that the result's gradient has x's shape.
template <typename Op>
static void assertGradientFits(OpBuilder &builder, Op op,
                               MessageBuilder message) {
  Location loc = op.getLoc();
  for (int64_t dim = 0, rank = op.getX().getType().getRank(); dim < rank; ++dim)
    assertEqual(builder, loc,
                tensor::getMixedSize(builder, loc, op.getG(), dim),
                tensor::getMixedSize(builder, loc, op.getX(), dim),
                message(op, ("expects g to have x's extent along dimension " +
                             Twine(dim))
                                .str()));
}

void FakeQuantGradOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                                  MessageBuilder message) {
  assertOperandsFit(builder, *this, message);
  assertGradientFits(builder, *this, message);
}

void StatsGradOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                              MessageBuilder message) {
  GridAttr grid = getGridAttr();
  assertGridFits(builder, *this, getX(), grid, message);
  assertParametersFit(builder, *this, getX(), getDthreshold(), grid,
                      "the threshold's gradient", message);
  if (getDlow())
    assertParametersFit(builder, *this, getX(), getDlow(), grid,
                        "the low end's gradient", message);
}

template <typename Op>
static void assertRangesFit(OpBuilder &builder, Op op, MessageBuilder message) {
  auto assertFits = [&](Value parameters, GridAttr grid, StringRef name) {
    assertGridFits(builder, op, op.getX(), grid, message);
    assertParametersFit(builder, op, op.getX(), parameters, grid, name,
                        message);
  };
  assertFits(op.getLow(), op.getGridAttr(), "low");
  assertFits(op.getHigh(), op.getGridAttr(), "high");
  if (!op.getOutLow())
    return;
  assertFits(op.getOutLow(), op.getEffectiveOutGrid(), "out_low");
  assertFits(op.getOutHigh(), op.getEffectiveOutGrid(), "out_high");
}

void FakeQuantRangeOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                                   MessageBuilder message) {
  assertRangesFit(builder, *this, message);
}

void FakeQuantRangeGradOp::generateRuntimeVerification(OpBuilder &builder,
                                                       Location,
                                                       MessageBuilder message) {
  assertRangesFit(builder, *this, message);
  assertGradientFits(builder, *this, message);
}

void StatsOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                          MessageBuilder message) {
  GridAttr grid = getGrid().value_or(GridAttr());
  assertGridFits(builder, *this, getX(), grid, message);
  assertGridFits(builder, *this, getX(), getStatistic().getGrid(), message);
  // Both results have one type.
  assertParameterTypeFits(builder, *this, getX(), getThreshold().getType(),
                          grid, "threshold", message);
}

void SearchThresholdOp::generateRuntimeVerification(OpBuilder &builder,
                                                    Location,
                                                    MessageBuilder message) {
  GridAttr grid = getGridAttr();
  assertGridFits(builder, *this, getX(), grid, message);
  assertParameterTypeFits(builder, *this, getX(), getThreshold().getType(),
                          grid, "threshold", message);
}

void ChooseQParamsOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                                  MessageBuilder message) {
  // Whichever has rank 0 is for all.
  auto assertShared = [&](Value a, Value b, StringRef names) {
    if (cast<RankedTensorType>(a.getType()).getRank() != 0 &&
        cast<RankedTensorType>(b.getType()).getRank() != 0)
      assertSameShape(builder, *this, a, b, names, message);
  };
  if (getLow())
    assertShared(getThreshold(), getLow(), "threshold and low");
  if (getBits())
    assertShared(getThreshold(), getBits(), "threshold and bits");
}

void ObserveOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                            MessageBuilder message) {
  assertSameShape(builder, *this, getBatch(), getRunning(), "batch and running",
                  message);
}
