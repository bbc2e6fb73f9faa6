//===- Options.h - The command line of quant-run ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_OPTIONS_H
#define QUANTACT_TOOLS_QUANTRUN_OPTIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// A file of an argument or result, and the slices [begin, end) of its first
/// dimension that are meant.
struct NamedFile {
  std::string name;
  std::string path;
  std::optional<std::pair<int64_t, int64_t>> slices;
};

/// An argument that is one number everywhere.
struct NamedValue {
  std::string name;
  double value;
};

struct RunOptions {
  std::string inputFile;
  std::string entry;
  std::vector<NamedFile> inputs;
  std::vector<NamedValue> fills;
  std::vector<NamedFile> outputs;
  std::string over;
  std::string loadState;
  std::string saveState;
  bool interpret = false;
  /// 0: one per processor.
  unsigned threads = 1;
  std::string pipelineOptions;
  /// A directory; empty: no cache.
  std::string cache;
  bool verbose = false;
  unsigned benchmarkCalls = 0;
  bool table = false;
  unsigned tableRows = 0;
  std::string picture;
  std::optional<int64_t> channelDim;
  /// Empty: no comparison.
  std::string compareNumerics;
  unsigned compareRows = 10;
};

/// Reads the command line. Prints help and ends the process where asked to.
llvm::Expected<RunOptions> parseCommandLine(int argc, char **argv);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_OPTIONS_H
