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
