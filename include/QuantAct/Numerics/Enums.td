//===- Enums.td - The choices that the numerics know ---------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the numerics and, as attributes, by the dialect. The generated
// header needs no MLIR library.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_ENUMS_TD
#define QUANTACT_NUMERICS_ENUMS_TD

include "mlir/IR/EnumAttr.td"

class QuantAct_Enum<string name, string summary, list<EnumCase> cases>
    : I32Enum<name, summary, cases> {
  let cppNamespace = "::quant_act";
}

def QuantAct_Rounding : QuantAct_Enum<"Rounding",
    "how a quotient becomes an integer code", [
  I32EnumCase<"HalfEven", 0, "half_even">,
  I32EnumCase<"HalfAway", 1, "half_away">,
  I32EnumCase<"HalfZero", 2, "half_zero">,
  I32EnumCase<"HalfUp", 3, "half_up">,
  I32EnumCase<"HalfDown", 4, "half_down">,
  I32EnumCase<"Ceil", 5, "ceil">,
  I32EnumCase<"Floor", 6, "floor">,
  I32EnumCase<"TowardZero", 7, "toward_zero">,
  I32EnumCase<"AwayFromZero", 8, "away_from_zero">,
  I32EnumCase<"Dpu", 9, "dpu">,
  I32EnumCase<"HalfAwayAdd", 10, "half_away_add">,
  I32EnumCase<"HalfZeroSubtract", 11, "half_zero_subtract">,
  I32EnumCase<"Stochastic", 12, "stochastic">
]>;

def QuantAct_Activation : QuantAct_Enum<"Activation",
    "the function applied to x before it is quantized", [
  I32EnumCase<"Identity", 0, "identity">,
  I32EnumCase<"Relu", 1, "relu">,
  I32EnumCase<"Sigmoid", 2, "sigmoid">,
  I32EnumCase<"Tanh", 3, "tanh">
]>;

def QuantAct_ZeroPointPosition : QuantAct_Enum<"ZeroPointPosition",
    "where the zero point is added", [
  I32EnumCase<"Inside", 0, "inside">,
  I32EnumCase<"Outside", 1, "outside">
]>;

def QuantAct_Division : QuantAct_Enum<"Division",
    "how x is divided by the scale", [
  I32EnumCase<"Divide", 0, "divide">,
  I32EnumCase<"Reciprocal", 1, "reciprocal">
]>;

def QuantAct_ClampPosition : QuantAct_Enum<"ClampPosition",
    "whether the bounds apply after or before rounding", [
  I32EnumCase<"AfterRounding", 0, "after_rounding">,
  I32EnumCase<"BeforeRounding", 1, "before_rounding">
]>;

def QuantAct_NanResult : QuantAct_Enum<"NanResult",
    "what a NaN quotient becomes", [
  I32EnumCase<"Propagate", 0, "propagate">,
  I32EnumCase<"Lowest", 1, "lowest">
]>;

def QuantAct_OverflowResult : QuantAct_Enum<"OverflowResult",
    "what a code of 2^63 or more becomes", [
  I32EnumCase<"Saturate", 0, "saturate">,
  I32EnumCase<"Lowest", 1, "lowest">
]>;

def QuantAct_InfinityResult : QuantAct_Enum<"InfinityResult",
    "what an infinite quotient becomes in a minifloat", [
  I32EnumCase<"Nan", 0, "nan">,
  I32EnumCase<"Overflow", 1, "overflow">
]>;

def QuantAct_OneBit : QuantAct_Enum<"OneBit",
    "the codes of a signed integer format of one bit", [
  I32EnumCase<"Integer", 0, "integer">,
  I32EnumCase<"Bipolar", 1, "bipolar">
]>;

def QuantAct_CodeKind : QuantAct_Enum<"CodeKind",
    "what codes are, and so whether one can be -0", [
  I32EnumCase<"Float", 0, "float">,
  I32EnumCase<"Integer", 1, "integer">
]>;

