#nc = #quant_act.grid<broadcast = [1, 2], permutation = [1, 0]>
#s4 = #quant_act.int<4, signed>

// Five calls: two that collect, three that learn.
func.func @train(
    %x: tensor<1x2xf32> {quant_act.name = "x"},
    %r: tensor<2xf32> {quant_act.name = "range", quant_act.initial = dense<1.0> : tensor<2xf32>},
    %v: tensor<2xf32> {quant_act.name = "learned", quant_act.initial = dense<1.0> : tensor<2xf32>},
    %n: tensor<i64> {quant_act.name = "count", quant_act.initial = dense<0> : tensor<i64>})
    -> (tensor<1x2xf32> {quant_act.name = "y"}, tensor<2xf32> {quant_act.name = "range"},
        tensor<2xf32> {quant_act.name = "learned"}, tensor<i64> {quant_act.name = "count"}) {
  %y, %s, %r1, %v1, %n1 = quant_act.act train abs_max steps 2 momentum 0.5 to #s4 on #nc
      %x state %r, %v, %n : tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<i64>
  return %y, %r1, %v1, %n1 : tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<i64>
}

func.func @evaluate(
    %x: tensor<1x2xf32> {quant_act.name = "x"},
    %v: tensor<2xf32> {quant_act.name = "learned"}) -> (tensor<1x2xf32> {quant_act.name = "y"}) {
  %y, %s = quant_act.act evaluate_learned abs_max to #s4 on #nc %x state %v
      : tensor<1x2xf32>, tensor<2xf32>
  return %y : tensor<1x2xf32>
}

// How the state is looked at where the module holds it.
func.func @get(%v: tensor<2xf32> {quant_act.name = "learned"},
               %n: tensor<i64> {quant_act.name = "count"})
    -> (tensor<2xf32> {quant_act.name = "learned_now"}, tensor<i64> {quant_act.name = "count_now"}) {
  return %v, %n : tensor<2xf32>, tensor<i64>
}
