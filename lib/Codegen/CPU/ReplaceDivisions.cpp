//===- ReplaceDivisions.cpp - Divide by scales without dividing -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A quotient a / s, in f32, is computed by Markstein's correction: with
// s = m * 2^k, m in [1/2, 1), and r = 1 / m, rounded,
//
//   q0 = a * r;  e = fma(-q0, m, a);  q1 = fma(e, r, q0);  q = q1 * 2^-k
//
// q1 is the rounded a / m where e is exact, that is for |a| >= 2^-101: its
// error before the last rounding is less than 2^-22 units in the last place,
// and all quotients so near to a tie have been tried (test/Unit/Exhaustive).
// Below, q1 is near a / m, and not 0 unless a is: all that counts of a quotient
// below 2^-41, if the scale is at least 2^-60. Where q0 or e overflows, q1 is
// NaN, and q0 is taken: infinite, or NaN if a is.
//
//===----------------------------------------------------------------------===//

#include "LoopBody.h"
#include "LoopBuilder.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Numerics/Emitter.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTREPLACEDIVISIONS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// The scales that this is done for, and the least zero point that is not 0: a
/// number that quotients below 2^-41 are lost in.
static constexpr float smallestScale = 0x1.0p-60f, largestScale = 0x1.0p60f;
static constexpr float smallestZeroPoint = 0x1.0p-10f;

namespace {

/// How codes are kept from being below the lowest one.
enum class LowLimit {
  /// By limiting the dividend.
  Before,
  /// By limiting the code; the dividend to what is a bit lower.
  After,
  /// Dividends are not negative.
  None
};

/// A division in f32 by a channel's divisor, and what is done with quotients.
struct ScaledDivision {
  arith::DivFOp op;
  /// quotient + zero point, if that is all the quotient is for.
  arith::AddFOp sum;
  Value zeroPoint;
  /// The code, limited to [low, high], if it is the sum rounded half to even
  /// and that is all the sum is for.
  arith::SelectOp limited;
  Value low, high;
  LowLimit lowLimit = LowLimit::After;

  Value getDivisor() { return op.getRhs(); }
};

} // namespace

/// The one op that uses the value, if it is of this kind.
template <typename Op>
static Op getOnlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<Op>(*value.user_begin()) : Op();
}

/// Matches select(value <predicate> bound, bound, value).
static arith::SelectOp matchLimit(Value value, arith::CmpFPredicate predicate,
                                  Value &bound) {
  for (Operation *user : value.getUsers()) {
    auto select = dyn_cast<arith::SelectOp>(user);
    if (!select || select.getFalseValue() != value || !value.hasNUses(2))
      continue;
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    if (compare && compare->hasOneUse() && compare.getLhs() == value &&
        compare.getPredicate() == predicate &&
        compare.getRhs() == select.getTrueValue()) {
      bound = select.getTrueValue();
      return select;
    }
  }
  return {};
}

static bool isZero(Value value) {
  APFloat constant(0.0f);
  return matchPattern(value, m_ConstantFloat(&constant)) && constant.isZero();
}

/// Matches select(x < 0, 0, x): never negative.
static bool isRectified(Value value) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>()
                        : arith::CmpFOp();
  return compare && compare.getPredicate() == arith::CmpFPredicate::OLT &&
         compare.getLhs() == select.getFalseValue() &&
         isZero(compare.getRhs()) && isZero(select.getTrueValue());
}

static LowLimit chooseLowLimit(const ScaledDivision &division) {
  APFloat low(0.0f);
  if (matchPattern(division.low, m_ConstantFloat(&low)) && !low.isZero())
    return LowLimit::Before;
  bool isNeverNegative = isZero(division.low) && isZero(division.zeroPoint) &&
                         isRectified(division.op->getOperand(0));
  return isNeverNegative ? LowLimit::None : LowLimit::After;
}

/// Matches what is done with the quotients, as far as it is known.
static void matchUses(ScaledDivision &division,
                      llvm::function_ref<bool(Value)> isShared) {
  Value value = division.op;
  if (auto sum = getOnlyUser<arith::AddFOp>(value)) {
    Value other = sum.getLhs() == value ? sum.getRhs() : sum.getLhs();
    if (!isShared(other))
      return;
    division.sum = sum;
    division.zeroPoint = other;
    value = sum;
  }
  auto rounded = getOnlyUser<math::RoundEvenOp>(value);
  if (!rounded || !division.sum)
    return;
  Value low, high;
  auto upper = matchLimit(rounded, arith::CmpFPredicate::OGT, high);
  auto lower =
      upper ? matchLimit(upper, arith::CmpFPredicate::OLT, low) : upper;
  if (!lower || !isShared(low) || !isShared(high))
    return;
  division.limited = lower;
  division.low = low;
  division.high = high;
  division.lowLimit = chooseLowLimit(division);
}

