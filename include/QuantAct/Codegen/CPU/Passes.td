//===- Passes.td - From linalg to vector loops -------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_PASSES_TD
#define QUANTACT_CODEGEN_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantActDestinationPassing
    : Pass<"quant-act-destination-passing", "::mlir::ModuleOp"> {
  let summary = "Make functions read and write the caller's buffers";
  let description = [{
    Every function with a body that takes or returns ranked tensors takes memrefs
    instead: one per tensor argument, then one per result, in order, all
    contiguous and row-major. It returns nothing, and its arguments lose their
    attributes. No result may overlap an
    argument or another result, but the result of a function that is one
    elementwise op may be the argument's very buffer (in place).

    If a result has dynamic extents, a second function, `<name>_result_shapes`,
    takes the same arguments and a memref<?xindex> that it fills with the extents
    of all results, one after the other, without computing them.

    Errors: results that are no ranked tensors, several blocks, calls to a function
    of the module (inline first).

    Before:

    ```mlir
    func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
      %y = "some.op"(%x) : (tensor<?xf32>) -> tensor<?xf32>
      return %y : tensor<?xf32>
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: memref<?xf32>, %arg1: memref<?xf32>) {
      %x = bufferization.to_tensor %arg0 restrict : memref<?xf32> to tensor<?xf32>
      %y = "some.op"(%x) : (tensor<?xf32>) -> tensor<?xf32>
      bufferization.materialize_in_destination %y in restrict writable %arg1
          : (tensor<?xf32>, memref<?xf32>) -> ()
      return
    }
    func.func @f_result_shapes(%arg0: memref<?xf32>, %arg1: memref<?xindex>) {
      // stores the extent of %y, which reifies to that of %x
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def QuantActCollapseLoops
    : InterfacePass<"quant-act-collapse-loops", "::mlir::FunctionOpInterface"> {
  let summary = "Merge adjacent dimensions of linalg.generic ops";
  let description = [{
    Dimensions that every operand has next to each other, or not at all, become
    one: an activation with one scale per channel becomes a loop over (outer,
    channel, inner), however many dimensions it has. Where the result goes to a
    caller's buffer, the buffer is collapsed likewise and nothing is copied.

    Before:

    ```mlir
    %y = linalg.generic {
        indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>,
                         affine_map<(n, c, h, w) -> (c)>,
                         affine_map<(n, c, h, w) -> (n, c, h, w)>], ...}
        ins(%x, %s : tensor<2x3x4x5xf32>, tensor<3xf32>) ...
    ```

    After:

    ```mlir
    %0 = tensor.collapse_shape %x [[0], [1], [2, 3]]
        : tensor<2x3x4x5xf32> into tensor<2x3x20xf32>
    %1 = linalg.generic {
        indexing_maps = [affine_map<(o, c, i) -> (o, c, i)>,
                         affine_map<(o, c, i) -> (c)>,
                         affine_map<(o, c, i) -> (o, c, i)>], ...}
        ins(%0, %s : tensor<2x3x20xf32>, tensor<3xf32>) ...
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def QuantActUnshareFills
    : InterfacePass<"quant-act-unshare-fills", "::mlir::FunctionOpInterface"> {
  let summary = "Give each use of a filled tensor its own";
  let description = [{
    Every use of a linalg.fill of an empty tensor, but one, gets a copy of the fill and
    of the empty tensor. Eliminating empty tensors afterwards can then let each sum
    start in its own destination; with one fill for two sums, both would be
    computed in the destination of one of them.

    Before:

    ```mlir
    func.func @f(%zero: f64) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = tensor.empty() : tensor<3xf64>
      %1 = linalg.fill ins(%zero : f64) outs(%0 : tensor<3xf64>) -> tensor<3xf64>
      return %1, %1 : tensor<3xf64>, tensor<3xf64>
    }
    ```

    After:

    ```mlir
    func.func @f(%zero: f64) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = tensor.empty() : tensor<3xf64>
      %1 = tensor.empty() : tensor<3xf64>
      %2 = linalg.fill ins(%zero : f64) outs(%1 : tensor<3xf64>) -> tensor<3xf64>
      %3 = linalg.fill ins(%zero : f64) outs(%0 : tensor<3xf64>) -> tensor<3xf64>
      return %2, %3 : tensor<3xf64>, tensor<3xf64>
    }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def QuantActVectorizeLoops
    : InterfacePass<"quant-act-vectorize-loops", "::mlir::FunctionOpInterface"> {
  let summary = "Tile linalg.generic ops and vectorize the tiles";
  let description = [{
    Every linalg.generic on tensors becomes loops over tiles of one index along
    each dimension but the innermost, and `vector-bits` bits along that. The
    innermost loop is peeled: full tiles become plain vectors, the rest masked
    ones. Values that a tile shares (the scale of a channel) can then be hoisted.

    Not vectorized, and left as they are: floating-point sums, whose order is part
    of the result, and bodies with transcendental functions, which have no vector
    instructions.

    Before:

    ```mlir
    %y = linalg.generic {...} ins(%x : tensor<?xf32>) outs(%init : tensor<?xf32>)
    ```

    After:

    ```mlir
    %full = scf.for %i = %c0 to %bound step %c64 iter_args(%out = %init)
        -> (tensor<?xf32>) {
      // vector.transfer_read, arith on vector<64xf32>, vector.transfer_write
    }
    %y = scf.for %i = %bound to %n step %c64 iter_args(%out = %full)
        -> (tensor<?xf32>) {
      // the same, masked
    }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "2048",
           "Bits of the widest value's vector, a multiple of 64: several "
           "registers, so that loops are unrolled">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def QuantActExpandBFloat16 : Pass<"quant-act-expand-bfloat16"> {
  let summary = "Convert between f32 and bf16 by integer operations";
  let description = [{
    arith.truncf and arith.extf of bf16 become shifts and adds. The conversion
    instructions of x86 (vcvtneps2bf16) take denormals for zero; these do not.

    Before:

    ```mlir
    %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
    ```

    After:

    ```mlir
    %0 = arith.bitcast %x : vector<64xbf16> to vector<64xi16>
    %1 = arith.extui %0 : vector<64xi16> to vector<64xi32>
    %2 = arith.shli %1, %c16 : vector<64xi32>
    %y = arith.bitcast %2 : vector<64xi32> to vector<64xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // QUANTACT_CODEGEN_CPU_PASSES_TD
