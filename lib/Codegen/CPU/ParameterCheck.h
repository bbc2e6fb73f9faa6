//===- ParameterCheck.h - Whether all parameters are right ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_PARAMETERCHECK_H
#define QUANTACT_LIB_CODEGEN_CPU_PARAMETERCHECK_H

#include "LoopBody.h"
#include "LoopBuilder.h"

namespace quant_act {

/// Whether a condition holds for each of an op's parameters, as found before
/// the op is run: a loop over them, which is vectorized like others. `isRight`
/// builds the condition for what the mapping has, which is what the body
/// computes of parameters alone. Needs buffers on the stack.
mlir::Value
buildAreRight(LoopBuilder &b, const LoopBody &body,
              llvm::function_ref<mlir::Value(const mlir::IRMapping &)> isRight);

/// Whether an op has so many elements that checking parameters does not count.
mlir::Value hasElements(LoopBuilder &b, const LoopBody &body,
                        int64_t minElements);

/// Replaces an op by two, of which one is run where `paysOff` holds and then
/// the check that `check` builds: `improve` changes that one.
void buildVersions(LoopBuilder &b, mlir::linalg::GenericOp op,
                   mlir::Value paysOff, llvm::function_ref<mlir::Value()> check,
                   llvm::function_ref<void(mlir::linalg::GenericOp)> improve);

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_PARAMETERCHECK_H
