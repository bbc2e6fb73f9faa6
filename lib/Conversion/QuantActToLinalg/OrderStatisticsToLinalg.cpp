//===- OrderStatisticsToLinalg.cpp - Selection by bisection ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For targets that the run-time library is not made for. The bits of the k-th
// smallest value are determined from the highest down, each by counting the
// values below a candidate: reductions that vectorize like any other, without
// memory, which read x once per bit.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuant.h"
#include "SortKeys.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// Finds the values of one rank of an order_statistics op. "Values" are x's
/// elements in the type that operations on x are carried out in (f32 for 16-bit
/// types).
class Bisection {
public:
  Bisection(OrderStatisticsOp op, Value rank, Value init, OpBuilder &builder)
      : op(op), rank(rank), init(init), builder(builder), loc(op.getLoc()),
        xType(getFloatElementType(op.getX())),
        valueType(xType.getWidth() < 32 ? builder.getF32Type() : xType),
        keyType(builder.getIntegerType(valueType.getWidth())) {}

  Value build() {
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value numBits =
        arith::ConstantIndexOp::create(builder, loc, keyType.getWidth());
    Value none = fill(builder.getIntegerAttr(keyType, 0));
    auto loop = scf::ForOp::create(builder, loc, zero, numBits, one, none);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      Value found = loop.getRegionIterArgs().front();
      Value candidates = setBit(found, loop.getInductionVar());
      Value counts = countBelow(candidates);
      scf::YieldOp::create(builder, loc, choose(found, candidates, counts));
    }
    return toValues(loop.getResult(0));
  }

private:
  Value constant(TypedAttr value) {
    return arith::ConstantOp::create(builder, loc, value);
  }

  /// A tensor of the result's shape.
  Value fill(TypedAttr value) {
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, init),
        value.getType());
    return linalg::FillOp::create(builder, loc, constant(value), empty)
        .getResult(0);
  }

  /// The candidates with one bit more, the highest first.
  Value setBit(Value found, Value position) {
    Value highest = constant(builder.getIntegerAttr(
        keyType, APInt::getSignMask(keyType.getWidth())));
    Value bit = arith::ShRUIOp::create(
        builder, loc, highest,
        arith::IndexCastOp::create(builder, loc, keyType, position));
    return buildElementwise(
               builder, loc, found, Type(keyType),
               [&](OpBuilder &nested, Location loc, ValueRange arguments) {
                 return SmallVector<Value>{
                     arith::OrIOp::create(nested, loc, arguments[0], bit)};
               })
        .getResult(0);
  }

  Value toKey(OpBuilder &nested, Value element) {
    Emitter emitter(nested, loc, xType);
    Value value = activate(emitter, op.getActivation(), emitter.load(element));
    return op.getMagnitudes() ? buildMagnitudeKey(nested, loc, value)
                              : buildOrderedKey(nested, loc, value);
  }

  /// How many keys of each channel are below its candidate.
  Value countBelow(Value candidates) {
    int64_t numDims = op.getX().getType().getRank();
    SmallVector<AffineExpr> channels;
    SmallVector<utils::IteratorType> iterators(numDims,
                                               utils::IteratorType::reduction);
    for (int64_t dim : op.getChannels()) {
      channels.push_back(builder.getAffineDimExpr(dim));
      iterators[dim] = utils::IteratorType::parallel;
    }
    AffineMap xMap = builder.getMultiDimIdentityMap(numDims);
    auto channelMap =
        AffineMap::get(numDims, /*symbolCount=*/0, channels, op.getContext());
    Value zeros = fill(builder.getI64IntegerAttr(0));
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Value isBelow =
          arith::CmpIOp::create(nested, loc, arith::CmpIPredicate::ult,
                                toKey(nested, arguments[0]), arguments[1]);
      Value one =
          arith::ExtUIOp::create(nested, loc, nested.getI64Type(), isBelow);
      Value sum = arith::AddIOp::create(nested, loc, arguments[2], one);
      linalg::YieldOp::create(nested, loc, sum);
    };
    return linalg::GenericOp::create(
               builder, loc, zeros.getType(), ValueRange{op.getX(), candidates},
               zeros, {xMap, channelMap, channelMap}, iterators, body)
        .getResult(0);
  }

  /// The candidates, where fewer keys are below them than the rank: there the
  /// key in question is no smaller.
  Value choose(Value found, Value candidates, Value counts) {
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Value keeps = arith::CmpIOp::create(
          nested, loc, arith::CmpIPredicate::slt, arguments[2], rank);
      return SmallVector<Value>{arith::SelectOp::create(
          nested, loc, keeps, arguments[1], arguments[0])};
    };
    return buildElementwise(builder, loc, {found, candidates, counts},
                            Type(keyType), body)
        .getResult(0);
  }

  /// The values of keys; 0 if channels are empty.
  Value toValues(Value keys) {
    Value isEmpty;
    for (int64_t dim = 0, e = op.getX().getType().getRank(); dim < e; ++dim) {
      if (llvm::is_contained(op.getChannels(), dim))
        continue;
      Value extent = getValueOrCreateConstantIndexOp(
          builder, loc, tensor::getMixedSize(builder, loc, op.getX(), dim));
      Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
      Value isZero = arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::eq, extent, zero);
      isEmpty = isEmpty ? arith::OrIOp::create(builder, loc, isEmpty, isZero)
                        : isZero;
    }
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Value bits = op.getMagnitudes()
                       ? arguments[0]
                       : buildBitsOfOrderedKey(nested, loc, arguments[0]);
      Value value = arith::BitcastOp::create(nested, loc, valueType, bits);
      if (isEmpty) {
        Value zero = arith::ConstantOp::create(
            nested, loc, cast<TypedAttr>(nested.getZeroAttr(valueType)));
        value = arith::SelectOp::create(nested, loc, isEmpty, zero, value);
      }
      return SmallVector<Value>{convertFloat(nested, loc, value, xType)};
    };
    return buildElementwise(builder, loc, keys, Type(xType), body).getResult(0);
  }

  OrderStatisticsOp op;
  Value rank, init;
  OpBuilder &builder;
  Location loc;
  FloatType xType, valueType;
  IntegerType keyType;
};

struct BisectOrderStatistics : public OpRewritePattern<OrderStatisticsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(OrderStatisticsOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> results;
    for (auto [rank, init] : llvm::zip(op.getRanks(), op.getInits())) {
      Value values = Bisection(op, rank, init, rewriter).build();
      if (values.getType() != init.getType())
        values = tensor::CastOp::create(rewriter, op.getLoc(), init.getType(),
                                        values);
      results.push_back(values);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void quant_act::populateOrderStatisticsToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<BisectOrderStatistics>(patterns.getContext());
}
