//===- Passes.h - From linalg to vector loops -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_PASSES_H
#define QUANTACT_CODEGEN_CPU_PASSES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/Pass.h"

namespace quant_act {

/// The most that `stack-bytes` can be: no stack is much larger, and products of
/// sizes up to it do not overflow.
constexpr unsigned maxStackBytes = 1u << 24;

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "QuantAct/Codegen/CPU/Passes.h.inc"

/// The name of the function that tells a function's result shapes.
std::string getResultShapesName(llvm::StringRef functionName);

} // namespace quant_act

#endif // QUANTACT_CODEGEN_CPU_PASSES_H
