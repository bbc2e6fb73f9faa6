//===- QuantActOps.cpp - Operations of quant_act --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verification and type inference. Folds and canonicalizations are in
// QuantActFolds.cpp.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "AttributeSyntax.h"
#include "OpVerification.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Text of attributes inside ops
//===----------------------------------------------------------------------===//

static void printActivation(OpAsmPrinter &printer, Operation *,
                            ActivationAttr activation) {
  printActivationBody(printer, activation);
}

static void printStatistic(OpAsmPrinter &printer, Operation *,
                           StatisticAttr statistic) {
  printer << ' ';
  printStatisticBody(printer, statistic);
}

static void printRestriction(OpAsmPrinter &printer, Operation *,
                             RestrictionAttr restriction) {
  printer << ' ';
  printRestrictionBody(printer, restriction);
}

static void printFormat(OpAsmPrinter &printer, Operation *, FormatAttr format) {
  printFormatBody(printer, format);
}

#define GET_OP_CLASSES
#include "QuantAct/Dialect/QuantAct/IR/QuantActOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

FloatType quant_act::promoteTypes(FloatType a, FloatType b) {
  if (a == b)
    return a;
  if (a.getWidth() != b.getWidth())
    return a.getWidth() > b.getWidth() ? a : b;
  return Float32Type::get(a.getContext());
}

SmallVector<int64_t> quant_act::getParameterShape(GridAttr grid,
                                                  ArrayRef<int64_t> shape) {
  return grid ? grid.getParameterShape(shape) : SmallVector<int64_t>();
}

ParameterLayout quant_act::getParameterLayout(GridAttr grid,
                                              ArrayRef<int64_t> tensorShape) {
  if (!grid)
    return ParameterLayout(tensorShape);
  return ParameterLayout(tensorShape, grid.getKeptDims(),
                         grid.getParameterShape(tensorShape));
}

static FloatType getFloatType(Value value) {
  return cast<FloatType>(getElementTypeOrSelf(value.getType()));
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os, [&](int64_t extent) {
    if (ShapedType::isDynamic(extent))
      os << '?';
    else
      os << extent;
  });
  os << ']';
  return text;
}

LogicalResult quant_act::verifyParameters(Operation *op, StringRef name,
                                          Type parameters, GridAttr grid,
                                          RankedTensorType x) {
  SmallVector<int64_t> expected = getParameterShape(grid, x.getShape());
  ArrayRef<int64_t> actual = cast<RankedTensorType>(parameters).getShape();
  if (succeeded(verifyCompatibleShape(actual, expected)))
    return success();
  auto diagnostic = op->emitOpError() << "expects " << name << " to have shape "
                                      << formatShape(expected);
  if (grid)
    diagnostic << ", one extent per dimension that keeps parameters, as the "
                  "grid says";
  else
    diagnostic << ", as there is no grid";
  return diagnostic << ", but got " << formatShape(actual);
}

LogicalResult quant_act::verifyGrid(Operation *op, GridAttr grid,
                                    RankedTensorType x) {
  if (!grid)
    return success();
  return grid.verifyTensor([&] { return op->emitOpError(); }, x.getShape());
}

static LogicalResult verifyMinimum(Operation *op, const APFloat &minimum) {
  if (minimum.isFinite() && !minimum.isNegative())
    return success();
  return op->emitOpError() << "expects a finite minimum of at least 0, but got "
                           << minimum.convertToDouble();
}

static LogicalResult verifyMomentum(Operation *op,
                                    std::optional<APFloat> momentum) {
  if (!momentum)
    return success();
  if (*momentum >= APFloat(0.0) && *momentum <= APFloat(1.0))
    return success();
  return op->emitOpError() << "expects a momentum in [0, 1], but got "
                           << momentum->convertToDouble();
}

