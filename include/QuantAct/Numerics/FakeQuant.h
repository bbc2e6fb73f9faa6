//===- FakeQuant.h - Quantize and dequantize --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One element of `quant_act.fake_quant`, written once over an arithmetic (see
// Arithmetic.h).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_FAKEQUANT_H
#define QUANTACT_NUMERICS_FAKEQUANT_H

#include "QuantAct/Numerics/Rounding.h"

namespace quant_act {

/// The activation function. relu keeps NaN, and -0 becomes +0.
template <typename Arith>
typename Arith::Value activate(Arith &arith, Activation activation,
                               typename Arith::Value x) {
  switch (activation) {
  case Activation::Identity:
    return x;
  case Activation::Relu: {
    auto zero = arith.constant(0.0);
    return arith.select(arith.isGreaterOrNan(x, zero), x, zero);
  }
  }
  llvm_unreachable("covered switch");
}

/// v limited to [low, high] by strict comparisons, the upper bound first; NaN
/// passes. The bound is the select's first operand: that is one maximum or
/// minimum instruction on x86.
template <typename Arith>
typename Arith::Value clampWhere(Arith &arith, typename Arith::Value v,
                                 typename Arith::Value low,
                                 typename Arith::Value high) {
  v = arith.select(arith.isGreater(v, high), high, v);
  return arith.select(arith.isLess(v, low), low, v);
}

/// The integer code, as a float, of an activated value.
template <typename Arith>
typename Arith::Value
quantize(Arith &arith, const FakeQuantSpec &spec, typename Arith::Value a,
         typename Arith::Value scale, typename Arith::Value zeroPoint) {
  auto low = arith.constant(static_cast<double>(spec.format.lowest()));
  auto high = arith.constant(static_cast<double>(spec.format.highest()));
  bool inside = spec.zeroPoint == ZeroPointPosition::Inside;

  auto u = spec.division == Division::Divide
               ? arith.div(a, scale)
               : arith.mul(a, arith.div(arith.constant(1.0), scale));
  if (inside)
    u = arith.add(u, zeroPoint);
  if (spec.clamp == ClampPosition::BeforeRounding)
    u = clampWhere(arith, u, low, high);
  auto code = roundTo(arith, spec.rounding, u);
  if (!inside)
    code = arith.add(code, zeroPoint);
  if (spec.clamp == ClampPosition::AfterRounding)
    code = clampWhere(arith, code, low, high);
  if (spec.nan == NanResult::Lowest)
    code = arith.select(arith.isNan(u), low, code);
  return code;
}

/// The value a code stands for.
template <typename Arith>
typename Arith::Value dequantize(Arith &arith, typename Arith::Value code,
                                 typename Arith::Value scale,
                                 typename Arith::Value zeroPoint) {
  return arith.mul(arith.sub(code, zeroPoint), scale);
}

/// One element of fake_quant. Without a zero point pass +0: adding it turns -0
/// into +0, which the training framework does too.
template <typename Arith>
typename Arith::Value
fakeQuant(Arith &arith, const FakeQuantSpec &spec, typename Arith::Value x,
          typename Arith::Value scale, typename Arith::Value zeroPoint) {
  auto a = activate(arith, spec.activation, x);
  auto code = quantize(arith, spec, a, scale, zeroPoint);
  return dequantize(arith, code, scale, zeroPoint);
}

} // namespace quant_act

#endif // QUANTACT_NUMERICS_FAKEQUANT_H
