//===- Runner.h - Calls a function as the command line says -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_RUNNER_H
#define QUANTACT_TOOLS_QUANTRUN_RUNNER_H

#include "Options.h"

#include "QuantAct/Compiler/Signature.h"
#include "QuantAct/Execution/CompiledModule.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/BitVector.h"

namespace quant_act {

/// Carries out what the options ask for on one function of a module.
class Runner {
public:
  static llvm::Expected<std::unique_ptr<Runner>>
  create(mlir::ModuleOp module, const RunOptions &options);

  /// Reads the inputs, calls the function, prints and writes.
  llvm::Error run(mlir::TimingScope &timing);

private:
  Runner(mlir::func::FuncOp function, Signature signature,
         const RunOptions &options)
      : function(function), signature(std::move(signature)), options(options) {}

  llvm::Error checkNames() const;
  llvm::Error readInputs();
  llvm::Error loadState();
  llvm::Error completeArguments();
  llvm::Error compile(mlir::TimingScope &timing);
  llvm::Error callAll();
  llvm::Error call(llvm::ArrayRef<const HostTensor *> values);
  llvm::Error report() const;
  llvm::Error compare() const;
  llvm::Error chooseOptions(CPUPipelineOptions &pipeline) const;
  llvm::Error benchmark() const;
  llvm::Error writeOutputs() const;
  llvm::Error saveState() const;

  std::vector<const HostTensor *> getArguments() const;

  mlir::func::FuncOp function;
  Signature signature;
  const RunOptions &options;
  std::unique_ptr<CompiledModule> compiled;
  /// The values of the last call.
  std::vector<HostTensor> arguments;
  /// Which arguments have a value.
  llvm::BitVector isGiven;
  std::vector<HostTensor> results;
};

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_RUNNER_H
