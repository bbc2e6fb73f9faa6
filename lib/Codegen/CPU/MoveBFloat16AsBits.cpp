//===- MoveBFloat16AsBits.cpp - bf16 values that are only moved -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/TypeUtilities.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTMOVEBFLOAT16ASBITS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

static bool isBFloat16(Type type) {
  return getElementTypeOrSelf(type).isBF16();
}

/// Functions pass a bf16 and its bits in different registers.
static bool passesBFloat16(LLVM::LLVMFunctionType type) {
  return llvm::any_of(type.getParams(), isBFloat16) ||
         isBFloat16(type.getReturnType());
}

/// What gives a bf16 that is no moved one: its bits are taken.
static bool isConversion(Operation *op) {
  return isa<LLVM::FPTruncOp>(op) && isBFloat16(op->getResult(0).getType());
}

/// Whether the op does the same to 16 bits as to a bf16.
static bool canMoveBits(Operation *op) {
  if (llvm::none_of(op->getOperandTypes(), isBFloat16) &&
      llvm::none_of(op->getResultTypes(), isBFloat16))
    return true;
  return isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::MaskedLoadOp,
             LLVM::MaskedStoreOp, LLVM::InsertElementOp, LLVM::ExtractElementOp,
             LLVM::InsertValueOp, LLVM::ExtractValueOp, LLVM::ShuffleVectorOp,
             LLVM::SelectOp, LLVM::BitcastOp, LLVM::ConstantOp, LLVM::PoisonOp,
             LLVM::UndefOp, LLVM::ZeroOp, LLVM::BrOp, LLVM::CondBrOp>(op);
}

namespace {
struct QuantActMoveBFloat16AsBits
    : public quant_act::impl::QuantActMoveBFloat16AsBitsBase<
          QuantActMoveBFloat16AsBits> {
  void runOnOperation() override {
    LLVM::LLVMFuncOp function = getOperation();
    SmallVector<Operation *> conversions;
    WalkResult walk = function.getBody().walk([&](Operation *op) {
      if (isConversion(op))
        conversions.push_back(op);
      else if (!canMoveBits(op))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (passesBFloat16(function.getFunctionType()) || walk.wasInterrupted())
      return;
    SmallVector<Type> converted = llvm::map_to_vector(
        conversions, [](Operation *op) { return op->getResult(0).getType(); });
    auto bitsType = IntegerType::get(&getContext(), 16);
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](BFloat16Type) -> Type { return bitsType; });
    replacer.addReplacement([&](FloatAttr value) -> std::optional<Attribute> {
      if (!value.getType().isBF16())
        return std::nullopt;
      return IntegerAttr::get(bitsType, value.getValue().bitcastToAPInt());
    });
    replacer.addReplacement(
        [&](DenseElementsAttr values) -> std::optional<Attribute> {
          if (!values.getElementType().isBF16())
            return std::nullopt;
          return values.bitcast(bitsType);
        });
    replacer.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
    for (auto [op, type] : llvm::zip_equal(conversions, converted)) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfter(op);
      Value result = op->getResult(0);
      auto bits = LLVM::BitcastOp::create(builder, op->getLoc(),
                                          result.getType(), result);
      result.replaceAllUsesExcept(bits, bits);
      result.setType(type);
    }
  }
};
} // namespace
