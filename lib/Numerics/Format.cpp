//===- Format.cpp - What formats can represent ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Spec.h"

#include <algorithm>

using namespace quant_act;

using Range = std::optional<std::pair<double, double>>;

static Range getRange(const IntFormat &format) {
  if (format.hasBitsOperand())
    return std::nullopt;
  return std::pair(static_cast<double>(format.lowest()),
                   static_cast<double>(format.highest()));
}

static Range getRange(const FloatFormat &format) {
  return std::pair(format.isSigned ? -format.max : 0.0, format.max);
}

static Range getRange(const BinaryFormat &) { return std::pair(-1.0, 1.0); }

static Range getRange(const TernaryFormat &) { return std::pair(-1.0, 1.0); }

Range quant_act::getCodeRange(const Format &format) {
  return std::visit([](const auto &typed) { return getRange(typed); }, format);
}

bool quant_act::isSigned(const Format &format) {
  auto *integer = std::get_if<IntFormat>(&format);
  return !integer || integer->isSigned;
}

IntegerRange quant_act::getIntegerRange(const FakeQuantSpec &spec,
                                        unsigned width) {
  auto *integer = std::get_if<IntFormat>(&spec.format);
  if (!integer || isBipolar(spec))
    return {-1, 1};
  if (!integer->hasBitsOperand())
    return {integer->lowest(), integer->highest()};
  // Integers of 64 bits hold every code there is: of up to 32 bits.
  IntFormat widest{std::min(width, 32u), integer->isSigned, false};
  return {widest.lowest(), widest.highest()};
}
