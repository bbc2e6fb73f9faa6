//===- QuantActQuantizeOps.td - Ops on elements ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTQUANTIZEOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTQUANTIZEOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantOp : QuantAct_Op<"fake_quant", [
    AttrSizedOperandSegments,
    AllTypesMatch<["x", "y"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Quantize and dequantize with given parameters";
  let description = [{
    Maps each value of x to the nearest value the format can represent:

    ```
    a = activation(x)
    u = a / s + z;   r = round(u);   q = min(max(r, lowest), highest)
    y = (q - z) * s
    ```

    in exactly this order under the default contract (Brevitas) for an integer format;
    `numerics` names the others', the other formats' docs say theirs. Comparisons are strict and ordered, the upper bound first, so NaN
    passes through and infinities saturate. Without a zero point z is +0, which is
    still added: a value that is -0 becomes +0 before rounding.

    Operands: `x`, of any rank; `scale` and `zero_point`, compact parameter tensors
    as `grid` says, of any float type. Without a `grid` there is one set of
    parameters for the whole tensor and they have rank 0. `zero_point_grid` says
    where the zero point lies if not on the scale's grid. Zero points are codes and
    may be fractional; they go with integer formats. `bits`, for a format `int<?, ..>`:
    its bits, for all (rank 0) or one per scale; they may be fractional and are not
    checked. `seed`, for `round stochastic`: any number. `y` has x's type.

    Errors: a grid that does not fit x (see `#quant_act.grid`), parameters of
    another shape than the grid says. Along dynamic dimensions the check can be
    made at run time (`--generate-runtime-verification`).

    Example:

    ```mlir
    %y = quant_act.fake_quant relu to #quant_act.int<4, unsigned>
        on #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
        %x scale %s : tensor<?x64x?x?xf32>, tensor<64xf32>
    %t = quant_act.fake_quant to #quant_act.int<8, signed, narrow> on #nchw
        zero_point_on #whole round floor numerics <onnx> %x scale %s zero_point %z
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>
    %m = quant_act.fake_quant to #quant_act.float<e4m3fn> on #nchw %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %l = quant_act.fake_quant to #quant_act.int<?, signed> on #nchw round stochastic
        %x scale %s bits %b seed %r
        : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_Tensor:$scale,
    Optional<QuantAct_Tensor>:$zero_point,
    Optional<QuantAct_Tensor>:$bits,
    Optional<QuantAct_Seed>:$seed,
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$zero_point_grid,
    QuantAct_DefaultActivation:$activation,
    QuantAct_DefaultRounding:$rounding,
    QuantAct_DefaultNumerics:$numerics);
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` custom<Format>($format) (`on` $grid^)?
    (`zero_point_on` $zero_point_grid^)? (`round` `` $rounding^)?
    (`numerics` $numerics^)? $x `scale` $scale (`zero_point` $zero_point^)?
    (`bits` $bits^)? (`seed` $seed^)? attr-dict `:` type($x) `,` type($scale)
    (`,` type($zero_point)^)? (`bits` type($bits)^)?
  }];
  let extraClassDeclaration = [{
    /// The grid of the zero point: its own, or else the scale's.
    ::quant_act::GridAttr getEffectiveZeroPointGrid() {
      return getZeroPointGrid() ? *getZeroPointGrid()
                                : getGrid().value_or(::quant_act::GridAttr());
    }

    /// The grid of the bits: the scale's, unless they are for all.
    ::quant_act::GridAttr getBitsGrid() {
      return getBits().getType().getRank() == 0 ? ::quant_act::GridAttr()
                                                : getGridAttr();
    }

    /// The type every operation rounds to.
    ::mlir::FloatType getComputeType();

    /// Everything the numerics need to know but the operands.
    ::quant_act::FakeQuantSpec getSpec();
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// activate
//===----------------------------------------------------------------------===//

def QuantAct_ActivateOp : QuantAct_Op<"activate", [
    AllTypesMatch<["x", "y"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "Apply an activation without quantizing";
  let description = [{
    What a layer passes on while it is only calibrated: y = activation(x), of x's
    type. `identity` folds away.

    Example:

    ```mlir
    %y = quant_act.activate relu %x : tensor<2x3x4x5xf32>
    ```
  }];
  let arguments = (ins QuantAct_Tensor:$x, QuantAct_DefaultActivation:$activation);
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = "`` custom<Activation>($activation) $x attr-dict `:` type($x)";
  let hasVerifier = 0;
  let hasFolder = 1;
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTQUANTIZEOPS_TD
