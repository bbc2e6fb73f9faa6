//===- HostTensors.cpp - Constants and types as host arrays ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"

#include <cstring>

using namespace mlir;
using namespace quant_act;

std::optional<ElementType> quant_act::toElementType(Type type) {
  if (isa<Float4E2M1FNType>(type))
    return ElementType::F4E2M1FN;
  if (isa<Float6E2M3FNType>(type))
    return ElementType::F6E2M3FN;
  if (isa<Float6E3M2FNType>(type))
    return ElementType::F6E3M2FN;
  if (isa<Float8E4M3FNType>(type))
    return ElementType::F8E4M3FN;
  if (isa<Float8E5M2Type>(type))
    return ElementType::F8E5M2;
  if (isa<Float8E4M3FNUZType>(type))
    return ElementType::F8E4M3FNUZ;
  if (isa<Float8E5M2FNUZType>(type))
    return ElementType::F8E5M2FNUZ;
  if (isa<Float8E8M0FNUType>(type))
    return ElementType::F8E8M0FNU;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isF32())
    return ElementType::F32;
  if (type.isF64())
    return ElementType::F64;
  if (type.isSignlessInteger(8))
    return ElementType::I8;
  if (type.isSignlessInteger(16))
    return ElementType::I16;
  if (type.isSignlessInteger(32))
    return ElementType::I32;
  if (type.isSignlessInteger(64))
    return ElementType::I64;
  return std::nullopt;
}

std::optional<HostTensor> quant_act::toHostTensor(DenseElementsAttr constant) {
  std::optional<ElementType> type = toElementType(constant.getElementType());
  if (!type)
    return std::nullopt;
  llvm::Expected<HostTensor> tensor =
      HostTensor::allocate(*type, constant.getType().getShape());
  if (!tensor) {
    llvm::consumeError(tensor.takeError());
    return std::nullopt;
  }
  ArrayRef<char> raw = constant.getRawData();
  auto *data = static_cast<char *>(tensor->getData());
  for (int64_t offset = 0, e = tensor->getNumBytes(); offset < e;
       offset += raw.size())
    std::memcpy(data + offset, raw.data(), raw.size());
  return std::move(*tensor);
}

DenseElementsAttr quant_act::toAttribute(const HostTensor &tensor, Type type) {
  auto *data = static_cast<const char *>(tensor.getData());
  return DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get(tensor.getShape(), type),
      ArrayRef<char>(data, tensor.getNumBytes()));
}
