// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-promote-small-buffers{stack-bytes=1000}))" --split-input-file | FileCheck %s
// RUN: not quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-promote-small-buffers{stack-bytes=16777217}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=MOST
// MOST: error: expects stack-bytes to be at most 16777216, but got 16777217

// A view of the stack, or what is allocated; it is freed where that has to be done.
// Known extents count as well; a product beyond 64 bits is too many.
//
// CHECK-LABEL: func.func @freed_twice(
// CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: index, %[[IS:.*]]: i1
// CHECK-DAG: %[[STACK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1000xi8>
// CHECK-DAG: %[[MANY:.*]] = arith.constant 1001 : index
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[DOUBLE:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[ROW:.*]] = arith.constant 16 : index
// CHECK: %[[ROWS:.*]] = arith.minui %[[N]], %[[MANY]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[ROWS]], %[[DOUBLE]]
// CHECK: %[[LIMITED:.*]] = arith.minui %[[PRODUCT]], %[[MANY]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[LIMITED]], %[[ROW]]
// CHECK: %[[LIMITED:.*]] = arith.minui %[[PRODUCT]], %[[MANY]]
// CHECK: %[[COLUMNS:.*]] = arith.minui %[[M]], %[[MANY]]
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[LIMITED]], %[[COLUMNS]]
// CHECK: %[[LIMITED:.*]] = arith.minui %[[PRODUCT]], %[[MANY]]
// CHECK: %[[FITS:.*]] = arith.cmpi ult, %[[LIMITED]], %[[MANY]]
// CHECK: %[[VIEW:.*]] = memref.view %[[STACK]][%[[ZERO]]][%[[N]], %[[M]]] : memref<1000xi8> to memref<?x16x?xf64>
// CHECK: cf.cond_br %[[FITS]], ^[[REST:.*]](%[[VIEW]] : memref<?x16x?xf64>), ^[[HEAP:.*]]
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

// Each begins with the line where the one before it ends: what is used on one way only
// has the same place as what is used on the other, and behind. Known sizes need no
// branch; what is too large takes no place.
//
// CHECK-LABEL: func.func @one_behind_the_other(
// CHECK-SAME: %[[N:.*]]: index
// CHECK: %[[STACK:.*]] = memref.alloca()
// CHECK: memref.view %[[STACK]][%c0{{.*}}][] : memref<1000xi8> to memref<33xf32>
// CHECK: %[[END:.*]] = arith.addi %{{.*}}, %c192
// CHECK: %[[FITS:.*]] = arith.cmpi ult, %[[END]]
// CHECK: %[[SUM:.*]] = arith.addi %[[END]], %c63
// CHECK: %[[LINE:.*]] = arith.andi %[[SUM]], %c-64
// CHECK: %[[NEXT:.*]] = arith.select %[[FITS]], %[[LINE]], %c192
// CHECK: memref.view %[[STACK]][%c192{{.*}}][%[[N]]]
// CHECK: arith.addi %[[NEXT]], %c8
// CHECK: memref.view %[[STACK]][%[[NEXT]]][] : memref<1000xi8> to memref<2xf32>
// CHECK: arith.addi %[[NEXT]], %c12
// CHECK: memref.view %[[STACK]][%[[NEXT]]][] : memref<1000xi8> to memref<3xf32>
// CHECK: arith.addi %[[NEXT]], %c16
// CHECK: memref.view %[[STACK]][%[[NEXT]]][] : memref<1000xi8> to memref<4xf32>
func.func @one_behind_the_other(%n: index, %is: i1) {
  %large = memref.alloc() : memref<1001xi8>
  memref.dealloc %large : memref<1001xi8>
  %known = memref.alloc() : memref<33xf32>
  %unknown = memref.alloc(%n) : memref<?xf32>
  cf.cond_br %is, ^bb1, ^bb2
^bb1:
  %one = memref.alloc() : memref<2xf32>
  memref.dealloc %one : memref<2xf32>
  cf.br ^bb3
^bb2:
  %other = memref.alloc() : memref<3xf32>
  memref.dealloc %other : memref<3xf32>
  cf.br ^bb3
^bb3:
  %last = memref.alloc() : memref<4xf32>
  memref.dealloc %last : memref<4xf32>
  memref.dealloc %unknown : memref<?xf32>
  memref.dealloc %known : memref<33xf32>
  return
}

