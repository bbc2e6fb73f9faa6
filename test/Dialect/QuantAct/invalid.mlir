// One section per rule of a verifier, with the whole message. Text that cannot be
// parsed at all is in parse-invalid.mlir.
//
// RUN: quant-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expects positive broadcast extents, but got 0 for dimension 1}}
#grid = #quant_act.grid<broadcast = [1, 0], permutation = [1, 0]>

// -----

// expected-error@+1 {{expects positive broadcast extents, but got -3 for dimension 0}}
#grid = #quant_act.grid<broadcast = [-3, 1], permutation = [0, 1]>

// -----

// expected-error@+1 {{expects a permutation of as many dimensions as the broadcast shape has (4), but got [1, 0, 2]}}
#grid = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2]>

// -----

// expected-error@+1 {{expects a permutation of as many dimensions as the broadcast shape has (0), but got [0]}}
#grid = #quant_act.grid<broadcast = [], permutation = [0]>

// -----

// Brevitas takes negative indices; here they have one spelling.
// expected-error@+1 {{expects permutation entries in [0, 2), but got -1 at index 0}}
#grid = #quant_act.grid<broadcast = [1, 3], permutation = [-1, 0]>

// -----

// expected-error@+1 {{expects permutation entries in [0, 2), but got 2 at index 1}}
#grid = #quant_act.grid<broadcast = [1, 3], permutation = [1, 2]>

// -----

// expected-error@+1 {{expects permutation entries in [0, 2), but got 9223372036854775807 at index 0}}
#grid = #quant_act.grid<broadcast = [1, 3], permutation = [9223372036854775807, 0]>

// -----

// expected-error@+1 {{expects each dimension once in the permutation, but got 1 again at index 2}}
#grid = #quant_act.grid<broadcast = [1, 3, 1], permutation = [1, 0, 1]>

// -----

// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 1] keeps [1], but permutation [0, 1, 2, 3] begins with [0]}}
#grid = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [0, 1, 2, 3]>

// -----

// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [?, 1, 24] keeps [0, 2], but permutation [0, 1, 2] begins with [0, 1]}}
#grid = #quant_act.grid<broadcast = [?, 1, 24], permutation = [0, 1, 2]>

// -----

//===----------------------------------------------------------------------===//
// Configurations that Brevitas accepts by accident. x is N, C, H, W; the
// comment is the configuration as its user writes it.
//===----------------------------------------------------------------------===//

// Shape (C, 1, 1): right there by right-aligned broadcasting. Here every
// dimension of x has its entry.
func.func @shape_of_lower_rank(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (4), but got [3, 1, 1]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [3, 1, 1], permutation = [0, 1, 2]> %x scale %s : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Shape (C,) with a channel-last permutation: the same.
func.func @shape_of_rank_one(%x: tensor<2x4x5x3xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (4), but got [3]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [3], permutation = [0]> %x scale %s : tensor<2x4x5x3xf32>, tensor<3xf32>
  return
}

// -----

// Shape (C,) with its permutation over x's dimensions.
// expected-error@+1 {{expects a permutation of as many dimensions as the broadcast shape has (1), but got [3, 0, 1, 2]}}
#grid = #quant_act.grid<broadcast = [3], permutation = [3, 0, 1, 2]>

// -----

// Shape (1, 1, C, 1, 1), of rank 5 on rank 4: the output would get rank 5.
func.func @shape_of_higher_rank(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (4), but got [1, 1, 3, 1, 1]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 1, 3, 1, 1], permutation = [2, 0, 1, 3, 4]> %x scale %s : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Shape (C, 1, 1, 1) with N == 1: the output would grow to (C, C, H, W).
func.func @shape_on_unit_batch(%x: tensor<1x3x4x5xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 3 of dimension 0 to be 1, or the dimension's extent (1), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [3, 1, 1, 1], permutation = [0, 1, 2, 3]> %x scale %s : tensor<1x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Shape (1, 1, 1, C) with W == C: statistics of channels would be applied along
// W. The permutation says channels, the shape says W.
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 1, 1, 3] keeps [3], but permutation [1, 0, 2, 3] begins with [1]}}
#grid = #quant_act.grid<broadcast = [1, 1, 1, 3], permutation = [1, 0, 2, 3]>

// -----

// Shape (C,) with W == C: the same, one rank lower.
func.func @shape_of_rank_one_along_w(%x: tensor<2x3x4x3xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (4), but got [3]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [3], permutation = [0]> %x scale %s : tensor<2x3x4x3xf32>, tensor<3xf32>
  return
}

// -----

// A leading 0 in the permutation (or none, which is the identity) with N == C:
// statistics of batch items would be applied to channels.
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 1] keeps [1], but permutation [0, 1, 2, 3] begins with [0]}}
#grid = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [0, 1, 2, 3]>

// -----

// Shape (1, 3, 1, 5): a RuntimeError there. Several axes are fine here, with a
// permutation that says so; this one does not.
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 5] keeps [1, 3], but permutation [1, 0, 2, 3] begins with [1, 0]}}
#grid = #quant_act.grid<broadcast = [1, 3, 1, 5], permutation = [1, 0, 2, 3]>

// -----

