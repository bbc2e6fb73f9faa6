// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --verify-diagnostics --split-input-file

// The full range needs a low end, one for each threshold.
func.func @no_low(%t: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects a low end with full_range, but got none}}
  %s = quant_act.choose_qparams to #quant_act.int<8, signed> full_range %t : tensor<4xf32>
  return %s : tensor<4xf32>
}

// -----

func.func @one_low(%t: tensor<4xf32>, %l: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // expected-error @+1 {{expects threshold and low to have one type with full_range, but}}
  %s, %z = quant_act.choose_qparams to #quant_act.int<8, signed> full_range %t low %l : tensor<4xf32>, tensor<f32>
  return %s, %z : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func @symmetric(%x: tensor<4xf32>, %r: tensor<f32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects full_range with a zero point only, but}}
  %y, %s = quant_act.act evaluate abs_max to #quant_act.int<8, signed> full_range %x state %r : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}
