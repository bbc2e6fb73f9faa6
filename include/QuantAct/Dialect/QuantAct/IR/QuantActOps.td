//===- QuantActOps.td - Operations of quant_act ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActGradientOps.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActLayerOps.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActLoweringOps.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActParameterOps.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActQuantizeOps.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActRangeOps.td"

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD
