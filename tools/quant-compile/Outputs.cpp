//===- Outputs.cpp - The files that quant-compile writes ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outputs.h"

#include "QuantAct/Compiler/CHeader.h"
#include "QuantAct/Compiler/Emission.h"
#include "QuantAct/Compiler/RuntimeLibrary.h"
#include "QuantAct/Compiler/Threads.h"
#include "QuantAct/Compiler/Versions.h"
#include "QuantAct/Support/ReplaceFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace quant_act;

static CodeFormat getFormat(OutputKind kind) {
  switch (kind) {
  case OutputKind::LLVMIR:
    return CodeFormat::LLVMIR;
  case OutputKind::Assembly:
    return CodeFormat::Assembly;
  case OutputKind::Object:
  case OutputKind::SharedLibrary:
    return CodeFormat::Object;
  }
  llvm_unreachable("unknown kind of output");
}

/// The libraries that the code calls.
static Expected<SmallVector<std::string>>
getLibraries(const Module &code, const TargetMachine &machine) {
  SmallVector<std::string> libraries;
  if (callsRuntimeLibrary(code)) {
    auto path = getRuntimeLibraryPath(machine.getTargetTriple());
    if (!path)
      return path.takeError();
    libraries.push_back(std::move(*path));
  }
  if (code.getFunction("__kmpc_fork_call"))
    libraries.push_back(getOpenMPLibrary().str());
  return libraries;
}

/// Links the code to the library's pending file.
static Error link(const CompileOptions &options, Module &code,
                  TargetMachine &machine, PendingFile &library) {
  SmallString<128> object;
  if (std::error_code error =
          sys::fs::createTemporaryFile("quant-act", "o", object))
    return createStringError("cannot create a temporary file: " +
                             error.message());
  FileRemover remover(object);
  auto libraries = getLibraries(code, machine);
  if (!libraries)
    return libraries.takeError();
  auto emit = [&](raw_pwrite_stream &os) {
    return emitCode(code, machine, CodeFormat::Object, os);
  };
  Expected<PendingFile> file = PendingFile::create(object);
  if (!file)
    return file.takeError();
  if (Error error = file->write(emit))
    return error;
  if (Error error = file->keep())
    return error;
  return linkSharedLibrary(object, library.getTemporaryPath(),
                           sys::path::filename(options.outputFile),
                           machine.getTargetTriple(), options.linker,
                           llvm::to_vector_of<StringRef>(*libraries),
                           callsCompilerLibrary(code));
}

/// A header that nobody asked for must not take the place of another file.
static Error checkHeaderPath(const CompileOptions &options) {
  if (!options.isHeaderImplied)
    return Error::success();
  auto existing = MemoryBuffer::getFile(options.headerFile);
  if (!existing || isCHeader((*existing)->getBuffer()))
    return Error::success();
  return createStringError(options.headerFile +
                           ": is there and no header of this tool's; --header "
                           "names another file, or none");
}

static Error writeHeader(PendingFile &file, const CompileOptions &options,
                         ArrayRef<Signature> functions,
                         const CodeProperties &properties) {
  return file.write([&](raw_pwrite_stream &os) {
    printCHeader(os, sys::path::filename(options.headerFile), functions,
                 properties);
    return Error::success();
  });
}

static Error writeCode(PendingFile &file, const CompileOptions &options,
                       Module &code, TargetMachine &machine) {
  if (options.kind == OutputKind::SharedLibrary)
    return link(options, code, machine, file);
  return file.write([&](raw_pwrite_stream &os) {
    return emitCode(code, machine, getFormat(options.kind), os);
  });
}

/// Code as text to the standard output.
static Error printCode(const CompileOptions &options, Module &code,
                       TargetMachine &machine) {
  SmallString<0> text;
  raw_svector_ostream os(text);
  if (Error error = emitCode(code, machine, getFormat(options.kind), os))
    return error;
  outs() << text;
  return Error::success();
}

Error quant_act::writeOutputs(const CompileOptions &options, Module &code,
                              TargetMachine &machine,
                              ArrayRef<Signature> functions, bool keepsState) {
  if (Error error = checkHeaderPath(options))
    return error;
  CodeProperties properties;
  properties.keepsState = keepsState;
  properties.needsRuntimeLibrary =
      options.kind != OutputKind::SharedLibrary && callsRuntimeLibrary(code);
  std::vector<PendingFile> files;
  auto add = [&](StringRef path,
                 function_ref<Error(PendingFile &)> write) -> Error {
    Expected<PendingFile> file = PendingFile::create(path);
    if (!file)
      return file.takeError();
    files.push_back(std::move(*file));
    return write(files.back());
  };
  if (!options.headerFile.empty())
    if (Error error = add(options.headerFile, [&](PendingFile &file) {
          return writeHeader(file, options, functions, properties);
        }))
      return error;
  if (options.outputFile == "-") {
    if (Error error = printCode(options, code, machine))
      return error;
  } else if (Error error = add(options.outputFile, [&](PendingFile &file) {
               return writeCode(file, options, code, machine);
             })) {
    return error;
  }
  for (PendingFile &file : files)
    if (Error error = file.keep())
      return error;
  return Error::success();
}
