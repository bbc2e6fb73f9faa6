//===- Signature.h - What a function takes and returns ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_SIGNATURE_H
#define QUANTACT_COMPILER_SIGNATURE_H

#include "QuantAct/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// An argument or result: its `quant_act.name`, or else "arg0", "result0" ...;
/// its element type; its shape, in which mlir::ShapedType::kDynamic is `?`.
struct TensorSpec {
  std::string name;
  ElementType type;
  llvm::SmallVector<int64_t> shape;
  /// An argument's `quant_act.initial`.
  std::optional<HostTensor> initial;

  bool isStatic() const;

  /// Whether the value has this type and shape.
  bool fits(const HostTensor &value) const;

  /// The spec as text: "tensor<?x64xf32>".
  std::string format() const;
};

/// A function on tensors, as a caller sees it.
struct Signature {
  std::string name;
  std::vector<TensorSpec> arguments;
  std::vector<TensorSpec> results;

  /// Fails if an argument or result is no ranked tensor that a HostTensor can
  /// hold.
  static llvm::Expected<Signature> get(mlir::func::FuncOp function);

  /// Fails if the values do not fit the arguments.
  llvm::Error
  checkArguments(llvm::ArrayRef<const HostTensor *> arguments) const;
};

} // namespace quant_act

#endif // QUANTACT_COMPILER_SIGNATURE_H
