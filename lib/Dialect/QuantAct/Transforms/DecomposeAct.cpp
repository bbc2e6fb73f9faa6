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
/// What there is none of is null.
struct Pair {
  Value first;
  Value second;

  /// These values, and those of the other where there are none.
  Pair completedBy(const Pair &other) const {
    return {first ? first : other.first, second ? second : other.second};
  }

  /// These values where the other has one, too.
  Pair wherePresent(const Pair &other) const {
    return {other.first ? first : Value(), other.second ? second : Value()};
  }

  void appendTo(SmallVectorImpl<Value> &values) const {
    for (Value value : {first, second})
      if (value)
        values.push_back(value);
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
    if (op.getPhase() == Phase::Train)
      appendOutput(buildTraining(state), results);
    else if (op.updatesStatistics())
      buildUpdate(results, state);
    else if (getRunning().first || getRunning().second)
      appendOutput(chooseEvaluated(), results);
    else
      appendOutput(chooseParameters(getLearned(), getLearnedRule()), results);
    llvm::append_range(results, state);
    if (op.getCalls())
      results.push_back(buildNextCalls());
    return results;
  }

private:
  Pair getRunning() {
    return {op.getPart(StatePart::RunningThreshold),
            op.getPart(StatePart::RunningLow)};
  }

  /// What is given, and in the phases that learn the rest.
  Pair getLearned() {
    return {op.getPart(StatePart::LearnedThreshold),
            op.getPart(StatePart::LearnedLow)};
  }

  //===--------------------------------------------------------------------===//
  // Parameters
  //===--------------------------------------------------------------------===//

