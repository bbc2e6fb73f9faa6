//===- FunctionPasses.td - Functions for C -----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_FUNCTIONPASSES_TD
#define QUANTACT_CODEGEN_CPU_FUNCTIONPASSES_TD

include "mlir/Pass/PassBase.td"

def QuantActExportFunctions
    : Pass<"quant-act-export-functions", "::mlir::ModuleOp"> {
  let summary = "Give functions on buffers an interface for C";
  let description = [{
    Every public function with a body that takes buffers without gaps and returns
    nothing takes, for each buffer, a pointer to its elements and then its dynamic
    extents, as i64, in order. Where a function `<name>_result_shapes` tells the
    extents of results (`quant-act-destination-passing`), only pointers are passed for
    the results and for the array of extents: the function asks for them itself.

    To be run before functions are converted to the LLVM dialect, which gives the
    casts of descriptors a meaning.

    Errors: calls of these functions (inline first).

    Before:

    ```mlir
    func.func @f(%x: memref<?xf32>) {
      %position = arith.constant 0 : index
      %zero = arith.constant 0.0 : f32
      memref.store %zero, %x[%position] : memref<?xf32>
      return
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: !llvm.ptr, %arg1: i64) {
      %0 = llvm.mlir.constant(1 : i64) : i64
      %1 = llvm.mlir.constant(0 : i64) : i64
      %2 = llvm.mlir.poison : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %3 = llvm.insertvalue %arg0, %2[0] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %4 = llvm.insertvalue %arg0, %3[1] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %5 = llvm.insertvalue %1, %4[2] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %6 = llvm.insertvalue %arg1, %5[3, 0] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %7 = llvm.insertvalue %0, %6[4, 0] : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
      %8 = builtin.unrealized_conversion_cast %7 : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<?xf32>
      %c0 = arith.constant 0 : index
      %cst = arith.constant 0.000000e+00 : f32
      memref.store %cst, %8[%c0] : memref<?xf32>
      return
    }
    ```
  }];
  let options = [
    Option<"checkExtents", "check-extents", "bool", "false",
           "Assert that extents are not negative">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::LLVM::LLVMDialect"
  ];
}

def QuantActReturnErrors
    : Pass<"quant-act-return-errors", "::mlir::ModuleOp"> {
  let summary = "Make functions return what went wrong";
  let description = [{
    Every function with a body that returns nothing returns a pointer: null, or a
    message, which is a constant, where a `cf.assert` fails or there is no memory for
    a `memref.alloc`. Buffers that are freed later on are freed before. A call of
    such a function ends its caller, too, where it returns a message.

    To be run when control flow consists of blocks.

    Before:

    ```mlir
    func.func @f(%isFine: i1, %n: index) {
      %buffer = memref.alloc(%n) : memref<?xf32>
      cf.assert %isFine, "expects all to be fine"
      memref.dealloc %buffer : memref<?xf32>
      return
    }
    ```

    After:

    ```mlir
    llvm.mlir.global private constant @message_0("expects all to be fine\00") {addr_space = 0 : i32}
    llvm.mlir.global private constant @message("cannot allocate memory\00") {addr_space = 0 : i32}
    func.func @f(%arg0: i1, %arg1: index) -> !llvm.ptr {
      %alloc = memref.alloc(%arg1) : memref<?xf32>
      %intptr = memref.extract_aligned_pointer_as_index %alloc : memref<?xf32> -> index
      %c0 = arith.constant 0 : index
      %0 = arith.cmpi ne, %intptr, %c0 : index
      cf.cond_br %0, ^bb1, ^bb3
    ^bb1:  // pred: ^bb0
      cf.cond_br %arg0, ^bb2, ^bb4
    ^bb2:  // pred: ^bb1
      memref.dealloc %alloc : memref<?xf32>
      %1 = llvm.mlir.zero : !llvm.ptr
      return %1 : !llvm.ptr
    ^bb3:  // pred: ^bb0
      %2 = llvm.mlir.addressof @message : !llvm.ptr
      return %2 : !llvm.ptr
    ^bb4:  // pred: ^bb1
      memref.dealloc %alloc : memref<?xf32>
      %3 = llvm.mlir.addressof @message_0 : !llvm.ptr
      return %3 : !llvm.ptr
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::LLVM::LLVMDialect"
  ];
}

#endif // QUANTACT_CODEGEN_CPU_FUNCTIONPASSES_TD
