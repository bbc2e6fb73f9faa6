//===- NumericsComparison.h - Where two contracts differ --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_NUMERICSCOMPARISON_H
#define QUANTACT_TOOLS_QUANTRUN_NUMERICSCOMPARISON_H

#include "QuantAct/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace quant_act {

struct NumericsComparison {
  /// What stands in #quant_act.numerics<..>: "onnx", "tflite, compute = f64".
  std::string numerics;
  /// Differing elements that are printed per op.
  unsigned maxRows = 10;
  /// Whether to evaluate by the interpreter.
  bool interpret = false;
};

/// Evaluates each fake_quant that the function executes a second time, on the
/// same operands and under another contract, and prints where the two results
/// are not the same bits (any NaN is like any other).
llvm::Error compareNumerics(mlir::func::FuncOp function,
                            llvm::ArrayRef<const HostTensor *> arguments,
                            const NumericsComparison &comparison,
                            llvm::raw_ostream &os);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_NUMERICSCOMPARISON_H
