//===- QuantActParameterOps.cpp - Ops on parameters ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "OpChecks.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// StatsOp
//===----------------------------------------------------------------------===//

/// What the results of stats are called.
static constexpr StringLiteral statsNames[] = {"threshold", "low"};

/// Checks a result that is a threshold of x.
static LogicalResult verifyThreshold(Operation *op, StringRef name,
                                     Value result, Value x, GridAttr grid) {
  if (failed(verifyParameters(op, name, result.getType(), grid,
                              cast<RankedTensorType>(x.getType()))))
    return failure();
  return verifyHoldsValues(op, name, getFloatType(result), getFloatType(x));
}

/// Checks that max_average is asked for one channel, of channels that fit x.
static LogicalResult verifyMaxAverage(StatsOp op, GridAttr grid) {
  GridAttr channels = op.getStatistic().getGrid();
  if (!channels)
    return success();
  if (grid)
    return op.emitOpError()
           << "expects no grid with the statistic max_average, "
              "which is one for all channels, but got "
           << grid;
  return verifyGrid(op, channels, op.getX().getType());
}

LogicalResult StatsOp::verify() {
  GridAttr grid = getGrid().value_or(GridAttr());
  if (failed(verifyGrid(*this, grid, getX().getType())))
    return failure();
  StatisticAttr statistic = getStatistic();
  if (getLow() && !statistic.isInterval())
    return emitOpError() << "expects one result for the statistic "
                         << stringifyEnum(statistic.getKind()) << ", but got "
                         << getNumResults();
  if (statistic.getKind() == StatisticKind::Mse)
    return emitOpError()
           << "expects a statistic of x alone, but got mse, which "
              "depends on the quantizer; use "
              "quant_act.search_threshold";
  if (failed(verifyMaxAverage(*this, grid)))
    return failure();
  for (auto [name, result] :
       llvm::zip(statsNames, getOperation()->getResults()))
    if (failed(verifyThreshold(*this, name, result, getX(), grid)))
      return failure();
  if (getLow() && getThreshold().getType() != getLow().getType())
    return emitOpError()
           << "expects threshold and low to have one type, but got "
           << getThreshold().getType() << " and " << getLow().getType();
  return success();
}

LogicalResult StatsOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  for (Value result : getOperation()->getResults())
    shapes.push_back(reifyParameterShape(
        builder, getLoc(), getX(), getGrid().value_or(GridAttr()),
        cast<RankedTensorType>(result.getType()).getShape()));
  return success();
}

//===----------------------------------------------------------------------===//
// SearchThresholdOp
//===----------------------------------------------------------------------===//

LogicalResult SearchThresholdOp::verify() {
  GridAttr grid = getGridAttr();
  if (failed(verifyGrid(*this, grid, getX().getType())) ||
      failed(verifyThreshold(*this, "threshold", getThreshold(), getX(), grid)))
    return failure();
  if (hasBitsOperand(getFormat().getFormat()))
    return emitOpError() << "expects a format that says its bits, but got "
                         << getFormat();
  if (getRounding() == Rounding::Stochastic)
    return emitOpError()
           << "expects a rounding that is not stochastic, so that "
              "errors can be compared";
  return verifyMinimum(*this, getMinimum());
}

QParamsSpec SearchThresholdOp::getQParamsSpec() {
  QParamsSpec spec;
  spec.format = getFormat().getFormat();
  spec.rule = ScaleRule::Collect;
  spec.restriction = getRestriction().getKind();
  spec.exponentRounding = getRestriction().getRounding();
  spec.minimum = getMinimum().convertToDouble();
  return spec;
}

FakeQuantSpec SearchThresholdOp::getFakeQuantSpec() {
  return makeFakeQuantSpec(getFormat(), getActivation(), getRounding(),
                           getNumerics());
}

FloatType SearchThresholdOp::getComputeType() {
  return quant_act::getComputeType(getNumerics(), {getX(), getThreshold()});
}

LogicalResult
SearchThresholdOp::reifyResultShapes(OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(reifyParameterShape(builder, getLoc(), getX(), getGridAttr(),
                                       getThreshold().getType().getShape()));
  return success();
}

//===----------------------------------------------------------------------===//
// ChooseQParamsOp
//===----------------------------------------------------------------------===//

