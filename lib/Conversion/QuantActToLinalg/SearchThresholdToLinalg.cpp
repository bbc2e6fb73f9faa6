//===- SearchThresholdToLinalg.cpp - The least squared error as a loop ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A loop over the candidates. Its body is made of this dialect's ops, which the
// other patterns lower, and of a reduction that sums squared errors.
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/Statistics.h"
#include "Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// Lowers one search_threshold op.
class SearchLowering {
public:
  SearchLowering(SearchThresholdOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()), grid(op.getGridAttr()),
        view(op.getX().getType(), grid, SharedDims::Merge),
        xType(cast<FloatType>(op.getX().getType().getElementType())),
        thresholdType(
            cast<FloatType>(op.getThreshold().getType().getElementType())) {}

  Value build() {
    a = ActivateOp::create(builder, loc, op.getX(), op.getActivationAttr());
    Value base = scaleBy(buildLargest(), /*divides=*/true,
                         buildNumber(builder, numSearchSteps));
    Value errors = fillErrors(base);
    Value first = arith::ConstantIndexOp::create(builder, loc, 2);
    Value end =
        arith::ConstantIndexOp::create(builder, loc, numSearchSteps + 1);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    auto loop = scf::ForOp::create(builder, loc, first, end, one,
                                   ValueRange{base, errors});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value step = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                            loop.getInductionVar());
    Value number =
        arith::SIToFPOp::create(builder, loc, builder.getF64Type(), step);
    Value candidates = scaleBy(base, /*divides=*/false, number);
    SmallVector<Value> best(loop.getRegionIterArgs());
    scf::YieldOp::create(builder, loc,
                         selectBetter(candidates, sumErrors(candidates), best));
    return loop.getResult(0);
  }

private:
  Value buildNumber(OpBuilder &nested, double number) {
    return arith::ConstantOp::create(nested, loc,
                                     nested.getF64FloatAttr(number));
  }

  Value buildLargest() {
    return StatsOp::create(
               builder, loc, op.getThreshold().getType(), Type(), a,
               StatisticAttr::get(op.getContext(), StatisticKind::AbsMax), grid,
               ActivationAttr::get(op.getContext(), Activation::Identity))
        .getThreshold();
  }

  /// Thresholds times a number, or divided by it.
  Value scaleBy(Value thresholds, bool divides, Value number) {
    return buildElementwise(
               builder, loc, thresholds, Type(thresholdType),
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 Emitter emitter(nested, loc, thresholdType);
                 Value threshold = emitter.load(arguments[0]);
                 Value factor = emitter.load(number);
                 Value scaled = divides ? emitter.div(threshold, factor)
                                        : emitter.mul(threshold, factor);
                 return SmallVector<Value>{
                     emitter.store(scaled, thresholdType)};
               })
        .getResult(0);
  }

  /// An error of infinity for each threshold.
  Value fillErrors(Value thresholds) {
    FloatType f64 = builder.getF64Type();
    Value infinity = arith::ConstantOp::create(
        builder, loc,
        builder.getFloatAttr(f64, APFloat::getInf(f64.getFloatSemantics())));
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, thresholds), f64);
    return linalg::FillOp::create(builder, loc, infinity, empty).getResult(0);
  }

  Value quantizeWith(Value candidates) {
    MLIRContext *context = op.getContext();
    auto parameters = ChooseQParamsOp::create(
        builder, loc, candidates, /*low=*/Value(), /*bits=*/Value(),
        op.getFormat(), ScaleRuleAttr::get(context, op.getQParamsSpec().rule),
        op.getRestrictionAttr(), op.getMinimumAttr(),
        RoundingAttr::get(context, Rounding::HalfEven),
        /*fractional=*/UnitAttr(), /*full_range=*/UnitAttr());
    return FakeQuantOp::create(
               builder, loc, a, parameters.getScale(), /*zero_point=*/Value(),
               /*bits=*/Value(), /*seed=*/Value(), op.getFormat(), grid,
               /*zero_point_grid=*/GridAttr(), op.getActivationAttr(),
               op.getRoundingAttr(), op.getNumericsAttr())
        .getY();
  }

  /// The squared error of each channel, in f64.
  Value sumErrors(Value candidates) {
    Value y = quantizeWith(candidates);
    SmallVector<Value> inputs{view.split(builder, loc, a),
                              view.split(builder, loc, y)};
    AffineMap elements = builder.getMultiDimIdentityMap(view.getRank());
    auto squaredError = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter values(nested, loc, xType);
      Value error =
          values.sub(values.load(arguments[0]), values.load(arguments[1]));
      return SmallVector<Value>{values.mul(error, error)};
    };
    Value sums = buildSums(builder, loc, view, inputs, {elements, elements},
                           grid, /*numSums=*/1, squaredError)
                     .front();
    return view.joinParameters(
        builder, loc, sums, grid,
        op.getThreshold().getType().clone(builder.getF64Type()));
  }

  /// The better ones of the candidates and the best so far, with their errors.
  SmallVector<Value> selectBetter(Value candidates, Value errors,
                                  ArrayRef<Value> best) {
    FloatType f64 = builder.getF64Type();
    auto generic = buildElementwise(
        builder, loc, {candidates, errors, best[0], best[1]},
        {thresholdType, f64},
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          Emitter emitter(nested, loc, f64);
          Improvement<Emitter> improvement =
              improve(emitter, arguments[1], arguments[3]);
          return SmallVector<Value>{
              emitter.select(improvement.isLess, arguments[0], arguments[2]),
              improvement.leastError};
        });
    return llvm::to_vector_of<Value>(generic.getResults());
  }

  SearchThresholdOp op;
  OpBuilder &builder;
  Location loc;
  GridAttr grid;
  BlockView view;
  FloatType xType;
  FloatType thresholdType;
  Value a;
};

struct LowerSearchThreshold : public OpRewritePattern<SearchThresholdOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SearchThresholdOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, SearchLowering(op, rewriter).build());
    return success();
  }
};

} // namespace

void quant_act::populateSearchThresholdToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<LowerSearchThreshold>(patterns.getContext());
}
