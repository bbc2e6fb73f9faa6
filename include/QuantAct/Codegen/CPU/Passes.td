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
    elementwise op may be the argument's very buffer (in place). What branches of an
    scf.if yield as a result is written to its buffer there.

    If a result has dynamic extents, a second function, `<name>_result_shapes`,
    takes the same arguments and a memref<?xindex> that it fills with the extents
    of all results, one after the other, without computing them.

    Errors: results that are no ranked tensors, several blocks, calls to a function
    of the module (inline first).

    Before:

    ```mlir
    func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
      %y = math.absf %x : tensor<?xf32>
      return %y : tensor<?xf32>
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: memref<?xf32>, %arg1: memref<?xf32>) {
      %x = bufferization.to_tensor %arg0 restrict : memref<?xf32> to tensor<?xf32>
      %y = math.absf %x : tensor<?xf32>
      bufferization.materialize_in_destination %y in restrict writable %arg1
          : (tensor<?xf32>, memref<?xf32>) -> ()
      return
    }
    func.func @f_result_shapes(%arg0: memref<?xf32>, %arg1: memref<?xindex>) {
      %x = bufferization.to_tensor %arg0 restrict : memref<?xf32> to tensor<?xf32>
      %y = math.absf %x : tensor<?xf32>
      %dimension = arith.constant 0 : index
      %extent = tensor.dim %x, %dimension : tensor<?xf32>
      %position = arith.constant 0 : index
      memref.store %extent, %arg1[%position] : memref<?xindex>
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
    #x = affine_map<(n, c, h, w) -> (n, c, h, w)>
    #channel = affine_map<(n, c, h, w) -> (c)>

    func.func @f(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>,
                 %out: memref<2x3x4x5xf32>) {
      %init = tensor.empty() : tensor<2x3x4x5xf32>
      %y = linalg.generic {
          indexing_maps = [#x, #channel, #x],
          iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
          ins(%x, %s : tensor<2x3x4x5xf32>, tensor<3xf32>)
          outs(%init : tensor<2x3x4x5xf32>) {
      ^bb0(%a: f32, %scale: f32, %o: f32):
        %m = arith.mulf %a, %scale : f32
        linalg.yield %m : f32
      } -> tensor<2x3x4x5xf32>
      bufferization.materialize_in_destination %y in restrict writable %out
          : (tensor<2x3x4x5xf32>, memref<2x3x4x5xf32>) -> ()
      return
    }
    ```

    After:

    ```mlir
    #x = affine_map<(outer, c, inner) -> (outer, c, inner)>
    #channel = affine_map<(outer, c, inner) -> (c)>

    func.func @f(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>,
                 %out: memref<2x3x4x5xf32>) {
      %buffer = memref.collapse_shape %out [[0], [1], [2, 3]]
          : memref<2x3x4x5xf32> into memref<2x3x20xf32>
      %collapsed = tensor.collapse_shape %x [[0], [1], [2, 3]]
          : tensor<2x3x4x5xf32> into tensor<2x3x20xf32>
      %init = tensor.empty() : tensor<2x3x20xf32>
      %y = linalg.generic {
          indexing_maps = [#x, #channel, #x],
          iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%collapsed, %s : tensor<2x3x20xf32>, tensor<3xf32>)
          outs(%init : tensor<2x3x20xf32>) {
      ^bb0(%a: f32, %scale: f32, %o: f32):
        %m = arith.mulf %a, %scale : f32
        linalg.yield %m : f32
      } -> tensor<2x3x20xf32>
      bufferization.materialize_in_destination %y in restrict writable %buffer
          : (tensor<2x3x20xf32>, memref<2x3x20xf32>) -> ()
      return
    }
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
    #id = affine_map<(i) -> (i)>

    func.func @f(%x: tensor<?xf32>, %init: tensor<?xf32>) -> tensor<?xf32> {
      %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<?xf32>) outs(%init : tensor<?xf32>) {
      ^bb0(%a: f32, %o: f32):
        %m = arith.negf %a : f32
        linalg.yield %m : f32
      } -> tensor<?xf32>
      return %y : tensor<?xf32>
    }
    ```

    After:

    ```mlir
    #full = affine_map<()[n] -> ((n floordiv 64) * 64)>
    #rest = affine_map<(i)[n] -> (-i + n)>

    func.func @f(%x: tensor<?xf32>, %init: tensor<?xf32>) -> tensor<?xf32> {
      %pad = ub.poison : f32
      %c64 = arith.constant 64 : index
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?xf32>
      %bound = affine.apply #full()[%n]
      %full = scf.for %i = %c0 to %bound step %c64 iter_args(%out = %init)
          -> (tensor<?xf32>) {
        %to = tensor.extract_slice %out[%i] [64] [1] : tensor<?xf32> to tensor<64xf32>
        %from = tensor.extract_slice %x[%i] [64] [1] : tensor<?xf32> to tensor<64xf32>
        %a = vector.transfer_read %from[%c0], %pad {in_bounds = [true]}
            : tensor<64xf32>, vector<64xf32>
        %m = arith.negf %a : vector<64xf32>
        %tile = vector.transfer_write %m, %to[%c0] {in_bounds = [true]}
            : vector<64xf32>, tensor<64xf32>
        %next = tensor.insert_slice %tile into %out[%i] [64] [1]
            : tensor<64xf32> into tensor<?xf32>
        scf.yield %next : tensor<?xf32>
      }
      %y = scf.for %i = %bound to %n step %c64 iter_args(%out = %full)
          -> (tensor<?xf32>) {
        %rest = affine.apply #rest(%i)[%n]
        %from = tensor.extract_slice %x[%i] [%rest] [1] : tensor<?xf32> to tensor<?xf32>
        %to = tensor.extract_slice %out[%i] [%rest] [1] : tensor<?xf32> to tensor<?xf32>
        %mask = vector.create_mask %rest : vector<64xi1>
        %a = vector.transfer_read %from[%c0], %pad, %mask {in_bounds = [true]}
            : tensor<?xf32>, vector<64xf32>
        %m = arith.negf %a : vector<64xf32>
        %tile = vector.transfer_write %m, %to[%c0], %mask {in_bounds = [true]}
            : vector<64xf32>, tensor<?xf32>
        %next = tensor.insert_slice %tile into %out[%i] [%rest] [1]
            : tensor<?xf32> into tensor<?xf32>
        scf.yield %next : tensor<?xf32>
      }
      return %y : tensor<?xf32>
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
    func.func @f(%x: vector<64xbf16>) -> vector<64xf32> {
      %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
      return %y : vector<64xf32>
    }
    ```

    After:

    ```mlir
    func.func @f(%x: vector<64xbf16>) -> vector<64xf32> {
      %c16 = arith.constant dense<16> : vector<64xi32>
      %0 = arith.bitcast %x : vector<64xbf16> to vector<64xi16>
      %1 = arith.extui %0 : vector<64xi16> to vector<64xi32>
      %2 = arith.shli %1, %c16 : vector<64xi32>
      %y = arith.bitcast %2 : vector<64xi32> to vector<64xf32>
      return %y : vector<64xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def QuantActMoveBFloat16AsBits
    : Pass<"quant-act-move-bfloat16-as-bits", "::mlir::LLVM::LLVMFuncOp"> {
  let summary = "Give bf16 values that are only moved the type i16";
  let description = [{
    To collect bf16 values in a vector, LLVM's code for x86 converts them there and
    back (vcvtneps2bf16), which takes denormals for zero. In the LLVM dialect, after
    `quant-act-expand-bfloat16`, nothing is done to bf16 but to load, store, select and
    rearrange it: with the type i16 these move bits. A function that holds anything else
    that has to do with bf16 (arithmetic, calls, its own arguments and results) stays as
    it is.

    Before:

    ```mlir
    llvm.func @f(%from: !llvm.ptr, %to: !llvm.ptr, %i: i64) {
      %v = llvm.mlir.poison : vector<2xbf16>
      %0 = llvm.load %from : !llvm.ptr -> bf16
      %1 = llvm.insertelement %0, %v[%i : i64] : vector<2xbf16>
      llvm.store %1, %to : vector<2xbf16>, !llvm.ptr
      llvm.return
    }
    ```

    After:

    ```mlir
    llvm.func @f(%from: !llvm.ptr, %to: !llvm.ptr, %i: i64) {
      %v = llvm.mlir.poison : vector<2xi16>
      %0 = llvm.load %from : !llvm.ptr -> i16
      %1 = llvm.insertelement %0, %v[%i : i64] : vector<2xi16>
      llvm.store %1, %to : vector<2xi16>, !llvm.ptr
      llvm.return
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // QUANTACT_CODEGEN_CPU_PASSES_TD
