// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @levels(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{'quant_act.fake_quant_range' op expects 2 to 16777216 levels, but got 1}}
  %y = quant_act.fake_quant_range openvino levels 1 %x low %l high %l : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

func.func @levels_of_bits(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects 2^bits levels, or 2^bits - 1 for the narrow range, of 2 to 16 bits with tensorflow, but got 254}}
  %y = quant_act.fake_quant_range tensorflow levels 254 %x low %l high %l : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

func.func @too_many_bits(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{of 2 to 16 bits with tensorflow_reciprocal, but got 131071}}
  %y = quant_act.fake_quant_range tensorflow_reciprocal levels 131071 %x low %l high %l : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

func.func @shape(%x: tensor<4xf32>, %l: tensor<3xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects low to have shape [], as there is no grid, but got [3]}}
  %y = quant_act.fake_quant_range openvino levels 4 %x low %l high %l : tensor<4xf32>, tensor<3xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @grid(%x: tensor<4xf32>, %l: tensor<3xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects broadcast extent 3 of dimension 0 to be 1, or the dimension's extent (4), or a divisor of it}}
  %y = quant_act.fake_quant_range openvino levels 4 on <broadcast = [3], permutation = [0]> %x low %l high %l : tensor<4xf32>, tensor<3xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @half_a_range(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects out_low and out_high together, but got out_high alone}}
  %y = "quant_act.fake_quant_range"(%x, %l, %l, %l) <{contract = #quant_act<range_contract openvino>, levels = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>}> : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @range_of_result(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects out_low and out_high with openvino only, but the contract is tensorflow}}
  %y = quant_act.fake_quant_range tensorflow levels 4 %x low %l high %l out_low %l out_high %l : tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

func.func @types_of_result(%x: tensor<4xf32>, %l: tensor<f32>, %a: tensor<f16>) -> tensor<4xf32> {
  // expected-error@+1 {{expects out_low and out_high of one type, but got 'tensor<f32>' and 'tensor<f16>'}}
  %y = quant_act.fake_quant_range openvino levels 4 %x low %l high %l out_low %l out_high %a : tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f16>
  return %y : tensor<4xf32>
}

// -----

func.func @grid_of_nothing(%x: tensor<4xf32>, %l: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects out_low and out_high where there is a grid for them}}
  %y = quant_act.fake_quant_range openvino levels 4 out_on <broadcast = [1], permutation = [0]> %x low %l high %l : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

func.func @blocks(%x: tensor<12xf32>, %l: tensor<4xf32>, %a: tensor<6xf32>) -> tensor<12xf32> {
  // expected-error@+1 {{expects the broadcast extents of two grids along dimension 0 to divide each other, but got 4 and 6}}
  %y = quant_act.fake_quant_range openvino levels 4 on <broadcast = [4], permutation = [0]> out_on <broadcast = [6], permutation = [0]> %x low %l high %l out_low %a out_high %a : tensor<12xf32>, tensor<4xf32>, tensor<6xf32>, tensor<6xf32>
  return %y : tensor<12xf32>
}
