//===- QuantizerOperands.cpp - What each element is quantized by ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizerOperands.h"

#include "QuantAct/Numerics/Noise.h"
#include "QuantAct/Numerics/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace quant_act;

RowMajorPosition::RowMajorPosition(OpBuilder &builder, Location loc,
                                   Value tensor) {
  Value stride = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<OpFoldResult> extents =
      tensor::getMixedSizes(builder, loc, tensor);
  for (OpFoldResult extent : llvm::reverse(extents)) {
    strides.insert(strides.begin(), stride);
    stride = arith::MulIOp::create(
        builder, loc, stride,
        getValueOrCreateConstantIndexOp(builder, loc, extent));
  }
}

Value RowMajorPosition::build(OpBuilder &nested, Location loc) const {
  Value position = arith::ConstantIndexOp::create(nested, loc, 0);
  for (auto [dim, stride] : llvm::enumerate(strides)) {
    Value index = linalg::IndexOp::create(nested, loc, dim);
    Value distance = arith::MulIOp::create(nested, loc, index, stride);
    position = arith::AddIOp::create(nested, loc, position, distance);
  }
  return arith::IndexCastOp::create(nested, loc, nested.getI64Type(), position);
}

QuantizerOperands::QuantizerOperands(const QuantizerParts &parts,
                                     OpBuilder &builder, Location loc,
                                     SharedDims shared)
    : loc(loc),
      view(parts.x.getType(), {parts.grid, parts.zeroPointGrid}, shared) {
  addElements(builder, loc, parts.x);
  scale = addParameters(builder, loc, parts.scale, parts.grid);
  if (parts.zeroPoint)
    zeroPoint =
        addParameters(builder, loc, parts.zeroPoint, parts.zeroPointGrid);
  if (parts.bits)
    bits = addParameters(builder, loc, parts.bits, parts.bitsGrid);
  if (!parts.seed)
    return;
  seed = tensor::ExtractOp::create(builder, loc, parts.seed);
  position = RowMajorPosition(builder, loc, tensors.front());
}

unsigned QuantizerOperands::addElements(OpBuilder &builder, Location loc,
                                        Value tensor) {
  tensors.push_back(view.split(builder, loc, tensor));
  maps.push_back(builder.getMultiDimIdentityMap(view.getRank()));
  return tensors.size() - 1;
}

unsigned QuantizerOperands::addParameters(OpBuilder &builder, Location loc,
                                          Value parameters, GridAttr grid) {
  tensors.push_back(view.splitParameters(builder, loc, parameters, grid));
  maps.push_back(view.getParameterMap(builder.getContext(), grid));
  return tensors.size() - 1;
}

SmallVector<OpFoldResult>
QuantizerOperands::getElementExtents(OpBuilder &builder, Location loc) const {
  return tensor::getMixedSizes(builder, loc, tensors.front());
}

Parameters<Emitter>
QuantizerOperands::buildParameters(OpBuilder &nested, Emitter &emitter,
                                   ValueRange arguments) const {
  Parameters<Emitter> parameters{
      loadNumber(nested, loc, emitter, arguments[scale]),
      zeroPoint ? emitter.load(arguments[*zeroPoint]) : emitter.constant(0.0)};
  if (bits)
    parameters.bits = emitter.load(arguments[*bits]);
  if (seed)
    parameters.noise = uniformNoise(emitter, seed, position.build(nested, loc));
  return parameters;
}
