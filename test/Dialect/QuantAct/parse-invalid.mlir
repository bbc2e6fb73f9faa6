// Malformed text, with the message and where it points.
//
// RUN: quant-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expected 'broadcast'}}
#grid = #quant_act.grid<[1, 3], permutation = [1, 0]>

// -----

// expected-error@+1 {{expects a permutation after the broadcast shape, such as permutation = [1, 0, 2, 3] for one parameter along dimension 1}}
#grid = #quant_act.grid<broadcast = [1, 3]>

// -----

// expected-error@+1 {{expected 'permutation'}}
#grid = #quant_act.grid<broadcast = [1, 3], order = [1, 0]>

// -----

// expected-error@+1 {{expected '['}}
#grid = #quant_act.grid<broadcast = 3, permutation = [0]>

// -----

// expected-error@+1 {{expected ']'}}
#grid = #quant_act.grid<broadcast = [1 3], permutation = [1, 0]>

// -----

// expected-error@+1 {{expected integer value}}
#grid = #quant_act.grid<broadcast = [1, x], permutation = [1, 0]>

// -----

// expected-error@+1 {{expected integer value}}
#grid = #quant_act.grid<broadcast = [1, 3.0], permutation = [1, 0]>

// -----

// expected-error@+1 {{expected integer value}}
#grid = #quant_act.grid<broadcast = [1, ], permutation = [1, 0]>

// -----

// A dimension is known, if not its extent.
// expected-error@+1 {{expected integer value}}
#grid = #quant_act.grid<broadcast = [1, ?], permutation = [?, 0]>

// -----

// One more than the largest extent there is.
// expected-error@+1 {{integer value too large}}
#grid = #quant_act.grid<broadcast = [1, 9223372036854775808], permutation = [1, 0]>

// -----

// expected-error@+1 {{integer value too large}}
#grid = #quant_act.grid<broadcast = [1, 3], permutation = [99999999999999999999, 0]>

// -----

// expected-error@+1 {{expected '>'}}
#grid = #quant_act.grid<broadcast = [1, 3], permutation = [1, 0], more>

// -----

// expected-error@+1 {{expected '<'}}
#grid = #quant_act.grid

// -----

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expected ','}}
#format = #quant_act.int<8>

// -----

// expected-error@+1 {{expects 'signed' or 'unsigned', but got 'sign'}}
#format = #quant_act.int<8, sign>

// -----

// expected-error@+1 {{expected valid keyword}}
#format = #quant_act.int<8, 1>

// -----

// expected-error@+1 {{expected 'narrow'}}
#format = #quant_act.int<8, signed, wide>

// -----

// expected-error@+1 {{expected '>'}}
#format = #quant_act.int<8, signed, narrow, narrow>

// -----

// expected-error@+1 {{expected integer value}}
#format = #quant_act.int<signed, 8>

// -----

// expected-error@+1 {{integer value too large}}
#format = #quant_act.int<18446744073709551624, signed>

// -----

// expected-error@+1 {{expected integer value}}
#format = #quant_act.int<8.0, signed>

// -----

//===----------------------------------------------------------------------===//
// Contracts
//===----------------------------------------------------------------------===//

// expected-error@+1 {{unknown numerics preset or field 'keras'; presets are brevitas, qonnx, onnx, stablehlo, torch, torch_float, tflite, tensorrt; fields are zero_point, division, clamp, nan, overflow, infinity, one_bit, codes, dequantize, compute}}
#numerics = #quant_act.numerics<keras>

// -----

// A preset comes first.
// expected-error@+1 {{unknown numerics preset or field 'onnx'; presets are brevitas, qonnx, onnx, stablehlo, torch, torch_float, tflite, tensorrt; fields are zero_point, division, clamp, nan, overflow, infinity, one_bit, codes, dequantize, compute}}
#numerics = #quant_act.numerics<nan = lowest, onnx>

// -----

// There is one preset at most.
// expected-error@+1 {{unknown numerics preset or field 'onnx'; presets are brevitas, qonnx, onnx, stablehlo, torch, torch_float, tflite, tensorrt; fields are zero_point, division, clamp, nan, overflow, infinity, one_bit, codes, dequantize, compute}}
#numerics = #quant_act.numerics<qonnx, onnx>

// -----

// expected-error@+1 {{unknown zero_point 'between'}}
#numerics = #quant_act.numerics<zero_point = between>

// -----

// expected-error@+1 {{unknown division 'multiply'}}
#numerics = #quant_act.numerics<division = multiply>

// -----

// expected-error@+1 {{unknown clamp 'none'}}
#numerics = #quant_act.numerics<clamp = none>

// -----

// expected-error@+1 {{unknown nan 'zero'}}
#numerics = #quant_act.numerics<nan = zero>

// -----

// expected-error@+1 {{unknown compute 'f16'}}
#numerics = #quant_act.numerics<compute = f16>

// -----

