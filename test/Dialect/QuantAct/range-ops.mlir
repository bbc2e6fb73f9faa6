// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fake_quant_range in every form of its text, and its folds.
//
// RUN: quant-opt %s --verify-roundtrip | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --emit-bytecode | quant-opt | FileCheck %s
// RUN: quant-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: quant-opt %s --generate-runtime-verification --canonicalize | FileCheck %s --check-prefix=CHECKED

#nchw = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
#whole = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>

// CHECK-DAG: #[[$NCHW:.*]] = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
// CHECK-DAG: #[[$WHOLE:.*]] = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>

// CHECK-LABEL: @per_tensor
func.func @per_tensor(%x: tensor<?xf16>, %l: tensor<f32>, %h: tensor<f32>) -> tensor<?xf16> {
  // CHECK: quant_act.fake_quant_range tensorflow levels 256 %{{.*}} low %{{.*}} high %{{.*}} : tensor<?xf16>, tensor<f32>
  %0 = quant_act.fake_quant_range tensorflow levels 256 %x low %l high %h : tensor<?xf16>, tensor<f32>
  // CHECK: quant_act.fake_quant_range tensorflow_reciprocal levels 3 %
  %1 = quant_act.fake_quant_range tensorflow_reciprocal levels 3 %0 low %l high %h : tensor<?xf16>, tensor<f32>
  // CHECK: quant_act.fake_quant_range openvino levels 2 %{{.*}} low %{{.*}} high %{{.*}} out_low %{{.*}} out_high %{{.*}} : tensor<?xf16>, tensor<f32>, tensor<f32>, tensor<f32>
  %2 = quant_act.fake_quant_range openvino levels 2 %1 low %l high %h out_low %h out_high %l : tensor<?xf16>, tensor<f32>, tensor<f32>, tensor<f32>
  return %2 : tensor<?xf16>
}

// CHECK-LABEL: @per_channel
// CHECKED-LABEL: @per_channel
func.func @per_channel(%x: tensor<?x?x?x?xf32>, %l: tensor<?xf32>, %a: tensor<f64>) -> tensor<?x?x?x?xf32> {
  // CHECKED: cf.assert {{.*}}expects low to have one value along its dimension 0 per parameter of the grid along dimension 1 of x
  // CHECK: openvino levels 255 on #[[$NCHW]] %
  %0 = quant_act.fake_quant_range openvino levels 255 on #nchw %x low %l high %l : tensor<?x?x?x?xf32>, tensor<?xf32>
  // CHECK: openvino levels 255 on #[[$NCHW]] out_on #[[$WHOLE]] %
  %1 = quant_act.fake_quant_range openvino levels 255 on #nchw out_on #whole %0 low %l high %l out_low %a out_high %a : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<f64>, tensor<f64>
  return %1 : tensor<?x?x?x?xf32>
}

// Range 0 to 3 in 4 levels onto 10 to 40; ties to even: 0.5 and 2.5 stay at an
// even level.
//
// FOLD-LABEL: @fold
// FOLD: dense<[1.000000e+01, 1.000000e+01, 3.000000e+01, 3.000000e+01, 4.000000e+01]> : tensor<5xf32>
// FOLD-NOT: fake_quant_range
func.func @fold() -> tensor<5xf32> {
  %x = arith.constant dense<[-1.0, 0.5, 1.5, 2.5, 9.0]> : tensor<5xf32>
  %l = arith.constant dense<0.0> : tensor<f32>
  %h = arith.constant dense<3.0> : tensor<f32>
  %a = arith.constant dense<10.0> : tensor<f32>
  %b = arith.constant dense<40.0> : tensor<f32>
  %y = quant_act.fake_quant_range openvino levels 4 %x low %l high %h out_low %a out_high %b : tensor<5xf32>, tensor<f32>, tensor<f32>, tensor<f32>
  return %y : tensor<5xf32>
}

// FOLD-LABEL: @no_fold
// FOLD: fake_quant_range
func.func @no_fold(%h: tensor<f32>) -> tensor<5xf32> {
  %x = arith.constant dense<1.0> : tensor<5xf32>
  %l = arith.constant dense<0.0> : tensor<f32>
  %y = quant_act.fake_quant_range openvino levels 4 %x low %l high %h : tensor<5xf32>, tensor<f32>
  return %y : tensor<5xf32>
}
