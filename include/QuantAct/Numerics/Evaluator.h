//===- Evaluator.h - The arithmetic that computes ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Software floating point, so that the result depends on no compiler flag and
// no processor. See Arithmetic.h.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_EVALUATOR_H
#define QUANTACT_NUMERICS_EVALUATOR_H

#include "QuantAct/Numerics/Arithmetic.h"

namespace quant_act {

class Evaluator {
public:
  using Value = llvm::APFloat;
  using Bool = bool;
  using Word = uint64_t;

  /// `compute` is the type that every operation rounds to.
  explicit Evaluator(const llvm::fltSemantics &compute)
      : compute(compute), operation(getOperationSemantics(compute)) {}

  /// Any number, rounded to the compute type.
  Value load(const Value &value) const { return round(value); }

  Value constant(double value) const { return round(Value(value)); }
  double getSmallest() const { return getSmallestNumber(compute); }

  Value add(Value a, const Value &b) const;
  Value sub(Value a, const Value &b) const;
  Value mul(Value a, const Value &b) const;
  Value div(Value a, const Value &b) const;
  Value divRounded(Value a, const Value &b) const { return div(a, b); }
  Value sqrt(const Value &a) const;
  Value log2(const Value &a) const;
  Value exp2(const Value &a) const;
  Value exp(const Value &a) const;
  Value tanh(const Value &a) const;
  Value scaleDifference(const Value &a, const Value &b, const Value &c) const;

  Value abs(const Value &a) const { return llvm::abs(a); }
  Value negate(const Value &a) const { return llvm::neg(a); }
  Value copySign(const Value &magnitude, const Value &sign) const {
    return Value::copySign(magnitude, sign);
  }
  Value floor(const Value &a) const;
  Value ceil(const Value &a) const;
  Value truncate(const Value &a) const;
  Value roundEven(const Value &a) const;
  Value binade(const Value &a) const;

  Bool isGreater(const Value &a, const Value &b) const { return a > b; }
  Bool isGreaterEqual(const Value &a, const Value &b) const { return a >= b; }
  Bool isLess(const Value &a, const Value &b) const { return a < b; }
  Bool isEqual(const Value &a, const Value &b) const {
    return a.compare(b) == Value::cmpEqual;
  }
  Bool isNan(const Value &a) const { return a.isNaN(); }

  Value select(Bool condition, const Value &a, const Value &b) const {
    return condition ? a : b;
  }

  Word word(uint64_t value) const { return value; }
  Word addWords(Word a, Word b) const { return a + b; }
  Word mulWords(Word a, Word b) const { return a * b; }
  Word xorWords(Word a, Word b) const { return a ^ b; }
  Word shiftRight(Word a, unsigned amount) const { return a >> amount; }
  Value unit(Word a) const;

private:
  /// Rounds to the compute type. Values are always in its semantics.
  Value round(const Value &value) const { return convert(value, compute); }
  Value widen(const Value &value) const { return convert(value, operation); }

  const llvm::fltSemantics &compute;
  const llvm::fltSemantics &operation;
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_EVALUATOR_H
