//===- GradientsToLinalg.cpp - Gradients as elements and sums -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of x is computed for each element by itself; those of parameters
// are sums of the elements' contributions. Contributions are recomputed for
// each grid that they are summed to, which needs no memory: what ops over the
// same elements have in common is merged later.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "QuantizerOperands.h"
#include "Reductions.h"

#include "QuantAct/Numerics/Gradients.h"
#include "QuantAct/Numerics/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Building blocks
//===----------------------------------------------------------------------===//

/// The tensor with its elements converted.
Value quant_act::convertElements(OpBuilder &builder, Location loc, Value tensor,
                                 FloatType type) {
  if (getFloatElementType(tensor) == type)
    return tensor;
  return buildElementwise(
             builder, loc, tensor, Type(type),
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               return SmallVector<Value>{
                   convertFloat(nested, loc, arguments[0], type)};
             })
      .getResult(0);
}

namespace {

//===----------------------------------------------------------------------===//
// fake_quant_grad
//===----------------------------------------------------------------------===//

class FakeQuantGradLowering {
public:
  FakeQuantGradLowering(FakeQuantGradOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()),
        parts(QuantizerParts::get(op)), operands(parts, builder, loc),
        g(operands.addElements(builder, loc, op.getG())),
        summed(parts, builder, loc, SharedDims::Merge) {
    summed.addElements(builder, loc, op.getG());
  }

  SmallVector<Value> build() {
    sums.resize(op->getNumResults());
    SmallVector<Sum> wanted{{1, parts.grid}};
    if (parts.zeroPoint)
      wanted.push_back({2, parts.zeroPointGrid});
    if (parts.bits)
      wanted.push_back({op->getNumResults() - 1, parts.bitsGrid});
    // Gradients on one grid are summed together.
    while (!wanted.empty()) {
      GridAttr grid = wanted.front().grid;
      auto rest = std::stable_partition(
          wanted.begin(), wanted.end(),
          [&](const Sum &sum) { return sum.grid == grid; });
      addSums(grid, ArrayRef<Sum>(wanted.begin(), rest));
      wanted.erase(wanted.begin(), rest);
    }
    SmallVector<Value> results{buildElements(), buildScale()};
    if (parts.zeroPoint)
      results.push_back(finish(2, parts.zeroPointGrid));
    if (parts.bits)
      results.push_back(finish(results.size(), parts.bitsGrid));
    return results;
  }

private:
  /// A result that is a sum on a grid.
  struct Sum {
    unsigned result;
    GridAttr grid;
  };

  Contributions<Emitter> buildContributions(const QuantizerOperands &operands,
                                            OpBuilder &nested, Emitter &emitter,
                                            ValueRange arguments) {
    return fakeQuantGradient(
        emitter, op.getSpec(), op.getGradientSpec(), emitter.load(arguments[g]),
        emitter.load(operands.getX(arguments)),
        operands.buildParameters(nested, emitter, arguments));
  }

  Value getContribution(const Contributions<Emitter> &all, unsigned result) {
    if (result == 1)
      return all.scale;
    return result == 2 && parts.zeroPoint ? *all.zeroPoint : *all.bits;
  }

  Value buildElements() {
    FloatType type = getFloatElementType(op.getX());
    SmallVector<AffineMap> maps(operands.getMaps());
    maps.push_back(operands.getElementMap());
    Value init = tensor::EmptyOp::create(
        builder, loc, operands.getElementExtents(builder, loc), type);
    auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter emitter(nested, loc, op.getComputeType());
      Value x = buildContributions(operands, nested, emitter, arguments).x;
      return SmallVector<Value>{emitter.store(x, type)};
    };
    Value dx = buildParallelGeneric(builder, loc, operands.getTensors(), init,
                                    maps, body)
                   .getResult(0);
    return operands.getView().join(builder, loc, dx, op.getDx().getType());
  }

