//===- SortKeys.h - Integers that order floats ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_SORTKEYS_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_SORTKEYS_H

#include "mlir/IR/Builders.h"

namespace quant_act {

/// A float's bits without its sign: they order magnitudes, NaN last.
mlir::Value buildMagnitudeKey(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Value value);

/// An unsigned integer that orders floats as numbers, -0 before +0, NaN last.
mlir::Value buildOrderedKey(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value value);

/// The bits of the float that has this ordered key.
mlir::Value buildBitsOfOrderedKey(mlir::OpBuilder &builder, mlir::Location loc,
                                  mlir::Value key);

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_SORTKEYS_H
