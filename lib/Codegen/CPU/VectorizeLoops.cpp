//===- VectorizeLoops.cpp - Tile linalg ops and vectorize the tiles -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBits.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/MathExtras.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTVECTORIZELOOPS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

/// Whether the op's result does not depend on the order in which a vectorized
/// loop would compute it, and its body consists of vector instructions.
static bool canVectorize(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumLoops() == 0)
    return false;
  // Without elements there is nothing to compute.
  if (llvm::is_contained(op.getStaticLoopRanges(), 0))
    return false;
  bool isReduction = op.getNumReductionLoops() != 0;
  return llvm::none_of(op.getBody()->getOperations(), [&](Operation &nested) {
    return isa<math::Log2Op, math::Exp2Op>(nested) ||
           (isReduction && isa<arith::AddFOp>(nested) &&
            llvm::any_of(nested.getOperands(), [&](Value operand) {
              return llvm::is_contained(op.getRegionOutputArgs(), operand);
            }));
  });
}

/// The width of the widest number that the body computes with.
static unsigned getComputeWidth(linalg::GenericOp op) {
  unsigned width = 8;
  auto include = [&](Type type) {
    if (type.isIntOrFloat())
      width = std::max(width, type.getIntOrFloatBitWidth());
  };
  for (BlockArgument argument : op.getBody()->getArguments())
    include(argument.getType());
  for (Operation &nested : op.getBody()->without_terminator())
    llvm::for_each(nested.getResultTypes(), include);
  return width;
}

/// How many elements along the innermost loop make a tile, and a vector.
static int64_t getTileSize(linalg::GenericOp op, unsigned vectorBits) {
  return std::max<int64_t>(1, vectorBits / getComputeWidth(op));
}

/// The vector for an innermost extent: no larger than the tile.
static int64_t getVectorSize(int64_t extent, int64_t tileSize) {
  if (ShapedType::isDynamic(extent) || extent > tileSize)
    return tileSize;
  return std::min<int64_t>(llvm::PowerOf2Ceil(extent), tileSize);
}

/// Makes loops around the op: over single indices, and over tiles along the
/// innermost dimension, whose last, partial tile gets a loop of its own.
static LogicalResult tileAndPeel(linalg::GenericOp op, unsigned vectorBits) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t tileSize = getTileSize(op, vectorBits);
  IRRewriter rewriter(op);
  SmallVector<OpFoldResult> tileSizes;
  for (int64_t extent : ArrayRef(extents).drop_back())
    tileSizes.push_back(rewriter.getIndexAttr(extent == 1 ? 0 : 1));
  bool fitsOneTile =
      !ShapedType::isDynamic(extents.back()) && extents.back() <= tileSize;
  tileSizes.push_back(rewriter.getIndexAttr(fitsOneTile ? 0 : tileSize));
  if (llvm::all_of(tileSizes, isZeroInteger))
    return success();

  scf::SCFTilingOptions options;
  options.setTileSizes(tileSizes);
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, cast<TilingInterface>(*op), options);
  if (failed(tiled))
    return op.emitOpError() << "cannot be tiled";
  if (!tiled->replacements.empty())
    rewriter.replaceOp(op, tiled->replacements);
  if (fitsOneTile || tiled->loops.empty())
    return success();
  scf::ForOp remainder;
  // Fails where the extent is a multiple of the tile: nothing remains.
  (void)scf::peelForLoopAndSimplifyBounds(
      rewriter, cast<scf::ForOp>(*tiled->loops.back()), remainder);
  return success();
}

/// Makes the extents of full tiles static.
static LogicalResult simplifyTiles(Operation *root) {
  MLIRContext *context = root->getContext();
  RewritePatternSet patterns(context);
  linalg::populateLinalgTilingCanonicalizationPatterns(patterns);
  tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
  scf::ForOp::getCanonicalizationPatterns(patterns, context);
  return applyPatternsGreedily(root, std::move(patterns));
}

/// Makes masks operands of what they mask, and vectors one-dimensional: tiles
/// extend along one dimension only.
static LogicalResult simplifyVectors(Operation *root) {
  RewritePatternSet masks(root->getContext());
  vector::populateVectorMaskLoweringPatternsForSideEffectingOps(masks);
  vector::populateVectorMultiReductionLoweringPatterns(
      masks, vector::VectorMultiReductionLowering::InnerReduction);
  if (failed(applyPatternsGreedily(root, std::move(masks))))
    return failure();
  RewritePatternSet units(root->getContext());
  vector::populateCastAwayVectorLeadingOneDimPatterns(units);
  return applyPatternsGreedily(root, std::move(units));
}

static LogicalResult vectorizeTile(linalg::GenericOp op, unsigned vectorBits) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  sizes.back() = getVectorSize(sizes.back(), getTileSize(op, vectorBits));
  for (int64_t size : sizes)
    if (ShapedType::isDynamic(size))
      return op.emitOpError() << "has a tile of unknown extent";
  IRRewriter rewriter(op);
  SmallVector<bool> scalable(sizes.size(), false);
  FailureOr<linalg::VectorizationResult> result =
      linalg::vectorize(rewriter, op, sizes, scalable);
  if (failed(result))
    return op.emitOpError() << "cannot be vectorized";
  rewriter.replaceOp(op, result->replacements);
  return success();
}

namespace {
struct QuantActVectorizeLoops
    : public quant_act::impl::QuantActVectorizeLoopsBase<
          QuantActVectorizeLoops> {
  using QuantActVectorizeLoopsBase::QuantActVectorizeLoopsBase;

  void runOnOperation() override {
    if (failed(quant_act::checkVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    for (linalg::GenericOp op : collect())
      if (failed(tileAndPeel(op, vectorBits)))
        return signalPassFailure();
    if (failed(simplifyTiles(getOperation())))
      return signalPassFailure();
    for (linalg::GenericOp op : collect())
      if (failed(vectorizeTile(op, vectorBits)))
        return signalPassFailure();
    if (failed(simplifyVectors(getOperation())))
      signalPassFailure();
  }

  SmallVector<linalg::GenericOp> collect() {
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) {
      if (canVectorize(op) && (elementwise || op.getNumReductionLoops() != 0))
        ops.push_back(op);
    });
    return ops;
  }
};
} // namespace
