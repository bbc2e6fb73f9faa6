// The gradient ops in every form of their text, and what folds.
//
// RUN: quant-opt %s --verify-roundtrip | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --emit-bytecode | quant-opt | FileCheck %s
// RUN: quant-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
#whole = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>

// CHECK-LABEL: @fake_quant_grad
func.func @fake_quant_grad(%g: tensor<2x3x?x5xf16>, %x: tensor<2x3x?x5xf16>, %s: tensor<3xf32>, %z: tensor<f64>, %b: tensor<3xf16>, %r: tensor<i64>)
    -> (tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64>, tensor<3xf16>) {
  // CHECK: quant_act.fake_quant_grad to #u4 on #{{.*}} %{{.*}}, %{{.*}} scale %{{.*}} : tensor<2x3x?x5xf16>, tensor<3xf32>
  %0:2 = quant_act.fake_quant_grad to <4, unsigned> on #nchw %g, %x scale %s : tensor<2x3x?x5xf16>, tensor<3xf32>
  // CHECK: quant_act.fake_quant_grad relu to #u4 on #{{.*}} round floor numerics <onnx> ste_clamp scale_gradient lsq %{{.*}}, %{{.*}} scale %{{.*}} : tensor<2x3x?x5xf16>, tensor<3xf32>
  %1:2 = quant_act.fake_quant_grad relu to <4, unsigned> on #nchw round floor numerics <onnx> ste_clamp scale_gradient lsq %g, %x scale %s : tensor<2x3x?x5xf16>, tensor<3xf32>
  // CHECK: quant_act.fake_quant_grad to #quant_act.float<e4m3fn> on #{{.*}} scale_gradient pact
  %2:2 = quant_act.fake_quant_grad to #quant_act.float<e4m3fn> on #nchw scale_gradient pact %g, %x scale %s : tensor<2x3x?x5xf16>, tensor<3xf32>
  // Results: x, scale, zero point, bits.
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}}:2 = quant_act.fake_quant_grad to #s_learned on #{{.*}} zero_point_on #{{.*}} round stochastic %{{.*}}, %{{.*}} scale %{{.*}} zero_point %{{.*}} bits %{{.*}} seed %{{.*}} : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64> bits tensor<3xf16>
  %3:4 = quant_act.fake_quant_grad to <?, signed> on #nchw zero_point_on #whole round stochastic %g, %x scale %s zero_point %z bits %b seed %r
      : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64> bits tensor<3xf16>
  return %3#0, %3#1, %3#2, %3#3 : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64>, tensor<3xf16>
}

// CHECK-LABEL: @fake_quant_range_grad
func.func @fake_quant_range_grad(%g: tensor<2x3x?x5xf16>, %x: tensor<2x3x?x5xf16>, %l: tensor<3xf32>, %h: tensor<3xf32>, %a: tensor<f64>, %b: tensor<f64>)
    -> (tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<3xf32>, tensor<f64>, tensor<f64>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = quant_act.fake_quant_range_grad tensorflow levels 255 on #{{.*}} %{{.*}}, %{{.*}} low %{{.*}} high %{{.*}} : tensor<2x3x?x5xf16>, tensor<3xf32>
  %0:3 = quant_act.fake_quant_range_grad tensorflow levels 255 on #nchw %g, %x low %l high %h : tensor<2x3x?x5xf16>, tensor<3xf32>
  // Results: x, low, high, out_low, out_high.
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}:2 = quant_act.fake_quant_range_grad openvino levels 9 on #{{.*}} out_on #{{.*}} %{{.*}}, %{{.*}} low %{{.*}} high %{{.*}} out_low %{{.*}} out_high %{{.*}} : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64>, tensor<f64>
  %1:5 = quant_act.fake_quant_range_grad openvino levels 9 on #nchw out_on #whole %g, %x low %l high %h out_low %a out_high %b
      : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<f64>, tensor<f64>
  return %0#0, %1#1, %1#2, %1#3, %1#4 : tensor<2x3x?x5xf16>, tensor<3xf32>, tensor<3xf32>, tensor<f64>, tensor<f64>
}

