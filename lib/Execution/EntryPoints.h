//===- EntryPoints.h - Calling functions of any type ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_EXECUTION_ENTRYPOINTS_H
#define QUANTACT_LIB_EXECUTION_ENTRYPOINTS_H

namespace llvm {
class Function;
} // namespace llvm

namespace quant_act {

/// Gives a function with the interface that CHeader.h describes the type
/// `const char *(const int64_t *)`: its arguments come from an array. Calls in
/// the module are as before.
void takeArgumentsFromArray(llvm::Function &function);

} // namespace quant_act

#endif // QUANTACT_LIB_EXECUTION_ENTRYPOINTS_H
