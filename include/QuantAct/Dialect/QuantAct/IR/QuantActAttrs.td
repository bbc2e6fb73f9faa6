//===- QuantActAttrs.td - Grids, formats and contracts -----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRS_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRS_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActAttrInterfaces.td"
include "QuantAct/Dialect/QuantAct/IR/QuantActDialect.td"
include "QuantAct/Numerics/Enums.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

class QuantAct_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<QuantAct_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

/// An enumeration, written as the keyword. One message says which there are.
class QuantAct_EnumAttr<EnumInfo enumInfo, string attrMnemonic>
    : EnumAttr<QuantAct_Dialect, enumInfo, attrMnemonic> {
  let assemblyFormat = ?;
  let hasCustomAssemblyFormat = 1;
  let extraClassDefinition = [{
    ::mlir::Attribute $cppClass::parse(::mlir::AsmParser &parser,
                                       ::mlir::Type) {
      }] # enumInfo.className # [{ value{};
      if (parseEnumKeyword(parser, "}] # !subst("_", " ", attrMnemonic) # [{",
                           value))
        return {};
      return get(parser.getContext(), value);
    }
    void $cppClass::print(::mlir::AsmPrinter &printer) const {
      printer << ' ' << stringifyEnum(getValue());
    }
  }];
}

//===----------------------------------------------------------------------===//
// Enumerations as attributes
//===----------------------------------------------------------------------===//

def QuantAct_RoundingAttr
    : QuantAct_EnumAttr<QuantAct_Rounding, "rounding"> {
  let summary = "How a quotient becomes an integer code";
  let description = [{
    To the nearest integer, where the name says what a tie (an exact half) does:

    | rounding | ties | Brevitas |
    |---|---|---|
    | `half_even` (default) | to the even neighbour | ROUND |
    | `half_away` | away from zero | |
    | `half_zero` | toward zero | |
    | `half_up` | toward +infinity | |
    | `half_down` | toward -infinity | |
    | `dpu` | negative ties toward +infinity, others to even | DPU |

    or in one direction: `ceil`, `floor`, `toward_zero`, `away_from_zero`
    (Brevitas: CEIL, FLOOR, ROUND_TO_ZERO, -).

    `half_away_add` and `half_zero_subtract` are sign(u) * floor(abs(u) + 0.5) and
    sign(u) * ceil(abs(u) - 0.5), whose addition rounds: 0.49999997 goes to 1 (QONNX
    HALF_UP and HALF_DOWN; on ties as `half_away` and `half_zero`).

    `stochastic` rounds up with a probability of the distance from the lower integer.
    It takes a seed; a number depends on the seed and the element's position alone.

    Every mode keeps NaN, infinities and the sign of zero, and a result that is
    zero has the sign of the quotient. Except that `toward_zero` makes a minifloat's
    -0 to +0, as Brevitas does.
  }];
}

def QuantAct_ActivationAttr
    : QuantAct_EnumAttr<QuantAct_Activation, "activation"> {
  let summary = "The function applied to x before it is quantized";
  let description = [{
    `identity` (default); `relu`: +0 where x < 0, else x (NaN and -0 stay); `sigmoid`:
    1 / (1 + exp(-x)), each operation rounded; `tanh`. It is part of the op so that
    the data is read once.
  }];
}

def QuantAct_RangeContractAttr
    : QuantAct_EnumAttr<QuantAct_RangeContract, "range_contract"> {
  let summary = "The system whose quantization by a range is meant";
  let description = [{
    See `quant_act.fake_quant_range`.
  }];
}

