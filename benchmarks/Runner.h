//===- Runner.h - A workload, ready to run ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a workload, compares its results with plain C++, and measures it
// against the bound: the fastest loop that moves the same bytes.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_RUNNER_H
#define QUANTACT_BENCHMARKS_RUNNER_H

#include "Buffers.h"
#include "Measurement.h"
#include "Result.h"

#include "QuantAct/Execution/CompiledModule.h"

namespace quant_act::bench {

/// How many sets of buffers are used in turn. Buffers that are much larger than
/// the caches must not be in them; small ones stay there.
size_t countSets(const Workload &workload);

class Runner {
public:
  Runner(const Workload &workload, mlir::MLIRContext &context,
         llvm::StringRef pipelineOptions);
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;

  friend std::vector<Result> measure(llvm::ArrayRef<Runner *> runners,
                                     unsigned rounds);

private:
  using Calls = std::vector<CompiledModule::Call>;

  CompiledModule &compile(bool isDynamic);
  Calls prepare(CompiledModule &compiled, bool isInPlace);
  void addBound();
  void addCompiled();
  void addCompiled(llvm::StringRef name, CompiledModule &compiled,
                   bool isInPlace);
  void addHandWritten();
  /// Candidates of one name are alternatives, the fastest of which counts.
  /// `function` makes one call on a set of buffers.
  template <typename Function>
  void add(llvm::StringRef name, Function function);
  void check(llvm::StringRef name, bool isInPlace);

  Workload workload;
  mlir::MLIRContext &context;
  std::string pipelineOptions;
  std::vector<BufferSet> sets;
  /// The set of the next call, whichever candidate makes it.
  size_t nextSet = 0;
  std::unique_ptr<Expectation> expectation;
  std::vector<std::unique_ptr<CompiledModule>> modules;
  double compileTime = 0.0;
  std::vector<Candidate> candidates;
  std::string problem;
};

/// Measures the runners' candidates alternately, all of them.
std::vector<Result> measure(llvm::ArrayRef<Runner *> runners, unsigned rounds);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_RUNNER_H