// As many elements as C, no more and no fewer.
func.func @numel_is_not_c(%x: tensor<2x4x4x5xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 3 of dimension 1 to be 1, or the dimension's extent (4), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]> %x scale %s : tensor<2x4x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Not broadcastable: more parameters than indices.
func.func @not_broadcastable(%x: tensor<2x3x4x5xf32>, %s: tensor<6xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 6 of dimension 1 to be 1, or the dimension's extent (3), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 6, 1, 1], permutation = [1, 0, 2, 3]> %x scale %s : tensor<2x3x4x5xf32>, tensor<6xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Grids over tensors
//===----------------------------------------------------------------------===//

// Blocks that do not divide the dimension.
func.func @ragged_blocks(%x: tensor<8x770xf32>, %s: tensor<24xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 24 of dimension 1 to be 1, or the dimension's extent (770), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 24], permutation = [1, 0]> %x scale %s : tensor<8x770xf32>, tensor<24xf32>
  return
}

// -----

// Parameters along a dimension without indices.
func.func @no_channels(%x: tensor<8x0xf32>, %s: tensor<24xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 24 of dimension 1 to be 1, or the dimension's extent (0), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 24], permutation = [1, 0]> %x scale %s : tensor<8x0xf32>, tensor<24xf32>
  return
}

// -----

func.func @grid_on_rank_zero(%x: tensor<f32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (0), but got [3]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [3], permutation = [0]> %x scale %s : tensor<f32>, tensor<3xf32>
  return
}

// -----

// In the message, ? is the text's.
func.func @grid_of_other_rank_with_unknown(%x: tensor<?xf32>, %s: tensor<?xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects one broadcast entry per dimension of x (1), but got [1, ?]}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, ?], permutation = [1, 0]> %x scale %s : tensor<?xf32>, tensor<?xf32>
  return
}

// -----

// Statistics and layers check their grids too.
func.func @stats_grid(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects broadcast extent 3 of dimension 1 to be 1, or the dimension's extent (4), or a divisor of it}}
  %0 = quant_act.stats abs_max on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @act_grid(%x: tensor<2x4xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects broadcast extent 3 of dimension 1 to be 1, or the dimension's extent (4), or a divisor of it}}
  %0:2 = quant_act.act evaluate abs_max to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x state %r : tensor<2x4xf32>, tensor<3xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Formats, contracts, statistics, restrictions
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expects 1 to 32 bits, but got 0}}
#format = #quant_act.int<0, signed>

// -----

// expected-error@+1 {{expects 1 to 32 bits, but got 33}}
#format = #quant_act.int<33, unsigned>

// -----

// expected-error@+1 {{expects 1 to 32 bits, but got -1}}
#format = #quant_act.int<-1, unsigned>

// -----

// 2^32 + 8, which would be 8 if it were cut.
// expected-error@+1 {{expects 1 to 32 bits, but got 4294967304}}
#format = #quant_act.int<4294967304, unsigned>

// -----

// expected-error@+1 {{expects at least 2 bits for a narrow range, which would otherwise hold one code, but got 1}}
#format = #quant_act.int<1, signed, narrow>

// -----

// expected-error@+1 {{expects at least 2 bits for a narrow range, which would otherwise hold one code, but got 1}}
#format = #quant_act.int<1, unsigned, narrow>

// -----

// expected-error@+1 {{expects clamp = after_rounding with zero_point = outside, where the bounds apply to the sum}}
#numerics = #quant_act.numerics<zero_point = outside, clamp = before_rounding>

// -----

// expected-error@+1 {{expects clamp = after_rounding with zero_point = outside, where the bounds apply to the sum}}
#numerics = #quant_act.numerics<onnx, clamp = before_rounding>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got 0}}
#statistic = #quant_act.statistic<percentile<0.0>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got -1}}
#statistic = #quant_act.statistic<percentile<-1.0>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got 100.5}}
#statistic = #quant_act.statistic<percentile<100.5>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got +Inf}}
#statistic = #quant_act.statistic<percentile<1.0e400>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got 0}}
#statistic = #quant_act.statistic<percentile_interval<0.0, 99.0>>

// -----

// expected-error@+1 {{expects percentiles above 0 and up to 100, but got 101}}
#statistic = #quant_act.statistic<percentile_interval<1.0, 101.0>>

// -----

// expected-error@+1 {{expects the lower percentile not to exceed the upper one, but got 6.000000e+01 and 5.000000e+01}}
#statistic = #quant_act.statistic<percentile_interval<60.0, 50.0>>

// -----

// expected-error@+1 {{expects a rounding of the exponent with power_of_two only, but got ceil with float}}
#restriction = #quant_act.restriction<float<ceil>>

// -----

// expected-error@+1 {{expects a rounding of the exponent with power_of_two only, but got floor with log}}
#restriction = #quant_act.restriction<log<floor>>

// -----

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
func.func @scale_of_wrong_extent(%x: tensor<2x3x4x5xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [4]}}
  %0 = quant_act.fake_quant to <8, signed> on #nchw %x scale %s : tensor<2x3x4x5xf32>, tensor<4xf32>
  return
}

// -----

// Parameters are compact; they do not have x's rank.
#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
func.func @scale_of_broadcast_shape(%x: tensor<2x3x4x5xf32>, %s: tensor<1x3x1x1xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [1, 3, 1, 1]}}
  %0 = quant_act.fake_quant to <8, signed> on #nchw %x scale %s : tensor<2x3x4x5xf32>, tensor<1x3x1x1xf32>
  return
}

// -----

// In the permutation's order, not x's.
#two = #quant_act.grid<broadcast = [1, 3, 1, 5], permutation = [3, 1, 0, 2]>
func.func @scale_in_other_order(%x: tensor<2x3x4x5xf32>, %s: tensor<3x5xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [5, 3], one extent per dimension that keeps parameters, as the grid says, but got [3, 5]}}
  %0 = quant_act.fake_quant to <8, signed> on #two %x scale %s : tensor<2x3x4x5xf32>, tensor<3x5xf32>
  return
}

// -----

func.func @scale_without_grid(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [], as there is no grid, but got [3]}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
func.func @scale_per_tensor_on_grid(%x: tensor<2x3x4x5xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got []}}
  %0 = quant_act.fake_quant to <8, signed> on #nchw %x scale %s : tensor<2x3x4x5xf32>, tensor<f32>
  return
}

// -----

// ? stands for the extent of x, which is known.
#any = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>
func.func @scale_of_wrong_extent_for_unknown(%x: tensor<?x3xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [4]}}
  %0 = quant_act.fake_quant to <8, signed> on #any %x scale %s : tensor<?x3xf32>, tensor<4xf32>
  return
}

// -----

