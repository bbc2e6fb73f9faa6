// The configurations that Brevitas 0.12.1 rejects, and those it accepts only by
// accident, as the IR nearest to each; what Brevitas says or does stands above.
// x is (2, 3, 4, 5) unless the case is about coinciding extents.
//
// RUN: quant-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Rejected by Brevitas
//===----------------------------------------------------------------------===//

// No scaling_stats_permute_dims. TypeError: permute_dims() missing 1 required
// positional argument.
//
// expected-error@+1 {{expects a permutation after the broadcast shape, such as permutation = [1, 0, 2, 3] for one parameter along dimension 1}}
#no_permutation = #quant_act.grid<broadcast = [1, 3, 1, 1]>

// -----

// No per_channel_broadcastable_shape. DependencyError: can not resolve attribute
// 'per_channel_broadcastable_shape'.
//
// expected-error@+1 {{expected 'broadcast'}}
#no_shape = #quant_act.grid<permutation = [1, 0, 2, 3]>

// -----

// Four channels of three. RuntimeError: shape '[1, 4, 1, 1]' is invalid for input
// of size 3.
func.func @wrong_channels(%x: tensor<2x3x4x5xf32>, %r: tensor<4xf32>) {
  // expected-error@+1 {{expects broadcast extent 4 of dimension 1 to be 1, or the dimension's extent (3), or a divisor of it}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [1, 4, 1, 1], permutation = [1, 0, 2, 3]> %x state %r : tensor<2x3x4x5xf32>, tensor<4xf32>
  return
}

// -----

// A permutation of three dimensions. RuntimeError: number of dimensions in the tensor
// input does not match the length of the desired ordering.
//
// expected-error@+1 {{expects a permutation of as many dimensions as the broadcast shape has (4), but got [1, 0, 2]}}
#short_permutation = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2]>

// -----

// scaling_stats_permute_dims None: the view is taken of x as it is. RuntimeError:
// shape '[1, 3, 1, 1]' is invalid for input of size 2.
//
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 1] keeps [1], but permutation [0, 1, 2, 3] begins with [0]}}
#permutation_none = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [0, 1, 2, 3]>

// -----

// A shape (3,) that would lie along the last dimension, of five. RuntimeError: The
// size of tensor a (5) must match the size of tensor b (3).
func.func @not_broadcastable(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{expects broadcast extent 3 of dimension 3 to be 1, or the dimension's extent (5), or a divisor of it}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [1, 1, 1, 3], permutation = [3, 0, 1, 2]> %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// The shape as it stands.
//
// expected-error@+1 {{expects a permutation of as many dimensions as the broadcast shape has (1), but got [1, 0, 2, 3]}}
#short_shape = #quant_act.grid<broadcast = [3], permutation = [1, 0, 2, 3]>

// -----

// QuantHardTanh without max_val. DependencyError: can not resolve attribute
// 'max_val' while building 'scaling_init_impl'.
func.func @hardtanh_without_range(%x: tensor<2x3x4x5xf32>) {
  // expected-error@+1 {{expects the state (learned threshold) in phase learn with scaling parameter, but got 0 of 1 values}}
  %0:2 = quant_act.act learn scaling parameter to <8, signed> on <broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]> %x : tensor<2x3x4x5xf32>
  return
}

// -----

// Parameters along two dimensions, statistics along one. RuntimeError: shape
// '[1, 3, 1, 5]' is invalid for input of size 3.
//
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 5] keeps [1, 3], but permutation [1, 0, 2, 3] begins with [1, 0]}}
#two_axes = #quant_act.grid<broadcast = [1, 3, 1, 5], permutation = [1, 0, 2, 3]>

// -----

//===----------------------------------------------------------------------===//
// Accepted by Brevitas by accident
//===----------------------------------------------------------------------===//

// -----

// Shape (C, 1, 1), correct: a grid has one entry per dimension.
func.func @three_entries(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{expects one broadcast entry per dimension of x (4), but got [3, 1, 1]}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [3, 1, 1], permutation = [0, 1, 2]> %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Shape (C,) with the channels last, correct.
func.func @one_entry(%x: tensor<2x3x4x5xf32>, %r: tensor<5xf32>) {
  // expected-error@+1 {{expects one broadcast entry per dimension of x (4), but got [5]}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [5], permutation = [0]> %x state %r : tensor<2x3x4x5xf32>, tensor<5xf32>
  return
}

// -----

// Shape (1, 1, C, 1, 1): y would have rank 5.
func.func @five_entries(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{expects one broadcast entry per dimension of x (4), but got [1, 1, 3, 1, 1]}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [1, 1, 3, 1, 1], permutation = [2, 0, 1, 3, 4]> %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// Shape (C, 1, 1, 1) where N = 1: y would grow to (C, C, H, W).
func.func @grown(%x: tensor<1x3x4x5xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{expects broadcast extent 3 of dimension 0 to be 1, or the dimension's extent (1), or a divisor of it}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [3, 1, 1, 1], permutation = [0, 1, 2, 3]> %x state %r : tensor<1x3x4x5xf32>, tensor<3xf32>
  return
}

// -----

// The same with the statistics' permutation.
//
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [3, 1, 1, 1] keeps [0], but permutation [1, 0, 2, 3] begins with [1]}}
#grown_permutation = #quant_act.grid<broadcast = [3, 1, 1, 1], permutation = [1, 0, 2, 3]>

// -----

// Shape (1, 1, 1, C) where W = C, and shape (C,) likewise: channel statistics would
// be applied along W.
//
// expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 1, 1, 3] keeps [3], but permutation [1, 0, 2, 3] begins with [1]}}
#along_width = #quant_act.grid<broadcast = [1, 1, 1, 3], permutation = [1, 0, 2, 3]>

// -----

// No permutation, or one that begins with 0, where N = C: the statistics of batch
// items would be applied to channels.
func.func @batch_statistics(%x: tensor<3x3x4x5xf32>, %r: tensor<3xf32>) {
  // expected-error@+1 {{expects the permutation to begin with the dimensions that keep parameters: broadcast [1, 3, 1, 1] keeps [1], but permutation [0, 1, 2, 3] begins with [0]}}
  %0:2 = quant_act.act relu evaluate percentile<99.999> to <8, unsigned> on <broadcast = [1, 3, 1, 1], permutation = [0, 1, 2, 3]> %x state %r : tensor<3x3x4x5xf32>, tensor<3xf32>
  return
}
