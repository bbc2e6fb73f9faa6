//===- RangeToLinalg.cpp - fake_quant_range and its gradient to linalg ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/RangeGradients.h"
#include "Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// What fake_quant_range and its gradient take, as operands of a
/// linalg.generic over x.
class RangeOperands {
public:
  template <typename Op>
  RangeOperands(Op op, OpBuilder &builder, SharedDims shared = SharedDims::Keep)
      : view(op.getX().getType(), {op.getGridAttr(), op.getEffectiveOutGrid()},
             shared),
        hasOutRange(static_cast<bool>(op.getOutLow())) {
    Location loc = op.getLoc();
    addElements(builder, loc, op.getX());
    addParameters(builder, loc, op.getLow(), op.getGridAttr());
    addParameters(builder, loc, op.getHigh(), op.getGridAttr());
    if (!hasOutRange)
      return;
    addParameters(builder, loc, op.getOutLow(), op.getEffectiveOutGrid());
    addParameters(builder, loc, op.getOutHigh(), op.getEffectiveOutGrid());
  }

  /// Makes a tensor of x's shape an operand, too; the result is its index.
  unsigned addElements(OpBuilder &builder, Location loc, Value tensor) {
    tensors.push_back(view.split(builder, loc, tensor));
    maps.push_back(builder.getMultiDimIdentityMap(view.getRank()));
    return tensors.size() - 1;
  }

  const BlockView &getView() const { return view; }
  ArrayRef<Value> getTensors() const { return tensors; }
  ArrayRef<AffineMap> getMaps() const { return maps; }

  /// In the body, from its arguments: x and its ranges.
  Value getX(ValueRange arguments) const { return arguments[0]; }
  Ranges<Emitter> buildRanges(Emitter &emitter, ValueRange arguments) const {
    Value low = emitter.load(arguments[1]), high = emitter.load(arguments[2]);
    if (!hasOutRange)
      return {low, high, low, high};
    return {low, high, emitter.load(arguments[3]), emitter.load(arguments[4])};
  }

  /// A tensor of x's type and shape whose elements `body` makes.
  template <typename Op>
  Value buildElements(
      Op op, OpBuilder &builder,
      function_ref<Value(Emitter &, ValueRange arguments)> body) const {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getX().getType());
    auto elementType = cast<FloatType>(type.getElementType());
    SmallVector<AffineMap> allMaps(maps);
    allMaps.push_back(maps.front());
    Value init = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, tensors.front()),
        elementType);
    auto generic = buildParallelGeneric(
        builder, loc, tensors, init, allMaps,
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          Emitter emitter(nested, loc, op.getComputeType());
          return SmallVector<Value>{
              emitter.store(body(emitter, arguments), elementType)};
        });
    return view.join(builder, loc, generic.getResult(0), type);
  }

private:
  void addParameters(OpBuilder &builder, Location loc, Value parameters,
                     GridAttr grid) {
    tensors.push_back(view.splitParameters(builder, loc, parameters, grid));
    maps.push_back(view.getParameterMap(builder.getContext(), grid));
  }

  BlockView view;
  bool hasOutRange;
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
};

//===----------------------------------------------------------------------===//
// fake_quant_range
//===----------------------------------------------------------------------===//

struct LowerFakeQuantRange : public OpRewritePattern<FakeQuantRangeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantRangeOp op,
                                PatternRewriter &rewriter) const override {
    RangeOperands operands(op, rewriter);
    auto body = [&](Emitter &emitter, ValueRange arguments) {
      return fakeQuantRange(emitter, op.getSpec(),
                            emitter.load(operands.getX(arguments)),
                            operands.buildRanges(emitter, arguments));
    };
    rewriter.replaceOp(op, operands.buildElements(op, rewriter, body));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// fake_quant_range_grad
//===----------------------------------------------------------------------===//

class RangeGradLowering {
public:
  RangeGradLowering(FakeQuantRangeGradOp op, OpBuilder &builder)
      : op(op), builder(builder), operands(op, builder),
        g(operands.addElements(builder, op.getLoc(), op.getG())),
        summed(op, builder, SharedDims::Merge) {
    summed.addElements(builder, op.getLoc(), op.getG());
  }

  SmallVector<Value> build() {
    SmallVector<Value> results{operands.buildElements(
        op, builder, [&](Emitter &emitter, ValueRange arguments) {
          return buildContributions(operands, emitter, arguments).front();
        })};
    // Gradients on one grid are summed together.
    GridAttr grid = op.getGridAttr(), outGrid = op.getEffectiveOutGrid();
    addSums(results, grid == outGrid ? op->getNumResults() - 1 : 2, grid);
    if (results.size() < op->getNumResults())
      addSums(results, 2, outGrid);
    return results;
  }

private:
  /// What an element contributes to each result.
  SmallVector<Value> buildContributions(const RangeOperands &operands,
                                        Emitter &emitter,
                                        ValueRange arguments) {
    bool hasOutRange = static_cast<bool>(op.getOutLow());
    RangeContributions<Emitter> parts = fakeQuantRangeGradient(
        emitter, op.getSpec(), emitter.load(arguments[g]),
        emitter.load(operands.getX(arguments)),
        operands.buildRanges(emitter, arguments), hasOutRange);
    SmallVector<Value> all{parts.x, parts.low, parts.high};
    if (hasOutRange)
      all.append({*parts.outLow, *parts.outHigh});
    return all;
  }

  /// Adds the next `count` results, which are parameters on `grid`.
  void addSums(SmallVectorImpl<Value> &results, unsigned count, GridAttr grid) {
    size_t first = results.size();
    auto terms = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
      Emitter emitter(nested, loc, op.getComputeType());
      SmallVector<Value> all = buildContributions(summed, emitter, arguments);
      return SmallVector<Value>(ArrayRef(all).slice(first, count));
    };
    for (Value sum :
         buildSums(builder, op.getLoc(), summed.getView(), summed.getTensors(),
                   summed.getMaps(), grid, count, terms))
      results.push_back(finish(sum, results.size(), grid));
  }

  /// A sum as the result at `index`.
  Value finish(Value sum, unsigned index, GridAttr grid) {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op->getResult(index).getType());
    Value converted = convertElements(builder, loc, sum,
                                      cast<FloatType>(type.getElementType()));
    Value joined =
        operands.getView().joinParameters(builder, loc, converted, grid, type);
    // The result's type may know less about its extents than x tells.
    if (joined.getType() == type)
      return joined;
    return tensor::CastOp::create(builder, loc, type, joined);
  }

  FakeQuantRangeGradOp op;
  OpBuilder &builder;
  RangeOperands operands;
  /// The index of g among the operands.
  unsigned g;
  /// The same operands, as what is summed sees them.
  RangeOperands summed;
};

struct LowerFakeQuantRangeGrad : public OpRewritePattern<FakeQuantRangeGradOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantRangeGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, RangeGradLowering(op, rewriter).build());
    return success();
  }
};

} // namespace

void quant_act::populateRangeToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerFakeQuantRange, LowerFakeQuantRangeGrad>(
      patterns.getContext());
}
