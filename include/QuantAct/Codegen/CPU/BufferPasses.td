//===- BufferPasses.td - Where results and intermediates are *- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_BUFFERPASSES_TD
#define QUANTACT_CODEGEN_CPU_BUFFERPASSES_TD

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
    of the module (inline first), state (ml_program.global) that is no tensor of static
    shape.

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

def QuantActUnshareDestinations
    : InterfacePass<"quant-act-unshare-destinations", "::mlir::FunctionOpInterface"> {
  let summary = "Give each tensor a destination of its own";
  let description = [{
    Every use of a linalg.fill of an empty tensor, but one, gets a copy of the fill and
    of the empty tensor. A linalg op that only overwrites a tensor, which is used
    elsewhere, too, overwrites an empty one instead. Eliminating empty tensors afterwards
    can then let each result be computed in its own destination; two results from one
    empty tensor would both be computed in the destination of one of them, and the wrong
    one copied. State that is stored in a mutable global of the module, and in functions
    that store some what was loaded, too, becomes a copy: upstream's bufferization takes
    neither for a read.

    Before:

    ```mlir
    #id = affine_map<(i) -> (i)>

    func.func @f(%zero: f64) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = tensor.empty() : tensor<3xf64>
      %1 = linalg.fill ins(%zero : f64) outs(%0 : tensor<3xf64>) -> tensor<3xf64>
      return %1, %1 : tensor<3xf64>, tensor<3xf64>
    }
    func.func @g(%a: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%a : tensor<3xf64>) outs(%a : tensor<3xf64>) {
      ^bb0(%e: f64, %o: f64):
        %1 = arith.negf %e : f64
        linalg.yield %1 : f64
      } -> tensor<3xf64>
      return %a, %0 : tensor<3xf64>, tensor<3xf64>
    }
    ```

    After:

    ```mlir
    #id = affine_map<(i) -> (i)>

    func.func @f(%zero: f64) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = tensor.empty() : tensor<3xf64>
      %1 = tensor.empty() : tensor<3xf64>
      %2 = linalg.fill ins(%zero : f64) outs(%1 : tensor<3xf64>) -> tensor<3xf64>
      %3 = linalg.fill ins(%zero : f64) outs(%0 : tensor<3xf64>) -> tensor<3xf64>
      return %2, %3 : tensor<3xf64>, tensor<3xf64>
    }
    func.func @g(%a: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
      %0 = tensor.empty() : tensor<3xf64>
      %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%a : tensor<3xf64>) outs(%0 : tensor<3xf64>) {
      ^bb0(%e: f64, %o: f64):
        %2 = arith.negf %e : f64
        linalg.yield %2 : f64
      } -> tensor<3xf64>
      return %a, %1 : tensor<3xf64>, tensor<3xf64>
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def QuantActExpandCopies
    : InterfacePass<"quant-act-expand-copies", "::mlir::FunctionOpInterface"> {
  let summary = "Copy parts of buffers by loops";
  let description = [{
    A memref.copy from or to a buffer that may be a part of another one (its layout is
    not the identity) becomes a linalg.generic. LLVM's lowering would call a function
    of MLIR's runtime library, with which compiled code should not have to be linked.

    Before:

    ```mlir
    func.func @f(%x: memref<2x3xf32>, %y: memref<2x3xf32, strided<[4, 1]>>) {
      memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32, strided<[4, 1]>>
      return
    }
    ```

    After:

    ```mlir
    #id = affine_map<(i, j) -> (i, j)>

    func.func @f(%x: memref<2x3xf32>, %y: memref<2x3xf32, strided<[4, 1]>>) {
      linalg.generic {indexing_maps = [#id, #id],
                      iterator_types = ["parallel", "parallel"]}
          ins(%x : memref<2x3xf32>) outs(%y : memref<2x3xf32, strided<[4, 1]>>) {
      ^bb0(%a: f32, %b: f32):
        linalg.yield %a : f32
      }
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def QuantActInlineAllocaScopes
    : InterfacePass<"quant-act-inline-alloca-scopes", "::mlir::FunctionOpInterface"> {
  let summary = "Let stack buffers of OpenMP's loops live as long as their thread's part";
  let description = [{
    convert-scf-to-openmp puts the body of a parallel loop into a memref.alloca_scope,
    which cannot hold the control flow that is made of loops afterwards. These bodies
    take the scopes' places. There are few iterations, one per part that a thread can
    take, so that the stack does not grow by much. Other scopes stay.

    Before:

    ```mlir
    func.func @f(%x: memref<64xi32>, %from: index, %to: index, %step: index) {
      omp.parallel {
        omp.wsloop {
          omp.loop_nest (%i) : index = (%from) to (%to) step (%step) {
            memref.alloca_scope {
              %buffer = memref.alloca() : memref<i32>
              %a = memref.load %x[%i] : memref<64xi32>
              memref.store %a, %buffer[] : memref<i32>
            }
            omp.yield
          }
        }
        omp.terminator
      }
      return
    }
    ```

    After:

    ```mlir
    func.func @f(%x: memref<64xi32>, %from: index, %to: index, %step: index) {
      omp.parallel {
        omp.wsloop {
          omp.loop_nest (%i) : index = (%from) to (%to) step (%step) {
            %buffer = memref.alloca() : memref<i32>
            %a = memref.load %x[%i] : memref<64xi32>
            memref.store %a, %buffer[] : memref<i32>
            omp.yield
          }
        }
        omp.terminator
      }
      return
    }
    ```
  }];
}

def QuantActPromoteSmallBuffers
    : Pass<"quant-act-promote-small-buffers", "::mlir::func::FuncOp"> {
  let summary = "Put buffers on the stack where they fit";
  let description = [{
    The function gets `stack-bytes` of the stack. A `memref.alloc` becomes a view of
    them, if it fits behind those that are allocated before it, which is found out at
    run time where extents are unknown; `memref.dealloc` frees it otherwise. Then
    functions of few channels allocate nothing. A buffer stays if it, or a view of it,
    is passed on to a block, or never freed: it might still be used when the next one is
    there. Allocations in nested regions, and what is freed there, stay, too.

    To be run when control flow consists of blocks, behind quant-act-return-errors,
    which looks for the buffers to be freed.

    Before:

    ```mlir
    func.func @f(%n: index, %x: f32) {
      %buffer = memref.alloc(%n) {alignment = 64 : i64} : memref<?xf32>
      %first = arith.constant 0 : index
      memref.store %x, %buffer[%first] : memref<?xf32>
      memref.dealloc %buffer : memref<?xf32>
      return
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: index, %arg1: f32) {
      %alloca = memref.alloca() {alignment = 64 : i64} : memref<65536xi8>
      %c4 = arith.constant 4 : index
      %c65537 = arith.constant 65537 : index
      %c-64 = arith.constant -64 : index
      %c63 = arith.constant 63 : index
      %c0 = arith.constant 0 : index
      %0 = arith.minui %arg0, %c65537 : index
      %1 = arith.muli %0, %c4 : index
      %2 = arith.minui %1, %c65537 : index
      %3 = arith.cmpi ult, %2, %c65537 : index
      %4 = arith.addi %2, %c63 : index
      %5 = arith.andi %4, %c-64 : index
      %6 = arith.select %3, %5, %c0 : index
      %view = memref.view %alloca[%c0][%arg0] : memref<65536xi8> to memref<?xf32>
      cf.cond_br %3, ^bb2(%view : memref<?xf32>), ^bb1
    ^bb1:  // pred: ^bb0
      %alloc = memref.alloc(%arg0) {alignment = 64 : i64} : memref<?xf32>
      cf.br ^bb2(%alloc : memref<?xf32>)
    ^bb2(%7: memref<?xf32>):  // 2 preds: ^bb0, ^bb1
      %c0_0 = arith.constant 0 : index
      memref.store %arg1, %7[%c0_0] : memref<?xf32>
      cf.cond_br %3, ^bb4, ^bb3
    ^bb3:  // pred: ^bb2
      memref.dealloc %7 : memref<?xf32>
      cf.br ^bb4
    ^bb4:  // 2 preds: ^bb2, ^bb3
      return
    }
    ```
  }];
  let options = [
    Option<"stackBytes", "stack-bytes", "unsigned", "65536",
           "Bytes of the stack for the buffers of a function, at most 2^24">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // QUANTACT_CODEGEN_CPU_BUFFERPASSES_TD
