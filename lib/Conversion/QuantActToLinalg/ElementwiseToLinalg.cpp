//===- ElementwiseToLinalg.cpp - Ops that compute each element ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// fake_quant and the ops that compute each element or parameter by itself, as
// linalg.generic ops whose bodies the numerics write through the Emitter.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuant.h"
#include "QuantAct/Numerics/QParams.h"
#include "QuantAct/Numerics/Storage.h"
#include "QuantizerOperands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

FloatType quant_act::getFloatElementType(Value tensor) {
  return cast<FloatType>(
      cast<RankedTensorType>(tensor.getType()).getElementType());
}

linalg::GenericOp
quant_act::buildParallelGeneric(OpBuilder &builder, Location loc,
                                ValueRange operands, ValueRange inits,
                                ArrayRef<AffineMap> maps, BodyBuilder body) {
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
  auto getRank = [](Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getRank();
  };
  Value widest = *llvm::max_element(
      operands, [&](Value a, Value b) { return getRank(a) < getRank(b); });
  SmallVector<OpFoldResult> extents =
      tensor::getMixedSizes(builder, loc, widest);
  SmallVector<AffineMap> maps;
  for (Value operand : operands)
    maps.push_back(getRank(operand) == 0
                       ? AffineMap::get(extents.size(), 0, builder.getContext())
                       : builder.getMultiDimIdentityMap(extents.size()));
  SmallVector<Value> inits;
  for (Type type : resultTypes) {
    inits.push_back(tensor::EmptyOp::create(builder, loc, extents, type));
    maps.push_back(builder.getMultiDimIdentityMap(extents.size()));
  }
  return buildParallelGeneric(builder, loc, operands, inits, maps, body);
}

namespace {

/// One generic op over the elements of a tensor, each with its parameters. The
/// body makes an element of the result of them.
template <typename Body>
Value buildOnElements(const QuantizerParts &parts, OpBuilder &builder,
                      Location loc, FloatType compute,
                      RankedTensorType resultType, Body body) {
  QuantizerOperands operands(parts, builder, loc);
  SmallVector<AffineMap> maps(operands.getMaps());
  maps.push_back(operands.getElementMap());
  Value init = tensor::EmptyOp::create(builder, loc,
                                       operands.getElementExtents(builder, loc),
                                       resultType.getElementType());
  auto buildBody = [&](OpBuilder &nested, Location, ValueRange arguments) {
    Emitter emitter(nested, loc, compute);
    return SmallVector<Value>{
        body(nested, emitter, operands.getX(arguments),
             operands.buildParameters(nested, emitter, arguments))};
  };
  Value result = buildParallelGeneric(builder, loc, operands.getTensors(), init,
                                      maps, buildBody)
                     .getResult(0);
  return operands.getView().join(builder, loc, result, resultType);
}

struct LowerFakeQuant : public OpRewritePattern<FakeQuantOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    FloatType type = getFloatElementType(op.getX());
    auto body = [&](OpBuilder &, Emitter &emitter, Value x,
                    const Parameters<Emitter> &parameters) {
      Value y = fakeQuant(emitter, op.getSpec(), emitter.load(x), parameters);
      return emitter.store(y, type);
    };
    rewriter.replaceOp(op, buildOnElements(QuantizerParts::get(op), rewriter,
                                           op.getLoc(), op.getComputeType(),
                                           op.getType(), body));
    return success();
  }
};

struct LowerQuantize : public OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    FakeQuantSpec spec = op.getSpec();
    Type storage = op.getType().getElementType();
    auto body = [&](OpBuilder &nested, Emitter &emitter, Value x,
                    const Parameters<Emitter> &parameters) {
      Value a = activate(emitter, spec.activation, emitter.load(x));
      Value code = quantize(emitter, spec, a, parameters);
      return storeCode(nested, op.getLoc(), emitter, spec, code, parameters,
                       storage);
    };
    rewriter.replaceOp(op, buildOnElements(QuantizerParts::get(op), rewriter,
                                           op.getLoc(), op.getComputeType(),
                                           op.getType(), body));
    return success();
  }
};

