//===- QuantActOps.td - Operations of quant_act ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/RuntimeVerifiableOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Constraints and defaults
//===----------------------------------------------------------------------===//

def QuantAct_Float : AnyTypeOf<[F16, BF16, F32, F64], "f16, bf16, f32 or f64">;
def QuantAct_Tensor : RankedTensorOf<[QuantAct_Float]>;
def QuantAct_Count : 0DTensorOf<[I64]>;

class QuantAct_Default<Attr attr, string enumCase>
    : DefaultValuedAttr<attr, "::quant_act::" # enumCase>;

def QuantAct_DefaultActivation
    : QuantAct_Default<QuantAct_ActivationAttr, "Activation::Identity">;
def QuantAct_DefaultRounding
    : QuantAct_Default<QuantAct_RoundingAttr, "Rounding::HalfEven">;
def QuantAct_DefaultNumerics
    : DefaultValuedAttr<QuantAct_NumericsAttr, "getBrevitas">;
def QuantAct_DefaultRestriction
    : DefaultValuedAttr<QuantAct_RestrictionAttr, "getFloat">;

/// Brevitas's scaling_min_val.
def QuantAct_DefaultMinimum : DefaultValuedAttr<F64Attr, "1.0e-10">;

class QuantAct_Op<string opMnemonic, list<Trait> traits = []>
    : Op<QuantAct_Dialect, opMnemonic, traits # [Pure]> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

def QuantAct_FakeQuantOp : QuantAct_Op<"fake_quant", [
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

    in exactly this order under the default contract (Brevitas); `numerics` names
    the others'. Comparisons are strict and ordered, the upper bound first, so NaN
    passes through and infinities saturate. Without a zero point z is +0, which is
    still added: a value that is -0 becomes +0 before rounding.

    Operands: `x`, of any rank; `scale` and `zero_point`, compact parameter tensors
    as `grid` says, of any float type. Without a `grid` there is one set of
    parameters for the whole tensor and they have rank 0. `zero_point_grid` says
    where the zero point lies if not on the scale's grid. Zero points are codes and
    may be fractional. `y` has x's type.

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
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_Tensor:$scale,
    Optional<QuantAct_Tensor>:$zero_point,
    QuantAct_IntFormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    OptionalAttr<QuantAct_GridAttr>:$zero_point_grid,
    QuantAct_DefaultActivation:$activation,
    QuantAct_DefaultRounding:$rounding,
    QuantAct_DefaultNumerics:$numerics);
  let results = (outs QuantAct_Tensor:$y);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` $format (`on` $grid^)?
    (`zero_point_on` $zero_point_grid^)? (`round` `` $rounding^)?
    (`numerics` $numerics^)? $x `scale` $scale (`zero_point` $zero_point^)?
    attr-dict `:` type($x) `,` type($scale) (`,` type($zero_point)^)?
  }];
  let extraClassDeclaration = [{
    /// The grid of the zero point: its own, or else the scale's.
    ::quant_act::GridAttr getEffectiveZeroPointGrid() {
      return getZeroPointGrid() ? *getZeroPointGrid()
                                : getGrid().value_or(::quant_act::GridAttr());
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

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

def QuantAct_StatsOp : QuantAct_Op<"stats", [
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Gather a statistic of each channel";
  let description = [{
    Reduces x, after the activation, to one value per parameter of the grid (one in
    all without a grid): the threshold that a scale is derived from. The interval
    statistics yield a second value, the low end, for a zero point.

    This is Brevitas's statistics view: permute by the grid's permutation, flatten
    all but the kept dimensions, reduce each row.

    Results: `threshold` and, for `min_max` and `percentile_interval`, `low`; shapes
    as the grid says; element types x's or a wider float type.

    Example:

    ```mlir
    %t = quant_act.stats percentile<99.999> relu on #nchw %x
        : tensor<8x64x32x32xf32> -> tensor<64xf32>
    %r, %low = quant_act.stats min_max %x : tensor<8x64x32x32xf32>
        -> tensor<f32>, tensor<f32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_StatisticAttr:$statistic,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultActivation:$activation);
  let results = (outs QuantAct_Tensor:$threshold, Optional<QuantAct_Tensor>:$low);
  let assemblyFormat = [{
    `` custom<Statistic>($statistic) `` custom<Activation>($activation) (`on` $grid^)?
    $x attr-dict `:` type($x) `->` type($threshold) (`,` type($low)^)?
  }];
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// choose_qparams
//===----------------------------------------------------------------------===//

