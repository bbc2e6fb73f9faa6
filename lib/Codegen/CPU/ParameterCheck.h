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

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_PARAMETERCHECK_H
