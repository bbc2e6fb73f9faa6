//===- Threads.h - The library that divides work ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_THREADS_H
#define QUANTACT_COMPILER_THREADS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace quant_act {

/// Where LLVM's OpenMP library was when this was built, or else its name. Code
/// that is compiled with `parallel-bytes` calls it.
llvm::StringRef getOpenMPLibrary();

/// Makes it known to code that runs in this process.
llvm::Error loadOpenMP();

} // namespace quant_act

#endif // QUANTACT_COMPILER_THREADS_H
