// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-vectorize-loops{vector-bits=256}))" --split-input-file | FileCheck %s
//
// What is vectorized is vector code afterwards: a second time changes nothing.
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-vectorize-loops{vector-bits=256},quant-act-vectorize-loops{vector-bits=256}))" --split-input-file | FileCheck %s

#id = affine_map<(a) -> (a)>

// A multiple of the tile: plain vectors, nothing masked, nothing left over.
//
// CHECK-LABEL: @multiple
// CHECK-SAME: (%[[X:.*]]: tensor<24xf32>, %[[INIT:.*]]: tensor<24xf32>)
func.func @multiple(%x: tensor<24xf32>, %init: tensor<24xf32>) -> tensor<24xf32> {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
  // CHECK-DAG: %[[C24:.*]] = arith.constant 24 : index
  // CHECK: %[[Y:.*]] = scf.for %[[I:.*]] = %[[C0]] to %[[C24]] step %[[C8]] iter_args(%[[OUT:.*]] = %[[INIT]])
  // CHECK: %[[TILE:.*]] = tensor.extract_slice %[[X]][%[[I]]] [8] [1]
  // CHECK: %[[A:.*]] = vector.transfer_read %[[TILE]][%[[C0]]], %{{[a-z0-9]+}} {in_bounds = [true]} : tensor<8xf32>, vector<8xf32>
  // CHECK: %[[M:.*]] = arith.negf %[[A]] : vector<8xf32>
  // CHECK: vector.transfer_write %[[M]], %{{[a-z0-9_]+}}[%[[C0]]] {in_bounds = [true]} : vector<8xf32>, tensor<8xf32>
  // CHECK: scf.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<24xf32>) outs(%init : tensor<24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// -----

#id = affine_map<(a) -> (a)>

// Three elements are left: no loop, and one masked vector no larger than needed.
//
// CHECK-LABEL: @remainder
func.func @remainder(%x: tensor<27xf32>, %init: tensor<27xf32>) -> tensor<27xf32> {
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  // CHECK: scf.for
  // CHECK-NOT: create_mask
  // CHECK: arith.negf %{{.*}} : vector<8xf32>
  // CHECK: scf.yield
  // CHECK-NEXT: }
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[C3]] : vector<4xi1>
  // CHECK: vector.transfer_read {{.*}}, %[[MASK]] {in_bounds = [true]} : tensor<3xf32>, vector<4xf32>
  // CHECK: arith.negf %{{.*}} : vector<4xf32>
  // CHECK: vector.transfer_write {{.*}}, %[[MASK]] {in_bounds = [true]} : vector<4xf32>, tensor<3xf32>
  // CHECK-NOT: scf.for
  // CHECK: return
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<27xf32>) outs(%init : tensor<27xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<27xf32>
  return %y : tensor<27xf32>
}

// -----

#id = affine_map<(a) -> (a)>

// A dynamic extent: full tiles, then at most one that is masked.
//
// CHECK-DAG: #[[$FULL:.*]] = affine_map<()[s0] -> ((s0 floordiv 8) * 8)>
// CHECK-DAG: #[[$REST:.*]] = affine_map<(d0)[s0] -> (-d0 + s0)>
// CHECK-LABEL: @dynamic
func.func @dynamic(%x: tensor<?xf32>, %init: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
  // CHECK: %[[N:.*]] = tensor.dim
  // CHECK: %[[BOUND:.*]] = affine.apply #[[$FULL]]()[%[[N]]]
  // CHECK: %[[FULL:.*]] = scf.for %{{.*}} = %[[C0]] to %[[BOUND]] step %[[C8]]
  // CHECK-NOT: create_mask
  // CHECK: arith.negf %{{.*}} : vector<8xf32>
  // CHECK: scf.for %[[I:.*]] = %[[BOUND]] to %[[N]] step %[[C8]] iter_args(%{{.*}} = %[[FULL]])
  // CHECK: %[[REST:.*]] = affine.apply #[[$REST]](%[[I]])[%[[N]]]
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[REST]] : vector<8xi1>
  // CHECK: vector.transfer_read {{.*}}, %[[MASK]] {in_bounds = [true]} : tensor<?xf32>, vector<8xf32>
  // CHECK: vector.transfer_write {{.*}}, %[[MASK]] {in_bounds = [true]} : vector<8xf32>, tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%init : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

