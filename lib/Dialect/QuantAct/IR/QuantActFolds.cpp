//===- QuantActFolds.cpp - Folds and canonicalizations --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each rule keeps every bit of the result; its side conditions are what that
// takes. A quantize-dequantize is never cancelled.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Numerics/Evaluator.h"
#include "QuantAct/Numerics/Reference.h"
#include "QuantAct/Numerics/Statistics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace quant_act;

/// Larger constants stay ops: folding would slow compilation down more than it
/// saves.
static constexpr int64_t maxFoldedElements = 1 << 16;

/// The elements of a constant operand small enough to fold.
static std::optional<HostTensor> getFoldable(Attribute attribute) {
  auto constant = dyn_cast_if_present<DenseElementsAttr>(attribute);
  if (!constant || constant.getNumElements() > maxFoldedElements)
    return std::nullopt;
  return toHostTensor(constant);
}

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

OpFoldResult FakeQuantOp::fold(FoldAdaptor adaptor) {
  std::optional<HostTensor> x = getFoldable(adaptor.getX());
  std::optional<HostTensor> scale = getFoldable(adaptor.getScale());
  std::optional<HostTensor> zeroPoint = getFoldable(adaptor.getZeroPoint());
  if (!x || !scale || (getZeroPoint() && !zeroPoint))
    return {};
  // A mismatch along dimensions that the types leave dynamic stays in the IR,
  // for the run-time verification to report.
  GridAttr grid = getGrid().value_or(GridAttr());
  auto fits = [&](const HostTensor &parameters, GridAttr grid) {
    auto reject = [&] { return InFlightDiagnostic(); };
    if (grid && failed(grid.verifyTensor(reject, x->getShape())))
      return false;
    return ArrayRef<int64_t>(getParameterShape(grid, x->getShape())) ==
           parameters.getShape();
  };
  if (!fits(*scale, grid) ||
      (zeroPoint && !fits(*zeroPoint, getEffectiveZeroPointGrid())))
    return {};

  ParameterLayout layout = getParameterLayout(grid, x->getShape());
  ParameterLayout zeroPointLayout =
      getParameterLayout(getEffectiveZeroPointGrid(), x->getShape());
  std::optional<reference::Parameters> zeroPointParameters;
  if (zeroPoint)
    zeroPointParameters.emplace(
        reference::Parameters{*zeroPoint, zeroPointLayout});
  HostTensor y =
      reference::fakeQuant(getSpec(), *toElementType(getComputeType()), *x,
                           {*scale, layout}, zeroPointParameters);
  DenseElementsAttr result = toAttribute(y, getX().getType().getElementType());
  if (result.getType() != getType())
    return {};
  return result;
}

namespace {
/// A zero point of +0 everywhere is what its absence stands for. (-0 is not:
/// the quotient -0 stays -0 with it.)
struct DropZeroZeroPoint : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getZeroPoint() ||
        !matchPattern(op.getZeroPoint(), m_PosZeroFloat()))
      return rewriter.notifyMatchFailure(op, "no zero point that is +0");
    // The zero point's type may be what widens the compute type.
    FloatType compute = op.getComputeType();
    FloatType withoutZeroPoint =
        promoteTypes(cast<FloatType>(op.getX().getType().getElementType()),
                     cast<FloatType>(op.getScale().getType().getElementType()));
    if (op.getNumerics().getCompute() == ComputeType::Promoted &&
        compute != withoutZeroPoint)
      return rewriter.notifyMatchFailure(op, "the zero point widens the type");
    rewriter.modifyOpInPlace(op, [&] {
      op.getZeroPointMutable().clear();
      op.removeZeroPointGridAttr();
    });
    return success();
  }
};

/// The one value of a constant tensor of parameters, as a rank-0 constant.
DenseElementsAttr getShared(Value parameters) {
  DenseElementsAttr constant;
  if (!matchPattern(parameters, m_Constant(&constant)) || !constant.isSplat() ||
      constant.empty() || constant.getType().getRank() == 0)
    return {};
  return DenseElementsAttr::get(
      RankedTensorType::get({}, constant.getElementType()),
      constant.getSplatValue<Attribute>());
}

/// One scale for every channel is a scale per tensor.
struct ShareSplatScale : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    DenseElementsAttr shared = getShared(op.getScale());
    if (!shared)
      return rewriter.notifyMatchFailure(op, "the scale varies");
    Value scale = arith::ConstantOp::create(rewriter, op.getLoc(), shared);
    rewriter.modifyOpInPlace(op, [&] {
      // The zero point stays where it was.
      if (op.getZeroPoint() && !op.getZeroPointGridAttr())
        op.setZeroPointGridAttr(op.getGridAttr());
      op.removeGridAttr();
      op.getScaleMutable().assign(scale);
    });
    return success();
  }
};

/// Whether the constant `scale` holds normal positive numbers only, so that
/// q * s / s rounds to q again.
bool isPositiveNormal(Value scale) {
  DenseElementsAttr constant;
  if (!matchPattern(scale, m_Constant(&constant)))
    return false;
  return llvm::all_of(constant.getValues<APFloat>(), [](const APFloat &s) {
    return s.isNormal() && !s.isNegative();
  });
}

