// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(quant-act-unshare-destinations))' | FileCheck %s

// One fill for two sums: each gets its own.
//
// CHECK-LABEL: @shared
func.func @shared(%x: tensor<3xf64>, %n: index) -> (tensor<?xf64>, tensor<?xf64>) {
  %zero = arith.constant 0.0 : f64
  // CHECK-DAG: %[[E0:.*]] = tensor.empty(%{{.*}}) : tensor<?xf64>
  // CHECK-DAG: %[[E1:.*]] = tensor.empty(%{{.*}}) : tensor<?xf64>
  // CHECK-DAG: %[[F0:.*]] = linalg.fill ins(%{{.*}} : f64) outs(%[[E0]]
  // CHECK-DAG: %[[F1:.*]] = linalg.fill ins(%{{.*}} : f64) outs(%[[E1]]
  %0 = tensor.empty(%n) : tensor<?xf64>
  %1 = linalg.fill ins(%zero : f64) outs(%0 : tensor<?xf64>) -> tensor<?xf64>
  // CHECK: return %[[R0:.*]], %[[R1:.*]] : tensor
  return %1, %1 : tensor<?xf64>, tensor<?xf64>
}

// Of a tensor with contents, or used once, there is one.
//
// CHECK-LABEL: @single
func.func @single(%x: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) {
  %zero = arith.constant 0.0 : f64
  // CHECK-COUNT-2: linalg.fill
  // CHECK-NOT: linalg.fill
  %1 = linalg.fill ins(%zero : f64) outs(%x : tensor<3xf64>) -> tensor<3xf64>
  %2 = tensor.empty() : tensor<3xf64>
  %3 = linalg.fill ins(%zero : f64) outs(%2 : tensor<3xf64>) -> tensor<3xf64>
  // CHECK: return
  return %1, %1, %3 : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
}

// What is only overwritten, and used elsewhere, is not overwritten; what no one
// else uses, or the op reads, is.
//
// CHECK-LABEL: @overwritten
// CHECK-SAME: (%[[A:.*]]: tensor<?xf32>, %[[B:.*]]: tensor<?xf32>, %[[C:.*]]: tensor<?xf32>)
func.func @overwritten(%a: tensor<?xf32>, %b: tensor<?xf32>, %c: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  // CHECK: %[[N:.*]] = tensor.dim %[[A]]
  // CHECK: %[[E:.*]] = tensor.empty(%[[N]])
  // CHECK: linalg.map { arith.negf } ins(%[[A]] : tensor<?xf32>) outs(%[[E]] : tensor<?xf32>)
  %0 = linalg.map { arith.negf } ins(%a : tensor<?xf32>) outs(%a : tensor<?xf32>)
  // CHECK: linalg.map { arith.negf } ins(%[[B]] : tensor<?xf32>) outs(%[[B]] : tensor<?xf32>)
  %1 = linalg.map { arith.negf } ins(%b : tensor<?xf32>) outs(%b : tensor<?xf32>)
  // CHECK: linalg.generic {{.*}} outs(%[[C]] : tensor<?xf32>)
  %2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%c : tensor<?xf32>) {
  ^bb0(%o: f32):
    %n = arith.negf %o : f32
    linalg.yield %n : f32
  } -> tensor<?xf32>
  return %0, %a, %1, %2, %c : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
