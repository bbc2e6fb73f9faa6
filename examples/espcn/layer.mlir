// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A 4-bit QuantReLU after a convolution with 64 output channels (NCHW), once with
// one scale for the tensor and once with one scale per channel.

#nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
#u4 = #quant_act.int<4, unsigned>

// One calibration step: x is a batch of crops of any size; the running statistics
// go in and out.
func.func @calibrate(
    %x: tensor<?x64x32x32xf32> {quant_act.name = "x"},
    %tensor_range: tensor<f32> {quant_act.name = "tensor_range"},
    %channel_range: tensor<64xf32> {quant_act.name = "channel_range"},
    %count: tensor<i64> {quant_act.name = "count"})
    -> (tensor<f32> {quant_act.name = "tensor_range"},
        tensor<64xf32> {quant_act.name = "channel_range"},
        tensor<i64> {quant_act.name = "count"}) {
  %t = quant_act.stats abs_max relu %x : tensor<?x64x32x32xf32> -> tensor<f32>
  %c = quant_act.stats abs_max relu on #nchw %x
      : tensor<?x64x32x32xf32> -> tensor<64xf32>
  %new_t, %n = quant_act.observe %t, %tensor_range, %count
      : tensor<f32>, tensor<i64>
  %new_c, %m = quant_act.observe %c, %channel_range, %count
      : tensor<64xf32>, tensor<i64>
  return %new_t, %new_c, %n : tensor<f32>, tensor<64xf32>, tensor<i64>
}

// Quantizes a crop with the calibrated ranges.
func.func @quantize(
    %x: tensor<1x64x32x32xf32> {quant_act.name = "x"},
    %tensor_range: tensor<f32> {quant_act.name = "tensor_range"},
    %channel_range: tensor<64xf32> {quant_act.name = "channel_range"})
    -> (tensor<1x64x32x32xf32> {quant_act.name = "per_tensor"},
        tensor<f32> {quant_act.name = "tensor_scale"},
        tensor<1x64x32x32xf32> {quant_act.name = "per_channel"},
        tensor<64xf32> {quant_act.name = "channel_scale"}) {
  %y_t, %s_t = quant_act.act relu evaluate abs_max to #u4 %x state %tensor_range
      : tensor<1x64x32x32xf32>, tensor<f32>
  %y_c, %s_c = quant_act.act relu evaluate abs_max to #u4 on #nchw
      %x state %channel_range : tensor<1x64x32x32xf32>, tensor<64xf32>
  return %y_t, %s_t, %y_c, %s_c
      : tensor<1x64x32x32xf32>, tensor<f32>, tensor<1x64x32x32xf32>, tensor<64xf32>
}
