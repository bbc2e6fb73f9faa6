//===- LoadTimeFeatures.h - What a machine is asked for ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_LOADTIMEFEATURES_H
#define QUANTACT_COMPILER_LOADTIMEFEATURES_H

#include "QuantAct/Compiler/Target.h"
#include "llvm/IR/IRBuilder.h"

#include <vector>

namespace quant_act {

/// Which of an x86-64 processor's features code for several processors asks
/// for when it is loaded: those of the levels of x86-64, and those of vectors.
std::vector<llvm::StringRef> getLoadTimeFeatures(const Target &target);

/// Whether the compiler's library, which knows them, has this name.
bool isLoadTimeName(llvm::StringRef name);

/// Reads what the machine can. The other functions' code comes after it.
void emitFeatureInitialization(llvm::IRBuilderBase &builder);

/// Whether the machine, and the system that keeps its registers, have all of
/// the features.
llvm::Value *emitFeatureCheck(llvm::IRBuilderBase &builder,
                              llvm::ArrayRef<llvm::StringRef> features);

} // namespace quant_act

#endif // QUANTACT_COMPILER_LOADTIMEFEATURES_H