  /// What a threshold is that is learned, or given, or running while a low end
  /// is learned.
  ScaleRule getLearnedRule() {
    if (op.isThresholdRunning())
      return ScaleRule::Statistics;
    if (op.isThresholdGiven())
      return op.getSignedScale() ? ScaleRule::Training : ScaleRule::Parameter;
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

  /// The parameters of a batch's statistics and of what is given.
  Pair chooseCollected(Pair batch) {
    ScaleRule rule = ScaleRule::Collect;
    if (op.isThresholdGiven() || op.isThresholdRunning())
      rule = getLearnedRule();
    return chooseParameters(batch.completedBy(getLearned()), rule);
  }

  /// The parameters of running statistics and of what is given. Beside given
  /// values, which gradients reach, running ones stand as the parameters that
  /// they would start, which are detached.
  Pair chooseEvaluated() {
    Pair running = getRunning(), given = getLearned();
    if (op.isThresholdGiven()) {
      if (running.second)
        running.second = buildInitialLow(running.second, Value());
      return chooseParameters(running.completedBy(given), getLearnedRule());
    }
    ScaleRule rule = ScaleRule::Running;
    if (op.isThresholdRunning()) {
      rule = ScaleRule::Statistics;
    } else if (given.second) {
      running.first = buildInitialThreshold(running.first, Value());
      rule = ScaleRule::Learned;
    }
    return chooseParameters(running.completedBy(given), rule);
  }

  Value buildInitialThreshold(Value running, Value replaced) {
    return InitParameterOp::create(builder, loc, running, replaced,
                                   op.getRestrictionAttr());
  }

  Value buildInitialLow(Value running, Value replaced) {
    return InitParameterOp::create(builder, loc, running, replaced,
                                   RestrictionAttr::get(op.getContext(),
                                                        RestrictionKind::Float,
                                                        Rounding::HalfEven));
  }

  //===--------------------------------------------------------------------===//
  // Statistics
  //===--------------------------------------------------------------------===//

  /// The statistics of this batch beside the running ones that are given.
  Pair buildStats(Pair running) {
    StatisticAttr lowFrom = op.getLowFromAttr();
    if (!lowFrom)
      return buildStats(op.getStatisticAttr(), running);
    Pair batch = buildStats(op.getStatisticAttr(), {running.first, Value()});
    if (running.second)
      batch.second = buildStats(lowFrom, running).second;
    return batch;
  }

  Pair buildStats(StatisticAttr statistic, Pair running) {
    Type type = op.getParameterType();
    if (statistic.getKind() == StatisticKind::Mse)
      return {SearchThresholdOp::create(
                  builder, loc, type, op.getX(), op.getFormat(),
                  op.getGridAttr(), op.getActivationAttr(),
                  op.getRoundingAttr(), op.getNumericsAttr(),
                  op.getRestrictionAttr(), op.getMinimumAttr()),
              Value()};
    if (statistic.getGrid())
      return {buildMaxAverage(builder, loc, op.getX(), statistic,
                              op.getActivationAttr(),
                              cast<RankedTensorType>(type)),
              Value()};
    auto stats = StatsOp::create(
        builder, loc, type, running.second ? type : Type(), op.getX(),
        statistic, op.getGridAttr(), op.getActivationAttr());
    return Pair{stats.getThreshold(), stats.getLow()}.wherePresent(running);
  }

  FloatAttr getLowMomentum() {
    if (op.getLowAverage())
      return FloatAttr();
    FloatAttr own = op.getLowMomentumAttr();
    return own ? own : op.getMomentumAttr();
  }

  /// Running statistics, and how many batches they are of.
  struct Gathered {
    Pair running;
    Value count;
  };

  /// The running statistics and the count after this batch; those that it has
  /// nothing for stay. A layer whose statistics become a parameter keeps its
  /// threshold above the minimum.
  Gathered observe(Pair batch) {
    FloatAttr minimum;
    if (op.getScaling() == Scaling::ParameterFromStats)
      minimum = op.getMinimumAttr();
    Gathered gathered{getRunning(), Value()};
    auto update = [&](Value batch, Value &running, UnitAttr additive,
                      FloatAttr momentum, FloatAttr minimum) {
      if (!batch)
        return;
      auto observed =
          ObserveOp::create(builder, loc, batch, running, op.getCount(),
                            additive, momentum, minimum);
      running = observed.getNewRunning();
      if (!gathered.count)
        gathered.count = observed.getNewCount();
    };
    update(batch.first, gathered.running.first, UnitAttr(),
           op.getMomentumAttr(), minimum);
    update(batch.second, gathered.running.second, builder.getUnitAttr(),
           getLowMomentum(), FloatAttr());
    return gathered;
  }

  /// A phase that gathers statistics, and does not begin to learn.
  void buildUpdate(SmallVectorImpl<Value> &results,
                   SmallVectorImpl<Value> &state) {
    Pair batch = buildStats(getRunning());
    appendOutput(op.quantizes() ? chooseCollected(batch) : Pair(), results);
    Gathered gathered = observe(batch);
    gathered.running.appendTo(state);
    state.push_back(gathered.count);
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
    ValueRange results = branches.getResults();
    if (!op.hasZeroPoint()) {
      llvm::append_range(state, results.drop_front());
      return {results.front(), Value()};
    }
    llvm::append_range(state, results.drop_front(2));
    return {results[0], results[1]};
  }

  /// The learned values that start from running ones.
  Pair getStarted() { return getLearned().wherePresent(getRunning()); }

  SmallVector<Value> buildCollectingStep() {
    SmallVector<Value> results;
    Pair batch = buildStats(getRunning());
    chooseCollected(batch).appendTo(results);
    Gathered gathered = observe(batch);
    gathered.running.appendTo(results);
    getStarted().appendTo(results);
    results.push_back(gathered.count);
    return results;
  }

  SmallVector<Value> buildLearningStep() {
    Value isFirst =
        compare(op.getCount(), arith::CmpIPredicate::eq, *op.getSteps());
    auto branches = buildIf(
        isFirst, [&] { return buildInitialParameters(); },
        [&] {
          SmallVector<Value> values;
          getStarted().appendTo(values);
          values.push_back(op.getCount());
          return values;
        });
    ValueRange values = branches.getResults();
    Pair started = getStarted();
    if (started.first)
      started.first = values.front();
    if (started.second)
      started.second = values.drop_back().back();
    Pair batch;
    Gathered gathered{getRunning(), values.back()};
    if (op.isThresholdRunning()) {
      batch = buildStats({getRunning().first, Value()});
      gathered = observe(batch);
    }
    SmallVector<Value> results;
    chooseParameters(batch.completedBy(started).completedBy(getLearned()),
                     getLearnedRule())
        .appendTo(results);
    gathered.running.appendTo(results);
    started.appendTo(results);
    results.push_back(gathered.count);
    return results;
  }

  /// What is learned from the running statistics on, and the count that says
  /// so.
  SmallVector<Value> buildInitialParameters() {
    Pair running = getRunning(), learned = getLearned();
    Pair initial;
    if (running.first && learned.first)
      initial.first = buildInitialThreshold(running.first, learned.first);
    if (running.second)
      initial.second = buildInitialLow(running.second, learned.second);
    SmallVector<Value> values;
    initial.appendTo(values);
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
