//===- Tool.cpp - What tools on .mlir files have in common ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tool.h"

#include "QuantAct/Compiler/Lowering.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace quant_act;

using llvm::createStringError;
using llvm::Error;

Error quant_act::parseOptions(int argc, char **argv, StringRef overview,
                              llvm::cl::OptionCategory &category) {
  llvm::cl::HideUnrelatedOptions(category);
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (llvm::cl::ParseCommandLineOptions(argc, argv, overview, &stream))
    return Error::success();
  return createStringError(errors.empty()
                               ? "the command line is not valid; see --help"
                               : StringRef(errors).trim());
}

Error quant_act::parsePipelineOptions(StringRef text,
                                      CPUPipelineOptions &options) {
  options.runtimeVerification = true;
  if (succeeded(options.parseFromString(text)))
    return Error::success();
  return createStringError("expects --pipeline-options to be options of "
                           "quant-act-to-llvm-cpu, but got '" +
                           text + "'");
}

Error quant_act::withModule(StringRef file,
                            llvm::function_ref<Error(ModuleOp)> use,
                            TimingScope timing) {
  DialectRegistry registry;
  quant_act::registerAllDialects(registry);
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);

  std::string message;
  auto buffer = openInputFile(file, &message);
  if (!buffer)
    return createStringError(message);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(*sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(*sources, &context);
  timing.stop();
  if (!module)
    return createStringError("cannot read " + file);
  return use(*module);
}

int quant_act::finish(StringRef tool, Error error) {
  if (!error)
    return 0;
  llvm::WithColor::error(llvm::errs(), tool)
      << llvm::toString(std::move(error)) << '\n';
  return 1;
}