// expected-error@+1 {{expected '='}}
#numerics = #quant_act.numerics<compute f32>

// -----

// expected-error@+1 {{expected valid keyword}}
#numerics = #quant_act.numerics<nan = 1>

// -----

// expected-error@+1 {{expected valid keyword}}
#numerics = #quant_act.numerics<nan = lowest,>

// -----

// expected-error@+1 {{expected '>'}}
#numerics = #quant_act.numerics<nan = lowest compute = f32>

// -----

//===----------------------------------------------------------------------===//
// Statistics and restrictions
//===----------------------------------------------------------------------===//

// expected-error@+1 {{unknown statistic 'median'}}
#statistic = #quant_act.statistic<median>

// -----

// expected-error@+1 {{expected '<'}}
#statistic = #quant_act.statistic<percentile>

// -----

// expected-error@+1 {{expected floating point literal}}
#statistic = #quant_act.statistic<percentile<>>

// -----

// expected-error@+2 {{unexpected decimal integer literal for a floating point value}}
// expected-note@+1 {{add a trailing dot to make the literal a float}}
#statistic = #quant_act.statistic<percentile<99>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got NaN}}
#statistic = #quant_act.statistic<percentile<0x7FF8000000000000>>

// -----

// expected-error@+1 {{expected '>'}}
#statistic = #quant_act.statistic<percentile<1.0, 99.0>>

// -----

// expected-error@+1 {{expected ','}}
#statistic = #quant_act.statistic<percentile_interval<99.0>>

// -----

// Statistics other than percentiles take no number.
// expected-error@+1 {{expected '>'}}
#statistic = #quant_act.statistic<abs_max<99.0>>

// -----

// expected-error@+1 {{unknown restriction 'integer'}}
#restriction = #quant_act.restriction<integer>

// -----

// expected-error@+1 {{unknown rounding 'up'}}
#restriction = #quant_act.restriction<power_of_two<up>>

// -----

// expected-error@+1 {{expected valid keyword}}
#restriction = #quant_act.restriction<power_of_two<>>

// -----

// expected-error@+1 {{expected valid keyword}}
#restriction = #quant_act.restriction<2>

// -----

// expected-error@+1 {{expected valid keyword}}
#format = #quant_act.float<8>

// -----

// expected-error@+1 {{unknown minifloat format or field 'e4m4'; formats are e4m3fn, e5m2, e4m3fnuz, e5m2fnuz, e3m2fn, e2m3fn, e2m1fn, e8m0fnu; fields are exponent, mantissa, bias, max, signed, unsigned, overflow}}
#format = #quant_act.float<e4m4>

// -----

// expected-error@+1 {{expects the name of a minifloat format, or both exponent and mantissa}}
#format = #quant_act.float<exponent = 4>

// -----

// expected-error@+1 {{expects 1 to 8 exponent bits, but got 9}}
#format = #quant_act.float<exponent = 9, mantissa = 3>

// -----

// expected-error@+1 {{expects 0 to 22 mantissa bits, but got -1}}
#format = #quant_act.float<exponent = 4, mantissa = -1>

// -----

// expected-error@+1 {{expects a bias that keeps the format's numbers from 2^-127 up to f32's largest, but got 4294967303}}
#format = #quant_act.float<exponent = 4, mantissa = 3, bias = 4294967303>

// -----

// expected-error@+1 {{expects a max that the format can represent, above 0 and up to 480.00, but got 449.00}}
#format = #quant_act.float<e4m3fn, max = 449.0>

// -----

// expected-error@+1 {{expects a max that the format can represent, above 0 and up to 480.00, but got 512.00}}
#format = #quant_act.float<e4m3fn, max = 512.0>

// -----

// expected-error@+1 {{unknown overflow 'wrap'}}
#format = #quant_act.float<e4m3fn, overflow = wrap>

// -----

// expected-error@+1 {{expects a threshold in [0, 1), but got 1}}
#format = #quant_act.ternary<threshold = 1.0>

// -----

// expected-error@+1 {{expected '<'}}
#statistic = #quant_act.statistic<max_average<>>

// -----

// expected-error@+1 {{expects a finite sigma, but got INF}}
#statistic = #quant_act.statistic<mean_sigma_std<0x7FF0000000000000>>

// -----

// expected-error@+1 {{expected '<'}}
#statistic = #quant_act.statistic<mean_sigma_std>

// -----

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

