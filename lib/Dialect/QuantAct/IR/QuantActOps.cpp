//===- QuantActOps.cpp - Operations of quant_act --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops' classes, how their text shows attributes, and what they share. The
// ops themselves are in files named like their .td files; folds and
// canonicalizations are in QuantActFolds.cpp.
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
  auto holds = [](FloatType type, FloatType other) {
    return APFloat::isRepresentableBy(other.getFloatSemantics(),
                                      type.getFloatSemantics());
  };
  if (holds(a, b))
    return a;
  if (holds(b, a))
    return b;
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

LogicalResult quant_act::verifyHoldsValues(Operation *op, StringRef name,
                                           FloatType type, FloatType xType) {
  if (promoteTypes(type, xType) == type)
    return success();
  return op->emitOpError() << "expects " << name << " to hold every value of "
                           << xType << ", x's element type, but got " << type;
}

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

FloatType quant_act::getComputeType(NumericsAttr numerics, ValueRange values) {
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

FakeQuantSpec quant_act::makeFakeQuantSpec(FormatAttr format,
                                           Activation activation,
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
          numerics.getInfinity(),
          numerics.getOneBit(),
          numerics.getCodes(),
          numerics.getDequantization()};
}
