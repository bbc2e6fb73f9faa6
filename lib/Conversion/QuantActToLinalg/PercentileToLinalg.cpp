//===- PercentileToLinalg.cpp - Percentiles as order statistics -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/Statistics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

/// Which smallest values the statistic asks for, as i64, of n values.
static SmallVector<Value> buildRanks(OpBuilder &builder, Location loc,
                                     const Statistic &statistic, Value n) {
  Emitter emitter(builder, loc, builder.getF64Type());
  SmallVector<Value> ranks = getRanks(emitter, statistic, n);
  for (Value &rank : ranks)
    rank = arith::FPToSIOp::create(builder, loc, builder.getI64Type(), rank);
  return ranks;
}

SmallVector<Value> quant_act::buildPercentiles(StatsOp op, OpBuilder &builder,
                                               Value x, AffineMap channels,
                                               Value count) {
  Location loc = op.getLoc();
  SmallVector<Value> ranks =
      buildRanks(builder, loc, op.getStatistic().getStatistic(), count);

  Activation activation = op.getActivation();
  if (activation != Activation::Identity && activation != Activation::Relu) {
    x = ActivateOp::create(builder, loc, x, op.getActivationAttr());
    activation = Activation::Identity;
  }
  SmallVector<int64_t> dims;
  SmallVector<OpFoldResult> extents;
  for (AffineExpr expr : channels.getResults()) {
    dims.push_back(cast<AffineDimExpr>(expr).getPosition());
    extents.push_back(tensor::getMixedSize(builder, loc, x, dims.back()));
  }
  SmallVector<Value> inits;
  for (size_t i = 0; i < ranks.size(); ++i)
    inits.push_back(
        tensor::EmptyOp::create(builder, loc, extents, getFloatElementType(x)));
  auto statistics = OrderStatisticsOp::create(
      builder, loc, TypeRange(ValueRange(inits)), x, ranks, inits, dims,
      activation, getDefinition(op.getStatistic().getKind()).isOfMagnitudes());

  SmallVector<Value> results;
  auto type = cast<FloatType>(op.getThreshold().getType().getElementType());
  for (Value values : statistics.getValues())
    results.push_back(convertElements(builder, loc, values, type));
  return results;
}
