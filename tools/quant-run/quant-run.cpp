//===- quant-run.cpp - Run a function on .npy files -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Runner.h"
#include "Tool.h"

#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace quant_act;

static llvm::Error runTool(const RunOptions &options) {
  DefaultTimingManager timings;
  applyDefaultTimingManagerCLOptions(timings);
  TimingScope timing = timings.getRootScope();
  auto run = [&](ModuleOp module) -> llvm::Error {
    auto runner = Runner::create(module, options);
    if (!runner)
      return runner.takeError();
    return (*runner)->run(timing);
  };
  return withModule(options.inputFile, run, timing.nest("Parser"));
}

int main(int argc, char **argv) {
  llvm::InitLLVM initializer(argc, argv);
  llvm::Expected<RunOptions> options = parseCommandLine(argc, argv);
  return finish("quant-run", options ? runTool(*options) : options.takeError());
}
