// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func @quantize(%x: tensor<?xf32> {quant_act.name = "x"})
    -> (tensor<?xi8> {quant_act.name = "q"},
        tensor<?xf8E4M3FN> {quant_act.name = "f"}) {
  %s = arith.constant dense<1.0> : tensor<f32>
  %q = quant_act.quantize to <8, unsigned> %x scale %s
      : tensor<?xf32>, tensor<f32> -> tensor<?xi8>
  %f = quant_act.quantize to #quant_act.float<e4m3fn> %x scale %s
      : tensor<?xf32>, tensor<f32> -> tensor<?xf8E4M3FN>
  return %q, %f : tensor<?xi8>, tensor<?xf8E4M3FN>
}

func.func @dequantize(%q: tensor<?xi8> {quant_act.name = "q"},
                      %f: tensor<?xf8E4M3FN> {quant_act.name = "f"})
    -> (tensor<?xf32> {quant_act.name = "y"},
        tensor<?xf32> {quant_act.name = "z"}) {
  %s = arith.constant dense<1.0> : tensor<f32>
  %y = quant_act.dequantize from <8, unsigned> %q scale %s
      : tensor<?xi8>, tensor<f32> -> tensor<?xf32>
  %z = quant_act.dequantize from #quant_act.float<e4m3fn> %f scale %s
      : tensor<?xf8E4M3FN>, tensor<f32> -> tensor<?xf32>
  return %y, %z : tensor<?xf32>, tensor<?xf32>
}

// Microscaling: a block of 32 shares a power of two.
#blocks = #quant_act.grid<broadcast = [2], permutation = [0]>

func.func @quantize_mx(%x: tensor<64xf32> {quant_act.name = "x"})
    -> (tensor<64xf4E2M1FN> {quant_act.name = "q"},
        tensor<2xf8E8M0FNU> {quant_act.name = "s"}) {
  %four = arith.constant dense<4.0> : tensor<f32>
  %t = quant_act.stats abs_max on #blocks %x : tensor<64xf32> -> tensor<2xf32>
  %s = quant_act.quantize to #quant_act.float<e8m0fnu> round floor %t scale %four
      : tensor<2xf32>, tensor<f32> -> tensor<2xf8E8M0FNU>
  %q = quant_act.quantize to #quant_act.float<e2m1fn> on #blocks %x scale %s
      : tensor<64xf32>, tensor<2xf8E8M0FNU> -> tensor<64xf4E2M1FN>
  return %q, %s : tensor<64xf4E2M1FN>, tensor<2xf8E8M0FNU>
}

func.func @dequantize_mx(%q: tensor<64xf4E2M1FN> {quant_act.name = "q"},
                         %s: tensor<2xf8E8M0FNU> {quant_act.name = "s"})
    -> (tensor<64xf32> {quant_act.name = "y"}) {
  %y = quant_act.dequantize from #quant_act.float<e2m1fn> on #blocks %q scale %s
      : tensor<64xf4E2M1FN>, tensor<2xf8E8M0FNU> -> tensor<64xf32>
  return %y : tensor<64xf32>
}