def QuantAct_ChooseQParamsOp : QuantAct_Op<"choose_qparams", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Derive scales and zero points from thresholds";
  let description = [{
    Elementwise over parameters. With v the threshold, T the format's threshold and
    m the `minimum`:

    ```
    min(v) = v, but sign(v) * m where abs(v) < m     (m = 0: no minimum)
    restrict(v) = v | 2^log2(v) | 2^round(log2(v))   (float | log | power_of_two)
    collect:    s = min(v) / T
    statistics: s = abs(min(restrict(min(v)))) / T'
    running:    s = min(abs(restrict(v)) / T')
    learned:    the same, v being log2 of the threshold already unless float
    ```

    T' is T, computed as 2^log2(T) under `log`. Where the minimum applies differs on
    purpose: a dead channel has s = m/T in training and s = m in evaluation, as in
    Brevitas. With `low` (the lower end of the range, or its running value) there
    is a zero point:

    ```
    u = abs(low) / s + lowest
    z = clamp(round(u))      or u itself with `fractional`
    ```

    All results have the threshold's type.

    Example:

    ```mlir
    %s = quant_act.choose_qparams to #quant_act.int<4, unsigned> %t : tensor<64xf32>
    %s2, %z = quant_act.choose_qparams to #quant_act.int<8, unsigned> as running
        restrict power_of_two<ceil> %t low %l : tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$threshold,
    Optional<QuantAct_Tensor>:$low,
    QuantAct_IntFormatAttr:$format,
    QuantAct_Default<QuantAct_ScaleRuleAttr, "ScaleRule::Collect">:$rule,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional);
  let results = (outs QuantAct_Tensor:$scale, Optional<QuantAct_Tensor>:$zero_point);
  let assemblyFormat = [{
    `to` $format (`as` `` $rule^)? (`restrict` `` custom<Restriction>($restriction)^)?
    (`minimum` $minimum^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
    $threshold (`low` $low^)? attr-dict `:` type($threshold) (`,` type($low)^)?
  }];
  let extraClassDeclaration = [{
    /// Everything the numerics need to know but the operands.
    ::quant_act::QParamsSpec getSpec();
  }];
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// observe
//===----------------------------------------------------------------------===//

def QuantAct_ObserveOp : QuantAct_Op<"observe", [
    AllTypesMatch<["batch", "running", "new_running"]>,
    AllTypesMatch<["count", "new_count"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Update a running statistic";
  let description = [{
    Elementwise over parameters, with v = min(batch) (see `choose_qparams`; without
    `minimum`, the batch's statistic itself) and p the momentum:

    ```
    count == 0:          running' = running * v
    momentum p:          running' = running * (1 - p) + p * v
    no momentum, count c: running' = running * (c / (c + 1)) + v / (c + 1)
    count' = count + 1
    ```

    1 - p and c / (c + 1) are computed in f64 and rounded to the element type. A new
    running statistic is 1 and its count 0, so that the first batch's value stands
    unchanged. Without a momentum the result is the true average.

    Example:

    ```mlir
    %r, %n = quant_act.observe momentum 0.1 minimum 1.0e-10 %t, %running, %count
        : tensor<64xf32>, tensor<i64>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$batch,
    QuantAct_Tensor:$running,
    QuantAct_Count:$count,
    OptionalAttr<F64Attr>:$momentum,
    OptionalAttr<F64Attr>:$minimum);
  let results = (outs QuantAct_Tensor:$new_running, QuantAct_Count:$new_count);
  let assemblyFormat = [{
    (`momentum` $momentum^)? (`minimum` $minimum^)? $batch `,` $running `,` $count
    attr-dict `:` type($batch) `,` type($count)
  }];
  let extraClassDeclaration = [{
    /// Everything the numerics need to know but the operands.
    ::quant_act::ObserveSpec getSpec();
  }];
}

