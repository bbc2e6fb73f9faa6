//===- Options.h - The command line of quant-compile ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTCOMPILE_OPTIONS_H
#define QUANTACT_TOOLS_QUANTCOMPILE_OPTIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace quant_act {

enum class OutputKind { LLVMIR, Assembly, Object, SharedLibrary };

struct CompileOptions {
  std::string inputFile;
  OutputKind kind = OutputKind::Object;
  std::string outputFile;
  /// Empty: none.
  std::string headerFile;
  /// Whether a file that is no header of ours must stay.
  bool isHeaderImplied = false;
  std::string target, cpu, features;
  std::string prefix;
  std::string linker;
  std::string pipelineOptions;
};

/// Reads the command line. Prints help and ends the process where asked to.
llvm::Expected<CompileOptions> parseCommandLine(int argc, char **argv);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTCOMPILE_OPTIONS_H
