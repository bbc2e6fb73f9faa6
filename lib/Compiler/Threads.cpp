//===- Threads.cpp - The library that divides work ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Threads.h"

#include "llvm/Support/DynamicLibrary.h"

using namespace quant_act;

llvm::StringRef quant_act::getOpenMPLibrary() { return QUANT_ACT_LIBOMP; }

llvm::Error quant_act::loadOpenMP() {
  std::string message;
  for (const char *name : {QUANT_ACT_LIBOMP, "libomp.so.5"})
    if (!llvm::sys::DynamicLibrary::LoadLibraryPermanently(name, &message))
      return llvm::Error::success();
  return llvm::createStringError("threads need LLVM's OpenMP library, of "
                                 "Debian's package libomp-22-dev: " +
                                 message);
}
