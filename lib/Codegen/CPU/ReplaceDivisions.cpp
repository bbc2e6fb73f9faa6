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
// below 2^-41, if the scale is at least 2^-60, and at most 1 where 0 is added.
// Where q0 or e overflows, q1 is NaN, and q0 is taken: infinite, or NaN if a
// is.
//
// A quotient that is rounded to an integer n alone, |n| <= 2^11, is computed by
// a reciprocal of two words, r + t:
//
//   r = 1 / s;  t = fma(-r, s, 1) / s;  q = fma(a, r, fma(a, t, 0))
//
// Let X and S be the fractions of a and s, as integers of 24 bits. Before the
// last rounding q is wrong by less than 2^-25 units in the last place if X >=
// S, else by less than 2^-24. a / s is c / 2S > c 2^-25 units away from the
// middle of two floats, with c an integer that is not 0. So q is the rounded a
// / s unless c is 1 and X < S: there it can be wrong, but next to no n + 1/2,
// where alone it counts: all have been tried, too.
//
//===----------------------------------------------------------------------===//

#include "DivisionDomain.h"
#include "OptionChecks.h"
#include "ParameterCheck.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTREPLACEDIVISIONS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

static Value buildOne(LoopBuilder &b) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(1.0f));
}

//===----------------------------------------------------------------------===//
// Quotients
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
  split.reciprocal = arith::DivFOp::create(b, buildOne(b), split.fraction);
  return split;
}

/// The quotient of a fraction of the divisor, by Markstein's correction.
static Value buildCorrectedQuotient(LoopBuilder &b, Value a,
                                    const SplitDivisor &divisor,
                                    bool canOverflow) {
  Value estimate = arith::MulFOp::create(b, a, divisor.reciprocal);
  Value minus = arith::NegFOp::create(b, divisor.fraction);
  Value rest = math::FmaOp::create(b, estimate, minus, a);
  Value quotient = math::FmaOp::create(b, rest, divisor.reciprocal, estimate);
  if (!canOverflow)
    return quotient;
  Value overflows =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, quotient, quotient);
  return arith::SelectOp::create(b, overflows, estimate, quotient);
}

/// quotient + 0, by a reciprocal of two words.
static Value buildQuotientByTwoWords(LoopBuilder &b, Value a, Value divisor,
                                     Value zero) {
  Value reciprocal = arith::DivFOp::create(b, buildOne(b), divisor);
  Value minus = arith::NegFOp::create(b, reciprocal);
  Value rest = math::FmaOp::create(b, minus, divisor, buildOne(b));
  Value correction = arith::DivFOp::create(b, rest, divisor);
  Value small = math::FmaOp::create(b, a, correction, zero);
  return math::FmaOp::create(b, a, reciprocal, small);
}

//===----------------------------------------------------------------------===//
// The replacement
//===----------------------------------------------------------------------===//

/// value > bound ? bound : value, or with another comparison; NaN passes.
static Value buildLimited(LoopBuilder &b, Value value,
                          arith::CmpFPredicate predicate, Value bound) {
  Value isBeyond = arith::CmpFOp::create(b, predicate, value, bound);
  return arith::SelectOp::create(b, isBeyond, bound, value);
}

/// The dividend, limited so that its code is within the bounds.
static Value buildLimitedDividend(LoopBuilder &b, ScaledDivision &division) {
  auto getLimit = [&](Value code) {
    return buildDequantized(b, code, division.zeroPoint, division.getDivisor());
  };
  Value a = buildLimited(b, division.op.getLhs(), arith::CmpFPredicate::OGT,
                         getLimit(division.high));
  if (division.lowLimit == LowLimit::None)
    return a;
  return buildLimited(
      b, a, arith::CmpFPredicate::OLT,
      getLimit(buildLowest(b, division.low, division.lowLimit)));
}

