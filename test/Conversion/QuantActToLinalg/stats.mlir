// Statistics as reductions.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefix=GONE
// GONE-NOT: {{#|= }}quant_act.

// The integer maximum of the bits without the sign: NaN wins.
//
// CHECK: #[[$X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$C:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @abs_max
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
func.func @abs_max(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  // CHECK: %[[INIT:.*]] = linalg.fill ins(%{{.*}} : i32) outs(%{{.*}} : tensor<3xi32>)
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$C]]], iterator_types = ["reduction", "parallel"]} ins(%[[X]] : tensor<2x3xf32>) outs(%[[INIT]] : tensor<3xi32>)
  // CHECK: ^bb0(%[[V:[a-z0-9_]+]]: f32, %[[ACC:[a-z0-9_]+]]: i32):
  // CHECK: %[[BITS:.*]] = arith.bitcast %[[V]] : f32 to i32
  // CHECK: %[[MAGNITUDE:.*]] = arith.andi %[[BITS]], %{{.*}} : i32
  // CHECK: arith.maxsi %[[MAGNITUDE]], %[[ACC]] : i32
  // CHECK: linalg.generic
  // CHECK: arith.bitcast %{{.*}} : i32 to f32
  %t = quant_act.stats abs_max on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<3xf32>
  return %t : tensor<3xf32>
}

// -----

// After the activation, and to a wider type.
//
// CHECK-LABEL: @relu_and_wider
func.func @relu_and_wider(%x: tensor<2x3xf16>) -> tensor<f64> {
  // What shares a parameter is one dimension.
  // CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<2x3xf16> into tensor<6xf16>
  // CHECK: iterator_types = ["reduction"]
  // CHECK: ^bb0(%[[V:[a-z0-9_]+]]: f16, %{{[a-z0-9_]+}}: i32):
  // CHECK: %[[W:.*]] = arith.extf %[[V]] : f16 to f32
  // CHECK: arith.cmpf olt, %[[W]],
  // CHECK: arith.maxsi
  // CHECK: arith.extf %{{.*}} : f32 to f64
  %t = quant_act.stats abs_max relu %x : tensor<2x3xf16> -> tensor<f64>
  return %t : tensor<f64>
}

// -----

// Magnitudes summed in f64, by rows that go to a lane each in turn, of which two
// are needed, divided by how many there are: 2.
//
// CHECK: #[[$ROW_LANES:.*]] = affine_map<(d0, d1) -> (d0 mod 16, d1)>
// CHECK-LABEL: @mean
func.func @mean(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  // CHECK: linalg.fill ins(%{{.*}} : f64) outs(%{{.*}} : tensor<2x3xf64>)
  // CHECK: linalg.generic {indexing_maps = [{{.*}}, #[[$ROW_LANES]]], iterator_types = ["reduction", "parallel"]}
  // CHECK: %[[M:.*]] = math.absf %{{.*}} : f32
  // CHECK: %[[W:.*]] = arith.extf %[[M]] : f32 to f64
  // CHECK: arith.addf %{{.*}}, %[[W]] : f64
  // CHECK: arith.divf %{{.*}} : f64
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  // An empty channel is 0, not 0 / 0.
  // CHECK: arith.select
  %t = quant_act.stats mean on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<3xf32>
  return %t : tensor<3xf32>
}

// -----

