//===- DivisionDomain.h - Where quotients are right without dividing ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_DIVISIONDOMAIN_H
#define QUANTACT_LIB_CODEGEN_CPU_DIVISIONDOMAIN_H

#include "LoopBuilder.h"
#include "ScaledDivision.h"

namespace quant_act {

/// The number that a code stands for.
mlir::Value buildDequantized(LoopBuilder &b, mlir::Value code,
                             mlir::Value zeroPoint, mlir::Value scale);

/// The code whose number limits the dividend from below.
mlir::Value buildLowest(LoopBuilder &b, mlir::Value low, LowLimit limit);

/// Whether all parameters of an op are such that its divisions can be replaced:
/// a loop over them. Needs buffers on the stack.
mlir::Value buildIsInDomain(LoopBuilder &b, const LoopBody &body,
                            llvm::MutableArrayRef<ScaledDivision> divisions);

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_DIVISIONDOMAIN_H
