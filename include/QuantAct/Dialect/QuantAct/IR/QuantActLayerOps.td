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
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional,
    QuantAct_DefaultNumerics:$numerics);
  let results = (outs QuantAct_Tensor:$y, Variadic<AnyRankedTensor>:$others);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `` $phase `` custom<Statistic>($statistic)
    (`scaling` `` $scaling^)? (`momentum` $momentum^)?
    (`restrict` `` custom<Restriction>($restriction)^)? (`minimum` $minimum^)?
    `to` custom<Format>($format) (`on` $grid^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
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

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTLAYEROPS_TD