LogicalResult ChooseQParamsOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &inferredTypes) {
  ChooseQParamsOpAdaptor adaptor(operands, attributes,
                                 *properties.as<Properties *>(), regions);
  auto threshold = cast<RankedTensorType>(adaptor.getThreshold().getType());
  inferredTypes.push_back(threshold);
  if (Value low = adaptor.getLow()) {
    auto lowType = cast<RankedTensorType>(low.getType());
    inferredTypes.push_back(lowType.getRank() == 0 ? threshold : lowType);
  }
  return success();
}

/// Checks that the full range has both ends.
template <typename Op>
static LogicalResult verifyFullRange(Op op) {
  if (!op.getFullRange())
    return success();
  if (!op.getLow())
    return op.emitOpError() << "expects a low end with full_range, but got "
                               "none";
  if (op.getLow().getType() != op.getThreshold().getType())
    return op.emitOpError()
           << "expects threshold and low to have one type with full_range, but "
              "got "
           << op.getThreshold().getType() << " and " << op.getLow().getType();
  return success();
}

/// Checks that two operands have one type, or either is one value for all.
template <typename Op>
LogicalResult quant_act::verifyChooseQParams(Op op) {
  RankedTensorType threshold = op.getThreshold().getType();
  bool hasLow = static_cast<bool>(op.getLow());
  if (hasLow && failed(verifyShared(op, "threshold", threshold, "low",
                                    op.getLow().getType())))
    return failure();
  if (failed(verifyFullRange(op)) ||
      failed(verifyBitsOperand(op, op.getFormat(), op.getBits())) ||
      failed(verifyZeroPointFormat(op, op.getFormat(), hasLow)))
    return failure();
  if (hasLow && !op.getFractional() && op.getRounding() == Rounding::Stochastic)
    return op.emitOpError()
           << "expects a rounding of zero points that needs no "
              "seed, but got stochastic";
  if (op.getBits() && op.getBits().getType().getRank() != 0 &&
      op.getBits().getType().getShape() != threshold.getShape())
    return op.emitOpError() << "expects bits to be one for all (rank 0) or to "
                               "have the threshold's shape, but got "
                            << op.getBits().getType() << " and " << threshold;
  return verifyMinimum(op, op.getMinimum());
}
template LogicalResult quant_act::verifyChooseQParams(ChooseQParamsGradOp op);

LogicalResult ChooseQParamsOp::verify() { return verifyChooseQParams(*this); }

template <typename Op>
QParamsSpec quant_act::getChooseQParamsSpec(Op op) {
  QParamsSpec spec;
  spec.format = op.getFormat().getFormat();
  spec.rule = op.getRule();
  spec.restriction = op.getRestriction().getKind();
  spec.exponentRounding = op.getRestriction().getRounding();
  spec.minimum = op.getMinimum().convertToDouble();
  spec.zeroPointRounding = op.getRounding();
  spec.fractionalZeroPoint = op.getFractional();
  spec.fullRange = op.getFullRange();
  return spec;
}
template QParamsSpec quant_act::getChooseQParamsSpec(ChooseQParamsGradOp op);

QParamsSpec ChooseQParamsOp::getSpec() { return getChooseQParamsSpec(*this); }

LogicalResult
ChooseQParamsOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  auto reify = [&](Value like) {
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), like));
  };
  reify(getThreshold());
  if (getLow())
    reify(getLow().getType().getRank() == 0 ? getThreshold() : getLow());
  return success();
}

//===----------------------------------------------------------------------===//
// ObserveOp
//===----------------------------------------------------------------------===//

LogicalResult ObserveOp::verify() {
  if (getMinimum() && failed(verifyMinimum(*this, *getMinimum())))
    return failure();
  return verifyMomentum(*this, getMomentum());
}

ObserveSpec ObserveOp::getSpec() {
  ObserveSpec spec;
  if (getMomentum())
    spec.momentum = getMomentum()->convertToDouble();
  if (getMinimum())
    spec.minimum = getMinimum()->convertToDouble();
  spec.isAdditive = getAdditive();
  return spec;
}

LogicalResult
ObserveOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(builder, getLoc(), getBatch()));
  shapes.emplace_back();
  return success();
}

//===----------------------------------------------------------------------===//
// InitParameterOp and LearnedBitsOp
//===----------------------------------------------------------------------===//

LogicalResult
InitParameterOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

LogicalResult LearnedBitsOp::verify() {
  return verifyMinimum(*this, getMinimum());
}

LogicalResult
LearnedBitsOp::reifyResultShapes(OpBuilder &builder,
                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}
