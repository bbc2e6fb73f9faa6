// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-collapse-loops))" --split-input-file | FileCheck %s
//
// Nothing is left to collapse: a second time changes nothing.
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-collapse-loops,quant-act-collapse-loops))" --split-input-file | FileCheck %s

#x = affine_map<(n, c, h, w) -> (n, c, h, w)>
#c = affine_map<(n, c, h, w) -> (c)>

// What comes before and after the channel becomes one dimension each.
//
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-LABEL: @channel
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[S:.*]]: tensor<3xf32>)
func.func @channel(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>) -> tensor<2x3x4x5xf32> {
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<2x3x4x5xf32> into tensor<2x3x20xf32>
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[$X]], #[[$C]], #[[$X]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[C]], %[[S]] :
  // CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0], [1], [2, 3]] output_shape [2, 3, 4, 5]
  %init = tensor.empty() : tensor<2x3x4x5xf32>
  %y = linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<2x3x4x5xf32>, tensor<3xf32>) outs(%init : tensor<2x3x4x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

// One parameter: all four dimensions become one.
//
// CHECK-LABEL: @whole
func.func @whole(%x: tensor<2x3x4x5xf32>, %s: tensor<f32>) -> tensor<2x3x4x5xf32> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%{{.*}}, %{{.*}} : tensor<120xf32>, tensor<f32>)
  %init = tensor.empty() : tensor<2x3x4x5xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> ()>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<2x3x4x5xf32>, tensor<f32>) outs(%init : tensor<2x3x4x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

// A dynamic result that goes to a caller's buffer: the buffer is collapsed.
//
// CHECK-LABEL: @dynamic_destination
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[OUT:.*]]: memref<?x?xf32>)
func.func @dynamic_destination(%x: tensor<?x?xf32>, %out: memref<?x?xf32>) {
  // CHECK: %[[BUFFER:.*]] = memref.collapse_shape %[[OUT]] {{\[\[}}0, 1]] : memref<?x?xf32> into memref<?xf32>
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
  // CHECK-NOT: tensor.expand_shape
  // CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[BUFFER]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d0 = tensor.dim %x, %c0 : tensor<?x?xf32>
  %d1 = tensor.dim %x, %c1 : tensor<?x?xf32>
  %init = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x?xf32>
  bufferization.materialize_in_destination %y in restrict writable %out : (tensor<?x?xf32>, memref<?x?xf32>) -> ()
  return
}

// -----

// The twin: a dynamic result that is used as a tensor would have to be expanded.
//
// CHECK-LABEL: @dynamic_result
func.func @dynamic_result(%x: tensor<?x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // CHECK-NOT: collapse_shape
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
  %y = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// Blocks that were split go to a split buffer; nothing is joined again.
//
// CHECK-LABEL: @split_destination
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<?x6xf32>)
func.func @split_destination(%x: tensor<?x2x3xf32>, %s: tensor<?x2xf32>, %init: tensor<?x2x3xf32>, %out: memref<?x6xf32>) {
  // CHECK: memref.expand_shape %[[OUT]] {{\[\[}}0], [1, 2]]
  // CHECK: linalg.generic
  // CHECK-NOT: tensor.collapse_shape %{{.*}} into tensor<?x6xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (a, b)>, affine_map<(a, b, c) -> (a, b, c)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<?x2x3xf32>, tensor<?x2xf32>) outs(%init : tensor<?x2x3xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<?x2x3xf32>
  %j = tensor.collapse_shape %y [[0], [1, 2]] : tensor<?x2x3xf32> into tensor<?x6xf32>
  bufferization.materialize_in_destination %j in restrict writable %out : (tensor<?x6xf32>, memref<?x6xf32>) -> ()
  return
}

// -----

// Adjacent, but not alike: one reduces.
//
// CHECK-LABEL: @reduction
func.func @reduction(%x: tensor<2x3x4x5xf32>, %init: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: iterator_types = ["reduction", "parallel", "reduction"]} ins(%{{.*}} : tensor<2x3x20xf32>)
  %y = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (c)>], iterator_types = ["reduction", "parallel", "reduction", "reduction"]}
      ins(%x : tensor<2x3x4x5xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// Every dimension has its parameters, or an operand has them in another order.
//
// CHECK-LABEL: @nothing_adjacent
func.func @nothing_adjacent(%x: tensor<2x3xf32>, %a: tensor<2xf32>, %b: tensor<3xf32>, %t: tensor<3x2xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  // CHECK-NOT: collapse_shape
  // CHECK-COUNT-2: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
  %init = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a)>, affine_map<(a, b) -> (b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %a, %b : tensor<2x3xf32>, tensor<2xf32>, tensor<3xf32>) outs(%init : tensor<2x3xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %k = arith.addf %m, %r : f32
    linalg.yield %k : f32
  } -> tensor<2x3xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (b, a)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %t : tensor<2x3xf32>, tensor<3x2xf32>) outs(%init : tensor<2x3xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    linalg.yield %m : f32
  } -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// One loop, or none.
