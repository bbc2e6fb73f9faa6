//===- Evaluator.cpp - The arithmetic that computes -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Evaluator.h"

#include <cmath>

using namespace llvm;
using namespace quant_act;

static constexpr RoundingMode nearestEven = APFloat::rmNearestTiesToEven;

APFloat Evaluator::add(APFloat a, const APFloat &b) const {
  a = widen(a);
  a.add(widen(b), nearestEven);
  return round(a);
}

APFloat Evaluator::sub(APFloat a, const APFloat &b) const {
  a = widen(a);
  a.subtract(widen(b), nearestEven);
  return round(a);
}

APFloat Evaluator::mul(APFloat a, const APFloat &b) const {
  a = widen(a);
  a.multiply(widen(b), nearestEven);
  return round(a);
}

APFloat Evaluator::div(APFloat a, const APFloat &b) const {
  a = widen(a);
  a.divide(widen(b), nearestEven);
  return round(a);
}

static double toDouble(const APFloat &a) {
  return convert(a, APFloat::IEEEdouble()).convertToDouble();
}

/// The root of the type that operations are carried out in: that of a double,
/// which has more than twice the digits of f32, rounds to it as if directly.
APFloat Evaluator::sqrt(const APFloat &a) const {
  APFloat root(std::sqrt(toDouble(a)));
  return round(convert(root, operation));
}

APFloat Evaluator::log2(const APFloat &a) const {
  return round(APFloat(std::log2(toDouble(a))));
}

APFloat Evaluator::exp2(const APFloat &a) const {
  return round(APFloat(std::exp2(toDouble(a))));
}

APFloat Evaluator::exp(const APFloat &a) const {
  return round(APFloat(std::exp(toDouble(a))));
}

APFloat Evaluator::tanh(const APFloat &a) const {
  return round(APFloat(std::tanh(toDouble(a))));
}

APFloat Evaluator::scaleDifference(const APFloat &a, const APFloat &b,
                                   const APFloat &c) const {
  APFloat result = convert(a, APFloat::IEEEdouble());
  result.subtract(convert(b, APFloat::IEEEdouble()), nearestEven);
  result.multiply(convert(c, APFloat::IEEEdouble()), nearestEven);
  return round(result);
}

/// `a` rounded to an integral value; the sign of zero is a's.
static APFloat roundIntegral(APFloat a, RoundingMode mode) {
  a.roundToIntegral(mode);
  return a;
}

APFloat Evaluator::floor(const APFloat &a) const {
  return roundIntegral(a, APFloat::rmTowardNegative);
}
APFloat Evaluator::ceil(const APFloat &a) const {
  return roundIntegral(a, APFloat::rmTowardPositive);
}
APFloat Evaluator::truncate(const APFloat &a) const {
  return roundIntegral(a, APFloat::rmTowardZero);
}
APFloat Evaluator::roundEven(const APFloat &a) const {
  return roundIntegral(a, nearestEven);
}

APFloat Evaluator::binade(const APFloat &a) const {
  APInt bits = widen(a).bitcastToAPInt();
  bits.clearBit(bits.getBitWidth() - 1);
  bits.clearLowBits(APFloat::semanticsPrecision(operation) - 1);
  return round(APFloat(operation, bits));
}

APFloat Evaluator::unit(Word a) const {
  unsigned precision = APFloat::semanticsPrecision(compute);
  double digits = static_cast<double>(a >> (64 - precision));
  return round(APFloat(std::ldexp(digits, -static_cast<int>(precision))));
}
