// State as arguments and results; a pass moves it to the module.

func.func @get(%s: tensor<2xf32> {quant_act.name = "state", quant_act.initial = dense<1.0> : tensor<2xf32>})
    -> (tensor<2xf32> {quant_act.name = "now"}) {
  return %s : tensor<2xf32>
}

func.func @set(%v: tensor<2xf32> {quant_act.name = "value"})
    -> (tensor<2xf32> {quant_act.name = "state"}) {
  return %v : tensor<2xf32>
}

func.func @reset() -> (tensor<2xf32> {quant_act.name = "state"}) {
  %initial = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  return %initial : tensor<2xf32>
}

func.func @step(%v: tensor<2xf32> {quant_act.name = "value"}, %s: tensor<2xf32> {quant_act.name = "state"})
    -> (tensor<2xf32> {quant_act.name = "state"}, tensor<2xf32> {quant_act.name = "old"}, tensor<2xf32> {quant_act.name = "next"}) {
  %sum = arith.addf %s, %v : tensor<2xf32>
  return %sum, %s, %sum : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
