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
  }];
}

#endif // QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_TD
