// RUN: quant-opt %s --quant-act-store-floats-as-bytes --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-act-store-floats-as-bytes --quant-act-store-floats-as-bytes --split-input-file | FileCheck %s

// All that holds them, and no other float. -1.5 is 1011 in e2m1, 4 is 129 less
// 127 as an exponent.
//
// CHECK-LABEL: @moves
// CHECK-SAME: (%[[A:.*]]: tensor<?xi8>, %[[B:.*]]: memref<4xi8>, %[[C:.*]]: vector<4xi8>, %[[F:.*]]: f16, %{{.*}}: i1) -> (tensor<3xi8>, i8, tensor<2xi8>)
func.func @moves(%a: tensor<?xf4E2M1FN>, %b: memref<4xf6E3M2FN>, %c: vector<4xf8E8M0FNU>, %f: f16, %k: i1) -> (tensor<3xf4E2M1FN>, f8E8M0FNU, tensor<2xf8E5M2>) {
  // CHECK-DAG: arith.constant dense<[11, 0, 7]> : tensor<3xi8>
  %d = arith.constant dense<[-1.5, 0.0, 6.0]> : tensor<3xf4E2M1FN>
  // CHECK-DAG: arith.constant -127 : i8
  %e = arith.constant 4.0 : f8E8M0FNU
  // CHECK-DAG: arith.constant dense<60> : tensor<2xi8>
  %g = arith.constant dense<1.0> : tensor<2xf8E5M2>
  %i = arith.constant 0 : index
  // CHECK: vector.load %[[B]][%{{.*}}] : memref<4xi8>, vector<2xi8>
  %0 = vector.load %b[%i] : memref<4xf6E3M2FN>, vector<2xf6E3M2FN>
  vector.store %0, %b[%i] : memref<4xf6E3M2FN>, vector<2xf6E3M2FN>
  // CHECK: tensor.cast %[[A]] : tensor<?xi8> to tensor<3xi8>
  %1 = tensor.cast %a : tensor<?xf4E2M1FN> to tensor<3xf4E2M1FN>
  // CHECK: scf.if %{{.*}} -> (tensor<3xi8>)
  %2 = scf.if %k -> tensor<3xf4E2M1FN> {
    scf.yield %1 : tensor<3xf4E2M1FN>
  } else {
    scf.yield %d : tensor<3xf4E2M1FN>
  }
  return %2, %e, %g : tensor<3xf4E2M1FN>, f8E8M0FNU, tensor<2xf8E5M2>
}

// -----

// High bits of a byte are no part of a code.
//
// CHECK-LABEL: @bits
// CHECK-SAME: (%[[A:.*]]: i8, %[[B:.*]]: vector<4xi6>, %[[C:.*]]: i8)
func.func @bits(%a: f4E2M1FN, %b: vector<4xi6>, %c: f8E8M0FNU) -> (i4, vector<4xf6E3M2FN>, i8) {
  // CHECK: %[[X:.*]] = arith.trunci %[[A]] : i8 to i4
  %0 = arith.bitcast %a : f4E2M1FN to i4
  // CHECK: %[[Y:.*]] = arith.extui %[[B]] : vector<4xi6> to vector<4xi8>
  %1 = arith.bitcast %b : vector<4xi6> to vector<4xf6E3M2FN>
  // CHECK: %[[Z:.*]] = arith.bitcast %[[C]] : i8 to i8
  %2 = arith.bitcast %c : f8E8M0FNU to i8
  // CHECK: return %[[X]], %[[Y]], %[[Z]]
  return %0, %1, %2 : i4, vector<4xf6E3M2FN>, i8
}
