//===- RangeToLinalg.cpp - fake_quant_range to linalg ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockView.h"
#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuantRange.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// The operands of a linalg.generic over x.
class RangeOperands {
public:
  RangeOperands(FakeQuantRangeOp op, OpBuilder &builder)
      : op(op), builder(builder),
        view(op.getX().getType(),
             {op.getGridAttr(), op.getEffectiveOutGrid()}) {
    values.push_back(view.split(builder, op.getLoc(), op.getX()));
    maps.push_back(builder.getMultiDimIdentityMap(view.getRank()));
    add(op.getLow(), op.getGridAttr());
    add(op.getHigh(), op.getGridAttr());
    if (!op.getOutLow())
      return;
    add(op.getOutLow(), op.getEffectiveOutGrid());
    add(op.getOutHigh(), op.getEffectiveOutGrid());
  }

  Value build() {
    Location loc = op.getLoc();
    auto type = cast<FloatType>(op.getType().getElementType());
    Value init = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, values.front()),
        type);
    maps.push_back(maps.front());
    SmallVector<utils::IteratorType> iterators(view.getRank(),
                                               utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        builder, loc, init.getType(), values, init, maps, iterators,
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          Emitter emitter(nested, loc, op.getComputeType());
          Value y = buildElement(emitter, arguments.drop_back());
          linalg::YieldOp::create(nested, loc, emitter.store(y, type));
        });
    return view.join(builder, loc, generic.getResult(0), op.getType());
  }

private:
  void add(Value parameters, GridAttr grid) {
    values.push_back(
        view.splitParameters(builder, op.getLoc(), parameters, grid));
    maps.push_back(view.getParameterMap(op.getContext(), grid));
  }

  Value buildElement(Emitter &emitter, ValueRange arguments) {
    bool hasOutRange = arguments.size() == 5;
    Value low = emitter.load(arguments[1]), high = emitter.load(arguments[2]);
    Ranges<Emitter> ranges{low, high,
                           hasOutRange ? emitter.load(arguments[3]) : low,
                           hasOutRange ? emitter.load(arguments[4]) : high};
    return fakeQuantRange(emitter, op.getSpec(), emitter.load(arguments[0]),
                          ranges);
  }

  FakeQuantRangeOp op;
  OpBuilder &builder;
  BlockView view;
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
};

struct LowerFakeQuantRange : public OpRewritePattern<FakeQuantRangeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FakeQuantRangeOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, RangeOperands(op, rewriter).build());
    return success();
  }
};

} // namespace

void quant_act::populateRangeToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerFakeQuantRange>(patterns.getContext());
}