/// quotient + zero point, or the quotient where nothing is added to it.
static Value buildSum(LoopBuilder &b, ScaledDivision &division, Value a) {
  if (division.isRoundedAlone())
    return buildQuotientByTwoWords(b, a, division.getDivisor(),
                                   division.zeroPoint);
  SplitDivisor divisor = splitDivisor(b, division.getDivisor());
  Value quotient = buildCorrectedQuotient(b, a, divisor,
                                          /*canOverflow=*/!division.limited);
  if (!division.sum)
    return arith::MulFOp::create(b, quotient, divisor.power);
  // The product is exact: nothing is rounded but the sum.
  return math::FmaOp::create(b, quotient, divisor.power, division.zeroPoint);
}

static void replaceDivision(ScaledDivision &division, LoopBuilder &b) {
  OpBuilder::InsertionGuard guard(b);
  if (division.limited) {
    // What the limits depend on is defined behind the quotient, perhaps.
    b.setInsertionPoint(division.limited);
    Value sum = buildSum(b, division, buildLimitedDividend(b, division));
    Value code = math::RoundEvenOp::create(b, sum);
    if (division.lowLimit == LowLimit::After)
      code = buildLimited(b, code, arith::CmpFPredicate::OLT, division.low);
    return division.limited.replaceAllUsesWith(code);
  }
  Operation *replaced = division.sum ? division.sum : division.op;
  b.setInsertionPoint(replaced);
  Value sum = buildSum(b, division, division.op.getLhs());
  replaced->getResult(0).replaceAllUsesWith(sum);
}

//===----------------------------------------------------------------------===//
// Where it pays off
//===----------------------------------------------------------------------===//

/// Whether this is faster even than divisions that are fast: where there are
/// few more operations, and what they take stays in registers along a long row.
static Value isFasterThanFast(LoopBuilder &b, const LoopBody &body,
                              ArrayRef<ScaledDivision> divisions) {
  bool areFew = llvm::all_of(divisions, [](ScaledDivision division) {
    return division.isRoundedAlone();
  });
  if (!areFew || body.isIndexedBy(body.getRowDim()))
    return b.boolean(false);
  Value row = b.extent(body.getElements().get(), body.getRowDim());
  return b.isLess(b.index(QuantActDialect::longRow - 1), row);
}

namespace {
struct QuantActReplaceDivisions
    : public quant_act::impl::QuantActReplaceDivisionsBase<
          QuantActReplaceDivisions> {
  using QuantActReplaceDivisionsBase::QuantActReplaceDivisionsBase;

  void runOnOperation() override {
    if (failed(checkNotNegative(getOperation(), "min-elements", minElements)))
      return signalPassFailure();
    LoopBuilder::StackBuffers buffers;
    forEachLoopBody(getOperation(),
                    [&](const LoopBody &body) { replaceIn(body, buffers); });
  }

  void replaceIn(const LoopBody &body, LoopBuilder::StackBuffers &buffers) {
    linalg::GenericOp op = body.getOp();
    SmallVector<ScaledDivision> divisions = findDivisions(body);
    if (divisions.empty() || op->hasAttr(QuantActDialect::seldomRunsAttrName))
      return;
    LoopBuilder b(op, &buffers);
    Value paysOff = hasElements(b, body, minElements);
    if (dividesFast)
      paysOff = b.both(paysOff, isFasterThanFast(b, body, divisions));
    if (matchPattern(paysOff, m_Zero()))
      return;
    auto check = [&] { return buildIsInDomain(b, body, divisions); };
    buildVersions(b, op, paysOff, check, [&](linalg::GenericOp version) {
      for (ScaledDivision &division : findDivisions(*LoopBody::get(version)))
        replaceDivision(division, b);
      IRRewriter rewriter(b);
      (void)runRegionDCE(rewriter, version.getRegion());
      if (dividesFast)
        version->setAttr(QuantActDialect::longRowsAttrName, b.getUnitAttr());
    });
  }
};
} // namespace
