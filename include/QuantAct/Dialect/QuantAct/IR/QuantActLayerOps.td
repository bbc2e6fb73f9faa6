//===- QuantActLayerOps.td - Whole layers ------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLAYEROPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLAYEROPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

//===----------------------------------------------------------------------===//
// act
//===----------------------------------------------------------------------===//

def QuantAct_ActOp : QuantAct_Op<"act", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "A whole quantized activation layer";
  let description = [{
    QuantReLU (`relu`), QuantIdentity (`identity`), QuantSigmoid, QuantTanh:
    statistics, running state, parameters and fake quantization of one layer in one
    phase of its life. QuantHardTanh is `identity` with `scaling parameter`: where
    Brevitas quantizes, it applies no hardtanh. The pass `quant-act-decompose-act`
    replaces the op by the ops it stands for.

    State comes in after `state` and leaves as the last results, in this order:

    | state | type | starts at |
    |---|---|---|
    | running: threshold, [low end] | as the grid says | 1, 0 |
    | learned: threshold (its logarithm to base 2 under `log` and `power_of_two`), [low end] | as the grid says | 1, 0 |
    | count: updates of the running statistics | tensor<i64> | 0 |
    | calls: with `delay`, quantizing calls | tensor<i64> | 0 |

    There is a low end, and a zero point, where the statistic is an interval, unless
    `symmetric`, with `low_from`, and with `given_low`. `low_from` names an interval
    whose low end is taken instead of the statistic's, if that has one. Values that are
    learned from the beginning, not from a statistic on, are *given*: the threshold under
    `parameter` and `const`, the low end with `given_low`. They are never running, and
    never returned. Under `stats` the threshold is always running and never learned.

    | phase | takes | returns |
    |---|---|---|
    | `collect` | x, running, given, count | y, scale, [zero point], running, count |
    | `learn` | x, learned | y, scale, [zero point] |
    | `train` | x, running, learned, count | y, scale, [zero point], running, learned, count |
    | `calibrate` | x, running, count | y (the activation), running, count |
    | `evaluate` | x, running, given | y, scale, [zero point] |
    | `evaluate_learned` | x, learned | y, scale, [zero point] |
    | `learn` under `stats` | x, running threshold, learned low end, count | y, scale, zero point, running threshold, count |
    | `evaluate_learned` under `stats` | x, running threshold, learned low end | y, scale, zero point |

    and last in both, except in `calibrate`, the calls if there is a `delay`.

    | scaling | phases | scale of `quant_act.choose_qparams` |
    |---|---|---|
    | `parameter_from_stats` (default) | all | collect; learn: `training`; evaluate: `running`, `learned` |
    | `stats` | collect, calibrate, evaluate; all, where a low end is gathered | `statistics` |
    | `parameter` | learn, evaluate_learned | `parameter` (with `signed_scale`: `training`) |
    | `const` | evaluate | the same |

    Under `parameter` and `const` a layer without a statistic has only given state;
    `quant_act.init_parameter` makes the threshold of it from one that is no logarithm. A
    negative threshold keeps its sign with `signed_scale` (Brevitas: with a negative
    `scaling_init`). With an interval they have all phases: its low end is gathered and
    learned (Brevitas: a Shifted quantizer with `scaling_impl_type` PARAMETER or CONST),
    its threshold is not used. `given_low` is Brevitas's ParameterZeroPoint.

    `train` with `steps` K is a layer's whole training. While count < K it collects.
    The call that finds count = K makes the learned values of the running ones, by
    init_parameter, and the count K + 1; it and those after it learn. (Under `stats` the
    count goes on: there is more to average.) Evaluate with
    the running values up to count = K, with the learned ones afterwards. Statistics
    are computed only while collecting. A layer that was calibrated goes on to
    `evaluate_learned`, and to `train`, with init_parameter(running), the running low
    end, and the count K + 1.

    * `momentum` p: running = (1 - p) * running + p * batch; without it the running
      values are the true average, as in Brevitas's calibration. The first update
      multiplies a running threshold, and adds to a low end: the starts above. A low
      end's momentum may be another, `low_momentum`, or none, `low_average`.
    * Brevitas's Shifted quantizers take their low end from a percentile, whatever the
      threshold is: MAX and its default NegativePercentileOrZero are `abs_max low_from
      percentile_interval<0.001, 100.0>`, NegativeMinOrZero is `low_from min_max`. Its
      zero_point_stats_momentum is the low end's, 0.1 unless given.
    * Not expressed, in Brevitas per tensor only: a low end by half-quadratic optimization
      (ShiftedUint8ActPerTensorFloatHQO), which is up to 1000 evaluations of the layer until
      an f32 mean no longer falls, with a weight that grows from call to call; `mse` beside
      a low end, and HQO of the scale, which users mix in by hand. Once such a layer has
      collected, it is like others: `learn` and `evaluate_learned`, HQO's with `fractional`.
    * Brevitas's calibration quantizes to binary and ternary codes all the same: that is
      `collect` without a momentum.
    * Freezing a layer is evaluating it; reloading is passing the saved state. A
      checkpoint of Brevitas has the learned threshold alone: its count is K + 1.
      One of `stats` has the running threshold but no count; Brevitas goes on from 0,
      which multiplies. The count that belongs to it averages.
    * `delay` N (Brevitas's quant_delay_steps): y is the activation while calls < N.
      Scale and state are as ever. Not with minifloats, which Brevitas never delays.
    * `bits`, for a format `int<?, ..>`: as in fake_quant; learned ones come from
      `quant_act.learned_bits`, which several layers may share.
    * `fractional`, `full_range`: as in choose_qparams. Brevitas has no `full_range`.
    * `round stochastic` takes a `seed` and applies to x. Zero points are rounded
      half to even then. Evaluate with `half_even`, as Brevitas does.

    Example:

    ```mlir
    %y, %s, %r, %n = quant_act.act relu collect percentile<99.999> momentum 0.1
        to #quant_act.int<4, unsigned> on #nchw %x state %running, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
    %z, %t = quant_act.act relu evaluate percentile<99.999>
        to #quant_act.int<4, unsigned> on #nchw %x state %running
        : tensor<8x64x32x32xf32>, tensor<64xf32>
    %yt, %st, %rt, %vt, %nt = quant_act.act relu train percentile<99.999> steps 300
        momentum 0.1 to #quant_act.int<4, unsigned> on #nchw
        %x state %running, %learned, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>, tensor<i64>
    %h, %sh = quant_act.act learn scaling parameter minimum 0.0
        to #quant_act.int<?, signed> on #nchw %x state %learned bits %b
        : tensor<8x64x32x32xf32>, tensor<64xf32> bits tensor<f32>
    %a, %sa, %za = quant_act.act learn scaling parameter given_low
        to #quant_act.int<8, unsigned> on #nchw %x state %learned, %low
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>
    %w, %sw, %zw, %rw, %lw, %nw = quant_act.act collect abs_max
        low_from percentile_interval<0.001, 100.0> momentum 0.1 low_momentum 0.5
        to #quant_act.int<8, unsigned> on #nchw %x state %running, %low, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>, tensor<i64>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    Variadic<AnyRankedTensor>:$state,
    Optional<QuantAct_Tensor>:$bits,
    Optional<QuantAct_Seed>:$seed,
    QuantAct_Default<QuantAct_ActivationAttr, "Activation::Identity">:$activation,
    QuantAct_PhaseAttr:$phase,
    OptionalAttr<QuantAct_StatisticAttr>:$statistic,
    UnitAttr:$symmetric,
    OptionalAttr<QuantAct_StatisticAttr>:$low_from,
    QuantAct_Default<QuantAct_ScalingAttr, "Scaling::ParameterFromStats">:$scaling,
    UnitAttr:$signed_scale,
    UnitAttr:$given_low,
    OptionalAttr<I64Attr>:$steps,
    OptionalAttr<F64Attr>:$momentum,
    OptionalAttr<F64Attr>:$low_momentum,
    UnitAttr:$low_average,
    OptionalAttr<I64Attr>:$delay,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum,
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional,
    UnitAttr:$full_range,
    QuantAct_DefaultNumerics:$numerics);
  let results = (outs QuantAct_Tensor:$y, Variadic<AnyRankedTensor>:$others);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `` $phase `` custom<OptionalStatistic>($statistic)
    (`symmetric` $symmetric^)? (`low_from` `` custom<Statistic>($low_from)^)? (`scaling` `` $scaling^)?
    (`signed_scale` $signed_scale^)? (`given_low` $given_low^)? (`steps` $steps^)? (`momentum` $momentum^)?
    (`low_momentum` $low_momentum^)? (`low_average` $low_average^)? (`delay` $delay^)?
    (`restrict` `` custom<Restriction>($restriction)^)? (`minimum` $minimum^)?
    `to` custom<Format>($format) (`on` $grid^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
    (`full_range` $full_range^)? (`numerics` $numerics^)? $x (`state` $state^)? (`bits` $bits^)? (`seed` $seed^)?
    attr-dict `:` type($x) (`,` type($state)^)? (`bits` type($bits)^)?
  }];
  let extraClassDeclaration = [{
    /// Whether this phase gathers statistics and replaces the running ones.
    bool updatesStatistics();

    /// Whether this phase quantizes, and so has a scale.
    bool quantizes() { return getPhase() != ::quant_act::Phase::Calibrate; }

    /// Whether the threshold is learned from the beginning.
    bool isThresholdGiven();

    /// Whether the threshold is the running one throughout, and never learned.
    bool isThresholdRunning();

    /// Whether a scale comes with a zero point, and a threshold with a low end.
    bool hasZeroPoint();

    /// A part of the state; null where the phase takes none.
    ::mlir::Value getPart(::quant_act::StatePart part);

    ::mlir::Value getCount() { return getPart(::quant_act::StatePart::Count); }
    ::mlir::Value getCalls() { return getPart(::quant_act::StatePart::Calls); }

    /// The type of each threshold, scale, low end and zero point.
    ::mlir::RankedTensorType getParameterType();
  }];
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLAYEROPS_TD
