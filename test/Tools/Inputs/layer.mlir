#nc = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>

func.func @quantize(%x: tensor<?x?xf32> {quant_act.name = "x"},
                    %s: tensor<?xf32> {quant_act.name = "s"})
    -> (tensor<?x?xf32> {quant_act.name = "y"}) {
  %y = quant_act.fake_quant to #quant_act.int<4, signed> on #nc %x scale %s
      : tensor<?x?xf32>, tensor<?xf32>
  return %y : tensor<?x?xf32>
}

func.func @average(%x: tensor<1x2xf32> {quant_act.name = "x"},
                   %r: tensor<2xf32> {quant_act.name = "range"},
                   %n: tensor<i64> {quant_act.name = "count"})
    -> (tensor<2xf32> {quant_act.name = "range"},
        tensor<i64> {quant_act.name = "count"}) {
  %t = quant_act.stats abs_max on #nc %x : tensor<1x2xf32> -> tensor<2xf32>
  %r1, %n1 = quant_act.observe %t, %r, %n : tensor<2xf32>, tensor<i64>
  return %r1, %n1 : tensor<2xf32>, tensor<i64>
}

func.func @whole(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %y = quant_act.fake_quant to #quant_act.int<4, signed> %x scale %s
      : tensor<2x2xf32>, tensor<f32>
  return %y : tensor<2x2xf32>
}

func.func @scalar(%x: f32) -> f32 { return %x : f32 }

func.func @foreign(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %y = arith.subf %x, %x : tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
