//===- DecomposeAct.cpp - A layer as the ops it stands for ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTDECOMPOSEACT
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

namespace {

/// A threshold and, for a zero point, a low end; or a scale and a zero point.
struct Pair {
  Value first;
  Value second;

  static Pair get(ValueRange values) {
    return {values.front(), values.size() == 2 ? values.back() : Value()};
  }

  void appendTo(SmallVectorImpl<Value> &values) const {
    values.push_back(first);
    if (second)
      values.push_back(second);
  }
};

/// max_average: the mean of the channels' largest magnitudes.
Value buildMaxAverage(OpBuilder &builder, Location loc, Value x,
                      StatisticAttr statistic, ActivationAttr activation,
                      RankedTensorType type) {
  MLIRContext *context = builder.getContext();
  GridAttr channels = statistic.getGrid();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(x.getType()).getShape();
  auto largest = StatsOp::create(
      builder, loc,
      RankedTensorType::get(channels.getParameterShape(shape),
                            type.getElementType()),
      Type(), x, StatisticAttr::get(context, StatisticKind::AbsMax), channels,
      activation);
  return StatsOp::create(builder, loc, type, Type(), largest.getThreshold(),
                         StatisticAttr::get(context, StatisticKind::Mean),
                         GridAttr(),
                         ActivationAttr::get(context, Activation::Identity))
      .getThreshold();
}

/// Builds the parts of one layer.
class Decomposition {
public:
  Decomposition(ActOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()) {}

  /// The values that replace the layer's results.
  SmallVector<Value> build() {
    SmallVector<Value> results, state;
    switch (op.getPhase()) {
    case Phase::Collect:
    case Phase::Calibrate: {
      Pair batch = buildStats();
      appendOutput(op.quantizes() ? chooseCollected(batch) : Pair(), results);
      observe(batch, state);
      break;
    }
    case Phase::Train:
      appendOutput(buildTraining(state), results);
      break;
    case Phase::Learn:
    case Phase::Evaluate:
    case Phase::EvaluateLearned:
      appendOutput(chooseParameters(getThresholds(), getRule()), results);
      break;
    }
    llvm::append_range(results, state);
    if (op.getCalls())
      results.push_back(buildNextCalls());
    return results;
  }

private:
  /// The threshold and low end that a phase without statistics starts from.
  Pair getThresholds() {
    ValueRange running = op.getRunning();
    return Pair::get(running.empty() ? op.getLearned() : running);
  }

  /// What the threshold of a phase that gathers no statistic is.
  ScaleRule getRule() {
    switch (op.getScaling()) {
    case Scaling::Stats:
      return ScaleRule::Statistics;
    case Scaling::Parameter:
    case Scaling::Const:
      return op.getSignedScale() ? ScaleRule::Training : ScaleRule::Parameter;
    case Scaling::ParameterFromStats:
      break;
    }
    if (op.getPhase() == Phase::Evaluate)
      return ScaleRule::Running;
    return op.getPhase() == Phase::EvaluateLearned ? ScaleRule::Learned
                                                   : ScaleRule::Training;
  }

  Pair chooseParameters(Pair range, ScaleRule rule) {
    // The seed is for x.
    RoundingAttr rounding = op.getRoundingAttr();
    if (rounding.getValue() == Rounding::Stochastic)
      rounding = RoundingAttr::get(op.getContext(), Rounding::HalfEven);
    auto chosen = ChooseQParamsOp::create(
        builder, loc, range.first, range.second, op.getBits(), op.getFormat(),
        ScaleRuleAttr::get(op.getContext(), rule), op.getRestrictionAttr(),
        op.getMinimumAttr(), rounding, op.getFractionalAttr(),
        op.getFullRangeAttr());
    return {chosen.getScale(), chosen.getZeroPoint()};
  }

  //===--------------------------------------------------------------------===//
  // Statistics
  //===--------------------------------------------------------------------===//

  Pair chooseCollected(Pair batch) {
    return chooseParameters(batch, op.getScaling() == Scaling::Stats
                                       ? ScaleRule::Statistics
                                       : ScaleRule::Collect);
  }

  Pair buildStats() {
    Type type = op.getParameterType();
    if (op.getStatisticAttr().getKind() == StatisticKind::Mse)
      return {SearchThresholdOp::create(
                  builder, loc, type, op.getX(), op.getFormat(),
                  op.getGridAttr(), op.getActivationAttr(),
                  op.getRoundingAttr(), op.getNumericsAttr(),
                  op.getRestrictionAttr(), op.getMinimumAttr()),
              Value()};
    if (op.getStatisticAttr().getGrid())
      return {buildMaxAverage(builder, loc, op.getX(), op.getStatisticAttr(),
                              op.getActivationAttr(),
                              cast<RankedTensorType>(type)),
              Value()};
    auto stats = StatsOp::create(
        builder, loc, type, op.hasZeroPoint() ? type : Type(), op.getX(),
        op.getStatisticAttr(), op.getGridAttr(), op.getActivationAttr());
    return {stats.getThreshold(), stats.getLow()};
  }

  /// The running statistics and the count after this batch. A layer whose
  /// statistics become a parameter keeps them above the minimum.
  void observe(Pair batch, SmallVectorImpl<Value> &state) {
    FloatAttr minimum;
    if (op.getScaling() == Scaling::ParameterFromStats)
      minimum = op.getMinimumAttr();
    Pair running = Pair::get(op.getRunning());
    auto threshold = ObserveOp::create(
        builder, loc, batch.first, running.first, op.getCount(),
        /*additive=*/UnitAttr(), op.getMomentumAttr(), minimum);
    state.push_back(threshold.getNewRunning());
    if (running.second)
      state.push_back(
          ObserveOp::create(builder, loc, batch.second, running.second,
                            op.getCount(), builder.getUnitAttr(),
                            op.getMomentumAttr(), /*minimum=*/FloatAttr())
              .getNewRunning());
    state.push_back(threshold.getNewCount());
  }

