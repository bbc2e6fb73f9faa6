// RUN: quant-opt %s --quant-act-return-errors --split-input-file | FileCheck %s

// Each buffer that is there, and freed later, is freed where the function ends
// early; one that has been freed, or that another path frees, is not.
//
// CHECK: llvm.mlir.global private constant @[[$WRONG:.*]]("wrong\00")
// CHECK-LABEL: func.func @buffers(
// CHECK-SAME: ) -> !llvm.ptr
// CHECK: %[[FIRST:.*]] = memref.alloc
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[NOFIRST:bb[0-9]+]]
// CHECK: memref.dealloc %[[FIRST]]
// CHECK: %[[SECOND:.*]] = memref.alloc
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[NOSECOND:bb[0-9]+]]
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[ASSERTION:bb[0-9]+]]
// CHECK: %[[NULL:.*]] = llvm.mlir.zero
// CHECK-NEXT: return %[[NULL]]
// CHECK: ^[[NOFIRST]]:
// CHECK-NEXT: llvm.mlir.addressof
// CHECK-NEXT: return
// CHECK: ^[[NOSECOND]]:
// CHECK-NEXT: llvm.mlir.addressof
// CHECK-NEXT: return
// CHECK: ^[[ASSERTION]]:
// CHECK-NEXT: memref.dealloc %[[SECOND]]
// CHECK-NEXT: %[[MESSAGE:.*]] = llvm.mlir.addressof @[[$WRONG]]
// CHECK-NEXT: return %[[MESSAGE]]
func.func @buffers(%isFine: i1) {
  %first = memref.alloc() : memref<4xf32>
  memref.dealloc %first : memref<4xf32>
  %second = memref.alloc() : memref<4xf32>
  cf.assert %isFine, "wrong"
  memref.dealloc %second : memref<4xf32>
  return
}

// -----

// Messages are shared; calls pass them on. Memory of the stack comes first.
//
// CHECK-COUNT-1: llvm.mlir.global
// CHECK-NOT: llvm.mlir.global
// CHECK-LABEL: func.func @callee(
// CHECK-NEXT: memref.alloca
// CHECK-NEXT: cf.cond_br
func.func @callee(%a: i1, %b: i1) {
  cf.assert %a, "wrong"
  cf.assert %b, "wrong"
  %stack = memref.alloca() : memref<4xf32>
  return
}
// CHECK-LABEL: func.func @caller(
// CHECK: %[[ERROR:.*]] = call @callee({{.*}}) : (i1, i1) -> !llvm.ptr
// CHECK: %[[IS_FINE:.*]] = llvm.icmp "eq" %[[ERROR]]
// CHECK: cf.cond_br %[[IS_FINE]], ^{{.*}}, ^[[END:bb[0-9]+]]
// CHECK: ^[[END]]:
// CHECK-NEXT: return %[[ERROR]]
func.func @caller(%a: i1) {
  call @callee(%a, %a) : (i1, i1) -> ()
  return
}
// CHECK: func.func private @external(i1)
func.func private @external(%a: i1)
// CHECK: func.func @number() -> f32
func.func @number() -> f32 {
  %zero = arith.constant 0.0 : f32
  return %zero : f32
}
