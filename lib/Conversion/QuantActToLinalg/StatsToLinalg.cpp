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
        view(op.getX().getType(), grid),
        xType(cast<FloatType>(op.getX().getType().getElementType())),
        valueType(xType.getWidth() < 32 ? builder.getF32Type() : xType),
        bitsType(builder.getIntegerType(valueType.getWidth())),
        resultType(
            cast<FloatType>(op.getThreshold().getType().getElementType())),
        x(view.split(builder, loc, op.getX())) {}

  SmallVector<Value> build() {
    SmallVector<Value> results;
    switch (op.getStatistic().getKind()) {
    case StatisticKind::AbsMax:
      results = buildAbsMax();
      break;
    case StatisticKind::MinMax:
      results = buildMinMax();
      break;
    case StatisticKind::Percentile:
      results = buildPercentile();
      break;
    case StatisticKind::PercentileInterval:
      results = buildPercentileInterval();
      break;
    case StatisticKind::Mean:
      results = buildMean();
      break;
    case StatisticKind::MeanSigmaStd:
      results = buildMeanSigmaStd();
      break;
    case StatisticKind::MaxAverage:
    case StatisticKind::Mse:
      llvm_unreachable("lowered by another pattern, and rejected");
    }
    // The low end of an interval is there if it is wanted.
    results.truncate(op->getNumResults());
    for (auto [value, result] : llvm::zip(results, op->getResults()))
      value = view.joinParameters(builder, loc, value, grid,
                                  cast<RankedTensorType>(result.getType()));
    return results;
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

  /// A tensor with one element per channel.
  Value emptyChannels(Type elementType) {
    SmallVector<OpFoldResult> extents;
    AffineMap map = view.getParameterMap(op.getContext(), grid);
    for (AffineExpr expr : map.getResults())
      extents.push_back(tensor::getMixedSize(
          builder, loc, x, cast<AffineDimExpr>(expr).getPosition()));
    return tensor::EmptyOp::create(builder, loc, extents, elementType);
  }

  Value filledChannels(TypedAttr value) {
    return linalg::FillOp::create(builder, loc, constant(value),
                                  emptyChannels(value.getType()))
        .getResult(0);
  }

  /// Reduces the values, with other per-channel operands, into `inits`. The
  /// body gets the value, the operands' and the accumulators' elements.
  ValueRange reduce(ValueRange operands, ValueRange inits, BodyBuilder body) {
    MLIRContext *context = op.getContext();
    AffineMap channelMap = view.getParameterMap(context, grid);
    SmallVector<AffineMap> maps(1 + operands.size() + inits.size(), channelMap);
    maps.front() = builder.getMultiDimIdentityMap(view.getRank());
    SmallVector<utils::IteratorType> iterators(view.getRank(),
                                               utils::IteratorType::reduction);
    for (AffineExpr expr : channelMap.getResults())
      iterators[cast<AffineDimExpr>(expr).getPosition()] =
          utils::IteratorType::parallel;
    SmallVector<Value> inputs{x};
    llvm::append_range(inputs, operands);
    auto generic = linalg::GenericOp::create(
        builder, loc, inits.getTypes(), inputs, inits, maps, iterators,
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          Emitter emitter(nested, loc, xType);
          SmallVector<Value> values(arguments);
          values.front() = activate(emitter, op.getActivation(),
                                    emitter.load(values.front()));
          linalg::YieldOp::create(nested, loc, body(nested, loc, values));
        });
    return generic.getResults();
  }

  /// The number of values per channel, as an index.
  Value buildSampleCount() {
    AffineMap channelMap = view.getParameterMap(op.getContext(), grid);
    Value count = arith::ConstantIndexOp::create(builder, loc, 1);
    for (int64_t dim = 0, rank = view.getRank(); dim < rank; ++dim) {
      if (channelMap.isFunctionOfDim(dim))
        continue;
      Value extent = getValueOrCreateConstantIndexOp(
          builder, loc, tensor::getMixedSize(builder, loc, x, dim));
      count = arith::MulIOp::create(builder, loc, count, extent);
    }
    return count;
  }

  Value toF64(Value count) {
    Value integer =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), count);
    return arith::SIToFPOp::create(builder, loc, builder.getF64Type(), integer);
  }

  /// The largest finite-or-infinite value or its negative: an end of the empty
  /// interval.
  TypedAttr getInfinity(bool negative) {
    return builder.getFloatAttr(
        valueType, APFloat::getInf(valueType.getFloatSemantics(), negative));
  }

  Value bitsOf(OpBuilder &nested, Value value) {
    return arith::BitcastOp::create(nested, loc, bitsType, value);
  }
  Value magnitudeBitsOf(OpBuilder &nested, Value value) {
    return arith::AndIOp::create(nested, loc, bitsOf(nested, value),
                                 integer(~getSignBit()));
  }

  /// Threshold and low end from the raw ends, per channel.
  SmallVector<Value> finishInterval(Value lowest, Value highest) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, resultType);
      Value low = emitter.load(arguments[0]), high = emitter.load(arguments[1]);
      return SmallVector<Value>{
          emitter.store(intervalThreshold(emitter, low, high), resultType),
          emitter.store(intervalLow(emitter, low), resultType)};
    };
    return llvm::to_vector_of<Value>(
        buildElementwise(builder, loc, {lowest, highest},
                         {resultType, resultType}, body)
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

  SmallVector<Value> buildMinMax() {
    SmallVector<Value> inits{filledChannels(getInfinity(false)),
                             filledChannels(getInfinity(true))};
    ValueRange ends = reduce(
        {}, inits, [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          return SmallVector<Value>{
              arith::MinimumFOp::create(nested, loc, arguments[0],
                                        arguments[1]),
              arith::MaximumFOp::create(nested, loc, arguments[0],
                                        arguments[2])};
        });
    return finishInterval(ends[0], ends[1]);
  }

  /// A sum over the values of each channel, in f64. The body gets a magnitude
  /// and the operands' elements, and makes the term to add.
  Value buildSum(ValueRange operands,
                 function_ref<Value(Emitter &, Value, ValueRange)> term) {
    FloatType f64 = builder.getF64Type();
    return reduce(operands, filledChannels(builder.getF64FloatAttr(0.0)),
                  [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                    Emitter emitter(nested, loc, f64);
                    Value magnitude =
                        math::AbsFOp::create(nested, loc, arguments[0]);
                    Value added = term(emitter, emitter.load(magnitude),
                                       arguments.slice(1, operands.size()));
                    return SmallVector<Value>{
                        emitter.add(arguments.back(), added)};
                  })
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

  SmallVector<Value> buildMeanSigmaStd() {
    Value means = buildMeans();
    Value sums =
        buildSum(means, [](Emitter &emitter, Value magnitude, ValueRange mean) {
          Value deviation = emitter.sub(magnitude, mean.front());
          return emitter.mul(deviation, deviation);
        });
    Emitter counts(builder, loc, builder.getF64Type());
    Value degrees = counts.sub(toF64(buildSampleCount()), counts.constant(1.0));
    Value variances = buildQuotient(sums, degrees);
    double sigma = op.getStatistic().getStatistic().sigma;
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, resultType);
      Value threshold = meanSigmaStd(emitter, sigma, emitter.load(arguments[0]),
                                     emitter.load(arguments[1]));
      return SmallVector<Value>{emitter.store(threshold, resultType)};
    };
    Value thresholds = buildElementwise(builder, loc, {means, variances},
                                        Type(resultType), body)
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

  SmallVector<Value> buildPercentileInterval() {
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
    return finishInterval(lowest, highest);
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
};

struct LowerStats : public OpRewritePattern<StatsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getStatistic().getGrid())
      return rewriter.notifyMatchFailure(op, "is two statistics");
    rewriter.replaceOp(op, StatsLowering(op, rewriter).build());
    return success();
  }
};

/// max_average is the mean of the channels' largest magnitudes.
struct SplitMaxAverage : public OpRewritePattern<StatsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StatsOp op,
                                PatternRewriter &rewriter) const override {
    GridAttr channels = op.getStatistic().getGrid();
    if (!channels)
      return rewriter.notifyMatchFailure(op, "is one statistic");
    auto getStatistic = [&](StatisticKind kind) {
      return StatisticAttr::get(op.getContext(), kind);
    };
    auto type = RankedTensorType::get(
        channels.getParameterShape(op.getX().getType().getShape()),
        op.getThreshold().getType().getElementType());
    auto largest = StatsOp::create(
        rewriter, op.getLoc(), type, Type(), op.getX(),
        getStatistic(StatisticKind::AbsMax), channels, op.getActivationAttr());
    rewriter.replaceOpWithNewOp<StatsOp>(
        op, op.getThreshold().getType(), Type(), largest.getThreshold(),
        getStatistic(StatisticKind::Mean), GridAttr(),
        ActivationAttr::get(op.getContext(), Activation::Identity));
    return success();
  }
};

} // namespace

void quant_act::populateStatsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerStats, SplitMaxAverage>(patterns.getContext());
}
