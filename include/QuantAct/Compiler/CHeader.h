//===- CHeader.h - The C interface of compiled functions --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function of a module takes, in C, for each argument a pointer to its
// elements and then its dynamic extents; then for each result a pointer. It
// returns null or a message. If a result has dynamic extents,
// <name>_result_shapes takes the same arguments and a pointer to the extents of
// all results.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_CHEADER_H
#define QUANTACT_COMPILER_CHEADER_H

#include "QuantAct/Compiler/Signature.h"
#include "llvm/TargetParser/Triple.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act {

/// Fails if a target's C cannot have a function of this name.
llvm::Error checkCName(llvm::StringRef function, const llvm::Triple &triple);

/// What callers have to know besides signatures.
struct CodeProperties {
  /// Functions keep state in their library: they are not for several threads.
  bool keepsState = false;
  /// They are to be linked with QuantActRuntime.
  bool needsRuntimeLibrary = false;
};

/// Writes a header that declares the functions, for C and C++. `name` is that
/// of its file.
void printCHeader(llvm::raw_ostream &os, llvm::StringRef name,
                  llvm::ArrayRef<Signature> functions,
                  const CodeProperties &properties);

/// Whether a file's text was written by printCHeader.
bool isCHeader(llvm::StringRef text);

} // namespace quant_act

#endif // QUANTACT_COMPILER_CHEADER_H
