// Folds and canonicalizations, each with its nearest twins that must stay: one
// per side condition.
//
// RUN: quant-opt %s --canonicalize="test-convergence" --split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// fake_quant of constants
//===----------------------------------------------------------------------===//

// s = 0.5, codes -8 .. 7:
//    0.75 / 0.5 =  1.5 ->  2 (even) ->  1.0
//    1.25 / 0.5 =  2.5 ->  2 (even) ->  1.0
//   -1.75 / 0.5 = -3.5 -> -4 (even) -> -2.0
//    9    / 0.5 = 18   ->  7        ->  3.5
//   -9    / 0.5 = -18  -> -8        -> -4.0
//   -0.0  / 0.5 + 0 = 0 -> 0        ->  0.0
//
// CHECK-LABEL: @fold_per_tensor
func.func @fold_per_tensor() -> tensor<6xf32> {
  %x = arith.constant dense<[0.75, 1.25, -1.75, 9.0, -9.0, -0.0]> : tensor<6xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  // CHECK: %[[Y:.*]] = arith.constant dense<[1.000000e+00, 1.000000e+00, -2.000000e+00, 3.500000e+00, -4.000000e+00, 0.000000e+00]> : tensor<6xf32>
  // CHECK-NEXT: return %[[Y]]
  %y = quant_act.fake_quant to <4, signed> %x scale %s : tensor<6xf32>, tensor<f32>
  return %y : tensor<6xf32>
}

// -----

