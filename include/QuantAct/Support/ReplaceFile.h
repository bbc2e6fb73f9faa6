//===- ReplaceFile.h - Write a file as a whole or not at all ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_REPLACEFILE_H
#define QUANTACT_SUPPORT_REPLACEFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act {

/// Writes a file that takes the path in one step: it is never seen
/// half-written, and nothing is left of it where writing fails. The message of
/// an error begins with the path.
llvm::Error replaceFile(llvm::StringRef path,
                        llvm::function_ref<void(llvm::raw_ostream &)> write);

/// The error with the path before its message.
llvm::Error prefixPath(llvm::StringRef path, llvm::Error error);

/// The same for an error of the operating system.
llvm::Error prefixPathToSystemError(llvm::StringRef path, llvm::Error error);

} // namespace quant_act

#endif // QUANTACT_SUPPORT_REPLACEFILE_H
