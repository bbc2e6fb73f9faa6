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
#include <utility>
#include <variant>

#include "QuantAct/Numerics/Enums.h.inc"

namespace quant_act {

/// An integer format of 1 to 32 bits, or of as many as an operand says.
struct IntFormat {
  /// 0: an operand says how many.
  unsigned bits = 8;
  bool isSigned = true;
  bool isNarrow = false;

  bool hasBitsOperand() const { return bits == 0; }

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
};

/// A binary floating-point format with subnormal numbers.
struct FloatFormat {
  unsigned exponentBits = 4;
  unsigned mantissaBits = 3;
  int bias = 7;
  double max = 480.0;
  bool isSigned = true;
  FloatOverflow overflow = FloatOverflow::Saturate;

  /// The logarithm to base 2 of the distance between subnormal numbers.
  int smallestExponent() const {
    return 1 - bias - static_cast<int>(mantissaBits);
  }
};

/// The codes -1 and 1.
struct BinaryFormat {};

/// The codes -1, 0 and 1; 0 up to `threshold` scales from zero.
struct TernaryFormat {
  double threshold = 0.5;
};

using Format =
    std::variant<IntFormat, FloatFormat, BinaryFormat, TernaryFormat>;

/// Whether an operand says how many bits the format has.
inline bool hasBitsOperand(const Format &format) {
  auto *integer = std::get_if<IntFormat>(&format);
  return integer && integer->hasBitsOperand();
}

/// The lowest and the highest code; none if an operand says the bits.
std::optional<std::pair<double, double>> getCodeRange(const Format &format);

/// The codes that an integer type of `width` bits is to hold.
struct IntegerRange {
  int64_t low;
  int64_t high;
};

/// Whether codes below zero exist.
bool isSigned(const Format &format);

/// What `quant_act.fake_quant` is told.
struct FakeQuantSpec {
  Format format;
  Activation activation = Activation::Identity;
  Rounding rounding = Rounding::HalfEven;
  ZeroPointPosition zeroPoint = ZeroPointPosition::Inside;
  Division division = Division::Divide;
  ClampPosition clamp = ClampPosition::AfterRounding;
  NanResult nan = NanResult::Propagate;
  OverflowResult overflow = OverflowResult::Saturate;
  InfinityResult infinity = InfinityResult::Nan;
  OneBit oneBit = OneBit::Integer;
  CodeKind codes = CodeKind::Float;
  Dequantization dequantization = Dequantization::Twice;
};

/// Whether a signed format of one bit holds -1 and 1 under the contract.
inline bool isBipolar(const FakeQuantSpec &spec) {
  auto *format = std::get_if<IntFormat>(&spec.format);
  return spec.oneBit == OneBit::Bipolar && format && format->isSigned &&
         format->bits == 1;
}

/// The codes as integers; those of a type of `width` bits where an operand says
/// the format's bits. Minifloats have none.
IntegerRange getIntegerRange(const FakeQuantSpec &spec, unsigned width);

/// What `quant_act.fake_quant_range` is told.
struct FakeQuantRangeSpec {
  RangeContract contract = RangeContract::Openvino;
  /// The number of values, at least 2.
  int64_t levels = 256;
};

/// What `quant_act.choose_qparams` is told.
struct QParamsSpec {
  Format format;
  ScaleRule rule = ScaleRule::Collect;
  RestrictionKind restriction = RestrictionKind::Float;
  Rounding exponentRounding = Rounding::HalfEven;
  double minimum = 1e-10;
  Rounding zeroPointRounding = Rounding::HalfEven;
  bool fractionalZeroPoint = false;
  /// Whether a range is extended to 0 and spread over every code. Brevitas does
  /// neither. Needs a low end.
  bool fullRange = false;
};

/// The format whose threshold a range is divided by. From its lowest code up, a
/// signed format has as many steps as the unsigned one.
inline Format getDivisorFormat(const QParamsSpec &spec) {
  if (!spec.fullRange)
    return spec.format;
  auto format = std::get<IntFormat>(spec.format);
  format.isSigned = false;
  return format;
}

/// How gradients pass what the forward computation does not differentiate.
struct GradientSpec {
  ScaleGradient scale = ScaleGradient::Full;
  /// Whether values beyond the bounds pass gradients as those within do.
  bool passesClamp = false;
};

/// What `quant_act.observe` is told.
struct ObserveSpec {
  std::optional<double> momentum;
  double minimum = 0.0;
  /// Whether the first batch is added (to 0) and not multiplied (by 1).
  bool isAdditive = false;
};

/// What `quant_act.stats` is told. Which numbers there are, Statistics.h says:
/// percentiles in percent, a number of standard deviations.
struct Statistic {
  StatisticKind kind = StatisticKind::AbsMax;
  llvm::SmallVector<double, 2> numbers;
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_SPEC_H