static SmallVector<ScaledDivision> findDivisions(const LoopBody &body) {
  auto isShared = [&](Value value) { return !body.isOfElement(value); };
  SmallVector<ScaledDivision> found;
  for (auto op : body.getOp().getBody()->getOps<arith::DivFOp>()) {
    if (!op->hasAttr(roundedAttrName) || !op.getType().isF32() ||
        !isShared(op.getRhs()) || isShared(op.getLhs()))
      continue;
    ScaledDivision division;
    division.op = op;
    matchUses(division, isShared);
    found.push_back(division);
  }
  return found;
}

/// A constant that tiny quotients are lost in, or 0.
static bool isKnownSummand(Value value) {
  APFloat constant(0.0f);
  return matchPattern(value, m_ConstantFloat(&constant)) &&
         (constant.isZero() || abs(constant) >= APFloat(smallestZeroPoint));
}

/// Numbers that are added to quotients, or to what becomes of them, and have to
/// be checked.
static SmallVector<Value> findSummands(const LoopBody &body) {
  SmallVector<Value> summands;
  for (auto op : body.getOp().getBody()->getOps<arith::AddFOp>())
    for (Value operand : op.getOperands())
      if (body.isOfElement(op) && !body.isOfElement(operand) &&
          operand.getType().isF32() && !isKnownSummand(operand))
        summands.push_back(operand);
  return summands;
}

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