def QuantAct_ScaleRuleAttr
    : QuantAct_EnumAttr<QuantAct_ScaleRule, "scale_rule"> {
  let summary = "What a threshold is, and so how it becomes a scale";
  let description = [{
    With T the format's threshold, m the minimum, and `restrict` the restriction's
    map (docs of `quant_act.choose_qparams`):

    | rule | threshold v | scale |
    |---|---|---|
    | `collect` (default) | this batch's statistic, while collecting | min(v) / T, never restricted |
    | `statistics` | a statistic that stays one (Brevitas STATS) | abs(min(restrict(min(v)))) / T' |
    | `running` | the running statistic, in evaluation | min(abs(restrict(v)) / T') |
    | `learned` | the learned parameter (a logarithm for log and power_of_two), in evaluation | min(abs(restrict(v)) / T') |
    | `training` | the same, in training | min(restrict(v)) / T', negative for a negative v under float |
    | `parameter` | a parameter that never was a statistic (Brevitas PARAMETER, CONST) | abs(min(restrict(v))) / T' |

    min(v) = v, moved away from zero to magnitude m where abs(v) < m.
  }];
}

def QuantAct_PhaseAttr
    : QuantAct_EnumAttr<QuantAct_Phase, "phase"> {
  let summary = "The stage of a layer's life";
  let description = [{
    * `collect`: training while statistics are collected. Quantizes with this
      batch's statistics and updates the running ones.
    * `learn`: training afterwards. Quantizes with the learned parameter.
    * `train`: `collect` for a number of calls, then `learn`.
    * `calibrate`: updates the running statistics; y is the activation, not quantized.
    * `evaluate`: quantizes with the running statistics.
    * `evaluate_learned`: quantizes with the learned parameter.
  }];
}

def QuantAct_ScalingAttr
    : QuantAct_EnumAttr<QuantAct_Scaling, "scaling"> {
  let summary = "Where a layer's threshold comes from";
  let description = [{
    Brevitas's `scaling_impl_type`.

    * `parameter_from_stats` (default): running statistics start a learned parameter.
    * `stats`: statistics stay in use.
    * `parameter`: a learned parameter that never was a statistic.
    * `const`: a given threshold.
  }];
}

//===----------------------------------------------------------------------===//
// Grid
//===----------------------------------------------------------------------===//

def QuantAct_GridAttr : QuantAct_Attr<"Grid", "grid"> {
  let summary = "How parameters are laid over a tensor";
  let description = [{
    Two lists with one entry per dimension of the tensor x.

    * `broadcast`: the number of parameters along each dimension. 1 where they are
      shared, the dimension's own extent where each index has its own, a divisor of
      it for blocks of consecutive indices (24 along 768: blocks of 32). `?` stands
      for the dimension's own extent, whatever it is. It is Brevitas's
      `per_channel_broadcastable_shape`.
    * `permutation`: the order of x's dimensions with the parameters' own first:
      permuting x by it and flattening the rest gives the (channels, samples) view
      that statistics reduce. It is Brevitas's `scaling_stats_permute_dims`.

    A dimension *keeps* parameters where `broadcast` is not 1. The permutation must
    begin with exactly the dimensions that keep parameters; parameters are tensors
    with one dimension per kept dimension, in the permutation's order. Blocks need
    a static dimension; along a dynamic dimension, a number other than 1 says what
    the extent must be at run time. Blocks are of one size; where the last one is to be
    shorter, pad x (docs/contracts.md).

    ```mlir
    #nchw    = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #any_c   = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
    #nhwc    = #quant_act.grid<broadcast = [1, 1, 1, 64], permutation = [3, 0, 1, 2]>
    #token_c = #quant_act.grid<broadcast = [1, 1, 768], permutation = [2, 0, 1]>
    #blocks  = #quant_act.grid<broadcast = [?, 24], permutation = [0, 1]>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "parameters along each dimension">:$broadcast,
    ArrayRefParameter<"int64_t", "dimensions, the kept ones first">:$permutation);
  let assemblyFormat = [{
    `<` `broadcast` `=` custom<Extents>($broadcast)
        `` custom<Permutation>($permutation) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getBroadcast().size(); }

    /// The dimensions of x that keep parameters, in the parameters' order.
    ::llvm::ArrayRef<int64_t> getKeptDims() const;

    /// The shape of parameters on this grid over a tensor of the given shape:
    /// static where the grid or the tensor says so.
    ::llvm::SmallVector<int64_t>
    getParameterShape(::llvm::ArrayRef<int64_t> tensorShape) const;

    /// The number of consecutive indices that share a parameter along `dim`, for
    /// a kept dimension of extent `extent` (1 where that extent is dynamic).
    int64_t getBlockSize(int64_t dim, int64_t extent) const;

    /// Whether some kept dimension is divided into blocks of more than one index.
    bool hasBlocks(::llvm::ArrayRef<int64_t> tensorShape) const;

    /// Checks the grid against the tensor it is laid over.
    ::llvm::LogicalResult
    verifyTensor(::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError,
                 ::llvm::ArrayRef<int64_t> tensorShape) const;
  }];
}

//===----------------------------------------------------------------------===//
// Format
//===----------------------------------------------------------------------===//

class QuantAct_Format<string name, string attrMnemonic>
    : QuantAct_Attr<name, attrMnemonic,
                    [DeclareAttrInterfaceMethods<QuantAct_FormatAttr>]>;

def QuantAct_IntFormatAttr : QuantAct_Format<"IntFormat", "int"> {
  let summary = "An integer format: bits, signedness, narrow range";
  let description = [{
    | format | codes | threshold T |
    |---|---|---|
    | `int<b, signed>` | -2^(b-1) .. 2^(b-1)-1 | 2^(b-1) |
    | `int<b, signed, narrow>` | -2^(b-1)+1 .. 2^(b-1)-1 | 2^(b-1)-1 |
    | `int<b, unsigned>` | 0 .. 2^b-1 | 2^b-1 |
    | `int<b, unsigned, narrow>` | 0 .. 2^b-2 | 2^b-2 |

    Bits: 1 to 32 (from 2 where narrow), or `?`: the op's operand `bits` says how
    many (a learned bit width, or one per channel). Bounds are rounded to the compute
    type, as the training framework's float tensors are. Power-of-two scales use T =
    2^(b-1) (signed) or 2^b (unsigned), narrow or not.

    ```mlir
    #u4 = #quant_act.int<4, unsigned>
    #s8 = #quant_act.int<8, signed, narrow>
    #learned = #quant_act.int<?, signed>
    ```
  }];
  let parameters = (ins
    "unsigned":$bits,
    "bool":$isSigned,
    "bool":$isNarrow);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def QuantAct_FloatFormatAttr : QuantAct_Format<"FloatFormat", "float"> {
  let summary = "A minifloat format: exponent, mantissa, bias, largest value";
  let description = [{
    Numbers (1 + k/2^m) * 2^(e - bias) and, below the smallest exponent, the subnormal
    numbers k/2^m * 2^(1 - bias), up to `max`, which is the threshold T. Rounding
    happens in steps of the format's spacing around a / s:

    ```
    u = a / s;   I = max(2^(floor(log2(abs(u))) - m), 2^(1 - bias - m))
    c = I * round(u / I);   y = c * s
    ```

    | field | default |
    |---|---|
    | `exponent`, `mantissa` | bits; 1 to 8 and 0 to 22 |
    | `bias` | 2^(exponent-1) - 1 |
    | `max` | (2 - 2^-m) * 2^(2^exponent - 1 - bias): no code is reserved |
    | `signed`, `unsigned` | signed |
    | `overflow` | `saturate`; `infinity`, `nan`: what c beyond max becomes |

    The text is a name, or fields, or a name followed by fields:

    | name | exponent, mantissa, bias, max |
    |---|---|
    | `e4m3fn` | 4, 3, 7, 448 (OCP) |
    | `e5m2` | 5, 2, 15, 57344 (OCP) |
    | `e4m3fnuz`, `e5m2fnuz` | 4, 3, 8, 240; 5, 2, 16, 57344 |
    | `e3m2fn`, `e2m3fn`, `e2m1fn` | 3, 2, 3, 28; 2, 3, 1, 7.5; 2, 1, 1, 6 (OCP MX) |
    | `e8m0fnu` | 8, 0, 128, 2^127, unsigned: powers of two and 0, for scales (OCP MX) |

    Infinite quotients become NaN, as the training framework's division of infinity
    by infinity has it, unless the contract says otherwise. Zero points and the
    contract's integer fields do not apply.

    ```mlir
    #e4m3 = #quant_act.float<e4m3fn>
    #ieee = #quant_act.float<exponent = 4, mantissa = 3>
    #inf  = #quant_act.float<e5m2, overflow = infinity>
    ```
  }];
  let parameters = (ins
    "unsigned":$exponent,
    "unsigned":$mantissa,
    "int":$bias,
    APFloatParameter<"the largest value">:$max,
    "bool":$isSigned,
    "::quant_act::FloatOverflow":$overflow);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The format that the text calls `name`.
    static FloatFormatAttr getNamed(::mlir::MLIRContext *context,
                                    ::llvm::StringRef name);
  }];
}

def QuantAct_BinaryFormatAttr : QuantAct_Format<"BinaryFormat", "binary"> {
  let summary = "The codes -1 and 1";
  let description = [{
    y = s where a >= 0, else -s (also for NaN). The threshold T is 1.

    ```mlir
    #sign = #quant_act.binary
    ```
  }];
  let assemblyFormat = "";
}

def QuantAct_TernaryFormatAttr : QuantAct_Format<"TernaryFormat", "ternary"> {
  let summary = "The codes -1, 0 and 1";
  let description = [{
    y = s * sign(a) where abs(a) > threshold * s, else 0 (also for NaN; small negative
    values become -0). The threshold T is 1.

    ```mlir
    #third = #quant_act.ternary<threshold = 0.5>
    ```
  }];
  let parameters = (ins
    APFloatParameter<"in scales, from 0 up to 1">:$threshold);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Numerics contract
//===----------------------------------------------------------------------===//

def QuantAct_NumericsAttr : QuantAct_Attr<"Numerics", "numerics"> {
  let summary = "The points in which frameworks' fake quantization differs";
  let description = [{
    | field | values (first = default) |
    |---|---|
    | `zero_point` | `inside`: round(x/s + z); `outside`: round(x/s) + z |
    | `division` | `divide`: x / s; `reciprocal`: x * (1/s) |
    | `clamp` | `after_rounding`, `before_rounding` |
    | `nan` | `propagate`; `lowest`: the lowest code |
    | `overflow` | `saturate`; `lowest`: a code of 2^63 or more becomes the lowest, as a cast to 64 bits has it |
    | `infinity` | `nan`: an infinite quotient is NaN in a minifloat; `overflow`: it is beyond the largest number |
    | `one_bit` | `integer`: a signed format of one bit holds -1 and 0; `bipolar`: -1 and 1, by x/s + z >= 0 |
    | `codes` | `float`: a negative value can round to -0; `integer`: there is no -0 (nor with `outside`, which adds z to it) |
    | `dequantize` | `twice`: both operations of (q - z) * s round; `once`: it is computed in f64 and rounded |
    | `compute` | `promoted`: the common type of x, scale and zero point; `f32`; `f64` |

    Every arithmetic operation rounds to the compute type. The text is a preset, or
    fields that differ from the default, or a preset followed by such fields:

    | preset | fields |
    |---|---|
    | `brevitas` | the defaults |
    | `qonnx` | clamp = before_rounding, one_bit = bipolar |
    | `onnx` | zero_point = outside, nan = lowest, infinity = overflow (ONNX Runtime) |
    | `stablehlo` | clamp = before_rounding, as its specification says, codes = integer |
    | `torch` | zero_point = outside, division = reciprocal, nan = lowest, overflow = lowest (integer zero point, CPU) |
    | `torch_float` | division = reciprocal, nan = lowest, overflow = lowest, codes = integer, dequantize = once (float zero point, CPU) |
    | `tflite` | zero_point = outside; to be paired with `round half_away` |
    | `tensorrt` | codes = integer; to be used without a zero point |

    ```mlir
    #quant_act.numerics<onnx>
    #quant_act.numerics<division = reciprocal, compute = f32>
    #quant_act.numerics<onnx, nan = propagate>
    ```
  }];
  let parameters = (ins
    "::quant_act::ZeroPointPosition":$zeroPoint,
    "::quant_act::Division":$division,
    "::quant_act::ClampPosition":$clamp,
    "::quant_act::NanResult":$nan,
    "::quant_act::OverflowResult":$overflow,
    "::quant_act::InfinityResult":$infinity,
    "::quant_act::OneBit":$oneBit,
    "::quant_act::CodeKind":$codes,
    "::quant_act::Dequantization":$dequantization,
    "::quant_act::ComputeType":$compute);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Brevitas's contract, the default.
    static NumericsAttr getBrevitas(::mlir::MLIRContext *context);
  }];
  // Ops name the default by the function that makes it.
  let constBuilderCall = cppNamespace # "::" # cppClassName
                         # "::$0($_builder.getContext())";
}

//===----------------------------------------------------------------------===//
// Statistic
//===----------------------------------------------------------------------===//

def QuantAct_StatisticAttr : QuantAct_Attr<"Statistic", "statistic"> {
  let summary = "What is gathered about a channel's values";
  let description = [{
    Over the n values of a channel, after the activation; NaN counts as largest.

    | statistic | threshold | low |
    |---|---|---|
    | `abs_max` | the largest magnitude | - |
    | `percentile<q>` | the k-th smallest magnitude, k = floor(0.01*q*n + 0.5) | - |
    | `mean` | the mean magnitude, summed in f64 by 16 lanes (see fake_quant_grad) | - |
    | `mean_sigma_std<s>` | mean + s * sqrt(var + 1e-8), var the magnitudes' variance with n - 1 degrees of freedom, NaN for n = 1; summed likewise | - |
    | `max_average<grid>` | for one channel only: the mean over that grid's channels of their largest magnitudes (Brevitas MAX_AVE) | - |
    | `mse` | the threshold that quantizes with the least squared error; see `quant_act.search_threshold`, which has it, as `quant_act.act` has | - |
    | `min_max` | abs(max - low) | min(min, 0) |
    | `percentile_interval<l, h>` | abs(k_h-th smallest value - low), k_h = floor(0.01*h*n + 0.5) | min(k_l-th smallest value, 0), k_l = ceil(0.01*l*n) |

    There is no interpolation. k is kept within [1, n]. Percentiles are in percent,
    above 0 and up to 100. Without values, thresholds are 0 and so are low ends.

    ```mlir
    #tail = #quant_act.statistic<percentile<99.999>>
    #range = #quant_act.statistic<percentile_interval<0.001, 99.999>>
    #spread = #quant_act.statistic<mean_sigma_std<3.0>>
    #average = #quant_act.statistic<max_average<<broadcast = [1, 64], permutation = [1, 0]>>>
    ```
  }];
  let parameters = (ins
    "::quant_act::StatisticKind":$kind,
    // Percentiles in percent; sigma.
    OptionalParameter<"::mlir::DenseF64ArrayAttr">:$arguments,
    // max_average's channels.
    OptionalParameter<"::quant_act::GridAttr">:$grid);
  let builders = [
    AttrBuilder<(ins "::quant_act::StatisticKind":$kind,
                     CArg<"::llvm::ArrayRef<double>", "{}">:$arguments), [{
      return $_get($_ctxt, kind,
                   ::mlir::DenseF64ArrayAttr::get($_ctxt, arguments),
                   ::quant_act::GridAttr());
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The statistic as the numerics know it.
    ::quant_act::Statistic getStatistic() const;

    /// Its numbers: percentiles, or sigma.
    ::llvm::ArrayRef<double> getNumbers() const {
      return getArguments() ? getArguments().asArrayRef()
                            : ::llvm::ArrayRef<double>();
    }

    /// Whether it has a second value, the low end, from which an asymmetric
    /// quantizer's zero point comes.
    bool isInterval() const;
  }];
}

//===----------------------------------------------------------------------===//
// Restriction
//===----------------------------------------------------------------------===//

def QuantAct_RestrictionAttr : QuantAct_Attr<"Restriction", "restriction"> {
  let summary = "The values a scale may take";
  let description = [{
    Brevitas's `restrict_scaling_type`: `float` (default, any), `log` (any, the
    parameter is a logarithm to base 2), `power_of_two` with a rounding of the
    exponent (`power_of_two<ceil>`, default `half_even`). log2 and exp2 are computed
    in f64 and rounded to the compute type. Scales of blocks in OCP's MX formats (e8m0)
    are `as statistics restrict power_of_two<floor>`.
  }];
  let parameters = (ins
    "::quant_act::RestrictionKind":$kind,
    "::quant_act::Rounding":$rounding);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// No restriction, the default.
    static RestrictionAttr getFloat(::mlir::MLIRContext *context) {
      return get(context, RestrictionKind::Float, Rounding::HalfEven);
    }
  }];
  // Ops name the default by the function that makes it.
  let constBuilderCall = cppNamespace # "::" # cppClassName
                         # "::$0($_builder.getContext())";
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTATTRS_TD
