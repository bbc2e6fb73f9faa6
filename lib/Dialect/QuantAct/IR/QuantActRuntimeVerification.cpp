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

void FakeQuantOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                              MessageBuilder message) {
  GridAttr grid = getGrid().value_or(GridAttr());
  assertGridFits(builder, *this, getX(), grid, message);
  assertParametersFit(builder, *this, getX(), getScale(), grid, "scale",
                      message);
  if (!getZeroPoint())
    return;
  if (GridAttr zeroPointGrid = getZeroPointGrid().value_or(GridAttr()))
    assertGridFits(builder, *this, getX(), zeroPointGrid, message);
  assertParametersFit(builder, *this, getX(), getZeroPoint(),
                      getEffectiveZeroPointGrid(), "zero_point", message);
}

void FakeQuantRangeOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                                   MessageBuilder message) {
  auto assertFits = [&](Value parameters, GridAttr grid, StringRef name) {
    assertGridFits(builder, *this, getX(), grid, message);
    assertParametersFit(builder, *this, getX(), parameters, grid, name,
                        message);
  };
  assertFits(getLow(), getGridAttr(), "low");
  assertFits(getHigh(), getGridAttr(), "high");
  if (!getOutLow())
    return;
  assertFits(getOutLow(), getEffectiveOutGrid(), "out_low");
  assertFits(getOutHigh(), getEffectiveOutGrid(), "out_high");
}

void StatsOp::generateRuntimeVerification(OpBuilder &builder, Location,
                                          MessageBuilder message) {
  assertGridFits(builder, *this, getX(), getGrid().value_or(GridAttr()),
                 message);
}
