//===- QuantActParameterOps.td - Ops on parameters ---------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTPARAMETEROPS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTPARAMETEROPS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActOpBase.td"

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
    statistics can yield a second value, the low end, for a zero point.

    This is Brevitas's statistics view: permute by the grid's permutation, flatten
    all but the kept dimensions, reduce each row.

    Results: `threshold` and, for `min_max` and `percentile_interval` if wanted, `low`;
    shapes as the grid says; element types x's or a wider float type.

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
// search_threshold
//===----------------------------------------------------------------------===//

def QuantAct_SearchThresholdOp : QuantAct_Op<"search_threshold", [
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<RuntimeVerifiableOpInterface>]> {
  let summary = "Find the threshold that quantizes with the least squared error";
  let description = [{
    Per channel, of the candidates c = i * (m / 20), i = 2 .. 20, m the largest
    magnitude of a = activation(x), the first with the least error:

    ```
    s = choose_qparams collect (c);   e = sum over the channel of (a - fake_quant(a))^2
    ```

    The activation is applied in fake_quant again, as the training framework (Brevitas's
    MSE quantizers) has it: that matters for sigmoid and tanh. Errors are summed in f64
    by 16 lanes, as in fake_quant_grad. After an error that is NaN no candidate is better. m / 20
    stands where none is.

    Attributes are those of `fake_quant` and, `minimum` and `restrict`, of
    `choose_qparams`; the format says its bits and rounding is not stochastic.

    Example:

    ```mlir
    %t = quant_act.search_threshold relu to #quant_act.int<4, unsigned> on #nchw %x
        : tensor<8x64x32x32xf32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$x,
    QuantAct_FormatAttr:$format,
    OptionalAttr<QuantAct_GridAttr>:$grid,
    QuantAct_DefaultActivation:$activation,
    QuantAct_DefaultRounding:$rounding,
    QuantAct_DefaultNumerics:$numerics,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum);
  let results = (outs QuantAct_Tensor:$threshold);
  let assemblyFormat = [{
    `` custom<Activation>($activation) `to` custom<Format>($format) (`on` $grid^)?
    (`round` `` $rounding^)? (`numerics` $numerics^)?
    (`restrict` `` custom<Restriction>($restriction)^)? (`minimum` $minimum^)?
    $x attr-dict `:` type($x) `->` type($threshold)
  }];
  let extraClassDeclaration = [{
    /// How a candidate's scale follows from it.
    ::quant_act::QParamsSpec getQParamsSpec();

    /// How x is quantized with that scale; the type every operation rounds to.
    ::quant_act::FakeQuantSpec getFakeQuantSpec();
    ::mlir::FloatType getComputeType();
  }];
}

//===----------------------------------------------------------------------===//
// choose_qparams
//===----------------------------------------------------------------------===//

def QuantAct_ChooseQParamsOp : QuantAct_Op<"choose_qparams", [
    AttrSizedOperandSegments,
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
    training:   s = min(restrict(v)) / T'
    parameter:  s = abs(min(restrict(v))) / T'
    ```

    T' is restrict(T). Where the minimum applies differs on
    purpose: a dead channel has s = m/T in training and s = m in evaluation, as in
    Brevitas. With `low` (the lower end of the range, or its running value) there
    is a zero point:

    ```
    u = abs(low) / s + lowest
    z = clamp(round(u))      or u itself with `fractional`
    ```

    That is Brevitas's rule. It does not ask whether the range includes 0: the codes
    of a channel that is negative throughout all saturate (min_max of [-2, -1] has the
    threshold 1). And T is half of the steps that a signed format has. `full_range`
    extends the range to 0 and spreads it over every code, as ONNX's
    DynamicQuantizeLinear and PyTorch's observers do:

    ```
    low = min(low, 0);   v = max(v, -low), or max(v, log2(-low)) of logarithms
    T   = that of the unsigned format of as many bits: highest - lowest
    ```

    A low end above 0 counts as 0. It takes a low end of the threshold's type.

    Operands: `threshold`; `low`, of the same type, or either of them is one for all
    (rank 0); `bits`, for a format `int<?, ..>`, likewise. Results: `scale`, of the
    threshold's type; `zero_point`, of the type of whichever has more.

    Example:

    ```mlir
    %s = quant_act.choose_qparams to #quant_act.int<4, unsigned> %t : tensor<64xf32>
    %s2, %z = quant_act.choose_qparams to #quant_act.int<8, unsigned> as running
        restrict power_of_two<ceil> %t low %l : tensor<64xf32>, tensor<64xf32>
    %s3 = quant_act.choose_qparams to #quant_act.int<?, signed> as training %t bits %b
        : tensor<64xf32> bits tensor<f32>
    %s4, %z4 = quant_act.choose_qparams to #quant_act.int<8, signed> full_range
        %t low %l : tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins
    QuantAct_Tensor:$threshold,
    Optional<QuantAct_Tensor>:$low,
    Optional<QuantAct_Tensor>:$bits,
    QuantAct_FormatAttr:$format,
    QuantAct_Default<QuantAct_ScaleRuleAttr, "ScaleRule::Collect">:$rule,
    QuantAct_DefaultRestriction:$restriction,
    QuantAct_DefaultMinimum:$minimum,
    QuantAct_DefaultRounding:$rounding,
    UnitAttr:$fractional,
    UnitAttr:$full_range);
  let results = (outs QuantAct_Tensor:$scale, Optional<QuantAct_Tensor>:$zero_point);
  let assemblyFormat = [{
    `to` custom<Format>($format) (`as` `` $rule^)? (`restrict` `` custom<Restriction>($restriction)^)?
    (`minimum` $minimum^)? (`round` `` $rounding^)? (`fractional` $fractional^)?
    (`full_range` $full_range^)? $threshold (`low` $low^)? (`bits` $bits^)? attr-dict `:` type($threshold)
    (`,` type($low)^)? (`bits` type($bits)^)?
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
    count == 0:          running' = running * v      (additive: running + v)
    momentum p:          running' = running * (1 - p) + p * v
    no momentum, count c: running' = running * (c / (c + 1)) + v / (c + 1)
    count' = count + 1
    ```

    1 - p and c / (c + 1) are computed in f64 and rounded to the element type. A new
    running statistic is 1 and its count 0, so that the first batch's value stands
    unchanged; with `additive`, for the low end of an interval, it is 0. Without a
    momentum the result is the true average.

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
    UnitAttr:$additive,
    OptionalAttr<F64Attr>:$momentum,
    OptionalAttr<F64Attr>:$minimum);
  let results = (outs QuantAct_Tensor:$new_running, QuantAct_Count:$new_count);
  let assemblyFormat = [{
    (`additive` $additive^)? (`momentum` $momentum^)? (`minimum` $minimum^)?
    $batch `,` $running `,` $count
    attr-dict `:` type($batch) `,` type($count)
  }];
  let extraClassDeclaration = [{
    /// Everything the numerics need to know but the operands.
    ::quant_act::ObserveSpec getSpec();
  }];
}

//===----------------------------------------------------------------------===//
// init_parameter
//===----------------------------------------------------------------------===//

def QuantAct_InitParameterOp : QuantAct_Op<"init_parameter", [
    AllTypesMatch<["running", "parameter"]>,
    OptionalTypesMatchWith<"'replaced' has the type of 'running'", "running",
                           "replaced", "$_self">,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "Start learning from a running statistic";
  let description = [{
    The parameter that a layer learns from the end of its collection on: the running
    threshold under a `float` restriction, else its logarithm to base 2.

    `replaced` is the parameter that is set, as it was before. Its value is not used,
    but its gradient is that of the result: setting a parameter in place is nothing that
    a framework differentiates. No gradient passes to `running`.

    Example:

    ```mlir
    %v = quant_act.init_parameter restrict power_of_two %running : tensor<64xf32>
    %w = quant_act.init_parameter %running replacing %learned : tensor<64xf32>
    ```
  }];
  let arguments = (ins QuantAct_Tensor:$running,
                       Optional<QuantAct_Tensor>:$replaced,
                       QuantAct_DefaultRestriction:$restriction);
  let results = (outs QuantAct_Tensor:$parameter);
  let assemblyFormat = [{
    (`restrict` `` custom<Restriction>($restriction)^)? $running
    (`replacing` $replaced^)? attr-dict `:` type($running)
  }];
  let hasVerifier = 0;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// learned_bits
//===----------------------------------------------------------------------===//

def QuantAct_LearnedBitsOp : QuantAct_Op<"learned_bits", [
    AllTypesMatch<["offset", "bits"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "The bits of a format whose bit width is learned";
  let description = [{
    bits = round(abs(offset) + minimum), half to even. The offset is what is learned;
    a layer that starts at b bits has the offset b - minimum.

    Example:

    ```mlir
    %b = quant_act.learned_bits %offset : tensor<f32>
    %c = quant_act.learned_bits minimum 3.0 %offsets : tensor<64xf32>
    ```
  }];
  let arguments = (ins QuantAct_Tensor:$offset,
                       DefaultValuedAttr<F64Attr, "2.0">:$minimum);
  let results = (outs QuantAct_Tensor:$bits);
  let assemblyFormat = [{
    (`minimum` $minimum^)? $offset attr-dict `:` type($offset)
  }];
  let hasFolder = 1;
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTPARAMETEROPS_TD
