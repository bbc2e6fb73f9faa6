//===- Patterns.h - The parts of the lowering to linalg ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace quant_act {

/// Ops that compute each element or parameter by itself.
void populateElementwiseToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// fake_quant_range and its gradient.
void populateRangeToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// stats.
void populateStatsToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// order_statistics, for targets without the run-time library.
void populateOrderStatisticsToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// search_threshold.
void populateSearchThresholdToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// The other ops that are gradients.
void populateGradientsToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// The body of a linalg.generic: from its arguments to the values it yields.
using BodyBuilder = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

mlir::FloatType getFloatElementType(mlir::Value tensor);

/// A linalg.generic that computes each element by itself. `maps` are the
/// operands', then the results'.
mlir::linalg::GenericOp
buildParallelGeneric(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::ValueRange operands, mlir::ValueRange inits,
                     llvm::ArrayRef<mlir::AffineMap> maps, BodyBuilder body);

/// A linalg.generic over operands of one shape, or of rank 0 and so shared by
/// all elements, with results of that shape. `resultTypes` are the results'
/// element types.
mlir::linalg::GenericOp buildElementwise(mlir::OpBuilder &builder,
                                         mlir::Location loc,
                                         mlir::ValueRange operands,
                                         llvm::ArrayRef<mlir::Type> resultTypes,
                                         BodyBuilder body);

/// The tensor with its elements converted.
mlir::Value convertElements(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value tensor, mlir::FloatType type);

/// The statistic's percentiles of each channel, in the type of the op's results;
/// 0 where there are no elements. `x` is the op's, split by a BlockView,
/// `channels` which of its dimensions say the channel, and `count` the number of
/// elements of each in f64.
llvm::SmallVector<mlir::Value>
buildPercentiles(StatsOp op, mlir::OpBuilder &builder, mlir::Value x,
                 mlir::AffineMap channels, mlir::Value count);

/// The measures of each channel that the statistic is made of (see
/// Numerics/Statistics.h), moments in f64. As a BlockView for the op's grid
/// splits parameters.
llvm::SmallVector<mlir::Value> buildMeasures(StatsOp op,
                                             mlir::OpBuilder &builder);

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_PATTERNS_H
