// State in the module, as written by hand: values, not copies.

ml_program.global private mutable @state(dense<1.0> : tensor<2xf32>) : tensor<2xf32>

func.func @get() -> (tensor<2xf32> {quant_act.name = "now"}) {
  %s = ml_program.global_load @state : tensor<2xf32>
  return %s : tensor<2xf32>
}

func.func @set(%v: tensor<2xf32> {quant_act.name = "value"}) {
  ml_program.global_store @state = %v : tensor<2xf32>
  return
}

func.func @reset() {
  %initial = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  ml_program.global_store @state = %initial : tensor<2xf32>
  return
}

func.func @step(%v: tensor<2xf32> {quant_act.name = "value"})
    -> (tensor<2xf32> {quant_act.name = "old"}, tensor<2xf32> {quant_act.name = "next"}) {
  %s = ml_program.global_load @state : tensor<2xf32>
  %sum = arith.addf %s, %v : tensor<2xf32>
  ml_program.global_store @state = %sum : tensor<2xf32>
  return %s, %sum : tensor<2xf32>, tensor<2xf32>
}