// abs(max - low), min(min, 0).
//
// CHECK-LABEL: @min_max
func.func @min_max(%x: tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // The ends as keys whose integer order is the numbers': infinity's and its
  // negative's to start with.
  // CHECK-DAG: arith.constant -8388608 : i32
  // CHECK-DAG: arith.constant 8388607 : i32
  // CHECK: linalg.generic
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<3xi32>, tensor<3xi32>)
  // CHECK: ^bb0(%[[V:[a-z0-9_]+]]: f32, %[[MIN:[a-z0-9_]+]]: i32, %[[MAX:[a-z0-9_]+]]: i32):
  // CHECK: %[[HIGH:.*]] = arith.select
  // NaN is beyond both ends.
  // CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[V]], %[[V]]
  // CHECK: %[[BELOW:.*]] = arith.constant 0 : i32
  // CHECK: %[[KEY:.*]] = arith.select %[[NAN]], %[[BELOW]], %[[HIGH]]
  // CHECK: arith.minui %[[MIN]], %[[KEY]]
  // CHECK: arith.maxui %[[MAX]], %[[HIGH]]
  // CHECK: arith.bitcast %{{.*}} : i32 to f32
  // CHECK: arith.bitcast %{{.*}} : i32 to f32
  // CHECK: linalg.generic
  // CHECK: ^bb0(%[[LOWEST:[a-z0-9_]+]]: f32, %[[HIGHEST:[a-z0-9_]+]]: f32,
  // CHECK: %[[POSITIVE:.*]] = arith.cmpf ogt, %[[LOWEST]],
  // CHECK: %[[LOW:.*]] = arith.select %[[POSITIVE]], %{{.*}}, %[[LOWEST]]
  // CHECK: %[[WIDTH:.*]] = arith.subf %[[HIGHEST]], %[[LOW]]
  // CHECK: math.absf %[[WIDTH]]
  %t, %l = quant_act.stats min_max on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<3xf32>, tensor<3xf32>
  return %t, %l : tensor<3xf32>, tensor<3xf32>
}

// -----

// One pass over x per bit: 32 for values in f32, 64 in f64, 32 in bf16.
//
// CHECK-LABEL: @percentile
func.func @percentile(%x: tensor<2x3xf32>, %d: tensor<2x3xf64>, %b: tensor<2x3xbf16>) -> (tensor<3xf32>, tensor<f64>, tensor<bf16>) {
  // The rank, floor(0.01 * 90 * 2 + 0.5): 0.01 * 90 = 0.9.
  // CHECK: %[[Q:.*]] = arith.constant 9.000000e-01 : f64
  // CHECK: arith.mulf %[[Q]], %{{.*}} : f64
  // CHECK: math.floor
  // CHECK: %[[RANK:.*]] = arith.fptosi %{{.*}} : f64 to i64
  // CHECK: %[[BITS:.*]] = arith.constant 32 : index
  // CHECK: scf.for %{{.*}} = %{{.*}} to %[[BITS]] step %{{.*}} -> (tensor<3xi32>)
  // CHECK: arith.cmpi ult
  // CHECK: arith.cmpi slt, %{{.*}}, %[[RANK]] : i64
  // CHECK: scf.yield
  %0 = quant_act.stats percentile<90.0> on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<3xf32>
  // CHECK: arith.constant 64 : index
  // CHECK: scf.for {{.*}} -> (tensor<i64>)
  %1 = quant_act.stats percentile<90.0> %d : tensor<2x3xf64> -> tensor<f64>
  // CHECK: arith.constant 32 : index
  // CHECK: scf.for {{.*}} -> (tensor<i32>)
  // CHECK: arith.truncf %{{.*}} : f32 to bf16
  %2 = quant_act.stats percentile<90.0> %b : tensor<2x3xbf16> -> tensor<bf16>
  return %0, %1, %2 : tensor<3xf32>, tensor<f64>, tensor<bf16>
}

// -----

// Two searches, by keys that order negative numbers too and NaN last.
//
// CHECK-LABEL: @percentile_interval
func.func @percentile_interval(%x: tensor<?x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK: tensor.dim
  // CHECK: math.ceil
  // CHECK: math.floor
  // CHECK: scf.for
  // CHECK: arith.shrsi
  // CHECK: arith.cmpf uno
  // CHECK: scf.for
  // CHECK: math.absf
  %t, %l = quant_act.stats percentile_interval<1.0, 99.0> on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<?x3xf32> -> tensor<3xf32>, tensor<3xf32>
  return %t, %l : tensor<3xf32>, tensor<3xf32>
}

