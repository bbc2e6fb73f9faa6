//===- StatsToLinalg.cpp - Statistics as reductions -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A statistic's measures are reductions of x to one value per parameter; what
// follows from them is an elementwise step on the parameters.
//
// Extremes are those of integer keys: exact in any order, and NaN wins.
// (Masked lanes of vectorized floating-point minima are not neutral upstream:
// negative values would have a largest value of 0.) Percentiles are in
// PercentileToLinalg.cpp.
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
        statistic(op.getStatistic().getStatistic()),
        definition(getDefinition(statistic.kind)),
        x(view.split(builder, loc, op.getX())),
        channelMap(view.getParameterMap(op.getContext(), grid)) {}

  SmallVector<Value> build() {
    SmallVector<Value> results = finish(buildMeasures());
    // The low end of an interval is there if it is wanted.
    results.truncate(op->getNumResults());
    for (auto [value, result] : llvm::zip(results, op->getResults()))
      value = view.joinParameters(builder, loc, value, grid,
                                  cast<RankedTensorType>(result.getType()));
    return results;
  }

  /// The measures in their order.
  SmallVector<Value> buildMeasures() {
    if (definition.isOfMoments())
      return buildMoments();
    SmallVector<Measure> extremes;
    llvm::copy_if(definition.measures, std::back_inserter(extremes),
                  [](Measure measure) { return !isPercentile(measure); });
    SmallVector<Value> ends, percentiles, measures;
    if (!extremes.empty())
      ends = buildExtremes(extremes);
    if (definition.getNumPercentiles() != 0)
      percentiles = buildPercentiles();
    auto nextEnd = ends.begin(), nextPercentile = percentiles.begin();
    for (Measure measure : definition.measures)
      measures.push_back(isPercentile(measure) ? *nextPercentile++
                                               : *nextEnd++);
    return measures;
  }

