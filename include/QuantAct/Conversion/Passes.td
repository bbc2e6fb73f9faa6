//===- Passes.td - Passes that leave quant_act -------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CONVERSION_PASSES_TD
#define QUANTACT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertQuantActToLinalg : Pass<"convert-quant-act-to-linalg"> {
  let summary = "Lower quant_act to linalg on tensors";
  let description = [{
    Every quant_act op becomes linalg.generic ops on tensors whose regions hold the
    numerics as arith and math ops; `quant_act.act` is decomposed on the way. No op
    of the dialect is left, unless `runtime-library` asks for it.

    Parameters are addressed by projected permutations. Blocks split a dimension
    into (blocks, index within the block) by tensor.expand_shape, never by floordiv
    maps, so that the result tiles and vectorizes.

    Percentiles become `quant_act.order_statistics`. With `runtime-library` these stay,
    and bufferization makes them calls of the library QuantActRuntime, which usually
    reads x once. Otherwise values are found by bisection over their bits, one counting
    reduction per bit: for targets that the library is not made for, GPUs among them, at
    the price of reading x 32 times (f64: 64). Results are the same.

    Before:

    ```mlir
    #channel = #quant_act.grid<broadcast = [1, 64], permutation = [1, 0]>

    func.func @f(%x: tensor<?x64xf32>, %s: tensor<64xf32>) -> tensor<?x64xf32> {
      %y = quant_act.fake_quant to #quant_act.int<8, signed> on #channel %x scale %s
          : tensor<?x64xf32>, tensor<64xf32>
      return %y : tensor<?x64xf32>
    }
    ```

    After:

    ```mlir
    #x = affine_map<(n, c) -> (n, c)>
    #channel = affine_map<(n, c) -> (c)>

    func.func @f(%x: tensor<?x64xf32>, %s: tensor<64xf32>) -> tensor<?x64xf32> {
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?x64xf32>
      %init = tensor.empty(%n) : tensor<?x64xf32>
      %y = linalg.generic {
          indexing_maps = [#x, #channel, #x], iterator_types = ["parallel", "parallel"]}
          ins(%x, %s : tensor<?x64xf32>, tensor<64xf32>)
          outs(%init : tensor<?x64xf32>) {
      ^bb0(%a: f32, %scale: f32, %out: f32):
        %zero_point = arith.constant 0.0 : f32
        %q = arith.divf %a, %scale {quant_act.rounded} : f32
        %lowest = arith.constant -128.0 : f32
        %highest = arith.constant 127.0 : f32
        %u = arith.addf %q, %zero_point : f32
        %r = math.roundeven %u : f32
        %isAbove = arith.cmpf ogt, %r, %highest : f32
        %atMost = arith.select %isAbove, %highest, %r : f32
        %isBelow = arith.cmpf olt, %atMost, %lowest : f32
        %code = arith.select %isBelow, %lowest, %atMost : f32
        %d = arith.subf %code, %zero_point : f32
        %v = arith.mulf %d, %scale : f32
        linalg.yield %v : f32
      } -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let options = [
    Option<"runtimeLibrary", "runtime-library", "bool", "false",
           "Leave order statistics to the run-time library (default false)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // QUANTACT_CONVERSION_PASSES_TD
