// State in globals of the module.
//
// RUN: quant-opt %s --quant-act-bind-state --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-act-bind-state --quant-act-to-llvm-cpu --split-input-file | FileCheck %s --check-prefix=LLVM
// LLVM-NOT: ml_program

// What is returned under an argument's name is state: of every public function
// that reads or writes it. What was read outlives what is written; what is
// written is a copy.
//
// CHECK: ml_program.global private mutable @range(dense<1.000000e+00> : tensor<4xf32>) : tensor<4xf32>
// CHECK-NEXT: ml_program.global private mutable @count(dense<0> : tensor<i64>) : tensor<i64>
// LLVM: llvm.mlir.global private @range
//
// CHECK-LABEL: func.func @calibrate(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32> {quant_act.name = "x"}) -> (tensor<?x4xf32> {quant_act.name = "y"}, tensor<4xf32> {quant_act.name = "old"}) {
// CHECK-NEXT: %[[LOAD:.*]] = ml_program.global_load @range : tensor<4xf32>
// CHECK-NEXT: %[[R:.*]] = bufferization.alloc_tensor() copy(%[[LOAD]]) : tensor<4xf32>
// CHECK-NEXT: %[[LOAD:.*]] = ml_program.global_load @count : tensor<i64>
// CHECK-NEXT: %[[N:.*]] = bufferization.alloc_tensor() copy(%[[LOAD]]) : tensor<i64>
// CHECK-NEXT: %[[Y:.*]], %[[NEXT:.*]]:2 = quant_act.act calibrate abs_max to #{{.*}} on #{{.*}} %[[X]] state %[[R]], %[[N]]
// CHECK-NEXT: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[NEXT]]#0) : tensor<4xf32>
// CHECK-NEXT: ml_program.global_store @range = %[[COPY]] : tensor<4xf32>
// CHECK-NEXT: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[NEXT]]#1) : tensor<i64>
// CHECK-NEXT: ml_program.global_store @count = %[[COPY]] : tensor<i64>
// CHECK-NEXT: return %[[Y]], %[[R]] : tensor<?x4xf32>, tensor<4xf32>
//
// The shape of a result is asked before the call: nothing is stored.
//
// LLVM-LABEL: llvm.func @calibrate_result_shapes(
// LLVM-NOT: mlir.addressof
// LLVM-LABEL: llvm.func @quantize(
#nc = #quant_act.grid<broadcast = [1, 4], permutation = [1, 0]>
func.func @calibrate(%x: tensor<?x4xf32> {quant_act.name = "x"}, %r: tensor<4xf32> {quant_act.name = "range", quant_act.initial = dense<1.0> : tensor<4xf32>}, %n: tensor<i64> {quant_act.name = "count", quant_act.initial = dense<0> : tensor<i64>})
    -> (tensor<?x4xf32> {quant_act.name = "y"}, tensor<4xf32> {quant_act.name = "range"}, tensor<i64> {quant_act.name = "count"}, tensor<4xf32> {quant_act.name = "old"}) {
  %y, %r1, %n1 = quant_act.act calibrate abs_max to <8, signed> on #nc %x state %r, %n
      : tensor<?x4xf32>, tensor<4xf32>, tensor<i64>
  return %y, %r1, %n1, %r : tensor<?x4xf32>, tensor<4xf32>, tensor<i64>, tensor<4xf32>
}

// Reading alone.
//
// CHECK-LABEL: func.func @quantize(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32> {quant_act.name = "x"}) -> tensor<?x4xf32> {
// CHECK-NEXT: %[[R:.*]] = ml_program.global_load @range : tensor<4xf32>
// CHECK-NEXT: quant_act.act evaluate abs_max to #{{.*}} on #{{.*}} %[[X]] state %[[R]]
// CHECK-NEXT: return
func.func @quantize(%x: tensor<?x4xf32> {quant_act.name = "x"}, %r: tensor<4xf32> {quant_act.name = "range"}) -> tensor<?x4xf32> {
  %y, %s = quant_act.act evaluate abs_max to <8, signed> on #nc %x state %r
      : tensor<?x4xf32>, tensor<4xf32>
  return %y : tensor<?x4xf32>
}

// Writing alone: how a caller sets state.
//
// CHECK-LABEL: func.func @set(
// CHECK-SAME: %[[V:.*]]: tensor<4xf32> {quant_act.name = "value"}) {
// CHECK-NEXT: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[V]]) : tensor<4xf32>
// CHECK-NEXT: ml_program.global_store @range = %[[COPY]] : tensor<4xf32>
// CHECK-NEXT: return
func.func @set(%v: tensor<4xf32> {quant_act.name = "value"}) -> (tensor<4xf32> {quant_act.name = "range"}) {
  return %v : tensor<4xf32>
}

// Private functions pass theirs.
//
// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: tensor<4xf32> {quant_act.name = "range"}
func.func private @inner(%r: tensor<4xf32> {quant_act.name = "range"}) -> tensor<4xf32> {
  return %r : tensor<4xf32>
}

// -----

// Without state nothing changes.
//
// CHECK-NOT: ml_program
// CHECK-LABEL: func.func @stateless(
// CHECK-SAME: tensor<4xf32> {quant_act.name = "x"}) -> (tensor<4xf32> {quant_act.name = "y"}) {
func.func @stateless(%x: tensor<4xf32> {quant_act.name = "x"}) -> (tensor<4xf32> {quant_act.name = "y"}) {
  return %x : tensor<4xf32>
}

// -----

// Names of symbols are taken.
//
// CHECK: ml_program.global private mutable @[[GLOBAL:f_[0-9]+]](dense<2.000000e+00> : tensor<f32>) : tensor<f32>
// CHECK: func.func @f() {
// CHECK: ml_program.global_load @[[GLOBAL]]
func.func @f(%r: tensor<f32> {quant_act.name = "f", quant_act.initial = dense<2.0> : tensor<f32>}) -> (tensor<f32> {quant_act.name = "f"}) {
  return %r : tensor<f32>
}
