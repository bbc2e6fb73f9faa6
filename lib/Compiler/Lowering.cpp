//===- Lowering.cpp - From a module to a target's LLVM IR -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Lowering.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassTimingInfo.h"
#include "llvm/Passes/PassBuilder.h"
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
                       const CPUPipelineOptions &options, TimingScope timing) {
  CPUPipelineOptions completed;
  completed.copyOptionValuesFrom(options);
  target.completeOptions(completed);
  // LLVM would call a compiler's run-time library for each element.
  if (completed.convertBFloat16 && !target.canConvertBFloat16())
    return llvm::createStringError(
        "expects a processor with avx512bf16 for convert-bfloat16, but '" +
        target.getProcessor() + "' of " + target.getTriple().str() +
        " has it not");
  // The pass would say so for each function.
  if (completed.stackBytes > maxStackBytes)
    return llvm::createStringError("expects stack-bytes to be at most " +
                                   llvm::Twine(maxStackBytes) + ", but got " +
                                   llvm::Twine(completed.stackBytes));
  OwningOpRef<ModuleOp> lowered = module.clone();
  PassManager pm(module.getContext());
  pm.enableTiming(timing);
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
  return code;
}

/// What is left to LLVM: loops are vectorized and unrolled as far as it pays,
/// and calls are inlined. Its usual pipeline takes twice as long for the same
/// code.
static constexpr llvm::StringLiteral llvmPasses =
    "function(sroa,early-cse<memssa>,simplifycfg,"
    "loop-mssa(loop-rotate,licm),gvn,"
    "instcombine<no-verify-fixpoint>,simplifycfg)";

void quant_act::optimizeLLVMIR(llvm::Module &code,
                               llvm::TargetMachine &machine) {
  llvm::PassInstrumentationCallbacks callbacks;
  llvm::TimePassesHandler times;
  times.registerCallbacks(callbacks);
  llvm::PassBuilder builder(&machine, llvm::PipelineTuningOptions(),
                            /*PGOOpt=*/std::nullopt, &callbacks);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(passes, llvmPasses));
  passes.run(code, modules);
}
