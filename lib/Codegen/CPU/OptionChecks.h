//===- OptionChecks.h - Whether options are right ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_OPTIONCHECKS_H
#define QUANTACT_LIB_CODEGEN_CPU_OPTIONCHECKS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"

namespace quant_act {

/// Whether vectors of every element type are whole; if not, says so at `op`.
inline mlir::LogicalResult checkVectorBits(mlir::Operation *op,
                                           unsigned vectorBits) {
  if (vectorBits != 0 && vectorBits % 64 == 0)
    return mlir::success();
  return mlir::emitError(op->getLoc())
         << "expects vector-bits to be a positive multiple of 64, but got "
         << vectorBits;
}

/// Whether a number is not negative; if it is, says so at `op`.
inline mlir::LogicalResult
checkNotNegative(mlir::Operation *op, llvm::StringRef name, int64_t value) {
  if (value >= 0)
    return mlir::success();
  return mlir::emitError(op->getLoc())
         << "expects " << name << " not to be negative, but got " << value;
}

/// Whether a number is not above a limit; if it is, says so at `op`.
inline mlir::LogicalResult checkAtMost(mlir::Operation *op,
                                       llvm::StringRef name, int64_t value,
                                       int64_t most) {
  if (value <= most)
    return mlir::success();
  return mlir::emitError(op->getLoc())
         << "expects " << name << " to be at most " << most << ", but got "
         << value;
}

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_OPTIONCHECKS_H
