//===- Emitter.cpp - The arithmetic that builds ops -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quant_act;

Value quant_act::convertFloat(OpBuilder &builder, Location loc, Value value,
                              FloatType type) {
  auto from = cast<FloatType>(value.getType());
  if (from == type)
    return value;
  if (from.getWidth() < type.getWidth())
    return arith::ExtFOp::create(builder, loc, type, value);
  // Between the 16-bit types, and from f64 to them, through f32 (see convert).
  if (type.getWidth() < 32)
    value = convertFloat(builder, loc, value, builder.getF32Type());
  return arith::TruncFOp::create(builder, loc, type, value);
}

Emitter::Emitter(OpBuilder &builder, Location loc, FloatType compute)
    : builder(builder), loc(loc), compute(compute),
      operation(compute.getWidth() < 32 ? builder.getF32Type() : compute) {}

Value Emitter::load(Value value) {
  return store(convertFloat(builder, loc, value, compute), operation);
}

Value Emitter::store(Value value, FloatType type) {
  return convertFloat(builder, loc, value, type);
}

/// A conversion of what does not fit is undefined: bounds that the compute type
/// rounds up, as far as infinity, do not fit, and are applied to a wider
/// integer.
Value Emitter::storeInteger(Value value, IntegerType type, IntegerRange range) {
  int64_t exact =
      std::min(int64_t(1) << compute.getFPMantissaWidth(), int64_t(INT32_MAX));
  if (-exact <= range.low && range.high <= exact) {
    Value integer =
        arith::FPToSIOp::create(builder, loc, builder.getI32Type(), value);
    return convertInteger(integer, type);
  }
  auto limit = [&](int64_t bound) {
    return arith::ConstantIntOp::create(builder, loc, bound, 64);
  };
  // f32 and f64 have these numbers; there is no code beyond them.
  auto far = [&](double bound) {
    return arith::ConstantOp::create(builder, loc,
                                     FloatAttr::get(operation, bound));
  };
  Value low = far(-0x1.0p62), high = far(0x1.0p62);
  value = select(isGreater(value, high), high, value);
  value = select(isLess(value, low), low, value);
  Value integer =
      arith::FPToSIOp::create(builder, loc, builder.getI64Type(), value);
  integer = arith::MaxSIOp::create(builder, loc, integer, limit(range.low));
  integer = arith::MinSIOp::create(builder, loc, integer, limit(range.high));
  return convertInteger(integer, type);
}

Value Emitter::convertInteger(Value integer, IntegerType type) {
  unsigned from = integer.getType().getIntOrFloatBitWidth();
  if (from == type.getWidth())
    return integer;
  if (from < type.getWidth())
    return arith::ExtSIOp::create(builder, loc, type, integer);
  return arith::TruncIOp::create(builder, loc, type, integer);
}

Value Emitter::loadInteger(Value value, bool isSigned) {
  // Through f64, which holds every code exactly, where the operations' type
  // does not.
  FloatType wide = builder.getF64Type();
  unsigned width = value.getType().getIntOrFloatBitWidth();
  if (width < operation.getFPMantissaWidth())
    wide = operation;
  Value number =
      isSigned ? Value(arith::SIToFPOp::create(builder, loc, wide, value))
               : Value(arith::UIToFPOp::create(builder, loc, wide, value));
  return load(number);
}

Value Emitter::round(Value value) { return load(value); }

Value Emitter::constant(double value) {
  APFloat rounded = convert(APFloat(value), compute.getFloatSemantics());
  rounded = convert(rounded, operation.getFloatSemantics());
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(operation, rounded));
}

/// Whether adding this needs no rounding: the other number has the compute type's
/// digits.
static bool isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat());
}

Value Emitter::add(Value a, Value b) {
  Value sum = arith::AddFOp::create(builder, loc, a, b);
  return isZero(a) || isZero(b) ? sum : round(sum);
}
Value Emitter::sub(Value a, Value b) {
  Value difference = arith::SubFOp::create(builder, loc, a, b);
  return isZero(a) || isZero(b) ? difference : round(difference);
}
Value Emitter::mul(Value a, Value b) {
  return round(arith::MulFOp::create(builder, loc, a, b));
}
Value Emitter::div(Value a, Value b) {
  return round(arith::DivFOp::create(builder, loc, a, b));
}
Value Emitter::divRounded(Value a, Value b) {
  auto quotient = arith::DivFOp::create(builder, loc, a, b);
  quotient->setDiscardableAttr(roundedAttrName, builder.getUnitAttr());
  return round(quotient);
}

