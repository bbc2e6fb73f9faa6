//===- SortKeys.cpp - Integers that order floats --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SortKeys.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

static Value integer(OpBuilder &builder, Location loc, APInt value) {
  Type type = builder.getIntegerType(value.getBitWidth());
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, value));
}

static Value bitsOf(OpBuilder &builder, Location loc, Value value) {
  unsigned width = value.getType().getIntOrFloatBitWidth();
  return arith::BitcastOp::create(builder, loc, builder.getIntegerType(width),
                                  value);
}

Value quant_act::buildMagnitudeKey(OpBuilder &builder, Location loc,
                                   Value value) {
  unsigned width = value.getType().getIntOrFloatBitWidth();
  return arith::AndIOp::create(
      builder, loc, bitsOf(builder, loc, value),
      integer(builder, loc, ~APInt::getSignMask(width)));
}

Value quant_act::buildOrderedKey(OpBuilder &builder, Location loc,
                                 Value value) {
  Value bits = bitsOf(builder, loc, value);
  unsigned width = value.getType().getIntOrFloatBitWidth();
  Value signs = arith::ShRSIOp::create(
      builder, loc, bits, integer(builder, loc, APInt(width, width - 1)));
  Value flips = arith::OrIOp::create(
      builder, loc, signs, integer(builder, loc, APInt::getSignMask(width)));
  Value key = arith::XOrIOp::create(builder, loc, bits, flips);
  Value isNan = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                      value, value);
  return arith::SelectOp::create(
      builder, loc, isNan, integer(builder, loc, APInt::getAllOnes(width)),
      key);
}

Value quant_act::buildBitsOfOrderedKey(OpBuilder &builder, Location loc,
                                       Value key) {
  unsigned width = key.getType().getIntOrFloatBitWidth();
  Value signs = arith::ShRSIOp::create(
      builder, loc, key, integer(builder, loc, APInt(width, width - 1)));
  Value inverted = arith::XOrIOp::create(
      builder, loc, signs, integer(builder, loc, APInt::getAllOnes(width)));
  Value flips = arith::OrIOp::create(
      builder, loc, inverted, integer(builder, loc, APInt::getSignMask(width)));
  return arith::XOrIOp::create(builder, loc, key, flips);
}