  void addSums(GridAttr grid, ArrayRef<Sum> wanted) {
    auto terms = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter emitter(nested, loc, op.getComputeType());
      Contributions<Emitter> all =
          buildContributions(summed, nested, emitter, arguments);
      return llvm::map_to_vector(wanted, [&](const Sum &sum) {
        return getContribution(all, sum.result);
      });
    };
    SmallVector<Value> results =
        buildSums(builder, loc, summed.getView(), summed.getTensors(),
                  summed.getMaps(), grid, wanted.size(), terms);
    for (auto [sum, result] : llvm::zip(wanted, results))
      sums[sum.result] = result;
  }

  Value join(Value parameters, unsigned result, GridAttr grid) {
    auto type = cast<RankedTensorType>(op->getResult(result).getType());
    Value joined =
        operands.getView().joinParameters(builder, loc, parameters, grid, type);
    // The result's type may know less about its extents than x tells.
    if (joined.getType() == type)
      return joined;
    return tensor::CastOp::create(builder, loc, type, joined);
  }

  Value finish(unsigned result, GridAttr grid) {
    FloatType type = getFloatElementType(op->getResult(result));
    return join(convertElements(builder, loc, sums[result], type), result,
                grid);
  }

  Value buildScale() {
    FloatType type = getFloatElementType(op.getScale());
    const BlockView &view = operands.getView();
    AffineMap map = view.getParameterMap(op.getContext(), parts.grid);
    Value n = indexToF64(
        builder, loc,
        buildSampleCount(builder, loc, operands.getTensors().front(), map));
    SmallVector<Value> inputs{
        sums[1], view.splitParameters(builder, loc, parts.scale, parts.grid)};
    if (parts.bits)
      inputs.push_back(
          view.splitParameters(builder, loc, parts.bits, parts.bitsGrid));
    auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter emitter(nested, loc, nested.getF64Type());
      std::optional<Value> bits;
      if (parts.bits)
        bits = emitter.load(arguments[2]);
      Value scale = loadNumber(nested, loc, emitter, arguments[1]);
      Value gradient = finishScaleGradient(emitter, op.getFormat().getFormat(),
                                           op.getGradientSpec(), arguments[0],
                                           n, scale, bits);
      return SmallVector<Value>{emitter.store(gradient, type)};
    };
    Value scale =
        buildElementwise(builder, loc, inputs, Type(type), body).getResult(0);
    return join(scale, 1, parts.grid);
  }

  FakeQuantGradOp op;
  OpBuilder &builder;
  Location loc;
  QuantizerParts parts;
  QuantizerOperands operands;
  /// The index of g among the operands.
  unsigned g;
  /// The same operands, as what is summed sees them.
  QuantizerOperands summed;
  /// By result.
  SmallVector<Value> sums;
};

struct LowerFakeQuantGrad : public OpRewritePattern<FakeQuantGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, FakeQuantGradLowering(op, rewriter).build());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// stats_grad
//===----------------------------------------------------------------------===//

/// Lowers one stats_grad op. Where the statistic selects values, finds the
/// position of each channel's selected values and gives their elements the
/// gradients; moments give every element its share.
class StatsGradLowering {
public:
  StatsGradLowering(StatsGradOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()), grid(op.getGridAttr()),
        view(op.getX().getType(), grid), xType(getFloatElementType(op.getX())),
        type(getFloatElementType(op.getDthreshold())),
        statistic(op.getStatistic().getStatistic()),
        definition(getDefinition(statistic.kind)),
        x(view.split(builder, loc, op.getX())),
        elementMap(builder.getMultiDimIdentityMap(view.getRank())),
        channelMap(view.getParameterMap(op.getContext(), grid)),
        position(builder, loc, x) {}

  Value build() {
    Value gradients =
        definition.isOfMoments() ? buildShares() : buildSelected();
    return view.join(builder, loc, gradients, op.getType());
  }

private:
  Value splitChannels(Value gradients) {
    return view.splitParameters(builder, loc, gradients, grid);
  }

  /// The element after the activation, in the gradients' type.
  Value activated(OpBuilder &nested, Emitter &emitter, Value element) {
    Emitter own(nested, loc, xType);
    return emitter.load(
        own.store(activate(own, op.getActivation(), own.load(element)), xType));
  }

