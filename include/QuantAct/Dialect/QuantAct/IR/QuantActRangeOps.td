//===- QuantActRangeOps.td - Quantization by a range -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTRANGEOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTRANGEOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

//===----------------------------------------------------------------------===//
// fake_quant_range
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantRangeOp : QuantAct_Op<"fake_quant_range", [
    AttrSizedOperandSegments,
    AllTypesMatch<["x", "y"]>,
    AllTypesMatch<["low", "high"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Quantize and dequantize with a given range";
  let description = [{
    What systems do that are given the ends of a range, not a scale and a zero
    point. From these ends, neither can be computed beforehand with the same bits.

    `openvino` is FakeQuantize, with L levels:

    ```
    y = out_low                          where x <= min(low, high)
        out_high                         where x > max(low, high)
        round((x - low) / (high - low) * (L - 1)) / (L - 1) * (out_high - out_low)
            + out_low                    else; ties to even
    ```

    `tensorflow` is FakeQuantWithMinMaxVars. The levels are 2^bits, or 2^bits - 1 for
    the narrow range, of 2 to 16 bits; codes go from qmin (0; 1 if narrow) to qmax =
    2^bits - 1:

    ```
    s = (high - low) / (qmax - qmin);   i = (qmax - qmin) / (high - low)
    z = round(qmin - low / s), ties away from zero, limited to [qmin, qmax]
    low' = (qmin - z) * s;   high' = (qmax - z) * s
    u = (min(max(x, low'), high') - low') / s
    y = floor(u - floor(-low' * i + 0.5) + 0.5) * s
    ```

    and 0 where low and high are 0. `tensorflow_reciprocal` is FakeQuantWithMinMaxArgs
    and FakeQuantWithMinMaxVarsPerChannel, whose u is (..) * i.

    Each operation rounds to the common type of the operands, or f32 if that is
    narrower; NaN stays NaN.

    Operands: `x`, of any rank; `low` and `high`, compact parameter tensors as `grid`
    says (rank 0 without one). `out_low` and `out_high`, for openvino: the range of
    the result, if it is another one, on `out_grid` (default: `grid`).

    Example:

    ```mlir
    %y = quant_act.fake_quant_range openvino levels 255 on #nchw %x low %l high %h
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %z = quant_act.fake_quant_range openvino levels 256 on #nchw out_on #whole %x
        low %l high %h out_low %a out_high %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
    %t = quant_act.fake_quant_range tensorflow levels 255 %x low %a high %b
        : tensor<2x3x4x5xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_Tensor:$low,
    QuantAct_Tensor:$high,
    Optional<QuantAct_Tensor>:$out_low,
    Optional<QuantAct_Tensor>:$out_high,
    QuantAct_RangeContractAttr:$contract,
    I64Attr:$levels,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$out_grid);
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = [{
    `` $contract `levels` $levels (`on` $grid^)?
    (`out_on` $out_grid^)? $x `low` $low `high` $high
    (`out_low` $out_low^ `out_high` $out_high)? attr-dict `:` type($x) `,`
    type($low) (`,` type($out_low)^ `,` type($out_high))?
  }];
  let extraClassDeclaration = [{
    /// The grid of out_low and out_high: their own, or else that of low and high.
    ::quant_act::GridAttr getEffectiveOutGrid() {
      return getOutGrid() ? *getOutGrid()
                          : getGrid().value_or(::quant_act::GridAttr());
    }

    /// The type every operation rounds to.
    ::mlir::FloatType getComputeType();

    /// Everything the numerics need to know but the operands.
    ::quant_act::FakeQuantRangeSpec getSpec() {
      return {getContract(), static_cast<int64_t>(getLevels())};
    }
  }];
  let hasFolder = 1;
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTRANGEOPS_TD
