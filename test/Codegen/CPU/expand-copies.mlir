// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(quant-act-expand-copies))' | FileCheck %s

#part = strided<[?, 1], offset: ?>

// CHECK-LABEL: @from_part
// CHECK-NOT: memref.copy
// CHECK: linalg.generic
func.func @from_part(%x: memref<?x3xf32, #part>, %y: memref<?x3xf32>) {
  memref.copy %x, %y : memref<?x3xf32, #part> to memref<?x3xf32>
  return
}

// CHECK-LABEL: @to_part
// CHECK-NOT: memref.copy
// CHECK: linalg.generic
func.func @to_part(%x: memref<?x3xi8>, %y: memref<?x3xi8, #part>) {
  memref.copy %x, %y : memref<?x3xi8> to memref<?x3xi8, #part>
  return
}

// Whole buffers are left to memcpy.
//
// CHECK-LABEL: @whole
// CHECK: memref.copy
// CHECK-NOT: linalg.generic
func.func @whole(%x: memref<?x3xf32>, %y: memref<?x3xf32>) {
  memref.copy %x, %y : memref<?x3xf32> to memref<?x3xf32>
  return
}
