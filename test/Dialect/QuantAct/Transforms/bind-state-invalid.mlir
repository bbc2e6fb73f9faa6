// RUN: quant-opt %s --quant-act-bind-state --split-input-file --verify-diagnostics

// expected-error@+1 {{'func.func' op expects an argument of state "r" to have 'quant_act.initial', its first value}}
func.func @no_initial(%r: tensor<f32> {quant_act.name = "r"}) -> (tensor<f32> {quant_act.name = "r"}) {
  return %r : tensor<f32>
}

// -----

// expected-error@+1 {{'func.func' op expects state "r" to be a tensor of static shape, but got 'tensor<?xf32>'}}
func.func @dynamic(%r: tensor<?xf32> {quant_act.name = "r"}) -> (tensor<?xf32> {quant_act.name = "r"}) {
  return %r : tensor<?xf32>
}

// -----

func.func @one(%r: tensor<4xf32> {quant_act.name = "r", quant_act.initial = dense<1.0> : tensor<4xf32>}) -> (tensor<4xf32> {quant_act.name = "r"}) {
  return %r : tensor<4xf32>
}
// expected-error@+1 {{'func.func' op expects state "r" to be 'tensor<4xf32>', as in function 'one', but got 'tensor<3xf32>'}}
func.func @other(%r: tensor<3xf32> {quant_act.name = "r"}) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects state "r" to be 'tensor<f32>', as in function 'types', but got 'tensor<f64>'}}
func.func @types(%r: tensor<f32> {quant_act.name = "r"}, %s: tensor<f64>) -> (tensor<f64> {quant_act.name = "r"}) {
  return %s : tensor<f64>
}

// -----

func.func @one(%r: tensor<f32> {quant_act.name = "r", quant_act.initial = dense<1.0> : tensor<f32>}) -> (tensor<f32> {quant_act.name = "r"}) {
  return %r : tensor<f32>
}
// expected-error@+1 {{'func.func' op expects one initial value of state "r", but got dense<2.000000e+00> : tensor<f32> and dense<1.000000e+00> : tensor<f32>}}
func.func @other(%r: tensor<f32> {quant_act.name = "r", quant_act.initial = dense<2.0> : tensor<f32>}) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects no calls where state is bound, but is called; inline first}}
func.func @callee(%r: tensor<f32> {quant_act.name = "r", quant_act.initial = dense<1.0> : tensor<f32>}) -> (tensor<f32> {quant_act.name = "r"}) {
  return %r : tensor<f32>
}
func.func @caller(%r: tensor<f32>) {
  %0 = call @callee(%r) : (tensor<f32>) -> tensor<f32>
  return
}
