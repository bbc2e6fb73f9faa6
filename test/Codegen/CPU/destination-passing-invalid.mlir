// RUN: quant-opt %s --quant-act-destination-passing --split-input-file --verify-diagnostics

// expected-error@+1 {{'func.func' op expects results to be ranked tensors for destination passing, but got 'f32'}}
func.func @scalar_result(%x: tensor<4xf32>, %y: f32) -> (tensor<4xf32>, f32) {
  return %x, %y : tensor<4xf32>, f32
}

// -----

// expected-error@+1 {{'func.func' op expects results to be ranked tensors for destination passing, but got 'tensor<*xf32>'}}
func.func @unranked_result(%x: tensor<4xf32>) -> tensor<*xf32> {
  %y = tensor.cast %x : tensor<4xf32> to tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects arguments to be ranked tensors for destination passing, but got 'tensor<*xf32>'}}
func.func @unranked_argument(%x: tensor<*xf32>) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects one block for destination passing, but has 2}}
func.func @two_blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^bb1
^bb1:
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects no calls for destination passing, but is called; inline first}}
func.func @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @caller(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @callee(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects no calls for destination passing, but is called; inline first}}
func.func @recursive(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @recursive(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects the name 'f_result_shapes' to be free for the function that tells result shapes}}
func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
func.func @f_result_shapes() {
  return
}

// -----

func.func @no_return(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'ub.unreachable' op ends a function, but destination passing expects func.return}}
  ub.unreachable
}

// -----

// expected-error@+1 {{expects state to be a tensor of static shape, but got 'i64'}}
ml_program.global private mutable @scalar(3 : i64) : i64
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

// -----

// expected-error@+1 {{expects state to be a tensor of static shape, but got 'tensor<?xf32>'}}
ml_program.global private mutable @dynamic(dense<1.0> : tensor<2xf32>) : tensor<?xf32>
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