  /// x's gradient from x and `channels`, elements of channels. `gradient` makes
  /// that of an activated value.
  Value buildElements(
      ArrayRef<Value> channels,
      function_ref<Value(OpBuilder &, Emitter &, Value, ValueRange)> gradient) {
    SmallVector<Value> operands{x};
    llvm::append_range(operands, channels);
    SmallVector<AffineMap> maps(operands.size() + 1, channelMap);
    maps.front() = maps.back() = elementMap;
    Value init = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, x), xType);
    auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      Value a = activated(nested, emitter, arguments[0]);
      Value own =
          gradient(nested, emitter, a, arguments.slice(1, channels.size()));
      return SmallVector<Value>{emitter.store(
          activationGradient(emitter, op.getActivation(), own, a), xType)};
    };
    return buildParallelGeneric(builder, loc, operands, init, maps, body)
        .getResult(0);
  }

  /// A member of the sample that the statistic is about.
  Value toSample(Emitter &emitter, Value a) {
    return definition.isOfMagnitudes() ? emitter.abs(a) : a;
  }

  /// The gradient of an activated value from that of its member of the sample.
  Value fromSample(Emitter &emitter, Value gradient, Value a) {
    return definition.isOfMagnitudes() ? magnitudeGradient(emitter, gradient, a)
                                       : gradient;
  }

  Value buildShares() {
    Value n =
        indexToF64(builder, loc, buildSampleCount(builder, loc, x, channelMap));
    SmallVector<Value> channels{splitChannels(op.getDthreshold())};
    if (definition.needsMeasuresForGradients())
      llvm::append_range(channels, buildMeasuresOfX());
    return buildElements(channels, [&](OpBuilder &, Emitter &emitter, Value a,
                                       ValueRange channel) {
      Value g = emitter.load(channel.front()), count = emitter.load(n);
      Value member = toSample(emitter, a);
      SmallVector<Value> measures = load(emitter, channel.drop_front());
      Value share = momentsGradient<Emitter>(emitter, statistic, g, count,
                                             member, measures);
      return fromSample(emitter, share, a);
    });
  }

  static SmallVector<Value> load(Emitter &emitter, ValueRange elements) {
    return llvm::map_to_vector(
        elements, [&](Value element) { return emitter.load(element); });
  }

  /// What the forward statistic measures, per channel.
  SmallVector<Value> buildMeasuresOfX() {
    Type channels = op.getDthreshold().getType();
    OpBuilder detached(op.getContext());
    OwningOpRef<StatsOp> stats(StatsOp::create(
        detached, loc, channels, definition.hasLow() ? channels : Type(),
        op.getX(), op.getStatisticAttr(), grid, op.getActivationAttr()));
    return buildMeasures(*stats, builder);
  }

  /// The position of each channel's first element that is selected.
  Value buildFirst(Value selected) {
    TypedAttr none = builder.getI64IntegerAttr(INT64_MAX);
    Value init = fillParameters(builder, loc, x, channelMap, none);
    auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      Value member =
          toSample(emitter, activated(nested, emitter, arguments[0]));
      Value here = isSelected(emitter, member, emitter.load(arguments[1]));
      Value candidate = arith::SelectOp::create(
          nested, loc, here, position.build(nested, loc),
          arith::ConstantOp::create(nested, loc, none));
      return SmallVector<Value>{
          arith::MinSIOp::create(nested, loc, arguments[2], candidate)};
    };
    return buildReduction(builder, loc, {x, selected}, {elementMap, channelMap},
                          init, channelMap, body)
        .front();
  }

  Value buildSelected() {
    SmallVector<Value> measures = buildMeasuresOfX(), positions;
    for (Value selected : measures)
      positions.push_back(buildFirst(selected));
    SmallVector<Value> channels = measures;
    llvm::append_range(channels, positions);
    channels.push_back(splitChannels(op.getDthreshold()));
    if (op.getDlow())
      channels.push_back(splitChannels(op.getDlow()));
    size_t n = measures.size();
    return buildElements(channels, [&](OpBuilder &nested, Emitter &emitter,
                                       Value a, ValueRange channel) {
      Value zero = emitter.constant(0.0);
      Value gThreshold = emitter.load(channel[2 * n]);
      Value gLow = op.getDlow() ? emitter.load(channel.back()) : zero;
      SmallVector<Value> gradients =
          selectedGradients<Emitter>(emitter, definition, gThreshold, gLow,
                                     load(emitter, channel.take_front(n)));
      Value sum = zero;
      for (auto [position, gradient] :
           llvm::zip(channel.slice(n, n), gradients))
        sum = addWhere(nested, emitter, position,
                       fromSample(emitter, gradient, a), sum);
      return sum;
    });
  }

  /// `sum`, and `gradient` added at position `first`.
  Value addWhere(OpBuilder &nested, Emitter &emitter, Value first,
                 Value gradient, Value sum) {
    Value here = arith::CmpIOp::create(nested, loc, arith::CmpIPredicate::eq,
                                       position.build(nested, loc), first);
    return emitter.select(here, emitter.add(sum, gradient), sum);
  }

  StatsGradOp op;
  OpBuilder &builder;
  Location loc;
  GridAttr grid;
  BlockView view;
  FloatType xType;
  FloatType type;
  Statistic statistic;
  StatisticDefinition definition;
  Value x;
  AffineMap elementMap;
  AffineMap channelMap;
  RowMajorPosition position;
};

