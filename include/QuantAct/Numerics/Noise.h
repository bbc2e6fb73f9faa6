//===- Noise.h - Numbers for stochastic rounding ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written once over an arithmetic (see Arithmetic.h). A number depends on the
// seed and the element's position alone, so that neither the vector width nor
// the number of threads changes it.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_NOISE_H
#define QUANTACT_NUMERICS_NOISE_H

#include "QuantAct/Numerics/Arithmetic.h"

namespace quant_act {

/// A number in [0, 1) for the element at `position`, counted in row-major
/// order: the generator SplitMix64 (Steele, Lea, Flood 2014), started at the
/// seed, after position + 1 steps.
template <typename Arith>
typename Arith::Value uniformNoise(Arith &arith, typename Arith::Word seed,
                                   typename Arith::Word position) {
  auto mix = [&](typename Arith::Word word, unsigned amount) {
    return arith.xorWords(word, arith.shiftRight(word, amount));
  };
  auto gamma = arith.word(0x9e3779b97f4a7c15);
  auto steps = arith.addWords(position, arith.word(1));
  auto word = arith.addWords(seed, arith.mulWords(steps, gamma));
  word = arith.mulWords(mix(word, 30), arith.word(0xbf58476d1ce4e5b9));
  word = arith.mulWords(mix(word, 27), arith.word(0x94d049bb133111eb));
  return arith.unit(mix(word, 31));
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_NOISE_H
