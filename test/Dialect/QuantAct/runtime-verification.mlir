// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the verifier cannot know is asserted; what it has checked is not.
//
// RUN: quant-opt %s --generate-runtime-verification --canonicalize | FileCheck %s

#fixed = #quant_act.grid<broadcast = [1, 64], permutation = [1, 0]>
#own = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>

// CHECK-LABEL: func.func @dynamic(
// CHECK:         cf.assert {{.*}}expects dimension 1 of x to have the extent 64, as the grid says
// CHECK:         cf.assert {{.*}}expects scale to have one value along its dimension 0 per parameter of the grid along dimension 1 of x
func.func @dynamic(%x: tensor<?x?xf32>, %s: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = quant_act.fake_quant to #quant_act.int<8, signed> on #fixed %x scale %s
      : tensor<?x?xf32>, tensor<?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @zero_point(
// CHECK:         cf.assert {{.*}}expects zero_point to have one value
func.func @zero_point(%x: tensor<?x?xf32>, %s: tensor<?xf32>, %z: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = quant_act.fake_quant to #quant_act.int<8, signed> on #own %x scale %s zero_point %z
      : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @static(
// CHECK-NOT:     cf.assert
func.func @static(%x: tensor<?x64xf32>, %s: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = quant_act.fake_quant to #quant_act.int<8, signed> on #own %x scale %s
      : tensor<?x64xf32>, tensor<64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @stats(
// CHECK-COUNT-1: cf.assert {{.*}}expects dimension 1 of x to have the extent 64, as the grid says
// CHECK-COUNT-1: cf.assert {{.*}}expects dimension 1 of x to have the extent 3, as the type of threshold says
// CHECK-NOT:     cf.assert
func.func @stats(%x: tensor<?x?xf32>) -> (tensor<?xf32>, tensor<3xf32>, tensor<?xf32>) {
  %0 = quant_act.stats abs_max on #fixed %x : tensor<?x?xf32> -> tensor<?xf32>
  %1, %low = quant_act.stats min_max on #own %x : tensor<?x?xf32> -> tensor<3xf32>, tensor<3xf32>
  // As many as there are.
  %2 = quant_act.stats abs_max on #own %x : tensor<?x?xf32> -> tensor<?xf32>
  return %0, %1, %2 : tensor<?xf32>, tensor<3xf32>, tensor<?xf32>
}

// CHECK-LABEL: func.func @choose_qparams(
// CHECK-COUNT-1: cf.assert {{.*}}expects threshold and low to have the same extent along dimension 1
// CHECK-NOT:     cf.assert
func.func @choose_qparams(%t: tensor<3x?xf32>, %l: tensor<3x?xf32>) -> (tensor<3x?xf32>, tensor<3x?xf32>, tensor<3x?xf32>) {
  %s, %z = quant_act.choose_qparams to #quant_act.int<8, unsigned> %t low %l : tensor<3x?xf32>, tensor<3x?xf32>
  // One operand has nothing to differ from.
  %s1 = quant_act.choose_qparams to #quant_act.int<8, unsigned> %t : tensor<3x?xf32>
  return %s, %z, %s1 : tensor<3x?xf32>, tensor<3x?xf32>, tensor<3x?xf32>
}

// CHECK-LABEL: func.func @observe(
// CHECK-COUNT-1: cf.assert {{.*}}expects batch and running to have the same extent along dimension 0
// CHECK-NOT:     cf.assert
func.func @observe(%t: tensor<?xf32>, %r: tensor<?xf32>, %t3: tensor<3xf32>, %n: tensor<i64>) -> (tensor<?xf32>, tensor<3xf32>) {
  %r1, %n1 = quant_act.observe %t, %r, %n : tensor<?xf32>, tensor<i64>
  %r2, %n2 = quant_act.observe %t3, %t3, %n : tensor<3xf32>, tensor<i64>
  return %r1, %r2 : tensor<?xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @range_gradient(
// CHECK-COUNT-1: cf.assert {{.*}}expects low to have one value
// CHECK-COUNT-1: cf.assert {{.*}}expects high to have one value
// CHECK-COUNT-1: cf.assert {{.*}}expects g to have x's extent along dimension 1
// CHECK-NOT:     cf.assert
func.func @range_gradient(%g: tensor<2x?xf32>, %x: tensor<2x?xf32>, %l: tensor<?xf32>, %h: tensor<?xf32>) -> (tensor<2x?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %0:3 = quant_act.fake_quant_range_grad openvino levels 4 on #own %g, %x low %l high %h : tensor<2x?xf32>, tensor<?xf32>
  return %0#0, %0#1, %0#2 : tensor<2x?xf32>, tensor<?xf32>, tensor<?xf32>
}
