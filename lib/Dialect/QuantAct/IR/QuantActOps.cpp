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
  printer << ' ';
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

/// Checks that blocks of the two grids nest: that along each dimension one has
/// a multiple of the other's parameters.
static LogicalResult verifyBlocksNest(Operation *op, GridAttr a, GridAttr b,
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
             << "expects the broadcast extents of scale and zero point along "
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
         << "expects a seed with stochastic rounding and only "
            "there, but got "
         << (hasSeed ? "one" : "none") << " with " << stringifyEnum(rounding);
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
  if (failed(verifySeed(*this, getRounding(), bool(getSeed()))))
    return failure();
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

FloatType FakeQuantOp::getComputeType() {
  switch (getNumerics().getCompute()) {
  case ComputeType::F32:
    return Float32Type::get(getContext());
  case ComputeType::F64:
    return Float64Type::get(getContext());
  case ComputeType::Promoted:
    break;
  }
  FloatType type = promoteTypes(getFloatType(getX()), getFloatType(getScale()));
  if (getZeroPoint())
    type = promoteTypes(type, getFloatType(getZeroPoint()));
  return type;
}

FakeQuantSpec FakeQuantOp::getSpec() {
  NumericsAttr numerics = getNumerics();
  FakeQuantSpec spec;
  spec.format = getFormat().getFormat();
  spec.activation = getActivation();
  spec.rounding = getRounding();
  spec.zeroPoint = numerics.getZeroPoint();
  spec.division = numerics.getDivision();
  spec.clamp = numerics.getClamp();
  spec.nan = numerics.getNan();
  spec.overflow = numerics.getOverflow();
  return spec;
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

/// What the results of stats are called.
static constexpr StringLiteral statsNames[] = {"threshold", "low"};

LogicalResult quant_act::verifyHoldsValues(Operation *op, StringRef name,
                                           FloatType type, FloatType xType) {
  if (promoteTypes(type, xType) == type)
    return success();
  return op->emitOpError() << "expects " << name << " to hold every value of "
                           << xType << ", x's element type, but got " << type;
}

LogicalResult StatsOp::verify() {
  GridAttr grid = getGrid().value_or(GridAttr());
  if (failed(verifyGrid(*this, grid, getX().getType())))
    return failure();
  bool isInterval = getStatistic().isInterval();
  if (isInterval != static_cast<bool>(getLow()))
    return emitOpError() << "expects "
                         << (isInterval ? "two results" : "one result")
                         << " for the statistic "
                         << stringifyEnum(getStatistic().getKind())
                         << ", but got " << getNumResults();
  for (auto [name, result] :
       llvm::zip(statsNames, getOperation()->getResults())) {
    if (failed(verifyParameters(*this, name, result.getType(), grid,
                                getX().getType())))
      return failure();
    if (failed(verifyHoldsValues(*this, name, getFloatType(result),
                                 getFloatType(getX()))))
      return failure();
  }
  if (isInterval && getThreshold().getType() != getLow().getType())
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
  if (getLow() && !getFractional() && getRounding() == Rounding::Stochastic)
    return emitOpError() << "expects a rounding of zero points that needs no "
                            "seed, but got stochastic";
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
