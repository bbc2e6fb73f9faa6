// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions))" --split-input-file | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions{min-elements=193}))" --split-input-file | FileCheck %s --check-prefix=FEW --implicit-check-not=math.fma
// FEW-LABEL: @any
// FEW: arith.divf
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions{divides-fast=true}))" --split-input-file | FileCheck %s --check-prefix=FAST
// RUN: not quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions{min-elements=-1}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: expects min-elements not to be negative, but got -1

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Any rounding: the scale's size is checked, and what is added to quotients; where
// the corrected quotient is NaN, the estimate is it.
//
// CHECK-LABEL: @any
// CHECK-SAME: (%[[X:.*]]: memref<3x8xf32>, %[[S:.*]]: memref<3xf32>, %[[Z:.*]]: memref<3xf32>,
func.func @any(%x: memref<3x8xf32>, %s: memref<3xf32>, %z: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK: %[[WRONG:.*]] = memref.alloca() {{.*}} : memref<i32>
  // CHECK: memref.store %{{.*}}, %[[WRONG]][]
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]
  // CHECK-SAME: ins(%[[S]], %[[Z]] : {{.*}}) outs(%[[WRONG]] :
  // CHECK: ^bb0(%[[SI:.*]]: f32, %[[ZI:.*]]: f32, %{{.*}}: i32):
  // CHECK: %[[ZERO:.*]] = arith.cmpf oeq, %[[ZI]], %{{.*}}
  // CHECK: math.absf %[[ZI]]
  // CHECK: %[[NOT:.*]] = arith.xori %[[ZERO]]
  // CHECK: %[[SIZE:.*]] = math.absf %[[SI]]
  // CHECK-DAG: arith.cmpf oge, %[[SIZE]], %{{.*}}
  // CHECK-DAG: arith.cmpf ole, %[[SIZE]], %{{.*}}
  // Where 0 is added, the scale is at most 1.
  // CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00
  // CHECK: %[[UP:.*]] = arith.cmpf ole, %[[SIZE]], %[[ONE]]
  // CHECK: arith.ori %[[NOT]], %[[UP]]
  // CHECK: %[[FOUND:.*]] = memref.load %[[WRONG]][]
  // CHECK: %[[ALL:.*]] = arith.cmpi eq, %[[FOUND]],
  // CHECK: scf.if %[[ALL]] {
  // CHECK: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %{{.*}}: f32):
  // CHECK: %[[R:.*]] = arith.divf %{{.*}}, %[[M:.*]] : f32
  // CHECK: %[[Q0:.*]] = arith.mulf %[[A]], %[[R]]
  // CHECK: %[[MINUS:.*]] = arith.negf %[[M]]
  // CHECK: %[[E:.*]] = math.fma %[[Q0]], %[[MINUS]], %[[A]]
  // CHECK: %[[Q1:.*]] = math.fma %[[E]], %[[R]], %[[Q0]]
  // CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[Q1]], %[[Q1]]
  // CHECK: %[[Q:.*]] = arith.select %[[NAN]], %[[Q0]], %[[Q1]]
  // CHECK: %[[U:.*]] = math.fma %[[Q]], %{{.*}}, %[[C]]
  // CHECK: math.floor %[[U]]
  // CHECK: } else {
  // CHECK: arith.divf %{{.*}} {quant_act.rounded}
  linalg.generic {indexing_maps = [#id, #c, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s, %z : memref<3x8xf32>, memref<3xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %c : f32
    %r = math.floor %u : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Half to even and then limited, by a lowest code that is not 0: x is limited
// instead. The bounds are small integers and nothing is added: a reciprocal of two
// words will do.
//
// CHECK-LABEL: @limited
// FAST-LABEL: @limited
// FAST: math.fma
func.func @limited(%x: memref<3x64xf32>, %s: memref<3xf32>, %y: memref<3x64xf32>) {
  // CHECK: linalg.generic
  // CHECK-NOT: arith.divf
  // CHECK: scf.if
  // CHECK: ^bb0(%[[A:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
  // CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %[[A]], %[[HIGH:.*]] : f32
  // CHECK: %[[A1:.*]] = arith.select %[[ABOVE]], %[[HIGH]], %[[A]]
  // CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[A1]], %[[LOW:.*]] : f32
  // CHECK: %[[A2:.*]] = arith.select %[[BELOW]], %[[LOW]], %[[A1]]
  // CHECK: %[[R:.*]] = arith.divf %{{.*}}, %[[S]]
  // CHECK: %[[MINUS:.*]] = arith.negf %[[R]]
  // CHECK: %[[REST:.*]] = math.fma %[[MINUS]], %[[S]], %{{.*}}
  // CHECK: %[[T:.*]] = arith.divf %[[REST]], %[[S]]
  // CHECK: %[[SMALL:.*]] = math.fma %[[A2]], %[[T]], %{{.*}}
  // CHECK: %[[Q:.*]] = math.fma %[[A2]], %[[R]], %[[SMALL]]
  // CHECK: %[[CODE:.*]] = math.roundeven %[[Q]]
  // CHECK: arith.mulf %[[CODE]], %[[S]]
  // CHECK: } else {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -127.0 : f32
  %high = arith.constant 127.0 : f32
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x64xf32>, memref<3xf32>) outs(%y : memref<3x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %zero : f32
    %r = math.roundeven %u : f32
    %above = arith.cmpf ogt, %r, %high : f32
    %l = arith.select %above, %high, %r : f32
    %below = arith.cmpf olt, %l, %low : f32
    %code = arith.select %below, %low, %l : f32
    %m = arith.mulf %code, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// With a zero point: the numbers of both bounds become these codes.
//
// CHECK-LABEL: @limited_zero_point
// FAST-LABEL: @limited_zero_point
// FAST-NOT: math.fma
func.func @limited_zero_point(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK-COUNT-2: arith.cmpf oeq
  // CHECK: scf.if
  // CHECK: arith.mulf
  // CHECK: math.fma
  // CHECK-NOT: arith.cmpf uno
  // CHECK: %[[CODE:.*]] = math.roundeven
  // CHECK-NEXT: arith.mulf %[[CODE]]
  // CHECK: } else {
  %zero_point = arith.constant 3.0 : f32
  %low = arith.constant -127.0 : f32
  %high = arith.constant 127.0 : f32
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x8xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %zero_point : f32
    %r = math.roundeven %u : f32
    %above = arith.cmpf ogt, %r, %high : f32
    %l = arith.select %above, %high, %r : f32
    %below = arith.cmpf olt, %l, %low : f32
    %code = arith.select %below, %low, %l : f32
    %m = arith.mulf %code, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Where divisions are fast they stay if each element of a row has its own scale.
//
// CHECK-LABEL: @channel_last
// CHECK: math.fma
// FAST-LABEL: @channel_last
// FAST-NOT: math.fma
func.func @channel_last(%x: memref<8x3xf32>, %s: memref<3xf32>, %y: memref<8x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -8.0 : f32
  %high = arith.constant 7.0 : f32
  linalg.generic {
      indexing_maps = [#id, affine_map<(i, c) -> (c)>, #id],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<8x3xf32>, memref<3xf32>) outs(%y : memref<8x3xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %zero : f32
    %r = math.roundeven %u : f32
    %above = arith.cmpf ogt, %r, %high : f32
    %l = arith.select %above, %high, %r : f32
    %below = arith.cmpf olt, %l, %low : f32
    %code = arith.select %below, %low, %l : f32
    linalg.yield %code : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// A lowest code of 0: codes of -0 stay, so that the limit applies to the code, too.
//
// CHECK-LABEL: @lowest_zero
// FAST-LABEL: @lowest_zero
func.func @lowest_zero(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK: scf.if
  // CHECK: math.roundeven
  // CHECK-NEXT: %[[BELOW:.*]] = arith.cmpf olt
  // CHECK-NEXT: arith.select %[[BELOW]]
  // CHECK: } else {
  %zero = arith.constant 0.0 : f32
  %high = arith.constant 255.0 : f32
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x8xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %zero : f32
    %r = math.roundeven %u : f32
    %above = arith.cmpf ogt, %r, %high : f32
    %l = arith.select %above, %high, %r : f32
    %below = arith.cmpf olt, %l, %zero : f32
    %code = arith.select %below, %zero, %l : f32
    %m = arith.mulf %code, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Constants that are added are checked, too: 0.5 is fine, 1e-20 is not.
//
// CHECK-LABEL: @constant_summands
func.func @constant_summands(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK: %[[NEVER:.*]] = arith.constant false
  // CHECK: linalg.generic
  // CHECK: arith.xori %[[NEVER]], %{{.*}} : i1
  // CHECK: scf.if
  %half = arith.constant 0.5 : f32
  %tiny = arith.constant 1.0e-20 : f32
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x8xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b {quant_act.rounded} : f32
    %u = arith.addf %q, %tiny : f32
    %v = arith.addf %u, %half : f32
    %r = math.floor %v : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Divisions stay where all of the quotient counts, in f64, and by elements.
//
// CHECK-LABEL: @others
func.func @others(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>, %t: memref<3xf64>, %w: memref<3x8xf64>) {
  // CHECK-NOT: scf.if
  // CHECK-COUNT-3: arith.divf
  // CHECK-NOT: math.fma
  // CHECK: return
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x8xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b : f32
    %r = arith.divf %b, %a {quant_act.rounded} : f32
    %u = arith.addf %q, %r : f32
    linalg.yield %u : f32
  }
  linalg.generic {indexing_maps = [#c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t : memref<3xf64>) outs(%w : memref<3x8xf64>) {
  ^bb0(%b: f64, %o: f64):
    %q = arith.divf %o, %b {quant_act.rounded} : f64
    linalg.yield %q : f64
  }
  return
}
