// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-inline-alloca-scopes))" | FileCheck %s

// A thread's part, with a scope of its own in a loop: that one stays, or the stack
// would grow with each turn.
//
// CHECK-LABEL: @parts
func.func @parts(%x: memref<64xi32>, %from: index, %to: index, %step: index) {
  // CHECK: omp.loop_nest
  // CHECK-NEXT: %[[B:.*]] = memref.alloca() : memref<i32>
  // CHECK: scf.for
  // CHECK-NEXT: memref.alloca_scope
  // CHECK-NEXT: memref.alloca() : memref<2xi32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%from) to (%to) step (%step) {
        memref.alloca_scope {
          %buffer = memref.alloca() : memref<i32>
          %a = memref.load %x[%i] : memref<64xi32>
          memref.store %a, %buffer[] : memref<i32>
          scf.for %j = %from to %to step %step {
            memref.alloca_scope {
              %own = memref.alloca() : memref<2xi32>
              memref.store %a, %own[%j] : memref<2xi32>
            }
          }
        }
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
