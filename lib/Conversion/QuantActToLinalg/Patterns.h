//===- Patterns.h - The parts of the lowering to linalg ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace quant_act {

/// Ops that compute each element or parameter by itself.
void populateElementwiseToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// fake_quant_range.
void populateRangeToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// stats.
void populateStatsToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// search_threshold.
void populateSearchThresholdToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// The body of a linalg.generic: from its arguments to the values it yields.
using BodyBuilder = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// A linalg.generic over operands of one shape, or of rank 0 and so shared by
/// all elements, with results of that shape. `resultTypes` are the results'
/// element types.
mlir::linalg::GenericOp buildElementwise(mlir::OpBuilder &builder,
                                         mlir::Location loc,
                                         mlir::ValueRange operands,
                                         llvm::ArrayRef<mlir::Type> resultTypes,
                                         BodyBuilder body);

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H
