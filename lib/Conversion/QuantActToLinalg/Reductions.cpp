//===- Reductions.cpp - From elements to parameters -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tree of a sum is explicit: accumulators have a dimension of lanes where
// the run is among the dimensions, found by index mod 16 along it, and a second
// op adds these in order.
//
//===----------------------------------------------------------------------===//

#include "Reductions.h"

#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/Sums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

static Value fill(OpBuilder &builder, Location loc,
                  ArrayRef<OpFoldResult> extents, TypedAttr value) {
  Value empty = tensor::EmptyOp::create(builder, loc, extents, value.getType());
  Value constant = arith::ConstantOp::create(builder, loc, value);
  return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
}

static SmallVector<OpFoldResult> getParameterExtents(OpBuilder &builder,
                                                     Location loc,
                                                     Value elements,
                                                     AffineMap map) {
  SmallVector<OpFoldResult> extents;
  for (AffineExpr expr : map.getResults())
    extents.push_back(tensor::getMixedSize(
        builder, loc, elements, cast<AffineDimExpr>(expr).getPosition()));
  return extents;
}

Value quant_act::fillParameters(OpBuilder &builder, Location loc,
                                Value elements, AffineMap map,
                                TypedAttr value) {
  return fill(builder, loc, getParameterExtents(builder, loc, elements, map),
              value);
}

ValueRange quant_act::buildReduction(OpBuilder &builder, Location loc,
                                     ValueRange operands,
                                     ArrayRef<AffineMap> maps, ValueRange inits,
                                     AffineMap resultMap, BodyBuilder body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.append(inits.size(), resultMap);
  SmallVector<utils::IteratorType> iterators(resultMap.getNumDims(),
                                             utils::IteratorType::reduction);
  for (AffineExpr expr : resultMap.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      iterators[dim.getPosition()] = utils::IteratorType::parallel;
  return linalg::GenericOp::create(
             builder, loc, inits.getTypes(), operands, inits, allMaps,
             iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               linalg::YieldOp::create(nested, loc,
                                       body(nested, loc, arguments));
             })
      .getResults();
}

/// Each term, in f64, added to its accumulator.
static SmallVector<Value> addTerms(OpBuilder &builder, Location loc,
                                   ValueRange terms, ValueRange accumulators) {
  SmallVector<Value> sums;
  for (auto [term, accumulator] : llvm::zip_equal(terms, accumulators)) {
    Value wide = convertFloat(builder, loc, term, builder.getF64Type());
    sums.push_back(arith::AddFOp::create(builder, loc, accumulator, wide));
  }
  return sums;
}

/// The sum over a dimension, from its begin to its end.
static Value addLanes(OpBuilder &builder, Location loc, Value lanes,
                      unsigned dim) {
  int64_t rank = cast<RankedTensorType>(lanes.getType()).getRank();
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  AffineMap map = identity.dropResult(dim);
  Value zeros =
      fillParameters(builder, loc, lanes, map, builder.getF64FloatAttr(0.0));
  auto body = [](OpBuilder &nested, Location loc, ValueRange arguments) {
    return addTerms(nested, loc, arguments[0], arguments[1]);
  };
  return buildReduction(builder, loc, lanes, identity, zeros, map, body)
      .front();
}

/// How many lanes are needed along a run. Where it is the last dimension all
/// are there, so that vectors are loaded whole.
static int64_t getNumLanes(Value elements, int64_t runDim) {
  auto type = cast<RankedTensorType>(elements.getType());
  bool isRow = runDim == type.getRank() - 1;
  if (isRow || type.isDynamicDim(runDim))
    return numSumLanes;
  return std::min(numSumLanes, type.getDimSize(runDim));
}

SmallVector<Value> quant_act::buildSums(OpBuilder &builder, Location loc,
                                        const BlockView &view,
                                        ValueRange operands,
                                        ArrayRef<AffineMap> maps, GridAttr grid,
                                        unsigned numSums, BodyBuilder terms) {
  AffineMap map = view.getParameterMap(builder.getContext(), grid);
  SmallVector<OpFoldResult> extents =
      getParameterExtents(builder, loc, operands.front(), map);
  std::optional<int64_t> runDim = view.getRunDim();
  unsigned laneDim = 0;
  if (runDim) {
    laneDim = llvm::count_if(map.getResults(), [&](AffineExpr expr) {
      return static_cast<int64_t>(cast<AffineDimExpr>(expr).getPosition()) <
             *runDim;
    });
    AffineExpr lane = builder.getAffineDimExpr(*runDim) % numSumLanes;
    map = map.insertResult(lane, laneDim);
    extents.insert(extents.begin() + laneDim, builder.getIndexAttr(getNumLanes(
                                                  operands.front(), *runDim)));
  }
  SmallVector<Value> inits;
  for (unsigned i = 0; i < numSums; ++i)
    inits.push_back(fill(builder, loc, extents, builder.getF64FloatAttr(0.0)));
  auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
    return addTerms(nested, loc, terms(nested, loc, arguments),
                    arguments.take_back(numSums));
  };
  SmallVector<Value> sums = llvm::to_vector_of<Value>(
      buildReduction(builder, loc, operands, maps, inits, map, body));
  if (runDim)
    for (Value &sum : sums)
      sum = addLanes(builder, loc, sum, laneDim);
  return sums;
}

Value quant_act::buildSampleCount(OpBuilder &builder, Location loc,
                                  Value elements, AffineMap map) {
  Value count = arith::ConstantIndexOp::create(builder, loc, 1);
  for (int64_t dim = 0, rank = map.getNumDims(); dim < rank; ++dim) {
    if (map.isFunctionOfDim(dim))
      continue;
    Value extent = getValueOrCreateConstantIndexOp(
        builder, loc, tensor::getMixedSize(builder, loc, elements, dim));
    count = arith::MulIOp::create(builder, loc, count, extent);
  }
  return count;
}

Value quant_act::indexToF64(OpBuilder &builder, Location loc, Value index) {
  Value integer =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  return arith::SIToFPOp::create(builder, loc, builder.getF64Type(), integer);
}
