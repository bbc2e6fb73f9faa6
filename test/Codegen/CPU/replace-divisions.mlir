// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions))" --split-input-file | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-replace-divisions{min-elements=25}))" --split-input-file | FileCheck %s --check-prefix=FEW --implicit-check-not=math.fma
// FEW-LABEL: @any
// FEW: arith.divf
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
  // CHECK: %[[ALL:.*]] = scf.for %[[I:.*]] = %{{.*}} to %c3
  // CHECK: %[[SI:.*]] = memref.load %[[S]][%[[I]]]
  // CHECK: %[[ZI:.*]] = memref.load %[[Z]][%[[I]]]
  // CHECK: %[[SIZE:.*]] = math.absf %[[SI]]
  // CHECK-DAG: arith.cmpf oge, %[[SIZE]], %{{.*}}
  // CHECK-DAG: arith.cmpf ole, %[[SIZE]], %{{.*}}
  // CHECK: math.absf %[[ZI]]
  // CHECK: arith.ori
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
// instead.
//
// CHECK-LABEL: @limited
func.func @limited(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK: scf.for
  // The numbers of both codes become these codes.
  // CHECK-COUNT-2: arith.cmpf oeq
  // CHECK: scf.if
  // CHECK: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32):
  // CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %[[A]], %[[HIGH:.*]] : f32
  // CHECK: %[[A1:.*]] = arith.select %[[ABOVE]], %[[HIGH]], %[[A]]
  // CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[A1]], %[[LOW:.*]] : f32
  // CHECK: %[[A2:.*]] = arith.select %[[BELOW]], %[[LOW]], %[[A1]]
  // CHECK: arith.mulf %[[A2]],
  // CHECK-NOT: arith.cmpf uno
  // CHECK: %[[CODE:.*]] = math.roundeven
  // CHECK: arith.mulf %[[CODE]]
  // CHECK: } else {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -127.0 : f32
  %high = arith.constant 127.0 : f32
  linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x8xf32>, memref<3xf32>) outs(%y : memref<3x8xf32>) {
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

// A lowest code of 0: codes of -0 stay, so that the limit applies to the code, too.
//
// CHECK-LABEL: @lowest_zero
func.func @lowest_zero(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK: scf.for
  // CHECK: arith.cmpf oeq
  // CHECK: arith.cmpf olt
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

// Constants are checked, too, unless it is plain that they are fine: 0.5 is, 1e-20
// is not.
//
// CHECK-LABEL: @constant_summands
func.func @constant_summands(%x: memref<3x8xf32>, %s: memref<3xf32>, %y: memref<3x8xf32>) {
  // CHECK-DAG: %[[TINY:.*]] = arith.constant 9.99999968E-21 : f32
  // CHECK: scf.for
  // CHECK: math.absf %{{.*}} : f32
  // CHECK: math.absf %[[TINY]] : f32
  // CHECK-NOT: math.absf
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
