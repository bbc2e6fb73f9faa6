//===- Passes.td - All passes for CPUs ---------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_PASSES_TD
#define QUANTACT_CODEGEN_CPU_PASSES_TD

include "QuantAct/Codegen/CPU/ArithmeticPasses.td"
include "QuantAct/Codegen/CPU/BufferPasses.td"
include "QuantAct/Codegen/CPU/FunctionPasses.td"
include "QuantAct/Codegen/CPU/LoopPasses.td"

#endif // QUANTACT_CODEGEN_CPU_PASSES_TD