static Value buildConstant(OpBuilder &b, Location loc, float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

static Value buildIsWithin(LoopBuilder &b, Value magnitude, float low,
                           float high) {
  auto compare = [&](arith::CmpFPredicate predicate, float bound) -> Value {
    return arith::CmpFOp::create(b, predicate, magnitude,
                                 buildConstant(b, b.getLoc(), bound));
  };
  return b.both(compare(arith::CmpFPredicate::OGE, low),
                compare(arith::CmpFPredicate::OLE, high));
}

/// Whether a value that is added is one that this is done for.
static Value buildIsSummand(LoopBuilder &b, Value summand) {
  Value size = math::AbsFOp::create(b, summand);
  auto compare = [&](arith::CmpFPredicate predicate, float bound) -> Value {
    return arith::CmpFOp::create(b, predicate, size,
                                 buildConstant(b, b.getLoc(), bound));
  };
  return arith::OrIOp::create(
      b, compare(arith::CmpFPredicate::OEQ, 0.0f),
      compare(arith::CmpFPredicate::OGE, smallestZeroPoint));
}

/// The number that a code stands for.
static Value buildDequantized(OpBuilder &b, Location loc, Value code,
                              Value zeroPoint, Value scale) {
  Value difference = arith::SubFOp::create(b, loc, code, zeroPoint);
  return arith::MulFOp::create(b, loc, difference, scale);
}

/// The code of the number that a code stands for.
static Value buildRequantized(LoopBuilder &b, Value code, Value zeroPoint,
                              Value scale) {
  Value number = buildDequantized(b, b.getLoc(), code, zeroPoint, scale);
  Value quotient = arith::DivFOp::create(b, number, scale);
  return math::RoundEvenOp::create(
      b, arith::AddFOp::create(b, quotient, zeroPoint));
}

/// The code whose number limits the dividend from below.
static Value buildLowest(LoopBuilder &b, Value low, LowLimit limit) {
  if (limit == LowLimit::Before)
    return low;
  return arith::SubFOp::create(b, low, buildConstant(b, b.getLoc(), 1.0f));
}

/// Whether limiting the dividend limits the code.
static Value buildAreLimitsRight(LoopBuilder &b, ScaledDivision &division,
                                 const IRMapping &mapping) {
  Value scale = mapping.lookupOrDefault(division.getDivisor());
  Value zeroPoint = mapping.lookupOrDefault(division.zeroPoint);
  auto compare = [&](arith::CmpFPredicate predicate, Value code,
                     Value bound) -> Value {
    return arith::CmpFOp::create(
        b, predicate, buildRequantized(b, code, zeroPoint, scale), bound);
  };
  Value high = mapping.lookupOrDefault(division.high);
  Value low = mapping.lookupOrDefault(division.low);
  Value isRight = compare(arith::CmpFPredicate::OEQ, high, high);
  if (division.lowLimit == LowLimit::None)
    return isRight;
  bool isBefore = division.lowLimit == LowLimit::Before;
  return b.both(isRight, compare(isBefore ? arith::CmpFPredicate::OEQ
                                          : arith::CmpFPredicate::OLT,
                                 buildLowest(b, low, division.lowLimit), low));
}

/// Whether this is done for the parameters that `mapping` has.
static Value buildIsInDomain(LoopBuilder &b,
                             MutableArrayRef<ScaledDivision> divisions,
                             ArrayRef<Value> summands,
                             const IRMapping &mapping) {
  Value isInDomain = arith::ConstantIntOp::create(b, 1, 1);
  for (ScaledDivision &division : divisions) {
    Value scale = mapping.lookupOrDefault(division.getDivisor());
    // Limits change places where scales are negative.
    Value size =
        division.limited ? scale : Value(math::AbsFOp::create(b, scale));
    isInDomain =
        b.both(isInDomain, buildIsWithin(b, size, smallestScale, largestScale));
    if (division.limited)
      isInDomain =
          b.both(isInDomain, buildAreLimitsRight(b, division, mapping));
  }
  for (Value summand : summands)
    isInDomain =
        b.both(isInDomain, buildIsSummand(b, mapping.lookupOrDefault(summand)));
  return isInDomain;
}

namespace {
/// Checks all parameters that divisors and zero points are computed of.
class DomainCheck {
public:
  DomainCheck(const LoopBody &body, MutableArrayRef<ScaledDivision> divisions,
              LoopBuilder &b)
      : body(body), divisions(divisions), summands(findSummands(body)), b(b) {}

  /// Whether there are at least `minElements`, and all parameters are right.
  Value build(int64_t minElements) {
    indices.assign(body.getOp().getNumLoops(), b.index(0));
    auto constant = [&](bool value) -> Value {
      return arith::ConstantIntOp::create(b, value, /*width=*/1);
    };
    if (minElements == 0)
      return buildLoops(/*dim=*/0, constant(true));
    Value areMany = b.isLess(b.index(minElements - 1), getNumElements());
    auto check = [&] {
      return LoopBuilder::Values{buildLoops(/*dim=*/0, constant(true))};
    };
    auto refuse = [&] { return LoopBuilder::Values{constant(false)}; };
    return b.choose(areMany, b.getI1Type(), check, refuse).front();
  }

private:
  Value getExtent(int64_t dim) {
    return getValueOrCreateConstantIndexOp(
        b, b.getLoc(),
        memref::getMixedSize(b, b.getLoc(), body.getElements().get(), dim));
  }

  Value getNumElements() {
    Value number = b.index(1);
    for (int64_t dim = 0, e = body.getOp().getNumLoops(); dim < e; ++dim)
      number = b.mul(number, getExtent(dim));
    return number;
  }

  /// Loops from `dim` on, which carry on whether all was well.
  Value buildLoops(int64_t dim, Value before) {
    linalg::GenericOp op = body.getOp();
    if (dim == op.getNumLoops())
      return b.both(before, buildCheck());
    if (!body.isIndexedBy(dim))
      return buildLoops(dim + 1, before);
    auto loop =
        scf::ForOp::create(b, b.index(0), getExtent(dim), b.index(1), before);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    indices[dim] = loop.getInductionVar();
    scf::YieldOp::create(b, buildLoops(dim + 1, loop.getRegionIterArg(0)));
    return loop.getResult(0);
  }

  Value buildCheck() {
    SmallVector<Value> values;
    for (OpOperand *operand : body.getParameters())
      values.push_back(body.loadParameter(b, *operand, indices));
    IRMapping mapping;
    body.buildShared(b, values, indices, /*lanes=*/std::nullopt, mapping);
    return buildIsInDomain(b, divisions, summands, mapping);
  }

  const LoopBody &body;
  MutableArrayRef<ScaledDivision> divisions;
  SmallVector<Value> summands;
  LoopBuilder &b;
  SmallVector<Value> indices;
};
} // namespace

//===----------------------------------------------------------------------===//
// The replacement
//===----------------------------------------------------------------------===//

/// What divides: the fraction m of the divisor, with its sign, and 2^-k.
struct SplitDivisor {
  Value fraction, power, reciprocal;
};

static SplitDivisor splitDivisor(LoopBuilder &b, Value divisor) {
  auto integer = [&](uint32_t bits) -> Value {
    return arith::ConstantIntOp::create(b, static_cast<int64_t>(bits), 32);
  };
  auto asFloat = [&](Value bits) -> Value {
    return arith::BitcastOp::create(b, b.getF32Type(), bits);
  };
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), divisor);
  Value fraction = arith::AndIOp::create(b, bits, integer(0x807fffff));
  Value exponent = arith::AndIOp::create(b, bits, integer(0x7f800000));
  SplitDivisor split;
  split.fraction =
      asFloat(arith::OrIOp::create(b, fraction, integer(0x3f000000)));
  split.power =
      asFloat(arith::SubIOp::create(b, integer(0x7e800000), exponent));
  split.reciprocal = arith::DivFOp::create(
      b, buildConstant(b, b.getLoc(), 1.0f), split.fraction);
  return split;
}

