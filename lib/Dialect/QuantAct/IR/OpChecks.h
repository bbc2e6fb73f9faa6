//===- OpChecks.h - Shared by the ops' files --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What ops and their gradients check and infer alike.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_DIALECT_QUANTACT_IR_OPCHECKS_H
#define QUANTACT_LIB_DIALECT_QUANTACT_IR_OPCHECKS_H

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

namespace quant_act {

/// The element type of a float tensor.
mlir::FloatType getFloatType(mlir::Value value);

/// Checks the grid, which may be null, against x.
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

/// Checks that a statistic called `name`, of element type `type`, is as wide as
/// x.
mlir::LogicalResult verifyHoldsValues(mlir::Operation *op, llvm::StringRef name,
                                      mlir::FloatType type,
                                      mlir::FloatType xType);

mlir::LogicalResult verifyMinimum(mlir::Operation *op,
                                  const llvm::APFloat &minimum);

mlir::LogicalResult verifyMomentum(mlir::Operation *op,
                                   std::optional<llvm::APFloat> momentum);

/// Checks that there are bits where the format leaves them open, and nowhere
/// else.
mlir::LogicalResult verifyBitsOperand(mlir::Operation *op, FormatAttr format,
                                      mlir::Value bits);

/// Checks that a zero point goes with an integer format.
mlir::LogicalResult verifyZeroPointFormat(mlir::Operation *op,
                                          FormatAttr format, bool hasZeroPoint);

/// Checks that there is a seed for stochastic rounding, and only there.
mlir::LogicalResult verifySeed(mlir::Operation *op, Rounding rounding,
                               bool hasSeed);

/// The extent of each dimension of parameters on `grid` over x, as values where
/// they are not static.
llvm::SmallVector<mlir::OpFoldResult>
reifyParameterShape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    GridAttr grid, llvm::ArrayRef<int64_t> resultShape);

/// Results that have the shape of their op's first operand.
mlir::LogicalResult
reifyAsFirstOperand(mlir::Operation *op, mlir::OpBuilder &builder,
                    mlir::ReifiedRankedShapedTypeDims &shapes);

/// Checks that two operands have one type, or either is one value for all.
mlir::LogicalResult verifyShared(mlir::Operation *op, llvm::StringRef nameA,
                                 mlir::RankedTensorType a,
                                 llvm::StringRef nameB,
                                 mlir::RankedTensorType b);

/// The type that operations on the given values round to, under a contract.
mlir::FloatType getComputeType(NumericsAttr numerics, mlir::ValueRange values);

FakeQuantSpec makeFakeQuantSpec(FormatAttr format, Activation activation,
                                Rounding rounding, NumericsAttr numerics);

/// The following are of fake_quant and its gradient.
template <typename Op>
mlir::LogicalResult verifyFakeQuant(Op op);
template <typename Op>
mlir::FloatType getFakeQuantComputeType(Op op);
template <typename Op>
FakeQuantSpec getFakeQuantSpec(Op op);

/// The following are of fake_quant_range and its gradient.
template <typename Op>
mlir::LogicalResult verifyFakeQuantRange(Op op);
template <typename Op>
mlir::FloatType getFakeQuantRangeComputeType(Op op);

/// The following are of choose_qparams and its gradient.
template <typename Op>
mlir::LogicalResult verifyChooseQParams(Op op);
template <typename Op>
QParamsSpec getChooseQParamsSpec(Op op);

} // namespace quant_act

#endif // QUANTACT_LIB_DIALECT_QUANTACT_IR_OPCHECKS_H
