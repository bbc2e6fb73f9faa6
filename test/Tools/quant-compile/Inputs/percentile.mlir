// A percentile that takes the run-time library: of 3 elements the second.

func.func @median(%x: tensor<3xf32> {quant_act.name = "x"}) -> (tensor<f32> {quant_act.name = "median"}) {
  %t = quant_act.stats percentile<50.0> %x : tensor<3xf32> -> tensor<f32>
  return %t : tensor<f32>
}