#any = #quant_act.grid<broadcast = [?, 3], permutation = [0, 1]>
func.func @scale_of_unknown_extent(%x: tensor<?x3xf32>, %s: tensor<?x4xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects scale to have shape [?, 3], one extent per dimension that keeps parameters, as the grid says, but got [?, 4]}}
  %0 = quant_act.fake_quant to <8, signed> on #any %x scale %s : tensor<?x3xf32>, tensor<?x4xf32>
  return
}

// -----

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
func.func @zero_point_of_wrong_extent(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>, %z: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects zero_point to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got []}}
  %0 = quant_act.fake_quant to <8, signed> on #nchw %x scale %s zero_point %z : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>
  return
}

// -----

func.func @zero_point_without_grid(%x: tensor<2x3x4x5xf32>, %s: tensor<f32>, %z: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects zero_point to have shape [], as there is no grid, but got [3]}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<2x3x4x5xf32>, tensor<f32>, tensor<3xf32>
  return
}

// -----

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
func.func @zero_point_of_its_grid(%x: tensor<2x3x4x5xf32>, %s: tensor<f32>, %z: tensor<4xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects zero_point to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [4]}}
  %0 = quant_act.fake_quant to <8, signed> zero_point_on #nchw %x scale %s zero_point %z : tensor<2x3x4x5xf32>, tensor<f32>, tensor<4xf32>
  return
}

// -----

func.func @zero_point_grid_that_does_not_fit(%x: tensor<2x4xf32>, %s: tensor<f32>, %z: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects broadcast extent 3 of dimension 1 to be 1, or the dimension's extent (4), or a divisor of it}}
  %0 = quant_act.fake_quant to <8, signed> zero_point_on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s zero_point %z : tensor<2x4xf32>, tensor<f32>, tensor<3xf32>
  return
}

// -----

func.func @zero_point_grid_without_zero_point(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects a zero point where there is a grid for it}}
  %0 = quant_act.fake_quant to <8, signed> zero_point_on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

// 4 and 6 blocks along 12: neither holds whole blocks of the other.
func.func @blocks_that_do_not_nest(%x: tensor<2x12xf32>, %s: tensor<4xf32>, %z: tensor<6xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects the broadcast extents of two grids along dimension 1 to divide each other, but got 4 and 6}}
  %0 = quant_act.fake_quant to <8, signed> on <broadcast = [1, 4], permutation = [1, 0]> zero_point_on <broadcast = [1, 6], permutation = [1, 0]> %x scale %s zero_point %z : tensor<2x12xf32>, tensor<4xf32>, tensor<6xf32>
  return
}

// -----

func.func @x_is_no_float(%x: tensor<2xi8>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #0 must be ranked tensor of f16, bf16, f32 or f64 values, but got 'tensor<2xi8>'}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2xi8>, tensor<f32>
  return
}

// -----

func.func @x_is_another_float(%x: tensor<2xtf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #0 must be ranked tensor of f16, bf16, f32 or f64 values, but got 'tensor<2xtf32>'}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2xtf32>, tensor<f32>
  return
}

// -----

func.func @x_has_no_rank(%x: tensor<*xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #0 must be ranked tensor of f16, bf16, f32 or f64 values, but got 'tensor<*xf32>'}}
  %0 = "quant_act.fake_quant"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, format = #quant_act.int<8, signed>}> : (tensor<*xf32>, tensor<f32>) -> tensor<*xf32>
  return
}

// -----

func.func @scale_is_no_tensor(%x: tensor<2xf32>, %s: f32) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #1 must be ranked tensor of f16, bf16, f32, f64, f8E8M0FNU or f8E4M3FN values, but got 'f32'}}
  %0 = "quant_act.fake_quant"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, format = #quant_act.int<8, signed>}> : (tensor<2xf32>, f32) -> tensor<2xf32>
  return
}

// -----

func.func @y_of_other_type(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op failed to verify that all of {x, y} have same type}}
  %0 = "quant_act.fake_quant"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, format = #quant_act.int<8, signed>}> : (tensor<2xf32>, tensor<f32>) -> tensor<2xf16>
  return
}

// -----

func.func @no_format(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op requires attribute 'format'}}
  %0 = "quant_act.fake_quant"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>}> : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// activate
//===----------------------------------------------------------------------===//

func.func @activate_integers(%x: tensor<2xi32>) {
  // expected-error@+1 {{'quant_act.activate' op operand #0 must be ranked tensor of f16, bf16, f32 or f64 values, but got 'tensor<2xi32>'}}
  %0 = quant_act.activate relu %x : tensor<2xi32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

func.func @stats_of_a_quantizer(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects a statistic of x alone, but got mse, which depends on the quantizer; use quant_act.search_threshold}}
  %0 = quant_act.stats mse %x : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @average_per_channel(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects no grid with the statistic max_average, which is one for all channels, but got #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>}}
  %0 = quant_act.stats max_average<<broadcast = [1, 3], permutation = [1, 0]>> on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @average_of_other_channels(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects one broadcast entry per dimension of x (2), but got [1, 3, 1]}}
  %0 = quant_act.stats max_average<<broadcast = [1, 3, 1], permutation = [1, 0, 2]>> %x : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @search_with_open_bits(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.search_threshold' op expects a format that says its bits, but got #quant_act.int<?, unsigned>}}
  %0 = quant_act.search_threshold to <?, unsigned> %x : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @search_stochastically(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.search_threshold' op expects a rounding that is not stochastic, so that errors can be compared}}
  %0 = quant_act.search_threshold to <8, unsigned> round stochastic %x : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @search_per_other_channel(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.search_threshold' op expects threshold to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [2]}}
  %0 = quant_act.search_threshold to <8, unsigned> on <broadcast = [1, 3], permutation = [1, 0]> %x : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @stats_with_low(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects one result for the statistic abs_max, but got 2}}
  %0:2 = quant_act.stats abs_max %x : tensor<2x3xf32> -> tensor<f32>, tensor<f32>
  return
}

// -----

func.func @stats_of_two_types(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.stats' op expects threshold and low to have one type, but got 'tensor<f32>' and 'tensor<f64>'}}
  %0:2 = quant_act.stats min_max %x : tensor<2x3xf32> -> tensor<f32>, tensor<f64>
  return
}

// -----

//===----------------------------------------------------------------------===//
// choose_qparams
//===----------------------------------------------------------------------===//

func.func @qparams_of_two_types(%t: tensor<3xf32>, %l: tensor<3xf64>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects threshold and low to have one type, or either to be one for all (rank 0), but got 'tensor<3xf32>' and 'tensor<3xf64>'}}
  %0:2 = quant_act.choose_qparams to <8, unsigned> %t low %l : tensor<3xf32>, tensor<3xf64>
  return
}

