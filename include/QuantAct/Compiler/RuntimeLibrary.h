//===- RuntimeLibrary.h - The library that compiled code calls --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_RUNTIMELIBRARY_H
#define QUANTACT_COMPILER_RUNTIMELIBRARY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <string>
#include <utility>

namespace llvm {
class Module;
} // namespace llvm

namespace quant_act {

/// QuantActRuntime's functions: their names, and where they are in this
/// process.
llvm::ArrayRef<std::pair<llvm::StringRef, void *>> getRuntimeFunctions();

/// Whether code calls one of them.
bool callsRuntimeLibrary(const llvm::Module &code);

/// Whether there is one for the target: it is built for this machine's system
/// and architecture, and serves all processors of that.
bool hasRuntimeLibrary(const llvm::Triple &target);

/// The file of the library, which was built and installed with the program that
/// runs.
llvm::Expected<std::string> getRuntimeLibraryPath(const llvm::Triple &target);

} // namespace quant_act

#endif // QUANTACT_COMPILER_RUNTIMELIBRARY_H
