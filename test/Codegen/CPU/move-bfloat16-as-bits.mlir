// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline='builtin.module(llvm.func(quant-act-move-bfloat16-as-bits))' | FileCheck %s

// Everything that moves: constants keep their bits, 1.5 is 0x3FC0.
//
// CHECK-LABEL: @moves
// CHECK-NOT: bf16
llvm.func @moves(%p: !llvm.ptr, %q: !llvm.ptr, %i: i64, %c: i1) {
  // CHECK: llvm.mlir.constant(16320 : i16) : i16
  %k = llvm.mlir.constant(1.5 : bf16) : bf16
  // CHECK: llvm.mlir.constant(dense<[16320, -32768]> : vector<2xi16>) : vector<2xi16>
  %d = llvm.mlir.constant(dense<[1.5, -0.0]> : vector<2xbf16>) : vector<2xbf16>
  // CHECK: llvm.alloca %{{.*}} x i16
  %a = llvm.alloca %i x bf16 : (i64) -> !llvm.ptr
  // CHECK: llvm.getelementptr %{{.*}} : (!llvm.ptr, i64) -> !llvm.ptr, i16
  %g = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, bf16
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> i16
  %0 = llvm.load %g : !llvm.ptr -> bf16
  // CHECK: llvm.select %{{.*}} : i1, i16
  %1 = llvm.select %c, %0, %k : i1, bf16
  // CHECK: llvm.insertelement %{{.*}} : vector<2xi16>
  %2 = llvm.insertelement %1, %d[%i : i64] : vector<2xbf16>
  llvm.br ^next(%2 : vector<2xbf16>)
// CHECK: ^bb1(%{{.*}}: vector<2xi16>):
^next(%3: vector<2xbf16>):
  // CHECK: llvm.bitcast %{{.*}} : vector<2xi16> to i32
  %4 = llvm.bitcast %3 : vector<2xbf16> to i32
  llvm.store %4, %a : i32, !llvm.ptr
  // CHECK: llvm.store %{{.*}} : vector<2xi16>
  llvm.store %3, %q : vector<2xbf16>, !llvm.ptr
  llvm.return
}

// The bits of what an instruction rounds are taken.
//
// CHECK-LABEL: @rounds
llvm.func @rounds(%x: vector<16xf32>, %p: !llvm.ptr) {
  // CHECK: %[[ROUNDED:.*]] = llvm.fptrunc %{{.*}} : vector<16xf32> to vector<16xbf16>
  // CHECK: %[[BITS:.*]] = llvm.bitcast %[[ROUNDED]] : vector<16xbf16> to vector<16xi16>
  // CHECK: llvm.store %[[BITS]], %{{.*}} : vector<16xi16>
  %0 = llvm.fptrunc %x : vector<16xf32> to vector<16xbf16>
  llvm.store %0, %p : vector<16xbf16>, !llvm.ptr
  llvm.return
}

// Other types stay.
//
// CHECK-LABEL: @others
llvm.func @others(%p: !llvm.ptr) {
  // CHECK: llvm.load %{{.*}} -> f16
  %0 = llvm.load %p : !llvm.ptr -> f16
  // CHECK: llvm.fadd %{{.*}} : f16
  %1 = llvm.fadd %0, %0 : f16
  llvm.store %1, %p : f16, !llvm.ptr
  llvm.return
}

// Arithmetic needs the number: all of the function stays.
//
// CHECK-LABEL: @arithmetic
llvm.func @arithmetic(%p: !llvm.ptr, %q: !llvm.ptr) {
  // CHECK: llvm.load %{{.*}} -> bf16
  %0 = llvm.load %p : !llvm.ptr -> bf16
  llvm.store %0, %q : bf16, !llvm.ptr
  // CHECK: llvm.fadd %{{.*}} : bf16
  %1 = llvm.load %p : !llvm.ptr -> bf16
  %2 = llvm.fadd %1, %1 : bf16
  llvm.store %2, %p : bf16, !llvm.ptr
  llvm.return
}

// A caller passes a bf16 in another register than an i16.
//
// CHECK-LABEL: @argument
// CHECK-SAME: bf16
llvm.func @argument(%x: bf16, %p: !llvm.ptr) {
  // CHECK: llvm.store %{{.*}} : bf16
  llvm.store %x, %p : bf16, !llvm.ptr
  llvm.return
}
