//===- Spec.h - What a quantized activation is told to do -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choices that the numerics depend on, as plain values. The attributes of
// the dialect are their textual form.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_SPEC_H
#define QUANTACT_NUMERICS_SPEC_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMapInfo.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>

#include "QuantAct/Numerics/Enums.h.inc"

namespace quant_act {

/// An integer format of 1 to 32 bits.
struct IntFormat {
  unsigned bits = 8;
  bool isSigned = true;
  bool isNarrow = false;

  /// The lowest code.
  int64_t lowest() const {
    if (!isSigned)
      return 0;
    return -(int64_t(1) << (bits - 1)) + (isNarrow ? 1 : 0);
  }

  /// The highest code.
  int64_t highest() const {
    if (isSigned)
      return (int64_t(1) << (bits - 1)) - 1;
    return (int64_t(1) << bits) - (isNarrow ? 2 : 1);
  }

  /// The code that the threshold maps to (the divisor T of a scale).
  int64_t threshold(RestrictionKind restriction) const {
    if (restriction == RestrictionKind::PowerOfTwo)
      return int64_t(1) << (isSigned ? bits - 1 : bits);
    return isSigned && !isNarrow ? -lowest() : highest();
  }
};

/// What `quant_act.fake_quant` is told.
struct FakeQuantSpec {
  IntFormat format;
  Activation activation = Activation::Identity;
  Rounding rounding = Rounding::HalfEven;
  ZeroPointPosition zeroPoint = ZeroPointPosition::Inside;
  Division division = Division::Divide;
  ClampPosition clamp = ClampPosition::AfterRounding;
  NanResult nan = NanResult::Propagate;
};

/// What `quant_act.choose_qparams` is told.
struct QParamsSpec {
  IntFormat format;
  ScaleRule rule = ScaleRule::Collect;
  RestrictionKind restriction = RestrictionKind::Float;
  Rounding exponentRounding = Rounding::HalfEven;
  double minimum = 1e-10;
  Rounding zeroPointRounding = Rounding::HalfEven;
  bool fractionalZeroPoint = false;
};

/// What `quant_act.observe` is told.
struct ObserveSpec {
  std::optional<double> momentum;
  double minimum = 0.0;
};

/// What `quant_act.stats` is told. Percentiles are in percent.
struct Statistic {
  StatisticKind kind = StatisticKind::AbsMax;
  double low = 0.0;
  double high = 0.0;
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_SPEC_H
