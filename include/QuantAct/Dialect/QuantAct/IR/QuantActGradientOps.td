//===- QuantActGradientOps.td - Gradients of the ops -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One op per op that is differentiated. They take the forward op's operands and
// attributes and recompute what they need of it.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTGRADIENTOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTGRADIENTOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

def QuantAct_ScaleGradientAttr
    : QuantAct_EnumAttr<QuantAct_ScaleGradient, "scale_gradient"> {
  let summary = "How the gradient of a scale is formed";
  let description = [{
    * `full` (default): of every element, as Brevitas and LSQ differentiate.
    * `lsq`: `full`, divided by sqrt(n * the highest code), n the elements that share
      the scale (LSQ's step size gradient scale).
    * `pact`: of the elements beyond the bounds only, as PACT differentiates by
      its clipping level.
  }];
}

def QuantAct_DefaultScaleGradient
    : QuantAct_Default<QuantAct_ScaleGradientAttr, "ScaleGradient::Full">;

//===----------------------------------------------------------------------===//
// fake_quant_grad
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantGradOp : QuantAct_Op<"fake_quant_grad", [
    AttrSizedOperandSegments,
    AllTypesMatch<["g", "x"]>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "The gradients of fake_quant's operands";
  let description = [{
    `g` is the gradient of y, of x's type. Operands and attributes are those of the
    `fake_quant` that is differentiated. Results, each of its operand's type: `dx`,
    `dscale`, `dzero_point` if there is a zero point, `dbits` if there are bits.

    Rounding is straight through; bounds block gradients by the forward op's own
    comparisons, on the rounded value (the one before rounding where the contract clamps
    before). For an integer format, with a = activation(x) and u, r, q as in
    `fake_quant`, lo and hi the bounds:

    ```
    in   = lo <= r <= hi                         (`ste_clamp`: always)
    da   = in ? g * s / s : 0
    ds   = sum(g * ((q - z) - (in ? u : 0)))
    dz   = sum(in ? 0 : -g * s)
    db   = sum(g * s * (r > hi ? hi' : r < lo ? lo' : 0))     (`ste_clamp`: 0)
    dx   = da * activation'(x)                   (relu: 0 where a <= 0)
    ```

    hi' = 2^(b-1) ln2 and lo' = -hi' for a signed format, 2^b ln2 and 0 for an
    unsigned one. A scale that is 0, infinite or NaN makes NaN of ds (of an integer format's
    or minifloat's, but with `pact`). The other formats, with c the code:

    | format | da | ds |
    |---|---|---|
    | minifloat, abs(u) a normal number | g * c/u within max, else 0 | sum(g * c) beyond max |
    | minifloat, subnormal | g | sum(g * (c - u)) |
    | binary | g * s where abs(a) <= s, else 0 | sum(g * (c + (a > s ? s : a < -s ? -s : 0))) |
    | ternary | g * s * (abs(a) > threshold * s ? 1 : 0) | sum(g * c) |

    (A minifloat's spacing grows with u, and the framework differentiates it. `ste_clamp`
    passes its bounds, too, but not where it overflows to an infinity or NaN.)

    Every operation on an element rounds to the compute type; sums are over the
    elements of each parameter, in f64, by 16 lanes: elements that share all parameters
    and are neighbors along the innermost dimensions along which they do, form a run
    (in NCHW a channel of an image; in NHWC a channel of all); the one at position p of
    its run is added to lane p mod 16, runs one after the other, and the lanes in their
    order at the end.

    `scale_gradient` says how ds is formed (see `#quant_act.scale_gradient`); `pact`
    needs a format with bounds (integer, minifloat), `lsq` a highest code above 0.

    Example:

    ```mlir
    %dx, %ds = quant_act.fake_quant_grad relu to #quant_act.int<4, unsigned>
        on #nchw scale_gradient lsq %g, %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %dy, %dt, %dz, %db = quant_act.fake_quant_grad to #quant_act.int<?, signed>
        on #nchw ste_clamp %g, %x scale %s zero_point %z bits %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32> bits tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$g,
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
    QuantAct_DefaultNumerics:$numerics,
    UnitAttr:$ste_clamp,
    QuantAct_DefaultScaleGradient:$scale_gradient);
  let results = (outs QuantAct_Tensor:$dx, QuantAct_Tensor:$dscale,
                      Variadic<QuantAct_Tensor>:$others);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` custom<Format>($format) (`on` $grid^)?
    (`zero_point_on` $zero_point_grid^)? (`round` `` $rounding^)?
    (`numerics` $numerics^)? (`ste_clamp` $ste_clamp^)?
    (`scale_gradient` `` $scale_gradient^)? $g `,` $x `scale` $scale
    (`zero_point` $zero_point^)? (`bits` $bits^)? (`seed` $seed^)? attr-dict
    `:` type($x) `,` type($scale) (`,` type($zero_point)^)? (`bits` type($bits)^)?
  }];
  let extraClassDeclaration = [{
    /// The results that not every op has; null where there is none.
    ::mlir::Value getDzeroPoint() {
      return getZeroPoint() ? getOthers().front() : ::mlir::Value();
    }
    ::mlir::Value getDbits() {
      return getBits() ? getOthers().back() : ::mlir::Value();
    }

    /// As of fake_quant.
    ::quant_act::GridAttr getEffectiveZeroPointGrid() {
      return getZeroPointGrid() ? *getZeroPointGrid()
                                : getGrid().value_or(::quant_act::GridAttr());
    }
    ::quant_act::GridAttr getBitsGrid() {
      return getBits().getType().getRank() == 0 ? ::quant_act::GridAttr()
                                                : getGridAttr();
    }
    ::mlir::FloatType getComputeType();
    ::quant_act::FakeQuantSpec getSpec();

    ::quant_act::GradientSpec getGradientSpec() {
      return {getScaleGradient(), getSteClamp()};
    }
  }];
}

//===----------------------------------------------------------------------===//
// fake_quant_range_grad
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantRangeGradOp : QuantAct_Op<"fake_quant_range_grad", [
    AttrSizedOperandSegments,
    AllTypesMatch<["g", "x"]>,
    AllTypesMatch<["low", "high"]>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "The gradients of fake_quant_range's operands";
  let description = [{
    `g` is the gradient of y, of x's type. Operands and attributes are those of the
    `fake_quant_range` that is differentiated. Results, each of its operand's type:
    `dx`, `dlow`, `dhigh` and, if the result has a range of its own, `dout_low` and
    `dout_high`.

    `tensorflow` and `tensorflow_reciprocal` are FakeQuantWithMinMaxVarsGradient and
    FakeQuantWithMinMaxVarsPerChannelGradient (and, as for dx, that of
    FakeQuantWithMinMaxArgs), with low' and high' as in `fake_quant_range`:

    ```
    dx    = g * (low' <= x <= high' ? 1 : 0)
    dlow  = sum(g * (x < low' ? 1 : 0))
    dhigh = sum(g * (x > high' ? 1 : 0))
    ```

    and g, 0 and 0 where low and high are 0.

    `openvino` has no gradient of its own. Rounding is straight through, and what is
    beyond a bound goes to that bound. With p = (x - low) / (high - low) and q this
    position rounded to a level, for a range of the result of its own:

    | | x <= min(low, high) | inside | x > max(low, high) |
    |---|---|---|---|
    | dx | 0 | g * w | 0 |
    | dlow | 0 | sum(g * w * (p - 1)) | 0 |
    | dhigh | 0 | sum(-(g * w * p)) | 0 |
    | dout_low | sum(g) | sum(g * (1 - q)) | 0 |
    | dout_high | 0 | sum(g * q) | sum(g) |

    with w = (out_high - out_low) / (high - low). Without one, w is 1 and the ends get
    both, which leaves what rounding moved. (As NNCF's reference has it for asymmetric
    quantizers, whose parameters are low and high - low; there x = low is inside.)

    | | x <= min(low, high) | inside | x > max(low, high) |
    |---|---|---|---|
    | dx | 0 | g | 0 |
    | dlow | sum(g) | sum(g * (p - q)) | 0 |
    | dhigh | 0 | sum(-(g * (p - q))) | sum(g) |

    Every operation on an element rounds to the compute type of `fake_quant_range`;
    sums as those of `fake_quant_grad`.

    Example:

    ```mlir
    %dx, %dl, %dh = quant_act.fake_quant_range_grad tensorflow levels 255
        %g, %x low %a high %b : tensor<2x3x4x5xf32>, tensor<f32>
    %dy, %dm, %di, %do:2 = quant_act.fake_quant_range_grad openvino levels 256
        on #nchw out_on #whole %g, %x low %l high %h out_low %a out_high %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$g,
    QuantAct_Tensor:$x,
    QuantAct_Tensor:$low,
    QuantAct_Tensor:$high,
    Optional<QuantAct_Tensor>:$out_low,
    Optional<QuantAct_Tensor>:$out_high,
    QuantAct_RangeContractAttr:$contract,
    I64Attr:$levels,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$out_grid);
  let results = (outs QuantAct_Tensor:$dx, QuantAct_Tensor:$dlow,
                      QuantAct_Tensor:$dhigh,
                      Variadic<QuantAct_Tensor>:$others);
  let assemblyFormat = [{
    `` $contract `levels` $levels (`on` $grid^)?
    (`out_on` $out_grid^)? $g `,` $x `low` $low `high` $high
    (`out_low` $out_low^ `out_high` $out_high)? attr-dict `:` type($x) `,`
    type($low) (`,` type($out_low)^ `,` type($out_high))?
  }];
  let extraClassDeclaration = [{
    /// The results that not every op has; null where there is none.
    ::mlir::Value getDoutLow() {
      return getOutLow() ? getOthers().front() : ::mlir::Value();
    }
    ::mlir::Value getDoutHigh() {
      return getOutHigh() ? getOthers().back() : ::mlir::Value();
    }

    /// As of fake_quant_range.
    ::quant_act::GridAttr getEffectiveOutGrid() {
      return getOutGrid() ? *getOutGrid()
                          : getGrid().value_or(::quant_act::GridAttr());
    }
    ::mlir::FloatType getComputeType();
    ::quant_act::FakeQuantRangeSpec getSpec() {
      return {getContract(), static_cast<int64_t>(getLevels())};
    }
  }];
}

//===----------------------------------------------------------------------===//
// activate_grad
//===----------------------------------------------------------------------===//

def QuantAct_ActivateGradOp : QuantAct_Op<"activate_grad", [
    AllTypesMatch<["g", "x", "dx"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "The gradient of activate's operand";
  let description = [{
    With a = activation(x): g (`identity`, folds away), 0 where a <= 0, else g
    (`relu`), g * (1 - a) * a (`sigmoid`), g * (1 - a * a) (`tanh`).

    Example:

    ```mlir
    %dx = quant_act.activate_grad relu %g, %x : tensor<2x3x4x5xf32>
    ```
  }];
  let arguments = (ins QuantAct_Tensor:$g, QuantAct_Tensor:$x,
                       QuantAct_DefaultActivation:$activation);
  let results = (outs QuantAct_Tensor:$dx);
  let assemblyFormat =
      "`` custom<Activation>($activation) $g `,` $x attr-dict `:` type($x)";
  let hasVerifier = 0;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// stats_grad
//===----------------------------------------------------------------------===//

def QuantAct_StatsGradOp : QuantAct_Op<"stats_grad", [
    AllTypesMatch<["x", "dx"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "The gradient of stats' operand";
  let description = [{
    `dthreshold` and, if there is a low end, `dlow` are the gradients of the results of
    the `stats` that is differentiated (which may be any but `max_average`); `dx` is x's, of x's type. With
    a = activation(x), per channel of n values:

    | statistic | da |
    |---|---|
    | `abs_max`, `percentile` | dthreshold * sign(a) at the selected element |
    | `mean` | dthreshold / n * sign(a) at every element |
    | `mean_sigma_std<s>` | (dthreshold / n + dthreshold * s / (std * (n - 1)) * (abs(a) - mean)) * sign(a) at every element |
    | `min_max`, `percentile_interval` | dthreshold * sign(high - low) at the high element; where lowest <= 0, dlow - that at the low element |

    0 at every other element; sign(0) = sign(NaN) = 0. Of elements that are equal the
    selected one is the first in row-major order of x. (Brevitas takes another or divides
    among them, as its library's selection happens to.) A dthreshold of 0 stays 0, also
    where std is 0 or NaN.

    Arithmetic rounds to the gradients' type.

    Example:

    ```mlir
    %dx = quant_act.stats_grad abs_max relu on #nchw %x threshold %dt
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %dy = quant_act.stats_grad min_max %x threshold %dr low %dl
        : tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_Tensor:$dthreshold,
    Optional<QuantAct_Tensor>:$dlow,
    QuantAct_StatisticAttr:$statistic,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultActivation:$activation);
  let results = (outs QuantAct_Tensor:$dx);
  let assemblyFormat = [{
    `` custom<Statistic>($statistic) `` custom<Activation>($activation) (`on` $grid^)?
    $x `threshold` $dthreshold (`low` $dlow^)? attr-dict `:` type($x) `,`
    type($dthreshold) (`,` type($dlow)^)?
  }];
}

//===----------------------------------------------------------------------===//
// choose_qparams_grad
//===----------------------------------------------------------------------===//

def QuantAct_ChooseQParamsGradOp : QuantAct_Op<"choose_qparams_grad", [
    AttrSizedOperandSegments,
    AllTypesMatch<["threshold", "dscale"]>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "The gradients of choose_qparams' operands";
  let description = [{
    `dscale` and, where there is a low end, `dzero_point` are the gradients of the
    results of the `choose_qparams` that is differentiated, whose operands and attributes
    come before them. Results, each of its operand's type: `dthreshold`, `dlow` if there
    is a low end, `dbits` if there are bits.

    Rounding and minimums are straight through. The zero point first, with in where it is
    not clamped (`ste_clamp`, `fractional`: everywhere):

    ```
    du     = in ? dz : 0
    dlow   = sum(du / s * (low >= 0 ? 1 : -1))
    ds'    = dscale + sum(-du * (abs(low) / s / s))
    db     = sum(dz * (z clamped to hi ? hi' : lo'))     (lo', hi': see fake_quant_grad)
    ```

    Then the threshold v, with R = restrict(v), R' = 1 under `float`, else R * ln2 where v
    is a logarithm and R / v where it is not:

    | rule | dthreshold |
    |---|---|
    | `collect` | ds' / T |
    | `statistics` | ds' / T' * R' * sign(R), of min(v) for v |
    | `running` | 0: a running statistic is no parameter |
    | `learned` | ds' / T' * R' * sign(R) |
    | `training` | ds' / T' * R' |
    | `parameter` | ds' / T' * R' * sign(min(R)) |

    and db += sum(-ds' * (s / T') * (T' / T) * hi'), s before its minimum. With
    `full_range`, T and hi' are of the unsigned format, low is min(low, 0), whose limit is
    straight through (dlow = sum(-du / s)), and where the threshold was extended to 0 its
    gradient is low's: -dthreshold, divided by abs(low) * ln2 for logarithms. Sums, where an
    operand is one for all, are in f64 by 16 lanes; all else rounds to the
    element type. A gradient of 0 stays 0, whatever it is divided by or multiplied with.

    Example:

    ```mlir
    %dt = quant_act.choose_qparams_grad to #quant_act.int<4, unsigned> %t scale %ds
        : tensor<64xf32>
    %du, %dl, %db = quant_act.choose_qparams_grad to #quant_act.int<?, unsigned>
        as training restrict log %t low %l bits %b scale %ds zero_point %dz
        : tensor<64xf32>, tensor<64xf32>, tensor<64xf32> bits tensor<f32>
    %dv, %dm = quant_act.choose_qparams_grad to #quant_act.int<8, signed> full_range
        %t low %l scale %ds zero_point %dz : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$threshold,
    Optional<QuantAct_Tensor>:$low,
    Optional<QuantAct_Tensor>:$bits,
    QuantAct_Tensor:$dscale,
    Optional<QuantAct_Tensor>:$dzero_point,
    QuantAct_FormatAttr:$format,
    QuantAct_Default<QuantAct_ScaleRuleAttr, "ScaleRule::Collect">:$rule,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional,
    UnitAttr:$full_range,
    UnitAttr:$ste_clamp);
  let results = (outs QuantAct_Tensor:$dthreshold,
                      Variadic<QuantAct_Tensor>:$others);
  let assemblyFormat = [{
    `to` custom<Format>($format) (`as` `` $rule^)? (`restrict` `` custom<Restriction>($restriction)^)?
    (`minimum` $minimum^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
    (`full_range` $full_range^)? (`ste_clamp` $ste_clamp^)? $threshold (`low` $low^)? (`bits` $bits^)?
    `scale` $dscale (`zero_point` $dzero_point^)? attr-dict `:` type($threshold)
    (`,` type($low)^ `,` type($dzero_point))? (`bits` type($bits)^)?
  }];
  let extraClassDeclaration = [{
    /// The results that not every op has; null where there is none.
    ::mlir::Value getDlow() {
      return getLow() ? getOthers().front() : ::mlir::Value();
    }
    ::mlir::Value getDbits() {
      return getBits() ? getOthers().back() : ::mlir::Value();
    }

    /// As of choose_qparams.
    ::quant_act::QParamsSpec getSpec();

    ::quant_act::GradientSpec getGradientSpec() {
      return {::quant_act::ScaleGradient::Full, getSteClamp()};
    }
  }];
}

//===----------------------------------------------------------------------===//
// learned_bits_grad
//===----------------------------------------------------------------------===//

def QuantAct_LearnedBitsGradOp : QuantAct_Op<"learned_bits_grad", [
    AllTypesMatch<["g", "offset", "doffset"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "The gradient of learned_bits' operand";
  let description = [{
    g * (offset >= 0 ? 1 : -1), with g the gradient of the bits: rounding is straight
    through, and a magnitude at 0 grows.

    Example:

    ```mlir
    %do = quant_act.learned_bits_grad %g, %offset : tensor<f32>
    ```
  }];
  let arguments = (ins QuantAct_Tensor:$g, QuantAct_Tensor:$offset);
  let results = (outs QuantAct_Tensor:$doffset);
  let assemblyFormat = "$g `,` $offset attr-dict `:` type($offset)";
  let hasVerifier = 0;
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTGRADIENTOPS_TD
