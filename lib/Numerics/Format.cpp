//===- Format.cpp - What formats can represent ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Spec.h"

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
