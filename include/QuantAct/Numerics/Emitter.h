//===- Emitter.h - The arithmetic that builds ops ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds arith and math ops on scalars. See Arithmetic.h.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_EMITTER_H
#define QUANTACT_NUMERICS_EMITTER_H

#include "QuantAct/Numerics/Arithmetic.h"
#include "QuantAct/Numerics/Spec.h"
#include "mlir/IR/Builders.h"

namespace quant_act {

/// The unit attribute of quotients from divRounded (see Arithmetic.h).
inline constexpr llvm::StringLiteral roundedAttrName = "quant_act.rounded";

class Emitter {
public:
  using Value = mlir::Value;
  using Bool = mlir::Value;
  using Word = mlir::Value;

  /// `compute` is the type that every operation rounds to. Values have the type
  /// the operations are carried out in: f32 for narrower compute types.
  Emitter(mlir::OpBuilder &builder, mlir::Location loc,
          mlir::FloatType compute);

  /// Any floating-point scalar, rounded to the compute type.
  Value load(Value value);

  /// A result as a floating-point type, rounded to nearest even.
  Value store(Value value, mlir::FloatType type);

  /// An integral result as an integer of the given type, kept within the range,
  /// which the type can hold.
  Value storeInteger(Value value, mlir::IntegerType type, IntegerRange range);

  /// An integer, rounded to the compute type.
  Value loadInteger(Value value, bool isSigned);

  Value constant(double value);
  double getSmallest() const {
    return getSmallestNumber(compute.getFloatSemantics());
  }

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value divRounded(Value a, Value b);
  Value sqrt(Value a);
  Value log2(Value a);
  Value exp2(Value a);
  Value exp(Value a);
  Value tanh(Value a);
  Value scaleDifference(Value a, Value b, Value c);

  Value abs(Value a);
  Value negate(Value a);
  Value copySign(Value magnitude, Value sign);
  Value floor(Value a);
  Value ceil(Value a);
  Value truncate(Value a);
  Value roundEven(Value a);
  Value binade(Value a);

  Bool isGreater(Value a, Value b);
  Bool isGreaterEqual(Value a, Value b);
  Bool isLess(Value a, Value b);
  Bool isEqual(Value a, Value b);
  Bool isNan(Value a);

  Value select(Bool condition, Value a, Value b);

  Word word(uint64_t value);
  Word addWords(Word a, Word b);
  Word mulWords(Word a, Word b);
  Word xorWords(Word a, Word b);
  Word shiftRight(Word a, unsigned amount);
  Value unit(Word a);

private:
  /// Rounds a result of an operation to the compute type.
  Value round(Value value);

  Value convertInteger(Value integer, mlir::IntegerType type);

  template <typename Op>
  Value callInF64(Value a);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::FloatType compute;
  mlir::FloatType operation;
};

/// `value` converted to another floating-point type: exactly where that is
/// wider, else rounded to nearest even.
mlir::Value convertFloat(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value value, mlir::FloatType type);

} // namespace quant_act

#endif // QUANTACT_NUMERICS_EMITTER_H