func.func @unknown_activation(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{unknown activation 'gelu'; expects one of identity, relu, sigmoid, tanh}}
  %0 = quant_act.fake_quant gelu to <8, signed> %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @no_format(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expected 'to'}}
  %0 = quant_act.fake_quant %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @format_of_other_kind(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects a format (#quant_act.int, float, binary or ternary), but got #quant_act.numerics<onnx>}}
  %0 = quant_act.fake_quant to #quant_act.numerics<onnx> %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @no_scale(%x: tensor<2xf32>) {
  // expected-error@+1 {{expected 'scale'}}
  %0 = quant_act.fake_quant to <8, signed> %x : tensor<2xf32>
  return
}

// -----

func.func @no_type_of_zero_point(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{number of operands and types do not match: got 1 operands and 0 types}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s zero_point %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @too_many_types(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{number of operands and types do not match: got 0 operands and 1 types}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

// Clauses have one order.
func.func @numerics_before_round(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expected SSA operand}}
  %0 = quant_act.fake_quant to <8, signed> numerics <onnx> round floor %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @unknown_statistic(%x: tensor<2xf32>) {
  // expected-error@+1 {{unknown statistic 'maximum'}}
  %0 = quant_act.stats maximum %x : tensor<2xf32> -> tensor<f32>
  return
}

// -----

func.func @no_statistic(%x: tensor<2xf32>) {
  // expected-error@+1 {{expected valid keyword}}
  %0 = quant_act.stats %x : tensor<2xf32> -> tensor<f32>
  return
}

// -----

func.func @stats_without_result(%x: tensor<2xf32>) {
  // expected-error@+1 {{expected '->'}}
  %0 = quant_act.stats abs_max %x : tensor<2xf32>
  return
}

// -----

func.func @unknown_restriction(%t: tensor<f32>) {
  // expected-error@+1 {{unknown restriction 'pot'}}
  %0 = quant_act.choose_qparams to <8, signed> restrict pot %t : tensor<f32>
  return
}

// -----

func.func @integer_minimum(%t: tensor<f32>) {
  // expected-error@+2 {{unexpected decimal integer literal for a floating point value}}
  // expected-note@+1 {{add a trailing dot to make the literal a float}}
  %0 = quant_act.choose_qparams to <8, signed> minimum 1 %t : tensor<f32>
  return
}

// -----

func.func @act_without_state(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects the state (running threshold) in phase evaluate with statistic abs_max, but got 0 of 1 values}}
  %0:2 = quant_act.act evaluate abs_max to <8, signed> %x : tensor<2xf32>
  return
}

// -----

func.func @observe_two_operands(%t: tensor<f32>) {
  // expected-error@+1 {{expected ','}}
  %0:2 = quant_act.observe %t, %t : tensor<f32>, tensor<i64>
  return
}

// -----

// The keywords of an enumeration are listed.
func.func @unknown_rounding(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{unknown rounding 'up'; expects one of half_even, half_away, half_zero, half_up, half_down, ceil, floor, toward_zero, away_from_zero, dpu, half_away_add, half_zero_subtract, stochastic}}
  %0 = quant_act.fake_quant to <8, signed> round up %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @unknown_rule(%t: tensor<f32>) {
  // expected-error@+1 {{unknown scale rule 'fixed'; expects one of collect, statistics, running, learned, training, parameter}}
  %0 = quant_act.choose_qparams to <8, signed> as fixed %t : tensor<f32>
  return
}

// -----

func.func @unknown_phase_after_activation(%x: tensor<2xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{unknown phase 'freeze'; expects one of collect, calibrate, evaluate, evaluate_learned, learn, train}}
  %0:2 = quant_act.act relu freeze abs_max to <8, signed> %x state %r : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @unknown_activation_of_statistic(%x: tensor<2xf32>) {
  // expected-error@+1 {{unknown activation 'rellu'; expects one of identity, relu, sigmoid, tanh}}
  %0 = quant_act.stats mean rellu %x : tensor<2xf32> -> tensor<f32>
  return
}

// -----

func.func @unknown_phase(%x: tensor<2xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{unknown phase 'freeze'; expects one of collect, calibrate, evaluate, evaluate_learned, learn, train}}
  %0:2 = quant_act.act freeze abs_max to <8, signed> %x state %r : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @unknown_scaling(%x: tensor<2xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{unknown scaling 'affine'; expects one of parameter_from_stats, stats, parameter, const}}
  %0:2 = quant_act.act evaluate abs_max scaling affine to <8, signed> %x state %r : tensor<2xf32>, tensor<f32>
  return
}

// -----

// An attribute's rule also holds where its mnemonic is left out.
func.func @zero_bits(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects 1 to 32 bits, but got 0}}
  %0 = quant_act.fake_quant to <0, signed> %x scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

func.func @activation(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{unknown activation 'rellu'; expects one of identity, relu, sigmoid, tanh}}
  %0, %1 = quant_act.act rellu evaluate abs_max to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @statistic(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{unknown statistic 'absmax'; expects one of abs_max, min_max, percentile, percentile_interval, mean, mean_sigma_std, max_average, mse}}
  %0, %1 = quant_act.act relu evaluate absmax to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @stats(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{unknown statistic 'absmax'; expects one of abs_max, min_max, percentile, percentile_interval, mean, mean_sigma_std, max_average, mse}}
  %0 = quant_act.stats absmax %x : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @no_statistic(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expected 'to'}}
  %0, %1 = quant_act.act relu evaluate %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}
