// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-fuse-siblings),cse)" --split-input-file | FileCheck %s

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// What lies between the two ops, and uses the first, stays behind the fused one.
//
// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: @between
// CHECK-SAME: (%[[X:.*]]: tensor<3x?xi32>, %[[SUMS:.*]]: tensor<3xi32>)
func.func @between(%x: tensor<3x?xi32>, %sums: tensor<3xi32>) -> (i32, tensor<3x?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[N:.*]] = tensor.dim %[[X]]
  // CHECK: %[[EMPTY:.*]] = tensor.empty(%[[N]])
  // CHECK: %[[R:.*]]:2 = linalg.generic {indexing_maps = [#[[$ID]], #[[$C]], #[[$ID]]], iterator_types = ["parallel", "reduction"]}
  // CHECK-SAME: ins(%[[X]] : tensor<3x?xi32>) outs(%[[SUMS]], %[[EMPTY]]
  // CHECK: %[[SQUARE:.*]] = arith.muli
  // CHECK-NOT: arith.muli
  // CHECK: %[[NEXT:.*]] = arith.addi %{{.*}}, %[[SQUARE]]
  // CHECK: linalg.yield %[[NEXT]], %[[SQUARE]]
  // CHECK: tensor.extract %[[R]]#0
  %s = linalg.generic {indexing_maps = [#id, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x?xi32>) outs(%sums : tensor<3xi32>) {
  ^bb0(%a: i32, %sum: i32):
    %square = arith.muli %a, %a : i32
    %next = arith.addi %sum, %square : i32
    linalg.yield %next : i32
  } -> tensor<3xi32>
  %first = tensor.extract %s[%c0] : tensor<3xi32>
  %n = tensor.dim %x, %c1 : tensor<3x?xi32>
  %empty = tensor.empty(%n) : tensor<3x?xi32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x?xi32>) outs(%empty : tensor<3x?xi32>) {
  ^bb0(%a: i32, %o: i32):
    %square = arith.muli %a, %a : i32
    linalg.yield %square : i32
  } -> tensor<3x?xi32>
  return %first, %y : i32, tensor<3x?xi32>
}

// -----

#id = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// One that needs the other's result comes after it.
//
// CHECK-LABEL: @dependent
func.func @dependent(%x: tensor<3x5xi32>, %sums: tensor<3xi32>, %init: tensor<3x5xi32>) -> tensor<3x5xi32> {
  // CHECK-COUNT-2: linalg.generic
  %s = linalg.generic {indexing_maps = [#id, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x5xi32>) outs(%sums : tensor<3xi32>) {
  ^bb0(%a: i32, %sum: i32):
    %next = arith.maxsi %sum, %a : i32
    linalg.yield %next : i32
  } -> tensor<3xi32>
  %y = linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : tensor<3x5xi32>, tensor<3xi32>) outs(%init : tensor<3x5xi32>) {
  ^bb0(%a: i32, %max: i32, %o: i32):
    %d = arith.subi %max, %a : i32
    linalg.yield %d : i32
  } -> tensor<3x5xi32>
  return %y : tensor<3x5xi32>
}

// -----

#id = affine_map<(i) -> (i)>

// Nothing to share; and functions that are computed by scalars.
//
// CHECK-LABEL: @others
func.func @others(%x: tensor<5xf32>, %y: tensor<5xf32>, %init: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) {
  // CHECK-COUNT-3: linalg.generic
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<5xf32>) outs(%init : tensor<5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<5xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y : tensor<5xf32>) outs(%init : tensor<5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<5xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<5xf32>) outs(%init : tensor<5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = math.log2 %a : f32
    linalg.yield %r : f32
  } -> tensor<5xf32>
  return %0, %1, %2 : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>
}
