//===- Arithmetic.h - What the numerics are written over --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The semantics of the dialect exists once, in the templates of this folder
// (Rounding.h, FakeQuant.h, QParams.h, Statistics.h). They are written over an
// *arithmetic*, a class with
//
//   types       Value, a number of the compute type; Bool, a truth value;
//               Word, 64 bits
//   constants   constant(double): rounded to the compute type;
//               getSmallest(): the compute type's smallest number above 0
//   rounding    add sub mul div sqrt: one IEEE rounding each, to nearest even;
//               divRounded: a quotient q that is only added to, rounded to a
//               number with less digits and limited to [-2^32, 2^32]: what is
//               made of it counts
//   functions   log2 exp2 exp tanh: computed in f64, then rounded to the
//               compute type
//               scaleDifference(a, b, c): (a - b) * c likewise
//   exact       abs negate copySign floor ceil truncate roundEven; binade: the
//               magnitude with its fraction cleared; 0 for numbers that are
//               subnormal in the type that operations are carried out in
//   comparisons isGreater isGreaterEqual isLess isEqual: false for NaN;
//               isNan
//   choice      select(Bool, ifTrue, ifFalse)
//   words       word(uint64_t); addWords mulWords xorWords, modulo 2^64;
//               shiftRight(Word, amount); unit(Word): its highest bits as a
//               number in [0, 1), as many as the compute type has
//
// Two classes are arithmetics:
//
//   Evaluator (Evaluator.h) computes: constant folder, reference interpreter
//   Emitter   (Emitter.h)   builds arith and math ops: the lowering
//
// Compute types narrower than f32 compute each operation in f32 and round the
// result, which is what training frameworks do on a CPU.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_ARITHMETIC_H
#define QUANTACT_NUMERICS_ARITHMETIC_H

#include "QuantAct/Support/FloatConversion.h"

namespace quant_act {

/// The semantics that operations of a compute type are carried out in.
inline const llvm::fltSemantics &
getOperationSemantics(const llvm::fltSemantics &compute) {
  return llvm::APFloat::semanticsSizeInBits(compute) < 32
             ? llvm::APFloat::IEEEsingle()
             : compute;
}

/// The smallest number above 0.
inline double getSmallestNumber(const llvm::fltSemantics &semantics) {
  return llvm::APFloat::getSmallest(semantics).convertToDouble();
}

/// `value` in other semantics, rounded to nearest even. Doubles reach the
/// 16-bit types through f32, as they do in training frameworks.
inline llvm::APFloat convert(llvm::APFloat value,
                             const llvm::fltSemantics &semantics) {
  if (llvm::APFloat::semanticsSizeInBits(semantics) < 32 &&
      &value.getSemantics() == &llvm::APFloat::IEEEdouble())
    value = convertOnce(value, llvm::APFloat::IEEEsingle());
  return convertOnce(value, semantics);
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_ARITHMETIC_H