def QuantAct_Dequantization : QuantAct_Enum<"Dequantization",
    "how often (q - z) * s rounds", [
  I32EnumCase<"Twice", 0, "twice">,
  I32EnumCase<"Once", 1, "once">
]>;

def QuantAct_RangeContract : QuantAct_Enum<"RangeContract",
    "the system that quantizes by a range", [
  I32EnumCase<"Tensorflow", 0, "tensorflow">,
  I32EnumCase<"TensorflowReciprocal", 1, "tensorflow_reciprocal">,
  I32EnumCase<"Openvino", 2, "openvino">
]>;

def QuantAct_FloatOverflow : QuantAct_Enum<"FloatOverflow",
    "what a minifloat above the largest becomes", [
  I32EnumCase<"Saturate", 0, "saturate">,
  I32EnumCase<"Infinity", 1, "infinity">,
  I32EnumCase<"Nan", 2, "nan">
]>;

def QuantAct_ComputeType : QuantAct_Enum<"ComputeType",
    "the precision to which every operation rounds", [
  I32EnumCase<"Promoted", 0, "promoted">,
  I32EnumCase<"F32", 1, "f32">,
  I32EnumCase<"F64", 2, "f64">
]>;

def QuantAct_StatisticKind : QuantAct_Enum<"StatisticKind",
    "what is gathered about a channel's values", [
  I32EnumCase<"AbsMax", 0, "abs_max">,
  I32EnumCase<"MinMax", 1, "min_max">,
  I32EnumCase<"Percentile", 2, "percentile">,
  I32EnumCase<"PercentileInterval", 3, "percentile_interval">,
  I32EnumCase<"Mean", 4, "mean">,
  I32EnumCase<"MeanSigmaStd", 5, "mean_sigma_std">,
  I32EnumCase<"MaxAverage", 6, "max_average">,
  I32EnumCase<"Mse", 7, "mse">
]>;

def QuantAct_RestrictionKind : QuantAct_Enum<"RestrictionKind",
    "the values a scale may take", [
  I32EnumCase<"Float", 0, "float">,
  I32EnumCase<"Log", 1, "log">,
  I32EnumCase<"PowerOfTwo", 2, "power_of_two">
]>;

def QuantAct_ScaleRule : QuantAct_Enum<"ScaleRule",
    "what a threshold is, and so how it becomes a scale", [
  I32EnumCase<"Collect", 0, "collect">,
  I32EnumCase<"Statistics", 1, "statistics">,
  I32EnumCase<"Running", 2, "running">,
  I32EnumCase<"Learned", 3, "learned">,
  I32EnumCase<"Training", 4, "training">,
  I32EnumCase<"Parameter", 5, "parameter">
]>;

def QuantAct_Phase : QuantAct_Enum<"Phase",
    "the stage of a layer's life", [
  I32EnumCase<"Collect", 0, "collect">,
  I32EnumCase<"Calibrate", 1, "calibrate">,
  I32EnumCase<"Evaluate", 2, "evaluate">,
  I32EnumCase<"EvaluateLearned", 3, "evaluate_learned">,
  I32EnumCase<"Learn", 4, "learn">,
  I32EnumCase<"Train", 5, "train">
]>;

def QuantAct_Scaling : QuantAct_Enum<"Scaling",
    "where a layer's threshold comes from", [
  I32EnumCase<"ParameterFromStats", 0, "parameter_from_stats">,
  I32EnumCase<"Stats", 1, "stats">,
  I32EnumCase<"Parameter", 2, "parameter">,
  I32EnumCase<"Const", 3, "const">
]>;

def QuantAct_ScaleGradient : QuantAct_Enum<"ScaleGradient",
    "how the gradient of a scale is formed", [
  I32EnumCase<"Full", 0, "full">,
  I32EnumCase<"Lsq", 1, "lsq">,
  I32EnumCase<"Pact", 2, "pact">
]>;

#endif // QUANTACT_NUMERICS_ENUMS_TD
