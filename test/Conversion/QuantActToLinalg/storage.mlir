// Codes in floats of at most 8 bits: integer operations on the bits of an f32.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --canonicalize --split-input-file | FileCheck %s

// NaN becomes the largest number; the exponent loses 126, of the bias; what is
// below 1 counts halves.
//
// CHECK-LABEL: @store_e2m1
func.func @store_e2m1(%x: tensor<3xf32>, %s: tensor<f32>) -> tensor<3xf4E2M1FN> {
  // CHECK-DAG: %[[LARGEST:.*]] = arith.constant 6.000000e+00 : f32
  // CHECK-DAG: %[[BIAS:.*]] = arith.constant 252 : i32
  // CHECK-DAG: %[[SIGN:.*]] = arith.constant 8 : i32
  // CHECK: linalg.generic
  // CHECK: %[[IS_NAN:.*]] = arith.cmpf uno
  // CHECK-NEXT: %[[CODE:.*]] = arith.select %[[IS_NAN]], %[[LARGEST]]
  // CHECK: %[[BITS:.*]] = arith.bitcast %[[CODE]] : f32 to i32
  // CHECK: arith.subi %{{.*}}, %[[BIAS]]
  // CHECK-NOT: cmpf uno
  // CHECK: arith.andi %{{.*}}, %[[SIGN]]
  // CHECK: %[[NARROW:.*]] = arith.trunci %{{.*}} : i32 to i4
  // CHECK-NEXT: %[[Q:.*]] = arith.bitcast %[[NARROW]] : i4 to f4E2M1FN
  // CHECK-NEXT: linalg.yield %[[Q]]
  %q = quant_act.quantize to #quant_act.float<e2m1fn> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf4E2M1FN>
  return %q : tensor<3xf4E2M1FN>
}

// -----

// An exponent is f32's; 0 becomes the smallest number.
//
// CHECK-LABEL: @store_exponent
func.func @store_exponent(%x: tensor<3xf32>, %s: tensor<f32>) -> tensor<3xf8E8M0FNU> {
  // CHECK-DAG: %[[SMALLEST:.*]] = arith.constant 5.87747175E-39 : f32
  // CHECK-DAG: %[[MANTISSA:.*]] = arith.constant 23 : i32
  // CHECK: linalg.generic
  // CHECK: %[[IS_LESS:.*]] = arith.cmpf olt, %[[CODE:.*]], %[[SMALLEST]]
  // CHECK-NEXT: %[[STORABLE:.*]] = arith.select %[[IS_LESS]], %[[SMALLEST]], %[[CODE]]
  // CHECK-NEXT: %[[BITS:.*]] = arith.bitcast %[[STORABLE]] : f32 to i32
  // CHECK-NEXT: %[[EXPONENT:.*]] = arith.shrui %[[BITS]], %[[MANTISSA]]
  // CHECK-NEXT: %[[NARROW:.*]] = arith.trunci %[[EXPONENT]] : i32 to i8
  // CHECK-NEXT: %[[Q:.*]] = arith.bitcast %[[NARROW]] : i8 to f8E8M0FNU
  // CHECK-NEXT: linalg.yield %[[Q]]
  %q = quant_act.quantize to #quant_act.float<e8m0fnu> round floor %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf8E8M0FNU>
  return %q : tensor<3xf8E8M0FNU>
}

// -----

// Both are read in one loop, and computed with in f32, whatever the result.
//
// CHECK-LABEL: @load
// CHECK-SAME: (%[[Q:.*]]: tensor<2x64xf6E3M2FN>, %[[S:.*]]: tensor<2x2xf8E8M0FNU>)
func.func @load(%q: tensor<2x64xf6E3M2FN>, %s: tensor<2x2xf8E8M0FNU>) -> tensor<2x64xf16> {
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[S]] : tensor<2x2x32xf6E3M2FN>, tensor<2x2xf8E8M0FNU>)
  // CHECK: ^bb0(%[[CODE:.*]]: f6E3M2FN, %[[SCALE:.*]]: f8E8M0FNU
  // CHECK-DAG: arith.bitcast %[[SCALE]] : f8E8M0FNU to i8
  // CHECK-DAG: arith.bitcast %[[CODE]] : f6E3M2FN to i6
  // CHECK: arith.ori
  // CHECK: %[[Y:.*]] = arith.mulf {{.*}} : f32
  // CHECK-NEXT: arith.truncf %[[Y]] : f32 to f16
  %y = quant_act.dequantize from #quant_act.float<e3m2fn> on <broadcast = [2, 2], permutation = [0, 1]> %q scale %s : tensor<2x64xf6E3M2FN>, tensor<2x2xf8E8M0FNU> -> tensor<2x64xf16>
  return %y : tensor<2x64xf16>
}