/// The extent of each dimension of parameters on `grid` over x, as values where
/// they are not static.
static SmallVector<OpFoldResult>
reifyParameterShape(OpBuilder &builder, Location loc, Value x, GridAttr grid,
                    ArrayRef<int64_t> resultShape) {
  SmallVector<OpFoldResult> extents;
  for (auto [index, extent] : llvm::enumerate(resultShape)) {
    if (!ShapedType::isDynamic(extent))
      extents.push_back(builder.getIndexAttr(extent));
    else
      extents.push_back(
          tensor::getMixedSize(builder, loc, x, grid.getKeptDims()[index]));
  }
  return extents;
}

/// Results that have the shape of their op's first operand.
static LogicalResult reifyAsFirstOperand(Operation *op, OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  for (size_t i = 0, e = op->getNumResults(); i < e; ++i)
    shapes.push_back(
        tensor::getMixedSizes(builder, op->getLoc(), op->getOperand(0)));
  return success();
}

//===----------------------------------------------------------------------===//
// FakeQuantOp
//===----------------------------------------------------------------------===//

LogicalResult quant_act::verifyBlocksNest(Operation *op, GridAttr a, GridAttr b,
                                          RankedTensorType x) {
  if (!a || !b)
    return success();
  for (int64_t dim = 0, rank = x.getRank(); dim < rank; ++dim) {
    int64_t countA = a.getBroadcast()[dim], countB = b.getBroadcast()[dim];
    if (x.isDynamicDim(dim) || ShapedType::isDynamic(countA) ||
        ShapedType::isDynamic(countB))
      continue;
    if (std::max(countA, countB) % std::min(countA, countB) != 0)
      return op->emitOpError()
             << "expects the broadcast extents of two grids along "
                "dimension "
             << dim << " to divide each other, but got " << countA << " and "
             << countB;
  }
  return success();
}

/// Checks that there are bits where the format leaves them open, and nowhere
/// else.
static LogicalResult verifyBitsOperand(Operation *op, FormatAttr format,
                                       Value bits) {
  bool isOpen = hasBitsOperand(format.getFormat());
  if (isOpen && !bits)
    return op->emitOpError() << "expects an operand bits for the format "
                             << format << ", which does not say them";
  if (!isOpen && bits)
    return op->emitOpError()
           << "expects an operand bits with a format int<?, ..> only, but the "
              "format is "
           << format;
  return success();
}

/// Checks that a zero point goes with an integer format.
static LogicalResult verifyZeroPointFormat(Operation *op, FormatAttr format,
                                           bool hasZeroPoint) {
  if (!hasZeroPoint || isa<IntFormatAttr>(format))
    return success();
  return op->emitOpError()
         << "expects an integer format where there is a zero point, but got "
         << format;
}

LogicalResult FakeQuantOp::verify() {
  GridAttr grid = getGrid().value_or(GridAttr());
  RankedTensorType x = getX().getType();
  if (failed(verifyGrid(*this, grid, x)) ||
      failed(verifyParameters(*this, "scale", getScale().getType(), grid, x)) ||
      failed(verifyBitsOperand(*this, getFormat(), getBits())) ||
      failed(verifyZeroPointFormat(*this, getFormat(), bool(getZeroPoint()))))
    return failure();
  if (getBits() && failed(verifyParameters(*this, "bits", getBits().getType(),
                                           getBitsGrid(), x)))
    return failure();
  bool isStochastic = getRounding() == Rounding::Stochastic;
  if (isStochastic != static_cast<bool>(getSeed()))
    return emitOpError() << "expects a seed with stochastic rounding and only "
                            "there, but got "
                         << (isStochastic ? "none" : "one") << " with "
                         << stringifyEnum(getRounding());
  if (!getZeroPoint()) {
    if (getZeroPointGrid())
      return emitOpError()
             << "expects a zero point where there is a grid for it";
    return success();
  }
  GridAttr zeroPointGrid = getEffectiveZeroPointGrid();
  if (failed(verifyGrid(*this, zeroPointGrid, getX().getType())) ||
      failed(verifyBlocksNest(*this, grid, zeroPointGrid, getX().getType())))
    return failure();
  return verifyParameters(*this, "zero_point", getZeroPoint().getType(),
                          zeroPointGrid, getX().getType());
}

