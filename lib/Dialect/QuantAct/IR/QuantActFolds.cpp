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

std::optional<HostTensor> quant_act::getFoldable(Attribute attribute) {
  auto constant = dyn_cast_if_present<DenseElementsAttr>(attribute);
  if (!constant || constant.getNumElements() > maxFoldedElements)
    return std::nullopt;
  return toHostTensor(constant);
}

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

namespace {
/// The constant operands of a fake_quant over x of a known shape.
class FoldableOperands {
public:
  FoldableOperands(FakeQuantOp op, FakeQuantOp::FoldAdaptor adaptor,
                   ArrayRef<int64_t> shape)
      : op(op), shape(shape), scale(getFoldable(adaptor.getScale())),
        zeroPoint(getFoldable(adaptor.getZeroPoint())),
        bits(getFoldable(adaptor.getBits())),
        seed(getFoldable(adaptor.getSeed())) {}

  /// None if an operand is no constant or does not fit.
  std::optional<reference::FakeQuantOperands> get() {
    auto placedScale = place(scale, op.getGridAttr());
    if (!placedScale)
      return std::nullopt;
    reference::FakeQuantOperands operands{*placedScale, {}, {}, {}};
    if (op.getZeroPoint() && !(operands.zeroPoint = place(
                                   zeroPoint, op.getEffectiveZeroPointGrid())))
      return std::nullopt;
    if (op.getBits() && !(operands.bits = place(bits, op.getBitsGrid())))
      return std::nullopt;
    if (op.getSeed()) {
      if (!seed)
        return std::nullopt;
      operands.seed = seed->getInteger(0);
    }
    return operands;
  }

private:
  /// A mismatch along dimensions that the types leave dynamic stays in the IR,
  /// for the run-time verification to report.
  std::optional<reference::PlacedParameters>
  place(const std::optional<HostTensor> &values, GridAttr grid) const {
    auto reject = [] { return InFlightDiagnostic(); };
    if (!values || (grid && failed(grid.verifyTensor(reject, shape))) ||
        ArrayRef<int64_t>(getParameterShape(grid, shape)) != values->getShape())
      return std::nullopt;
    return reference::PlacedParameters{&*values,
                                       getParameterLayout(grid, shape)};
  }

  FakeQuantOp op;
  ArrayRef<int64_t> shape;
  std::optional<HostTensor> scale, zeroPoint, bits, seed;
};
} // namespace

OpFoldResult FakeQuantOp::fold(FoldAdaptor adaptor) {
  std::optional<HostTensor> x = getFoldable(adaptor.getX());
  if (!x)
    return {};
  FoldableOperands constants(*this, adaptor, x->getShape());
  auto operands = constants.get();
  if (!operands)
    return {};
  HostTensor y = reference::fakeQuant(
      getSpec(), *toElementType(getComputeType()), *x, *operands);
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
/// * codes are integers, round to nearest and have up to 16 bits, and
/// arithmetic is f32 or f64:
///   then fl(fl(q * s) / s) is within 2^-7 of q;
/// * the scale is known to be positive and normal;
/// * nothing is -0 afterwards, which the second op's `+ 0` would turn into +0:
///   there is no zero point, and the first op is a relu;
/// * the second activation keeps what is not negative, and nothing is negative:
///   no NaN or overflow became the lowest code of a signed format.
struct MergeRepeated : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<FakeQuantOp>();
    if (!inner || inner.getActivation() != Activation::Relu)
      return rewriter.notifyMatchFailure(op, "x is no quantized relu");
    if (op.getActivation() != Activation::Identity &&
        op.getActivation() != Activation::Relu)
      return rewriter.notifyMatchFailure(op, "applies another activation");
    if (op.getScale() != inner.getScale() || op.getZeroPoint() ||
        inner.getZeroPoint() || op.getFormat() != inner.getFormat() ||
        op.getGridAttr() != inner.getGridAttr() ||
        op.getRounding() != inner.getRounding() ||
        op.getNumerics() != inner.getNumerics())
      return rewriter.notifyMatchFailure(op, "x has other parameters");
    if (op.getRounding() > Rounding::HalfDown)
      return rewriter.notifyMatchFailure(op, "does not round to nearest");
    auto format = dyn_cast<IntFormatAttr>(op.getFormat());
    if (!format || format.getBits() == 0)
      return rewriter.notifyMatchFailure(op, "codes are not known integers");
    NumericsAttr numerics = op.getNumerics();
    if (format.getIsSigned() &&
        (numerics.getNan() == NanResult::Lowest ||
         numerics.getOverflow() == OverflowResult::Lowest ||
         numerics.getOneBit() == OneBit::Bipolar))
      return rewriter.notifyMatchFailure(op, "x may be negative");
    if (format.getBits() > 16 || op.getComputeType().getWidth() < 32 ||
        op.getX().getType().getElementType() != op.getComputeType() ||
        numerics.getDivision() != Division::Divide)
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
    Statistic statistic = op.getStatistic().getStatistic();
    if (*samples != 0 && getRanks(evaluator, statistic, n).front() < n)
      return rewriter.notifyMatchFailure(op, "selects a smaller value");
    rewriter.modifyOpInPlace(op, [&] {
      op.setStatisticAttr(
          StatisticAttr::get(op.getContext(), StatisticKind::AbsMax));
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
  std::optional<HostTensor> bits = getFoldable(adaptor.getBits());
  bool areStatic = llvm::all_of(getOperands(), [](Value operand) {
    return cast<RankedTensorType>(operand.getType()).hasStaticShape();
  });
  if (!threshold || (getLow() && !low) || (getBits() && !bits) || !areStatic)
    return failure();
  reference::QParams parameters = reference::chooseQParams(
      getSpec(), *threshold, low ? &*low : nullptr, bits ? &*bits : nullptr);
  Type type = getThreshold().getType().getElementType();
  results.push_back(toAttribute(parameters.scale, type));
  if (parameters.zeroPoint)
    results.push_back(toAttribute(*parameters.zeroPoint, type));
  return success();
}

//===----------------------------------------------------------------------===//
// init_parameter and learned_bits
//===----------------------------------------------------------------------===//

OpFoldResult InitParameterOp::fold(FoldAdaptor adaptor) {
  // Whose gradient the result has would be lost.
  if (getReplaced())
    return {};
  RestrictionKind restriction = getRestriction().getKind();
  if (restriction == RestrictionKind::Float)
    return getRunning();
  std::optional<HostTensor> running = getFoldable(adaptor.getRunning());
  if (!running || !getRunning().getType().hasStaticShape())
    return {};
  return toAttribute(reference::initializeParameter(restriction, *running),
                     getRunning().getType().getElementType());
}

OpFoldResult LearnedBitsOp::fold(FoldAdaptor adaptor) {
  std::optional<HostTensor> offset = getFoldable(adaptor.getOffset());
  if (!offset || !getOffset().getType().hasStaticShape())
    return {};
  return toAttribute(
      reference::learnedBits(getMinimum().convertToDouble(), *offset),
      getOffset().getType().getElementType());
}
