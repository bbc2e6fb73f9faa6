//===- Tool.h - What tools on .mlir files have in common --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_COMMON_TOOL_H
#define QUANTACT_TOOLS_COMMON_TOOL_H

#include "QuantAct/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace quant_act {

/// Reads the options of this category, and hides the others from --help, which
/// ends the process.
llvm::Error parseOptions(int argc, char **argv, llvm::StringRef overview,
                         llvm::cl::OptionCategory &category);

/// Reads --pipeline-options. Extents are checked at run time unless they say
/// otherwise.
llvm::Error parsePipelineOptions(llvm::StringRef text,
                                 CPUPipelineOptions &options);

/// Reads a .mlir file (`-`: the standard input) and uses its module, while
/// diagnostics are printed with the file's lines.
llvm::Error withModule(llvm::StringRef file,
                       llvm::function_ref<llvm::Error(mlir::ModuleOp)> use,
                       mlir::TimingScope timing = mlir::TimingScope());

/// Prints the error, if there is one; what `main` returns.
int finish(llvm::StringRef tool, llvm::Error error);

} // namespace quant_act

#endif // QUANTACT_TOOLS_COMMON_TOOL_H
