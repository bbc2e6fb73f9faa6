// Percentiles as order statistics, which stay for the run-time library or become
// bisections.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg=runtime-library=true --split-input-file | FileCheck %s --check-prefixes=CHECK,LIBRARY
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefixes=CHECK,BISECT --implicit-check-not=quant_act.

// CHECK-LABEL: @percentile
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xbf16>)
func.func @percentile(%x: tensor<2x3xbf16>) -> tensor<3xf32> {
  // LIBRARY: %[[RANK:.*]] = arith.fptosi %{{.*}} : f64 to i64
  // LIBRARY: %[[INIT:.*]] = tensor.empty() : tensor<3xbf16>
  // LIBRARY: %[[V:.*]] = quant_act.order_statistics relu magnitudes %[[X]] channels [1] ranks %[[RANK]] into %[[INIT]] : tensor<2x3xbf16>, tensor<3xbf16>
  // In the type of the result.
  // LIBRARY: linalg.generic {{.*}} ins(%[[V]] : tensor<3xbf16>)
  // LIBRARY: arith.extf %{{.*}} : bf16 to f32
  // BISECT: scf.for
  // BISECT: arith.cmpf olt
  %t = quant_act.stats percentile<90.0> relu on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xbf16> -> tensor<3xf32>
  return %t : tensor<3xf32>
}

// -----

// Both ends at once, of blocks.
//
// CHECK-LABEL: @interval
func.func @interval(%x: tensor<?x6xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK: %[[SPLIT:.*]] = tensor.expand_shape %{{.*}} into tensor<?x2x3xf32>
  // LIBRARY: quant_act.order_statistics %[[SPLIT]] channels [0, 1] ranks %{{.*}}, %{{.*}} into %{{.*}}, %{{.*}} : tensor<?x2x3xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  // BISECT-COUNT-2: scf.for
  %t, %l = quant_act.stats percentile_interval<1.0, 99.0> on <broadcast = [?, 2], permutation = [0, 1]> %x : tensor<?x6xf32> -> tensor<?x2xf32>, tensor<?x2xf32>
  return %t, %l : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// The library knows relu. Other activations are computed before.
//
// CHECK-LABEL: @activation
func.func @activation(%x: tensor<6xf32>) -> tensor<f32> {
  // LIBRARY: %[[Y:.*]] = linalg.generic
  // LIBRARY: math.tanh
  // LIBRARY: quant_act.order_statistics magnitudes %[[Y]]
  // BISECT: math.tanh
  // BISECT: scf.for
  %t = quant_act.stats percentile<50.0> tanh %x : tensor<6xf32> -> tensor<f32>
  return %t : tensor<f32>
}

// -----

// Channels without elements are 0.
//
// CHECK-LABEL: @order_statistics
// CHECK-SAME: (%[[X:.*]]: tensor<?x3xf64>, %[[K:.*]]: i64,
func.func @order_statistics(%x: tensor<?x3xf64>, %k: i64, %init: tensor<3xf64>) -> tensor<3xf64> {
  // BISECT: scf.for
  // BISECT: arith.cmpi ult
  // BISECT: arith.cmpi slt, %{{.*}}, %[[K]]
  // BISECT: %[[N:.*]] = tensor.dim %[[X]]
  // BISECT: %[[EMPTY:.*]] = arith.cmpi eq, %[[N]]
  // BISECT: arith.select %[[EMPTY]]
  %v = quant_act.order_statistics %x channels [1] ranks %k into %init : tensor<?x3xf64>, tensor<3xf64>
  return %v : tensor<3xf64>
}
