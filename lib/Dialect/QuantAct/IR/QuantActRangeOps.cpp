//===- QuantActRangeOps.cpp - Quantization by a range ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Numerics/Reference.h"

#include "OpChecks.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// The largest number of levels whose steps f32 can count.
static constexpr int64_t maxLevels = int64_t(1) << 24;

template <typename Op>
static LogicalResult verifyLevels(Op op) {
  int64_t levels = op.getSpec().levels;
  RangeContract contract = op.getContract();
  if (contract == RangeContract::Openvino) {
    if (levels >= 2 && levels <= maxLevels)
      return success();
    return op.emitOpError()
           << "expects 2 to " << maxLevels << " levels, but got " << levels;
  }
  bool isNarrow = levels % 2 != 0;
  if (levels >= 3 && levels <= 1 << 16 &&
      llvm::isPowerOf2_64(levels + (isNarrow ? 1 : 0)))
    return success();
  return op.emitOpError() << "expects 2^bits levels, or 2^bits - 1 for the "
                             "narrow range, of 2 to "
                             "16 bits with "
                          << stringifyEnum(contract) << ", but got " << levels;
}

template <typename Op>
static LogicalResult verifyOutRange(Op op) {
  if (static_cast<bool>(op.getOutLow()) != static_cast<bool>(op.getOutHigh()))
    return op.emitOpError()
           << "expects out_low and out_high together, but got "
           << (op.getOutLow() ? "out_low" : "out_high") << " alone";
  if (!op.getOutLow()) {
    if (op.getOutGrid())
      return op.emitOpError()
             << "expects out_low and out_high where there is a grid for them";
    return success();
  }
  if (op.getContract() != RangeContract::Openvino)
    return op.emitOpError()
           << "expects out_low and out_high with openvino only, but the "
              "contract is "
           << stringifyEnum(op.getContract());
  RankedTensorType x = op.getX().getType();
  if (op.getOutLow().getType() != op.getOutHigh().getType())
    return op.emitOpError()
           << "expects out_low and out_high of one type, but got "
           << op.getOutLow().getType() << " and " << op.getOutHigh().getType();
  GridAttr grid = op.getEffectiveOutGrid();
  if (failed(verifyGrid(op, grid, x)) ||
      failed(verifyBlocksNest(op, op.getGridAttr(), grid, x)))
    return failure();
  return verifyParameters(op, "out_low", op.getOutLow().getType(), grid, x);
}

template <typename Op>
LogicalResult quant_act::verifyFakeQuantRange(Op op) {
  RankedTensorType x = op.getX().getType();
  GridAttr grid = op.getGridAttr();
  if (failed(verifyLevels(op)) || failed(verifyGrid(op, grid, x)) ||
      failed(verifyParameters(op, "low", op.getLow().getType(), grid, x)))
    return failure();
  return verifyOutRange(op);
}

template LogicalResult quant_act::verifyFakeQuantRange(FakeQuantRangeGradOp op);

LogicalResult FakeQuantRangeOp::verify() { return verifyFakeQuantRange(*this); }

template <typename Op>
FloatType quant_act::getFakeQuantRangeComputeType(Op op) {
  FloatType type = Float32Type::get(op.getContext());
  for (Value operand : op->getOperands())
    type = promoteTypes(type, getFloatType(operand));
  return type;
}

template FloatType
quant_act::getFakeQuantRangeComputeType(FakeQuantRangeGradOp op);

FloatType FakeQuantRangeOp::getComputeType() {
  return getFakeQuantRangeComputeType(*this);
}

LogicalResult
FakeQuantRangeOp::reifyResultShapes(OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(builder, getLoc(), getX()));
  return success();
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

OpFoldResult FakeQuantRangeOp::fold(FoldAdaptor adaptor) {
  std::optional<HostTensor> x = getFoldable(adaptor.getX());
  if (!x || !getType().hasStaticShape())
    return {};
  // Low and high, out_low and out_high.
  std::vector<HostTensor> values;
  std::vector<reference::PlacedParameters> placed;
  for (Attribute operand : adaptor.getOperands().drop_front()) {
    std::optional<HostTensor> value = getFoldable(operand);
    if (!value)
      return {};
    values.push_back(std::move(*value));
  }
  for (auto [index, value] : llvm::enumerate(values)) {
    GridAttr grid = index < 2 ? getGridAttr() : getEffectiveOutGrid();
    if (ArrayRef<int64_t>(getParameterShape(grid, x->getShape())) !=
        value.getShape())
      return {};
    placed.push_back({&value, getParameterLayout(grid, x->getShape())});
  }
  reference::FakeQuantRangeOperands operands{placed[0], placed[1], {}, {}};
  if (placed.size() == 4) {
    operands.outLow = placed[2];
    operands.outHigh = placed[3];
  }
  HostTensor y = reference::fakeQuantRange(
      getSpec(), *toElementType(getComputeType()), *x, operands);
  return toAttribute(y, getType().getElementType());
}
