// RUN: quant-opt %s --quant-act-destination-passing --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @static(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<4xf32>, %[[OUT:[a-z0-9]+]]: memref<4xf32>) {
func.func @static(%x: tensor<4xf32> {quant_act.name = "x"}) -> (tensor<4xf32> {quant_act.name = "y"}) {
  // CHECK-NEXT: %[[T:.*]] = bufferization.to_tensor %[[X]] restrict : memref<4xf32> to tensor<4xf32>
  // CHECK-NEXT: %[[Y:.*]] = math.absf %[[T]]
  // CHECK-NEXT: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OUT]]
  // CHECK-NEXT: return
  // CHECK-NEXT: }
  %y = math.absf %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
// CHECK-NOT: func.func

// -----

// Results in order, after the arguments; what is no tensor stays an argument.
//
// CHECK-LABEL: func.func @order(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<4xf32>, %[[N:[a-z0-9]+]]: index, %[[Z:[a-z0-9]+]]: memref<i64>, %[[OUT0:[a-z0-9]+]]: memref<i64>, %[[OUT1:[a-z0-9]+]]: memref<4xf32>)
func.func @order(%x: tensor<4xf32>, %n: index, %z: tensor<i64>) -> (tensor<i64>, tensor<4xf32>) {
  // CHECK-DAG: %[[XT:.*]] = bufferization.to_tensor %[[X]] restrict
  // CHECK-DAG: %[[ZT:.*]] = bufferization.to_tensor %[[Z]] restrict
  // CHECK: materialize_in_destination %[[ZT]] in restrict writable %[[OUT0]]
  // CHECK: materialize_in_destination %[[XT]] in restrict writable %[[OUT1]]
  return %z, %x : tensor<i64>, tensor<4xf32>
}

// -----

// Dynamic results: a function that tells the extents of all of them.
//
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: memref<?x3xf32>, %{{[a-z0-9]+}}: memref<?x3xf32>, %{{[a-z0-9]+}}: memref<4xf32>)
// CHECK-LABEL: func.func @dynamic_result_shapes(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x3xf32>, %[[SHAPES:[a-z0-9]+]]: memref<?xindex>)
func.func @dynamic(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<4xf32>) {
  // CHECK: math.absf %[[XT:.*]] :
  // CHECK: %[[D0:.*]] = tensor.dim %[[XT]],
  // CHECK: memref.store %[[D0]], %[[SHAPES]][%{{.*}}]
  // CHECK: %[[D1:.*]] = tensor.dim %[[XT]],
  // CHECK: memref.store %[[D1]], %[[SHAPES]][%{{.*}}]
  // CHECK: %[[D2:.*]] = tensor.dim %{{.*}} : tensor<4xf32>
  // CHECK: %[[C2:.*]] = arith.constant 2 : index
  // CHECK: memref.store %[[D2]], %[[SHAPES]][%[[C2]]]
  // CHECK-NEXT: return
  %y = math.absf %x : tensor<?x3xf32>
  %c = arith.constant dense<1.0> : tensor<4xf32>
  return %y, %c : tensor<?x3xf32>, tensor<4xf32>
}

// -----

// A dynamic argument alone needs none.
//
// CHECK-LABEL: func.func @dynamic_argument(
// CHECK-NOT: func.func
func.func @dynamic_argument(%x: tensor<?xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  return %y : tensor<4xf32>
}

// -----

// No results, no arguments.
//
// CHECK: func.func @arguments_only(%{{.*}}: memref<4xf32>) {
// CHECK: func.func @result_only(%{{.*}}: memref<f32>) {
func.func @arguments_only(%x: tensor<4xf32>) {
  return
}
func.func @result_only() -> tensor<f32> {
  %c = arith.constant dense<1.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// Functions without tensors or without a body stay as they are, whatever they
// look like; so does a function that is called and has no tensors.
//
// CHECK: func.func private @declared(tensor<4xf32>) -> f32
// CHECK: func.func @scalars(%{{.*}}: i1) -> index {
// CHECK: func.func @caller(%{{.*}}: i1) -> index {
func.func private @declared(tensor<4xf32>) -> f32
func.func @scalars(%c: i1) -> index {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %0 = arith.constant 0 : index
  return %0 : index
^bb2:
  %1 = arith.constant 1 : index
  return %1 : index
}
func.func @caller(%c: i1) -> index {
  %0 = call @scalars(%c) : (i1) -> index
  return %0 : index
}

// -----

// Branches write to the buffer themselves, and tell the shape themselves.
//
// CHECK-LABEL: func.func @branches(
// CHECK-SAME: %[[X:.*]]: memref<?xf32>, %[[C:.*]]: memref<i1>, %[[Y:.*]]: memref<?xf32>)
// CHECK: scf.if
// CHECK: %[[A:.*]] = arith.negf
// CHECK-NEXT: bufferization.materialize_in_destination %[[A]] in restrict writable %[[Y]]
// CHECK: else
// CHECK: %[[B:.*]] = arith.addf
// CHECK-NEXT: bufferization.materialize_in_destination %[[B]] in restrict writable %[[Y]]
// CHECK: return
// CHECK-LABEL: func.func @branches_result_shapes(
// CHECK: %[[IF:.*]]:2 = scf.if
// CHECK: %[[A:.*]] = arith.negf
// CHECK: %[[DIM:.*]] = tensor.dim %[[XT:.*]], %{{.*}} : tensor<?xf32>
// CHECK: scf.yield %[[A]], %[[DIM]] : tensor<?xf32>, index
// CHECK: else
// CHECK: %[[B:.*]] = arith.addf
// CHECK: %[[DIM:.*]] = tensor.dim %[[XT]],
// CHECK: scf.yield %[[B]], %[[DIM]] : tensor<?xf32>, index
// CHECK: memref.store %[[IF]]#1
func.func @branches(%x: tensor<?xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %0 = tensor.extract %c[] : tensor<i1>
  %y = scf.if %0 -> tensor<?xf32> {
    %a = arith.negf %x : tensor<?xf32>
    scf.yield %a : tensor<?xf32>
  } else {
    %b = arith.addf %x, %x : tensor<?xf32>
    scf.yield %b : tensor<?xf32>
  }
  return %y : tensor<?xf32>
}

// -----

// An elementwise op of what branches yield has their extents.
//
// CHECK-LABEL: func.func @after_branches_result_shapes(
// CHECK: %[[IF:.*]]:2 = scf.if
// CHECK: scf.yield %{{.*}}, %{{.*}} : tensor<?xf32>, index
// CHECK: arith.addf %[[IF]]#0, %[[IF]]#0
// CHECK: memref.store %[[IF]]#1
func.func @after_branches(%x: tensor<?xf32>, %z: tensor<?xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %0 = tensor.extract %c[] : tensor<i1>
  %1 = scf.if %0 -> tensor<?xf32> {
    scf.yield %x : tensor<?xf32>
  } else {
    scf.yield %z : tensor<?xf32>
  }
  %y = arith.addf %1, %1 : tensor<?xf32>
  return %y : tensor<?xf32>
}