/// The type that operations on the given values round to, under a contract.
static FloatType getComputeType(NumericsAttr numerics, ValueRange values) {
  MLIRContext *context = numerics.getContext();
  switch (numerics.getCompute()) {
  case ComputeType::F32:
    return Float32Type::get(context);
  case ComputeType::F64:
    return Float64Type::get(context);
  case ComputeType::Promoted:
    break;
  }
  FloatType type = getFloatType(values.front());
  for (Value value : values.drop_front())
    type = promoteTypes(type, getFloatType(value));
  return type;
}

static FakeQuantSpec getFakeQuantSpec(FormatAttr format, Activation activation,
                                      Rounding rounding,
                                      NumericsAttr numerics) {
  return {format.getFormat(),
          activation,
          rounding,
          numerics.getZeroPoint(),
          numerics.getDivision(),
          numerics.getClamp(),
          numerics.getNan(),
          numerics.getOverflow(),
          numerics.getOneBit(),
          numerics.getCodes(),
          numerics.getDequantization()};
}

FloatType FakeQuantOp::getComputeType() {
  SmallVector<Value> values{getX(), getScale()};
  if (getZeroPoint())
    values.push_back(getZeroPoint());
  return ::getComputeType(getNumerics(), values);
}

FakeQuantSpec FakeQuantOp::getSpec() {
  return getFakeQuantSpec(getFormat(), getActivation(), getRounding(),
                          getNumerics());
}

LogicalResult
FakeQuantOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// ActivateOp
//===----------------------------------------------------------------------===//

LogicalResult
ActivateOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// StatsOp
//===----------------------------------------------------------------------===//

/// What the results of stats, and the running statistics of act, are called.
static constexpr StringLiteral statsNames[] = {"threshold", "low"};
static constexpr StringLiteral runningNames[] = {"running threshold",
                                                 "running low"};

/// Checks a result that is a threshold of x.
static LogicalResult verifyThreshold(Operation *op, StringRef name,
                                     Value result, Value x, GridAttr grid) {
  if (failed(verifyParameters(op, name, result.getType(), grid,
                              cast<RankedTensorType>(x.getType()))))
    return failure();
  FloatType type = getFloatType(result), xType = getFloatType(x);
  if (promoteTypes(type, xType) == type)
    return success();
  return op->emitOpError() << "expects " << name << " to hold every value of "
                           << xType << ", x's element type, but got " << type;
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
  return ::getFakeQuantSpec(getFormat(), getActivation(), getRounding(),
                            getNumerics());
}

