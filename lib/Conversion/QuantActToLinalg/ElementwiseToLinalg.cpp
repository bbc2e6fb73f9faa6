//===- ElementwiseToLinalg.cpp - Ops that compute each element ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// fake_quant, activate, choose_qparams and observe as linalg.generic ops whose
// bodies the numerics write through the Emitter.
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuant.h"
#include "QuantAct/Numerics/QParams.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

static FloatType getFloatElementType(Value tensor) {
  return cast<FloatType>(
      cast<RankedTensorType>(tensor.getType()).getElementType());
}

static linalg::GenericOp buildParallelGeneric(OpBuilder &builder, Location loc,
                                              ValueRange operands,
                                              ValueRange inits,
                                              ArrayRef<AffineMap> maps,
                                              BodyBuilder body) {
  SmallVector<utils::IteratorType> iterators(maps.front().getNumDims(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
      builder, loc, inits.getTypes(), operands, inits, maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        linalg::YieldOp::create(nested, loc, body(nested, loc, arguments));
      });
}

linalg::GenericOp quant_act::buildElementwise(OpBuilder &builder, Location loc,
                                              ValueRange operands,
                                              ArrayRef<Type> resultTypes,
                                              BodyBuilder body) {
  SmallVector<OpFoldResult> extents =
      tensor::getMixedSizes(builder, loc, operands.front());
  SmallVector<Value> inits;
  for (Type type : resultTypes)
    inits.push_back(tensor::EmptyOp::create(builder, loc, extents, type));
  SmallVector<AffineMap> maps(operands.size() + inits.size(),
                              builder.getMultiDimIdentityMap(extents.size()));
  return buildParallelGeneric(builder, loc, operands, inits, maps, body);
}

namespace {

struct LowerFakeQuant : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MLIRContext *context = op.getContext();
    GridAttr grid = op.getGridAttr();
    GridAttr zeroPointGrid =
        op.getZeroPoint() ? op.getEffectiveZeroPointGrid() : GridAttr();
    BlockView view(op.getX().getType(), {grid, zeroPointGrid});

    SmallVector<Value> operands{
        view.split(rewriter, loc, op.getX()),
        view.splitParameters(rewriter, loc, op.getScale(), grid)};
    SmallVector<AffineMap> maps{rewriter.getMultiDimIdentityMap(view.getRank()),
                                view.getParameterMap(context, grid)};
    if (op.getZeroPoint()) {
      operands.push_back(view.splitParameters(rewriter, loc, op.getZeroPoint(),
                                              zeroPointGrid));
      maps.push_back(view.getParameterMap(context, zeroPointGrid));
    }
    maps.push_back(maps.front());
    FloatType type = getFloatElementType(op.getX());
    Value init = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, operands.front()),
        type);

    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, op.getComputeType());
      Value zeroPoint = op.getZeroPoint() ? emitter.load(arguments[2])
                                          : emitter.constant(0.0);
      Value y = fakeQuant(emitter, op.getSpec(), emitter.load(arguments[0]),
                          emitter.load(arguments[1]), zeroPoint);
      return SmallVector<Value>{emitter.store(y, type)};
    };
    Value y = buildParallelGeneric(rewriter, loc, operands, init, maps, body)
                  .getResult(0);
    rewriter.replaceOp(op, view.join(rewriter, loc, y, op.getType()));
    return success();
  }
};

struct LowerActivate : public OpRewritePattern<ActivateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateOp op,
                                PatternRewriter &rewriter) const override {
    FloatType type = getFloatElementType(op.getX());
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      Value y =
          activate(emitter, op.getActivation(), emitter.load(arguments[0]));
      return SmallVector<Value>{emitter.store(y, type)};
    };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), op.getX(),
                                            Type(type), body));
    return success();
  }
};

struct LowerChooseQParams : public OpRewritePattern<ChooseQParamsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ChooseQParamsOp op,
                                PatternRewriter &rewriter) const override {
    FloatType type = getFloatElementType(op.getThreshold());
    QParamsSpec spec = op.getSpec();
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      Value scale = chooseScale(emitter, spec, emitter.load(arguments[0]));
      SmallVector<Value> results{emitter.store(scale, type)};
      if (op.getLow())
        results.push_back(emitter.store(
            chooseZeroPoint(emitter, spec, emitter.load(arguments[1]), scale),
            type));
      return results;
    };
    SmallVector<Type> resultTypes(op->getNumResults(), type);
    rewriter.replaceOp(op,
                       buildElementwise(rewriter, op.getLoc(),
                                        op->getOperands(), resultTypes, body));
    return success();
  }
};

struct LowerObserve : public OpRewritePattern<ObserveOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ObserveOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FloatType type = getFloatElementType(op.getBatch());
    Value count = tensor::ExtractOp::create(rewriter, loc, op.getCount());
    Value one = arith::ConstantIntOp::create(rewriter, loc, 1, 64);
    Value newCount = arith::AddIOp::create(rewriter, loc, count, one);
    ObserveSpec spec = op.getSpec();

    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      Weights weights =
          buildWeights(nested, loc, emitter, spec, count, newCount);
      Value running = updateRunning(emitter, spec, emitter.load(arguments[0]),
                                    emitter.load(arguments[1]), weights.isFirst,
                                    weights.kept, weights.batches);
      return SmallVector<Value>{emitter.store(running, type)};
    };
    Value running =
        buildElementwise(rewriter, loc, {op.getBatch(), op.getRunning()},
                         Type(type), body)
            .getResult(0);
    Value countTensor = tensor::FromElementsOp::create(
        rewriter, loc, op.getNewCount().getType(), newCount);
    rewriter.replaceOp(op, {running, countTensor});
    return success();
  }

private:
  struct Weights {
    Value isFirst;
    Value kept;
    Value batches;
  };

  /// What depends on the number of updates so far. Quotients of counts are
  /// computed in f64.
  static Weights buildWeights(OpBuilder &builder, Location loc,
                              Emitter &emitter, const ObserveSpec &spec,
                              Value count, Value newCount) {
    Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64);
    Value isFirst = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, count, zero);
    Type f64 = builder.getF64Type();
    Value batches = arith::SIToFPOp::create(builder, loc, f64, newCount);
    if (spec.momentum)
      return {isFirst, emitter.constant(1.0 - *spec.momentum),
              emitter.load(batches)};
    Value previous = arith::SIToFPOp::create(builder, loc, f64, count);
    Value kept = arith::DivFOp::create(builder, loc, previous, batches);
    return {isFirst, emitter.load(kept), emitter.load(batches)};
  }
};

} // namespace

void quant_act::populateElementwiseToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<LowerFakeQuant, LowerActivate, LowerChooseQParams, LowerObserve>(
      patterns.getContext());
}
