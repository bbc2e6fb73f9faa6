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
exportFunctions(ModuleOp module, StringRef prefix, const Target &target) {
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
    if (Error error = checkCName(name, target.getTriple()))
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

static Error compile(ModuleOp module, const CompileOptions &options) {
  Expected<Target> target =
      Target::get(options.target, options.cpu, options.features);
  if (!target)
    return target.takeError();
  CPUPipelineOptions pipeline;
  if (Error error = parsePipelineOptions(options.pipelineOptions, pipeline))
    return error;
  auto functions = exportFunctions(module, options.prefix, *target);
  if (!functions)
    return functions.takeError();
  auto lowered = lowerToLLVM(module, *target, pipeline);
  if (!lowered)
    return lowered.takeError();
  std::unique_ptr<llvm::TargetMachine> machine = target->createMachine();
  llvm::LLVMContext context;
  auto code = translateToLLVMIR(**lowered, *machine, context);
  if (!code)
    return code.takeError();
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