// -----

func.func @qparams_of_two_shapes(%t: tensor<3xf32>, %l: tensor<4xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects threshold and low to have one type, or either to be one for all (rank 0), but got 'tensor<3xf32>' and 'tensor<4xf32>'}}
  %0:2 = quant_act.choose_qparams to <8, unsigned> %t low %l : tensor<3xf32>, tensor<4xf32>
  return
}

// -----

func.func @qparams_bits_of_other_shape(%t: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects bits to be one for all (rank 0) or to have the threshold's shape, but got 'tensor<4xf32>' and 'tensor<3xf32>'}}
  %0 = quant_act.choose_qparams to <?, unsigned> %t bits %b : tensor<3xf32> bits tensor<4xf32>
  return
}

// -----

func.func @no_bits(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects an operand bits for the format #quant_act.int<?, unsigned>, which does not say them}}
  %0 = quant_act.fake_quant to <?, unsigned> %x scale %s : tensor<3xf32>, tensor<f32>
  return
}

// -----

func.func @bits_twice(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects an operand bits with a format int<?, ..> only, but the format is #quant_act.int<8, unsigned>}}
  %0 = quant_act.fake_quant to <8, unsigned> %x scale %s bits %s : tensor<3xf32>, tensor<f32> bits tensor<f32>
  return
}

// -----

func.func @bits_of_other_shape(%x: tensor<3xf32>, %s: tensor<f32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects bits to have shape [], as there is no grid, but got [3]}}
  %0 = quant_act.fake_quant to <?, unsigned> %x scale %s bits %b : tensor<3xf32>, tensor<f32> bits tensor<3xf32>
  return
}

// -----

func.func @zero_point_of_a_minifloat(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects an integer format where there is a zero point, but got #quant_act.float<e4m3fn>}}
  %0 = quant_act.fake_quant to #quant_act.float<e4m3fn> %x scale %s zero_point %s : tensor<3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @no_seed(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects a seed with stochastic rounding and only there, but got none with stochastic}}
  %0 = quant_act.fake_quant to <8, unsigned> round stochastic %x scale %s : tensor<3xf32>, tensor<f32>
  return
}

// -----

func.func @idle_seed(%x: tensor<3xf32>, %s: tensor<f32>, %r: tensor<i64>) {
  // expected-error@+1 {{'quant_act.fake_quant' op expects a seed with stochastic rounding and only there, but got one with half_even}}
  %0 = quant_act.fake_quant to <8, unsigned> %x scale %s seed %r : tensor<3xf32>, tensor<f32>
  return
}

// -----

func.func @qparams_negative_minimum(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects a finite minimum of at least 0, but got -1.000000e-10}}
  %0 = quant_act.choose_qparams to <8, unsigned> minimum -1.0e-10 %t : tensor<3xf32>
  return
}

// -----

func.func @qparams_infinite_minimum(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects a finite minimum of at least 0, but got INF}}
  %0 = quant_act.choose_qparams to <8, unsigned> minimum 0x7FF0000000000000 %t : tensor<3xf32>
  return
}

// -----

func.func @qparams_nan_minimum(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects a finite minimum of at least 0, but got nan}}
  %0 = quant_act.choose_qparams to <8, unsigned> minimum 0x7FF8000000000000 %t : tensor<3xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// observe
//===----------------------------------------------------------------------===//

func.func @observe_negative_momentum(%t: tensor<3xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.observe' op expects a momentum in [0, 1], but got -1.000000e-01}}
  %0:2 = quant_act.observe momentum -0.1 %t, %t, %n : tensor<3xf32>, tensor<i64>
  return
}

// -----

func.func @observe_large_momentum(%t: tensor<3xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.observe' op expects a momentum in [0, 1], but got 1.500000e+00}}
  %0:2 = quant_act.observe momentum 1.5 %t, %t, %n : tensor<3xf32>, tensor<i64>
  return
}

// -----

func.func @observe_nan_momentum(%t: tensor<3xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.observe' op expects a momentum in [0, 1], but got nan}}
  %0:2 = quant_act.observe momentum 0x7FF8000000000000 %t, %t, %n : tensor<3xf32>, tensor<i64>
  return
}

// -----

func.func @observe_negative_minimum(%t: tensor<3xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.observe' op expects a finite minimum of at least 0, but got -1.000000e+00}}
  %0:2 = quant_act.observe minimum -1.0 %t, %t, %n : tensor<3xf32>, tensor<i64>
  return
}

// -----

func.func @observe_count_of_other_type(%t: tensor<3xf32>, %n: tensor<i32>) {
  // expected-error@+1 {{'quant_act.observe' op operand #2 must be 0D tensor of 64-bit signless integer values, but got 'tensor<i32>'}}
  %0:2 = quant_act.observe %t, %t, %n : tensor<3xf32>, tensor<i32>
  return
}

// -----

