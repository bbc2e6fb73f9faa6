// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-promote-small-buffers{max-bytes=1000}))" --split-input-file | FileCheck %s
// RUN: not quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-promote-small-buffers{max-bytes=1073741825}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=MOST
// MOST: error: expects max-bytes to be at most 1073741824, but got 1073741825

// The part on the stack, or what is allocated; each of the two is freed where it
// has to be. Known extents count as well; a product beyond 64 bits is too many.
//
// CHECK-LABEL: func.func @freed_twice(
// CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: index, %[[IS:.*]]: i1
// CHECK: %[[STACK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1000xi8>
// CHECK: %[[MANY:.*]] = arith.constant 1001 : index
// CHECK: %[[BYTES:.*]] = arith.constant 128 : index
// CHECK: %[[ROWS:.*]] = arith.minui %[[N]], %[[MANY]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[BYTES]], %[[ROWS]]
// CHECK: %[[LIMITED:.*]] = arith.minui %[[PRODUCT]], %[[MANY]]
// CHECK: %[[COLUMNS:.*]] = arith.minui %[[M]], %[[MANY]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[LIMITED]], %[[COLUMNS]]
// CHECK: %[[LIMITED:.*]] = arith.minui %[[PRODUCT]], %[[MANY]]
// CHECK: %[[FITS:.*]] = arith.cmpi ult, %[[LIMITED]], %[[MANY]]
// CHECK: %[[PART:.*]] = memref.view %[[STACK]][%{{.*}}][%[[N]], %[[M]]] : memref<1000xi8> to memref<?x16x?xf64>
// CHECK: cf.cond_br %[[FITS]], ^[[REST:.*]](%[[PART]] : memref<?x16x?xf64>), ^[[HEAP:.*]]
// CHECK: ^[[HEAP]]:
// CHECK: %[[ALLOC:.*]] = memref.alloc(%[[N]], %[[M]])
// CHECK: cf.br ^[[REST]](%[[ALLOC]] : memref<?x16x?xf64>)
// CHECK: ^[[REST]](%[[BUFFER:.*]]: memref<?x16x?xf64>):
// CHECK: memref.store %{{.*}}, %[[BUFFER]]
// CHECK: cf.cond_br %[[IS]]
// CHECK: cf.cond_br %[[FITS]], ^[[END:.*]], ^[[FREE:.*]]
// CHECK: ^[[FREE]]:
// CHECK-NEXT: memref.dealloc %[[BUFFER]]
// CHECK-NEXT: cf.br ^[[END]]
// CHECK: ^[[END]]:
// CHECK-NEXT: return
// CHECK: cf.cond_br %[[FITS]], ^[[END:.*]], ^[[FREE:.*]]
// CHECK: ^[[FREE]]:
// CHECK-NEXT: memref.dealloc %[[BUFFER]]
func.func @freed_twice(%n: index, %m: index, %is: i1, %a: f64) {
  %buffer = memref.alloc(%n, %m) {alignment = 64 : i64} : memref<?x16x?xf64>
  %zero = arith.constant 0 : index
  memref.store %a, %buffer[%zero, %zero, %zero] : memref<?x16x?xf64>
  cf.cond_br %is, ^bb1, ^bb2
^bb1:
  memref.dealloc %buffer : memref<?x16x?xf64>
  return
^bb2:
  memref.dealloc %buffer : memref<?x16x?xf64>
  return
}

// -----

// What might still be used when the next one is allocated stays: what is passed on,
// or a view of it, or is not freed. So does what no view of bytes can be.
//
// CHECK-LABEL: func.func @stay(
// CHECK-NOT: memref.alloca(
// CHECK-NOT: memref.view
// CHECK: return
func.func @stay(%n: index) {
  %passed = memref.alloc(%n) : memref<?xf32>
  %viewed = memref.alloc(%n) : memref<?xf32>
  %view = memref.cast %viewed : memref<?xf32> to memref<4xf32>
  cf.br ^bb1(%passed, %view : memref<?xf32>, memref<4xf32>)
^bb1(%last: memref<?xf32>, %part: memref<4xf32>):
  %kept = memref.alloc(%n) : memref<?xf32>
  %known = memref.alloc() : memref<4xf32>
  %turned = memref.alloc(%n) : memref<2x?xf32, affine_map<(d0, d1) -> (d1, d0)>>
  memref.dealloc %turned : memref<2x?xf32, affine_map<(d0, d1) -> (d1, d0)>>
  memref.dealloc %known : memref<4xf32>
  memref.dealloc %passed : memref<?xf32>
  memref.dealloc %viewed : memref<?xf32>
  return
}
