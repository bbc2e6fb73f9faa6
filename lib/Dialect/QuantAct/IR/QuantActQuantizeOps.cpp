//===- QuantActQuantizeOps.cpp - Ops on elements ------------------------===//
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
// FakeQuantOp
//===----------------------------------------------------------------------===//

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

/// The type that has a minifloat format's numbers; none if none has.
static FloatType getStorageType(MLIRContext *context,
                                const FloatFormat &format) {
  auto isLike = [&](FloatType type) {
    const llvm::fltSemantics &semantics = type.getFloatSemantics();
    return format.isSigned == APFloat::semanticsHasSignedRepr(semantics) &&
           APFloat::semanticsPrecision(semantics) == format.mantissaBits + 1 &&
           APFloat::semanticsMinExponent(semantics) == 1 - format.bias &&
           APFloat::getLargest(semantics).convertToDouble() == format.max &&
           (format.overflow != FloatOverflow::Infinity ||
            APFloat::semanticsHasInf(semantics)) &&
           (format.overflow != FloatOverflow::Nan ||
            APFloat::semanticsHasNaN(semantics));
  };
  for (FloatType type : std::initializer_list<FloatType>{
           Float8E4M3FNType::get(context), Float8E5M2Type::get(context),
           Float8E4M3FNUZType::get(context), Float8E5M2FNUZType::get(context),
           Float8E8M0FNUType::get(context), Float6E3M2FNType::get(context),
           Float6E2M3FNType::get(context), Float4E2M1FNType::get(context)})
    if (isLike(type))
      return type;
  return {};
}

/// Checks that a type can store the format's codes.
static LogicalResult verifyStorage(Operation *op, FormatAttr attribute,
                                   Type storage, bool isBipolar = false) {
  Format format = attribute.getFormat();
  if (auto *minifloat = std::get_if<FloatFormat>(&format)) {
    FloatType expected = getStorageType(op->getContext(), *minifloat);
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