func.func @observe_batch_of_other_type(%t: tensor<3xf32>, %r: tensor<3xf64>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.observe' op failed to verify that all of {batch, running, new_running} have same type}}
  %0:2 = "quant_act.observe"(%t, %r, %n) : (tensor<3xf32>, tensor<3xf64>, tensor<i64>) -> (tensor<3xf64>, tensor<i64>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// act
//===----------------------------------------------------------------------===//

func.func @collect_without_count(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (running threshold, count) in phase collect with statistic abs_max, but got 1 of 2 values}}
  %0:4 = quant_act.act collect abs_max to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @collect_without_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{expects the state (running threshold, running low, count) in phase collect with statistic min_max, but got 2 of 3 values}}
  %0:6 = quant_act.act collect min_max to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @calibrate_with_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{expects the state (running threshold, count) in phase calibrate with statistic percentile, but got 3 of 2 values}}
  %0:4 = quant_act.act calibrate percentile<99.0> to <8, signed> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @evaluate_with_count(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{expects the state (running threshold) in phase evaluate with statistic mean, but got 2 of 1 values}}
  %0:2 = quant_act.act evaluate mean to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @evaluate_learned_without_low(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (learned threshold, learned low) in phase evaluate_learned with statistic percentile_interval, but got 1 of 2 values}}
  %0:3 = quant_act.act evaluate_learned percentile_interval<1.0, 99.0> to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

// No state at all, which only the generic form can say.
func.func @no_state(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects the state (running threshold) in phase evaluate with statistic abs_max, but got 0 of 1 values}}
  %0 = "quant_act.act"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0>, format = #quant_act.int<8, signed>, phase = #quant_act<phase evaluate>, statistic = #quant_act.statistic<abs_max>}> : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @no_count(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects the state (running threshold, count) in phase calibrate with statistic abs_max, but got 0 of 2 values}}
  %0:2 = "quant_act.act"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0>, format = #quant_act.int<8, signed>, phase = #quant_act<phase calibrate>, statistic = #quant_act.statistic<abs_max>}> : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i64>)
  return
}

// -----

func.func @count_of_other_type(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects the count of the state to be tensor<i64>, but got 'tensor<f32>'}}
  %0:4 = quant_act.act collect abs_max to <8, signed> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @count_of_other_rank(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<1xi64>) {
  // expected-error@+1 {{'quant_act.act' op expects the count of the state to be tensor<i64>, but got 'tensor<1xi64>'}}
  %0:4 = quant_act.act collect abs_max to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<1xi64>
  return
}

// -----

func.func @state_of_two_types(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f64>) {
  // expected-error@+1 {{'quant_act.act' op expects thresholds and low ends of one type, but got 'tensor<f32>' and 'tensor<f64>'}}
  %0:3 = quant_act.act evaluate min_max to <8, signed> %x state %r, %l : tensor<2x3xf32>, tensor<f32>, tensor<f64>
  return
}

// -----

func.func @momentum_in_evaluation(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects a momentum only in the phases that update the statistics (collect, calibrate, train), but got one in evaluate}}
  %0:2 = quant_act.act evaluate abs_max momentum 0.1 to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @learned_statistics(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects phase collect, calibrate or evaluate with scaling stats and no low end to learn, but got evaluate_learned}}
  %0:2 = quant_act.act evaluate_learned abs_max scaling stats to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @train_without_learned(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{expects the state (running threshold, learned threshold, count) in phase train with statistic abs_max, but got 2 of 3 values}}
  %0:5 = quant_act.act train abs_max steps 3 to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @given_with_low(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (learned threshold) in phase learn with scaling parameter, but got 2 of 1 values}}
  %0:2 = quant_act.act learn scaling parameter to <8, signed> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @delay_without_calls(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (running threshold, calls) in phase evaluate with statistic abs_max, but got 1 of 2 values}}
  %0:3 = quant_act.act evaluate abs_max delay 2 to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @trained_statistics(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects phase collect, calibrate or evaluate with scaling stats and no low end to learn, but got train}}
  %0:4 = quant_act.act train abs_max scaling stats steps 3 to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @collected_parameter(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects phase learn or evaluate_learned with scaling parameter, but got collect}}
  %0:3 = quant_act.act collect scaling parameter to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @learned_constant(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects phase evaluate with scaling const, but got learn}}
  %0:2 = quant_act.act learn scaling const to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @statistic_of_parameter(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects no statistic with scaling parameter, except an interval for its low end, but got abs_max}}
  %0:2 = quant_act.act learn abs_max scaling parameter to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @symmetric_interval_of_parameter(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects no statistic with scaling parameter, except an interval for its low end, but got symmetric min_max}}
  %0:2 = quant_act.act learn min_max symmetric scaling parameter to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @statistic_of_given(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects no statistic with scaling const and given_low, but got min_max}}
  %0:3 = quant_act.act evaluate min_max scaling const given_low to <8, signed> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @collect_given_without_threshold(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{expects the state (running low, learned threshold, count) in phase collect with scaling parameter and statistic min_max, but got 2 of 3 values}}
  %0:5 = quant_act.act collect min_max scaling parameter to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @evaluate_without_given_low(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (running threshold, learned low) in phase evaluate with statistic abs_max and given_low, but got 1 of 2 values}}
  %0:3 = quant_act.act evaluate abs_max given_low to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @symmetric_and_given(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects symmetric or given_low, but got both}}
  %0:3 = quant_act.act evaluate min_max symmetric given_low to <8, signed> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @given_low_of_minifloat(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects an integer format where there is a zero point, but got #quant_act.float<e4m3fn>}}
  %0:3 = quant_act.act learn scaling parameter given_low to #quant_act.float<e4m3fn> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @search_with_zero_point(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects no zero point with the statistic mse, but got given_low}}
  %0:5 = quant_act.act collect mse given_low to <8, signed> %x state %r, %l, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @given_low_of_other_shape(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects learned low to have shape [], as there is no grid, but got [3]}}
  %0:3 = quant_act.act learn scaling parameter given_low to <8, signed> %x state %r, %l : tensor<2x3xf32>, tensor<f32>, tensor<3xf32>
  return
}

// -----

