// State of the name, but not of the type, of that of state.mlir.

func.func @wide(%v: tensor<3xf32> {quant_act.name = "learned"}) -> tensor<3xf32> {
  return %v : tensor<3xf32>
}

func.func @double(%v: tensor<2xf64> {quant_act.name = "learned"}) -> tensor<2xf64> {
  return %v : tensor<2xf64>
}
