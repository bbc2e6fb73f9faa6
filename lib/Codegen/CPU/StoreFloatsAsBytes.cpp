//===- StoreFloatsAsBytes.cpp - Floats of at most 8 bits as i8 ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/TypeUtilities.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTSTOREFLOATSASBYTES
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

static bool isNarrowFloat(Type type) {
  auto floatType = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  return floatType && floatType.getWidth() <= 8;
}

/// Checks that the op does to bytes what it does to floats: that it only moves
/// them.
static LogicalResult verifyMoves(Operation *op) {
  if (!isa_and_present<arith::ArithDialect, math::MathDialect>(
          op->getDialect()) ||
      isa<arith::BitcastOp, arith::ConstantOp, arith::SelectOp>(op))
    return success();
  for (Type type : llvm::concat<const Type>(
           llvm::to_vector(op->getOperandTypes()), op->getResultTypes()))
    if (isNarrowFloat(type))
      return op->emitOpError() << "computes with " << getElementTypeOrSelf(type)
                               << ", which is to be stored as bytes";
  return success();
}

/// Makes a conversion of widths of a bitcast whose one type has become i8.
static void adjustBitcast(arith::BitcastOp op) {
  OpBuilder builder(op);
  auto getWidth = [](Type type) {
    return getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  };
  unsigned from = getWidth(op.getIn().getType()), to = getWidth(op.getType());
  if (from == to)
    return;
  Value converted =
      from < to ? Value(arith::ExtUIOp::create(builder, op.getLoc(),
                                               op.getType(), op.getIn()))
                : Value(arith::TruncIOp::create(builder, op.getLoc(),
                                                op.getType(), op.getIn()));
  op.replaceAllUsesWith(converted);
  op.erase();
}

namespace {
struct QuantActStoreFloatsAsBytes
    : public quant_act::impl::QuantActStoreFloatsAsBytesBase<
          QuantActStoreFloatsAsBytes> {
  void runOnOperation() override {
    WalkResult walk = getOperation().walk(
        [](Operation *op) { return WalkResult(verifyMoves(op)); });
    if (walk.wasInterrupted())
      return signalPassFailure();
    replaceTypes();
    getOperation().walk(adjustBitcast);
  }

  void replaceTypes() {
    auto byte = IntegerType::get(&getContext(), 8);
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](FloatType type) -> std::optional<Type> {
      if (!isNarrowFloat(type))
        return std::nullopt;
      return byte;
    });
    replacer.addReplacement([&](FloatAttr value) -> std::optional<Attribute> {
      if (!isNarrowFloat(value.getType()))
        return std::nullopt;
      return IntegerAttr::get(byte, value.getValue().bitcastToAPInt().zext(8));
    });
    replacer.addReplacement(
        [&](DenseElementsAttr values) -> std::optional<Attribute> {
          if (!isNarrowFloat(values.getType()))
            return std::nullopt;
          return DenseElementsAttr::getFromRawBuffer(
              values.getType().clone(byte), values.getRawData());
        });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }
};
} // namespace
