//===- Lowering.cpp - From a module to a target's LLVM IR -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Lowering.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace quant_act;

void quant_act::registerCompilerDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
}

llvm::Expected<OwningOpRef<ModuleOp>>
quant_act::lowerToLLVM(ModuleOp module, const Target &target,
                       const CPUPipelineOptions &options) {
  CPUPipelineOptions completed;
  completed.copyOptionValuesFrom(options);
  target.completeOptions(completed);
  OwningOpRef<ModuleOp> lowered = module.clone();
  PassManager pm(module.getContext());
  buildLLVMPipeline(pm, completed);
  if (failed(pm.run(*lowered)))
    return llvm::createStringError("compilation failed");
  return lowered;
}

llvm::Expected<std::unique_ptr<llvm::Module>>
quant_act::translateToLLVMIR(ModuleOp lowered, llvm::TargetMachine &machine,
                             llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(lowered, context);
  if (!code)
    return llvm::createStringError("translation to LLVM IR failed");
  code->setDataLayout(machine.createDataLayout());
  code->setTargetTriple(machine.getTargetTriple());
  auto optimize =
      makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0, &machine);
  if (llvm::Error error = optimize(code.get()))
    return std::move(error);
  return code;
}
