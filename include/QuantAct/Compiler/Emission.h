//===- Emission.h - Files of generated code ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_EMISSION_H
#define QUANTACT_COMPILER_EMISSION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace quant_act {

enum class CodeFormat { LLVMIR, Assembly, Object };

/// Writes a module's code. What is written for LLVM IR is the module.
llvm::Error emitCode(llvm::Module &code, llvm::TargetMachine &machine,
                     CodeFormat format, llvm::raw_pwrite_stream &os);

/// Links an object file to a shared library by a linker, or by a compiler that
/// calls one: the one that is named, or else one that is found. The library is
/// to be known as `name`; it contains what it uses of the static ones of the
/// other libraries, without exporting that, and needs the shared ones. Where it
/// uses the compiler's own library, only a compiler links it.
llvm::Error linkSharedLibrary(llvm::StringRef object, llvm::StringRef output,
                              llvm::StringRef name, const llvm::Triple &triple,
                              llvm::StringRef linker,
                              llvm::ArrayRef<llvm::StringRef> libraries = {},
                              bool usesCompilerLibrary = false);

} // namespace quant_act

#endif // QUANTACT_COMPILER_EMISSION_H
