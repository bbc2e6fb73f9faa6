//===- ScaledDivision.cpp - Divisions by a channel's scale ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaledDivision.h"

#include "QuantAct/Numerics/Emitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace quant_act;

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

/// Matches select(x < 0, 0, x): never negative.
static bool isRectified(Value value) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>()
                        : arith::CmpFOp();
  return compare && compare.getPredicate() == arith::CmpFPredicate::OLT &&
         compare.getLhs() == select.getFalseValue() &&
         matchPattern(compare.getRhs(), m_AnyZeroFloat()) &&
         matchPattern(select.getTrueValue(), m_AnyZeroFloat());
}

static LowLimit chooseLowLimit(const ScaledDivision &division) {
  APFloat low(0.0f);
  if (matchPattern(division.low, m_ConstantFloat(&low)) && !low.isZero())
    return LowLimit::Before;
  bool isNeverNegative = matchPattern(division.low, m_AnyZeroFloat()) &&
                         matchPattern(division.zeroPoint, m_AnyZeroFloat()) &&
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

/// Whether a value is an integer of at most this size that is known.
static bool isSmallInteger(Value value, float maxSize) {
  APFloat constant(0.0f);
  return matchPattern(value, m_ConstantFloat(&constant)) &&
         constant.isInteger() && abs(constant) <= APFloat(maxSize);
}

bool ScaledDivision::isRoundedAlone() const {
  return limited && matchPattern(zeroPoint, m_PosZeroFloat()) &&
         isSmallInteger(high, maxInteger) && isSmallInteger(low, maxInteger);
}

SmallVector<ScaledDivision> quant_act::findDivisions(const LoopBody &body) {
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
