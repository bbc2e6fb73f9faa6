//===- Passes.td - Passes that stay in quant_act -----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_TD
#define QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantActDecomposeAct : Pass<"quant-act-decompose-act"> {
  let summary = "Replace quant_act.act by the ops it stands for";
  let description = [{
    A layer becomes its statistics, parameters, fake quantization and running
    state. Nothing of the layer is left; other ops stay.

    Before:

    ```mlir
    #nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #u4 = #quant_act.int<4, unsigned>

    func.func @f(%x: tensor<8x64x32x32xf32>, %running: tensor<64xf32>,
                 %count: tensor<i64>)
        -> (tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>) {
      %y, %s, %r, %n = quant_act.act relu collect abs_max momentum 0.1 to #u4
          on #nchw %x state %running, %count
          : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
      return %y, %r, %n : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
    }
    ```

    After:

    ```mlir
    #nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #u4 = #quant_act.int<4, unsigned>

    func.func @f(%x: tensor<8x64x32x32xf32>, %running: tensor<64xf32>,
                 %count: tensor<i64>)
        -> (tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>) {
      %t = quant_act.stats abs_max relu on #nchw %x
          : tensor<8x64x32x32xf32> -> tensor<64xf32>
      %s = quant_act.choose_qparams to #u4 %t : tensor<64xf32>
      %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      %r, %n = quant_act.observe momentum 0.1 minimum 1.0e-10 %t, %running, %count
          : tensor<64xf32>, tensor<i64>
      return %y, %r, %n : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
    }
    ```

    `train` becomes an scf.if on the count, so that statistics are computed only while
    they are collected; a delay becomes one on the calls.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def QuantActBindState : Pass<"quant-act-bind-state", "::mlir::ModuleOp"> {
  let summary = "Keep the state of layers in the module";
  let description = [{
    For callers who do not want to pass state: a `quant_act.name` that a function has
    on an argument and on a result is state, and becomes a global of the module. The
    public functions read it where an argument has that name, and write it, before
    they return, where a result has; both leave the signature. Functions of one
    module share it: one that calibrates writes what one that evaluates reads.

    The first value is the argument's `quant_act.initial`. To read state, or to set
    it, the module has a function that returns an argument of that name under another
    name, or takes one under another name and returns it. Globals live as long as
    the compiled module and are not guarded: calls that write state do not run
    concurrently. The interpreter keeps no state; it does not run bound functions.

    Errors: state of dynamic shape or of several types, without or with several
    first values; calls of a function with state (inline first).

    Before:

    ```mlir
    #nc = #quant_act.grid<broadcast = [1, 64], permutation = [1, 0]>
    #s8 = #quant_act.int<8, signed>

    func.func @calibrate(%x: tensor<8x64xf32>,
        %r: tensor<64xf32> {quant_act.name = "range", quant_act.initial = dense<1.0> : tensor<64xf32>},
        %n: tensor<i64> {quant_act.name = "count", quant_act.initial = dense<0> : tensor<i64>})
        -> (tensor<8x64xf32>, tensor<64xf32> {quant_act.name = "range"},
            tensor<i64> {quant_act.name = "count"}) {
      %y, %r1, %n1 = quant_act.act calibrate abs_max to #s8 on #nc %x state %r, %n
          : tensor<8x64xf32>, tensor<64xf32>, tensor<i64>
      return %y, %r1, %n1 : tensor<8x64xf32>, tensor<64xf32>, tensor<i64>
    }
    ```

    After:

    ```mlir
    #nc = #quant_act.grid<broadcast = [1, 64], permutation = [1, 0]>
    #s8 = #quant_act.int<8, signed>

    ml_program.global private mutable @range(dense<1.0> : tensor<64xf32>) : tensor<64xf32>
    ml_program.global private mutable @count(dense<0> : tensor<i64>) : tensor<i64>
    func.func @calibrate(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
      %0 = ml_program.global_load @range : tensor<64xf32>
      %r = bufferization.alloc_tensor() copy(%0) : tensor<64xf32>
      %1 = ml_program.global_load @count : tensor<i64>
      %n = bufferization.alloc_tensor() copy(%1) : tensor<i64>
      %y, %r1, %n1 = quant_act.act calibrate abs_max to #s8 on #nc %x state %r, %n
          : tensor<8x64xf32>, tensor<64xf32>, tensor<i64>
      %r2 = bufferization.alloc_tensor() copy(%r1) : tensor<64xf32>
      ml_program.global_store @range = %r2 : tensor<64xf32>
      %n2 = bufferization.alloc_tensor() copy(%n1) : tensor<i64>
      ml_program.global_store @count = %n2 : tensor<i64>
      return %y : tensor<8x64xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::ml_program::MLProgramDialect"];
}

def QuantActDeriveBackward
    : Pass<"quant-act-derive-backward", "::mlir::ModuleOp"> {
  let summary = "Add functions that compute the gradients of functions";
  let description = [{
    For each public function @f with tensors of floats (f16, bf16, f32, f64) among its
    arguments and its results, adds a public function @f_backward. It takes f's arguments and then the
    gradient of each result that is a tensor of floats; it returns the gradient of each
    argument that is one, in order. It computes again what it needs of f.

    Differentiated are the ops of quant_act (layers as the ops they stand for), scf.if,
    and, of tensors, arith.addf, mulf, extf and truncf and math.log2. `observe` and `init_parameter` are
    detached: no gradient passes from a running statistic's new value to its old one or
    to the batch, nor from a parameter to the statistic that it starts from. The same
    goes for a running statistic that an evaluation uses (`choose_qparams as running`).
    A scale of f8E8M0FNU or f8E4M3FN is a constant.
    An argument that no gradient reaches gets zeros. Where a value is used several
    times its gradients are added, 16-bit ones in f32.

    The gradients of an scf.if are results of another one on the same condition. Of a
    layer that trains (`quant_act.act .. train`), the learned arguments get zeros while it
    collects, and the statistic passes gradients on to x; afterwards, the call that sets
    the learned values included, they get the gradient of what the call learned with.

    Arguments keep their `quant_act.name`; results for an argument named x are
    named d_x, arguments for a result named y are named g_y.

    Options: `functions`, the names of the functions to differentiate instead of all;
    `ste-clamp` and `scale-gradient`, for the attributes of that name of the ops that
    have them.

    Errors: an op that a gradient would pass and that is not differentiated (calls:
    inline first); several blocks; a name f_backward that is taken; a function named in
    `functions` that does not exist or has no tensors of floats.

    Before:

    ```mlir
    #nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #u4 = #quant_act.int<4, unsigned>

    func.func @f(%x: tensor<8x64x32x32xf32>) -> tensor<8x64x32x32xf32> {
      %t = quant_act.stats abs_max relu on #nchw %x
          : tensor<8x64x32x32xf32> -> tensor<64xf32>
      %s = quant_act.choose_qparams to #u4 %t : tensor<64xf32>
      %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      return %y : tensor<8x64x32x32xf32>
    }
    ```

    After:

    ```mlir
    #nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #u4 = #quant_act.int<4, unsigned>

    func.func @f(%x: tensor<8x64x32x32xf32>) -> tensor<8x64x32x32xf32> {
      %t = quant_act.stats abs_max relu on #nchw %x
          : tensor<8x64x32x32xf32> -> tensor<64xf32>
      %s = quant_act.choose_qparams to #u4 %t : tensor<64xf32>
      %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %s
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      return %y : tensor<8x64x32x32xf32>
    }
    func.func @f_backward(%x: tensor<8x64x32x32xf32>, %g: tensor<8x64x32x32xf32>)
        -> tensor<8x64x32x32xf32> {
      %t = quant_act.stats abs_max relu on #nchw %x
          : tensor<8x64x32x32xf32> -> tensor<64xf32>
      %s = quant_act.choose_qparams to #u4 %t : tensor<64xf32>
      %dx, %ds = quant_act.fake_quant_grad relu to #u4 on #nchw %g, %x scale %s
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      %dt = quant_act.choose_qparams_grad to #u4 %t scale %ds : tensor<64xf32>
      %dy = quant_act.stats_grad abs_max relu on #nchw %x threshold %dt
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      %sum = arith.addf %dx, %dy : tensor<8x64x32x32xf32>
      return %sum : tensor<8x64x32x32xf32>
    }
    ```
  }];
  let options = [
    ListOption<"functions", "functions", "std::string",
               "names of the functions to differentiate (default: all public ones)">,
    Option<"steClamp", "ste-clamp", "bool", "false",
           "let gradients pass bounds">,
    Option<"scaleGradient", "scale-gradient", "std::string", "\"full\"",
           "full, lsq or pact">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_TD