struct LowerDequantize : public OpRewritePattern<DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    FloatType type = getFloatElementType(op.getY());
    FakeQuantSpec spec;
    spec.format = op.getFormat().getFormat();
    auto body = [&](OpBuilder &nested, Emitter &emitter, Value q,
                    const Parameters<Emitter> &parameters) {
      Value code =
          loadCode(nested, op.getLoc(), emitter, op.getFormat().getFormat(), q);
      return emitter.store(dequantize(emitter, spec, code, parameters), type);
    };
    QuantizerParts parts{op.getQ(),
                         op.getScale(),
                         op.getZeroPoint(),
                         /*bits=*/Value(),
                         /*seed=*/Value(),
                         op.getGridAttr(),
                         op.getZeroPoint() ? op.getEffectiveZeroPointGrid()
                                           : GridAttr(),
                         /*bitsGrid=*/GridAttr()};
    rewriter.replaceOp(op, buildOnElements(parts, rewriter, op.getLoc(),
                                           op.getComputeType(), op.getType(),
                                           body));
    return success();
  }
};

struct LowerChooseQParams : public OpRewritePattern<ChooseQParamsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ChooseQParamsOp op,
                                PatternRewriter &rewriter) const override {
    QParamsSpec spec = op.getSpec();
    Value scaleLow = spec.fullRange ? Value(op.getLow()) : Value();
    Value scale =
        build(op, rewriter, op.getThreshold(), scaleLow,
              [&](Emitter &emitter, ValueRange values, auto bits) {
                std::optional<Value> low;
                if (spec.fullRange)
                  low = values[1];
                return chooseScale(emitter, spec, values[0], low, bits);
              });
    SmallVector<Value> results{scale};
    if (op.getLow())
      results.push_back(build(
          op, rewriter, op.getLow(), scale,
          [&](Emitter &emitter, ValueRange values, auto bits) {
            return chooseZeroPoint(emitter, spec, values[0], values[1], bits);
          }));
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  /// Elementwise over `first`, `second` if there is one, and the op's bits if
  /// there are any.
  template <typename Function>
  static Value build(ChooseQParamsOp op, OpBuilder &builder, Value first,
                     Value second, Function function) {
    FloatType type = getFloatElementType(op.getThreshold());
    SmallVector<Value> operands{first};
    if (second)
      operands.push_back(second);
    if (op.getBits())
      operands.push_back(op.getBits());
    auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, type);
      SmallVector<Value> values;
      for (Value argument : arguments.take_front(operands.size()))
        values.push_back(emitter.load(argument));
      std::optional<Value> bits;
      if (op.getBits())
        bits = values.back();
      Value result = function(emitter, ValueRange(values), bits);
      return SmallVector<Value>{emitter.store(result, type)};
    };
    return buildElementwise(builder, op.getLoc(), operands, Type(type), body)
        .getResult(0);
  }
};

/// Replaces an op of one tensor by a function of its elements.
template <typename Op, typename Function>
LogicalResult lowerUnary(Op op, PatternRewriter &rewriter, Function function) {
  Value operand = op->getOperand(0);
  FloatType type = getFloatElementType(operand);
  auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
    Emitter emitter(nested, loc, type);
    Value result = function(emitter, emitter.load(arguments[0]));
    return SmallVector<Value>{emitter.store(result, type)};
  };
  rewriter.replaceOp(
      op, buildElementwise(rewriter, op.getLoc(), operand, Type(type), body));
  return success();
}

struct LowerActivate : public OpRewritePattern<ActivateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateOp op,
                                PatternRewriter &rewriter) const override {
    return lowerUnary(op, rewriter, [&](Emitter &emitter, Value x) {
      return activate(emitter, op.getActivation(), x);
    });
  }
};

struct LowerInitParameter : public OpRewritePattern<InitParameterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(InitParameterOp op,
                                PatternRewriter &rewriter) const override {
    return lowerUnary(op, rewriter, [&](Emitter &emitter, Value running) {
      return initializeParameter(emitter, op.getRestriction().getKind(),
                                 running);
    });
  }
};

struct LowerLearnedBits : public OpRewritePattern<LearnedBitsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LearnedBitsOp op,
                                PatternRewriter &rewriter) const override {
    return lowerUnary(op, rewriter, [&](Emitter &emitter, Value offset) {
      return learnedBits(emitter, op.getMinimum().convertToDouble(), offset);
    });
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
  patterns.add<LowerFakeQuant, LowerQuantize, LowerDequantize, LowerActivate,
               LowerChooseQParams, LowerObserve, LowerInitParameter,
               LowerLearnedBits>(patterns.getContext());
}
