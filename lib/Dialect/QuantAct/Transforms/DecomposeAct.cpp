//===- DecomposeAct.cpp - A layer as the ops it stands for ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTDECOMPOSEACT
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

namespace {

/// A threshold and, for an interval, a low end.
struct Range {
  Value threshold;
  Value low;
};

/// Builds the parts of one layer.
class Decomposition {
public:
  Decomposition(ActOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()) {}

  /// The values that replace the layer's results.
  SmallVector<Value> build() {
    SmallVector<Value> results;
    Range running{op.getRunningThreshold(), op.getRunningLow()};
    Range batch = op.updatesState() ? buildStats() : running;
    if (op.quantizes())
      appendQuantized(batch, results);
    else
      results.push_back(
          ActivateOp::create(builder, loc, op.getX(), op.getActivationAttr()));
    if (op.updatesState())
      appendUpdatedState(batch, running, results);
    return results;
  }

private:
  Range buildStats() {
    Type type = op.getRunningThreshold().getType();
    if (op.getStatistic().getKind() == StatisticKind::Mse)
      return {SearchThresholdOp::create(
                  builder, loc, type, op.getX(), op.getFormat(),
                  op.getGridAttr(), op.getActivationAttr(),
                  op.getRoundingAttr(), op.getNumericsAttr(),
                  op.getRestrictionAttr(), op.getMinimumAttr()),
              Value()};
    auto stats = StatsOp::create(
        builder, loc, type, op.getRunningLow() ? type : Type(), op.getX(),
        op.getStatisticAttr(), op.getGridAttr(), op.getActivationAttr());
    return {stats.getThreshold(), stats.getLow()};
  }

  ScaleRule getRule() {
    if (op.getScaling() == Scaling::Stats)
      return ScaleRule::Statistics;
    switch (op.getPhase()) {
    case Phase::Collect:
    case Phase::Calibrate:
      return ScaleRule::Collect;
    case Phase::Evaluate:
      return ScaleRule::Running;
    case Phase::EvaluateLearned:
      return ScaleRule::Learned;
    }
    llvm_unreachable("covered switch");
  }

  /// y, the scale and the zero point.
  void appendQuantized(Range range, SmallVectorImpl<Value> &results) {
    auto parameters = ChooseQParamsOp::create(
        builder, loc, range.threshold, range.low, /*bits=*/Value(),
        op.getFormat(), ScaleRuleAttr::get(op.getContext(), getRule()),
        op.getRestrictionAttr(), op.getMinimumAttr(), op.getRoundingAttr(),
        op.getFractionalAttr());
    auto quantized = FakeQuantOp::create(
        builder, loc, op.getX(), parameters.getScale(),
        parameters.getZeroPoint(), /*bits=*/Value(), /*seed=*/Value(),
        op.getFormat(), op.getGridAttr(),
        /*zero_point_grid=*/GridAttr(), op.getActivationAttr(),
        op.getRoundingAttr(), op.getNumericsAttr());
    results.push_back(quantized.getY());
    llvm::append_range(results, parameters->getResults());
  }

  /// The running statistics and the count after this batch. A layer whose
  /// statistics become a parameter keeps them above the minimum.
  void appendUpdatedState(Range batch, Range running,
                          SmallVectorImpl<Value> &results) {
    FloatAttr minimum;
    if (op.getScaling() == Scaling::ParameterFromStats)
      minimum = op.getMinimumAttr();
    auto threshold =
        ObserveOp::create(builder, loc, batch.threshold, running.threshold,
                          op.getCount(), op.getMomentumAttr(), minimum);
    results.push_back(threshold.getNewRunning());
    if (running.low)
      results.push_back(ObserveOp::create(builder, loc, batch.low, running.low,
                                          op.getCount(), op.getMomentumAttr(),
                                          /*minimum=*/FloatAttr())
                            .getNewRunning());
    results.push_back(threshold.getNewCount());
  }

  ActOp op;
  OpBuilder &builder;
  Location loc;
};

struct DecomposeAct : public OpRewritePattern<ActOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, Decomposition(op, rewriter).build());
    return success();
  }
};

struct QuantActDecomposeAct
    : public quant_act::impl::QuantActDecomposeActBase<QuantActDecomposeAct> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateDecomposeActPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

void quant_act::populateDecomposeActPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeAct>(patterns.getContext());
}
