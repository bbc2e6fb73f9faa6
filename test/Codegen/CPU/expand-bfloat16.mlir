// RUN: quant-opt %s --quant-act-expand-bfloat16 --split-input-file | FileCheck %s
//
// Nothing is left to expand: a second time changes nothing.
//
// RUN: quant-opt %s --quant-act-expand-bfloat16 --quant-act-expand-bfloat16 --split-input-file | FileCheck %s

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

// No subnormal numbers: an instruction may do it.
//
// CHECK-LABEL: @by_instruction
// CHECK-SAME: (%[[X:.*]]: vector<64xf32>)
func.func @by_instruction(%x: vector<64xf32>) -> vector<64xbf16> {
  // CHECK: %[[Y:.*]] = llvm.fptrunc %[[X]] : vector<64xf32> to vector<64xbf16>
  // CHECK: return %[[Y]]
  %y = arith.truncf %x {quant_act.no_subnormal} : vector<64xf32> to vector<64xbf16>
  return %y : vector<64xbf16>
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

// Whatever holds the values: a scalar, a vector, a tensor, dynamic or of no elements.
//
// CHECK-LABEL: @shapes
func.func @shapes(%a: bf16, %b: vector<2x3xf32>, %c: tensor<?x4xbf16>, %d: tensor<0xf32>) -> (f32, vector<2x3xbf16>, tensor<?x4xf32>, tensor<0xbf16>) {
  // CHECK-NOT: {{arith.(extf|truncf)}}
  // CHECK: return
  %0 = arith.extf %a : bf16 to f32
  %1 = arith.truncf %b : vector<2x3xf32> to vector<2x3xbf16>
  %2 = arith.extf %c : tensor<?x4xbf16> to tensor<?x4xf32>
  %3 = arith.truncf %d : tensor<0xf32> to tensor<0xbf16>
  return %0, %1, %2, %3 : f32, vector<2x3xbf16>, tensor<?x4xf32>, tensor<0xbf16>
}

// -----

// Wherever the conversion stands.
//
// CHECK-LABEL: @nested
func.func @nested(%c: i1, %x: bf16, %y: f32) -> f32 {
  // CHECK: scf.if
  // CHECK-NOT: arith.extf
  // CHECK: arith.shli
  // CHECK: scf.yield
  %r = scf.if %c -> f32 {
    %0 = arith.extf %x : bf16 to f32
    scf.yield %0 : f32
  } else {
    scf.yield %y : f32
  }
  return %r : f32
}

// -----

// Conversions of other types stay, and so does arithmetic on bf16.
//
// CHECK-LABEL: @others
func.func @others(%h: f16, %d: f64, %b: bf16) -> (f32, f32, bf16) {
  // CHECK: arith.extf %{{.*}} : f16 to f32
  %0 = arith.extf %h : f16 to f32
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  %1 = arith.truncf %d : f64 to f32
  // CHECK: arith.addf %{{.*}} : bf16
  %2 = arith.addf %b, %b : bf16
  return %0, %1, %2 : f32, f32, bf16
}

// -----

// Canonicalization leaves f32 out, for which there are integers.
//
// CHECK-LABEL: @leaves_out
func.func @leaves_out(%x: vector<16xbf16>, %n: i64) -> (vector<16xf64>, bf16) {
  // CHECK: %[[WIDE:.*]] = arith.bitcast %{{.*}} : vector<16xi32> to vector<16xf32>
  // CHECK: arith.extf %[[WIDE]] : vector<16xf32> to vector<16xf64>
  // CHECK: arith.sitofp %{{.*}} : i64 to f32
  // CHECK: arith.bitcast %{{.*}} : i16 to bf16
  %y = arith.extf %x : vector<16xbf16> to vector<16xf64>
  %f = arith.sitofp %n : i64 to bf16
  return %y, %f : vector<16xf64>, bf16
}
