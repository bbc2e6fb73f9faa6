// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A 4-bit QuantReLU whose scale is the running maximum, rescaled and shifted by
// what is learned: Brevitas's AFFINE_STATS with scaling_affine_rescaling_init.
// There is no keyword for it: the ops that a layer consists of, and elementwise
// ops between them. Gradients: quant-opt --quant-act-derive-backward.

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
#u4 = #quant_act.int<4, unsigned>

func.func @train(%x: tensor<1x3x2x2xf32>, %weight: tensor<3xf32>,
                 %bias: tensor<3xf32>, %running: tensor<3xf32>,
                 %count: tensor<i64>)
    -> (tensor<1x3x2x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  %t = quant_act.stats abs_max relu on #nchw %x
      : tensor<1x3x2x2xf32> -> tensor<3xf32>
  %r, %n = quant_act.observe momentum 0.1 %t, %running, %count
      : tensor<3xf32>, tensor<i64>
  // Only the minimum: a binary format divides by 1.
  %least = quant_act.choose_qparams to #quant_act.binary %t : tensor<3xf32>
  %scaled = arith.mulf %least, %weight : tensor<3xf32>
  %v = arith.addf %scaled, %bias : tensor<3xf32>
  %s = quant_act.choose_qparams to #u4 as parameter %v : tensor<3xf32>
  %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
      : tensor<1x3x2x2xf32>, tensor<3xf32>
  return %y, %s, %r, %n
      : tensor<1x3x2x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}

// The same from the running statistic on.
func.func @evaluate(%x: tensor<1x3x2x2xf32>, %weight: tensor<3xf32>,
                    %bias: tensor<3xf32>, %running: tensor<3xf32>)
    -> (tensor<1x3x2x2xf32>, tensor<3xf32>) {
  %least = quant_act.choose_qparams to #quant_act.binary %running : tensor<3xf32>
  %scaled = arith.mulf %least, %weight : tensor<3xf32>
  %v = arith.addf %scaled, %bias : tensor<3xf32>
  %s = quant_act.choose_qparams to #u4 as parameter %v : tensor<3xf32>
  %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
      : tensor<1x3x2x2xf32>, tensor<3xf32>
  return %y, %s : tensor<1x3x2x2xf32>, tensor<3xf32>
}

// Powers of two are rescaled as logarithms. They are computed in f64 and rounded,
// as those of choose_qparams are.
func.func @train_power_of_two(%x: tensor<1x3x2x2xf32>, %weight: tensor<3xf32>,
                              %bias: tensor<3xf32>, %running: tensor<3xf32>,
                              %count: tensor<i64>)
    -> (tensor<1x3x2x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  %t = quant_act.stats abs_max relu on #nchw %x
      : tensor<1x3x2x2xf32> -> tensor<3xf32>
  %r, %n = quant_act.observe momentum 0.1 %t, %running, %count
      : tensor<3xf32>, tensor<i64>
  %least = quant_act.choose_qparams to #quant_act.binary %t : tensor<3xf32>
  %wide = arith.extf %least : tensor<3xf32> to tensor<3xf64>
  %log = math.log2 %wide : tensor<3xf64>
  %exponent = arith.truncf %log : tensor<3xf64> to tensor<3xf32>
  %scaled = arith.mulf %exponent, %weight : tensor<3xf32>
  %v = arith.addf %scaled, %bias : tensor<3xf32>
  %s = quant_act.choose_qparams to #u4 as parameter restrict power_of_two<ceil>
      %v : tensor<3xf32>
  %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
      : tensor<1x3x2x2xf32>, tensor<3xf32>
  return %y, %s, %r, %n
      : tensor<1x3x2x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}