FloatType SearchThresholdOp::getComputeType() {
  return ::getComputeType(getNumerics(), {getX(), getThreshold()});
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

/// Checks that two operands have one type, or either is one value for all.
static LogicalResult verifyShared(Operation *op, StringRef nameA,
                                  RankedTensorType a, StringRef nameB,
                                  RankedTensorType b) {
  bool sharesShape =
      a.getRank() == 0 || b.getRank() == 0 || a.getShape() == b.getShape();
  if (sharesShape && a.getElementType() == b.getElementType())
    return success();
  return op->emitOpError() << "expects " << nameA << " and " << nameB
                           << " to have one type, or either to be one for all "
                              "(rank 0), but got "
                           << a << " and " << b;
}

LogicalResult ChooseQParamsOp::verify() {
  RankedTensorType threshold = getThreshold().getType();
  if (getLow() && failed(verifyShared(*this, "threshold", threshold, "low",
                                      getLow().getType())))
    return failure();
  if (failed(verifyBitsOperand(*this, getFormat(), getBits())) ||
      failed(verifyZeroPointFormat(*this, getFormat(), bool(getLow()))))
    return failure();
  if (getBits() && getBits().getType().getRank() != 0 &&
      getBits().getType().getShape() != threshold.getShape())
    return emitOpError() << "expects bits to be one for all (rank 0) or to "
                            "have the threshold's shape, but got "
                         << getBits().getType() << " and " << threshold;
  return verifyMinimum(*this, getMinimum());
}

QParamsSpec ChooseQParamsOp::getSpec() {
  QParamsSpec spec;
  spec.format = getFormat().getFormat();
  spec.rule = getRule();
  spec.restriction = getRestriction().getKind();
  spec.exponentRounding = getRestriction().getRounding();
  spec.minimum = getMinimum().convertToDouble();
  spec.zeroPointRounding = getRounding();
  spec.fractionalZeroPoint = getFractional();
  return spec;
}

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

//===----------------------------------------------------------------------===//
// ActOp
//===----------------------------------------------------------------------===//

/// Results: y, the parameters if the phase quantizes, the state if it updates.
LogicalResult ActOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> location,
                                      ValueRange operands, DictionaryAttr,
                                      OpaqueProperties properties, RegionRange,
                                      SmallVectorImpl<Type> &inferredTypes) {
  auto *attributes = properties.as<Properties *>();
  if (!attributes || !attributes->phase || !attributes->statistic)
    return emitOptionalError(location, "expects a phase and a statistic");
  Phase phase = attributes->phase.getValue();
  bool updates = phase == Phase::Collect || phase == Phase::Calibrate;
  size_t numRunning = attributes->statistic.isInterval() ? 2 : 1;
  size_t expected = 1 + numRunning + (updates ? 1 : 0);
  if (operands.size() != expected)
    return emitOptionalError(
        location, "expects ", expected - 1, " state operands in phase ",
        stringifyEnum(phase), " with statistic ",
        stringifyEnum(attributes->statistic.getKind()), ", but got ",
        operands.empty() ? 0 : operands.size() - 1);
  inferredTypes.push_back(operands.front().getType());
  ValueRange state = operands.drop_front();
  if (phase != Phase::Calibrate)
    inferredTypes.append(numRunning, state.front().getType());
  if (updates)
    llvm::append_range(inferredTypes, state.getTypes());
  return success();
}

LogicalResult ActOp::verify() {
  GridAttr grid = getGrid().value_or(GridAttr());
  if (failed(verifyGrid(*this, grid, getX().getType())))
    return failure();
  ValueRange running = getState();
  if (Value count = getCount()) {
    running = running.drop_back();
    auto type = cast<RankedTensorType>(count.getType());
    if (type.getRank() != 0 || !type.getElementType().isInteger(64))
      return emitOpError()
             << "expects the last state operand, the count, to be "
                "tensor<i64>, but got "
             << type;
  }
  for (auto [name, value] : llvm::zip(runningNames, running)) {
    auto elementType =
        dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
    if (!elementType || !(elementType.isF16() || elementType.isBF16() ||
                          elementType.isF32() || elementType.isF64()))
      return emitOpError() << "expects the " << name
                           << " to hold f16, bf16, f32 or f64, but got "
                           << value.getType();
    if (failed(verifyParameters(*this, name, value.getType(), grid,
                                getX().getType())))
      return failure();
    FloatType xType = getFloatType(getX());
    if (promoteTypes(elementType, xType) != elementType)
      return emitOpError() << "expects the " << name
                           << " to hold every value of " << xType
                           << ", x's element type, but got " << elementType;
    if (value.getType() != running.front().getType())
      return emitOpError() << "expects running statistics of one type, but got "
                           << running.front().getType() << " and "
                           << value.getType();
  }
  if (!updatesState() && getMomentum())
    return emitOpError() << "expects a momentum only in the phases that update "
                            "the state (collect, calibrate), but got one in "
                         << stringifyEnum(getPhase());
  if (getScaling() == Scaling::Stats && getPhase() == Phase::EvaluateLearned)
    return emitOpError() << "expects scaling = parameter_from_stats in phase "
                            "evaluate_learned, but got stats, which has no "
                            "learned parameter";
  if (failed(verifyMomentum(*this, getMomentum())))
    return failure();
  return verifyMinimum(*this, getMinimum());
}

LogicalResult ActOp::reifyResultShapes(OpBuilder &builder,
                                       ReifiedRankedShapedTypeDims &shapes) {
  for (Value result : getOperation()->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    Value like = result == getY()                      ? Value(getX())
                 : type.getElementType().isInteger(64) ? getCount()
                                                       : getRunningThreshold();
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), like));
  }
  return success();
}
