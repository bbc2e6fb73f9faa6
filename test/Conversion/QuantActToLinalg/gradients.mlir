// Gradients: x's for each element by itself, parameters' as sums in f64 by lanes
// that share a pass over x where they share a grid.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --canonicalize --cse --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefix=GONE
// GONE-NOT: {{#|= }}quant_act.

// CHECK: #[[$ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK: #[[$C:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK: #[[$LANES:.*]] = affine_map<(d0, d1, d2) -> (d1, d2 mod 16)>
// CHECK-LABEL: @one_grid
// CHECK-SAME: (%[[G:.*]]: tensor<2x3x4xf32>, %[[X:.*]]: tensor<2x3x4xf32>, %[[S:.*]]: tensor<3xf32>, %[[Z:.*]]: tensor<3xf32>)
func.func @one_grid(%g: tensor<2x3x4xf32>, %x: tensor<2x3x4xf32>, %s: tensor<3xf32>, %z: tensor<3xf32>) -> (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>) {
  // CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$C]], #[[$C]], #[[$ALL]], #[[$LANES]], #[[$LANES]]], iterator_types = ["reduction", "parallel", "reduction"]}
  // CHECK-SAME: ins(%[[X]], %[[S]], %[[Z]], %[[G]]
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<3x16xf64>, tensor<3x16xf64>)
  // CHECK: ^bb0(%[[XE:[a-z0-9_]+]]: f32, %[[SE:[a-z0-9_]+]]: f32, %[[ZE:[a-z0-9_]+]]: f32, %[[GE:[a-z0-9_]+]]: f32, %[[DS:[a-z0-9_]+]]: f64, %[[DZ:[a-z0-9_]+]]: f64):
  // CHECK: %[[A:.*]] = arith.divf %[[XE]], %[[SE]] : f32
  // CHECK: %[[U:.*]] = arith.addf %[[A]], %[[ZE]] : f32
  // CHECK: %[[R:.*]] = math.roundeven %[[U]] : f32
  // The mask is the forward op's: of the rounded value, the upper bound first.
  // CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %[[R]], %{{.*}} : f32
  // CHECK: %[[LIMITED:.*]] = arith.select %[[ABOVE]], %{{.*}}, %[[R]] : f32
  // CHECK: arith.cmpf olt, %[[LIMITED]], %{{.*}} : f32
  // CHECK-DAG: arith.addf %[[DS]], %{{.*}} : f64
  // CHECK-DAG: arith.addf %[[DZ]], %{{.*}} : f64
  // The lanes are added in order.
  // CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
  // CHECK-SAME: ins(%{{.*}} : tensor<3x16xf64>) outs(%{{.*}} : tensor<3xf64>)
  // CHECK: arith.addf %{{.*}} : f64
  // CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]
  // CHECK-SAME: outs(%{{.*}} : tensor<2x3x4xf32>)
  %0:3 = quant_act.fake_quant_grad to <4, unsigned> on <broadcast = [1, 3, 1], permutation = [1, 0, 2]> %g, %x scale %s zero_point %z : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>
  return %0#0, %0#1, %0#2 : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// Two grids are two passes. lsq: divided by sqrt(24 * 15).
//
// CHECK-LABEL: @two_grids
func.func @two_grids(%g: tensor<2x3x4xf32>, %x: tensor<2x3x4xf32>, %s: tensor<f32>, %z: tensor<3xf32>) -> (tensor<2x3x4xf32>, tensor<f32>, tensor<3xf32>) {
  // CHECK: %[[FACTOR:.*]] = arith.constant 18.973665961010276 : f64
  // CHECK: linalg.generic
  // CHECK-SAME: iterator_types = ["reduction", "reduction", "reduction"]
  // CHECK-SAME: outs(%{{.*}} : tensor<16xf64>)
  // CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "reduction"]
  // CHECK-SAME: outs(%{{.*}} : tensor<3x16xf64>)
  // CHECK: arith.divf %{{.*}}, %[[FACTOR]] : f64
  %0:3 = quant_act.fake_quant_grad to <4, unsigned> zero_point_on <broadcast = [1, 3, 1], permutation = [1, 0, 2]> scale_gradient lsq %g, %x scale %s zero_point %z : tensor<2x3x4xf32>, tensor<f32>, tensor<3xf32>
  return %0#0, %0#1, %0#2 : tensor<2x3x4xf32>, tensor<f32>, tensor<3xf32>
}

// -----

// The selected value, then its first position, then the gradient there.
//
// CHECK-LABEL: @stats
func.func @stats(%x: tensor<2x3xf32>, %t: tensor<3xf32>) -> tensor<2x3xf32> {
  // CHECK: %[[LARGEST:.*]] = linalg.generic
  // CHECK: arith.max{{[su]}}i
  // CHECK: %[[VALUES:.*]] = linalg.generic
  // CHECK-SAME: ins(%[[LARGEST]]
  // CHECK: %[[FIRST:.*]] = linalg.generic
  // CHECK-SAME: ins(%{{.*}}, %[[VALUES]]
  // CHECK: linalg.index 0
  // CHECK: arith.minsi %{{.*}} : i64
  // CHECK: linalg.generic
  // CHECK-SAME: ins(%{{.*}}, %{{.*}}, %[[FIRST]]
  // CHECK: arith.cmpi eq
  %0 = quant_act.stats_grad abs_max on <broadcast = [1, 3], permutation = [1, 0]> %x threshold %t : tensor<2x3xf32>, tensor<3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// One threshold for three zero points: the parts of its gradient are summed.
//
// CHECK-LABEL: @shared_threshold
func.func @shared_threshold(%t: tensor<f32>, %l: tensor<3xf32>, %ds: tensor<f32>, %dz: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  // CHECK: %[[PARTS:.*]]:2 = linalg.generic
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3xf32>)
  // CHECK: %[[SUM:.*]] = linalg.generic
  // CHECK-SAME: iterator_types = ["reduction"]
  // CHECK-SAME: ins(%[[PARTS]]#1 : tensor<3xf32>)
  // CHECK: arith.addf %{{.*}} : f64
  // CHECK: return %{{.*}}, %[[PARTS]]#0
  %0:2 = quant_act.choose_qparams_grad to <4, unsigned> %t low %l scale %ds zero_point %dz : tensor<f32>, tensor<3xf32>, tensor<3xf32>
  return %0#0, %0#1 : tensor<f32>, tensor<3xf32>
}
