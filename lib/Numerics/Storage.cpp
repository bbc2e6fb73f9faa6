//===- Storage.cpp - Codes in memory --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace quant_act;

namespace {

/// Converts between f32 and a floating-point type of at most 8 bits by integer
/// operations on their bits, which every target has. A number of the narrow
/// type is moved by the difference of the mantissas' widths and of the biases;
/// its subnormal numbers are counted in units of the smallest.
class NarrowFloat {
public:
  NarrowFloat(OpBuilder &builder, Location loc, FloatType type)
      : builder(builder), loc(loc), type(type),
        semantics(type.getFloatSemantics()),
        signBit(1 << (type.getWidth() - 1)),
        mantissaBits(APFloat::semanticsPrecision(semantics) - 1),
        minExponent(APFloat::semanticsMinExponent(semantics)) {}

  Value encode(Value value) {
    if (storesExponents())
      return encodeExponent(value);
    Value bits = arith::BitcastOp::create(builder, loc, i32(), value);
    Value magnitude =
        arith::AndIOp::create(builder, loc, bits, word(INT32_MAX));
    Value absolute = arith::BitcastOp::create(builder, loc, f32(), magnitude);

    Value shifted = arith::ShRUIOp::create(builder, loc, magnitude,
                                           word(23 - mantissaBits));
    Value normal =
        arith::SubIOp::create(builder, loc, shifted, word(biasDifference()));
    Value units =
        arith::MulFOp::create(builder, loc, absolute, number(1.0 / smallest()));
    Value isNormal =
        compare(arith::CmpFPredicate::OGE, absolute, number(smallestNormal()));
    // NaN has no count of units; it is replaced below, or was before where the
    // type has none.
    Value countable =
        arith::SelectOp::create(builder, loc, isNormal, number(0.0), units);
    Value subnormal =
        arith::FPToSIOp::create(builder, loc, i32(), orZero(countable));
    Value code =
        arith::SelectOp::create(builder, loc, isNormal, normal, subnormal);
    code = withSign(
        code, arith::ShRUIOp::create(builder, loc, bits, word(signDistance())));
    return fromBits(replaceSpecial(code, value));
  }

  Value decode(Value stored) {
    if (storesExponents())
      return decodeExponent(stored);
    Value code = toBits(stored);
    Value magnitude =
        arith::AndIOp::create(builder, loc, code, word(signBit - 1));
    Value moved =
        arith::AddIOp::create(builder, loc, magnitude, word(biasDifference()));
    Value shifted =
        arith::ShLIOp::create(builder, loc, moved, word(23 - mantissaBits));
    Value normal = arith::BitcastOp::create(builder, loc, f32(), shifted);
    Value count = arith::SIToFPOp::create(builder, loc, f32(), magnitude);
    Value subnormal =
        arith::MulFOp::create(builder, loc, count, number(smallest()));
    Value isNormal =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge,
                              magnitude, word(1 << mantissaBits));
    Value absolute =
        arith::SelectOp::create(builder, loc, isNormal, normal, subnormal);
    Value bits = arith::BitcastOp::create(builder, loc, i32(), absolute);
    Value sign = arith::AndIOp::create(builder, loc, code, word(signBit));
    sign = arith::ShLIOp::create(builder, loc, sign, word(signDistance()));
    Value signedBits = arith::OrIOp::create(builder, loc, bits, sign);
    Value value = arith::BitcastOp::create(builder, loc, f32(), signedBits);
    return restoreSpecial(value, code);
  }

private:
  /// Float8E8M0FNU has no sign, no zero and no subnormal numbers: its codes are
  /// f32's exponents.
  bool storesExponents() { return isa<Float8E8M0FNUType>(type); }

  Value encodeExponent(Value value) {
    Value bits = arith::BitcastOp::create(builder, loc, i32(), value);
    return fromBits(arith::ShRUIOp::create(builder, loc, bits, word(23)));
  }

