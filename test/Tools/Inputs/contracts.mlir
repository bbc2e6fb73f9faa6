#columns = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>
#whole = #quant_act.grid<broadcast = [1, 1], permutation = [0, 1]>

func.func @layer(%x: tensor<?x4xf32> {quant_act.name = "x"},
                 %s: tensor<4xf32> {quant_act.name = "s"},
                 %z: tensor<f32> {quant_act.name = "z"}) -> tensor<?x4xf32> {
  %y = quant_act.fake_quant to <8, unsigned> on #columns zero_point_on #whole
      %x scale %s zero_point %z : tensor<?x4xf32>, tensor<4xf32>, tensor<f32>
  return %y : tensor<?x4xf32>
}

func.func @two(%x: tensor<?x4xf32> {quant_act.name = "x"},
               %s: tensor<4xf32> {quant_act.name = "s"},
               %z: tensor<f32> {quant_act.name = "z"}) -> tensor<?x4xf32> {
  %y = call @layer(%x, %s, %z) : (tensor<?x4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %r = arith.constant dense<4.0> : tensor<f32>
  %w, %t = quant_act.act evaluate abs_max to <4, signed> %y state %r
      : tensor<?x4xf32>, tensor<f32>
  return %w : tensor<?x4xf32>
}

func.func @none(%x: tensor<?x4xf32> {quant_act.name = "x"}) -> tensor<?x4xf32> {
  return %x : tensor<?x4xf32>
}