// Scales 1 and 2 along dimension 0, zero points 0 and 3, codes 0 .. 15:
//   row 0: 1.5 / 1 + 0 = 1.5 -> 2 -> 2.0;   -3 -> -3 -> 0 -> 0.0
//   row 1: 3   / 2 + 3 = 4.5 -> 4 -> (4 - 3) * 2 = 2.0;  -9 / 2 + 3 = -1.5 -> -2 -> 0 -> (0 - 3) * 2 = -6.0
//
// CHECK-LABEL: @fold_per_channel
func.func @fold_per_channel() -> tensor<2x2xf32> {
  %x = arith.constant dense<[[1.5, -3.0], [3.0, -9.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %z = arith.constant dense<[0.0, 3.0]> : tensor<2xf32>
  // CHECK: arith.constant dense<{{\[}}[2.000000e+00, 0.000000e+00], [2.000000e+00, -6.000000e+00]]> : tensor<2x2xf32>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant to <4, unsigned> on <broadcast = [2, 1], permutation = [0, 1]> %x scale %s zero_point %z : tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>
  return %y : tensor<2x2xf32>
}

// -----

// Blocks of two along dimension 1, after relu, ceil:
//   1.5, -1 by 1: ceil 2 -> 2.0, relu 0 -> 0.0;  5, 1 by 4: 1.25 -> 2 -> 8.0, 0.25 -> 1 -> 4.0
//
// CHECK-LABEL: @fold_blocks
func.func @fold_blocks() -> tensor<1x4xf32> {
  %x = arith.constant dense<[[1.5, -1.0, 5.0, 1.0]]> : tensor<1x4xf32>
  %s = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  // CHECK: arith.constant dense<{{\[}}[2.000000e+00, 0.000000e+00, 8.000000e+00, 4.000000e+00]]> : tensor<1x4xf32>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant relu to <8, signed> on <broadcast = [1, 2], permutation = [1, 0]> round ceil %x scale %s : tensor<1x4xf32>, tensor<2xf32>
  return %y : tensor<1x4xf32>
}

// -----

// Another contract: z outside, NaN the lowest code. s = 2, z = 1, codes 0 .. 255:
//   5 / 2 = 2.5 -> 2, + 1 = 3 -> (3 - 1) * 2 = 4.0;   NaN -> 0 -> (0 - 1) * 2 = -2.0
//
// CHECK-LABEL: @fold_onnx
func.func @fold_onnx() -> tensor<2xf32> {
  %x = arith.constant dense<[5.0, 0x7FC00000]> : tensor<2xf32>
  %s = arith.constant dense<2.0> : tensor<f32>
  %z = arith.constant dense<1.0> : tensor<f32>
  // CHECK: arith.constant dense<[4.000000e+00, -2.000000e+00]> : tensor<2xf32>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant to <8, unsigned> numerics <onnx> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  return %y : tensor<2xf32>
}

// -----

// Every operation rounds to bf16 (8 significant bits) where x and s have it:
// 1 / 3 has the bf16 neighbours 0.333984375 (171 * 2^-9) and 0.33203125; it
// becomes the former. 255 codes of that: 1 / 0.333984375 = 2.994.. -> 3 (2.984375
// and 3.0 are neighbours) -> 3 * 0.333984375 = 1.001953125 -> 1.0.
//
// CHECK-LABEL: @fold_bf16
func.func @fold_bf16() -> tensor<1xbf16> {
  %x = arith.constant dense<1.0> : tensor<1xbf16>
  %s = arith.constant dense<0.333984375> : tensor<bf16>
  // CHECK: arith.constant dense<1.000000e+00> : tensor<1xbf16>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant to <8, unsigned> %x scale %s : tensor<1xbf16>, tensor<bf16>
  return %y : tensor<1xbf16>
}

// -----

// Nothing to compute.
//
// Scales 0.5 and 2 as exponents, e2m1: 1.3 / 0.5 = 2.6 -> 3 -> 1.5, and
// 1.3 / 2 = 0.65 -> 0.5 -> 1.
//
// CHECK-LABEL: @fold_exponents
func.func @fold_exponents() -> tensor<2xf16> {
  %x = arith.constant dense<1.3> : tensor<2xf16>
  %s = arith.constant dense<[0.5, 2.0]> : tensor<2xf8E8M0FNU>
  // CHECK: arith.constant dense<[1.500000e+00, 1.000000e+00]> : tensor<2xf16>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant to #quant_act.float<e2m1fn> on <broadcast = [2], permutation = [0]> %x scale %s : tensor<2xf16>, tensor<2xf8E8M0FNU>
  return %y : tensor<2xf16>
}

// -----

// CHECK-LABEL: @fold_empty
func.func @fold_empty() -> tensor<0x3xf32> {
  %x = arith.constant dense<> : tensor<0x3xf32>
  %s = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  // CHECK: arith.constant dense<> : tensor<0x3xf32>
  // CHECK-NOT: = quant_act.
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<0x3xf32>, tensor<3xf32>
  return %y : tensor<0x3xf32>
}

// -----

// One operand is no constant.
//
// CHECK-LABEL: @no_fold_of_variables
func.func @no_fold_of_variables(%v: tensor<2xf32>, %sv: tensor<f32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %x = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  // CHECK-COUNT-3: quant_act.fake_quant
  %0 = quant_act.fake_quant to <8, signed> %v scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, signed> %x scale %sv : tensor<2xf32>, tensor<f32>
  %2 = quant_act.fake_quant to <8, signed> %x scale %s zero_point %sv : tensor<2xf32>, tensor<f32>, tensor<f32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// 65536 elements fold, 65537 do not: folding large tensors slows compilation
// down more than it saves.
//
// CHECK-LABEL: @fold_limit
func.func @fold_limit() -> (tensor<65536xf32>, tensor<65537xf32>) {
  %x = arith.constant dense<1.25> : tensor<65536xf32>
  %large = arith.constant dense<1.25> : tensor<65537xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  // CHECK-DAG: %[[Y:.*]] = arith.constant dense<1.000000e+00> : tensor<65536xf32>
  // CHECK: %[[Z:.*]] = quant_act.fake_quant
  // CHECK-SAME: tensor<65537xf32>
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<65536xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, signed> %large scale %s : tensor<65537xf32>, tensor<f32>
  // CHECK: return %[[Y]], %[[Z]]
  return %0, %1 : tensor<65536xf32>, tensor<65537xf32>
}

// -----

//===----------------------------------------------------------------------===//
// A zero point of +0
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @drop_zero_point
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[S:.*]]: tensor<3xf32>)
func.func @drop_zero_point(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<f32>
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant to #{{.*}} on #{{.*}} %[[X]] scale %[[S]] : tensor<2x3xf32>, tensor<3xf32>
  // CHECK-NEXT: return %[[Y]]
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> zero_point_on <broadcast = [1, 1], permutation = [0, 1]> %x scale %s zero_point %z : tensor<2x3xf32>, tensor<3xf32>, tensor<f32>
  return %y : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: @drop_zero_point_of_each_channel
func.func @drop_zero_point_of_each_channel(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<3xf32>
  // CHECK: quant_act.fake_quant
  // CHECK-NOT: zero_point
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s zero_point %z : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// A wider zero point that does not decide the compute type: the contract says
// f64 itself.
//
// CHECK-LABEL: @drop_wide_zero_point
func.func @drop_wide_zero_point(%x: tensor<2xf32>, %s: tensor<f32>) -> tensor<2xf32> {
  %z = arith.constant dense<0.0> : tensor<f64>
  // CHECK: quant_act.fake_quant
  // CHECK-NOT: zero_point
  %y = quant_act.fake_quant to <8, signed> numerics <compute = f64> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f64>
  return %y : tensor<2xf32>
}

// -----

// -0 is no +0: a quotient of -0 stays -0.
//
// CHECK-LABEL: @keep_negative_zero
func.func @keep_negative_zero(%x: tensor<2xf32>, %s: tensor<f32>) -> tensor<2xf32> {
  %z = arith.constant dense<-0.0> : tensor<f32>
  // CHECK: zero_point
  %y = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: @keep_other_zero_point
func.func @keep_other_zero_point(%x: tensor<2xf32>, %s: tensor<f32>) -> tensor<2xf32> {
  %z = arith.constant dense<1.0> : tensor<f32>
  // CHECK: zero_point
  %y = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  return %y : tensor<2xf32>
}

// -----

// Not +0 in every channel.
//
// CHECK-LABEL: @keep_partly_zero
func.func @keep_partly_zero(%x: tensor<2x2xf32>, %s: tensor<2xf32>) -> tensor<2x2xf32> {
  %z = arith.constant dense<[0.0, -0.0]> : tensor<2xf32>
  // CHECK: zero_point
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 2], permutation = [1, 0]> %x scale %s zero_point %z : tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>
  return %y : tensor<2x2xf32>
}

// -----

// The zero point's type makes the arithmetic f64.
//
// CHECK-LABEL: @keep_widening_zero_point
func.func @keep_widening_zero_point(%x: tensor<2xf32>, %s: tensor<f32>) -> tensor<2xf32> {
  %z = arith.constant dense<0.0> : tensor<f64>
  // CHECK: zero_point
  %y = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f64>
  return %y : tensor<2xf32>
}

// -----

// As wide as the others, and still it makes the arithmetic f32.
//
// CHECK-LABEL: @keep_promoting_zero_point
func.func @keep_promoting_zero_point(%x: tensor<2xf16>, %s: tensor<f16>) -> tensor<2xf16> {
  %z = arith.constant dense<0.0> : tensor<bf16>
  // CHECK: zero_point
  %y = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<2xf16>, tensor<f16>, tensor<bf16>
  return %y : tensor<2xf16>
}

// -----

//===----------------------------------------------------------------------===//
// One scale for every channel
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @share_scale
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
func.func @share_scale(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<0.5> : tensor<3xf32>
  // CHECK: %[[S:.*]] = arith.constant dense<5.000000e-01> : tensor<f32>
  // CHECK: quant_act.fake_quant to #{{.*}} %[[X]] scale %[[S]] : tensor<2x3xf32>, tensor<f32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// The zero point stays on the grid that was the scale's.
//
// CHECK: #[[$GRID:.*]] = #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>
// CHECK-LABEL: @share_scale_only
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[Z:.*]]: tensor<3xf32>)
func.func @share_scale_only(%x: tensor<2x3xf32>, %z: tensor<3xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<0.5> : tensor<3xf32>
  // CHECK: quant_act.fake_quant to #{{.*}} zero_point_on #[[$GRID]] %[[X]] scale %{{.*}} zero_point %[[Z]] : tensor<2x3xf32>, tensor<f32>, tensor<3xf32>
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s zero_point %z : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// The zero point stays on its own grid.
//
// CHECK: #[[$ZGRID:.*]] = #quant_act.grid<broadcast = [2, 1], permutation = [0, 1]>
// CHECK-LABEL: @share_scale_beside_grid
func.func @share_scale_beside_grid(%x: tensor<2x3xf32>, %z: tensor<2xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<0.5> : tensor<3xf32>
  // CHECK: quant_act.fake_quant to #{{[a-z0-9]+}} zero_point_on #[[$ZGRID]]
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> zero_point_on <broadcast = [2, 1], permutation = [0, 1]> %x scale %s zero_point %z : tensor<2x3xf32>, tensor<3xf32>, tensor<2xf32>
  return %y : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: @keep_scales
func.func @keep_scales(%x: tensor<2x3xf32>, %v: tensor<3xf32>, %w: tensor<2x0xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x0xf32>) {
  %s = arith.constant dense<[0.5, 0.5, 0.25]> : tensor<3xf32>
  %none = arith.constant dense<> : tensor<0xf32>
  // They differ.
  // CHECK: quant_act.fake_quant to #{{.*}} on #{{.*}} : tensor<2x3xf32>, tensor<3xf32>
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // They are not known.
  // CHECK: quant_act.fake_quant to #{{.*}} on #{{.*}} : tensor<2x3xf32>, tensor<3xf32>
  %1 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %v : tensor<2x3xf32>, tensor<3xf32>
  // There is none.
  // CHECK: quant_act.fake_quant to #{{.*}} on #{{.*}} : tensor<2x0xf32>, tensor<0xf32>
  %2 = quant_act.fake_quant to <8, signed> on <broadcast = [1, ?], permutation = [1, 0]> %w scale %none : tensor<2x0xf32>, tensor<0xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x0xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Quantizing again
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @merge
func.func @merge(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK: %[[Y:.*]] = quant_act.fake_quant relu
  // CHECK-NEXT: return %[[Y]]
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// On a grid, in f64, 16 bits, the last rounding to nearest, relu twice.
//
// CHECK-LABEL: @merge_on_grid
func.func @merge_on_grid(%x: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %s = arith.constant dense<[0.1, 0.3]> : tensor<2xf64>
  // CHECK-COUNT-1: quant_act.fake_quant
  // CHECK-NOT: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <16, signed> on <broadcast = [1, 2], permutation = [1, 0]> round half_down %x scale %s : tensor<2x2xf64>, tensor<2xf64>
  %1 = quant_act.fake_quant relu to <16, signed> on <broadcast = [1, 2], permutation = [1, 0]> round half_down %0 scale %s : tensor<2x2xf64>, tensor<2xf64>
  return %1 : tensor<2x2xf64>
}

// -----

// The first op lets -0 through, which the second turns into +0.
//
// CHECK-LABEL: @keep_after_identity
func.func @keep_after_identity(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// CHECK-LABEL: @keep_other_scale
func.func @keep_other_scale(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  %t = arith.constant dense<0.2> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %t : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// CHECK-LABEL: @keep_other_format
func.func @keep_other_format(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-4: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <4, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  %2 = quant_act.fake_quant to <8, signed> %0 scale %s : tensor<2xf32>, tensor<f32>
  %3 = quant_act.fake_quant to <8, unsigned, narrow> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: @keep_other_grid
func.func @keep_other_grid(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = arith.constant dense<[0.1, 0.2]> : tensor<2xf32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> on <broadcast = [1, 2], permutation = [1, 0]> %x scale %s : tensor<2x2xf32>, tensor<2xf32>
  %1 = quant_act.fake_quant to <8, unsigned> on <broadcast = [2, 1], permutation = [0, 1]> %0 scale %s : tensor<2x2xf32>, tensor<2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

// CHECK-LABEL: @keep_other_rounding
func.func @keep_other_rounding(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> round half_up %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// CHECK-LABEL: @keep_other_numerics
func.func @keep_other_numerics(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> numerics <onnx> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// A zero point, in one op or in both.
//
// CHECK-LABEL: @keep_zero_points
func.func @keep_zero_points(%x: tensor<2xf32>, %z: tensor<f32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-5: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  %2 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  %3 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %4 = quant_act.fake_quant to <8, unsigned> %3 scale %s zero_point %z : tensor<2xf32>, tensor<f32>, tensor<f32>
  return %1, %2, %4 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// Roundings in one direction: q * s / s may be just beyond q.
//
// CHECK-LABEL: @keep_directed_roundings
func.func @keep_directed_roundings(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-8: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> round ceil %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> round ceil %0 scale %s : tensor<2xf32>, tensor<f32>
  %2 = quant_act.fake_quant relu to <8, unsigned> round floor %x scale %s : tensor<2xf32>, tensor<f32>
  %3 = quant_act.fake_quant to <8, unsigned> round floor %2 scale %s : tensor<2xf32>, tensor<f32>
  %4 = quant_act.fake_quant relu to <8, unsigned> round toward_zero %x scale %s : tensor<2xf32>, tensor<f32>
  %5 = quant_act.fake_quant to <8, unsigned> round toward_zero %4 scale %s : tensor<2xf32>, tensor<f32>
  %6 = quant_act.fake_quant relu to <8, unsigned> round away_from_zero %x scale %s : tensor<2xf32>, tensor<f32>
  %7 = quant_act.fake_quant to <8, unsigned> round away_from_zero %6 scale %s : tensor<2xf32>, tensor<f32>
  return %1, %3, %5, %7 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// More than 16 bits.
//
// CHECK-LABEL: @keep_many_bits
func.func @keep_many_bits(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <17, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <17, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// Arithmetic in 16 bits.
//
// CHECK-LABEL: @keep_narrow_arithmetic
func.func @keep_narrow_arithmetic(%x: tensor<2xbf16>) -> tensor<2xbf16> {
  %s = arith.constant dense<0.1> : tensor<bf16>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xbf16>, tensor<bf16>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xbf16>, tensor<bf16>
  return %1 : tensor<2xbf16>
}

// -----

// The result is rounded to less than the arithmetic has, whether the scale or
// the contract says so.
//
// CHECK-LABEL: @keep_rounded_results
func.func @keep_rounded_results(%x: tensor<2xf16>) -> (tensor<2xf16>, tensor<2xf16>) {
  %s = arith.constant dense<0.1> : tensor<f32>
  %t = arith.constant dense<0.1> : tensor<f16>
  // CHECK-COUNT-4: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf16>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xf16>, tensor<f32>
  %2 = quant_act.fake_quant relu to <8, unsigned> numerics <compute = f32> %x scale %t : tensor<2xf16>, tensor<f16>
  %3 = quant_act.fake_quant to <8, unsigned> numerics <compute = f32> %2 scale %t : tensor<2xf16>, tensor<f16>
  return %1, %3 : tensor<2xf16>, tensor<2xf16>
}

// -----

// A reciprocal adds a rounding.
//
// CHECK-LABEL: @keep_reciprocal
func.func @keep_reciprocal(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<0.1> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> numerics <division = reciprocal> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> numerics <division = reciprocal> %0 scale %s : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// -----

// Scales that are not known, zero, negative, subnormal, infinite or NaN.
//
// CHECK-LABEL: @keep_odd_scales
func.func @keep_odd_scales(%x: tensor<2xf32>, %s: tensor<f32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %negative = arith.constant dense<-0.1> : tensor<f32>
  %subnormal = arith.constant dense<1.0e-40> : tensor<f32>
  %infinite = arith.constant dense<0x7F800000> : tensor<f32>
  %nan = arith.constant dense<0x7FC00000> : tensor<f32>
  // CHECK-COUNT-12: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<2xf32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, unsigned> %0 scale %s : tensor<2xf32>, tensor<f32>
  %2 = quant_act.fake_quant relu to <8, unsigned> %x scale %zero : tensor<2xf32>, tensor<f32>
  %3 = quant_act.fake_quant to <8, unsigned> %2 scale %zero : tensor<2xf32>, tensor<f32>
  %4 = quant_act.fake_quant relu to <8, unsigned> %x scale %negative : tensor<2xf32>, tensor<f32>
  %5 = quant_act.fake_quant to <8, unsigned> %4 scale %negative : tensor<2xf32>, tensor<f32>
  %6 = quant_act.fake_quant relu to <8, unsigned> %x scale %subnormal : tensor<2xf32>, tensor<f32>
  %7 = quant_act.fake_quant to <8, unsigned> %6 scale %subnormal : tensor<2xf32>, tensor<f32>
  %8 = quant_act.fake_quant relu to <8, unsigned> %x scale %infinite : tensor<2xf32>, tensor<f32>
  %9 = quant_act.fake_quant to <8, unsigned> %8 scale %infinite : tensor<2xf32>, tensor<f32>
  %10 = quant_act.fake_quant relu to <8, unsigned> %x scale %nan : tensor<2xf32>, tensor<f32>
  %11 = quant_act.fake_quant to <8, unsigned> %10 scale %nan : tensor<2xf32>, tensor<f32>
  return %1, %3, %5, %7, %9, %11 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// One channel's scale is enough.
//
// CHECK-LABEL: @keep_one_odd_scale
func.func @keep_one_odd_scale(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = arith.constant dense<[0.1, 0.0]> : tensor<2xf32>
  // CHECK-COUNT-2: quant_act.fake_quant
  %0 = quant_act.fake_quant relu to <8, unsigned> on <broadcast = [1, 2], permutation = [1, 0]> %x scale %s : tensor<2x2xf32>, tensor<2xf32>
  %1 = quant_act.fake_quant to <8, unsigned> on <broadcast = [1, 2], permutation = [1, 0]> %0 scale %s : tensor<2x2xf32>, tensor<2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

// A quantization is not dropped for being wide, fine or of a constant scale 1;
// only unused ones go.
//
// CHECK-LABEL: @keep_quantization
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>)
func.func @keep_quantization(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<1.0> : tensor<f32>
  // CHECK-COUNT-1: quant_act.fake_quant to #s32 %[[X]]
  // CHECK-NOT: quant_act.fake_quant
  %0 = quant_act.fake_quant to <32, signed> %x scale %s : tensor<2xf32>, tensor<f32>
  %unused = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2xf32>, tensor<f32>
  return %0 : tensor<2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// activate
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @activate_identity
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>)
func.func @activate_identity(%x: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK-NEXT: return %[[X]]
  %y = quant_act.activate %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// +0 where x < 0, else x: NaN and -0 stay.
//
// CHECK-LABEL: @activate_constant
func.func @activate_constant() -> tensor<5xf32> {
  %x = arith.constant dense<[-1.0, -0.0, 2.5, 0xFF800000, 0x7FC00000]> : tensor<5xf32>
  // CHECK: arith.constant dense<[0.000000e+00, -0.000000e+00, 2.500000e+00, 0.000000e+00, 0x7FC00000]> : tensor<5xf32>
  // CHECK-NOT: = quant_act.
  %y = quant_act.activate relu %x : tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

// CHECK-LABEL: @activate_relu
func.func @activate_relu(%x: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: quant_act.activate relu
  // CHECK: quant_act.activate relu
  %y = quant_act.activate relu %x : tensor<?xf32>
  %z = quant_act.activate relu %y : tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

// k = floor(0.01 * q * n + 0.5). With q = 99.999, k = n up to n = 50000:
// 50000 * 0.99999 + 0.5 = 50000 (exactly); 50001 * 0.99999 + 0.5 = 50000.99...
//
// CHECK-LABEL: @percentile_of_few
func.func @percentile_of_few(%x: tensor<50000xf32>, %y: tensor<50001xf32>) -> (tensor<f32>, tensor<f32>) {
  // CHECK: quant_act.stats abs_max %{{.*}} : tensor<50000xf32> -> tensor<f32>
  %0 = quant_act.stats percentile<99.999> %x : tensor<50000xf32> -> tensor<f32>
  // CHECK: quant_act.stats percentile<99.999> %{{.*}} : tensor<50001xf32> -> tensor<f32>
  %1 = quant_act.stats percentile<99.999> %y : tensor<50001xf32> -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// -----

// The samples of a channel count, not all of x. q = 90: 4 samples, floor(3.6 +
// 0.5) = 4 = n; 8 samples, floor(7.2 + 0.5) = 7 < n.
//
// CHECK-LABEL: @percentile_of_channels
func.func @percentile_of_channels(%x: tensor<4x2xf32>, %y: tensor<2x16xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<f32>) {
  // CHECK: quant_act.stats abs_max relu on
  %0 = quant_act.stats percentile<90.0> relu on <broadcast = [1, 2], permutation = [1, 0]> %x : tensor<4x2xf32> -> tensor<2xf32>
  // Blocks of 2 x 8.
  // CHECK: quant_act.stats percentile<90.0> on
  %1 = quant_act.stats percentile<90.0> on <broadcast = [1, 2], permutation = [1, 0]> %y : tensor<2x16xf32> -> tensor<2xf32>
  // CHECK: quant_act.stats percentile<90.0> %
  %2 = quant_act.stats percentile<90.0> %x : tensor<4x2xf32> -> tensor<f32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<f32>
}

// -----

// No values: both give 0.
//
// CHECK-LABEL: @percentile_of_none
func.func @percentile_of_none(%x: tensor<0x2xf32>) -> tensor<2xf32> {
  // CHECK: quant_act.stats abs_max on
  %0 = quant_act.stats percentile<50.0> on <broadcast = [1, 2], permutation = [1, 0]> %x : tensor<0x2xf32> -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// How many samples there are is not known.
//
// CHECK-LABEL: @percentile_of_unknown
func.func @percentile_of_unknown(%x: tensor<?x2xf32>, %y: tensor<4x2xf32>, %z: tensor<4x0xf32>) -> (tensor<2xf32>, tensor<?xf32>, tensor<0xf32>) {
  // CHECK-COUNT-3: quant_act.stats percentile<90.0>
  %0 = quant_act.stats percentile<90.0> on <broadcast = [1, 2], permutation = [1, 0]> %x : tensor<?x2xf32> -> tensor<2xf32>
  %1 = quant_act.stats percentile<90.0> on <broadcast = [1, 2], permutation = [1, 0]> %y : tensor<4x2xf32> -> tensor<?xf32>
  // No channels.
  %2 = quant_act.stats percentile<90.0> on <broadcast = [1, ?], permutation = [1, 0]> %z : tensor<4x0xf32> -> tensor<0xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<?xf32>, tensor<0xf32>
}

// -----

// Nor is it where it has no place in 64 bits: 2^64 samples are not none. With as many
// channels the four samples of each are known.
//
// CHECK-LABEL: @percentile_of_too_many
func.func @percentile_of_too_many(%x: tensor<4294967296x4294967296xf32>, %y: tensor<4294967296x4294967296x4xf32>) -> (tensor<f32>, tensor<4294967296x4294967296xf32>) {
  // CHECK: quant_act.stats percentile<90.0> %
  %0 = quant_act.stats percentile<90.0> %x : tensor<4294967296x4294967296xf32> -> tensor<f32>
  // CHECK: quant_act.stats abs_max on
  %1 = quant_act.stats percentile<90.0> on <broadcast = [?, ?, 1], permutation = [0, 1, 2]> %y : tensor<4294967296x4294967296x4xf32> -> tensor<4294967296x4294967296xf32>
  return %0, %1 : tensor<f32>, tensor<4294967296x4294967296xf32>
}

// -----

// Constants of so many elements are not folded: 2^64 is not none here either.
//
// CHECK-LABEL: @too_many_constants
func.func @too_many_constants() -> (tensor<4294967296x4294967296xf32>, tensor<4294967296x4294967296xf32>, tensor<4294967296x4294967296xf32>) {
  %x = arith.constant dense<1.0> : tensor<4294967296x4294967296xf32>
  %s = arith.constant dense<1.0> : tensor<f32>
  // CHECK: quant_act.fake_quant to
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<4294967296x4294967296xf32>, tensor<f32>
  // CHECK: quant_act.activate relu
  %1 = quant_act.activate relu %x : tensor<4294967296x4294967296xf32>
  // CHECK: quant_act.choose_qparams to
  %2 = quant_act.choose_qparams to <8, signed> %x : tensor<4294967296x4294967296xf32>
  return %0, %1, %2 : tensor<4294967296x4294967296xf32>, tensor<4294967296x4294967296xf32>, tensor<4294967296x4294967296xf32>
}

// -----

// The other statistics stay, a whole interval included.
//
// CHECK-LABEL: @other_statistics
func.func @other_statistics(%x: tensor<2xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  // CHECK: quant_act.stats mean
  %0 = quant_act.stats mean %x : tensor<2xf32> -> tensor<f32>
  // CHECK: quant_act.stats percentile_interval<1.0, 100.0>
  %1, %2 = quant_act.stats percentile_interval<1.0, 100.0> %x : tensor<2xf32> -> tensor<f32>, tensor<f32>
  // CHECK: quant_act.stats abs_max
  %3 = quant_act.stats abs_max %x : tensor<2xf32> -> tensor<f32>
  return %0, %1, %2, %3 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

//===----------------------------------------------------------------------===//
// choose_qparams of constants
//===----------------------------------------------------------------------===//

// collect, 8 bits signed: T = 128. 64 / 128 = 0.5; the dead channel 0 -> 1 / 128
// with minimum 1; -64 moves away from zero only where |v| < 1: -0.5.
//
// CHECK-LABEL: @qparams_collect
func.func @qparams_collect() -> tensor<3xf32> {
  %t = arith.constant dense<[64.0, 0.0, -64.0]> : tensor<3xf32>
  // CHECK: arith.constant dense<[5.000000e-01, 7.812500e-03, -5.000000e-01]> : tensor<3xf32>
  // CHECK-NOT: = quant_act.
  %s = quant_act.choose_qparams to <8, signed> minimum 1.0 %t : tensor<3xf32>
  return %s : tensor<3xf32>
}

// -----

// running: the minimum applies after the division by T = 128. 64 -> 0.5; 0 -> 1.
//
// CHECK-LABEL: @qparams_running
func.func @qparams_running() -> tensor<3xf32> {
  %t = arith.constant dense<[256.0, 0.0, -256.0]> : tensor<3xf32>
  // CHECK: arith.constant dense<[2.000000e+00, 1.000000e+00, 2.000000e+00]> : tensor<3xf32>
  // CHECK-NOT: = quant_act.
  %s = quant_act.choose_qparams to <8, signed> as running minimum 1.0 %t : tensor<3xf32>
  return %s : tensor<3xf32>
}

// -----

// Power-of-two scales divide by T = 2^(b-1) = 8 (4 bits signed, narrow or not).
// running: 5 -> 2^ceil(2.32) = 8 -> 1. learned: 3 is the logarithm -> 8 -> 1;
// 2.5 -> ceil 3 -> 1. statistics, half_even: 6 -> log2 = 2.58 -> 3 -> 8 -> 1.
//
// CHECK-LABEL: @qparams_power_of_two
func.func @qparams_power_of_two() -> (tensor<f32>, tensor<2xf32>, tensor<f32>) {
  %five = arith.constant dense<5.0> : tensor<f32>
  %logarithms = arith.constant dense<[3.0, 4.5]> : tensor<2xf32>
  %six = arith.constant dense<6.0> : tensor<f32>
  // CHECK-DAG: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
  // CHECK-DAG: %[[TWO:.*]] = arith.constant dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>
  %0 = quant_act.choose_qparams to <4, signed, narrow> as running restrict power_of_two<ceil> %five : tensor<f32>
  %1 = quant_act.choose_qparams to <4, signed> as learned restrict power_of_two<ceil> %logarithms : tensor<2xf32>
  %2 = quant_act.choose_qparams to <4, signed> as statistics restrict power_of_two %six : tensor<f32>
  // CHECK: return %[[ONE]], %[[TWO]], %[[ONE]]
  return %0, %1, %2 : tensor<f32>, tensor<2xf32>, tensor<f32>
}

// -----

// T of 4 bits unsigned is 15, narrow 14. 30 / 15 = 2, zero point |-3| / 2 = 1.5
// -> 2 (even). 28 / 14 = 2, fractional: 1.5. Signed: 16 / 8 = 2, 1.5 - 8 = -6.5
// -> floor -7. The low end beyond the range: |-60| / 2 = 30 -> 15.
//
// CHECK-LABEL: @qparams_zero_points
func.func @qparams_zero_points() -> (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<f32>) {
  %t = arith.constant dense<[30.0, 30.0]> : tensor<2xf32>
  %l = arith.constant dense<[-3.0, -60.0]> : tensor<2xf32>
  %t1 = arith.constant dense<28.0> : tensor<f32>
  %t2 = arith.constant dense<16.0> : tensor<f32>
  %l1 = arith.constant dense<-3.0> : tensor<f32>
  // CHECK-DAG: %[[S:.*]] = arith.constant dense<2.000000e+00> : tensor<2xf32>
  // CHECK-DAG: %[[Z:.*]] = arith.constant dense<[2.000000e+00, 1.500000e+01]> : tensor<2xf32>
  // CHECK-DAG: %[[F:.*]] = arith.constant dense<1.500000e+00> : tensor<f32>
  // CHECK-DAG: %[[G:.*]] = arith.constant dense<-7.000000e+00> : tensor<f32>
  %s0, %z0 = quant_act.choose_qparams to <4, unsigned> %t low %l : tensor<2xf32>, tensor<2xf32>
  %s1, %z1 = quant_act.choose_qparams to <4, unsigned, narrow> fractional %t1 low %l1 : tensor<f32>, tensor<f32>
  %s2, %z2 = quant_act.choose_qparams to <4, signed> round floor %t2 low %l1 : tensor<f32>, tensor<f32>
  // CHECK: return %[[S]], %[[Z]], %[[F]], %[[G]]
  return %s0, %z0, %z1, %z2 : tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<f32>
}

// -----

// CHECK-LABEL: @qparams_of_variables
func.func @qparams_of_variables(%v: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %c = arith.constant dense<1.0> : tensor<f32>
  // CHECK-COUNT-2: quant_act.choose_qparams
  %0 = quant_act.choose_qparams to <8, signed> %v : tensor<f32>
  %1, %2 = quant_act.choose_qparams to <8, signed> %c low %v : tensor<f32>, tensor<f32>
  return %0, %1, %2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

// A NaN that became the lowest code is negative, and a second relu would make it
// zero; so would a sigmoid change every value.
//
// CHECK-LABEL: @no_merge_of_negative_codes
func.func @no_merge_of_negative_codes(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %s = arith.constant dense<0.5> : tensor<f32>
  // CHECK-COUNT-2: quant_act.fake_quant relu {{.*}}numerics <onnx>
  %0 = quant_act.fake_quant relu to <8, signed> numerics <onnx> %x scale %s : tensor<4xf32>, tensor<f32>
  %1 = quant_act.fake_quant relu to <8, signed> numerics <onnx> %0 scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant relu
  // CHECK: quant_act.fake_quant sigmoid
  %2 = quant_act.fake_quant relu to <8, unsigned> %x scale %s : tensor<4xf32>, tensor<f32>
  %3 = quant_act.fake_quant sigmoid to <8, unsigned> %2 scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant relu {{.*}}numerics <onnx>
  // CHECK-NOT: quant_act.fake_quant
  %4 = quant_act.fake_quant relu to <8, unsigned> numerics <onnx> %x scale %s : tensor<4xf32>, tensor<f32>
  %5 = quant_act.fake_quant relu to <8, unsigned> numerics <onnx> %4 scale %s : tensor<4xf32>, tensor<f32>
  return %1, %3, %5 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Extents that are dynamic in the types
//===----------------------------------------------------------------------===//

// A constant behind a cast: what the types do not say is left for the run-time
// verification. 3 parameters for 4 channels stay an error to report.
//
// CHECK-LABEL: @no_fold_of_mismatch
func.func @no_fold_of_mismatch() -> tensor<?xf32> {
  %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %x = tensor.cast %c : tensor<4xf32> to tensor<?xf32>
  %s = arith.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf32>
  // CHECK: quant_act.fake_quant
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [3], permutation = [0]> %x scale %s : tensor<?xf32>, tensor<3xf32>
  return %y : tensor<?xf32>
}
