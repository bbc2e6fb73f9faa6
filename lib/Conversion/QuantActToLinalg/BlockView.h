//===- BlockView.h - A tensor with its blocks as dimensions -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parameters of blocks are found by index / block size, which no projected
// permutation can say. Splitting the dimension into (blocks, index within the
// block) makes it one.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_BLOCKVIEW_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_BLOCKVIEW_H

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/AffineMap.h"

namespace quant_act {

/// Whether neighbouring dimensions along which no parameters vary become one.
/// A view of that kind cannot be joined again.
enum class SharedDims { Keep, Merge };

/// A tensor whose dimensions are split so that parameters on each of the given
/// grids are addressed by projected permutations.
class BlockView {
public:
  /// Splits for `grids`, of which any may be null, over a tensor of this type.
  BlockView(mlir::RankedTensorType tensor, llvm::ArrayRef<GridAttr> grids,
            SharedDims shared = SharedDims::Keep);

  /// The number of dimensions of the view.
  int64_t getRank() const { return merges.size(); }

  /// The last dimension along which the parameters on all grids are the same,
  /// if it can have more than one index: where dimensions are merged, that of
  /// the runs that sums go along (see Numerics/Sums.h).
  std::optional<int64_t> getRunDim() const;

  /// A tensor of the original shape, split; itself if nothing is split.
  mlir::Value split(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value tensor) const;

  /// The reverse of split, to the given type.
  mlir::Value join(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value tensor, mlir::RankedTensorType type) const;

  /// Parameters on `grid`, with their dimensions split likewise.
  mlir::Value splitParameters(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Value parameters, GridAttr grid) const;

  /// The reverse of splitParameters, to the given type.
  mlir::Value joinParameters(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value parameters, GridAttr grid,
                             mlir::RankedTensorType type) const;

  /// From the view's dimensions to those of split parameters on `grid`.
  mlir::AffineMap getParameterMap(mlir::MLIRContext *context,
                                  GridAttr grid) const;

  /// The shape of split parameters that have the given shape.
  llvm::SmallVector<int64_t>
  getSplitParameterShape(llvm::ArrayRef<int64_t> shape, GridAttr grid) const;

private:
  /// The split dimensions along which parameters on `grid` vary, among those
  /// that dimension `dim` was split into.
  llvm::ArrayRef<int64_t> getKeptParts(GridAttr grid, int64_t dim) const;

  /// How the dimensions of parameters on `grid` are split.
  llvm::SmallVector<mlir::ReassociationIndices>
  getParameterReassociation(GridAttr grid) const;

  /// Whether parameters on any grid vary along a split dimension.
  bool isKept(int64_t part) const;

  llvm::SmallVector<GridAttr> grids;
  /// Per original dimension: its parts, and their extents.
  llvm::SmallVector<mlir::ReassociationIndices> reassociation;
  llvm::SmallVector<int64_t> splitShape;
  /// Per dimension of the view: the split dimensions that it consists of.
  llvm::SmallVector<mlir::ReassociationIndices> merges;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_BLOCKVIEW_H