/// value > bound ? bound : value, or with another comparison; NaN passes.
static Value buildLimited(LoopBuilder &b, Value value,
                          arith::CmpFPredicate predicate, Value bound) {
  Value isBeyond = arith::CmpFOp::create(b, predicate, value, bound);
  return arith::SelectOp::create(b, isBeyond, bound, value);
}

/// The dividend, limited so that its code is within the bounds.
static Value buildLimitedDividend(LoopBuilder &b, ScaledDivision &division) {
  auto getLimit = [&](Value code) {
    return buildDequantized(b, b.getLoc(), code, division.zeroPoint,
                            division.getDivisor());
  };
  Value a = buildLimited(b, division.op.getLhs(), arith::CmpFPredicate::OGT,
                         getLimit(division.high));
  if (division.lowLimit == LowLimit::None)
    return a;
  return buildLimited(
      b, a, arith::CmpFPredicate::OLT,
      getLimit(buildLowest(b, division.low, division.lowLimit)));
}

/// Erases what was computed for what has been replaced.
static void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

static void replaceDivision(ScaledDivision &division, LoopBuilder &b) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(division.op);
  Value a = division.op.getLhs();
  if (division.limited) {
    // What the limits depend on is defined behind the quotient, perhaps.
    b.setInsertionPoint(division.limited);
    a = buildLimitedDividend(b, division);
  } else if (division.sum) {
    b.setInsertionPoint(division.sum);
  }
  SplitDivisor divisor = splitDivisor(b, division.getDivisor());
  Value estimate = arith::MulFOp::create(b, a, divisor.reciprocal);
  Value minus = arith::NegFOp::create(b, divisor.fraction);
  Value rest = math::FmaOp::create(b, estimate, minus, a);
  Value quotient = math::FmaOp::create(b, rest, divisor.reciprocal, estimate);
  if (!division.limited) {
    Value overflows =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, quotient, quotient);
    quotient = arith::SelectOp::create(b, overflows, estimate, quotient);
  }
  if (!division.sum) {
    division.op.replaceAllUsesWith(
        Value(arith::MulFOp::create(b, quotient, divisor.power)));
    return;
  }
  // The product is exact: nothing is rounded but the sum.
  Value sum =
      math::FmaOp::create(b, quotient, divisor.power, division.zeroPoint);
  if (division.limited) {
    Value code = math::RoundEvenOp::create(b, sum);
    if (division.lowLimit == LowLimit::After)
      code = buildLimited(b, code, arith::CmpFPredicate::OLT, division.low);
    division.limited.replaceAllUsesWith(code);
  } else {
    division.sum.replaceAllUsesWith(sum);
  }
}

namespace {
struct QuantActReplaceDivisions
    : public quant_act::impl::QuantActReplaceDivisionsBase<
          QuantActReplaceDivisions> {
  using QuantActReplaceDivisionsBase::QuantActReplaceDivisionsBase;

  void runOnOperation() override {
    if (minElements < 0) {
      getOperation()->emitError()
          << "expects min-elements not to be negative, but got "
          << minElements.getValue();
      return signalPassFailure();
    }
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      replaceIn(op);
  }

  void replaceIn(linalg::GenericOp op) {
    std::optional<LoopBody> body = LoopBody::get(op);
    if (!body)
      return;
    SmallVector<ScaledDivision> divisions = findDivisions(*body);
    if (divisions.empty())
      return;
    LoopBuilder b(op);
    Value isInDomain = DomainCheck(*body, divisions, b).build(minElements);
    b.branch(
        isInDomain,
        [&] {
          auto clone = cast<linalg::GenericOp>(b.clone(*op));
          for (ScaledDivision &division : findDivisions(*LoopBody::get(clone)))
            replaceDivision(division, b);
          eraseUnused(*clone.getBody());
        },
        [&] { b.clone(*op); });
    op.erase();
  }
};
} // namespace
