//===- OpVerification.h - Checks that ops share -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_DIALECT_QUANTACT_IR_OPVERIFICATION_H
#define QUANTACT_LIB_DIALECT_QUANTACT_IR_OPVERIFICATION_H

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

namespace quant_act {

/// Checks a grid, which may be null, against the tensor it is laid over.
mlir::LogicalResult verifyGrid(mlir::Operation *op, GridAttr grid,
                               mlir::RankedTensorType x);

/// Checks that a tensor called `name` has the shape of parameters on `grid`
/// over x.
mlir::LogicalResult verifyParameters(mlir::Operation *op, llvm::StringRef name,
                                     mlir::Type parameters, GridAttr grid,
                                     mlir::RankedTensorType x);

/// Checks that blocks of the two grids nest: that along each dimension one has
/// a multiple of the other's parameters.
mlir::LogicalResult verifyBlocksNest(mlir::Operation *op, GridAttr a,
                                     GridAttr b, mlir::RankedTensorType x);

} // namespace quant_act

#endif // QUANTACT_LIB_DIALECT_QUANTACT_IR_OPVERIFICATION_H
