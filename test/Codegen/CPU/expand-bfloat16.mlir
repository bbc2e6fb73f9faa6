// RUN: quant-opt %s --quant-act-expand-bfloat16 --split-input-file | FileCheck %s

// The 16 bits become the upper half of 32.
//
// CHECK-LABEL: @extend
// CHECK-SAME: (%[[X:.*]]: vector<64xbf16>)
func.func @extend(%x: vector<64xbf16>) -> vector<64xf32> {
  // CHECK-DAG: %[[SHIFT:.*]] = arith.constant dense<16> : vector<64xi32>
  // CHECK-DAG: %[[BITS:.*]] = arith.bitcast %[[X]] : vector<64xbf16> to vector<64xi16>
  // CHECK: %[[WIDE:.*]] = arith.extui %[[BITS]] : vector<64xi16> to vector<64xi32>
  // CHECK: %[[UP:.*]] = arith.shli %[[WIDE]], %[[SHIFT]]
  // CHECK: %[[Y:.*]] = arith.bitcast %[[UP]] : vector<64xi32> to vector<64xf32>
  // CHECK: return %[[Y]]
  %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
  return %y : vector<64xf32>
}

// -----

// Rounded to nearest even, NaN kept, by integers alone.
//
// CHECK-LABEL: @truncate
func.func @truncate(%x: f32) -> bf16 {
  // CHECK-NOT: arith.truncf
  // CHECK: arith.bitcast %{{.*}} : f32 to i32
  // CHECK: arith.addi
  // CHECK: arith.shrui
  // CHECK: arith.bitcast %{{.*}} : i16 to bf16
  // CHECK-NOT: arith.truncf
  // CHECK: return
  %y = arith.truncf %x : f32 to bf16
  return %y : bf16
}

// -----

// Conversions of other types stay.
//
// CHECK-LABEL: @others
func.func @others(%h: f16, %d: f64) -> (f32, f32) {
  // CHECK: arith.extf %{{.*}} : f16 to f32
  %0 = arith.extf %h : f16 to f32
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  %1 = arith.truncf %d : f64 to f32
  return %0, %1 : f32, f32
}