private:
  //===--------------------------------------------------------------------===//
  // Building blocks
  //===--------------------------------------------------------------------===//

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

  /// Threshold and low end from the measures, per channel.
  SmallVector<Value> finish(ArrayRef<Value> measures) {
    if (definition.form == StatisticForm::Single && !definition.isOfMoments())
      return llvm::to_vector(measures);
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, resultType);
      SmallVector<Value> values = llvm::map_to_vector(
          arguments, [&](Value value) { return emitter.load(value); });
      SmallVector<Value> results{
          thresholdOf<Emitter>(emitter, statistic, values)};
      if (definition.hasLow())
        results.push_back(intervalLow(emitter, values.front()));
      for (Value &result : results)
        result = emitter.store(result, resultType);
      return results;
    };
    SmallVector<Type> types(definition.hasLow() ? 2 : 1, resultType);
    auto results = llvm::to_vector_of<Value>(
        buildElementwise(builder, loc, measures, types, body).getResults());
    if (definition.isOfMoments())
      results.front() = zeroIfEmpty(results.front());
    return results;
  }

  //===--------------------------------------------------------------------===//
  // Extremes
  //===--------------------------------------------------------------------===//

  /// Whether a measure is the highest magnitude: its key is the bits without
  /// the sign. Others have a key that takes a few operations more.
  bool isHighestMagnitude(Measure measure) {
    return measure == Measure::Highest && definition.isOfMagnitudes();
  }

  /// The key of no value.
  TypedAttr getInitialKey(Measure measure) {
    if (isHighestMagnitude(measure))
      return builder.getIntegerAttr(bitsType, 0);
    bool isHighest = measure == Measure::Highest;
    APInt bits = APFloat::getInf(valueType.getFloatSemantics(), isHighest)
                     .bitcastToAPInt();
    return builder.getIntegerAttr(bitsType,
                                  isHighest ? ~bits : bits | getSignBit());
  }

  /// The accumulator's key with that of a value, whose ordered key is shared.
  Value accumulate(OpBuilder &nested, Measure measure, Value value,
                   Value ordered, Value key) {
    if (isHighestMagnitude(measure))
      return arith::MaxSIOp::create(nested, loc,
                                    buildMagnitudeKey(nested, loc, value), key);
    switch (measure) {
    case Measure::Highest:
      return arith::MaxUIOp::create(nested, loc, key, ordered);
    case Measure::Lowest:
      return arith::MinUIOp::create(nested, loc, key,
                                    zeroIfNan(nested, value, ordered));
    case Measure::LowerPercentile:
    case Measure::UpperPercentile:
    case Measure::Mean:
    case Measure::Variance:
      break;
    }
    llvm_unreachable("is no extreme");
  }

  /// NaN is before all others.
  Value zeroIfNan(OpBuilder &nested, Value value, Value key) {
    Value isNan = arith::CmpFOp::create(nested, loc, arith::CmpFPredicate::UNO,
                                        value, value);
    Value zero = arith::ConstantOp::create(nested, loc,
                                           nested.getIntegerAttr(bitsType, 0));
    return arith::SelectOp::create(nested, loc, isNan, zero, key);
  }

  Value buildOrderedKeyOfSample(OpBuilder &nested, Value value) {
    if (definition.isOfMagnitudes())
      value = math::AbsFOp::create(nested, loc, value);
    return buildOrderedKey(nested, loc, value);
  }

  SmallVector<Value> buildExtremes(ArrayRef<Measure> extremes) {
    SmallVector<Value> inits =
        llvm::map_to_vector(extremes, [&](Measure measure) -> Value {
          return filledChannels(getInitialKey(measure));
        });
    bool sharesKey = llvm::any_of(extremes, [&](Measure measure) {
      return !isHighestMagnitude(measure);
    });
    auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
      Value value = arguments.front(), ordered;
      if (sharesKey)
        ordered = buildOrderedKeyOfSample(nested, value);
      SmallVector<Value> accumulated;
      for (auto [measure, key] : llvm::zip(extremes, arguments.drop_front()))
        accumulated.push_back(accumulate(nested, measure, value, ordered, key));
      return accumulated;
    };
    ValueRange keys = reduce({}, inits, body);
    SmallVector<Value> values;
    for (auto [measure, key] : llvm::zip(extremes, keys))
      values.push_back(fromKeys(measure, key));
    return values;
  }

  /// The values that channels' keys are those of, as the result type.
  Value fromKeys(Measure measure, Value keys) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Value bits = isHighestMagnitude(measure)
                       ? arguments[0]
                       : buildBitsOfOrderedKey(nested, loc, arguments[0]);
      Value value = arith::BitcastOp::create(nested, loc, valueType, bits);
      return SmallVector<Value>{convertFloat(nested, loc, value, resultType)};
    };
    return buildElementwise(builder, loc, keys, Type(resultType), body)
        .getResult(0);
  }

  //===--------------------------------------------------------------------===//
  // Moments
  //===--------------------------------------------------------------------===//

  /// A sum over the sample of each channel, in f64. The body gets one of it and
  /// the operands' elements, and makes the term to add.
  Value buildSum(ValueRange operands,
                 function_ref<Value(Emitter &, Value, ValueRange)> term) {
    auto [inputs, maps] = getInputs(operands);
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      SmallVector<Value> values = activateFirst(nested, arguments);
      Emitter emitter(nested, loc, nested.getF64Type());
      Value value = values.front();
      if (definition.isOfMagnitudes())
        value = math::AbsFOp::create(nested, loc, value);
      return SmallVector<Value>{
          term(emitter, emitter.load(value),
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

  /// The means in f64; NaN without values.
  Value buildMeans() {
    Value sums =
        buildSum({}, [](Emitter &, Value value, ValueRange) { return value; });
    return buildQuotient(sums, toF64(buildSampleCount()));
  }

  /// The variances in f64.
  Value buildVariances(Value means) {
    Value sums =
        buildSum(means, [](Emitter &emitter, Value value, ValueRange mean) {
          Value deviation = emitter.sub(value, mean.front());
          return emitter.mul(deviation, deviation);
        });
    Emitter counts(builder, loc, builder.getF64Type());
    Value degrees = counts.sub(toF64(buildSampleCount()), counts.constant(1.0));
    return buildQuotient(sums, degrees);
  }

  SmallVector<Value> buildMoments() {
    Value means = buildMeans();
    return llvm::map_to_vector(definition.measures, [&](Measure moment) {
      return moment == Measure::Mean ? means : buildVariances(means);
    });
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

  SmallVector<Value> buildPercentiles() {
    return quant_act::buildPercentiles(
        op, builder, x, view.getParameterMap(op.getContext(), grid),
        toF64(buildSampleCount()));
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
  Statistic statistic;
  StatisticDefinition definition;
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

SmallVector<Value> quant_act::buildMeasures(StatsOp op, OpBuilder &builder) {
  return StatsLowering(op, builder).buildMeasures();
}

void quant_act::populateStatsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerStats>(patterns.getContext());
}
