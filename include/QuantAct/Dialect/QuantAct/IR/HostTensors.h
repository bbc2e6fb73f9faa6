//===- HostTensors.h - Constants and types as host arrays -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_HOSTTENSORS_H
#define QUANTACT_DIALECT_QUANTACT_IR_HOSTTENSORS_H

#include "QuantAct/Support/HostTensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace quant_act {

/// The host element type of an MLIR type; none if there is none.
std::optional<ElementType> toElementType(mlir::Type type);

/// A constant's elements; none if its element type has no host form, or they
/// are too many.
std::optional<HostTensor> toHostTensor(mlir::DenseElementsAttr constant);

/// The elements of a constant operand small enough to fold; none if it is no
/// constant or a larger one.
std::optional<HostTensor> getFoldable(mlir::Attribute attribute);

/// A host array as a constant of its shape, with elements of type `type`.
mlir::DenseElementsAttr toAttribute(const HostTensor &tensor, mlir::Type type);

} // namespace quant_act

#endif // QUANTACT_DIALECT_QUANTACT_IR_HOSTTENSORS_H
