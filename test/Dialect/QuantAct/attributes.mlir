// The text of attributes, alone: presets are printed by their name where the
// fields are the preset's, else the fields that differ from the default, in the
// order of the attribute's table.
//
// RUN: quant-opt %s --verify-roundtrip --split-input-file | FileCheck %s
// RUN: quant-opt %s --split-input-file | quant-opt --split-input-file | FileCheck %s

// CHECK-LABEL: @numerics
// CHECK-SAME: a_default = #quant_act.numerics<brevitas>
// CHECK-SAME: b_empty = #quant_act.numerics<brevitas>
// CHECK-SAME: c_fields_of_the_default = #quant_act.numerics<brevitas>
// CHECK-SAME: d_qonnx = #quant_act.numerics<qonnx>
// CHECK-SAME: e_onnx = #quant_act.numerics<onnx>
// CHECK-SAME: f_stablehlo = #quant_act.numerics<stablehlo>
// CHECK-SAME: g_fields_of_onnx = #quant_act.numerics<onnx>
// CHECK-SAME: h_override = #quant_act.numerics<tflite>
// CHECK-SAME: i_override_undone = #quant_act.numerics<brevitas>
// CHECK-SAME: j_preset_and_field = #quant_act.numerics<clamp = before_rounding, one_bit = bipolar, compute = f64>
// CHECK-SAME: k_order = #quant_act.numerics<division = reciprocal, clamp = before_rounding, nan = lowest, compute = f32>
// CHECK-SAME: l_onnx_all = #quant_act.numerics<zero_point = outside, division = reciprocal, nan = lowest, infinity = overflow, compute = f64>
// CHECK-SAME: m_one_bit = #quant_act.numerics<qonnx>
// CHECK-SAME: n_dequantize = #quant_act.numerics<dequantize = once>
// CHECK-SAME: o_torch_float = #quant_act.numerics<torch_float>
// CHECK-SAME: p_tensorrt = #quant_act.numerics<tensorrt>
func.func private @numerics() attributes {
  a_default = #quant_act.numerics<brevitas>,
  b_empty = #quant_act.numerics<>,
  c_fields_of_the_default = #quant_act.numerics<zero_point = inside, division = divide, clamp = after_rounding, nan = propagate, compute = promoted>,
  d_qonnx = #quant_act.numerics<qonnx>,
  e_onnx = #quant_act.numerics<onnx>,
  f_stablehlo = #quant_act.numerics<stablehlo>,
  g_fields_of_onnx = #quant_act.numerics<nan = lowest, infinity = overflow, zero_point = outside>,
  h_override = #quant_act.numerics<onnx, nan = propagate, infinity = nan>,
  i_override_undone = #quant_act.numerics<onnx, nan = propagate, zero_point = inside, infinity = nan>,
  j_preset_and_field = #quant_act.numerics<qonnx, compute = f64>,
  k_order = #quant_act.numerics<compute = f32, nan = lowest, clamp = before_rounding, division = reciprocal>,
  m_one_bit = #quant_act.numerics<stablehlo, one_bit = bipolar, codes = float>,
  n_dequantize = #quant_act.numerics<dequantize = once, one_bit = integer>,
  o_torch_float = #quant_act.numerics<division = reciprocal, nan = lowest, overflow = lowest, codes = integer, dequantize = once>,
  p_tensorrt = #quant_act.numerics<codes = integer>,
  l_onnx_all = #quant_act.numerics<onnx, division = reciprocal, compute = f64>
}

// -----

// CHECK-LABEL: @statistic
// CHECK-SAME: a = #quant_act.statistic<abs_max>
// CHECK-SAME: b = #quant_act.statistic<mean>
// CHECK-SAME: c = #quant_act.statistic<min_max>
// The shortest text that reads back as the same number.
// CHECK-SAME: d = #quant_act.statistic<percentile<99.999>>
// CHECK-SAME: e = #quant_act.statistic<percentile<100.0>>
// CHECK-SAME: f = #quant_act.statistic<percentile_interval<0.001, 99.5>>
// CHECK-SAME: g = #quant_act.statistic<percentile_interval<50.0, 50.0>>
// CHECK-SAME: h = #quant_act.statistic<percentile<0.{{0+}}5>>
func.func private @statistic() attributes {
  a = #quant_act.statistic<abs_max>,
  b = #quant_act.statistic<mean>,
  c = #quant_act.statistic<min_max>,
  d = #quant_act.statistic<percentile<99.999>>,
  e = #quant_act.statistic<percentile<1.0e2>>,
  f = #quant_act.statistic<percentile_interval<1.0e-3, 99.5>>,
  g = #quant_act.statistic<percentile_interval<50.0, 50.0>>,
  // The smallest number above 0.
  h = #quant_act.statistic<percentile<4.9406564584124654e-324>>
}

// -----

// CHECK-LABEL: @restriction
// CHECK-SAME: a = #quant_act.restriction<float>
// CHECK-SAME: b = #quant_act.restriction<log>
// CHECK-SAME: c = #quant_act.restriction<power_of_two>
// CHECK-SAME: d = #quant_act.restriction<power_of_two<ceil>>
// CHECK-SAME: e = #quant_act.restriction<power_of_two>
// CHECK-SAME: f = #quant_act.restriction<float>
func.func private @restriction() attributes {
  a = #quant_act.restriction<float>,
  b = #quant_act.restriction<log>,
  c = #quant_act.restriction<power_of_two>,
  d = #quant_act.restriction<power_of_two<ceil>>,
  e = #quant_act.restriction<power_of_two<half_even>>,
  f = #quant_act.restriction<float<half_even>>
}

// -----

// CHECK-DAG: #u1 = #quant_act.int<1, unsigned>
// CHECK-DAG: #s1 = #quant_act.int<1, signed>
// CHECK-DAG: #s2_narrow = #quant_act.int<2, signed, narrow>
// CHECK-DAG: #u32_narrow = #quant_act.int<32, unsigned, narrow>
// CHECK-LABEL: @int
// CHECK-SAME: a = #u1, b = #s1, c = #s2_narrow, d = #u32_narrow
func.func private @int() attributes {
  a = #quant_act.int<1, unsigned>,
  b = #quant_act.int<1, signed>,
  c = #quant_act.int<2, signed, narrow>,
  d = #quant_act.int<32, unsigned, narrow>
}

// -----

// Nothing kept, one channel axis, every element, and the largest extent there is.
// CHECK-DAG: #{{.*}} = #quant_act.grid<broadcast = [], permutation = []>
// CHECK-DAG: #{{.*}} = #quant_act.grid<broadcast = [1, 1, 768], permutation = [2, 0, 1]>
// CHECK-DAG: #{{.*}} = #quant_act.grid<broadcast = [?, ?], permutation = [1, 0]>
// CHECK-DAG: #{{.*}} = #quant_act.grid<broadcast = [1, 9223372036854775807], permutation = [1, 0]>
// CHECK-LABEL: @grid
func.func private @grid() attributes {
  a = #quant_act.grid<broadcast = [], permutation = []>,
  b = #quant_act.grid<broadcast = [1, 1, 768], permutation = [2, 0, 1]>,
  c = #quant_act.grid<broadcast = [?, ?], permutation = [1, 0]>,
  d = #quant_act.grid<broadcast = [1, 9223372036854775807], permutation = [1, 0]>
}
