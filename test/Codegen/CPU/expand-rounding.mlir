// What the results are, test/Unit/Exhaustive/ExpansionTest.cpp checks.
//
// RUN: quant-opt %s --quant-act-expand-rounding --quant-act-expand-float16 | FileCheck %s

// CHECK-LABEL: @expanded
// CHECK-NOT: math.{{roundeven|floor|ceil|trunc}}
// CHECK-NOT: arith.{{extf|truncf}} {{.*}}f16
func.func @expanded(%x: vector<8xf32>, %y: f64, %h: vector<4xf16>) -> (vector<8xf32>, f64, vector<4xf16>, vector<4xf64>) {
  %0 = math.roundeven %x : vector<8xf32>
  %1 = math.floor %0 : vector<8xf32>
  %2 = math.ceil %y : f64
  %3 = math.trunc %2 : f64
  %4 = arith.extf %h : vector<4xf16> to vector<4xf32>
  %5 = arith.truncf %4 : vector<4xf32> to vector<4xf16>
  // CHECK: arith.extf %{{.*}} : vector<4xf32> to vector<4xf64>
  %6 = arith.extf %h : vector<4xf16> to vector<4xf64>
  // CHECK: return
  return %1, %3, %5, %6 : vector<8xf32>, f64, vector<4xf16>, vector<4xf64>
}

// Other types stay.
//
// CHECK-LABEL: @others
// CHECK: math.roundeven %{{.*}} : f16
// CHECK: arith.truncf %{{.*}} : f64 to f16
// CHECK: arith.extf %{{.*}} : bf16 to f32
func.func @others(%h: f16, %d: f64, %b: bf16) -> (f16, f16, f32) {
  %0 = math.roundeven %h : f16
  %1 = arith.truncf %d : f64 to f16
  %2 = arith.extf %b : bf16 to f32
  return %0, %1, %2 : f16, f16, f32
}
