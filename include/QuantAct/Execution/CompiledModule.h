//===- CompiledModule.h - Functions compiled in this process ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_EXECUTION_COMPILEDMODULE_H
#define QUANTACT_EXECUTION_COMPILEDMODULE_H

#include "QuantAct/Compiler/Lowering.h"
#include "QuantAct/Compiler/Signature.h"
#include "QuantAct/Execution/CodeCache.h"
#include "QuantAct/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace quant_act {

/// All public functions of a module on tensors, compiled for this processor.
class CompiledModule {
  /// Takes what a Call holds; returns null or a message.
  using Entry = const char *(*)(const int64_t *);

public:
  /// Compiles a copy of the module; it stays as it is. Dynamic extents are
  /// checked at run time if the pipeline's options say so. Fails with one
  /// message; where a pass fails it has been emitted as a diagnostic, too.
  ///
  /// Code that is in the cache is not compiled again. A cache that cannot be
  /// used is a warning. Phases are timed within `timing`.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  compile(mlir::ModuleOp module, const CPUPipelineOptions &options,
          const CodeCache *cache = nullptr, mlir::TimingScope timing = {});

  /// Whether the code was in the cache.
  bool wasCached() const { return isFromCache; }

  ~CompiledModule();

  /// A function with the arrays of one call, checked once and run any number of
  /// times: running allocates nothing. The arrays must stay where they are, and
  /// the module alive.
  class Call {
  public:
    Call(Call &&) = default;
    Call &operator=(Call &&) = default;

    llvm::Error run() const;

    /// Lets an array of the same type and shape, aligned to its elements, take
    /// the place of another. Arguments are counted first, then results.
    void setArray(size_t index, void *data);

  private:
    friend class CompiledModule;
    Call() = default;

    void append(const void *data);
    void append(const TensorSpec &spec, const HostTensor &argument);

    std::string function;
    Entry entry = nullptr;
    /// What the function is passed (CHeader.h).
    std::vector<int64_t> values;
    /// Which of them are arrays.
    std::vector<size_t> arrays;
  };

  /// Runs a function and allocates its results.
  llvm::Expected<std::vector<HostTensor>>
  run(llvm::StringRef function,
      llvm::ArrayRef<const HostTensor *> arguments) const;

  /// Runs a function into the caller's arrays, which must have the results'
  /// types and shapes. A result of a function that is one elementwise op may be
  /// the argument's array: in place.
  llvm::Error runInto(llvm::StringRef function,
                      llvm::ArrayRef<const HostTensor *> arguments,
                      llvm::ArrayRef<HostTensor *> results) const;

  /// The same, to be run later.
  llvm::Expected<Call> prepare(llvm::StringRef function,
                               llvm::ArrayRef<const HostTensor *> arguments,
                               llvm::ArrayRef<HostTensor *> results) const;

private:
  struct Function;

  CompiledModule();

  llvm::Error addFunctions(mlir::ModuleOp module);
  std::vector<std::string> getEntryNames() const;
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
  getObject(mlir::ModuleOp module, const Target &target,
            const CPUPipelineOptions &options, const CodeCache *cache,
            mlir::TimingScope &timing);
  llvm::Error findEntries();
  llvm::Expected<const Function *> lookup(llvm::StringRef name) const;
  llvm::Expected<std::vector<HostTensor>>
  allocateResults(const Function &function,
                  llvm::ArrayRef<const HostTensor *> arguments) const;

  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<Function> functions;
  bool isFromCache = false;
};

} // namespace quant_act

#endif // QUANTACT_EXECUTION_COMPILEDMODULE_H
