//===- BlockView.cpp - A tensor with its blocks as dimensions -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace quant_act;

/// The extents that a dimension is split into: for parameters in 24 blocks
/// along 768, [24, 32]. Grids of several block counts split it further; their
/// counts divide each other (the op's verifier asks for that).
static SmallVector<int64_t> getParts(int64_t dim, int64_t extent,
                                     ArrayRef<GridAttr> grids) {
  if (ShapedType::isDynamic(extent))
    return {extent};
  SmallVector<int64_t> counts;
  for (GridAttr grid : grids)
    if (grid && grid.getBlockSize(dim, extent) != 1 &&
        grid.getBroadcast()[dim] != 1)
      counts.push_back(grid.getBroadcast()[dim]);
  llvm::sort(counts);
  counts.erase(llvm::unique(counts), counts.end());
  SmallVector<int64_t> parts;
  int64_t previous = 1;
  for (int64_t count : counts) {
    parts.push_back(count / previous);
    previous = count;
  }
  parts.push_back(extent / previous);
  return parts;
}

BlockView::BlockView(RankedTensorType tensor, ArrayRef<GridAttr> grids,
                     SharedDims shared)
    : grids(grids) {
  for (auto [dim, extent] : llvm::enumerate(tensor.getShape())) {
    ReassociationIndices &indices = reassociation.emplace_back();
    for (int64_t part : getParts(dim, extent, grids)) {
      indices.push_back(splitShape.size());
      splitShape.push_back(part);
    }
  }
  for (int64_t part = 0, e = splitShape.size(); part < e; ++part) {
    bool extends = shared == SharedDims::Merge && part > 0 && !isKept(part) &&
                   !isKept(part - 1);
    if (!extends)
      merges.emplace_back();
    merges.back().push_back(part);
  }
}

bool BlockView::isKept(int64_t part) const {
  return llvm::any_of(grids, [&](GridAttr grid) {
    return grid && llvm::any_of(grid.getKeptDims(), [&](int64_t dim) {
             return llvm::is_contained(getKeptParts(grid, dim), part);
           });
  });
}

std::optional<int64_t> BlockView::getRunDim() const {
  int64_t dim = getRank() - 1;
  while (dim >= 0 && isKept(merges[dim].back()))
    --dim;
  if (dim < 0 ||
      llvm::all_of(
          merges[dim], [&](int64_t part) { return splitShape[part] == 1; }))
    return std::nullopt;
  return dim;
}

ArrayRef<int64_t> BlockView::getKeptParts(GridAttr grid, int64_t dim) const {
  ArrayRef<int64_t> parts = reassociation[dim];
  int64_t count = grid.getBroadcast()[dim];
  // A count that covers the dimension, or is known at run time, keeps all
  // parts.
  int64_t covered = 1;
  for (size_t size = 1; size < parts.size(); ++size) {
    covered *= splitShape[parts[size - 1]];
    if (covered == count)
      return parts.take_front(size);
  }
  return parts;
}

SmallVector<ReassociationIndices>
BlockView::getParameterReassociation(GridAttr grid) const {
  SmallVector<ReassociationIndices> result;
  int64_t next = 0;
  for (int64_t dim : grid.getKeptDims()) {
    ReassociationIndices &indices = result.emplace_back();
    for (size_t i = 0, e = getKeptParts(grid, dim).size(); i < e; ++i)
      indices.push_back(next++);
  }
  return result;
}

SmallVector<int64_t> BlockView::getSplitParameterShape(ArrayRef<int64_t> shape,
                                                       GridAttr grid) const {
  SmallVector<int64_t> result;
  if (!grid)
    return result;
  for (auto [extent, dim] : llvm::zip(shape, grid.getKeptDims())) {
    ArrayRef<int64_t> parts = getKeptParts(grid, dim);
    if (parts.size() == 1) {
      result.push_back(extent);
      continue;
    }
    for (int64_t part : parts)
      result.push_back(splitShape[part]);
  }
  return result;
}

/// Expands `tensor` to `shape`. Only static dimensions are ever split.
static Value expand(OpBuilder &builder, Location loc, Value tensor,
                    ArrayRef<int64_t> shape,
                    ArrayRef<ReassociationIndices> reassociation) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() == static_cast<int64_t>(shape.size()))
    return tensor;
  SmallVector<OpFoldResult> extents;
  for (auto [dim, parts] : llvm::enumerate(reassociation))
    for (int64_t part : parts)
      extents.push_back(ShapedType::isDynamic(shape[part])
                            ? tensor::getMixedSize(builder, loc, tensor, dim)
                            : OpFoldResult(builder.getIndexAttr(shape[part])));
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      reassociation, extents);
}

/// Collapses `tensor` to `type`, whose extents may be known where the tensor's
/// are not or the other way round.
static Value collapse(OpBuilder &builder, Location loc, Value tensor,
                      RankedTensorType type,
                      ArrayRef<ReassociationIndices> reassociation) {
  if (cast<RankedTensorType>(tensor.getType()).getRank() != type.getRank())
    tensor =
        tensor::CollapseShapeOp::create(builder, loc, tensor, reassociation);
  if (tensor.getType() != type)
    tensor = tensor::CastOp::create(builder, loc, type, tensor);
  return tensor;
}

Value BlockView::split(OpBuilder &builder, Location loc, Value tensor) const {
  Value split = expand(builder, loc, tensor, splitShape, reassociation);
  if (merges.size() == splitShape.size())
    return split;
  return tensor::CollapseShapeOp::create(builder, loc, split, merges);
}

Value BlockView::join(OpBuilder &builder, Location loc, Value tensor,
                      RankedTensorType type) const {
  assert(merges.size() == splitShape.size() && "merged dimensions are lost");
  return collapse(builder, loc, tensor, type, reassociation);
}

Value BlockView::splitParameters(OpBuilder &builder, Location loc,
                                 Value parameters, GridAttr grid) const {
  if (!grid)
    return parameters;
  auto type = cast<RankedTensorType>(parameters.getType());
  return expand(builder, loc, parameters,
                getSplitParameterShape(type.getShape(), grid),
                getParameterReassociation(grid));
}

Value BlockView::joinParameters(OpBuilder &builder, Location loc,
                                Value parameters, GridAttr grid,
                                RankedTensorType type) const {
  if (!grid)
    return parameters;
  return collapse(builder, loc, parameters, type,
                  getParameterReassociation(grid));
}

AffineMap BlockView::getParameterMap(MLIRContext *context,
                                     GridAttr grid) const {
  SmallVector<AffineExpr> results;
  if (grid)
    for (int64_t dim : grid.getKeptDims())
      for (int64_t part : getKeptParts(grid, dim)) {
        auto *merge = llvm::find_if(merges, [&](const auto &parts) {
          return llvm::is_contained(parts, part);
        });
        results.push_back(getAffineDimExpr(merge - merges.begin(), context));
      }
  return AffineMap::get(getRank(), /*symbolCount=*/0, results, context);
}