  //===--------------------------------------------------------------------===//
  // Training: collecting, then learning
  //===--------------------------------------------------------------------===//

  /// An scf.if with both branches built by functions that tell what to yield.
  template <typename Then, typename Else>
  scf::IfOp buildIf(Value condition, Then buildThen, Else buildElse) {
    auto yieldWhat = [&](auto build) {
      return [this, build](OpBuilder &, Location) {
        scf::YieldOp::create(builder, loc, build());
      };
    };
    return scf::IfOp::create(builder, loc, condition, yieldWhat(buildThen),
                             yieldWhat(buildElse));
  }

  /// Compares a count or the calls with a number.
  Value compare(Value counter, arith::CmpIPredicate predicate, int64_t with) {
    Value number = tensor::ExtractOp::create(builder, loc, counter);
    Value other = arith::ConstantIntOp::create(builder, loc, with, 64);
    return arith::CmpIOp::create(builder, loc, predicate, number, other);
  }

  /// Both branches yield the parameters, then the new state; y is left outside,
  /// so that it is computed into its destination.
  Pair buildTraining(SmallVectorImpl<Value> &state) {
    Value isCollecting =
        compare(op.getCount(), arith::CmpIPredicate::slt, *op.getSteps());
    auto branches = buildIf(
        isCollecting, [&] { return buildCollectingStep(); },
        [&] { return buildLearningStep(); });
    size_t numParameters = op.getRunning().size();
    llvm::append_range(state, branches.getResults().drop_front(numParameters));
    return Pair::get(branches.getResults().take_front(numParameters));
  }

  SmallVector<Value> buildCollectingStep() {
    SmallVector<Value> results, state;
    Pair batch = buildStats();
    chooseCollected(batch).appendTo(results);
    observe(batch, state);
    Value count = state.pop_back_val();
    llvm::append_range(results, state);
    llvm::append_range(results, op.getLearned());
    results.push_back(count);
    return results;
  }

  SmallVector<Value> buildLearningStep() {
    Value isFirst =
        compare(op.getCount(), arith::CmpIPredicate::eq, *op.getSteps());
    auto branches = buildIf(
        isFirst, [&] { return buildInitialParameters(); },
        [&] {
          SmallVector<Value> values(op.getLearned());
          values.push_back(op.getCount());
          return values;
        });
    SmallVector<Value> results;
    chooseParameters(Pair::get(branches.getResults().drop_back()),
                     ScaleRule::Training)
        .appendTo(results);
    llvm::append_range(results, op.getRunning());
    llvm::append_range(results, branches.getResults());
    return results;
  }

  /// What is learned from the running statistics on, and the count that says
  /// so.
  SmallVector<Value> buildInitialParameters() {
    Pair running = Pair::get(op.getRunning());
    Pair learned = Pair::get(op.getLearned());
    SmallVector<Value> values{InitParameterOp::create(
        builder, loc, running.first, learned.first, op.getRestrictionAttr())};
    if (running.second)
      values.push_back(InitParameterOp::create(
          builder, loc, running.second, learned.second,
          RestrictionAttr::get(op.getContext(), RestrictionKind::Float,
                               Rounding::HalfEven)));
    values.push_back(buildCounter(static_cast<int64_t>(*op.getSteps()) + 1));
    return values;
  }

  /// tensor<i64> of a number.
  Value buildCounter(int64_t number) {
    auto type = RankedTensorType::get({}, builder.getI64Type());
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, number));
  }

  //===--------------------------------------------------------------------===//
  // Output
  //===--------------------------------------------------------------------===//

  Value buildActivation() {
    return ActivateOp::create(builder, loc, op.getX(), op.getActivationAttr());
  }

  Value buildQuantized(Pair parameters) {
    return FakeQuantOp::create(
        builder, loc, op.getX(), parameters.first, parameters.second,
        op.getBits(), op.getSeed(), op.getFormat(), op.getGridAttr(),
        /*zero_point_grid=*/GridAttr(), op.getActivationAttr(),
        op.getRoundingAttr(), op.getNumericsAttr());
  }

  /// y and the parameters that it is quantized with, if the phase quantizes.
  void appendOutput(Pair parameters, SmallVectorImpl<Value> &results) {
    if (!parameters.first) {
      results.push_back(buildActivation());
      return;
    }
    results.push_back(buildOutput(parameters));
    parameters.appendTo(results);
  }

  Value buildOutput(Pair parameters) {
    if (!op.getCalls())
      return buildQuantized(parameters);
    Value isDelayed =
        compare(op.getCalls(), arith::CmpIPredicate::slt, *op.getDelay());
    auto branches = buildIf(
        isDelayed, [&] { return buildActivation(); },
        [&] { return buildQuantized(parameters); });
    return branches.getResult(0);
  }

  Value buildNextCalls() {
    return arith::AddIOp::create(builder, loc, op.getCalls(), buildCounter(1));
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

struct SplitMaxAverage : public OpRewritePattern<StatsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsOp op,
                                PatternRewriter &rewriter) const override {
    StatisticAttr statistic = op.getStatistic();
    if (!statistic.getGrid())
      return rewriter.notifyMatchFailure(op, "is one statistic");
    rewriter.replaceOp(op, buildMaxAverage(rewriter, op.getLoc(), op.getX(),
                                           statistic, op.getActivationAttr(),
                                           op.getThreshold().getType()));
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
  patterns.add<DecomposeAct, SplitMaxAverage>(patterns.getContext());
}
