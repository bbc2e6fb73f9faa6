//===- Versions.h - Code for several processors -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code may have a version of each function for each of several processors. The
// dynamic linker, or the start-up code of a static program, asks a resolver of
// each function once which version it is to be.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_VERSIONS_H
#define QUANTACT_COMPILER_VERSIONS_H

#include "QuantAct/Compiler/Target.h"

#include <memory>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace quant_act {

/// The targets of names as Target::get takes them. Several processors are
/// separated by commas; their targets are ordered from the least to the best,
/// and use nothing whose presence is not asked for when the code is loaded.
llvm::Expected<std::vector<Target>> getTargets(llvm::StringRef triple,
                                               llvm::StringRef processors,
                                               llvm::StringRef features);

/// Joins the code of one module for each of such targets, all of one context.
/// Each function that others see becomes the choice of the best version that
/// the machine can run, or of the first where it can run none. What is not
/// constant is there once, for all versions. The code of a single target stays
/// as it is.
llvm::Expected<std::unique_ptr<llvm::Module>>
joinVersions(std::vector<std::unique_ptr<llvm::Module>> versions,
             llvm::ArrayRef<Target> targets);

/// Whether code takes the compiler's own library (libgcc, compiler-rt), which
/// knows what a machine can.
bool callsCompilerLibrary(const llvm::Module &code);

} // namespace quant_act

#endif // QUANTACT_COMPILER_VERSIONS_H
