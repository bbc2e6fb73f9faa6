//===- DivisionDomain.cpp - Where quotients are right without dividing ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What ReplaceDivisions.cpp and DivisionTest.cpp show is so for these
// parameters.
//
//===----------------------------------------------------------------------===//

#include "DivisionDomain.h"
#include "ParameterCheck.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace quant_act;

/// The scales, and the least number but 0 that is added: one that quotients
/// below 2^-41 are lost in.
static constexpr float smallestScale = 0x1.0p-60f, largestScale = 0x1.0p60f;
static constexpr float smallestSummand = 0x1.0p-10f;

/// Where 0 is added, a quotient that is rounded to -0 becomes +0. Scales up to
/// this one do not make 0 of any other number.
static constexpr float largestScaleOfZeros = 1.0f;

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

static Value buildConstant(LoopBuilder &b, float value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

static Value buildCompare(LoopBuilder &b, arith::CmpFPredicate predicate,
                          Value value, float bound) {
  return arith::CmpFOp::create(b, predicate, value, buildConstant(b, bound));
}

static Value buildIsWithin(LoopBuilder &b, Value size, float low, float high) {
  return b.both(buildCompare(b, arith::CmpFPredicate::OGE, size, low),
                buildCompare(b, arith::CmpFPredicate::OLE, size, high));
}

Value quant_act::buildDequantized(LoopBuilder &b, Value code, Value zeroPoint,
                                  Value scale) {
  Value difference = arith::SubFOp::create(b, code, zeroPoint);
  return arith::MulFOp::create(b, difference, scale);
}

Value quant_act::buildLowest(LoopBuilder &b, Value low, LowLimit limit) {
  if (limit == LowLimit::Before)
    return low;
  return arith::SubFOp::create(b, low, buildConstant(b, 1.0f));
}

/// The code of the number that a code stands for.
static Value buildRequantized(LoopBuilder &b, Value code, Value zeroPoint,
                              Value scale) {
  Value number = buildDequantized(b, code, zeroPoint, scale);
  Value quotient = arith::DivFOp::create(b, number, scale);
  return math::RoundEvenOp::create(
      b, arith::AddFOp::create(b, quotient, zeroPoint));
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

/// Numbers that are added to quotients, or to what becomes of them.
static SmallVector<Value> findSummands(const LoopBody &body) {
  SmallVector<Value> summands;
  for (auto op : body.getOp().getBody()->getOps<arith::AddFOp>())
    for (Value operand : op.getOperands())
      if (body.isOfElement(op) && !body.isOfElement(operand) &&
          operand.getType().isF32())
        summands.push_back(operand);
  return summands;
}

/// compare(value), which is known if the value is.
static Value buildCondition(LoopBuilder &b, Value value,
                            llvm::function_ref<bool(const APFloat &)> evaluate,
                            llvm::function_ref<Value(Value)> build) {
  APFloat constant(0.0f);
  if (matchPattern(value, m_ConstantFloat(&constant)))
    return b.boolean(evaluate(constant));
  return build(value);
}

static Value buildIsZero(LoopBuilder &b, Value value) {
  return buildCondition(
      b, value, [](const APFloat &number) { return number.isZero(); },
      [&](Value number) {
        return buildCompare(b, arith::CmpFPredicate::OEQ, number, 0.0f);
      });
}

static Value buildIsLarge(LoopBuilder &b, Value value) {
  return buildCondition(
      b, value,
      [](const APFloat &number) {
        return abs(number) >= APFloat(smallestSummand);
      },
      [&](Value number) {
        return buildCompare(b, arith::CmpFPredicate::OGE,
                            math::AbsFOp::create(b, number), smallestSummand);
      });
}

/// Whether a division can be replaced for a scale.
static Value buildIsScaleRight(LoopBuilder &b, ScaledDivision &division,
                               Value addsNoZero, const IRMapping &mapping) {
  Value scale = mapping.lookupOrDefault(division.getDivisor());
  if (division.isRoundedAlone())
    return buildIsWithin(b, scale, smallestScale, largestScaleOfZeros);
  // Limits change places where scales are negative.
  Value size = division.limited ? scale : Value(math::AbsFOp::create(b, scale));
  Value isRight = buildIsWithin(b, size, smallestScale, largestScale);
  Value keepsZeros =
      buildCompare(b, arith::CmpFPredicate::OLE, size, largestScaleOfZeros);
  isRight = b.both(isRight, b.either(addsNoZero, keepsZeros));
  if (!division.limited)
    return isRight;
  return b.both(isRight, buildAreLimitsRight(b, division, mapping));
}

/// Whether all is right for the parameters that `mapping` has.
static Value buildIsRight(LoopBuilder &b,
                          MutableArrayRef<ScaledDivision> divisions,
                          ArrayRef<Value> summands, const IRMapping &mapping) {
  Value isRight = b.boolean(true), addsZero = b.boolean(false);
  for (Value summand : summands) {
    Value number = mapping.lookupOrDefault(summand);
    Value isZero = buildIsZero(b, number);
    addsZero = b.either(addsZero, isZero);
    isRight = b.both(isRight, b.either(isZero, buildIsLarge(b, number)));
  }
  Value addsNoZero = b.createOrFold<arith::XOrIOp>(addsZero, b.boolean(true));
  for (ScaledDivision &division : divisions)
    isRight =
        b.both(isRight, buildIsScaleRight(b, division, addsNoZero, mapping));
  return isRight;
}

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

Value quant_act::buildIsInDomain(LoopBuilder &b, const LoopBody &body,
                                 MutableArrayRef<ScaledDivision> divisions) {
  SmallVector<Value> summands = findSummands(body);
  return buildAreRight(b, body, [&](const IRMapping &mapping) {
    return buildIsRight(b, divisions, summands, mapping);
  });
}