//===----------------------------------------------------------------------===//
// act
//===----------------------------------------------------------------------===//

def QuantAct_ActOp : QuantAct_Op<"act", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "A whole quantized activation layer";
  let description = [{
    QuantReLU (`relu`) or QuantIdentity (`identity`): statistics, running state,
    parameters and fake quantization of one layer in one phase of its life. The pass
    `quant-act-decompose-act` replaces it by the ops it stands for.

    Operands: `x`; `state`, the running statistics: the threshold, then the low end
    if the statistic is an interval, then the count of updates (tensor<i64>) in the
    phases that update it (`collect`, `calibrate`).

    Results: `y`, of x's type; `scale`; `zero_point` if the statistic is an
    interval (neither in `calibrate`); then the new state, in the state's order, in
    the phases that update it.

    | phase | operands | results |
    |---|---|---|
    | `collect` | x, running.., count | y, scale, [zero point], running.., count |
    | `calibrate` | x, running.., count | y (the activation), running.., count |
    | `evaluate`, `evaluate_learned` | x, running.. | y, scale, [zero point] |

    Example:

    ```mlir
    %y, %s, %r, %n = quant_act.act relu collect percentile<99.999> momentum 0.1
        to #quant_act.int<4, unsigned> on #nchw %x state %running, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
    %z, %t = quant_act.act relu evaluate percentile<99.999>
        to #quant_act.int<4, unsigned> on #nchw %x state %running
        : tensor<8x64x32x32xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    Variadic<AnyRankedTensor>:$state,
    QuantAct_Default<QuantAct_ActivationAttr, "Activation::Identity">:$activation,
    QuantAct_PhaseAttr:$phase,
    QuantAct_StatisticAttr:$statistic,
    QuantAct_Default<QuantAct_ScalingAttr, "Scaling::ParameterFromStats">:$scaling,
    OptionalAttr<F64Attr>:$momentum,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum,
    QuantAct_IntFormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional,
    QuantAct_DefaultNumerics:$numerics);
  let results = (outs QuantAct_Tensor:$y, Variadic<AnyRankedTensor>:$others);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `` $phase `` custom<Statistic>($statistic)
    (`scaling` `` $scaling^)? (`momentum` $momentum^)?
    (`restrict` `` custom<Restriction>($restriction)^)? (`minimum` $minimum^)?
    `to` $format (`on` $grid^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
    (`numerics` $numerics^)? $x `state` $state attr-dict `:` type($x) `,` type($state)
  }];
  let extraClassDeclaration = [{
    /// Whether this phase replaces the running statistics.
    bool updatesState() {
      return getPhase() == ::quant_act::Phase::Collect ||
             getPhase() == ::quant_act::Phase::Calibrate;
    }

    /// Whether this phase quantizes, and so has a scale.
    bool quantizes() { return getPhase() != ::quant_act::Phase::Calibrate; }

    /// Running statistics: the threshold and, for an interval, the low end.
    ::mlir::Value getRunningThreshold() { return getState()[0]; }
    ::mlir::Value getRunningLow() {
      return getStatistic().isInterval() ? getState()[1] : ::mlir::Value();
    }
    /// The number of updates so far, in the phases that update.
    ::mlir::Value getCount() {
      return updatesState() ? getState().back() : ::mlir::Value();
    }
  }];
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPS_TD
