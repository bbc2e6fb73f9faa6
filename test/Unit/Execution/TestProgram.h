//===- TestProgram.h - A module to run in a test ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_EXECUTION_TESTPROGRAM_H
#define QUANTACT_TEST_UNIT_EXECUTION_TESTPROGRAM_H

#include "QuantAct/Execution/CompiledModule.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

namespace quant_act {

using TensorsOrError = llvm::Expected<std::vector<HostTensor>>;

/// A context with every dialect, shared by all tests of a program. It is never
/// destroyed: what LLVM keeps for a process may be gone by then.
mlir::MLIRContext &getTestContext();

/// Lets divisions be replaced wherever they can be, unless the options say
/// otherwise: what differs most from the reference is tested, on any processor.
void completeTestOptions(CPUPipelineOptions &options);

/// Functions in textual IR that can be interpreted and compiled.
class TestProgram {
public:
  /// Aborts the test program if the text is no valid module: a test's own
  /// mistake.
  explicit TestProgram(llvm::StringRef text);

  mlir::ModuleOp getModule() { return *module; }

  /// The diagnostics of a failure are its message.
  TensorsOrError interpret(llvm::StringRef function,
                           llvm::ArrayRef<const HostTensor *> arguments);

  /// The module, compiled on the first call.
  llvm::Expected<CompiledModule &>
  compile(const CPUPipelineOptions &options = {});

  TensorsOrError runCompiled(llvm::StringRef function,
                             llvm::ArrayRef<const HostTensor *> arguments);

  /// Runs both ways, which must give the same bits. The results, or none after
  /// an error; `what` tells a person which call it is.
  std::vector<HostTensor>
  runBothWays(llvm::StringRef function,
              llvm::ArrayRef<const HostTensor *> arguments,
              llvm::StringRef what);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CompiledModule> compiled;
};

/// A type as text: "tensor<2x?xf32>". -1 is a dynamic extent.
std::string tensorType(llvm::ArrayRef<int64_t> shape, ElementType type);

/// Ones, but for two numbers of each channel along `kept` that cancel out: ones
/// that are added in between, to the same lane of a sum in f64, are lost. Of a
/// type that has 2^60.
HostTensor makeCancelling(ElementType type, llvm::ArrayRef<int64_t> shape,
                          llvm::ArrayRef<int64_t> kept);

/// Whether the tensors have one type, one shape and the same bits, where any
/// NaN is like any other; or else tells the first element that differs. With
/// `ulps`, f32 values may be that many units in the last place apart.
testing::AssertionResult equalBits(const HostTensor &actual,
                                   const HostTensor &expected,
                                   unsigned ulps = 0);

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_EXECUTION_TESTPROGRAM_H
