// Order statistics become calls of the run-time library.
//
// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s

// Declared once per element type, as C functions.
//
// CHECK-DAG: func.func private @quantActOrderStatisticsF32(memref<*xf32>, i64, memref<*xf32>, i64, memref<*xf32>, i32) attributes {llvm.emit_c_interface}
// CHECK-DAG: func.func private @quantActOrderStatisticsBF16(memref<*xbf16>, i64, memref<*xbf16>, i64, memref<*xbf16>, i32) attributes {llvm.emit_c_interface}

// One rank is passed twice. The channels' dimensions come first; the order is that of
// numbers (1). The destination is written to, x is not copied.
//
// CHECK-LABEL: @one_rank
// CHECK-SAME: (%[[X:.*]]: memref<?x3xf32>, %[[K:.*]]: i64, %[[INIT:.*]]: memref<3xf32>) -> memref<3xf32>
func.func @one_rank(%x: tensor<?x3xf32>, %k: i64, %init: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-NOT: memref.copy
  // CHECK: %[[VIEW:.*]] = memref.transpose %[[X]] (d0, d1) -> (d1, d0)
  // CHECK: memref.alloca_scope
  // CHECK: %[[UNRANKED:.*]] = memref.cast %[[VIEW]] : memref<3x?xf32, {{.*}}> to memref<*xf32>
  // CHECK: %[[ORDER:.*]] = arith.constant 1 : i32
  // CHECK: call @quantActOrderStatisticsF32(%[[UNRANKED]], %[[K]], %{{.*}}, %[[K]], %{{.*}}, %[[ORDER]])
  // CHECK: return %[[INIT]]
  %v = quant_act.order_statistics %x channels [1] ranks %k into %init : tensor<?x3xf32>, tensor<3xf32>
  return %v : tensor<3xf32>
}

// Two ranks share a call, a third has its own. Magnitudes after relu (2).
//
// CHECK-LABEL: @three_ranks
// CHECK-SAME: (%[[X:.*]]: memref<3x5xbf16>, %[[A:[a-z0-9]*]]: i64, %[[B:[a-z0-9]*]]: i64, %[[C:[a-z0-9]*]]: i64)
func.func @three_ranks(%x: tensor<3x5xbf16>, %a: i64, %b: i64, %c: i64) -> (tensor<3xbf16>, tensor<3xbf16>, tensor<3xbf16>) {
  // CHECK-NOT: memref.transpose
  // CHECK: arith.constant 2 : i32
  // CHECK: call @quantActOrderStatisticsBF16(%{{.*}}, %[[A]], %{{.*}}, %[[B]], %{{.*}})
  // CHECK: call @quantActOrderStatisticsBF16(%{{.*}}, %[[C]], %{{.*}}, %[[C]], %{{.*}})
  // CHECK-NOT: memref.copy
  %e0 = tensor.empty() : tensor<3xbf16>
  %e1 = tensor.empty() : tensor<3xbf16>
  %e2 = tensor.empty() : tensor<3xbf16>
  %v:3 = quant_act.order_statistics relu magnitudes %x channels [0] ranks %a, %b, %c into %e0, %e1, %e2 : tensor<3x5xbf16>, tensor<3xbf16>, tensor<3xbf16>, tensor<3xbf16>
  return %v#0, %v#1, %v#2 : tensor<3xbf16>, tensor<3xbf16>, tensor<3xbf16>
}