#id = affine_map<(a) -> (a)>

// Less than a tile: no loop. A power of two needs no mask either, one element is a
// vector of one.
//
// CHECK-LABEL: @small
func.func @small(%x: tensor<5xf32>, %i: tensor<5xf32>, %z: tensor<4xf32>, %j: tensor<4xf32>, %u: tensor<1xf32>, %k: tensor<1xf32>) -> (tensor<5xf32>, tensor<4xf32>, tensor<1xf32>) {
  // CHECK-NOT: scf.for
  // CHECK: %[[MASK:.*]] = vector.create_mask %{{.*}} : vector<8xi1>
  // CHECK: vector.transfer_read {{.*}}, %[[MASK]] {in_bounds = [true]} : tensor<5xf32>, vector<8xf32>
  // CHECK: vector.transfer_write {{.*}}, %[[MASK]] {in_bounds = [true]} : vector<8xf32>, tensor<5xf32>
  // CHECK-NOT: create_mask
  // CHECK: vector.transfer_write {{.*}} : vector<4xf32>, tensor<4xf32>
  // CHECK: vector.transfer_write {{.*}} : vector<1xf32>, tensor<1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<5xf32>) outs(%i : tensor<5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<5xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%z : tensor<4xf32>) outs(%j : tensor<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<4xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%u : tensor<1xf32>) outs(%k : tensor<1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<1xf32>
  return %0, %1, %2 : tensor<5xf32>, tensor<4xf32>, tensor<1xf32>
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Outer dimensions are looped over one index at a time, those of one index not at
// all; the parameter of a channel becomes a vector.
//
// CHECK-LABEL: @channel
// CHECK-SAME: (%[[X:.*]]: tensor<1x3x8xf32>, %[[S:.*]]: tensor<3xf32>,
func.func @channel(%x: tensor<1x3x8xf32>, %s: tensor<3xf32>, %init: tensor<1x3x8xf32>) -> tensor<1x3x8xf32> {
  // CHECK-COUNT-1: scf.for %[[C:.*]] = %{{.*}} to %c3 step %c1
  // CHECK-DAG: %[[TILE:.*]] = tensor.extract_slice %[[X]][0, %[[C]], 0] [1, 1, 8]
  // CHECK-DAG: %[[PARAMETER:.*]] = tensor.extract_slice %[[S]][%[[C]]] [1]
  // CHECK-DAG: %[[A:.*]] = vector.transfer_read %[[TILE]]{{.*}}, vector<8xf32>
  // CHECK-DAG: %[[B:.*]] = vector.transfer_read %[[PARAMETER]]{{.*}}, vector<8xf32>
  // CHECK: arith.mulf %[[A]], %[[B]] : vector<8xf32>
  // CHECK-NOT: scf.for
  // CHECK: return
  %y = linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<1x3x8xf32>, tensor<3xf32>) outs(%init : tensor<1x3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1x3x8xf32>
  return %y : tensor<1x3x8xf32>
}

// -----

#id = affine_map<(a) -> (a)>

// The widest number in the body counts, not the element type: four f64. And eight
// bits are the least that counts.
//
// CHECK-LABEL: @widths
func.func @widths(%x: tensor<16xf16>, %i: tensor<16xf16>, %b: tensor<64xi1>, %j: tensor<64xi1>) -> (tensor<16xf16>, tensor<64xi1>) {
  // CHECK: arith.extf %{{.*}} : vector<4xf16> to vector<4xf64>
  // CHECK: arith.xori %{{.*}} : vector<32xi1>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf16>) outs(%i : tensor<16xf16>) {
  ^bb0(%a: f16, %o: f16):
    %w = arith.extf %a : f16 to f64
    %m = arith.negf %w : f64
    %n = arith.truncf %m : f64 to f16
    linalg.yield %n : f16
  } -> tensor<16xf16>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%b : tensor<64xi1>) outs(%j : tensor<64xi1>) {
  ^bb0(%a: i1, %o: i1):
    %m = arith.xori %a, %o : i1
    linalg.yield %m : i1
  } -> tensor<64xi1>
  return %0, %1 : tensor<16xf16>, tensor<64xi1>
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// A reduction that may be done in any order. Its remainder is masked where it
// reads and where it reduces, so that no element that is not there counts.
//
// CHECK-LABEL: @maximum
func.func @maximum(%x: tensor<3x13xf32>, %init: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-DAG: %[[C5:.*]] = arith.constant 5 : index
  // CHECK: scf.for
  // CHECK-NOT: scf.for
  // CHECK: vector.reduction <maximumf>, %{{.*}}, %{{.*}} : vector<8xf32> into f32
  // CHECK: vector.create_mask %{{.*}}, %[[C5]] : vector<1x8xi1>
  // CHECK: vector.transfer_read {{.*}}, %[[MASK:[0-9]+]] {in_bounds = [true]} : tensor<1x5xf32>, vector<8xf32>
  // CHECK: vector.mask %{{.*}} { vector.reduction <maximumf>, %{{.*}}, %{{.*}} : vector<8xf32> into f32 }
  // CHECK: scf.yield
  %y = linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x13xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Integer sums, too, have no order, along whichever dimension.
//
// CHECK-LABEL: @integer_sum
func.func @integer_sum(%x: tensor<3x8xi64>, %init: tensor<3xi64>) -> tensor<3xi64> {
  // CHECK-NOT: linalg.generic
  // CHECK: vector.reduction <add>, %{{.*}} : vector<4xi64> into i64
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %y = linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x8xi64>) outs(%init : tensor<3xi64>) {
  ^bb0(%a: i64, %o: i64):
    %m = arith.addi %a, %o : i64
    linalg.yield %m : i64
  } -> tensor<3xi64>
  return %y : tensor<3xi64>
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// The twin: a floating-point sum has one, whichever operand the sum so far is.
//
// CHECK-LABEL: @float_sum
func.func @float_sum(%x: tensor<3x8xf32>, %init: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK-NOT: vector
  // CHECK-COUNT-2: linalg.generic
  // CHECK-NOT: vector
  // CHECK: return
  %0 = linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x8xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  %1 = linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x8xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %o, %a : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// The twin's twins: a sum that is no reduction, alone and inside one.
//
// CHECK-LABEL: @other_sums
func.func @other_sums(%x: tensor<3x8xf32>, %i: tensor<3x8xf32>, %init: tensor<3xf32>) -> (tensor<3x8xf32>, tensor<3xf32>) {
  // CHECK-NOT: linalg.generic
  // CHECK: arith.addf %{{.*}} : vector<8xf32>
  // CHECK: arith.addf %{{.*}} : vector<8xf32>
  // CHECK: vector.reduction <maximumf>
  // CHECK-NOT: linalg.generic
  // CHECK: return
  %0 = linalg.generic {indexing_maps = [#x, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x8xf32>) outs(%i : tensor<3x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<3x8xf32>
  %1 = linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<3x8xf32>) outs(%init : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    %m = arith.maximumf %s, %o : f32
    linalg.yield %m : f32
  } -> tensor<3xf32>
  return %0, %1 : tensor<3x8xf32>, tensor<3xf32>
}

// -----

#id = affine_map<(a) -> (a)>
#none = affine_map<() -> ()>

// Left as they are: functions that are no vector instructions, no elements, no
// loops, buffers, and ops with names of their own.
//
// CHECK-LABEL: @others
func.func @others(%x: tensor<8xf32>, %e: tensor<0xf32>, %r: tensor<f32>, %b: memref<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<0xf32>, tensor<f32>, tensor<8xf32>) {
  // CHECK-NOT: vector
  // CHECK: math.log2
  // CHECK-NOT: vector
  // CHECK: math.exp2
  // CHECK-NOT: vector
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<0xf32>)
  // CHECK-NOT: vector
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<f32>)
  // CHECK-NOT: vector
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<8xf32>)
  // CHECK-NOT: vector
  // CHECK: linalg.negf
  // CHECK-NOT: vector
  // CHECK: return
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<8xf32>) {
  ^bb0(%o: f32):
    %m = math.log2 %o : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<8xf32>) {
  ^bb0(%o: f32):
    %m = math.exp2 %o : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<0xf32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  } -> tensor<0xf32>
  %3 = linalg.generic {indexing_maps = [#none], iterator_types = []} outs(%r : tensor<f32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  } -> tensor<f32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%b : memref<8xf32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  }
  %4 = linalg.negf ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2, %3, %4 : tensor<8xf32>, tensor<8xf32>, tensor<0xf32>, tensor<f32>, tensor<8xf32>
}