Value Emitter::sqrt(Value a) {
  return round(math::SqrtOp::create(builder, loc, a));
}

/// The function `Op`, computed in f64.
template <typename Op>
Value Emitter::callInF64(Value a) {
  return load(Op::create(builder, loc, store(a, builder.getF64Type())));
}

Value Emitter::log2(Value a) { return callInF64<math::Log2Op>(a); }
Value Emitter::exp2(Value a) { return callInF64<math::Exp2Op>(a); }
Value Emitter::exp(Value a) { return callInF64<math::ExpOp>(a); }
Value Emitter::tanh(Value a) { return callInF64<math::TanhOp>(a); }

Value Emitter::scaleDifference(Value a, Value b, Value c) {
  auto widen = [&](Value value) { return store(value, builder.getF64Type()); };
  Value difference = arith::SubFOp::create(builder, loc, widen(a), widen(b));
  return load(arith::MulFOp::create(builder, loc, difference, widen(c)));
}

Value Emitter::abs(Value a) { return math::AbsFOp::create(builder, loc, a); }
Value Emitter::negate(Value a) {
  return arith::NegFOp::create(builder, loc, a);
}
Value Emitter::copySign(Value magnitude, Value sign) {
  return math::CopySignOp::create(builder, loc, magnitude, sign);
}
Value Emitter::floor(Value a) { return math::FloorOp::create(builder, loc, a); }
Value Emitter::ceil(Value a) { return math::CeilOp::create(builder, loc, a); }
Value Emitter::truncate(Value a) {
  return math::TruncOp::create(builder, loc, a);
}
Value Emitter::roundEven(Value a) {
  return math::RoundEvenOp::create(builder, loc, a);
}

/// The fraction's bits are the same in every narrower type: values are exact in
/// the type of the operations, whose subnormal numbers are below theirs.
Value Emitter::binade(Value a) {
  unsigned width = operation.getWidth();
  APInt exponents = APInt::getAllOnes(width);
  exponents.clearBit(width - 1);
  exponents.clearLowBits(operation.getFPMantissaWidth() - 1);
  Type bitsType = builder.getIntegerType(width);
  Value bits = arith::BitcastOp::create(builder, loc, bitsType, a);
  Value mask = arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(bitsType, exponents));
  Value masked = arith::AndIOp::create(builder, loc, bits, mask);
  return arith::BitcastOp::create(builder, loc, operation, masked);
}

static Value compare(OpBuilder &builder, Location loc,
                     arith::CmpFPredicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}

Value Emitter::isGreater(Value a, Value b) {
  return compare(builder, loc, arith::CmpFPredicate::OGT, a, b);
}
Value Emitter::isGreaterEqual(Value a, Value b) {
  return compare(builder, loc, arith::CmpFPredicate::OGE, a, b);
}
Value Emitter::isLess(Value a, Value b) {
  return compare(builder, loc, arith::CmpFPredicate::OLT, a, b);
}
Value Emitter::isEqual(Value a, Value b) {
  return compare(builder, loc, arith::CmpFPredicate::OEQ, a, b);
}
Value Emitter::isNan(Value a) {
  return compare(builder, loc, arith::CmpFPredicate::UNO, a, a);
}

Value Emitter::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

Value Emitter::word(uint64_t value) {
  return arith::ConstantOp::create(
      builder, loc,
      builder.getIntegerAttr(builder.getI64Type(), APInt(64, value)));
}
Value Emitter::addWords(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value Emitter::mulWords(Value a, Value b) {
  return arith::MulIOp::create(builder, loc, a, b);
}
Value Emitter::xorWords(Value a, Value b) {
  return arith::XOrIOp::create(builder, loc, a, b);
}
Value Emitter::shiftRight(Value a, unsigned amount) {
  return arith::ShRUIOp::create(builder, loc, a, word(amount));
}
Value Emitter::unit(Value a) {
  unsigned precision = compute.getFPMantissaWidth();
  Value digits = shiftRight(a, 64 - precision);
  Value number = arith::UIToFPOp::create(builder, loc, operation, digits);
  return arith::MulFOp::create(
      builder, loc, number,
      constant(std::ldexp(1.0, -static_cast<int>(precision))));
}
