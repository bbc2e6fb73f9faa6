// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(quant-act-unshare-fills))' | FileCheck %s

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
