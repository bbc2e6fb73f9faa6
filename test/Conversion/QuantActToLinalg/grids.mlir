// Where parameters are read: by projected permutations, never by divisions.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefix=GONE
// GONE-NOT: {{#|= }}quant_act.
// GONE-NOT: floordiv

// CHECK: #[[$X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK: #[[$C:.*]] = affine_map<(d0, d1, d2, d3) -> (d1)>
// CHECK-LABEL: @nchw
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[S:.*]]: tensor<3xf32>)
func.func @nchw(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>) -> tensor<2x3x4x5xf32> {
  // CHECK: %[[INIT:.*]] = tensor.empty() : tensor<2x3x4x5xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$C]], #[[$X]]], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%[[X]], %[[S]] : tensor<2x3x4x5xf32>, tensor<3xf32>) outs(%[[INIT]] : tensor<2x3x4x5xf32>)
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]> %x scale %s : tensor<2x3x4x5xf32>, tensor<3xf32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

// CHECK: affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-LABEL: @nhwc
func.func @nhwc(%x: tensor<2x4x5x3xf32>, %s: tensor<3xf32>) -> tensor<2x4x5x3xf32> {
  // CHECK: linalg.generic
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 1, 1, 3], permutation = [3, 0, 1, 2]> %x scale %s : tensor<2x4x5x3xf32>, tensor<3xf32>
  return %y : tensor<2x4x5x3xf32>
}

// -----

// CHECK: affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: @rows
func.func @rows(%x: tensor<2x4xf32>, %s: tensor<2xf32>) -> tensor<2x4xf32> {
  // CHECK: linalg.generic
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [2, 1], permutation = [0, 1]> %x scale %s : tensor<2x4xf32>, tensor<2xf32>
  return %y : tensor<2x4xf32>
}

// -----

// Several axes, in the permutation's order.
//
// CHECK: affine_map<(d0, d1, d2, d3) -> (d3, d1)>
// CHECK-LABEL: @two_axes
func.func @two_axes(%x: tensor<2x3x4x5xf32>, %s: tensor<5x3xf32>) -> tensor<2x3x4x5xf32> {
  // CHECK: linalg.generic
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3, 1, 5], permutation = [3, 1, 0, 2]> %x scale %s : tensor<2x3x4x5xf32>, tensor<5x3xf32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

// Scale and zero point on grids of their own.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$S:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK: #[[$Z:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-LABEL: @two_grids
func.func @two_grids(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %z: tensor<f32>) -> tensor<2x3xf32> {
  // CHECK: indexing_maps = [#[[$X]], #[[$S]], #[[$Z]], #[[$X]]]
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> zero_point_on <broadcast = [1, 1], permutation = [0, 1]> %x scale %s zero_point %z : tensor<2x3xf32>, tensor<3xf32>, tensor<f32>
  return %y : tensor<2x3xf32>
}

// -----

// CHECK: affine_map<(d0, d1) -> ()>
// CHECK-LABEL: @per_tensor
func.func @per_tensor(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xf32> {
  // CHECK: linalg.generic
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2x3xf32>, tensor<f32>
  return %y : tensor<2x3xf32>
}

// -----

// CHECK: affine_map<() -> ()>
// CHECK-LABEL: @rank0
func.func @rank0(%x: tensor<f32>, %s: tensor<f32>) -> tensor<f32> {
  // CHECK: linalg.generic {indexing_maps = [{{.*}}], iterator_types = []}
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<f32>, tensor<f32>
  return %y : tensor<f32>
}

// -----

// 768 indices in 24 blocks are 24 x 32.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK: #[[$S:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: @blocks
// CHECK-SAME: (%[[X:.*]]: tensor<8x768xf32>, %[[S:.*]]: tensor<8x24xf32>)
func.func @blocks(%x: tensor<8x768xf32>, %s: tensor<8x24xf32>) -> tensor<8x768xf32> {
  // CHECK: %[[SPLIT:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2]] output_shape [8, 24, 32] : tensor<8x768xf32> into tensor<8x24x32xf32>
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[$X]], #[[$S]], #[[$X]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[SPLIT]], %[[S]] :
  // CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0], [1, 2]] : tensor<8x24x32xf32> into tensor<8x768xf32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [?, 24], permutation = [0, 1]> %x scale %s : tensor<8x768xf32>, tensor<8x24xf32>
  return %y : tensor<8x768xf32>
}

