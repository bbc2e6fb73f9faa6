//===- Options.cpp - The command line of quant-compile --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "Tool.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"

#include <optional>

using namespace llvm;
using namespace quant_act;

static constexpr char overview[] =
    R"(compiles the functions of a .mlir file ahead of time

Every public function, which takes and returns ranked tensors, becomes a C
function: it takes a pointer and dynamic extents for each argument, a pointer for
each result, and returns null or a message. The header says more. No run-time
library is needed but libc and libm, for percentiles that of quant-act, and for
several processors the compiler's own.

example: a shared library and its header layer.h for any x86-64 processor with AVX2

  quant-compile layer.mlir -o layer.so --mcpu=x86-64-v3

example: the same for any x86-64 processor, faster where there is AVX2 or AVX-512

  quant-compile layer.mlir -o layer.so --mcpu=x86-64,x86-64-v3,x86-64-v4
)";

/// What a file of this name is to hold.
static std::optional<OutputKind> getKind(StringRef path) {
  return StringSwitch<std::optional<OutputKind>>(sys::path::extension(path))
      .Case(".ll", OutputKind::LLVMIR)
      .Case(".s", OutputKind::Assembly)
      .Case(".o", OutputKind::Object)
      .Case(".so", OutputKind::SharedLibrary)
      .Default(std::nullopt);
}

static bool isText(OutputKind kind) {
  return kind == OutputKind::LLVMIR || kind == OutputKind::Assembly;
}

/// Completes what follows from other options.
static Error completeOutputs(CompileOptions &options, bool isKindGiven,
                             bool isHeaderGiven) {
  if (!isKindGiven) {
    std::optional<OutputKind> kind = getKind(options.outputFile);
    if (!kind)
      return createStringError("expects --emit, or a file of -o that ends in "
                               ".o, .so, .s or .ll, but got '" +
                               options.outputFile + "'");
    options.kind = *kind;
  }
  if (options.outputFile.empty() && isText(options.kind))
    options.outputFile = "-";
  if (options.outputFile.empty())
    return createStringError("expects -o to name the output file");
  if (options.outputFile == "-" && !isText(options.kind))
    return createStringError("expects a file for object code, but got -o -");
  if (isHeaderGiven || isText(options.kind))
    return Error::success();
  SmallString<128> header(options.outputFile);
  sys::path::replace_extension(header, "h");
  options.headerFile = header.str();
  options.isHeaderImplied = true;
  return Error::success();
}

Expected<CompileOptions> quant_act::parseCommandLine(int argc, char **argv) {
  cl::OptionCategory category("quant-compile options");
  cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                 cl::init("-"), cl::cat(category));
  cl::opt<std::string> outputFile(
      "o", cl::value_desc("file"), cl::cat(category),
      cl::desc("Output; its ending (.o, .so, .s, .ll) says what it is to be"));
  cl::opt<OutputKind> kind(
      "emit", cl::cat(category),
      cl::desc("What the output is to be, whatever its ending:"),
      cl::values(
          clEnumValN(OutputKind::LLVMIR, "llvm",
                     "LLVM IR, optimized for the processor (default: to the "
                     "standard output)"),
          clEnumValN(OutputKind::Assembly, "asm", "assembly (likewise)"),
          clEnumValN(OutputKind::Object, "obj", "an object file"),
          clEnumValN(OutputKind::SharedLibrary, "shared",
                     "a shared library, which takes a linker")));
  cl::opt<std::string> header(
      "header", cl::value_desc("file.h"), cl::cat(category),
      cl::desc("C header; default: beside object files and libraries, of their "
               "name; empty: none"));
  cl::opt<std::string> target(
      "target", cl::value_desc("triple"), cl::cat(category),
      cl::desc("Target, such as aarch64-linux-gnu; default: this machine's"));
  cl::opt<std::string> cpu(
      "mcpu", cl::value_desc("name,.."), cl::cat(category),
      cl::desc("Processor; default: one that every processor of the target can "
               "stand in for; native: this machine's. Of several (x86-64 "
               "GNU/Linux), the best one that the machine has is chosen when "
               "the code is loaded, or else the least"));
  cl::opt<std::string> features(
      "mattr", cl::value_desc("+name,-name,.."), cl::cat(category),
      cl::desc("Features that the processor has besides, or has not; not with "
               "several processors"));
  cl::opt<std::string> prefix(
      "prefix", cl::value_desc("text"), cl::cat(category),
      cl::desc("What to put before the functions' names"));
  cl::opt<std::string> linker(
      "linker", cl::value_desc("program"), cl::cat(category),
      cl::desc("C compiler or linker that links shared libraries; default: cc, "
               "gcc, clang, or for another target <arch>-linux-gnu-gcc, or "
               "else ld.lld, as found in PATH"));
  cl::opt<std::string> pipelineOptions(
      "pipeline-options", cl::value_desc("name=value .."), cl::cat(category),
      cl::desc("Options of the pipeline, as for quant-act-to-llvm-cpu; "
               "runtime-verification is true unless given here, and others "
               "follow from the processor"));

  if (Error error = parseOptions(argc, argv, overview, category))
    return error;
  CompileOptions options;
  options.inputFile = inputFile;
  options.kind = kind;
  options.outputFile = outputFile;
  options.headerFile = header;
  options.target = target;
  options.cpu = cpu;
  options.features = features;
  options.prefix = prefix;
  options.linker = linker;
  options.pipelineOptions = pipelineOptions;
  if (Error error = completeOutputs(options, kind.getNumOccurrences(),
                                    header.getNumOccurrences()))
    return std::move(error);
  return options;
}