// -----

// Blocks are reduced within, rows stay apart.
//
// CHECK-LABEL: @blocks
// CHECK-SAME: (%[[X:.*]]: tensor<?x768xf32>)
func.func @blocks(%x: tensor<?x768xf32>) -> tensor<?x24xf32> {
  // CHECK: tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 24, 32]
  // CHECK: iterator_types = ["parallel", "parallel", "reduction"]
  %t = quant_act.stats abs_max on <broadcast = [?, 24], permutation = [0, 1]> %x : tensor<?x768xf32> -> tensor<?x24xf32>
  return %t : tensor<?x24xf32>
}

// -----

// Results in the permutation's order.
//
// CHECK: affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-LABEL: @two_axes
func.func @two_axes(%x: tensor<2x3x4xf32>) -> tensor<4x2xf32> {
  // CHECK: tensor.empty() : tensor<4x2xi32>
  // CHECK: iterator_types = ["parallel", "reduction", "parallel"]
  %t = quant_act.stats abs_max on <broadcast = [2, 1, 4], permutation = [2, 0, 1]> %x : tensor<2x3x4xf32> -> tensor<4x2xf32>
  return %t : tensor<4x2xf32>
}

// -----

// An extent that x says and the result leaves open.
//
// CHECK-LABEL: @open_result
func.func @open_result(%x: tensor<2x3xf32>) -> tensor<?xf32> {
  // CHECK: %[[T:.*]] = tensor.cast %{{.*}} : tensor<3xf32> to tensor<?xf32>
  // CHECK-NEXT: return %[[T]]
  %t = quant_act.stats abs_max on <broadcast = [1, ?], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<?xf32>
  return %t : tensor<?xf32>
}

// -----

// CHECK-LABEL: @rank0
func.func @rank0(%x: tensor<f32>) -> tensor<f32> {
  // CHECK: iterator_types = []
  %t = quant_act.stats abs_max %x : tensor<f32> -> tensor<f32>
  return %t : tensor<f32>
}

// -----

// The result's type may know extents that x does not, and the other way round: what
// is computed has x's extents and is cast at the end.
//
// CHECK-LABEL: @other_types
func.func @other_types(%x: tensor<?x?xf32>, %y: tensor<2x3xf32>, %b: tensor<?x768xf32>) -> (tensor<3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<5x24xf32>) {
  // CHECK: tensor.cast %{{.*}} : tensor<?xf32> to tensor<3xf32>
  // CHECK: tensor.cast %{{.*}} : tensor<?xf32> to tensor<3xf32>
  %0, %low = quant_act.stats min_max on <broadcast = [1, ?], permutation = [1, 0]> %x : tensor<?x?xf32> -> tensor<3xf32>, tensor<3xf32>
  // CHECK: tensor.cast %{{.*}} : tensor<3xf32> to tensor<?xf32>
  %1 = quant_act.stats abs_max on <broadcast = [1, 3], permutation = [1, 0]> %y : tensor<2x3xf32> -> tensor<?xf32>
  // CHECK: tensor.cast %{{.*}} : tensor<?xf32> to tensor<64xf32>
  // CHECK: tensor.cast %{{.*}} : tensor<64xf32> to tensor<?xf32>
  %2 = quant_act.stats percentile<50.0> on <broadcast = [1, 64], permutation = [1, 0]> %x : tensor<?x?xf32> -> tensor<64xf32>
  %3 = tensor.cast %2 : tensor<64xf32> to tensor<?xf32>
  // CHECK: tensor.cast %{{.*}} : tensor<?x24xf32> to tensor<5x24xf32>
  %4 = quant_act.stats mean on <broadcast = [?, 24], permutation = [0, 1]> %b : tensor<?x768xf32> -> tensor<5x24xf32>
  return %0, %1, %3, %4 : tensor<3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<5x24xf32>
}
