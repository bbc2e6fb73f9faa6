//===- quant-run.cpp - Run a function on .npy files -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Runner.h"

#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace quant_act;

static llvm::Error runTool(const RunOptions &options) {
  DefaultTimingManager timings;
  applyDefaultTimingManagerCLOptions(timings);
  TimingScope timing = timings.getRootScope();
  DialectRegistry registry;
  quant_act::registerAllDialects(registry);
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);

  std::string message;
  auto buffer = openInputFile(options.inputFile, &message);
  if (!buffer)
    return llvm::createStringError(message);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(*sources, &context);
  TimingScope phase = timing.nest("Parser");
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(*sources, &context);
  phase.stop();
  if (!module)
    return llvm::createStringError("cannot read " + options.inputFile);

  auto runner = Runner::create(*module, options);
  if (!runner)
    return runner.takeError();
  return (*runner)->run(timing);
}

int main(int argc, char **argv) {
  llvm::InitLLVM initializer(argc, argv);
  llvm::Expected<RunOptions> options = parseCommandLine(argc, argv);
  llvm::Error error =
      options ? runTool(*options) : llvm::Error(options.takeError());
  if (!error)
    return 0;
  llvm::WithColor::error(llvm::errs(), "quant-run")
      << llvm::toString(std::move(error)) << '\n';
  return 1;
}