struct LowerStatsGrad : public OpRewritePattern<StatsGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, StatsGradLowering(op, rewriter).build());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// choose_qparams_grad
//===----------------------------------------------------------------------===//

class ChooseQParamsGradLowering {
public:
  ChooseQParamsGradLowering(ChooseQParamsGradOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()),
        type(getFloatElementType(op.getThreshold())) {}

  SmallVector<Value> build() {
    Value gScale = op.getDscale();
    SmallVector<Value> zeroPoint;
    if (op.getLow()) {
      zeroPoint = buildZeroPoint();
      gScale = add(gScale, gatherTo(op.getThreshold(), zeroPoint[1]), type);
    }
    SmallVector<Value> threshold = buildThreshold(gScale);
    SmallVector<Value> results{threshold.front()};
    if (op.getFullRange())
      results.push_back(add(zeroPoint[0], threshold[1], type));
    else if (op.getLow())
      results.push_back(gatherTo(op.getLow(), zeroPoint[0]));
    if (op.getBits())
      results.push_back(
          gatherBits(threshold.back(), op.getLow() ? zeroPoint[2] : Value()));
    return results;
  }

private:
  /// An elementwise computation that yields values of the compute type.
  SmallVector<Value>
  compute(ArrayRef<Value> operands, unsigned numResults,
          function_ref<SmallVector<Value>(Emitter &, ValueRange)> function) {
    SmallVector<Value> inputs(operands);
    if (op.getBits())
      inputs.push_back(op.getBits());
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      SmallVector<Value> values;
      for (Value argument : arguments.take_front(inputs.size()))
        values.push_back(emitter.load(argument));
      SmallVector<Value> results = function(emitter, values);
      for (Value &result : results)
        result = emitter.store(result, type);
      return results;
    };
    SmallVector<Type> types(numResults, type);
    return llvm::to_vector_of<Value>(
        buildElementwise(builder, loc, inputs, types, body).getResults());
  }

  std::optional<Value> getBits(ValueRange values) {
    return op.getBits() ? std::optional<Value>(values.back()) : std::nullopt;
  }

  /// Per zero point: its parts of the gradients of low, scale and bits.
  SmallVector<Value> buildZeroPoint() {
    QParamsSpec spec = op.getSpec();
    return compute(
        {op.getDzeroPoint(), op.getLow(), op.getThreshold()},
        op.getBits() ? 3 : 2, [&](Emitter &emitter, ValueRange values) {
          std::optional<Value> bits = getBits(values);
          Value scale =
              chooseScale<Emitter>(emitter, spec, values[2], values[1], bits);
          ZeroPointGradient<Emitter> parts =
              zeroPointGradient(emitter, spec, op.getGradientSpec(), values[0],
                                values[1], scale, bits);
          SmallVector<Value> results{parts.low, parts.scale};
          if (bits)
            results.push_back(*parts.bits);
          return results;
        });
  }

  /// Per threshold: its gradient, and its parts of low's, with the full range,
  /// and of the bits'.
  SmallVector<Value> buildThreshold(Value gScale) {
    QParamsSpec spec = op.getSpec();
    SmallVector<Value> inputs{gScale, op.getThreshold()};
    if (spec.fullRange)
      inputs.push_back(op.getLow());
    unsigned numResults = 1 + spec.fullRange + (op.getBits() ? 1 : 0);
    return compute(
        inputs, numResults, [&](Emitter &emitter, ValueRange values) {
          std::optional<Value> low, bits = getBits(values);
          if (spec.fullRange)
            low = values[2];
          ThresholdGradient<Emitter> parts =
              thresholdGradient(emitter, spec, values[0], values[1], low, bits);
          SmallVector<Value> results{parts.threshold};
          if (parts.low)
            results.push_back(*parts.low);
          if (bits)
            results.push_back(*parts.bits);
          return results;
        });
  }

  Value add(Value a, Value b, FloatType addType) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, addType);
      Value sum =
          emitter.add(emitter.load(arguments[0]), emitter.load(arguments[1]));
      return SmallVector<Value>{emitter.store(sum, addType)};
    };
    return buildElementwise(builder, loc, {a, b}, Type(addType), body)
        .getResult(0);
  }

  /// The sum of all elements, as an f64.
  Value sumAll(Value tensor) {
    BlockView view(cast<RankedTensorType>(tensor.getType()), {},
                   SharedDims::Merge);
    auto itself = [](OpBuilder &, Location, ValueRange arguments) {
      return SmallVector<Value>{arguments[0]};
    };
    return buildSums(builder, loc, view, view.split(builder, loc, tensor),
                     builder.getMultiDimIdentityMap(view.getRank()),
                     /*grid=*/GridAttr(), /*numSums=*/1, itself)
        .front();
  }

  static bool isShared(Value operand) {
    return cast<RankedTensorType>(operand.getType()).getRank() == 0;
  }

  /// Contributions as the gradient of an operand that has one element for each,
  /// or one for all.
  Value gatherTo(Value operand, Value contributions) {
    if (isShared(operand))
      contributions = sumAll(contributions);
    return convertElements(builder, loc, contributions,
                           getFloatElementType(operand));
  }

  Value gatherBits(Value ofScales, Value ofZeroPoints) {
    FloatType bitsType = getFloatElementType(op.getBits());
    bool shared = isShared(op.getBits());
    FloatType sumType = shared ? builder.getF64Type() : type;
    Value sum = shared ? sumAll(ofScales) : ofScales;
    if (ofZeroPoints)
      sum = add(sum, shared ? sumAll(ofZeroPoints) : ofZeroPoints, sumType);
    return convertElements(builder, loc, sum, bitsType);
  }

  ChooseQParamsGradOp op;
  OpBuilder &builder;
  Location loc;
  FloatType type;
};