// -----

// 12 indices: 6 blocks of the scale, 3 of the zero point, nested as 3 x 2 x 2.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK: #[[$S:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK: #[[$Z:.*]] = affine_map<(d0, d1, d2) -> (d0)>
// CHECK-LABEL: @nested_blocks
// CHECK-SAME: (%[[X:.*]]: tensor<12xf32>, %[[S:.*]]: tensor<6xf32>, %[[Z:.*]]: tensor<3xf32>)
func.func @nested_blocks(%x: tensor<12xf32>, %s: tensor<6xf32>, %z: tensor<3xf32>) -> tensor<12xf32> {
  // CHECK-DAG: %[[XS:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1, 2]] output_shape [3, 2, 2]
  // CHECK-DAG: %[[SS:.*]] = tensor.expand_shape %[[S]] {{\[\[}}0, 1]] output_shape [3, 2]
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$S]], #[[$Z]], #[[$X]]], {{.*}} ins(%[[XS]], %[[SS]], %[[Z]] :
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [6], permutation = [0]> zero_point_on <broadcast = [3], permutation = [0]> %x scale %s zero_point %z : tensor<12xf32>, tensor<6xf32>, tensor<3xf32>
  return %y : tensor<12xf32>
}

// -----

// The zero point finer than the scale, down to every index.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$S:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: @fine_zero_point
// CHECK-SAME: (%[[X:.*]]: tensor<12xf32>, %[[S:.*]]: tensor<3xf32>, %[[Z:.*]]: tensor<12xf32>)
func.func @fine_zero_point(%x: tensor<12xf32>, %s: tensor<3xf32>, %z: tensor<12xf32>) -> tensor<12xf32> {
  // CHECK-DAG: %[[ZS:.*]] = tensor.expand_shape %[[Z]] {{\[\[}}0, 1]] output_shape [3, 4]
  // CHECK: indexing_maps = [#[[$X]], #[[$S]], #[[$X]], #[[$X]]]
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [3], permutation = [0]> zero_point_on <broadcast = [?], permutation = [0]> %x scale %s zero_point %z : tensor<12xf32>, tensor<3xf32>, tensor<12xf32>
  return %y : tensor<12xf32>
}

// -----

// One block per index is no block.
//
// CHECK-LABEL: @every_index
func.func @every_index(%x: tensor<12xf32>, %s: tensor<12xf32>) -> tensor<12xf32> {
  // CHECK-NOT: tensor.expand_shape
  // CHECK: linalg.generic
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [12], permutation = [0]> %x scale %s : tensor<12xf32>, tensor<12xf32>
  return %y : tensor<12xf32>
}

// -----

// Dynamic extents, beside blocks and of the parameters.
//
// CHECK-LABEL: @dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?x768xf32>, %[[S:.*]]: tensor<?x24xf32>)
func.func @dynamic(%x: tensor<?x768xf32>, %s: tensor<?x24xf32>) -> tensor<?x768xf32> {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %{{.*}}
  // CHECK: %[[SPLIT:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2]] output_shape [%[[N]], 24, 32]
  // CHECK: linalg.generic {{.*}} ins(%[[SPLIT]], %[[S]] : tensor<?x24x32xf32>, tensor<?x24xf32>)
  // CHECK: tensor.collapse_shape {{.*}} : tensor<?x24x32xf32> into tensor<?x768xf32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [?, 24], permutation = [0, 1]> %x scale %s : tensor<?x768xf32>, tensor<?x24xf32>
  return %y : tensor<?x768xf32>
}

// -----

// CHECK-LABEL: @all_dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[S:.*]]: tensor<?xf32>)
func.func @all_dynamic(%x: tensor<?x?xf32>, %s: tensor<?xf32>) -> tensor<?x?xf32> {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %{{.*}}
  // CHECK: %[[C:.*]] = tensor.dim %[[X]], %{{.*}}
  // CHECK: tensor.empty(%[[N]], %[[C]]) : tensor<?x?xf32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, ?], permutation = [1, 0]> %x scale %s : tensor<?x?xf32>, tensor<?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @empty
func.func @empty(%x: tensor<0x3xf32>, %s: tensor<3xf32>) -> tensor<0x3xf32> {
  // CHECK: tensor.empty() : tensor<0x3xf32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<0x3xf32>, tensor<3xf32>
  return %y : tensor<0x3xf32>
}
