//===- CodeKey.h - What determines compiled code ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_EXECUTION_CODEKEY_H
#define QUANTACT_EXECUTION_CODEKEY_H

#include "QuantAct/Compiler/Target.h"
#include "mlir/IR/BuiltinOps.h"

namespace quant_act {

/// A digest, in hexadecimal digits, of all that determines a module's code: the
/// module with its locations, which are in messages of run time; the target;
/// the options, which must be complete; and this compiler. Fails if it cannot
/// be told which build of the compiler runs.
llvm::Expected<std::string> getCodeKey(mlir::ModuleOp module,
                                       const Target &target,
                                       const CPUPipelineOptions &options);

} // namespace quant_act

#endif // QUANTACT_EXECUTION_CODEKEY_H
