//===- CollapseLoops.cpp - Merge adjacent dimensions ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTCOLLAPSELOOPS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

/// Whether the loops in `group` can become one: they run alike and every
/// operand has all of them, next to each other, or none.
static bool canCollapseGroup(linalg::GenericOp op,
                             ReassociationIndicesRef group) {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  return llvm::all_of(group,
                      [&](int64_t dim) {
                        return iterators[dim] == iterators[group.front()];
                      }) &&
         linalg::areDimSequencesPreserved(op.getIndexingMapsArray(),
                                          ReassociationIndices(group));
}

/// Whether operands are indexed by loops alone: not by lanes.
static bool isIndexedByLoops(linalg::GenericOp op) {
  return llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.isProjectedPermutation(/*allowZeroInResults=*/true);
  });
}

/// The longest groups of adjacent loops that can be collapsed.
static SmallVector<ReassociationIndices> getGroups(linalg::GenericOp op) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0, e = op.getNumLoops(); dim < e; ++dim) {
    if (!groups.empty()) {
      ReassociationIndices extended = groups.back();
      extended.push_back(dim);
      if (canCollapseGroup(op, extended)) {
        groups.back() = extended;
        continue;
      }
    }
    groups.push_back({dim});
  }
  return groups;
}

/// Whether a tensor that is stored can be reshaped by reshaping the buffer it
/// goes to: one without gaps, in row-major order.
static bool
canReshapeDestination(bufferization::MaterializeInDestinationOp op) {
  auto buffer = dyn_cast<MemRefType>(op.getDest().getType());
  return buffer && buffer.getLayout().isIdentity();
}

/// Whether the result need not be expanded again in memory: its shape is static
/// or it only goes to buffers, which are collapsed instead. Expanding to
/// several dynamic extents is what upstream's passes cannot lower.
static bool canLeaveCollapsed(OpResult result) {
  auto type = cast<RankedTensorType>(result.getType());
  return type.hasStaticShape() ||
         llvm::all_of(result.getUsers(), [](Operation *user) {
           auto store =
               dyn_cast<bufferization::MaterializeInDestinationOp>(user);
           return store && canReshapeDestination(store);
         });
}

namespace {

/// Stores a reshaped tensor by reshaping the buffer it goes to, where the
/// buffer is defined: what computes the tensor can then write to it.
template <typename TensorReshape>
struct ReshapeDestination
    : public OpRewritePattern<bufferization::MaterializeInDestinationOp> {
  using OpRewritePattern<
      bufferization::MaterializeInDestinationOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(bufferization::MaterializeInDestinationOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getSource().getDefiningOp<TensorReshape>();
    if (!reshape || !canReshapeDestination(op))
      return rewriter.notifyMatchFailure(op, "stores no reshaped tensor");
    rewriter.setInsertionPointAfterValue(op.getDest());
    Value buffer = buildReverse(rewriter, op.getDest(), reshape);
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<bufferization::MaterializeInDestinationOp>(
        op, /*result=*/Type(), reshape.getSrc(), buffer, op.getRestrict(),
        op.getWritable());
    return success();
  }

private:
  static Value buildReverse(OpBuilder &builder, Value buffer,
                            tensor::ExpandShapeOp expand) {
    return memref::CollapseShapeOp::create(builder, buffer.getLoc(), buffer,
                                           expand.getReassociationIndices());
  }

  /// Only static dimensions are split into blocks; of the others the buffer
  /// knows the extents.
  static Value buildReverse(OpBuilder &builder, Value buffer,
                            tensor::CollapseShapeOp collapse) {
    Location loc = buffer.getLoc();
    ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
    SmallVector<OpFoldResult> extents;
    for (auto [dim, parts] :
         llvm::enumerate(collapse.getReassociationIndices()))
      for (int64_t part : parts)
        extents.push_back(
            ShapedType::isDynamic(shape[part])
                ? memref::getMixedSize(builder, loc, buffer, dim)
                : OpFoldResult(builder.getIndexAttr(shape[part])));
    return memref::ExpandShapeOp::create(builder, loc, shape, buffer,
                                         collapse.getReassociationIndices(),
                                         extents);
  }
};

struct QuantActCollapseLoops
    : public quant_act::impl::QuantActCollapseLoopsBase<QuantActCollapseLoops> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<ReshapeDestination<tensor::ExpandShapeOp>,
                 ReshapeDestination<tensor::CollapseShapeOp>>(context);
    tensor::populateFoldTensorEmptyPatterns(patterns);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    FrozenRewritePatternSet cleanup(std::move(patterns));

    // Results that were split for blocks go to split buffers first, so that all
    // of an op's users are known when it is collapsed.
    if (failed(applyPatternsGreedily(getOperation(), cleanup)))
      return signalPassFailure();
    SmallVector<linalg::GenericOp> generics;
    getOperation()->walk([&](linalg::GenericOp op) { generics.push_back(op); });
    for (linalg::GenericOp op : generics)
      collapse(op);
    if (failed(applyPatternsGreedily(getOperation(), cleanup)))
      signalPassFailure();
  }

  static void collapse(linalg::GenericOp op) {
    if (!op.hasPureTensorSemantics() || !isIndexedByLoops(op))
      return;
    SmallVector<ReassociationIndices> groups = getGroups(op);
    if (groups.size() == op.getNumLoops() ||
        !llvm::all_of(op->getResults(), canLeaveCollapsed))
      return;
    IRRewriter rewriter(op);
    FailureOr<linalg::CollapseResult> result =
        linalg::collapseOpIterationDims(op, groups, rewriter);
    if (succeeded(result))
      rewriter.replaceOp(op, result->results);
  }
};

} // namespace
