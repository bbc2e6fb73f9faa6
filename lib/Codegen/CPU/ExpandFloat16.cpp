//===- ExpandFloat16.cpp - f16 conversions by integer operations ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The fields of an f16 are those of an f32 that is 2^112 times smaller, shifted
// by the 13 digits that f32 has more.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTEXPANDFLOAT16
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

/// The type, or a vector type of as many elements, with another element type.
static Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

namespace {

/// Integer arithmetic on the bits of values like `like`, in i32.
class BitBuilder {
public:
  BitBuilder(OpBuilder &builder, Location loc, Type like)
      : b(loc, builder), like(like) {}

  Value constant(uint32_t value) {
    Type type = withElement(like, b.getI32Type());
    TypedAttr attribute = b.getI32IntegerAttr(static_cast<int32_t>(value));
    if (auto vector = dyn_cast<VectorType>(type))
      attribute = DenseElementsAttr::get(vector, Attribute(attribute));
    return arith::ConstantOp::create(b, attribute);
  }

  Value toBits(Value value) {
    unsigned width = getElementTypeOrSelf(value).getIntOrFloatBitWidth();
    Value bits = arith::BitcastOp::create(
        b, withElement(like, b.getIntegerType(width)), value);
    if (width == 32)
      return bits;
    return arith::ExtUIOp::create(b, withElement(like, b.getI32Type()), bits);
  }
  Value toF32(Value bits) {
    return arith::BitcastOp::create(b, withElement(like, b.getF32Type()), bits);
  }
  Value toF16(Value bits) {
    Value low =
        arith::TruncIOp::create(b, withElement(like, b.getI16Type()), bits);
    return arith::BitcastOp::create(b, withElement(like, b.getF16Type()), low);
  }

  Value both(Value value, uint32_t mask) {
    return arith::AndIOp::create(b, value, constant(mask));
  }
  Value either(Value value, Value other) {
    return arith::OrIOp::create(b, value, other);
  }
  Value add(Value value, Value other) {
    return arith::AddIOp::create(b, value, other);
  }
  Value left(Value value, uint32_t digits) {
    return arith::ShLIOp::create(b, value, constant(digits));
  }
  Value right(Value value, uint32_t digits) {
    return arith::ShRUIOp::create(b, value, constant(digits));
  }
  Value mulF32(Value bits, uint32_t factor) {
    return toBits(
        arith::MulFOp::create(b, toF32(bits), toF32(constant(factor))));
  }
  Value addF32(Value bits, uint32_t summand) {
    return toBits(
        arith::AddFOp::create(b, toF32(bits), toF32(constant(summand))));
  }

  /// Of bits without sign.
  Value selectAbove(Value bits, uint32_t bound, Value yes, Value no) {
    Value isAbove = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, bits,
                                          constant(bound));
    return arith::SelectOp::create(b, isAbove, yes, no);
  }

private:
  ImplicitLocOpBuilder b;
  Type like;
};

} // namespace

static constexpr uint32_t infinity32 = 0x7f800000, infinity16 = 0x7c00;

/// The multiplication makes NaN quiet.
static Value buildExtension(BitBuilder &b, Value x) {
  Value bits = b.toBits(x);
  Value size = b.left(b.both(bits, 0x7fff), 13);
  Value isSpecial = b.either(size, b.constant(infinity32));
  Value small = b.selectAbove(size, (infinity16 << 13) - 1, isSpecial, size);
  Value number = b.mulF32(small, /*2^112*/ 0x77800000);
  Value sign = b.left(b.both(bits, 0x8000), 16);
  return b.toF32(b.either(number, sign));
}

static Value buildTruncation(BitBuilder &b, Value x) {
  Value bits = b.toBits(x);
  Value size = b.both(bits, 0x7fffffff);
  // Half of the last digit, less what a tie to an odd one adds.
  Value isOdd = b.both(b.right(size, 13), 1);
  Value rounded = b.add(b.add(size, isOdd), b.constant(0xfff));
  Value normal = b.right(b.add(rounded, b.constant(-112u << 23)), 13);
  // The digits of a sum with 1/2 end where those of subnormal numbers do.
  Value sum = b.addF32(size, /*1/2*/ 0x3f000000);
  Value subnormal = b.add(sum, b.constant(-0x3f000000u));
  Value quiet = b.either(b.both(b.right(size, 13), 0x3ff), b.constant(0x7e00));

  Value result =
      b.selectAbove(size, /*2^-14*/ 0x38800000 - 1, normal, subnormal);
  result = b.selectAbove(size, /*2^16*/ 0x47800000 - 1, b.constant(infinity16),
                         result);
  result = b.selectAbove(size, infinity32, quiet, result);
  return b.toF16(b.either(result, b.both(b.right(bits, 16), 0x8000)));
}

namespace {

struct ExpandExtension : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF16())
      return rewriter.notifyMatchFailure(op, "expects f16");
    BitBuilder bits(rewriter, op.getLoc(), op.getType());
    Value extended = buildExtension(bits, op.getIn());
    if (getElementTypeOrSelf(op.getType()).isF32())
      rewriter.replaceOp(op, extended);
    else
      rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), extended);
    return success();
  }
};

struct ExpandTruncation : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF16() ||
        !getElementTypeOrSelf(op.getIn()).isF32())
      return rewriter.notifyMatchFailure(op, "expects f32 to f16");
    BitBuilder bits(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, buildTruncation(bits, op.getIn()));
    return success();
  }
};

/// Canonicalization makes this of an integer's conversion to f64 and from there
/// to f16.
template <typename Op>
struct ExpandFromInteger : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF16())
      return rewriter.notifyMatchFailure(op, "expects f16");
    Type f32 = withElement(type, rewriter.getF32Type());
    Value value = Op::create(rewriter, op.getLoc(), f32, op.getIn());
    BitBuilder bits(rewriter, op.getLoc(), type);
    rewriter.replaceOp(op, buildTruncation(bits, value));
    return success();
  }
};

struct QuantActExpandFloat16
    : public quant_act::impl::QuantActExpandFloat16Base<QuantActExpandFloat16> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtension, ExpandTruncation,
                 ExpandFromInteger<arith::SIToFPOp>,
                 ExpandFromInteger<arith::UIToFPOp>>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
