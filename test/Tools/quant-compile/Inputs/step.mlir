#grid = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>
func.func @step(%x: tensor<?x?xf32>, %running: tensor<?xf32>, %count: tensor<i64>)
    -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<i64>) {
  %y, %s, %next, %n = quant_act.act collect abs_max momentum 0.1 to <8, signed> on #grid
      %x state %running, %count : tensor<?x?xf32>, tensor<?xf32>, tensor<i64>
  return %y, %s, %next, %n : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<i64>
}
func.func @gradients(%g: tensor<?x?xf32>, %x: tensor<?x?xf32>, %s: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %dx, %ds = quant_act.fake_quant_grad to <8, signed> on #grid %g, %x scale %s
      : tensor<?x?xf32>, tensor<?xf32>
  return %dx, %ds : tensor<?x?xf32>, tensor<?xf32>
}
