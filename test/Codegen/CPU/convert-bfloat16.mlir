// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-convert-bfloat16{min-elements=0}))" --split-input-file | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-convert-bfloat16{min-elements=193}))" --split-input-file | FileCheck %s --check-prefix=FEW --implicit-check-not=quant_act.no_subnormal
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-convert-bfloat16{min-elements=0},quant-act-replace-divisions{min-elements=0}))" --split-input-file | FileCheck %s --check-prefix=BOTH
// RUN: not quant-opt %s --pass-pipeline="builtin.module(any(quant-act-convert-bfloat16{min-elements=-1}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: expects min-elements not to be negative, but got -1

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Scales are checked once. Where one is subnormal, nothing is converted by an
// instruction, and other passes make no versions.
//
// CHECK-LABEL: @scaled
// CHECK-SAME: (%{{.*}}: memref<3x64xbf16>, %[[S:.*]]: memref<3xbf16>,
// FEW-LABEL: @scaled
// FEW: linalg.generic
// FEW-NOT: linalg.generic
// BOTH-LABEL: @scaled
func.func @scaled(%x: memref<3x64xbf16>, %s: memref<3xbf16>, %y: memref<3x64xbf16>) {
  // CHECK: %[[FLAG:.*]] = memref.alloca() {{.*}} : memref<i32>
  // CHECK: linalg.generic {{.*}} ins(%[[S]] : memref<3xbf16>) outs(%[[FLAG]] : memref<i32>)
  // CHECK: %[[SIZE:.*]] = math.absf
  // CHECK: %[[IS_ZERO:.*]] = arith.cmpf oeq, %[[SIZE]]
  // CHECK: %[[LEAST:.*]] = arith.constant 1.17549435E-38 : f32
  // CHECK: %[[IS_NORMAL:.*]] = arith.cmpf uge, %[[SIZE]], %[[LEAST]]
  // CHECK: arith.ori %[[IS_NORMAL]], %[[IS_ZERO]]
  // CHECK: scf.if
  // CHECK: arith.truncf %{{.*}} : f32 to bf16
  // CHECK: %[[PRODUCT:.*]] = arith.mulf
  // CHECK: arith.truncf %[[PRODUCT]] {quant_act.no_subnormal} : f32 to bf16
  // CHECK: } else {
  // CHECK: linalg.generic {{.*}} attrs = {quant_act.seldom_runs}
  // CHECK-NOT: no_subnormal
  // CHECK: return
  //
  // BOTH: scf.if
  // BOTH: math.fma
  // BOTH: } else {
  // BOTH: no_subnormal
  // BOTH: seldom_runs
  // BOTH-NOT: math.fma
  // BOTH: return
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x64xbf16>, memref<3xbf16>) outs(%y : memref<3x64xbf16>) {
  ^bb0(%a: bf16, %b: bf16, %o: bf16):
    %most = arith.constant 127.0 : f32
    %wide = arith.extf %a : bf16 to f32
    %scale = arith.extf %b : bf16 to f32
    %q = arith.divf %wide, %scale {quant_act.rounded} : f32
    %narrow = arith.truncf %q : f32 to bf16
    %u = arith.extf %narrow : bf16 to f32
    %r = math.roundeven %u : f32
    %over = arith.cmpf ogt, %r, %most : f32
    %code = arith.select %over, %most, %r : f32
    %m = arith.mulf %code, %scale : f32
    %n = arith.truncf %m : f32 to bf16
    linalg.yield %n : bf16
  }
  return
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Products of what is no integer, or of two elements, or of what is bounded by no
// integer, can be subnormal; conversions to f16 have no such instruction.
//
// CHECK-LABEL: @others
// CHECK-NOT: no_subnormal
// FEW-LABEL: @others
// BOTH-LABEL: @others
func.func @others(%x: memref<3x64xbf16>, %s: memref<3xbf16>, %y: memref<3x64xbf16>, %h: memref<3x64xf16>) {
  linalg.generic {indexing_maps = [#x, #c, #x, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x64xbf16>, memref<3xbf16>) outs(%y, %h : memref<3x64xbf16>, memref<3x64xf16>) {
  ^bb0(%a: bf16, %b: bf16, %o: bf16, %p: f16):
    %low = arith.constant 0.5 : f32
    %wide = arith.extf %a : bf16 to f32
    %scale = arith.extf %b : bf16 to f32
    %r = math.roundeven %wide : f32
    %under = arith.cmpf olt, %r, %low : f32
    %limited = arith.select %under, %low, %r : f32
    %0 = arith.mulf %wide, %scale : f32
    %1 = arith.truncf %0 : f32 to bf16
    %2 = arith.mulf %r, %wide : f32
    %3 = arith.truncf %2 : f32 to bf16
    %4 = arith.mulf %limited, %scale : f32
    %5 = arith.truncf %4 : f32 to bf16
    %6 = arith.mulf %r, %scale : f32
    %7 = arith.truncf %6 : f32 to f16
    %8 = arith.addf %1, %3 : bf16
    %9 = arith.addf %8, %5 : bf16
    linalg.yield %9, %7 : bf16, f16
  }
  return
}

// -----

#x = affine_map<(c, i) -> (c, i)>

// The scale differs from row to row without a parameter that does: not all are
// looked through.
//
// CHECK-LABEL: @indexed
// CHECK-NOT: no_subnormal
// FEW-LABEL: @indexed
// BOTH-LABEL: @indexed
func.func @indexed(%x: memref<3x64xbf16>, %y: memref<3x64xbf16>) {
  linalg.generic {indexing_maps = [#x, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<3x64xbf16>) outs(%y : memref<3x64xbf16>) {
  ^bb0(%a: bf16, %o: bf16):
    %wide = arith.extf %a : bf16 to f32
    %r = math.roundeven %wide : f32
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %row = arith.sitofp %j : i32 to f32
    %m = arith.mulf %r, %row : f32
    %n = arith.truncf %m : f32 to bf16
    linalg.yield %n : bf16
  }
  return
}
