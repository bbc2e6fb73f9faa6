// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s

// Narrow types compute in f32. The range is selected last, so that x beyond it
// gives the ends exactly.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$RANGE:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK: #[[$OUT:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-LABEL: @openvino
func.func @openvino(%x: tensor<?x3xf16>, %l: tensor<3xf16>, %h: tensor<3xf16>, %a: tensor<f16>, %b: tensor<f16>) -> tensor<?x3xf16> {
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$RANGE]], #[[$RANGE]], #[[$OUT]], #[[$OUT]], #[[$X]]]
  // CHECK-COUNT-5: arith.extf {{.*}} : f16 to f32
  // CHECK-COUNT-2: arith.subf
  // CHECK: arith.divf
  // CHECK: arith.mulf
  // CHECK: math.roundeven
  // CHECK: arith.divf
  // CHECK: arith.subf
  // CHECK: arith.mulf
  // CHECK: arith.addf
  // CHECK: arith.cmpf ogt
  // CHECK: arith.cmpf oge
  // CHECK: %[[Y:.*]] = arith.truncf {{.*}} : f32 to f16
  // CHECK: linalg.yield %[[Y]] : f16
  %y = quant_act.fake_quant_range openvino levels 16 on <broadcast = [1, 3], permutation = [1, 0]> out_on <broadcast = [1, 1], permutation = [0, 1]> %x low %l high %h out_low %a out_high %b : tensor<?x3xf16>, tensor<3xf16>, tensor<f16>, tensor<f16>
  return %y : tensor<?x3xf16>
}

// -----

// 255 levels are the narrow range of 8 bits: codes 1 to 255. With its inverse
// the range is divided once, and x never.
//
// CHECK-LABEL: @tensorflow_reciprocal
func.func @tensorflow_reciprocal(%x: tensor<4xf32>, %l: tensor<f32>, %h: tensor<f32>) -> tensor<4xf32> {
  // CHECK-DAG: arith.constant 1.000000e+00 : f32
  // CHECK-DAG: arith.constant 2.550000e+02 : f32
  // CHECK-COUNT-3: arith.divf
  // CHECK-NOT: arith.divf
  // CHECK: linalg.yield
  %y = quant_act.fake_quant_range tensorflow_reciprocal levels 255 %x low %l high %h : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: @tensorflow
func.func @tensorflow(%x: tensor<4xf32>, %l: tensor<f32>, %h: tensor<f32>) -> tensor<4xf32> {
  // CHECK-COUNT-4: arith.divf
  // CHECK-NOT: arith.divf
  // CHECK: linalg.yield
  %y = quant_act.fake_quant_range tensorflow levels 256 %x low %l high %h : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// The ends' gradients are summed together, those of the result's range on a grid of
// their own by themselves.
//
// CHECK-LABEL: @gradient
func.func @gradient(%g: tensor<?x3xf16>, %x: tensor<?x3xf16>, %l: tensor<3xf16>, %h: tensor<3xf16>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<?x3xf16>, tensor<3xf16>, tensor<3xf16>, tensor<f32>, tensor<f32>) {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
  // CHECK: linalg.yield %{{.*}} : f16
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]
  // CHECK: linalg.yield %{{.*}}, %{{.*}} : f64, f64
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]
  // CHECK: linalg.yield %{{.*}}, %{{.*}} : f64, f64
  %0:5 = quant_act.fake_quant_range_grad openvino levels 16 on <broadcast = [1, 3], permutation = [1, 0]> out_on <broadcast = [1, 1], permutation = [0, 1]> %g, %x low %l high %h out_low %a out_high %b : tensor<?x3xf16>, tensor<3xf16>, tensor<f32>, tensor<f32>
  return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<?x3xf16>, tensor<3xf16>, tensor<3xf16>, tensor<f32>, tensor<f32>
}
