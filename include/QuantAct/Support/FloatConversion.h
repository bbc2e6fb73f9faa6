//===- FloatConversion.h - Numbers in other semantics -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_FLOATCONVERSION_H
#define QUANTACT_SUPPORT_FLOATCONVERSION_H

#include "llvm/ADT/APFloat.h"

namespace quant_act {

/// `value` in other semantics, rounded once, to nearest even.
inline llvm::APFloat convertOnce(llvm::APFloat value,
                                 const llvm::fltSemantics &semantics) {
  // The NaN of Float8E8M0FNU has no fraction: its conversion to an IEEE type
  // would have the bits of an infinity.
  if (value.isNaN() && &value.getSemantics() == &llvm::APFloat::Float8E8M0FNU())
    return llvm::APFloat::getNaN(semantics);
  bool losesInfo;
  value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return value;
}

} // namespace quant_act

#endif // QUANTACT_SUPPORT_FLOATCONVERSION_H