func.func @no_statistic(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects a statistic with scaling parameter_from_stats, but got none}}
  %0:2 = quant_act.act evaluate to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @signed_statistic(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects signed_scale with scaling parameter or const only, but got it with stats}}
  %0:2 = quant_act.act evaluate abs_max scaling stats signed_scale to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @symmetric_magnitude(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects symmetric with an interval only, but the statistic is abs_max}}
  %0:2 = quant_act.act evaluate abs_max symmetric to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @symmetric_constant(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects symmetric with an interval only, but the statistic is none}}
  %0:2 = quant_act.act evaluate symmetric scaling const to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @train_without_steps(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects steps in phase train and only there, but got none in train}}
  %0:5 = quant_act.act train abs_max to <8, signed> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @collect_with_steps(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects steps in phase train and only there, but got some in collect}}
  %0:4 = quant_act.act collect abs_max steps 3 to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @negative_steps(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects at least 0 steps, but got -1}}
  %0:5 = quant_act.act train abs_max steps -1 to <8, signed> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @negative_delay(%x: tensor<2x3xf32>, %r: tensor<f32>, %k: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects a delay of at least 0 calls, but got -2}}
  %0:3 = quant_act.act evaluate abs_max delay -2 to <8, signed> %x state %r, %k : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @delayed_calibration(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects a delay in phases that quantize only, but got one in calibrate}}
  %0:4 = quant_act.act calibrate abs_max delay 2 to <8, signed> %x state %r, %n, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>, tensor<i64>
  return
}

// -----

func.func @delayed_minifloat(%x: tensor<2x3xf32>, %r: tensor<f32>, %k: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects no delay with a minifloat, which Brevitas never delays, but got one with #quant_act.float<e4m3fn>}}
  %0:3 = quant_act.act evaluate abs_max delay 2 to #quant_act.float<e4m3fn> %x state %r, %k : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @calls_of_other_type(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects the calls of the state to be tensor<i64>, but got 'tensor<f32>'}}
  %0:3 = quant_act.act evaluate abs_max delay 2 to <8, signed> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @integer_state(%x: tensor<2x3xf32>, %r: tensor<i32>) {
  // expected-error@+1 {{'quant_act.act' op expects the running threshold to hold f16, bf16, f32 or f64, but got 'tensor<i32>'}}
  %0:2 = quant_act.act evaluate abs_max to <8, signed> %x state %r : tensor<2x3xf32>, tensor<i32>
  return
}

// -----

func.func @narrower_state(%x: tensor<2x3xf32>, %r: tensor<f16>) {
  // expected-error@+1 {{'quant_act.act' op expects the learned threshold to hold every value of 'f32', x's element type, but got 'f16'}}
  %0:2 = quant_act.act learn abs_max to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f16>
  return
}

// -----

func.func @learned_of_other_shape(%x: tensor<2x3xf32>, %r: tensor<f32>, %v: tensor<3xf32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects learned threshold to have shape [], as there is no grid, but got [3]}}
  %0:5 = quant_act.act train abs_max steps 3 to <8, signed> %x state %r, %v, %n : tensor<2x3xf32>, tensor<f32>, tensor<3xf32>, tensor<i64>
  return
}

// -----

func.func @act_without_bits(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects an operand bits for the format #quant_act.int<?, signed>, which does not say them}}
  %0:2 = quant_act.act evaluate abs_max to <?, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @act_bits_of_other_shape(%x: tensor<2x3xf32>, %r: tensor<f32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects bits to have shape [], as there is no grid, but got [3]}}
  %0:2 = quant_act.act evaluate abs_max to <?, signed> %x state %r bits %b : tensor<2x3xf32>, tensor<f32> bits tensor<3xf32>
  return
}

// -----

func.func @act_without_seed(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects a seed with stochastic rounding and only there, but got none with stochastic}}
  %0:2 = quant_act.act evaluate abs_max to <8, signed> round stochastic %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @asymmetric_minifloat(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects an integer format where there is a zero point, but got #quant_act.float<e4m3fn>}}
  %0:3 = quant_act.act evaluate min_max to #quant_act.float<e4m3fn> %x state %r, %l : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @search_with_open_bits(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>, %b: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects a format that says its bits with the statistic mse, but got #quant_act.int<?, signed>}}
  %0:4 = quant_act.act collect mse to <?, signed> %x state %r, %n bits %b : tensor<2x3xf32>, tensor<f32>, tensor<i64> bits tensor<f32>
  return
}

// -----

func.func @stochastic_search(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>, %seed: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects a rounding with the statistic mse that is not stochastic, so that errors can be compared}}
  %0:4 = quant_act.act collect mse to <8, signed> round stochastic %x state %r, %n seed %seed : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @max_average_per_channel(%x: tensor<2x3xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.act' op expects no grid with the statistic max_average, which is one for all channels, but got #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>}}
  %0:2 = quant_act.act evaluate max_average<<broadcast = [1, ?], permutation = [1, 0]>> to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x state %r : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @stochastic_zero_point(%t: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.choose_qparams' op expects a rounding of zero points that needs no seed, but got stochastic}}
  %0:2 = quant_act.choose_qparams to <8, unsigned> round stochastic %t low %t : tensor<3xf32>, tensor<3xf32>
  return
}

// -----

func.func @act_large_momentum(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects a momentum in [0, 1], but got 2.000000e+00}}
  %0:4 = quant_act.act collect abs_max momentum 2.0 to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @act_negative_minimum(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects a finite minimum of at least 0, but got -1.000000e+00}}
  %0:2 = quant_act.act evaluate abs_max minimum -1.0 to <8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// quant_act.name and other attributes of the dialect
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expects 'quant_act.name' to be a non-empty string, but got ""}}
func.func @empty_name(%x: tensor<f32> {quant_act.name = ""}) {
  return
}

// -----

// expected-error@+1 {{expects 'quant_act.name' to be a non-empty string, but got 1 : i64}}
func.func @name_is_no_string(%x: tensor<f32> {quant_act.name = 1}) {
  return
}

// -----

// expected-error@+1 {{expects 'quant_act.name' to be a non-empty string, but got unit}}
func.func @name_of_result_is_no_string(%x: tensor<f32>) -> (tensor<f32> {quant_act.name}) {
  return %x : tensor<f32>
}

