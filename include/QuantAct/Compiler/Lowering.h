//===- Lowering.h - From a module to a target's LLVM IR ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_LOWERING_H
#define QUANTACT_COMPILER_LOWERING_H

#include "QuantAct/Compiler/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/Timing.h"

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace quant_act {

/// Dialects and translations that compilation needs in the module's context.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// A copy of the module in the LLVM dialect, in which public functions on
/// tensors have the interface that CHeader.h describes. Options that have no
/// value are chosen for the target. Where a pass fails it has emitted a
/// diagnostic. Passes are timed within `timing`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
lowerToLLVM(mlir::ModuleOp module, const Target &target,
            const CPUPipelineOptions &options, mlir::TimingScope timing = {});

/// LLVM IR of a module in the LLVM dialect, for the machine.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp lowered, llvm::TargetMachine &machine,
                  llvm::LLVMContext &context);

/// Runs LLVM's passes. They are timed where LLVM's option -time-passes is set.
void optimizeLLVMIR(llvm::Module &code, llvm::TargetMachine &machine);

} // namespace quant_act

#endif // QUANTACT_COMPILER_LOWERING_H
