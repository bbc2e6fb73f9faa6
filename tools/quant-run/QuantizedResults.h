//===- QuantizedResults.h - What a function quantizes -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds, in the IR of a function and the values of one call, what a per-channel
// report needs: the activation that was quantized, and with which parameters.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_QUANTIZEDRESULTS_H
#define QUANTACT_TOOLS_QUANTRUN_QUANTIZEDRESULTS_H

#include "ChannelReport.h"

#include "QuantAct/Compiler/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace quant_act {

/// One call of a function: its arguments' values and its results.
struct Call {
  mlir::func::FuncOp function;
  const Signature &signature;
  llvm::ArrayRef<const HostTensor *> arguments;
  llvm::ArrayRef<HostTensor> results;
};

/// The report on all results of the call that a quant_act.fake_quant or
/// quant_act.act of the function computes. `channelDim` is the dimension shown
/// where no grid says it.
///
/// Fails if there is no such result, if they quantize different activations, if
/// the activation is no argument, or if parameters are neither arguments nor
/// results nor constants.
llvm::Expected<ChannelReport> reportCall(const Call &call,
                                         std::optional<int64_t> channelDim);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_QUANTIZEDRESULTS_H