//
// CHECK-LABEL: @few_loops
func.func @few_loops(%x: tensor<6xf32>, %r: tensor<f32>) -> (tensor<6xf32>, tensor<f32>) {
  // CHECK-NOT: collapse_shape
  // CHECK: iterator_types = ["parallel"]
  // CHECK: iterator_types = []
  %0 = linalg.generic {indexing_maps = [affine_map<(a) -> (a)>], iterator_types = ["parallel"]} outs(%x : tensor<6xf32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  } -> tensor<6xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<() -> ()>], iterator_types = []} outs(%r : tensor<f32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  } -> tensor<f32>
  return %0, %1 : tensor<6xf32>, tensor<f32>
}

// -----

// A reduction of dynamic extents: the result is static, whatever is reduced.
//
// CHECK-LABEL: @dynamic_reduction
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x?x?xf32>,
func.func @dynamic_reduction(%x: tensor<?x3x?x?xf32>, %init: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<?x3x?x?xf32> into tensor<?x3x?xf32>
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel", "reduction"]} ins(%[[C]] : tensor<?x3x?xf32>) outs(%{{.*}} : tensor<3xf32>)
  %y = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (c)>], iterator_types = ["reduction", "parallel", "reduction", "reduction"]}
      ins(%x : tensor<?x3x?x?xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// Twins of @dynamic_destination: the dynamic result is used as a tensor, too; it
// goes to a tensor; the buffer has gaps or another order, so that its dimensions
// are not one.
//
// CHECK-LABEL: @other_destinations
func.func @other_destinations(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>, %out: memref<?x4xf32>, %t: tensor<?x4xf32>,
                              %gaps: memref<?x4xf32, strided<[8, 1]>>, %order: memref<?x4xf32, strided<[1, ?]>>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK-NOT: collapse_shape
  // CHECK-COUNT-4: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
  // CHECK-NOT: collapse_shape
  // CHECK: return
  %0 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<?x4xf32>, memref<?x4xf32>) -> ()
  %1 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x4xf32>
  %d = bufferization.materialize_in_destination %1 in %t : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x4xf32>
  bufferization.materialize_in_destination %2 in restrict writable %gaps : (tensor<?x4xf32>, memref<?x4xf32, strided<[8, 1]>>) -> ()
  %3 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x4xf32>
  bufferization.materialize_in_destination %3 in restrict writable %order : (tensor<?x4xf32>, memref<?x4xf32, strided<[1, ?]>>) -> ()
  return %0, %d : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// A static result is collapsed and expanded again; where it goes to a buffer with
// gaps, the buffer stays as it is.
//
// CHECK-LABEL: @static_to_gaps
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<2x4xf32, strided<[8, 1]>>)
func.func @static_to_gaps(%x: tensor<2x4xf32>, %init: tensor<2x4xf32>, %out: memref<2x4xf32, strided<[8, 1]>>) {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
  // CHECK: %[[Y:.*]] = tensor.expand_shape
  // CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OUT]]
  %0 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x4xf32>) outs(%init : tensor<2x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<2x4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<2x4xf32>, memref<2x4xf32, strided<[8, 1]>>) -> ()
  return
}

// -----

// Left as they are: ops on buffers, and ops with names of their own.
//
// CHECK-LABEL: @others
func.func @others(%b: memref<2x3xf32>, %x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NOT: collapse_shape
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} outs(%{{.*}} : memref<2x3xf32>)
  // CHECK-NOT: collapse_shape
  // CHECK: linalg.negf ins(%{{.*}} : tensor<2x3xf32>)
  // CHECK-NOT: expand_shape
  // CHECK: return
  linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]} outs(%b : memref<2x3xf32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  }
  %0 = linalg.negf ins(%x : tensor<2x3xf32>) outs(%x : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// A result of which nothing is used goes away.
//
// CHECK-LABEL: @unused
func.func @unused(%x: tensor<?x?xf32>, %init: tensor<?x?xf32>) {
  // CHECK-NEXT: return
  %0 = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x?xf32>
  return
}