struct LowerChooseQParamsGrad : public OpRewritePattern<ChooseQParamsGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ChooseQParamsGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, ChooseQParamsGradLowering(op, rewriter).build());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// activate_grad and learned_bits_grad
//===----------------------------------------------------------------------===//

/// Replaces an op of two tensors of one type by a function of their elements.
template <typename Op, typename Function>
LogicalResult lowerBinary(Op op, PatternRewriter &rewriter, Function function) {
  FloatType type = getFloatElementType(op->getOperand(0));
  auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
    Emitter emitter(nested, loc, type);
    Value result = function(emitter, emitter.load(arguments[0]),
                            emitter.load(arguments[1]));
    return SmallVector<Value>{emitter.store(result, type)};
  };
  rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(),
                                          op->getOperands(), Type(type), body));
  return success();
}

struct LowerActivateGrad : public OpRewritePattern<ActivateGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateGradOp op,
                                PatternRewriter &rewriter) const override {
    return lowerBinary(op, rewriter, [&](Emitter &emitter, Value g, Value x) {
      return activationGradient(emitter, op.getActivation(), g,
                                activate(emitter, op.getActivation(), x));
    });
  }
};

struct LowerLearnedBitsGrad : public OpRewritePattern<LearnedBitsGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LearnedBitsGradOp op,
                                PatternRewriter &rewriter) const override {
    return lowerBinary(op, rewriter,
                       [](Emitter &emitter, Value g, Value offset) {
                         return learnedBitsGradient(emitter, g, offset);
                       });
  }
};

} // namespace

void quant_act::populateGradientsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerFakeQuantGrad, LowerStatsGrad, LowerChooseQParamsGrad,
               LowerActivateGrad, LowerLearnedBitsGrad>(patterns.getContext());
}