/// Quantizing again on the same grid changes nothing if
/// * codes round to nearest and have up to 16 bits, and arithmetic is f32 or
/// f64:
///   then fl(fl(q * s) / s) is within 2^-7 of q;
/// * the scale is known to be positive and normal;
/// * nothing is -0 afterwards, which the second op's `+ 0` would turn into +0:
///   there is no zero point, and the first op is a relu.
struct MergeRepeated : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<FakeQuantOp>();
    if (!inner || inner.getActivation() != Activation::Relu)
      return rewriter.notifyMatchFailure(op, "x is no quantized relu");
    if (op.getScale() != inner.getScale() || op.getZeroPoint() ||
        inner.getZeroPoint() || op.getFormat() != inner.getFormat() ||
        op.getGridAttr() != inner.getGridAttr() ||
        op.getRounding() != inner.getRounding() ||
        op.getNumerics() != inner.getNumerics())
      return rewriter.notifyMatchFailure(op, "x has other parameters");
    if (op.getRounding() > Rounding::HalfDown)
      return rewriter.notifyMatchFailure(op, "does not round to nearest");
    if (op.getFormat().getBits() > 16 || op.getComputeType().getWidth() < 32 ||
        op.getX().getType().getElementType() != op.getComputeType() ||
        op.getNumerics().getDivision() != Division::Divide)
      return rewriter.notifyMatchFailure(op, "too little precision");
    if (!isPositiveNormal(op.getScale()))
      return rewriter.notifyMatchFailure(op, "the scale is not known enough");
    rewriter.replaceOp(op, inner.getY());
    return success();
  }
};
} // namespace

void FakeQuantOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<DropZeroZeroPoint, ShareSplatScale, MergeRepeated>(context);
}

//===----------------------------------------------------------------------===//
// activate
//===----------------------------------------------------------------------===//

OpFoldResult ActivateOp::fold(FoldAdaptor adaptor) {
  if (getActivation() == Activation::Identity)
    return getX();
  std::optional<HostTensor> x = getFoldable(adaptor.getX());
  if (!x || !getX().getType().hasStaticShape())
    return {};
  return toAttribute(reference::activate(getActivation(), *x),
                     getX().getType().getElementType());
}

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

/// The number of values per parameter; none if it is not known or there are no
/// parameters.
static std::optional<int64_t> countSamples(StatsOp op) {
  RankedTensorType x = op.getX().getType();
  RankedTensorType parameters = op.getThreshold().getType();
  if (!x.hasStaticShape() || !parameters.hasStaticShape() ||
      llvm::is_contained(parameters.getShape(), 0))
    return std::nullopt;
  GridAttr grid = op.getGridAttr();
  std::optional<int64_t> samples = 1;
  for (auto [dim, extent] : llvm::enumerate(x.getShape())) {
    bool isKept = grid && llvm::is_contained(grid.getKeptDims(), dim);
    samples = llvm::checkedMul(*samples, isKept ? grid.getBlockSize(dim, extent)
                                                : extent);
    if (!samples)
      break;
  }
  return samples;
}

namespace {
/// A percentile that selects the largest of so few values is the maximum.
struct PercentileToAbsMax : public OpRewritePattern<StatsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getStatistic().getKind() != StatisticKind::Percentile)
      return rewriter.notifyMatchFailure(op, "no percentile");
    std::optional<int64_t> samples = countSamples(op);
    if (!samples)
      return rewriter.notifyMatchFailure(op, "the sample count is not known");
    Evaluator evaluator(APFloat::IEEEdouble());
    APFloat n = evaluator.constant(*samples);
    double high = op.getStatistic().getHigh().convertToDouble();
    if (*samples != 0 && upperRank(evaluator, high, n) < n)
      return rewriter.notifyMatchFailure(op, "selects a smaller value");
    rewriter.modifyOpInPlace(op, [&] {
      op.setStatisticAttr(StatisticAttr::get(
          op.getContext(), StatisticKind::AbsMax, APFloat(0.0), APFloat(0.0)));
    });
    return success();
  }
};
} // namespace

void StatsOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<PercentileToAbsMax>(context);
}

//===----------------------------------------------------------------------===//
// choose_qparams
//===----------------------------------------------------------------------===//

LogicalResult ChooseQParamsOp::fold(FoldAdaptor adaptor,
                                    SmallVectorImpl<OpFoldResult> &results) {
  std::optional<HostTensor> threshold = getFoldable(adaptor.getThreshold());
  std::optional<HostTensor> low = getFoldable(adaptor.getLow());
  if (!threshold || (getLow() && !low) ||
      !getThreshold().getType().hasStaticShape())
    return failure();
  reference::QParams parameters =
      reference::chooseQParams(getSpec(), *threshold, low ? &*low : nullptr);
  Type type = getThreshold().getType().getElementType();
  results.push_back(toAttribute(parameters.scale, type));
  if (parameters.zeroPoint)
    results.push_back(toAttribute(*parameters.zeroPoint, type));
  return success();
}
