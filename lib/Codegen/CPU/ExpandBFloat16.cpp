//===- ExpandBFloat16.cpp - bf16 conversions by integer operations --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTEXPANDBFLOAT16
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

namespace {

/// f32, or vectors of as many.
static Type getWide(Type type) {
  Type f32 = Float32Type::get(type.getContext());
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(f32)) : f32;
}

/// What canonicalization made one conversion of goes through f32 again: then
/// there are patterns for all.
struct ExtendInSteps : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF64())
      return rewriter.notifyMatchFailure(op, "expects bf16 to f64");
    Value value = arith::ExtFOp::create(rewriter, op.getLoc(),
                                        getWide(op.getType()), op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), value);
    return success();
  }
};

template <typename Op>
struct ConvertIntegerInSteps : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "expects bf16");
    Value value =
        Op::create(rewriter, op.getLoc(), getWide(op.getType()), op.getIn());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), value);
    return success();
  }
};

/// What may be converted by an instruction is left to LLVM.
struct ConvertByInstruction : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!op->hasAttr(quant_act::QuantActDialect::noSubnormalAttrName))
      return rewriter.notifyMatchFailure(op, "expects no subnormal numbers");
    rewriter.replaceOpWithNewOp<LLVM::FPTruncOp>(op, op.getType(), op.getIn());
    return success();
  }
};

struct QuantActExpandBFloat16
    : public quant_act::impl::QuantActExpandBFloat16Base<
          QuantActExpandBFloat16> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    patterns.add<ExtendInSteps, ConvertIntegerInSteps<arith::SIToFPOp>,
                 ConvertIntegerInSteps<arith::UIToFPOp>>(&getContext());
    patterns.add<ConvertByInstruction>(&getContext(), /*benefit=*/2);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
