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
