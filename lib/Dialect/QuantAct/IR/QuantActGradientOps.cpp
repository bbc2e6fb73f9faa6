//===- QuantActGradientOps.cpp - Gradients of the ops ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "OpChecks.h"
#include "QuantAct/Numerics/Statistics.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

/// The operands' extents.
static void reifyLike(OpBuilder &builder, Location loc, ValueRange operands,
                      ReifiedRankedShapedTypeDims &shapes) {
  for (Value operand : operands)
    if (operand)
      shapes.push_back(tensor::getMixedSizes(builder, loc, operand));
}

/// The operands' types, but for absent ones.
static void inferLike(ValueRange operands, SmallVectorImpl<Type> &types) {
  for (Value operand : operands)
    if (operand)
      types.push_back(operand.getType());
}

//===----------------------------------------------------------------------===//
// FakeQuantGradOp
//===----------------------------------------------------------------------===//

LogicalResult FakeQuantGradOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &inferredTypes) {
  FakeQuantGradOpAdaptor adaptor(operands, attributes,
                                 *properties.as<Properties *>(), regions);
  inferLike({adaptor.getX(), adaptor.getScale(), adaptor.getZeroPoint(),
             adaptor.getBits()},
            inferredTypes);
  return success();
}

LogicalResult FakeQuantGradOp::verify() {
  if (failed(verifyFakeQuant(*this)))
    return failure();
  bool hasBounds = isa<IntFormatAttr, FloatFormatAttr>(getFormat());
  if (getScaleGradient() == ScaleGradient::Pact && !hasBounds)
    return emitOpError() << "expects an integer or minifloat format for the "
                            "scale gradient pact, but got "
                         << getFormat();
  auto range = getCodeRange(getFormat().getFormat());
  if (getScaleGradient() == ScaleGradient::Lsq && range && range->second <= 0.0)
    return emitOpError() << "expects a format whose highest code is above 0 "
                            "for the scale gradient lsq, but got "
                         << getFormat();
  return success();
}

FloatType FakeQuantGradOp::getComputeType() {
  return getFakeQuantComputeType(*this);
}

FakeQuantSpec FakeQuantGradOp::getSpec() { return getFakeQuantSpec(*this); }

LogicalResult
FakeQuantGradOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  reifyLike(builder, getLoc(), {getX(), getScale(), getZeroPoint(), getBits()},
            shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// FakeQuantRangeGradOp
//===----------------------------------------------------------------------===//

LogicalResult FakeQuantRangeGradOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &inferredTypes) {
  FakeQuantRangeGradOpAdaptor adaptor(operands, attributes,
                                      *properties.as<Properties *>(), regions);
  inferLike({adaptor.getX(), adaptor.getLow(), adaptor.getHigh(),
             adaptor.getOutLow(), adaptor.getOutHigh()},
            inferredTypes);
  return success();
}

LogicalResult FakeQuantRangeGradOp::verify() {
  return verifyFakeQuantRange(*this);
}

FloatType FakeQuantRangeGradOp::getComputeType() {
  return getFakeQuantRangeComputeType(*this);
}

LogicalResult
FakeQuantRangeGradOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  reifyLike(builder, getLoc(),
            {getX(), getLow(), getHigh(), getOutLow(), getOutHigh()}, shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// ActivateGradOp
//===----------------------------------------------------------------------===//

OpFoldResult ActivateGradOp::fold(FoldAdaptor) {
  return getActivation() == Activation::Identity ? getG() : Value();
}

LogicalResult
ActivateGradOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// StatsGradOp
//===----------------------------------------------------------------------===//

LogicalResult StatsGradOp::verify() {
  GridAttr grid = getGridAttr();
  RankedTensorType x = getX().getType();
  if (failed(verifyGrid(*this, grid, x)))
    return failure();
  StatisticKind kind = getStatistic().getKind();
  if (getDlow() && !getStatistic().isInterval())
    return emitOpError() << "expects a gradient of the low end with the "
                            "interval statistics only, but got one with "
                         << stringifyEnum(kind);
  if (getDefinition(kind).form == StatisticForm::Composite)
    return emitOpError()
           << "expects a statistic of each channel by itself, but "
              "got "
           << stringifyEnum(kind);
  RankedTensorType gradient = getDthreshold().getType();
  if (failed(verifyParameters(*this, "the threshold's gradient", gradient, grid,
                              x)))
    return failure();
  FloatType type = getFloatType(getDthreshold()), xType = getFloatType(getX());
  if (promoteTypes(type, xType) != type)
    return emitOpError() << "expects the threshold's gradient to hold every "
                            "value of "
                         << xType << ", x's element type, but got " << type;
  if (getDlow() && getDlow().getType() != gradient)
    return emitOpError() << "expects the gradients of threshold and low to "
                            "have one type, but got "
                         << gradient << " and " << getDlow().getType();
  return success();
}

LogicalResult
StatsGradOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// ChooseQParamsGradOp
//===----------------------------------------------------------------------===//

LogicalResult ChooseQParamsGradOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &inferredTypes) {
  ChooseQParamsGradOpAdaptor adaptor(operands, attributes,
                                     *properties.as<Properties *>(), regions);
  inferLike({adaptor.getThreshold(), adaptor.getLow(), adaptor.getBits()},
            inferredTypes);
  return success();
}

LogicalResult ChooseQParamsGradOp::verify() {
  if (failed(verifyChooseQParams(*this)))
    return failure();
  bool hasLow = static_cast<bool>(getLow());
  if (hasLow != static_cast<bool>(getDzeroPoint()))
    return emitOpError() << "expects a gradient of the zero point with a low "
                            "end and only there, but got "
                         << (hasLow ? "none with" : "one without")
                         << " a low end";
  if (!hasLow)
    return success();
  RankedTensorType low = getLow().getType();
  RankedTensorType zeroPoint =
      low.getRank() == 0 ? getThreshold().getType() : low;
  if (getDzeroPoint().getType() != zeroPoint)
    return emitOpError() << "expects the zero point's gradient to be of type "
                         << zeroPoint << ", which the zero point has, but got "
                         << getDzeroPoint().getType();
  return success();
}

QParamsSpec ChooseQParamsGradOp::getSpec() {
  return getChooseQParamsSpec(*this);
}

LogicalResult
ChooseQParamsGradOp::reifyResultShapes(OpBuilder &builder,
                                       ReifiedRankedShapedTypeDims &shapes) {
  reifyLike(builder, getLoc(), {getThreshold(), getLow(), getBits()}, shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// LearnedBitsGradOp
//===----------------------------------------------------------------------===//

LogicalResult
LearnedBitsGradOp::reifyResultShapes(OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}
