//===- Reductions.h - From elements to parameters ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_REDUCTIONS_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_REDUCTIONS_H

#include "BlockView.h"
#include "Patterns.h"

namespace quant_act {

/// A tensor of `value` with one element per parameter that `map` finds among
/// the dimensions of `elements`.
mlir::Value fillParameters(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value elements, mlir::AffineMap map,
                           mlir::TypedAttr value);

/// A linalg.generic that reduces the dimensions that `resultMap` drops. The
/// body gets the operands' elements, then the accumulators; loops run in order,
/// but only over one dimension may that matter.
mlir::ValueRange buildReduction(mlir::OpBuilder &builder, mlir::Location loc,
                                mlir::ValueRange operands,
                                llvm::ArrayRef<mlir::AffineMap> maps,
                                mlir::ValueRange inits,
                                mlir::AffineMap resultMap, BodyBuilder body);

/// Sums in f64 of the terms that elements contribute to parameters on `grid`,
/// by the tree of Numerics/Sums.h. The operands' first has all of the view's
/// dimensions; the body gets their elements and makes `numSums` terms. As the
/// view splits parameters.
llvm::SmallVector<mlir::Value>
buildSums(mlir::OpBuilder &builder, mlir::Location loc, const BlockView &view,
          mlir::ValueRange operands, llvm::ArrayRef<mlir::AffineMap> maps,
          GridAttr grid, unsigned numSums, BodyBuilder terms);

/// How many elements share a parameter that `map` finds, as an index.
mlir::Value buildSampleCount(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value elements, mlir::AffineMap map);

/// An index as an f64.
mlir::Value indexToF64(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value index);

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_REDUCTIONS_H
