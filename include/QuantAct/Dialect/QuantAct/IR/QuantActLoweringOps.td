//===- QuantActLoweringOps.td - What ops are lowered to ----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLOWERINGOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLOWERINGOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"

//===----------------------------------------------------------------------===//
// order_statistics
//===----------------------------------------------------------------------===//

def QuantAct_OrderStatisticsOp : QuantAct_Op<"order_statistics", [
    AttrSizedOperandSegments,
    TypesMatchWith<"values of the types of inits", "inits", "values", "$_self",
                   "::llvm::equal">,
    DestinationStyleOpInterface]> {
  let summary = "Select the k-th smallest values of each channel";
  let description = [{
    Of all elements of x that share their indices along the dimensions `channels`, the
    values with the given ranks, counted from 1 for the smallest: a result for each
    rank, with the channels' indices. Values are numbers after the activation, none or
    relu, with -0 before +0; or their `magnitudes`. NaN is the largest. Ranks lie between
    1 and the number of elements that a channel has; if it has none, its values are 0.

    Percentiles are lowered to this op; it is not interpreted. When tensors become buffers it becomes a call of
    the run-time library, `QuantActRuntime`, for each rank or two:

    ```
    func.call @quantActOrderStatisticsF32(%x, %k, %v, %l, %w, %order)
        : (memref<*xf32>, i64, memref<*xf32>, i64, memref<*xf32>, i32) -> ()
    ```

    Operands: `x`; `ranks`; `inits`, which say the results' extents and are overwritten.

    Example:

    ```mlir
    %v = quant_act.order_statistics relu magnitudes %x channels [1] ranks %k into %a
        : tensor<8x64xf32>, tensor<64xf32>
    %low, %high = quant_act.order_statistics %x channels [1] ranks %k, %l into %a, %b
        : tensor<8x64xf32>, tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    Variadic<I64>:$ranks,
    Variadic<QuantAct_Tensor>:$inits,
    DenseI64ArrayAttr:$channels,
    QuantAct_DefaultActivation:$activation,
    UnitAttr:$magnitudes);
  let results = (outs Variadic<QuantAct_Tensor>:$values);
  let assemblyFormat = [{
    `` custom<Activation>($activation) (`magnitudes` $magnitudes^)?
    $x `channels` $channels `ranks` $ranks `into` $inits attr-dict
    `:` type($x) `,` type($inits)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
  }];
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLOWERINGOPS_TD
