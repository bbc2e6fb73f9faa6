//===- ExhaustiveCase.h - All inputs of one configuration -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_EXHAUSTIVE_EXHAUSTIVECASE_H
#define QUANTACT_TEST_UNIT_EXHAUSTIVE_EXHAUSTIVECASE_H

#include "IndependentQuantizer.h"

#include "QuantAct/Support/HostTensor.h"

#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// A fake_quant op without its numbers.
struct ExhaustiveCase {
  /// Of x and of the parameters; the wider one is what operations round to.
  independent::Precision storage = independent::Precision::F32;
  independent::Precision compute = independent::Precision::F32;
  independent::Rounding rounding = independent::Rounding::HalfEven;
  independent::Format format;
  independent::Contract contract;

  /// "f16 x f32, half_even, int<8, signed>, onnx".
  std::string describe() const;

  /// A function of x (one dimension), scale, zero point if the format has one,
  /// and seed for stochastic rounding.
  std::string buildFunction(const std::string &name) const;

  /// What the function takes beside x.
  std::vector<HostTensor> buildParameters(double scale, double zeroPoint,
                                          int64_t seed) const;

  bool hasZeroPoint() const { return !format.isFloat; }
  bool isStochastic() const {
    return rounding == independent::Rounding::Stochastic;
  }

  /// The first element of y that is not what the independent evaluation of x
  /// gives, as text; none if there is none.
  std::optional<std::string> findMismatch(const HostTensor &x,
                                          const HostTensor &y, double scale,
                                          double zeroPoint, int64_t seed) const;
};

/// The dialect's names of the rounding modes, in their order.
const std::vector<std::string> &getRoundingNames();

ElementType getElementType(independent::Precision precision);

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_EXHAUSTIVE_EXHAUSTIVECASE_H
