//===- QuantActQuantizeOps.td - Ops on elements ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTQUANTIZEOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTQUANTIZEOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

/// An op that rounds x to codes with given parameters.
class QuantAct_QuantizingOp<string opMnemonic, list<Trait> traits = []>
    : QuantAct_Op<opMnemonic, [
        AttrSizedOperandSegments,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>,
        DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>] # traits> {
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_Scale:$scale,
    Optional<QuantAct_Tensor>:$zero_point,
    Optional<QuantAct_Tensor>:$bits,
    Optional<QuantAct_Seed>:$seed,
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$zero_point_grid,
    QuantAct_DefaultActivation:$activation,
    QuantAct_DefaultRounding:$rounding,
    QuantAct_DefaultNumerics:$numerics);
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
}

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantOp
    : QuantAct_QuantizingOp<"fake_quant", [AllTypesMatch<["x", "y"]>]> {
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
    as `grid` says, of any float type. A scale may be f8E8M0FNU, a power of two that is
    stored as its exponent (MX); with a 16-bit x that computes in f32, the common type. Or it
    is f8E4M3FN (NVFP4), whose numbers every other type has. Without a `grid` there is one set of
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
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` custom<Format>($format) (`on` $grid^)?
    (`zero_point_on` $zero_point_grid^)? (`round` `` $rounding^)?
    (`numerics` $numerics^)? $x `scale` $scale (`zero_point` $zero_point^)?
    (`bits` $bits^)? (`seed` $seed^)? attr-dict `:` type($x) `,` type($scale)
    (`,` type($zero_point)^)? (`bits` type($bits)^)?
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

def QuantAct_QuantizeOp : QuantAct_QuantizingOp<"quantize"> {
  let summary = "Quantize to codes in memory";
  let description = [{
    The codes that `fake_quant` rounds to, in a type that stores them; operands and
    attributes as there. `q` has x's shape and one of these element types:

    | format | types |
    |---|---|
    | `int<b, ..>` | signless integers of at least b bits; unsigned codes of b bits use all of them |
    | `int<?, ..>` | signless integers; codes are kept within the type |
    | `binary`, `ternary` | signless integers of at least 2 bits |
    | `float<e4m3fn>`, `e5m2`, `e4m3fnuz`, `e5m2fnuz` | f8E4M3FN, f8E5M2, f8E4M3FNUZ, f8E5M2FNUZ |
    | `float<e3m2fn>`, `e2m3fn`, `e2m1fn` | f6E3M2FN, f6E2M3FN, f4E2M1FN |
    | `float<e8m0fnu>` | f8E8M0FNU |

    Types of 4 and 6 bits have a byte per element in files and in memory. What a type
    does not have becomes what is nearest in meaning: integers have neither NaN, which
    becomes the lowest code, nor -0; f4 and f6 no NaN, which becomes the largest number
    (as in ONNX); f8E8M0FNU no 0, which becomes 2^-127. Apart from these `dequantize` of
    `quantize` is `fake_quant`; the pair is never cancelled.

    A scale is stored like any other tensor: rounded down to a power of two, and divided
    by the largest power of two in `e2m1fn`, a block's largest magnitude is the scale that
    OCP's MX formats give the block. NVFP4's scales are `float<e4m3fn>` of blocks of 16; that
    of the whole tensor, which they are multiplied with, is `dequantize`'s, which makes a
    float of them.

    Example:

    ```mlir
    %q = quant_act.quantize relu to #quant_act.int<8, unsigned> on #nchw %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32> -> tensor<2x3x4x5xi8>
    %f = quant_act.quantize to #quant_act.float<e4m3fn> %x scale %t
        : tensor<2x3x4x5xf32>, tensor<f32> -> tensor<2x3x4x5xf8E4M3FN>
    %e = quant_act.quantize to #quant_act.float<e8m0fnu> round floor %amax scale %four
        : tensor<2x4xf32>, tensor<f32> -> tensor<2x4xf8E8M0FNU>
    %m = quant_act.quantize to #quant_act.float<e2m1fn> on #mx %w scale %e
        : tensor<2x128xf32>, tensor<2x4xf8E8M0FNU> -> tensor<2x128xf4E2M1FN>
    %n = quant_act.quantize to #quant_act.float<e2m1fn> on #nvfp4 %w scale %b
        : tensor<2x128xf32>, tensor<2x8xf8E4M3FN> -> tensor<2x128xf4E2M1FN>
    ```
  }];
  let results = (outs QuantAct_Codes:$q);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` custom<Format>($format) (`on` $grid^)?
    (`zero_point_on` $zero_point_grid^)? (`round` `` $rounding^)?
    (`numerics` $numerics^)? $x `scale` $scale (`zero_point` $zero_point^)?
    (`bits` $bits^)? (`seed` $seed^)? attr-dict `:` type($x) `,` type($scale)
    (`,` type($zero_point)^)? (`bits` type($bits)^)? `->` type($q)
  }];
}

//===----------------------------------------------------------------------===//
// dequantize
//===----------------------------------------------------------------------===//

def QuantAct_DequantizeOp : QuantAct_Op<"dequantize", [
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "The values that codes stand for";
  let description = [{
    y = (q - z) * s, each operation rounded to the common type of y, scale and zero
    point. Codes are read as `format` says: signed or not, or minifloats. Types are those
    of `quantize`; parameters, grids and run-time checks those of `fake_quant`.

    Example:

    ```mlir
    %y = quant_act.dequantize from #quant_act.int<8, unsigned> on #nchw %q scale %s
        zero_point %z : tensor<2x3x4x5xi8>, tensor<3xf32>, tensor<3xf32>
        -> tensor<2x3x4x5xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Codes:$q,
    QuantAct_Scale:$scale,
    Optional<QuantAct_Tensor>:$zero_point,
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$zero_point_grid);
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = [{
    `from` custom<Format>($format) (`on` $grid^)? (`zero_point_on` $zero_point_grid^)?
    $q `scale` $scale (`zero_point` $zero_point^)? attr-dict `:` type($q) `,`
    type($scale) (`,` type($zero_point)^)? `->` type($y)
  }];
  let extraClassDeclaration = [{
    /// The grid of the zero point: its own, or else the scale's.
    ::quant_act::GridAttr getEffectiveZeroPointGrid() {
      return getZeroPointGrid() ? *getZeroPointGrid()
                                : getGrid().value_or(::quant_act::GridAttr());
    }

    /// The type every operation rounds to.
    ::mlir::FloatType getComputeType();
  }];
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
