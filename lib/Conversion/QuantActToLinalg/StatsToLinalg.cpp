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
// exact in any order, and NaN wins. Percentiles are found by bisection: the
// bits of the k-th smallest value are determined from the highest down, each by
// counting the values below a candidate. That needs no memory and no library
// and reads x once per bit.
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/Statistics.h"
#include "Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
      results = finishInterval(buildPercentileEnds());
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
    case StatisticKind::Percentile:
      return buildPercentile();
    case StatisticKind::MinMax:
      return buildMinMaxEnds();
    case StatisticKind::PercentileInterval:
      return buildPercentileEnds();
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

  Value bitsOf(OpBuilder &nested, Value value) {
    return arith::BitcastOp::create(nested, loc, bitsType, value);
  }
  Value magnitudeBitsOf(OpBuilder &nested, Value value) {
    return arith::AndIOp::create(nested, loc, bitsOf(nested, value),
                                 integer(~getSignBit()));
  }

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
                     nested, loc, magnitudeBitsOf(nested, arguments[0]),
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
          Value high = orderedKey(nested, value);
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
        return fromOrderedKey(nested, k);
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

  //===--------------------------------------------------------------------===//
  // Percentiles
  //===--------------------------------------------------------------------===//

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

  /// An unsigned integer that orders values as numbers, -0 before +0, NaN last.
  Value orderedKey(OpBuilder &nested, Value value) {
    Value bits = bitsOf(nested, value);
    unsigned width = bitsType.getWidth();
    Value signs = arith::ShRSIOp::create(nested, loc, bits,
                                         integer(APInt(width, width - 1)));
    Value flips =
        arith::OrIOp::create(nested, loc, signs, integer(getSignBit()));
    Value key = arith::XOrIOp::create(nested, loc, bits, flips);
    Value isNan = arith::CmpFOp::create(nested, loc, arith::CmpFPredicate::UNO,
                                        value, value);
    return arith::SelectOp::create(nested, loc, isNan,
                                   integer(APInt::getAllOnes(width)), key);
  }

  /// The bits of the value that has this ordered key.
  Value fromOrderedKey(OpBuilder &nested, Value key) {
    unsigned width = bitsType.getWidth();
    Value signs = arith::ShRSIOp::create(nested, loc, key,
                                         integer(APInt(width, width - 1)));
    Value ones = integer(APInt::getAllOnes(width));
    Value inverted = arith::XOrIOp::create(nested, loc, signs, ones);
    Value flips =
        arith::OrIOp::create(nested, loc, inverted, integer(getSignBit()));
    return arith::XOrIOp::create(nested, loc, key, flips);
  }

  /// For each channel, how many keys are below its candidate.
  Value countBelow(Value candidates, KeyBuilder toKey) {
    Value zeros = filledChannels(builder.getI64IntegerAttr(0));
    return reduce(candidates, zeros,
                  [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                    Value below = arith::CmpIOp::create(
                        nested, loc, arith::CmpIPredicate::ult,
                        toKey(nested, arguments[0]), arguments[1]);
                    Value one = arith::ExtUIOp::create(
                        nested, loc, nested.getI64Type(), below);
                    return SmallVector<Value>{
                        arith::AddIOp::create(nested, loc, arguments[2], one)};
                  })
        .front();
  }

  /// `found` with `bit` set where at most `rank` - 1 keys are below that: there
  /// the rank-th smallest key is no smaller.
  Value keepBit(Value found, Value candidates, Value counts, Value rank) {
    return buildElementwise(
               builder, loc, {found, candidates, counts}, Type(bitsType),
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 Value keeps = arith::CmpIOp::create(nested, loc,
                                                     arith::CmpIPredicate::slt,
                                                     arguments[2], rank);
                 return SmallVector<Value>{arith::SelectOp::create(
                     nested, loc, keeps, arguments[1], arguments[0])};
               })
        .getResult(0);
  }

  /// For each channel, the `rank`-th smallest key (an i64, counted from 1).
  Value selectKey(Value rank, KeyBuilder toKey) {
    unsigned width = bitsType.getWidth();
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value bits = arith::ConstantIndexOp::create(builder, loc, width);
    Value init = filledChannels(builder.getIntegerAttr(bitsType, 0));
    auto loop = scf::ForOp::create(builder, loc, zero, bits, one, init);

    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value found = loop.getRegionIterArgs().front();
    Value position = arith::IndexCastOp::create(builder, loc, bitsType,
                                                loop.getInductionVar());
    Value bit =
        arith::ShRUIOp::create(builder, loc, integer(getSignBit()), position);
    Value candidates =
        buildElementwise(
            builder, loc, found, Type(bitsType),
            [&](OpBuilder &nested, Location loc, ValueRange arguments) {
              return SmallVector<Value>{
                  arith::OrIOp::create(nested, loc, arguments[0], bit)};
            })
            .getResult(0);
    Value counts = countBelow(candidates, toKey);
    scf::YieldOp::create(builder, loc,
                         keepBit(found, candidates, counts, rank));
    return loop.getResult(0);
  }

  Value toRank(Value rank) {
    return arith::FPToSIOp::create(builder, loc, builder.getI64Type(), rank);
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

  TypedAttr getResultInfinity(bool negative) {
    return builder.getFloatAttr(
        resultType, APFloat::getInf(resultType.getFloatSemantics(), negative));
  }

  SmallVector<Value> buildPercentile() {
    Value count = buildSampleCount();
    Emitter ranks(builder, loc, builder.getF64Type());
    double high = op.getStatistic().getStatistic().high;
    Value rank = toRank(upperRank(ranks, high, toF64(count)));
    Value keys = selectKey(rank, [&](OpBuilder &nested, Value value) {
      return magnitudeBitsOf(nested, value);
    });
    Value values = fromBits(keys, [&](OpBuilder &, Value b) { return b; });
    return {orIfEmpty(values, buildIsZero(count),
                      cast<TypedAttr>(builder.getZeroAttr(resultType)))};
  }

  SmallVector<Value> buildPercentileEnds() {
    Value count = buildSampleCount();
    Value n = toF64(count), isEmpty = buildIsZero(count);
    Emitter ranks(builder, loc, builder.getF64Type());
    Statistic statistic = op.getStatistic().getStatistic();
    auto select = [&](Value rank, bool crossedNegative) {
      Value keys = selectKey(toRank(rank), [&](OpBuilder &nested, Value value) {
        return orderedKey(nested, value);
      });
      Value values = fromBits(keys, [&](OpBuilder &nested, Value key) {
        return fromOrderedKey(nested, key);
      });
      return orIfEmpty(values, isEmpty, getResultInfinity(crossedNegative));
    };
    Value lowest = select(lowerRank(ranks, statistic.low, n), false);
    Value highest = select(upperRank(ranks, statistic.high, n), true);
    return {lowest, highest};
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