  Value decodeExponent(Value stored) {
    Value code = toBits(stored);
    Value bits = arith::ShLIOp::create(builder, loc, code, word(23));
    // The smallest number is a subnormal one of f32.
    Value isSmallest = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, code, word(0));
    bits =
        arith::SelectOp::create(builder, loc, isSmallest, word(1 << 22), bits);
    return restoreSpecial(arith::BitcastOp::create(builder, loc, f32(), bits),
                          code);
  }

  /// The type's bits in an i32, and back.
  Value toBits(Value stored) {
    Type bits = builder.getIntegerType(type.getWidth());
    Value code = arith::BitcastOp::create(builder, loc, bits, stored);
    return arith::ExtUIOp::create(builder, loc, i32(), code);
  }
  Value fromBits(Value code) {
    Type bits = builder.getIntegerType(type.getWidth());
    Value truncated = arith::TruncIOp::create(builder, loc, bits, code);
    return arith::BitcastOp::create(builder, loc, type, truncated);
  }

  Type i32() { return builder.getI32Type(); }
  Type f32() { return builder.getF32Type(); }
  Value word(int32_t value) {
    return arith::ConstantIntOp::create(builder, loc, value, 32);
  }
  Value number(double value) {
    return arith::ConstantOp::create(
        builder, loc, builder.getF32FloatAttr(static_cast<float>(value)));
  }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }

  double smallestNormal() const { return std::ldexp(1.0, minExponent); }
  double smallest() const {
    return std::ldexp(1.0, minExponent - int(mantissaBits));
  }
  /// The exponent field of the same number in f32 less that in the type, as it
  /// stands above the type's mantissa. (1 - bias is the smallest exponent.)
  int32_t biasDifference() const {
    return (127 - (1 - minExponent)) << mantissaBits;
  }

  /// How far the sign is from that of an i32.
  int32_t signDistance() { return 32 - type.getWidth(); }

  Value orZero(Value value) {
    if (!APFloat::semanticsHasNaN(semantics))
      return value;
    Value isNan = compare(arith::CmpFPredicate::UNO, value, value);
    return arith::SelectOp::create(builder, loc, isNan, number(0.0), value);
  }

  /// A type without -0 stores NaN there.
  Value withSign(Value code, Value signs) {
    Value sign = arith::AndIOp::create(builder, loc, signs, word(signBit));
    Value signedCode = arith::OrIOp::create(builder, loc, code, sign);
    if (APFloat::getZero(semantics, /*Negative=*/true).isNegative())
      return signedCode;
    Value isZero = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         code, word(0));
    return arith::SelectOp::create(builder, loc, isZero, code, signedCode);
  }

  int32_t getCode(const APFloat &value) {
    return static_cast<int32_t>(value.bitcastToAPInt().getZExtValue());
  }

  Value replaceSpecial(Value code, Value value) {
    if (APFloat::semanticsHasInf(semantics)) {
      auto replace = [&](bool isNegative) {
        APFloat f32Infinity =
            APFloat::getInf(APFloat::IEEEsingle(), isNegative);
        Value isInfinite = compare(arith::CmpFPredicate::OEQ, value,
                                   number(f32Infinity.convertToFloat()));
        code = arith::SelectOp::create(
            builder, loc, isInfinite,
            word(getCode(APFloat::getInf(semantics, isNegative))), code);
      };
      replace(false);
      replace(true);
    }
    if (!APFloat::semanticsHasNaN(semantics))
      return code;
    Value isNan = compare(arith::CmpFPredicate::UNO, value, value);
    return arith::SelectOp::create(
        builder, loc, isNan, word(getCode(APFloat::getNaN(semantics))), code);
  }

  /// Codes of infinities and NaN as what they stand for.
  Value restoreSpecial(Value value, Value code) {
    for (int32_t special = 0; special < 2 * signBit; ++special) {
      APFloat meaning(semantics, APInt(type.getWidth(), special));
      if (!meaning.isNaN() && !meaning.isInfinity())
        continue;
      meaning = convert(meaning, APFloat::IEEEsingle());
      Value isSpecial = arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::eq, code, word(special));
      Value constant = arith::ConstantOp::create(
          builder, loc, builder.getFloatAttr(f32(), meaning));
      value = arith::SelectOp::create(builder, loc, isSpecial, constant, value);
    }
    return value;
  }

  OpBuilder &builder;
  Location loc;
  FloatType type;
  const llvm::fltSemantics &semantics;
  /// The mask of the sign.
  int32_t signBit;
  unsigned mantissaBits;
  int minExponent;
};

} // namespace

Value quant_act::storeCode(OpBuilder &builder, Location loc, Emitter &emitter,
                           const FakeQuantSpec &spec, Value code,
                           const Parameters<Emitter> &parameters,
                           Type storage) {
  if (auto integer = dyn_cast<IntegerType>(storage))
    return emitter.storeInteger(getIntegerCode(emitter, spec, code, parameters),
                                integer,
                                getIntegerRange(spec, integer.getWidth()));
  auto type = cast<FloatType>(storage);
  code = getFloatCode(emitter, spec, code, type.getFloatSemantics());
  Value value = emitter.store(code, builder.getF32Type());
  return NarrowFloat(builder, loc, type).encode(value);
}

Value quant_act::loadCode(OpBuilder &builder, Location loc, Emitter &emitter,
                          const Format &format, Value stored) {
  if (isa<IntegerType>(stored.getType()))
    return emitter.loadInteger(stored, isSigned(format));
  return loadNumber(builder, loc, emitter, stored);
}

Value quant_act::loadNumber(OpBuilder &builder, Location loc, Emitter &emitter,
                            Value stored) {
  auto type = cast<FloatType>(stored.getType());
  if (type.getWidth() > 8)
    return emitter.load(stored);
  return emitter.load(NarrowFloat(builder, loc, type).decode(stored));
}