// -----

// What might still be used when the next one is allocated stays: what is passed on,
// or a view of it, or is not freed, or elsewhere. So does what no view of bytes can be,
// or is too large.
//
// CHECK-LABEL: func.func @stay(
// CHECK-NOT: memref.alloca(
// CHECK-NOT: memref.view
// CHECK: return
func.func @stay(%n: index, %is: i1) {
  %passed = memref.alloc(%n) : memref<?xf32>
  %viewed = memref.alloc(%n) : memref<?xf32>
  %view = memref.cast %viewed : memref<?xf32> to memref<4xf32>
  cf.br ^bb1(%passed, %view : memref<?xf32>, memref<4xf32>)
^bb1(%last: memref<?xf32>, %part: memref<4xf32>):
  %kept = memref.alloc(%n) : memref<?xf32>
  %nested = memref.alloc(%n) : memref<?xf32>
  scf.if %is {
    memref.dealloc %nested : memref<?xf32>
  }
  %turned = memref.alloc(%n) : memref<2x?xf32, affine_map<(d0, d1) -> (d1, d0)>>
  %odd = memref.alloc(%n) : memref<?xi24>
  %aligned = memref.alloc(%n) {alignment = 128 : i64} : memref<?xf32>
  %large = memref.alloc() : memref<1001xi8>
  memref.dealloc %large : memref<1001xi8>
  memref.dealloc %aligned : memref<?xf32>
  memref.dealloc %odd : memref<?xi24>
  memref.dealloc %turned : memref<2x?xf32, affine_map<(d0, d1) -> (d1, d0)>>
  memref.dealloc %passed : memref<?xf32>
  memref.dealloc %viewed : memref<?xf32>
  return
}

// -----

// What is freed as a view, too, would be freed there on the stack.
//
// CHECK-LABEL: func.func @freed_as_view(
// CHECK-NOT: memref.alloca(
// CHECK-NOT: memref.view
// CHECK: return
// CHECK: return
func.func @freed_as_view(%n: index, %is: i1) {
  %buffer = memref.alloc(%n) : memref<?xf32>
  %view = memref.cast %buffer : memref<?xf32> to memref<4xf32>
  cf.cond_br %is, ^bb1, ^bb2
^bb1:
  memref.dealloc %buffer : memref<?xf32>
  return
^bb2:
  memref.dealloc %view : memref<4xf32>
  return
}

// -----

// In a loop, a buffer has the same place each time, behind what was there before it.
//
// CHECK-LABEL: func.func @loop(
// CHECK: %[[STACK:.*]] = memref.alloca()
// CHECK: memref.view %[[STACK]][%c0{{.*}}][] : memref<1000xi8> to memref<2xf32>
// CHECK: memref.view %[[STACK]][%c64{{.*}}][%{{.*}}] : memref<1000xi8> to memref<?xf32>
// CHECK: memref.view %[[STACK]][%c64{{.*}}][] : memref<1000xi8> to memref<4xf32>
func.func @loop(%n: index, %is: i1) {
  %before = memref.alloc() : memref<2xf32>
  cf.br ^bb1
^bb1:
  cf.cond_br %is, ^bb2, ^bb3
^bb2:
  %again = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %again : memref<?xf32>
  cf.br ^bb1
^bb3:
  %behind = memref.alloc() : memref<4xf32>
  memref.dealloc %behind : memref<4xf32>
  memref.dealloc %before : memref<2xf32>
  return
}
