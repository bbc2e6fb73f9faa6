//===- ArithmeticPasses.td - The same numbers by other operations *- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_ARITHMETICPASSES_TD
#define QUANTACT_CODEGEN_CPU_ARITHMETICPASSES_TD

include "mlir/Pass/PassBase.td"

def QuantActReplaceDivisions
    : InterfacePass<"quant-act-replace-divisions", "::mlir::FunctionOpInterface"> {
  let summary = "Divide elements by the scale without dividing";
  let description = [{
    An element divided by a channel's scale, in f32, costs more than all else that is
    done to it. Where only the rounded quotient counts (`quant_act.rounded`), it is
    computed by a reciprocal and fused multiply-adds, with the same result: the op is
    cloned into both branches of an scf.if, after a loop that checks whether all
    parameters are such that this holds. There are two ways:

    * codes of at most 2^11 without a zero point: two multiply-adds, for scales from
      2^-60 to 1;
    * all others: three or four products and multiply-adds, for scales from 2^-60 to
      2^60 (to 1 where 0 is added), zero points 0 or at least 2^-10, and bounds that
      their own numbers are rounded to.

    How, and why it is exact, says ReplaceDivisions.cpp.

    Ops on fewer than `min-elements` divide: for them checking costs more. With
    `divides-fast`, divisions are replaced only for codes without a zero point, in rows
    of at least 64 elements with one scale.

    For targets with fused multiply-add instructions.

    Before:

    ```mlir
    #id = affine_map<(c, i) -> (c, i)>
    #channel = affine_map<(c, i) -> (c)>

    func.func @f(%x: memref<3x85xf32>, %s: memref<3xf32>, %y: memref<3x85xf32>) {
      %zero = arith.constant 0.0 : f32
      %low = arith.constant -127.0 : f32
      %high = arith.constant 127.0 : f32
      linalg.generic {indexing_maps = [#id, #channel, #id],
                      iterator_types = ["parallel", "parallel"]}
          ins(%x, %s : memref<3x85xf32>, memref<3xf32>) outs(%y : memref<3x85xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %q = arith.divf %a, %b {quant_act.rounded} : f32
        %u = arith.addf %q, %zero : f32
        %r = math.roundeven %u : f32
        %above = arith.cmpf ogt, %r, %high : f32
        %l = arith.select %above, %high, %r : f32
        %below = arith.cmpf olt, %l, %low : f32
        %code = arith.select %below, %low, %l : f32
        %m = arith.mulf %code, %b : f32
        linalg.yield %m : f32
      }
      return
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0) -> (d0)>
    #map1 = affine_map<(d0) -> ()>
    #map2 = affine_map<(d0, d1) -> (d0, d1)>
    #map3 = affine_map<(d0, d1) -> (d0)>
    func.func @f(%arg0: memref<3x85xf32>, %arg1: memref<3xf32>, %arg2: memref<3x85xf32>) {
      %alloca = memref.alloca() {alignment = 64 : i64} : memref<i32>
      %cst = arith.constant 0.000000e+00 : f32
      %cst_0 = arith.constant -1.270000e+02 : f32
      %cst_1 = arith.constant 1.270000e+02 : f32
      %true = arith.constant true
      %c0_i32 = arith.constant 0 : i32
      memref.store %c0_i32, %alloca[] : memref<i32>
      linalg.generic {indexing_maps = [#map, #map1],
          iterator_types = ["reduction"]}
          ins(%arg1 : memref<3xf32>)
          outs(%alloca : memref<i32>) {
      ^bb0(%in: f32, %out: i32):
        %cst_2 = arith.constant 1.000000e+00 : f32
        %2 = arith.cmpf ole, %in, %cst_2 : f32
        %cst_3 = arith.constant 8.67361737E-19 : f32
        %3 = arith.cmpf oge, %in, %cst_3 : f32
        %4 = arith.andi %3, %2 : i1
        %5 = arith.xori %4, %true : i1
        %6 = arith.extui %5 : i1 to i32
        %7 = arith.ori %out, %6 : i32
        linalg.yield %7 : i32
      }
      %0 = memref.load %alloca[] : memref<i32>
      %1 = arith.cmpi eq, %0, %c0_i32 : i32
      scf.if %1 {
        linalg.generic {indexing_maps = [#map2, #map3, #map2],
            iterator_types = ["parallel", "parallel"]}
            ins(%arg0, %arg1 : memref<3x85xf32>, memref<3xf32>)
            outs(%arg2 : memref<3x85xf32>) {
        ^bb0(%in: f32, %in_2: f32, %out: f32):
          %2 = arith.subf %cst_1, %cst : f32
          %3 = arith.mulf %2, %in_2 : f32
          %4 = arith.cmpf ogt, %in, %3 : f32
          %5 = arith.select %4, %3, %in : f32
          %6 = arith.subf %cst_0, %cst : f32
          %7 = arith.mulf %6, %in_2 : f32
          %8 = arith.cmpf olt, %5, %7 : f32
          %9 = arith.select %8, %7, %5 : f32
          %cst_3 = arith.constant 1.000000e+00 : f32
          %10 = arith.divf %cst_3, %in_2 : f32
          %11 = arith.negf %10 : f32
          %cst_4 = arith.constant 1.000000e+00 : f32
          %12 = math.fma %11, %in_2, %cst_4 : f32
          %13 = arith.divf %12, %in_2 : f32
          %14 = math.fma %9, %13, %cst : f32
          %15 = math.fma %9, %10, %14 : f32
          %16 = math.roundeven %15 : f32
          %17 = arith.mulf %16, %in_2 : f32
          linalg.yield %17 : f32
        }
      } else {
        linalg.generic {indexing_maps = [#map2, #map3, #map2],
            iterator_types = ["parallel", "parallel"]}
            ins(%arg0, %arg1 : memref<3x85xf32>, memref<3xf32>)
            outs(%arg2 : memref<3x85xf32>) {
        ^bb0(%in: f32, %in_2: f32, %out: f32):
          %2 = arith.divf %in, %in_2 {quant_act.rounded} : f32
          %3 = arith.addf %2, %cst : f32
          %4 = math.roundeven %3 : f32
          %5 = arith.cmpf ogt, %4, %cst_1 : f32
          %6 = arith.select %5, %cst_1, %4 : f32
          %7 = arith.cmpf olt, %6, %cst_0 : f32
          %8 = arith.select %7, %cst_0, %6 : f32
          %9 = arith.mulf %8, %in_2 : f32
          linalg.yield %9 : f32
        }
      }
      return
    }
    ```
  }];
  let options = [
    Option<"minElements", "min-elements", "int64_t", "0",
           "Elements from which on an op's divisions are replaced">,
    Option<"dividesFast", "divides-fast", "bool", "false",
           "Only where what replaces a division is faster than a fast one">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

def QuantActConvertBFloat16 : Pass<"quant-act-convert-bfloat16"> {
  let summary = "Round to bf16 by an instruction where that gives the same bits";
  let description = [{
    x86's instruction that rounds f32 to bf16 (vcvtneps2bf16) takes subnormal numbers
    for zero. Where a linalg.generic on buffers rounds products of integers and a
    scale, they are none unless the scale is one: the scales are checked, and the op
    becomes two, one of which marks these conversions, `quant_act.no_subnormal`, so
    that they are left to LLVM. The other one is marked as well, `quant_act.seldom_runs`:
    it is not made faster by passes that check parameters.

    For targets with AVX512_BF16. From memory, W2.bf16 of quant-bench takes 1.26 times
    the bound instead of 1.55.

    Errors: a negative `min-elements`.

    Before:

    ```mlir
    #x = affine_map<(d0, d1) -> (d0, d1)>
    #c = affine_map<(d0, d1) -> (d0)>

    func.func @f(%x: memref<32x85xbf16>, %s: memref<32xbf16>, %y: memref<32x85xbf16>) {
      linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel"]}
          ins(%x, %s : memref<32x85xbf16>, memref<32xbf16>) outs(%y : memref<32x85xbf16>) {
      ^bb0(%a: bf16, %b: bf16, %o: bf16):
        %0 = arith.extf %a : bf16 to f32
        %1 = arith.extf %b : bf16 to f32
        %2 = math.roundeven %0 : f32
        %3 = arith.mulf %2, %1 : f32
        %4 = arith.truncf %3 : f32 to bf16
        linalg.yield %4 : bf16
      }
      return
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0) -> (d0)>
    #map1 = affine_map<(d0) -> ()>
    #map2 = affine_map<(d0, d1) -> (d0, d1)>
    #map3 = affine_map<(d0, d1) -> (d0)>
    func.func @f(%arg0: memref<32x85xbf16>, %arg1: memref<32xbf16>, %arg2: memref<32x85xbf16>) {
      %alloca = memref.alloca() {alignment = 64 : i64} : memref<i32>
      %true = arith.constant true
      %c0_i32 = arith.constant 0 : i32
      memref.store %c0_i32, %alloca[] : memref<i32>
      linalg.generic {indexing_maps = [#map, #map1],
          iterator_types = ["reduction"]}
          ins(%arg1 : memref<32xbf16>)
          outs(%alloca : memref<i32>) {
      ^bb0(%in: bf16, %out: i32):
        %2 = arith.extf %in : bf16 to f32
        %3 = math.absf %2 : f32
        %cst = arith.constant 0.000000e+00 : f32
        %4 = arith.cmpf oeq, %3, %cst : f32
        %cst_0 = arith.constant 1.17549435E-38 : f32
        %5 = arith.cmpf uge, %3, %cst_0 : f32
        %6 = arith.ori %5, %4 : i1
        %7 = arith.xori %6, %true : i1
        %8 = arith.extui %7 : i1 to i32
        %9 = arith.ori %out, %8 : i32
        linalg.yield %9 : i32
      }
      %0 = memref.load %alloca[] : memref<i32>
      %1 = arith.cmpi eq, %0, %c0_i32 : i32
      scf.if %1 {
        linalg.generic {indexing_maps = [#map2, #map3, #map2],
            iterator_types = ["parallel", "parallel"]}
            ins(%arg0, %arg1 : memref<32x85xbf16>, memref<32xbf16>)
            outs(%arg2 : memref<32x85xbf16>) {
        ^bb0(%in: bf16, %in_0: bf16, %out: bf16):
          %2 = arith.extf %in : bf16 to f32
          %3 = arith.extf %in_0 : bf16 to f32
          %4 = math.roundeven %2 : f32
          %5 = arith.mulf %4, %3 : f32
          %6 = arith.truncf %5 {quant_act.no_subnormal} : f32 to bf16
          linalg.yield %6 : bf16
        }
      } else {
        linalg.generic {indexing_maps = [#map2, #map3, #map2],
            iterator_types = ["parallel", "parallel"]}
            ins(%arg0, %arg1 : memref<32x85xbf16>, memref<32xbf16>)
            outs(%arg2 : memref<32x85xbf16>)
            attrs = {quant_act.seldom_runs} {
        ^bb0(%in: bf16, %in_0: bf16, %out: bf16):
          %2 = arith.extf %in : bf16 to f32
          %3 = arith.extf %in_0 : bf16 to f32
          %4 = math.roundeven %2 : f32
          %5 = arith.mulf %4, %3 : f32
          %6 = arith.truncf %5 : f32 to bf16
          linalg.yield %6 : bf16
        }
      }
      return
    }
    ```
  }];
  let options = [
    Option<"minElements", "min-elements", "int64_t", /*default=*/"1024",
           "Elements from which on scales are checked">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::quant_act::QuantActDialect"];
}

def QuantActExpandBFloat16 : Pass<"quant-act-expand-bfloat16"> {
  let summary = "Convert between f32 and bf16 by integer operations";
  let description = [{
    arith.truncf and arith.extf of bf16 become shifts and adds. The conversion
    instructions of x86 (vcvtneps2bf16) take denormals for zero; these do not. What is
    marked as no such number, `quant_act.no_subnormal`, becomes llvm.fptrunc.

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
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect"];
}

def QuantActExpandFloat16 : Pass<"quant-act-expand-float16"> {
  let summary = "Convert between f32 and f16 by integer operations";
  let description = [{
    arith.truncf of f32 to f16 and arith.extf of f16 become operations on bits, and one
    on f32, with the same results: halves go to even, subnormal numbers stay, NaN is
    quiet and keeps its first digits. For targets without instructions for it (x86
    before F16C), where LLVM calls functions of a compiler's run-time library.

    Before:

    ```mlir
    func.func @f(%x: vector<8xf16>) -> vector<8xf32> {
      %y = arith.extf %x : vector<8xf16> to vector<8xf32>
      return %y : vector<8xf32>
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: vector<8xf16>) -> vector<8xf32> {
      %0 = arith.bitcast %arg0 : vector<8xf16> to vector<8xi16>
      %1 = arith.extui %0 : vector<8xi16> to vector<8xi32>
      %cst = arith.constant dense<32767> : vector<8xi32>
      %2 = arith.andi %1, %cst : vector<8xi32>
      %cst_0 = arith.constant dense<13> : vector<8xi32>
      %3 = arith.shli %2, %cst_0 : vector<8xi32>
      %cst_1 = arith.constant dense<2139095040> : vector<8xi32>
      %4 = arith.ori %3, %cst_1 : vector<8xi32>
      %cst_2 = arith.constant dense<260046847> : vector<8xi32>
      %5 = arith.cmpi sgt, %3, %cst_2 : vector<8xi32>
      %6 = arith.select %5, %4, %3 : vector<8xi1>, vector<8xi32>
      %cst_3 = arith.constant dense<2004877312> : vector<8xi32>
      %7 = arith.bitcast %cst_3 : vector<8xi32> to vector<8xf32>
      %8 = arith.bitcast %6 : vector<8xi32> to vector<8xf32>
      %9 = arith.mulf %8, %7 : vector<8xf32>
      %10 = arith.bitcast %9 : vector<8xf32> to vector<8xi32>
      %cst_4 = arith.constant dense<32768> : vector<8xi32>
      %11 = arith.andi %1, %cst_4 : vector<8xi32>
      %cst_5 = arith.constant dense<16> : vector<8xi32>
      %12 = arith.shli %11, %cst_5 : vector<8xi32>
      %13 = arith.ori %10, %12 : vector<8xi32>
      %14 = arith.bitcast %13 : vector<8xi32> to vector<8xf32>
      return %14 : vector<8xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def QuantActExpandRounding : Pass<"quant-act-expand-rounding"> {
  let summary = "Round to integers by adding and subtracting";
  let description = [{
    math.roundeven, math.trunc, math.floor and math.ceil on f32 and f64 become an
    addition and a subtraction of 2^23 or 2^52, with what is left corrected, with the
    same results, signs of zeros and NaN included. For targets without instructions
    for it (x86 before SSE4.1), where LLVM calls a function of libm for each element.

    Before:

    ```mlir
    func.func @f(%x: f32) -> f32 {
      %y = math.floor %x : f32
      return %y : f32
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: f32) -> f32 {
      %0 = math.absf %arg0 : f32
      %cst = arith.constant 0x4B000000 : f32
      %1 = arith.cmpf olt, %0, %cst : f32
      %cst_0 = arith.constant 0.000000e+00 : f32
      %cst_1 = arith.constant 0x4B000000 : f32
      %2 = arith.select %1, %cst_1, %cst_0 : f32
      %3 = arith.addf %0, %2 : f32
      %4 = arith.subf %3, %2 : f32
      %5 = math.copysign %4, %arg0 : f32
      %6 = arith.cmpf ogt, %5, %arg0 : f32
      %cst_2 = arith.constant 0.000000e+00 : f32
      %cst_3 = arith.constant 1.000000e+00 : f32
      %7 = arith.select %6, %cst_3, %cst_2 : f32
      %8 = arith.subf %5, %7 : f32
      %9 = math.copysign %8, %arg0 : f32
      return %9 : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def QuantActStoreFloatsAsBytes
    : Pass<"quant-act-store-floats-as-bytes", "::mlir::ModuleOp"> {
  let summary = "Give floats of at most 8 bits the type i8";
  let description = [{
    Tensors and buffers of f4E2M1FN, f6E2M3FN, f6E3M2FN and the 8-bit types have one
    element per byte, whose low bits hold the code. LLVM has no such types, and MLIR's
    conversion to its dialect makes integers of 4 and 6 bits of them: a vector of these
    is packed where an array is not. Here they become i8 everywhere in the module,
    arguments and results of functions included; a bitcast to or from an integer of their
    width extends or truncates that.

    Nothing may compute with such numbers: after `convert-quant-act-to-linalg` they are
    only stored.

    Before:

    ```mlir
    func.func @store(%x: i32, %to: memref<2xf4E2M1FN>, %i: index) {
      %0 = arith.trunci %x : i32 to i4
      %1 = arith.bitcast %0 : i4 to f4E2M1FN
      memref.store %1, %to[%i] : memref<2xf4E2M1FN>
      return
    }
    ```

    After:

    ```mlir
    func.func @store(%x: i32, %to: memref<2xi8>, %i: index) {
      %0 = arith.trunci %x : i32 to i4
      %1 = arith.extui %0 : i4 to i8
      memref.store %1, %to[%i] : memref<2xi8>
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
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

#endif // QUANTACT_CODEGEN_CPU_ARITHMETICPASSES_TD