// -----

// expected-error@+1 {{expects each 'quant_act.name' to be used once, but got "x" more than once}}
func.func @argument_name_twice(%x: tensor<f32> {quant_act.name = "x"}, %y: tensor<f32> {quant_act.name = "x"}) {
  return
}

// -----

// expected-error@+1 {{expects each 'quant_act.name' to be used once, but got "y" more than once}}
func.func private @result_name_twice() -> (tensor<f32> {quant_act.name = "y"}, tensor<f32> {quant_act.name = "y"})

// -----

// expected-error@+1 {{unknown argument or result attribute 'quant_act.foo'}}
func.func @unknown_argument_attribute(%x: tensor<f32> {quant_act.foo = "x"}) {
  return
}

// -----

// expected-error@+1 {{unknown argument or result attribute 'quant_act.foo'}}
func.func private @unknown_result_attribute() -> (tensor<f32> {quant_act.foo})

// -----

// expected-error@+1 {{unknown attribute 'quant_act.name'; the dialect has none for operations}}
func.func @name_of_function() attributes {quant_act.name = "f"} {
  return
}

// -----

// expected-error@+1 {{expects 'quant_act.seldom_runs' to be a unit attribute, but got true}}
func.func private @seldom_runs() attributes {quant_act.seldom_runs = true}

// -----

// expected-error@+1 {{expects 'quant_act.no_subnormal' to be a unit attribute, but got 0 : i64}}
func.func private @no_subnormal() attributes {quant_act.no_subnormal = 0}

// -----

// expected-error@+1 {{expects 'quant_act.long_rows' to be a unit attribute, but got 1 : i64}}
func.func private @long_rows() attributes {quant_act.long_rows = 1}

// -----

// expected-error@+1 {{unknown attribute 'quant_act.foo'; the dialect has none for operations}}
module attributes {quant_act.foo} {
}

// -----

func.func @attribute_of_any_op(%x: tensor<f32>) {
  // expected-error@+1 {{unknown attribute 'quant_act.name'; the dialect has none for operations}}
  "some.op"(%x) {quant_act.name = "x"} : (tensor<f32>) -> ()
  return
}

// -----

//===----------------------------------------------------------------------===//
// quantize and dequantize
//===----------------------------------------------------------------------===//

func.func @narrow_storage(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.int<9, unsigned> to be stored in integers of at least 9 bits, but got 'i8'}}
  %0 = quant_act.quantize to <9, unsigned> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xi8>
  return
}

// -----

func.func @signs_in_one_bit(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.binary to be stored in integers of at least 2 bits, but got 'i1'}}
  %0 = quant_act.quantize to #quant_act.binary %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xi1>
  return
}

// -----

func.func @integers_in_floats(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.int<4, signed> to be stored in integers of at least 4 bits, but got 'f8E5M2'}}
  %0 = quant_act.quantize to <4, signed> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf8E5M2>
  return
}

// -----

func.func @other_minifloat(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.float<e4m3fn> to be stored as 'f8E4M3FN', but got 'f8E5M2'}}
  %0 = quant_act.quantize to #quant_act.float<e4m3fn> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf8E5M2>
  return
}

// -----

func.func @wider_minifloat(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.float<e2m1fn> to be stored as 'f4E2M1FN', but got 'i4'}}
  %0 = quant_act.quantize to #quant_act.float<e2m1fn> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xi4>
  return
}

// -----

func.func @read_as_another_minifloat(%q: tensor<3xf6E2M3FN>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.dequantize' op expects codes of #quant_act.float<e3m2fn> to be stored as 'f6E3M2FN', but got 'f6E2M3FN'}}
  %0 = quant_act.dequantize from #quant_act.float<e3m2fn> %q scale %s : tensor<3xf6E2M3FN>, tensor<f32> -> tensor<3xf32>
  return
}

// -----

func.func @signed_exponents(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.float<exponent = 8, mantissa = 0, bias = 128> to be stored as a type that has its numbers, which none has, but got 'f8E8M0FNU'}}
  %0 = quant_act.quantize to #quant_act.float<e8m0fnu, signed> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf8E8M0FNU>
  return
}

// -----

func.func @scale_of_few_bits(%x: tensor<3xf32>, %s: tensor<f8E5M2>) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #1 must be ranked tensor of f16, bf16, f32, f64, f8E8M0FNU or f8E4M3FN values, but got 'tensor<f8E5M2>'}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<3xf32>, tensor<f8E5M2>
  return
}

// -----

func.func @zero_point_of_exponents(%x: tensor<3xf32>, %s: tensor<f8E8M0FNU>) {
  // expected-error@+1 {{'quant_act.fake_quant' op operand #2 must be ranked tensor of f16, bf16, f32 or f64 values, but got 'tensor<f8E8M0FNU>'}}
  %0 = quant_act.fake_quant to <8, signed> %x scale %s zero_point %s : tensor<3xf32>, tensor<f8E8M0FNU>, tensor<f8E8M0FNU>
  return
}

// -----

func.func @minifloat_without_type(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.float<exponent = 4, mantissa = 3> to be stored as a type that has its numbers, which none has, but got 'i8'}}
  %0 = quant_act.quantize to #quant_act.float<exponent = 4, mantissa = 3> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xi8>
  return
}

// -----

func.func @infinity_without_code(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{which none has, but got 'f8E4M3FN'}}
  %0 = quant_act.quantize to #quant_act.float<e4m3fn, overflow = infinity> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf8E4M3FN>
  return
}

// -----

func.func @nan_without_code(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects codes of #quant_act.float<e2m1fn, overflow = nan> to be stored as a type that has its numbers, which none has, but got 'f4E2M1FN'}}
  %0 = quant_act.quantize to #quant_act.float<e2m1fn, overflow = nan> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xf4E2M1FN>
  return
}

// -----

func.func @codes_with_a_sign(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op result #0 must be ranked tensor of a signless integer or a float of at most 8 bits values, but got 'tensor<3xui8>'}}
  %0 = quant_act.quantize to <8, unsigned> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<3xui8>
  return
}

