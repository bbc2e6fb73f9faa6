//===- Outputs.h - The files that quant-compile writes ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTCOMPILE_OUTPUTS_H
#define QUANTACT_TOOLS_QUANTCOMPILE_OUTPUTS_H

#include "Options.h"

#include "QuantAct/Compiler/Signature.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace quant_act {

/// Writes code as the options say, and a header that declares the functions:
/// all files or none.
llvm::Error writeOutputs(const CompileOptions &options, llvm::Module &code,
                         llvm::TargetMachine &machine,
                         llvm::ArrayRef<Signature> functions, bool keepsState);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTCOMPILE_OUTPUTS_H
