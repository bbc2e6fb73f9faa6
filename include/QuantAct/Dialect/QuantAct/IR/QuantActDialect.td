//===- QuantActDialect.td - The quant_act dialect ----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTDIALECT_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTDIALECT_TD

include "mlir/IR/OpBase.td"

def QuantAct_Dialect : Dialect {
  let name = "quant_act";
  let cppNamespace = "::quant_act";
  let summary = "Quantized activations as training frameworks compute them";
  let description = [{
    Fake quantization of activations as first-class IR: what a layer such as
    Brevitas's QuantReLU computes, per tensor, per channel, over several axes
    or in blocks, with the training framework's bits.

    One idea carries the dialect: **parameters live on a grid laid over the
    tensor**. A `#quant_act.grid` says, in two lists that are checked against
    each other, against the tensor and against the parameters, how many
    parameters there are along each dimension (`broadcast`) and which dimensions
    they belong to (`permutation`). Parameters themselves are compact tensors:
    `tensor<64xf32>` for 64 channels.

    ```mlir
    #nchw = #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
    #u4 = #quant_act.int<4, unsigned>

    func.func @layer(%x: tensor<8x64x32x32xf32>) -> tensor<8x64x32x32xf32> {
      %range = quant_act.stats abs_max relu on #nchw %x
          : tensor<8x64x32x32xf32> -> tensor<64xf32>
      %scale = quant_act.choose_qparams to #u4 %range : tensor<64xf32>
      %y = quant_act.fake_quant relu to #u4 on #nchw %x scale %scale
          : tensor<8x64x32x32xf32>, tensor<64xf32>
      return %y : tensor<8x64x32x32xf32>
    }
    ```

    Function arguments and results can carry the attribute `quant_act.name`, a
    non-empty string by which `quant-run` addresses them. A result that has the
    name of an argument is that argument's next value when a function is called
    repeatedly (the running statistics of a calibration, say). An argument's
    `quant_act.initial`, a constant of its type, is its first value where the caller
    gives none (`quant-run`) or holds it in the module (`quant-act-bind-state`).

    The unit attribute `quant_act.rounded` on an `arith.divf` says that the quotient
    is rounded to a code: with a fraction so small that only its sign counts, or
    beyond all codes, it may be another such number. Lowered ops carry it; dropping
    it is safe.

    The unit attribute `quant_act.long_rows` on a `linalg.generic` says that the
    innermost loop with more than one index has at least 64, where extents are not
    known: other ways to walk through elements need not be compiled.

    Every op is pure: state comes in as an operand and leaves as a result.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let hasOperationAttrVerify = 1;
  // Constants are arith's; extents and their run-time checks tensor's and cf's.
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    void registerAttributes();

    /// The name of an argument or result, as `quant-run` sees it.
    static constexpr ::llvm::StringLiteral nameAttrName = "quant_act.name";

    /// The first value of an argument.
    static constexpr ::llvm::StringLiteral initialAttrName = "quant_act.initial";

    /// On ops whose rows have at least `longRow` elements.
    static constexpr ::llvm::StringLiteral longRowsAttrName =
        "quant_act.long_rows";
    static constexpr int64_t longRow = 64;

    /// On ops that run for unusual parameters only: other versions of them do
    /// not pay.
    static constexpr ::llvm::StringLiteral seldomRunsAttrName =
        "quant_act.seldom_runs";

    /// On arith.truncf of what is no subnormal number.
    static constexpr ::llvm::StringLiteral noSubnormalAttrName =
        "quant_act.no_subnormal";
  }];
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTDIALECT_TD
