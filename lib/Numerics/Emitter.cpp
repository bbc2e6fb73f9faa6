//===- Emitter.cpp - The arithmetic that builds ops -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

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

Value Emitter::round(Value value) { return load(value); }

Value Emitter::constant(double value) {
  APFloat rounded = convert(APFloat(value), compute.getFloatSemantics());
  rounded = convert(rounded, operation.getFloatSemantics());
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(operation, rounded));
}

Value Emitter::add(Value a, Value b) {
  return round(arith::AddFOp::create(builder, loc, a, b));
}
Value Emitter::sub(Value a, Value b) {
  return round(arith::SubFOp::create(builder, loc, a, b));
}
Value Emitter::mul(Value a, Value b) {
  return round(arith::MulFOp::create(builder, loc, a, b));
}
Value Emitter::div(Value a, Value b) {
  return round(arith::DivFOp::create(builder, loc, a, b));
}

Value Emitter::log2(Value a) {
  Value wide = store(a, builder.getF64Type());
  return load(math::Log2Op::create(builder, loc, wide));
}
Value Emitter::exp2(Value a) {
  Value wide = store(a, builder.getF64Type());
  return load(math::Exp2Op::create(builder, loc, wide));
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
Value Emitter::isGreaterOrNan(Value a, Value b) {
  return compare(builder, loc, arith::CmpFPredicate::UGT, a, b);
}
Value Emitter::isNan(Value a) {
  return compare(builder, loc, arith::CmpFPredicate::UNO, a, a);
}

Value Emitter::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}