// -----

func.func @codes_of_other_shape(%x: tensor<3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.quantize' op expects x and q to have one shape, but got 'tensor<3xf32>' and 'tensor<?xi8>'}}
  %0 = quant_act.quantize to <8, unsigned> %x scale %s : tensor<3xf32>, tensor<f32> -> tensor<?xi8>
  return
}

// -----

func.func @values_of_other_shape(%q: tensor<3xi8>, %s: tensor<f32>) {
  // expected-error@+1 {{'quant_act.dequantize' op expects q and y to have one shape, but got 'tensor<3xi8>' and 'tensor<4xf32>'}}
  %0 = quant_act.dequantize from <8, unsigned> %q scale %s : tensor<3xi8>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @scale_of_codes(%q: tensor<2x3xi8>, %s: tensor<2xf32>) {
  // expected-error@+1 {{'quant_act.dequantize' op expects scale to have shape [3], one extent per dimension that keeps parameters, as the grid says, but got [2]}}
  %0 = quant_act.dequantize from <8, unsigned> on <broadcast = [1, 3], permutation = [1, 0]> %q scale %s : tensor<2x3xi8>, tensor<2xf32> -> tensor<2x3xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// quant_act.initial
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expects 'quant_act.initial' to be a dense constant of the argument's type, 'tensor<4xf32>', but got dense<1.000000e+00> : tensor<3xf32>}}
func.func @initial_of_other_type(%r: tensor<4xf32> {quant_act.initial = dense<1.0> : tensor<3xf32>}) {
  return
}

// -----

// expected-error@+1 {{expects 'quant_act.initial' to be a dense constant of the argument's type, 'tensor<f32>', but got 1.000000e+00 : f32}}
func.func @initial_number(%r: tensor<f32> {quant_act.initial = 1.0 : f32}) {
  return
}

// -----

// expected-error@+1 {{unknown argument or result attribute 'quant_act.initial'}}
func.func @initial_result(%r: tensor<f32>) -> (tensor<f32> {quant_act.initial = dense<1.0> : tensor<f32>}) {
  return %r : tensor<f32>
}

// -----

func.func @low_from_no_interval(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects low_from to be an interval, but got abs_max}}
  %0:3 = quant_act.act evaluate abs_max low_from abs_max to <8, unsigned> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @low_from_and_given(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects low_from, symmetric or given_low, but got low_from and given_low}}
  %0:3 = quant_act.act evaluate abs_max low_from min_max given_low to <8, unsigned> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @low_from_beside_given(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects low_from with a threshold that has a statistic, but got it with scaling const}}
  %0:3 = quant_act.act evaluate min_max low_from min_max scaling const to <8, unsigned> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @low_from_search(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{'quant_act.act' op expects no zero point with the statistic mse, but got low_from}}
  %0:3 = quant_act.act evaluate mse low_from min_max to <8, unsigned> %x state %r, %r : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

func.func @low_from_without_state(%x: tensor<2x3xf32>, %r: tensor<f32>) {
  // expected-error@+1 {{expects the state (running threshold, running low) in phase evaluate with statistic abs_max and low_from min_max, but got 1 of 2 values}}
  %0:2 = quant_act.act evaluate abs_max low_from min_max to <8, unsigned> %x state %r : tensor<2x3xf32>, tensor<f32>
  return
}

// -----

func.func @two_low_momentums(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects low_momentum or low_average, but got both}}
  %0:6 = quant_act.act collect min_max low_momentum 0.1 low_average to <8, unsigned> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @low_momentum_without_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects low_momentum only where a running low end is updated, but there is none in collect}}
  %0:4 = quant_act.act collect abs_max low_momentum 0.1 to <8, unsigned> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @low_average_in_learning(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects low_average only where a running low end is updated, but there is none in learn}}
  %0:5 = quant_act.act learn min_max scaling stats momentum 0.1 low_average to <8, unsigned> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

func.func @low_momentum_too_large(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) {
  // expected-error@+1 {{'quant_act.act' op expects a momentum in [0, 1], but got 1.5}}
  %0:6 = quant_act.act collect min_max low_momentum 1.5 to <8, unsigned> %x state %r, %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

//===----------------------------------------------------------------------===//
// order_statistics
//===----------------------------------------------------------------------===//

func.func @order_statistics_activation(%x: tensor<2x3xf32>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects no activation but relu, but got tanh}}
  %0 = quant_act.order_statistics tanh %x channels [1] ranks %k into %c : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @order_statistics_no_ranks(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects a rank or more and a result for each, but got 0 and 0}}
  "quant_act.order_statistics"(%x) <{channels = array<i64: 1>, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<2x3xf32>) -> ()
  return
}

// -----

func.func @order_statistics_results(%x: tensor<2x3xf32>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects a rank or more and a result for each, but got 2 and 1}}
  %0 = quant_act.order_statistics %x channels [1] ranks %k, %k into %c : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @order_statistics_channel(%x: tensor<2x3xf32>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects channels to be dimensions of x, which has 2, but got 2}}
  %0 = quant_act.order_statistics %x channels [2] ranks %k into %c : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @order_statistics_channel_twice(%x: tensor<2x3xf32>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects different dimensions as channels, but got 1 twice}}
  %0 = quant_act.order_statistics %x channels [1, 1] ranks %k into %c : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @order_statistics_shape(%x: tensor<2x3xf32>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects values of type 'tensor<2xf32>', but got 'tensor<3xf32>'}}
  %0 = quant_act.order_statistics %x channels [0] ranks %k into %c : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @order_statistics_element_type(%x: tensor<2x3xf16>, %k: i64, %c: tensor<3xf32>) {
  // expected-error@+1 {{'quant_act.order_statistics' op expects values of type 'tensor<3xf16>', but got 'tensor<3xf32>'}}
  %0 = quant_act.order_statistics %x channels [1] ranks %k into %c : tensor<2x3xf16>, tensor<3xf32>
  return
}