// CHECK-LABEL: @activate_grad
// FOLD-LABEL: @activate_grad
// FOLD-SAME: (%[[G:.*]]: tensor<?xf32>, %[[X:.*]]: tensor<?xf32>)
func.func @activate_grad(%g: tensor<?xf32>, %x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  // CHECK: quant_act.activate_grad %{{.*}}, %{{.*}} : tensor<?xf32>
  %0 = quant_act.activate_grad %g, %x : tensor<?xf32>
  // CHECK: quant_act.activate_grad tanh %{{.*}}, %{{.*}} : tensor<?xf32>
  // FOLD: %[[T:.*]] = quant_act.activate_grad tanh
  %1 = quant_act.activate_grad tanh %g, %x : tensor<?xf32>
  // FOLD: return %[[G]], %[[T]]
  return %0, %1 : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: @stats_grad
func.func @stats_grad(%x: tensor<2x3x4x5xf16>, %t: tensor<3xf32>, %l: tensor<3xf32>) -> (tensor<2x3x4x5xf16>, tensor<2x3x4x5xf16>) {
  // CHECK: quant_act.stats_grad mean on #{{.*}} %{{.*}} threshold %{{.*}} : tensor<2x3x4x5xf16>, tensor<3xf32>
  %0 = quant_act.stats_grad mean on #nchw %x threshold %t : tensor<2x3x4x5xf16>, tensor<3xf32>
  // CHECK: quant_act.stats_grad percentile_interval<1.0, 99.0> relu on #{{.*}} %{{.*}} threshold %{{.*}} low %{{.*}} : tensor<2x3x4x5xf16>, tensor<3xf32>, tensor<3xf32>
  %1 = quant_act.stats_grad percentile_interval<1.0, 99.0> relu on #nchw %x threshold %t low %l : tensor<2x3x4x5xf16>, tensor<3xf32>, tensor<3xf32>
  return %0, %1 : tensor<2x3x4x5xf16>, tensor<2x3x4x5xf16>
}

// CHECK-LABEL: @choose_qparams_grad
func.func @choose_qparams_grad(%t: tensor<f32>, %l: tensor<?xf32>, %b: tensor<f16>, %ds: tensor<f32>, %dz: tensor<?xf32>)
    -> (tensor<f32>, tensor<f32>, tensor<?xf32>, tensor<f16>) {
  // CHECK: quant_act.choose_qparams_grad to #u4 %{{.*}} scale %{{.*}} : tensor<f32>
  %0 = quant_act.choose_qparams_grad to <4, unsigned> %t scale %ds : tensor<f32>
  // CHECK: quant_act.choose_qparams_grad to #u_learned as training restrict power_of_two<ceil> minimum 0.000000e+00 round floor fractional ste_clamp %{{.*}} low %{{.*}} bits %{{.*}} scale %{{.*}} zero_point %{{.*}} : tensor<f32>, tensor<?xf32>, tensor<?xf32> bits tensor<f16>
  %1:3 = quant_act.choose_qparams_grad to <?, unsigned> as training restrict power_of_two<ceil> minimum 0.0 round floor fractional ste_clamp %t low %l bits %b scale %ds zero_point %dz
      : tensor<f32>, tensor<?xf32>, tensor<?xf32> bits tensor<f16>
  return %0, %1#0, %1#1, %1#2 : tensor<f32>, tensor<f32>, tensor<?xf32>, tensor<f16>
}

// CHECK-LABEL: @learned_bits_grad
func.func @learned_bits_grad(%g: tensor<f32>, %o: tensor<f32>) -> tensor<f32> {
  // CHECK: quant_act.learned_bits_grad %{{.*}}, %{{.*}} : tensor<f32>
  %0 = quant_act.learned_bits_grad %g, %o : tensor<f32>
  return %0 : tensor<f32>
}
