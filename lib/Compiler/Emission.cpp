//===- Emission.cpp - Files of generated code -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Emission.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace quant_act;

Error quant_act::emitCode(llvm::Module &code, TargetMachine &machine,
                          CodeFormat format, raw_pwrite_stream &os) {
  if (format == CodeFormat::LLVMIR) {
    code.print(os, /*AAW=*/nullptr);
    return Error::success();
  }
  legacy::PassManager passes;
  CodeGenFileType type = format == CodeFormat::Object
                             ? CodeGenFileType::ObjectFile
                             : CodeGenFileType::AssemblyFile;
  if (machine.addPassesToEmitFile(passes, os, /*DwoOut=*/nullptr, type))
    return createStringError("no such code can be written for " +
                             machine.getTargetTriple().str());
  passes.run(code);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

/// What links for a target, best first. A compiler knows where libm is.
static SmallVector<std::string> getLinkerNames(const Triple &triple) {
  std::string version = "-" + std::to_string(LLVM_VERSION_MAJOR);
  SmallVector<std::string> names;
  if (triple.getArch() == Triple(sys::getProcessTriple()).getArch())
    names = {"cc", "gcc", "clang", "clang" + version};
  else
    names = {(triple.getArchName() + "-linux-gnu-gcc").str()};
  names.push_back("ld.lld");
  names.push_back("ld.lld" + version);
  return names;
}

static Expected<std::string> findLinker(const Triple &triple,
                                        StringRef linker) {
  SmallVector<std::string> names;
  if (linker.empty())
    names = getLinkerNames(triple);
  else
    names.push_back(linker.str());
  for (const std::string &name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("cannot link a shared library for " + triple.str() +
                           ": there is no " + join(names, ", ") +
                           " in PATH; name a linker, or write an object file");
}

/// Whether the program is a linker itself.
static bool isBareLinker(StringRef path) {
  StringRef name = sys::path::filename(path);
  return name.contains("lld") || name == "ld" || name.ends_with("-ld");
}

/// Runs a program; an error has what it wrote.
static Error runProgram(ArrayRef<StringRef> arguments) {
  SmallString<128> log;
  if (std::error_code error =
          sys::fs::createTemporaryFile("quant-act", "log", log))
    return createStringError("cannot create a temporary file: " +
                             error.message());
  FileRemover remover(log);
  std::string message;
  int status = sys::ExecuteAndWait(
      arguments.front(), arguments,
      /*Env=*/std::nullopt, {StringRef(), StringRef(log), StringRef(log)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  if (status == 0)
    return Error::success();
  if (auto output = MemoryBuffer::getFile(log); message.empty() && output)
    message = (*output)->getBuffer().trim().str();
  return createStringError(arguments.front() + " failed: " + message);
}

Error quant_act::linkSharedLibrary(StringRef object, StringRef output,
                                   StringRef name, const Triple &triple,
                                   StringRef linker,
                                   ArrayRef<StringRef> libraries,
                                   bool usesCompilerLibrary) {
  Expected<std::string> path = findLinker(triple, linker);
  if (!path)
    return path.takeError();
  if (usesCompilerLibrary && isBareLinker(*path))
    return createStringError(
        "expects a C compiler to link a shared library for several "
        "processors, as it takes the compiler's library, but got '" +
        *path + "'");
  SmallVector<StringRef> arguments = {*path, "-shared", "-o", output, object};
  llvm::append_range(arguments, libraries);
  std::string nameOption = "-Wl,-soname," + name.str();
  if (isBareLinker(*path))
    arguments.append({"-soname", name, "--exclude-libs", "ALL"});
  else
    arguments.append({nameOption, "-Wl,--exclude-libs,ALL", "-Wl,--as-needed",
                      "-Wl,-z,defs", "-lm"});
  return runProgram(arguments);
}
