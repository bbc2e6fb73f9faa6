//===- ExpandRounding.cpp - Round without instructions for it -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbers of 2^p and more, p + 1 being the digits of the type, are integers.
// A smaller one, without its sign, is rounded half to even by adding 2^p, where
// the sum's digits end at the units, and subtracting it.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

#include <cmath>

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTEXPANDROUNDING
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

namespace {

/// Builds the rounding of one value or vector.
class RoundingBuilder {
public:
  RoundingBuilder(OpBuilder &builder, Location loc, Value x)
      : b(loc, builder), x(x) {}

  Value buildRoundEven() {
    return withSign(roundEven(math::AbsFOp::create(b, x)));
  }

  Value buildTruncate() {
    Value size = math::AbsFOp::create(b, x);
    Value rounded = roundEven(size);
    return withSign(arith::SubFOp::create(
        b, rounded, oneIf(arith::CmpFPredicate::OGT, rounded, size)));
  }

  Value buildFloor() {
    Value rounded = buildRoundEven();
    return withSign(arith::SubFOp::create(
        b, rounded, oneIf(arith::CmpFPredicate::OGT, rounded, x)));
  }

  Value buildCeil() {
    Value rounded = buildRoundEven();
    return withSign(arith::AddFOp::create(
        b, rounded, oneIf(arith::CmpFPredicate::OLT, rounded, x)));
  }

private:
  Value constant(double value) {
    Type type = x.getType();
    auto element = cast<FloatType>(getElementTypeOrSelf(type));
    TypedAttr attribute = b.getFloatAttr(element, value);
    if (auto vector = dyn_cast<VectorType>(type))
      attribute = DenseElementsAttr::get(vector, Attribute(attribute));
    return arith::ConstantOp::create(b, attribute);
  }

  Value select(arith::CmpFPredicate predicate, Value left, Value right,
               double value) {
    Value condition = arith::CmpFOp::create(b, predicate, left, right);
    return arith::SelectOp::create(b, condition, constant(value),
                                   constant(0.0));
  }
  Value oneIf(arith::CmpFPredicate predicate, Value left, Value right) {
    return select(predicate, left, right, 1.0);
  }

  /// Of a number without sign; NaN becomes quiet.
  Value roundEven(Value size) {
    auto type = cast<FloatType>(getElementTypeOrSelf(size.getType()));
    double large = std::ldexp(1.0, type.getFPMantissaWidth() - 1);
    Value shift =
        select(arith::CmpFPredicate::OLT, size, constant(large), large);
    return arith::SubFOp::create(b, arith::AddFOp::create(b, size, shift),
                                 shift);
  }

  /// Results have x's sign, zeros too.
  Value withSign(Value value) { return math::CopySignOp::create(b, value, x); }

  ImplicitLocOpBuilder b;
  Value x;
};

template <typename Op, Value (RoundingBuilder::*build)()>
struct ExpandRounding : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    Type element = getElementTypeOrSelf(type);
    if (!(element.isF32() || element.isF64()) ||
        !(type == element || isa<VectorType>(type)))
      return rewriter.notifyMatchFailure(op, "expects f32 or f64");
    RoundingBuilder rounding(rewriter, op.getLoc(), op.getOperand());
    rewriter.replaceOp(op, (rounding.*build)());
    return success();
  }
};

struct QuantActExpandRounding
    : public quant_act::impl::QuantActExpandRoundingBase<
          QuantActExpandRounding> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<
        ExpandRounding<math::RoundEvenOp, &RoundingBuilder::buildRoundEven>,
        ExpandRounding<math::TruncOp, &RoundingBuilder::buildTruncate>,
        ExpandRounding<math::FloorOp, &RoundingBuilder::buildFloor>,
        ExpandRounding<math::CeilOp, &RoundingBuilder::buildCeil>>(
        &getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
