// RUN: quant-opt %s --quant-act-export-functions --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-act-export-functions=check-extents=true --split-input-file | FileCheck %s --check-prefix=CHECKED
// RUN: quant-opt %s --quant-act-export-functions --convert-to-llvm --reconcile-unrealized-casts --split-input-file -o /dev/null

// A pointer for each buffer, its dynamic extents after it. The function asks for
// what is not passed: where the results end.
//
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:[a-z0-9]+]]: !llvm.ptr, %[[N:[a-z0-9]+]]: i64, %[[M:[a-z0-9]+]]: i64, %[[S:[a-z0-9]+]]: !llvm.ptr, %[[Y:[a-z0-9]+]]: !llvm.ptr)
// CHECK: %[[EXTENTS:.*]] = llvm.alloca
// CHECK: call @f_result_shapes(%[[X]], %[[N]], %[[M]], %[[S]], %[[EXTENTS]]) : (!llvm.ptr, i64, i64, !llvm.ptr, !llvm.ptr) -> ()
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[EXTENTS]][1]
// CHECK: %[[EXTENT:.*]] = llvm.load %[[AT]]
// CHECK: llvm.insertvalue %[[EXTENT]], %{{.*}}[3, 1]
// CHECK: builtin.unrealized_conversion_cast %{{.*}} to memref<3x?xf32>
// CHECKED-LABEL: func.func @f(
// CHECKED-NOT: cf.assert
func.func @f(%x: memref<?x4x?xf32>, %s: memref<f32>, %y: memref<3x?xf32>) {
  %zero = arith.constant 0 : index
  %a = memref.load %s[] : memref<f32>
  memref.store %a, %y[%zero, %zero] : memref<3x?xf32>
  return
}
// CHECK-LABEL: func.func @f_result_shapes(
// CHECK-SAME: %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: i64, %{{[a-z0-9]+}}: i64, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr)
// CHECKED-LABEL: func.func @f_result_shapes(
// CHECKED: arith.cmpi sge
// CHECKED: cf.assert %{{.*}}, "expects extent 0 of argument 0 not to be negative"
// CHECKED: cf.assert %{{.*}}, "expects extent 2 of argument 0 not to be negative"
func.func @f_result_shapes(%x: memref<?x4x?xf32>, %s: memref<f32>, %extents: memref<?xindex>) {
  %one = arith.constant 1 : index
  %three = arith.constant 3 : index
  memref.store %three, %extents[%one] : memref<?xindex>
  return
}

// -----

// Numbers are passed as they are. What C cannot call, or need not, stays.
//
// CHECK-LABEL: func.func @numbers(
// CHECK-SAME: %{{.*}}: f32, %{{.*}}: !llvm.ptr, %{{.*}}: index)
func.func @numbers(%a: f32, %x: memref<4xf32>, %i: index) {
  memref.store %a, %x[%i] : memref<4xf32>
  return
}
// CHECK: func.func private @hidden(%{{.*}}: memref<4xf32>)
func.func private @hidden(%x: memref<4xf32>) {
  return
}
// CHECK: func.func @gaps(%{{.*}}: memref<4xf32, strided<[2]>>)
func.func @gaps(%x: memref<4xf32, strided<[2]>>) {
  return
}
// CHECK: func.func @returns(%{{.*}}: memref<4xf32>) -> f32
func.func @returns(%x: memref<4xf32>) -> f32 {
  %zero = arith.constant 0 : index
  %a = memref.load %x[%zero] : memref<4xf32>
  return %a : f32
}
