//===- quant-compile.cpp - Compile functions ahead of time ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Outputs.h"
#include "Tool.h"

#include "QuantAct/Compiler/CHeader.h"
#include "QuantAct/Compiler/Lowering.h"
#include "QuantAct/Compiler/Versions.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace quant_act;

using llvm::Error;
using llvm::Expected;

static Error rename(func::FuncOp function, StringRef name,
                    SymbolTable &symbols) {
  if (function.getName() == name)
    return Error::success();
  if (symbols.lookup(name) || failed(symbols.rename(function, name)))
    return llvm::createStringError("there is already a '" + name +
                                   "' in the module");
  return Error::success();
}

/// Puts the prefix before the names of public functions; their signatures.
static Expected<std::vector<Signature>>
exportFunctions(ModuleOp module, StringRef prefix, const llvm::Triple &triple) {
  SymbolTable symbols(module);
  SmallVector<func::FuncOp> functions;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      functions.push_back(function);
  if (functions.empty())
    return llvm::createStringError("there is no public function to export");
  std::vector<Signature> signatures;
  for (func::FuncOp function : functions) {
    std::string name = (prefix + function.getName()).str();
    if (Error error = checkCName(name, triple))
      return std::move(error);
    if (Error error = rename(function, name, symbols))
      return std::move(error);
    Expected<Signature> signature = Signature::get(function);
    if (!signature)
      return signature.takeError();
    signatures.push_back(std::move(*signature));
  }
  return signatures;
}

static bool keepsState(ModuleOp module) {
  return llvm::any_of(
      module.getOps<ml_program::GlobalOp>(),
      [](ml_program::GlobalOp global) { return global.getIsMutable(); });
}

/// LLVM IR of the module, with a version of each function for each target.
static Expected<std::unique_ptr<llvm::Module>>
generateCode(ModuleOp module, ArrayRef<Target> targets,
             const CPUPipelineOptions &pipeline, llvm::LLVMContext &context) {
  std::vector<std::unique_ptr<llvm::Module>> versions;
  for (const Target &target : targets) {
    auto lowered = lowerToLLVM(module, target, pipeline);
    if (!lowered)
      return lowered.takeError();
    auto code = translateToLLVMIR(**lowered, *target.createMachine(), context);
    if (!code)
      return code.takeError();
    versions.push_back(std::move(*code));
  }
  return joinVersions(std::move(versions), targets);
}

static Error compile(ModuleOp module, const CompileOptions &options) {
  auto targets = getTargets(options.target, options.cpu, options.features);
  if (!targets)
    return targets.takeError();
  CPUPipelineOptions pipeline;
  if (Error error = parsePipelineOptions(options.pipelineOptions, pipeline))
    return error;
  auto functions =
      exportFunctions(module, options.prefix, targets->front().getTriple());
  if (!functions)
    return functions.takeError();
  llvm::LLVMContext context;
  auto code = generateCode(module, *targets, pipeline, context);
  if (!code)
    return code.takeError();
  std::unique_ptr<llvm::TargetMachine> machine =
      targets->front().createMachine();
  optimizeLLVMIR(**code, *machine);
  return writeOutputs(options, **code, *machine, *functions,
                      keepsState(module));
}

int main(int argc, char **argv) {
  llvm::InitLLVM initializer(argc, argv);
  Expected<CompileOptions> options = parseCommandLine(argc, argv);
  if (!options)
    return finish("quant-compile", options.takeError());
  return finish("quant-compile",
                withModule(options->inputFile, [&](ModuleOp module) {
                  return compile(module, *options);
                }));
}
