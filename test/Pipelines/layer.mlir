// Whole layers, in every phase, down to the LLVM dialect.
//
// RUN: quant-opt %s --quant-act-to-cpu-loops | FileCheck %s
// RUN: quant-opt %s --quant-act-to-llvm-cpu | FileCheck %s --check-prefix=LLVM --implicit-check-not=builtin.unrealized
// RUN: quant-opt %s --quant-act-to-llvm-cpu="vectorize-loops=false" | FileCheck %s --check-prefix=LLVM --implicit-check-not=builtin.unrealized
// RUN: quant-opt %s --quant-act-derive-backward --quant-act-to-llvm-cpu | FileCheck %s --check-prefix=BACKWARD --implicit-check-not=builtin.unrealized
// RUN: quant-opt %s --quant-act-derive-backward --quant-act-to-cpu-loops | FileCheck %s --check-prefix=GRADIENTS
// CHECK-NOT: {{linalg|tensor|bufferization}}.
// CHECK-NOT: quant_act{{[ .]}}
// LLVM-NOT: {{linalg|tensor|bufferization|memref|vector|scf|arith|math}}.{{[a-z]}}

// x, the state, the count; y, the scale, the new state, the new count.
//
// CHECK-LABEL: func.func @collect(
// CHECK-SAME: memref<?x3x8x8xf32>, %{{[a-z0-9]+}}: memref<3xf32>, %{{[a-z0-9]+}}: memref<i64>, %{{[a-z0-9]+}}: memref<?x3x8x8xf32>, %{{[a-z0-9]+}}: memref<3xf32>, %{{[a-z0-9]+}}: memref<3xf32>, %{{[a-z0-9]+}}: memref<i64>)
// CHECK-LABEL: func.func @collect_result_shapes(
// LLVM: llvm.func @collect(
func.func @collect(%x: tensor<?x3x8x8xf32>, %r: tensor<3xf32>, %n: tensor<i64>) -> (tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  %y, %s, %r1, %n1 = quant_act.act relu collect percentile<99.999> momentum 0.1 to <4, unsigned> on <broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]> %x state %r, %n
      : tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<i64>
  return %y, %s, %r1, %n1 : tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}

// CHECK-LABEL: func.func @calibrate(
// LLVM: llvm.func @calibrate(
func.func @calibrate(%x: tensor<8x96xbf16>, %r: tensor<8x3xf32>, %l: tensor<8x3xf32>, %n: tensor<i64>) -> (tensor<8x96xbf16>, tensor<8x3xf32>, tensor<8x3xf32>, tensor<i64>) {
  %y, %r1, %l1, %n1 = quant_act.act calibrate percentile_interval<1.0, 99.0> to <8, unsigned> on <broadcast = [?, 3], permutation = [0, 1]> %x state %r, %l, %n
      : tensor<8x96xbf16>, tensor<8x3xf32>, tensor<8x3xf32>, tensor<i64>
  return %y, %r1, %l1, %n1 : tensor<8x96xbf16>, tensor<8x3xf32>, tensor<8x3xf32>, tensor<i64>
}

// CHECK-LABEL: func.func @evaluate(
// LLVM: llvm.func @evaluate(
func.func @evaluate(%x: tensor<2x?xf64>, %r: tensor<?xf64>, %l: tensor<?xf64>) -> tensor<2x?xf64> {
  %y, %s, %z = quant_act.act evaluate min_max restrict power_of_two<ceil> to <8, unsigned> on <broadcast = [1, ?], permutation = [1, 0]> %x state %r, %l
      : tensor<2x?xf64>, tensor<?xf64>, tensor<?xf64>
  return %y : tensor<2x?xf64>
}

// CHECK-LABEL: func.func @evaluate_learned(
// LLVM: llvm.func @evaluate_learned(
func.func @evaluate_learned(%x: tensor<f16>, %r: tensor<f16>) -> (tensor<f16>, tensor<f16>) {
  %y, %s = quant_act.act relu evaluate_learned mean restrict log to <8, signed, narrow> round dpu numerics <onnx> %x state %r : tensor<f16>, tensor<f16>
  return %y, %s : tensor<f16>, tensor<f16>
}

// Training and a delay: what the branches compute goes to the results' buffers.
//
// CHECK-LABEL: func.func @train(
// CHECK-NOT: memref.copy {{.*}}memref<2x?x
// CHECK: scf.if
// The shapes of the results are told without computing them.
//
// CHECK-LABEL: func.func @train_result_shapes(
// CHECK-NOT: vector.
// CHECK-LABEL: func.func @learn(
// GRADIENTS-LABEL: func.func @train_backward_result_shapes(
// GRADIENTS-NOT: vector.
// GRADIENTS-LABEL: func.func @learn(
// LLVM: llvm.func @train(
func.func @train(%x: tensor<2x?xf32>, %r: tensor<?xf32>, %l: tensor<?xf32>, %v: tensor<?xf32>, %vl: tensor<?xf32>, %n: tensor<i64>, %k: tensor<i64>) -> (tensor<2x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<i64>, tensor<i64>) {
  %0:9 = quant_act.act relu train percentile_interval<1.0, 99.0> steps 3 delay 2 restrict log to <8, unsigned> on <broadcast = [1, ?], permutation = [1, 0]> %x state %r, %l, %v, %vl, %n, %k
      : tensor<2x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<i64>, tensor<i64>
  return %0#0, %0#3, %0#4, %0#5, %0#6, %0#7, %0#8 : tensor<2x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<i64>, tensor<i64>
}

// Learned bits and a seed.
//
// LLVM: llvm.func @learn(
func.func @learn(%x: tensor<2x4xf16>, %v: tensor<4xf16>, %offset: tensor<f32>, %seed: tensor<i64>) -> tensor<2x4xf16> {
  %b = quant_act.learned_bits %offset : tensor<f32>
  %y, %s = quant_act.act tanh learn scaling parameter to <?, signed> on <broadcast = [1, 4], permutation = [1, 0]> round stochastic %x state %v bits %b seed %seed : tensor<2x4xf16>, tensor<4xf16> bits tensor<f32>
  return %y : tensor<2x4xf16>
}

// Two layers that each need the other's result.
//
// CHECK-LABEL: func.func @chain(
// LLVM: llvm.func @chain(
func.func @chain(%x: tensor<4x16xf32>, %r: tensor<16xf32>, %q: tensor<f32>) -> tensor<4x16xf32> {
  %y, %s = quant_act.act relu evaluate abs_max to <8, unsigned> on <broadcast = [1, 16], permutation = [1, 0]> %x state %r : tensor<4x16xf32>, tensor<16xf32>
  %z, %t = quant_act.act evaluate mean to <4, signed> %y state %q : tensor<4x16xf32>, tensor<f32>
  return %z : tensor<4x16xf32>
}

// The branches of training that yield a scale to the function, not to a result,
// yield contiguous buffers.
//
// LLVM: llvm.func @train_without_scale(
// BACKWARD: llvm.func @train_without_scale_backward(
func.func @train_without_scale(%x: tensor<2x3x4xf32>, %r: tensor<3xf32>, %v: tensor<3xf32>, %n: tensor<i64>) -> (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  %y, %s, %r1, %v1, %n1 = quant_act.act train abs_max steps 3 to <8, signed> on <broadcast = [1, 3, 1], permutation = [1, 0, 2]> %x state %r, %v, %n
      : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  return %y, %r1, %v1, %n1 : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}
