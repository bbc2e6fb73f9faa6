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
#include "OpChecks.h"
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

static void printOptionalStatistic(OpAsmPrinter &printer, Operation *op,
                                   StatisticAttr statistic) {
  if (statistic)
    printStatistic(printer, op, statistic);
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

FloatType quant_act::getFloatType(Value value) {
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

LogicalResult quant_act::verifyMinimum(Operation *op, const APFloat &minimum) {
  if (minimum.isFinite() && !minimum.isNegative())
    return success();
  return op->emitOpError() << "expects a finite minimum of at least 0, but got "
                           << minimum.convertToDouble();
}

LogicalResult quant_act::verifyMomentum(Operation *op,
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
SmallVector<OpFoldResult>
quant_act::reifyParameterShape(OpBuilder &builder, Location loc, Value x,
                               GridAttr grid, ArrayRef<int64_t> resultShape) {
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
LogicalResult
quant_act::reifyAsFirstOperand(Operation *op, OpBuilder &builder,
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

LogicalResult quant_act::verifyBitsOperand(Operation *op, FormatAttr format,
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

LogicalResult quant_act::verifyZeroPointFormat(Operation *op, FormatAttr format,
                                               bool hasZeroPoint) {
  if (!hasZeroPoint || isa<IntFormatAttr>(format))
    return success();
  return op->emitOpError()
         << "expects an integer format where there is a zero point, but got "
         << format;
}

LogicalResult quant_act::verifySeed(Operation *op, Rounding rounding,
                                    bool hasSeed) {
  bool isStochastic = rounding == Rounding::Stochastic;
  if (isStochastic == hasSeed)
    return success();
  return op->emitOpError()
         << "expects a seed with stochastic rounding and only there, but got "
         << (hasSeed ? "one" : "none") << " with " << stringifyEnum(rounding);
}

/// Checks scale and zero point of an op on elements of the given type.
template <typename Op>
static LogicalResult verifyScaleAndZeroPoint(Op op, RankedTensorType x) {
  GridAttr grid = op.getGridAttr();
  if (failed(verifyGrid(op, grid, x)) ||
      failed(verifyParameters(op, "scale", op.getScale().getType(), grid, x)) ||
      failed(verifyZeroPointFormat(op, op.getFormat(),
                                   static_cast<bool>(op.getZeroPoint()))))
    return failure();
  if (!op.getZeroPoint()) {
    if (op.getZeroPointGrid())
      return op.emitOpError()
             << "expects a zero point where there is a grid for it";
    return success();
  }
  GridAttr zeroPointGrid = op.getEffectiveZeroPointGrid();
  if (failed(verifyGrid(op, zeroPointGrid, x)) ||
      failed(verifyBlocksNest(op, grid, zeroPointGrid, x)))
    return failure();
  return verifyParameters(op, "zero_point", op.getZeroPoint().getType(),
                          zeroPointGrid, x);
}

template <typename Op>
LogicalResult quant_act::verifyFakeQuant(Op op) {
  RankedTensorType x = op.getX().getType();
  if (failed(verifyScaleAndZeroPoint(op, x)) ||
      failed(verifyBitsOperand(op, op.getFormat(), op.getBits())))
    return failure();
  if (op.getBits() &&
      failed(verifyParameters(op, "bits", op.getBits().getType(),
                              op.getBitsGrid(), x)))
    return failure();
  return verifySeed(op, op.getRounding(), static_cast<bool>(op.getSeed()));
}

template LogicalResult quant_act::verifyFakeQuant(FakeQuantGradOp op);

LogicalResult FakeQuantOp::verify() { return verifyFakeQuant(*this); }

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

static FakeQuantSpec makeFakeQuantSpec(FormatAttr format, Activation activation,
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

template <typename Op>
FloatType quant_act::getFakeQuantComputeType(Op op) {
  SmallVector<Value> values{op.getX(), op.getScale()};
  if (op.getZeroPoint())
    values.push_back(op.getZeroPoint());
  return getComputeType(op.getNumerics(), values);
}

template FloatType quant_act::getFakeQuantComputeType(FakeQuantGradOp op);

template <typename Op>
FakeQuantSpec quant_act::getFakeQuantSpec(Op op) {
  return makeFakeQuantSpec(op.getFormat(), op.getActivation(), op.getRounding(),
                           op.getNumerics());
}
template FakeQuantSpec quant_act::getFakeQuantSpec(FakeQuantGradOp op);

FloatType FakeQuantOp::getComputeType() {
  return getFakeQuantComputeType(*this);
}

FakeQuantSpec FakeQuantOp::getSpec() { return getFakeQuantSpec(*this); }

LogicalResult
FakeQuantOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// QuantizeOp and DequantizeOp
//===----------------------------------------------------------------------===//

/// The 8-bit type that has a minifloat format's numbers; none if none has.
static FloatType getByteType(MLIRContext *context, const FloatFormat &format) {
  auto isLike = [&](FloatType type) {
    const llvm::fltSemantics &semantics = type.getFloatSemantics();
    return format.isSigned &&
           APFloat::semanticsPrecision(semantics) == format.mantissaBits + 1 &&
           APFloat::semanticsMinExponent(semantics) == 1 - format.bias &&
           APFloat::getLargest(semantics).convertToDouble() == format.max &&
           (format.overflow != FloatOverflow::Infinity ||
            APFloat::semanticsHasInf(semantics));
  };
  for (FloatType type : std::initializer_list<FloatType>{
           Float8E4M3FNType::get(context), Float8E5M2Type::get(context),
           Float8E4M3FNUZType::get(context), Float8E5M2FNUZType::get(context)})
    if (isLike(type))
      return type;
  return {};
}

/// Checks that a type can store the format's codes.
static LogicalResult verifyStorage(Operation *op, FormatAttr attribute,
                                   Type storage, bool isBipolar = false) {
  Format format = attribute.getFormat();
  if (auto *minifloat = std::get_if<FloatFormat>(&format)) {
    FloatType expected = getByteType(op->getContext(), *minifloat);
    if (storage == expected)
      return success();
    auto diagnostic = op->emitOpError() << "expects codes of " << attribute
                                        << " to be stored as ";
    if (expected)
      return diagnostic << expected << ", but got " << storage;
    return diagnostic << "a type that has its numbers, which none has, but got "
                      << storage;
  }
  auto *integer = std::get_if<IntFormat>(&format);
  unsigned bits = integer && !isBipolar ? std::max(integer->bits, 1u) : 2;
  if (storage.isSignlessInteger() && storage.getIntOrFloatBitWidth() >= bits)
    return success();
  return op->emitOpError() << "expects codes of " << attribute
                           << " to be stored in integers of at least " << bits
                           << " bits, but got " << storage;
}

/// Checks that two tensors have one shape.
static LogicalResult verifySameShape(Operation *op, StringRef nameA, Type a,
                                     StringRef nameB, Type b) {
  if (cast<RankedTensorType>(a).getShape() ==
      cast<RankedTensorType>(b).getShape())
    return success();
  return op->emitOpError() << "expects " << nameA << " and " << nameB
                           << " to have one shape, but got " << a << " and "
                           << b;
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifyFakeQuant(*this)) ||
      failed(
          verifySameShape(*this, "x", getX().getType(), "q", getQ().getType())))
    return failure();
  return verifyStorage(*this, getFormat(), getQ().getType().getElementType(),
                       isBipolar(getSpec()));
}

FloatType QuantizeOp::getComputeType() {
  return getFakeQuantComputeType(*this);
}

FakeQuantSpec QuantizeOp::getSpec() { return getFakeQuantSpec(*this); }

LogicalResult
QuantizeOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsFirstOperand(*this, builder, shapes);
}

LogicalResult DequantizeOp::verify() {
  if (failed(verifyScaleAndZeroPoint(*this, getQ().getType())) ||
      failed(
          verifySameShape(*this, "q", getQ().getType(), "y", getY().getType())))
    return failure();
  return verifyStorage(*this, getFormat(), getQ().getType().getElementType());
}

FloatType DequantizeOp::getComputeType() {
  FloatType type = promoteTypes(getFloatType(getY()), getFloatType(getScale()));
  if (getZeroPoint())
    type = promoteTypes(type, getFloatType(getZeroPoint()));
  return type;
}

LogicalResult
DequantizeOp::reifyResultShapes(OpBuilder &builder,
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

/// What the results of stats are called.
static constexpr StringLiteral statsNames[] = {"threshold", "low"};

LogicalResult quant_act::verifyHoldsValues(Operation *op, StringRef name,
                                           FloatType type, FloatType xType) {
  if (promoteTypes(type, xType) == type)
    return success();
  return op->emitOpError() << "expects " << name << " to hold every value of "
                           << xType << ", x's element type, but got " << type;
}

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
LogicalResult quant_act::verifyShared(Operation *op, StringRef nameA,
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

template <typename Op>
LogicalResult quant_act::verifyChooseQParams(Op op) {
  RankedTensorType threshold = op.getThreshold().getType();
  bool hasLow = static_cast<bool>(op.getLow());
  if (hasLow && failed(verifyShared(op, "threshold", threshold, "low",
                                    op.getLow().getType())))
    return failure();
  if (failed(verifyBitsOperand(op, op.getFormat(), op.getBits())) ||
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
