// One section per rule of the gradient ops' verifiers, with the whole message.
//
// RUN: quant-opt %s --split-input-file --verify-diagnostics

// What fake_quant checks is checked here, too.
func.func @scale_shape(%g: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant_grad' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [2]}}
  %0:2 = quant_act.fake_quant_grad to <4, signed> on <broadcast = [1, 3], permutation = [1, 0]> %g, %g scale %s : tensor<2x3xf32>, tensor<2xf32>
  return
}

// -----

func.func @seed(%g: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant_grad' op expects a seed with stochastic rounding and only there, but got none with stochastic}}
  %0:2 = quant_act.fake_quant_grad to <4, signed> round stochastic %g, %g scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @bits(%g: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant_grad' op expects an operand bits for the format #quant_act.int<?, signed>, which does not say them}}
  %0:2 = quant_act.fake_quant_grad to <?, signed> %g, %g scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @pact(%g: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant_grad' op expects an integer or minifloat format for the scale gradient pact, but got #quant_act.binary}}
  %0:2 = quant_act.fake_quant_grad to #quant_act.binary scale_gradient pact %g, %g scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

// One signed bit holds the codes -1 and 0.
func.func @lsq(%g: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant_grad' op expects a format whose highest code is above 0 for the scale gradient lsq, but got #quant_act.int<1, signed>}}
  %0:2 = quant_act.fake_quant_grad to <1, signed> scale_gradient lsq %g, %g scale %s : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @result_types(%g: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+2 {{'quant_act.fake_quant_grad' op failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<2xf32>', 'tensor<f32>' are incompatible with return type(s) of operation 'tensor<2xf32>', 'tensor<f64>'}}
  %0:2 = "quant_act.fake_quant_grad"(%g, %g, %s) <{format = #quant_act.int<4, signed>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}> : (tensor<2xf32>, tensor<2xf32>, tensor<f32>) -> (tensor<2xf32>, tensor<f64>)
  return
}

// -----

func.func @stats_grid(%x: tensor<2x3xf32>, %t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects one broadcast entry per dimension of x (2), but got [3]}}
  %0 = quant_act.stats_grad abs_max on <broadcast = [3], permutation = [0]> %x threshold %t : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @stats_of_several_channels(%x: tensor<2x3xf32>, %t: tensor<f32>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects a statistic of each channel by itself, but got max_average}}
  %0 = quant_act.stats_grad max_average<<broadcast = [1, 3], permutation = [1, 0]>> %x threshold %t : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @stats_no_low(%x: tensor<2x3xf32>, %t: tensor<f32>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects a gradient of the low end with the interval statistics only, but got one with mean}}
  %0 = quant_act.stats_grad mean %x threshold %t low %t : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @stats_shape(%x: tensor<2x3xf32>, %t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects the threshold's gradient to have shape [], as there is no grid, but got [3]}}
  %0 = quant_act.stats_grad abs_max %x threshold %t : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @stats_type(%x: tensor<2x3xf32>, %t: tensor<f16>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects the threshold's gradient to hold every value of 'f32', x's element type, but got 'f16'}}
  %0 = quant_act.stats_grad abs_max %x threshold %t : tensor<2x3xf32>, tensor<f16>
  return
}

// -----

func.func @stats_types(%x: tensor<2x3xf32>, %t: tensor<f32>, %l: tensor<f64>) {
  // expected-error@+1 {{'quant_act.stats_grad' op expects the gradients of threshold and low to have one type, but got 'tensor<f32>' and 'tensor<f64>'}}
  %0 = quant_act.stats_grad min_max %x threshold %t low %l : tensor<2x3xf32>, tensor<f32>, tensor<f64>
  return
}

// -----

// What choose_qparams checks is checked here, too.
func.func @parameters(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams_grad' op expects a finite minimum of at least 0, but got -1.000000e+00}}
  %0 = quant_act.choose_qparams_grad to <4, signed> minimum -1.0 %t scale %t : tensor<3xf32>
  return
}

// -----

func.func @zero_point(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams_grad' op expects a gradient of the zero point with a low end and only there, but got one without a low end}}
  %0 = "quant_act.choose_qparams_grad"(%t, %t, %t) <{format = #quant_act.int<4, signed>, operandSegmentSizes = array<i32: 1, 0, 0, 1, 1>}> : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @no_zero_point(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams_grad' op expects a gradient of the zero point with a low end and only there, but got none with a low end}}
  %0:2 = "quant_act.choose_qparams_grad"(%t, %t, %t) <{format = #quant_act.int<4, signed>, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>}> : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

// One low end for three scales makes three zero points.
func.func @zero_point_type(%t: tensor<3xf32>, %l: tensor<f32>) {
  // expected-error@+1 {{'quant_act.choose_qparams_grad' op expects the zero point's gradient to be of type 'tensor<3xf32>', which the zero point has, but got 'tensor<f32>'}}
  %0:2 = quant_act.choose_qparams_grad to <4, signed> %t low %l scale %t zero_point %l : tensor<3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

// What fake_quant_range checks is checked here, too.
func.func @range_levels(%g: tensor<2xf32>, %l: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant_range_grad' op expects 2^bits levels, or 2^bits - 1 for the narrow range, of 2 to 16 bits with tensorflow, but got 5}}
  %0:3 = quant_act.fake_quant_range_grad tensorflow levels 5 %g, %g low %l high %l : tensor<2xf32>, tensor<f32>
  return
}

// -----

func.func @range_shape(%g: tensor<2x3xf32>, %l: tensor<2xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant_range_grad' op expects low to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [2]}}
  %0:3 = quant_act.fake_quant_range_grad openvino levels 5 on <broadcast = [1, 3], permutation = [1, 0]> %g, %g low %l high %l : tensor<2x3xf32>, tensor<2xf32>
  return
}

// -----

func.func @range_results(%g: tensor<2xf32>, %l: tensor<f32>) {
  // expected-error@+2 {{'quant_act.fake_quant_range_grad' op failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<2xf32>', 'tensor<f32>', 'tensor<f32>' are incompatible with return type(s) of operation 'tensor<2xf32>', 'tensor<f32>', 'tensor<f64>'}}
  %0:3 = "quant_act.fake_quant_range_grad"(%g, %g, %l, %l) <{contract = #quant_act<range_contract openvino>, levels = 5 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>}> : (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<f32>) -> (tensor<2xf32>, tensor<f32>, tensor<f64>)
  return
}
