//===- QuantActAttrInterfaces.td - What formats share ------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRINTERFACES_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRINTERFACES_TD

include "mlir/IR/Interfaces.td"

def QuantAct_FormatAttr : AttrInterface<"FormatAttr"> {
  let cppNamespace = "::quant_act";
  let description = [{A set of codes, and what it takes to round to it.}];
  let methods = [
    InterfaceMethod<"The format as the numerics know it.",
                    "::quant_act::Format", "getFormat">
  ];
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRINTERFACES_TD
