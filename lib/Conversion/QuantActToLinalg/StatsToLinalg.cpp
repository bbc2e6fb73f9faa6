//===- StatsToLinalg.cpp - Statistics as reductions -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A statistic is one or more reductions of x to one value per parameter,
// followed by an elementwise step on the parameters.
//
// The largest magnitude is the integer maximum of the bits without the sign:
// exact in any order, and NaN wins. Percentiles are in PercentileToLinalg.cpp.
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/Statistics.h"
#include "Reductions.h"
#include "SortKeys.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// Lowers one stats op. "Channels" are the split parameters; "values" are x's
/// elements after the activation, in the type that operations on x are carried
/// out in (f32 for 16-bit types), whose bits order them.
class StatsLowering {
public:
  StatsLowering(StatsOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()), grid(op.getGridAttr()),
        view(op.getX().getType(), grid, SharedDims::Merge),
        xType(cast<FloatType>(op.getX().getType().getElementType())),
        valueType(xType.getWidth() < 32 ? builder.getF32Type() : xType),
        bitsType(builder.getIntegerType(valueType.getWidth())),
        resultType(
            cast<FloatType>(op.getThreshold().getType().getElementType())),
        x(view.split(builder, loc, op.getX())),
        channelMap(view.getParameterMap(op.getContext(), grid)) {}

  SmallVector<Value> build() {
    SmallVector<Value> results;
    switch (op.getStatistic().getKind()) {
    case StatisticKind::AbsMax:
      results = buildAbsMax();
      break;
    case StatisticKind::MinMax:
      results = finishInterval(buildMinMaxEnds());
      break;
    case StatisticKind::Percentile:
      results = buildPercentile();
      break;
    case StatisticKind::PercentileInterval:
      results = finishInterval(buildPercentile());
      break;
    case StatisticKind::Mean:
      results = buildMean();
      break;
    case StatisticKind::MeanSigmaStd:
      results = buildMeanSigmaStd();
      break;
    case StatisticKind::MaxAverage:
    case StatisticKind::Mse:
      llvm_unreachable("decomposed, and rejected");
    }
    // The low end of an interval is there if it is wanted.
    results.truncate(op->getNumResults());
    for (auto [value, result] : llvm::zip(results, op->getResults()))
      value = view.joinParameters(builder, loc, value, grid,
                                  cast<RankedTensorType>(result.getType()));
    return results;
  }

  /// See buildSelectedValues.
  SmallVector<Value> buildSelected() {
    switch (op.getStatistic().getKind()) {
    case StatisticKind::AbsMax:
      return buildAbsMax();
    case StatisticKind::MinMax:
      return buildMinMaxEnds();
    case StatisticKind::Percentile:
    case StatisticKind::PercentileInterval:
      return buildPercentile();
    case StatisticKind::MeanSigmaStd:
      return buildMoments();
    default:
      return {};
    }
  }

private:
  //===--------------------------------------------------------------------===//
  // Building blocks
  //===--------------------------------------------------------------------===//

  Value constant(TypedAttr value) {
    return arith::ConstantOp::create(builder, loc, value);
  }
  Value integer(APInt value) {
    return constant(builder.getIntegerAttr(
        builder.getIntegerType(value.getBitWidth()), value));
  }
  APInt getSignBit() { return APInt::getSignMask(bitsType.getWidth()); }

  Value filledChannels(TypedAttr value) {
    return fillParameters(builder, loc, x, channelMap, value);
  }

  /// x, and per-channel operands, with their maps.
  std::pair<SmallVector<Value>, SmallVector<AffineMap>>
  getInputs(ValueRange channels) {
    SmallVector<Value> inputs{x};
    llvm::append_range(inputs, channels);
    SmallVector<AffineMap> maps(inputs.size(), channelMap);
    maps.front() = builder.getMultiDimIdentityMap(view.getRank());
    return {inputs, maps};
  }

  /// The arguments of a body, the first of which is an element of x: activated.
  SmallVector<Value> activateFirst(OpBuilder &nested, ValueRange arguments) {
    Emitter emitter(nested, loc, xType);
    SmallVector<Value> values(arguments);
    values.front() =
        activate(emitter, op.getActivation(), emitter.load(values.front()));
    return values;
  }

  /// Reduces the values, with other per-channel operands, into `inits`. The
  /// body gets the value, the operands' and the accumulators' elements.
  ValueRange reduce(ValueRange operands, ValueRange inits, BodyBuilder body) {
    auto [inputs, maps] = getInputs(operands);
    return buildReduction(
        builder, loc, inputs, maps, inits, channelMap,
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          return body(nested, loc, activateFirst(nested, arguments));
        });
  }

  /// The number of values per channel, as an index.
  Value buildSampleCount() {
    return quant_act::buildSampleCount(builder, loc, x, channelMap);
  }

  Value toF64(Value count) { return indexToF64(builder, loc, count); }

  /// Threshold and low end from the raw ends, per channel.
  SmallVector<Value> finishInterval(ArrayRef<Value> ends) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, resultType);
      Value low = emitter.load(arguments[0]), high = emitter.load(arguments[1]);
      return SmallVector<Value>{
          emitter.store(intervalThreshold(emitter, low, high), resultType),
          emitter.store(intervalLow(emitter, low), resultType)};
    };
    return llvm::to_vector_of<Value>(
        buildElementwise(builder, loc, ends, {resultType, resultType}, body)
            .getResults());
  }

  //===--------------------------------------------------------------------===//
  // Extremes and mean
  //===--------------------------------------------------------------------===//

  SmallVector<Value> buildAbsMax() {
    Value init = filledChannels(builder.getIntegerAttr(bitsType, 0));
    Value bits =
        reduce({}, init,
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 return SmallVector<Value>{arith::MaxSIOp::create(
                     nested, loc, buildMagnitudeKey(nested, loc, arguments[0]),
                     arguments[1])};
               })
            .front();
    return {fromBits(bits, [&](OpBuilder &, Value b) { return b; })};
  }

  /// The ends as ordered keys, in which NaN is beyond either end and wins.
  /// (Masked lanes of vectorized floating-point minima are not neutral
  /// upstream: negative values would have a largest value of 0.)
  SmallVector<Value> buildMinMaxEnds() {
    unsigned width = bitsType.getWidth();
    auto keyOf = [&](bool negative) {
      APInt bits = APFloat::getInf(valueType.getFloatSemantics(), negative)
                       .bitcastToAPInt();
      return builder.getIntegerAttr(
          bitsType, negative ? ~bits : bits | APInt::getSignMask(width));
    };
    SmallVector<Value> inits{filledChannels(keyOf(false)),
                             filledChannels(keyOf(true))};
    ValueRange keys = reduce(
        {}, inits, [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          Value value = arguments[0];
          Value high = buildOrderedKey(nested, loc, value);
          Value isNan = arith::CmpFOp::create(
              nested, loc, arith::CmpFPredicate::UNO, value, value);
          Value low = arith::SelectOp::create(
              nested, loc, isNan, integer(APInt::getZero(width)), high);
          return SmallVector<Value>{
              arith::MinUIOp::create(nested, loc, arguments[1], low),
              arith::MaxUIOp::create(nested, loc, arguments[2], high)};
        });
    SmallVector<Value> ends;
    for (Value key : keys)
      ends.push_back(fromBits(key, [&](OpBuilder &nested, Value k) {
        return buildBitsOfOrderedKey(nested, loc, k);
      }));
    return ends;
  }

  /// A sum over the values of each channel, in f64. The body gets a magnitude
  /// and the operands' elements, and makes the term to add.
  Value buildSum(ValueRange operands,
                 function_ref<Value(Emitter &, Value, ValueRange)> term) {
    auto [inputs, maps] = getInputs(operands);
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      SmallVector<Value> values = activateFirst(nested, arguments);
      Emitter emitter(nested, loc, nested.getF64Type());
      Value magnitude = math::AbsFOp::create(nested, loc, values.front());
      return SmallVector<Value>{
          term(emitter, emitter.load(magnitude),
               ArrayRef(values).slice(1, operands.size()))};
    };
    return buildSums(builder, loc, view, inputs, maps, grid, /*numSums=*/1,
                     body)
        .front();
  }

  /// A sum of each channel divided by a number.
  Value buildQuotient(Value sums, Value divisor) {
    FloatType f64 = builder.getF64Type();
    return buildElementwise(
               builder, loc, sums, Type(f64),
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 Emitter emitter(nested, loc, f64);
                 return SmallVector<Value>{emitter.div(arguments[0], divisor)};
               })
        .getResult(0);
  }

  /// The mean magnitudes in f64; NaN without values.
  Value buildMeans() {
    Value sums = buildSum(
        {}, [](Emitter &, Value magnitude, ValueRange) { return magnitude; });
    return buildQuotient(sums, toF64(buildSampleCount()));
  }

  SmallVector<Value> buildMean() {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      return SmallVector<Value>{
          convertFloat(nested, loc, arguments[0], resultType)};
    };
    Value means =
        buildElementwise(builder, loc, buildMeans(), Type(resultType), body)
            .getResult(0);
    return {zeroIfEmpty(means)};
  }

  /// The means and the variances of the magnitudes, in f64.
  SmallVector<Value> buildMoments() {
    Value means = buildMeans();
    Value sums =
        buildSum(means, [](Emitter &emitter, Value magnitude, ValueRange mean) {
          Value deviation = emitter.sub(magnitude, mean.front());
          return emitter.mul(deviation, deviation);
        });
    Emitter counts(builder, loc, builder.getF64Type());
    Value degrees = counts.sub(toF64(buildSampleCount()), counts.constant(1.0));
    return {means, buildQuotient(sums, degrees)};
  }

  SmallVector<Value> buildMeanSigmaStd() {
    SmallVector<Value> moments = buildMoments();
    double sigma = op.getStatistic().getStatistic().sigma;
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, resultType);
      Value threshold = meanSigmaStd(emitter, sigma, emitter.load(arguments[0]),
                                     emitter.load(arguments[1]));
      return SmallVector<Value>{emitter.store(threshold, resultType)};
    };
    Value thresholds =
        buildElementwise(builder, loc, moments, Type(resultType), body)
            .getResult(0);
    return {zeroIfEmpty(thresholds)};
  }

  Value zeroIfEmpty(Value values) {
    return orIfEmpty(values, buildIsZero(buildSampleCount()),
                     cast<TypedAttr>(builder.getZeroAttr(resultType)));
  }

  Value buildIsZero(Value count) {
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, count,
                                 zero);
  }

  SmallVector<Value> buildPercentile() {
    return buildPercentiles(op, builder, x,
                            view.getParameterMap(op.getContext(), grid),
                            toF64(buildSampleCount()));
  }

  using KeyBuilder = function_ref<Value(OpBuilder &, Value)>;

  /// The values with the channels' bits, which `fromKey` takes back from keys,
  /// as the result type.
  Value fromBits(Value keys, KeyBuilder fromKey) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Value value = arith::BitcastOp::create(nested, loc, valueType,
                                             fromKey(nested, arguments[0]));
      return SmallVector<Value>{convertFloat(nested, loc, value, resultType)};
    };
    return buildElementwise(builder, loc, keys, Type(resultType), body)
        .getResult(0);
  }

  /// The values, or `ifEmpty` where channels have none.
  Value orIfEmpty(Value values, Value isEmpty, TypedAttr ifEmpty) {
    return buildElementwise(
               builder, loc, values, Type(resultType),
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 Value constant =
                     arith::ConstantOp::create(nested, loc, ifEmpty);
                 return SmallVector<Value>{arith::SelectOp::create(
                     nested, loc, isEmpty, constant, arguments[0])};
               })
        .getResult(0);
  }

  StatsOp op;
  OpBuilder &builder;
  Location loc;
  GridAttr grid;
  BlockView view;
  FloatType xType;
  FloatType valueType;
  IntegerType bitsType;
  FloatType resultType;
  Value x;
  AffineMap channelMap;
};

struct LowerStats : public OpRewritePattern<StatsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getStatistic().getGrid())
      return rewriter.notifyMatchFailure(op, "is decomposed first");
    SmallVector<Value> results = StatsLowering(op, rewriter).build();
    // x may say extents that the op's results leave open.
    for (auto [result, value] : llvm::zip(op->getResults(), results))
      if (value.getType() != result.getType())
        value = tensor::CastOp::create(rewriter, op.getLoc(), result.getType(),
                                       value);
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

SmallVector<Value> quant_act::buildSelectedValues(StatsOp op,
                                                  OpBuilder &builder) {
  return StatsLowering(op, builder).buildSelected();
}

void quant_act::populateStatsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerStats>(patterns.getContext());
}
