#nc = #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>

func.func @three_channels(%x: tensor<?x?xf32>) -> tensor<3xf32> {
  %t = quant_act.stats abs_max on #nc %x : tensor<?x?xf32> -> tensor<3xf32>
  return %t : tensor<3xf32>
}

func.func @channels(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %t = quant_act.stats abs_max on #nc %x : tensor<?x?xf32> -> tensor<?xf32>
  return %t : tensor<?xf32>
}

func.func @largest_channel(%x: tensor<?x?xf32>) -> tensor<f32> {
  %t = quant_act.stats abs_max on #nc %x : tensor<?x?xf32> -> tensor<?xf32>
  %m = quant_act.stats abs_max %t : tensor<?xf32> -> tensor<f32>
  return %m : tensor<f32>
}

func.func @parameters(%t: tensor<?xf32>, %l: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %s, %z = quant_act.choose_qparams to <8, unsigned> %t low %l : tensor<?xf32>, tensor<?xf32>
  return %s, %z : tensor<?xf32>, tensor<?xf32>
}

func.func @running(%t: tensor<?xf32>, %r: tensor<?xf32>, %n: tensor<i64>) -> tensor<?xf32> {
  %r1, %n1 = quant_act.observe %t, %r, %n : tensor<?xf32>, tensor<i64>
  return %r1 : tensor<?xf32>
}

func.func @elements(%n: tensor<i64>) -> tensor<?xf32> {
  %e = tensor.extract %n[] : tensor<i64>
  %i = arith.index_cast %e : i64 to index
  %c = arith.constant 1.0 : f32
  %t = tensor.splat %c[%i] : tensor<?xf32>
  return %t : tensor<?xf32>
}

func.func @huge_argument(%x: tensor<4294967296x4294967296xf32>) -> tensor<f32> {
  %m = quant_act.stats abs_max %x : tensor<4294967296x4294967296xf32> -> tensor<f32>
  return %m : tensor<f32>
}

func.func @huge_result() -> tensor<100000000000000xf32> {
  %c = arith.constant dense<1.0> : tensor<100000000000000xf32>
  return %c : tensor<100000000000000xf32>
}

func.func @huge_constant() -> tensor<f32> {
  %c = arith.constant dense<1.0> : tensor<100000000000000xf32>
  %m = quant_act.stats abs_max %c : tensor<100000000000000xf32> -> tensor<f32>
  return %m : tensor<f32>
}

// The second argument has the first one's default name; likewise the results.
func.func @argument_names(%a: tensor<f32>, %b: tensor<f32> {quant_act.name = "arg0"}) -> tensor<f32> {
  return %b : tensor<f32>
}
func.func @result_names(%a: tensor<f32>) -> (tensor<f32>, tensor<f32> {quant_act.name = "result0"}) {
  return %a, %a : tensor<f32>, tensor<f32>
}

func.func @no_return(%x: tensor<f32>) -> tensor<f32> {
  ub.unreachable
}
