//===- VectorBits.h - The option vector-bits --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_VECTORBITS_H
#define QUANTACT_LIB_CODEGEN_CPU_VECTORBITS_H

#include "mlir/IR/Operation.h"

namespace quant_act {

/// Whether vectors of every element type are whole; if not, says so at `op`.
inline mlir::LogicalResult checkVectorBits(mlir::Operation *op,
                                           unsigned vectorBits) {
  if (vectorBits != 0 && vectorBits % 64 == 0)
    return mlir::success();
  return op->emitError()
         << "expects vector-bits to be a positive multiple of 64, but got "
         << vectorBits;
}

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_VECTORBITS_H
