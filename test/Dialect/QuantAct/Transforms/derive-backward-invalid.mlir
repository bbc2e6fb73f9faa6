// What cannot be differentiated, with the whole message.
//
// RUN: quant-opt %s --quant-act-derive-backward --split-input-file --verify-diagnostics
// RUN: not quant-opt %S/derive-backward.mlir --quant-act-derive-backward=scale-gradient=half --split-input-file 2>&1 | FileCheck %s --check-prefix=RULE
// RULE: error: expects scale-gradient to be full, lsq or pact, but got 'half'
// RUN: not quant-opt %S/derive-backward.mlir --quant-act-derive-backward=functions=nobody --split-input-file 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: expects the option functions to name functions with a body, but got 'nobody'
// RUN: not quant-opt %S/derive-backward.mlir --quant-act-derive-backward=functions=count --split-input-file 2>&1 | FileCheck %s --check-prefix=COUNT
// COUNT: error: 'func.func' op expects tensors of floats among its arguments and its results to be differentiated

func.func @call(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'func.call' op cannot be differentiated: inline calls first}}
  %0 = call @callee(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'arith.subf' op cannot be differentiated, but a gradient would pass it}}
  %0 = arith.subf %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @branch(%c: i1, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = scf.if %c -> tensor<4xf32> {
    scf.yield %x : tensor<4xf32>
  } else {
    // expected-error@+1 {{'arith.subf' op cannot be differentiated, but a gradient would pass it}}
    %1 = arith.subf %x, %x : tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

// No gradient passes what decides the state only.
func.func @state(%x: tensor<4xf32>, %r: tensor<f32>, %n: tensor<i64>) -> (tensor<4xf32>, tensor<f32>) {
  %t = quant_act.stats abs_max %x : tensor<4xf32> -> tensor<f32>
  %u = arith.subf %t, %t : tensor<f32>
  %s, %m = quant_act.observe %u, %r, %n : tensor<f32>, tensor<i64>
  return %x, %s : tensor<4xf32>, tensor<f32>
}

// -----

// expected-error@+1 {{'func.func' op expects one block to be differentiated, but has 2}}
func.func @blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^end
^end:
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects the name 'f_backward' to be free for its gradients}}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @f_backward()
