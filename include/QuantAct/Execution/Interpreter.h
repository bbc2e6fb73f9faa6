//===- Interpreter.h - The reference, on a function -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_EXECUTION_INTERPRETER_H
#define QUANTACT_EXECUTION_INTERPRETER_H

#include "QuantAct/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace quant_act {

/// Evaluates a function of quant_act ops, arith.constant, what layers count
/// with (scf.if; arith.addi, arith.cmpi and tensor.extract on i64) and calls by
/// the reference (Numerics/Reference.h), op by op. The arguments must fit the
/// function's signature. Where an op is none of those, or extents that its
/// types leave dynamic do not fit, emits an error at the op and fails.
mlir::FailureOr<std::vector<HostTensor>>
interpret(mlir::func::FuncOp function,
          llvm::ArrayRef<const HostTensor *> arguments);

} // namespace quant_act

#endif // QUANTACT_EXECUTION_INTERPRETER_H
