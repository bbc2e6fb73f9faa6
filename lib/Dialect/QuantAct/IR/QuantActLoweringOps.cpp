//===- QuantActLoweringOps.cpp - What ops are lowered to ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// OrderStatisticsOp
//===----------------------------------------------------------------------===//

LogicalResult OrderStatisticsOp::verify() {
  if (getActivation() != Activation::Identity &&
      getActivation() != Activation::Relu)
    return emitOpError() << "expects no activation but relu, but got "
                         << stringifyEnum(getActivation());
  if (getRanks().empty() || getRanks().size() != getInits().size())
    return emitOpError() << "expects a rank or more and a result for each, but "
                            "got "
                         << getRanks().size() << " and " << getInits().size();
  RankedTensorType x = getX().getType();
  SmallVector<int64_t> shape;
  for (int64_t dim : getChannels()) {
    if (dim < 0 || dim >= x.getRank())
      return emitOpError() << "expects channels to be dimensions of x, which "
                              "has "
                           << x.getRank() << ", but got " << dim;
    if (llvm::count(getChannels(), dim) > 1)
      return emitOpError() << "expects different dimensions as channels, but "
                              "got "
                           << dim << " twice";
    shape.push_back(x.getDimSize(dim));
  }
  for (Type type : getValues().getTypes()) {
    auto values = cast<RankedTensorType>(type);
    if (failed(verifyCompatibleShape(shape, values.getShape())) ||
        x.getElementType() != values.getElementType())
      return emitOpError() << "expects values of type "
                           << RankedTensorType::get(shape, x.getElementType())
                           << ", but got " << values;
  }
  return success();
}
