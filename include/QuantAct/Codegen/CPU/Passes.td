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

def QuantActFuseSiblings
    : InterfacePass<"quant-act-fuse-siblings", "::mlir::FunctionOpInterface"> {
  let summary = "Fuse linalg.generic ops that read the same elements";
  let description = [{
    An op that reads a tensor element by element, as an earlier op does that it does
    not depend on, becomes part of that one: the gradients of an activation and of
    its scale are computed in one pass over memory. What both compute is computed
    once. Loops that either reduces become reductions; a result that has an element
    for each of the indices is then still written where they say.

    Not fused are ops with transcendental functions, which are computed by scalars.

    Before:

    ```mlir
    #id = affine_map<(c, i) -> (c, i)>
    #channel = affine_map<(c, i) -> (c)>

    func.func @f(%x: tensor<3x5xi32>, %y: tensor<3x5xi32>, %sums: tensor<3xi32>)
        -> (tensor<3xi32>, tensor<3x5xi32>) {
      %s = linalg.generic {indexing_maps = [#id, #channel],
                           iterator_types = ["parallel", "reduction"]}
          ins(%x : tensor<3x5xi32>) outs(%sums : tensor<3xi32>) {
      ^bb0(%a: i32, %sum: i32):
        %square = arith.muli %a, %a : i32
        %next = arith.addi %sum, %square : i32
        linalg.yield %next : i32
      } -> tensor<3xi32>
      %z = linalg.generic {indexing_maps = [#id, #id],
                           iterator_types = ["parallel", "parallel"]}
          ins(%x : tensor<3x5xi32>) outs(%y : tensor<3x5xi32>) {
      ^bb0(%a: i32, %o: i32):
        %square = arith.muli %a, %a : i32
        linalg.yield %square : i32
      } -> tensor<3x5xi32>
      return %s, %z : tensor<3xi32>, tensor<3x5xi32>
    }
    ```

    After:

    ```mlir
    #id = affine_map<(c, i) -> (c, i)>
    #channel = affine_map<(c, i) -> (c)>

    func.func @f(%x: tensor<3x5xi32>, %y: tensor<3x5xi32>, %sums: tensor<3xi32>)
        -> (tensor<3xi32>, tensor<3x5xi32>) {
      %r:2 = linalg.generic {indexing_maps = [#id, #channel, #id],
                             iterator_types = ["parallel", "reduction"]}
          ins(%x : tensor<3x5xi32>) outs(%sums, %y : tensor<3xi32>, tensor<3x5xi32>) {
      ^bb0(%a: i32, %sum: i32, %o: i32):
        %square = arith.muli %a, %a : i32
        %next = arith.addi %sum, %square : i32
        linalg.yield %next, %square : i32, i32
      } -> (tensor<3xi32>, tensor<3x5xi32>)
      return %r#0, %r#1 : tensor<3xi32>, tensor<3x5xi32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
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

def QuantActTileChannels
    : InterfacePass<"quant-act-tile-channels", "::mlir::FunctionOpInterface"> {
  let summary = "Do all that reads a channel's elements while they are in the cache";
  let description = [{
    Where linalg.generic ops on buffers reduce the elements of each channel and then
    read them again, as a statistic and the quantization by it do, a loop over channels
    does all for one channel after the other: what the first op reads from memory, the
    others find in the cache.

    It is done where a channel's elements take at most `channel-bytes` and all take
    more, and if they are in rows of at least 4096 bytes; that is decided at run time
    where extents are dynamic. Arguments of the function, and their views, must not
    overlap; buffers of which it is not known what they are (results of an scf.if, say)
    are left alone.

    With `parallel-bytes`, threads get parts of the channels, by an scf.parallel, if
    there are 16 channels and the elements have so many bytes.

    Before:

    ```mlir
    #id = affine_map<(n, c, i) -> (n, c, i)>
    #channel = affine_map<(n, c, i) -> (c)>

    func.func @f(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %y: memref<20x64x1600xi32>) {
      linalg.generic {indexing_maps = [#id, #channel],
                      iterator_types = ["reduction", "parallel", "reduction"]}
          ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
      ^bb0(%a: i32, %m: i32):
        %0 = arith.maxsi %a, %m : i32
        linalg.yield %0 : i32
      }
      linalg.generic {indexing_maps = [#id, #channel, #id],
                      iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%x, %most : memref<20x64x1600xi32>, memref<64xi32>)
          outs(%y : memref<20x64x1600xi32>) {
      ^bb0(%a: i32, %m: i32, %o: i32):
        %0 = arith.subi %m, %a : i32
        linalg.yield %0 : i32
      }
      return
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
    #map1 = affine_map<(d0, d1, d2) -> (d1)>
    func.func @f(%arg0: memref<20x64x1600xi32>, %arg1: memref<64xi32>, %arg2: memref<20x64x1600xi32>) {
      %c64 = arith.constant 64 : index
      %c1 = arith.constant 1 : index
      %c0 = arith.constant 0 : index
      scf.for %arg3 = %c0 to %c64 step %c1 {
        %subview = memref.subview %arg0[0, %arg3, 0] [20, 1, 1600] [1, 1, 1]
            : memref<20x64x1600xi32>
                  to memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>
        %subview_0 = memref.subview %arg1[%arg3] [1] [1]
            : memref<64xi32>
                  to memref<1xi32, strided<[1], offset: ?>>
        linalg.generic {indexing_maps = [#map, #map1],
            iterator_types = ["reduction", "parallel", "reduction"]}
            ins(%subview : memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>)
            outs(%subview_0 : memref<1xi32, strided<[1], offset: ?>>) {
        ^bb0(%in: i32, %out: i32):
          %0 = arith.maxsi %in, %out : i32
          linalg.yield %0 : i32
        }
        %subview_1 = memref.subview %arg0[0, %arg3, 0] [20, 1, 1600] [1, 1, 1]
            : memref<20x64x1600xi32>
                  to memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>
        %subview_2 = memref.subview %arg1[%arg3] [1] [1]
            : memref<64xi32>
                  to memref<1xi32, strided<[1], offset: ?>>
        %subview_3 = memref.subview %arg2[0, %arg3, 0] [20, 1, 1600] [1, 1, 1]
            : memref<20x64x1600xi32>
                  to memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>
        linalg.generic {indexing_maps = [#map, #map1, #map],
            iterator_types = ["parallel", "parallel", "parallel"]}
            ins(%subview_1, %subview_2 : memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>, memref<1xi32, strided<[1], offset: ?>>)
            outs(%subview_3 : memref<20x1x1600xi32, strided<[102400, 1600, 1], offset: ?>>) {
        ^bb0(%in: i32, %in_4: i32, %out: i32):
          %0 = arith.subi %in_4, %in : i32
          linalg.yield %0 : i32
        }
      }
      return
    }
    ```
  }];
  let options = [
    Option<"channelBytes", "channel-bytes", "int64_t", "524288",
           "Bytes of a channel's elements, in one buffer, up to which they stay in a "
           "cache">,
    Option<"parallelBytes", "parallel-bytes", "int64_t", "0",
           "Bytes of all elements from which on threads divide the channels; 0: never">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
}

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

def QuantActVectorizeLoops
    : InterfacePass<"quant-act-vectorize-loops",
                    "::mlir::FunctionOpInterface"> {
  let summary = "Turn linalg.generic ops on buffers into vector loops";
  let description = [{
    Each linalg.generic that computes elements of buffers, without gaps in rows, or
    reduces them, becomes loops over adjacent elements, in steps of `vector-bits`, in vectors
    of 512 bits, and in one masked vector at the end. What is computed of parameters
    alone is taken out of these loops:

    * long rows of one channel: computed once for each row; where parameters alone
      are divided, for 256 channels at a time, by vectors, in tables. The vector in
      which two rows meet has the parameters of both, by a mask, so that all are whole;
    * short rows, and channels along rows: computed once, expanded to an element
      each in a buffer of some kilobytes, repeated until it is long enough; the walk
      through memory takes turns in it. Accumulators are expanded likewise.

    Which it is, is decided by extents, at run time where they are dynamic. Ops on
    `stream-bytes` or more (of all buffers together) write past the caches, where
    whole lines can be written: a masked vector up to where a line of the result
    begins, then lines by non-temporal stores, with prefetches of what is read, and of
    a line of each page that will be read or written; a fence at the end orders them.
    Buffers with gaps between rows are parts of others, whose size counts: each row is
    walked through by itself, and the pages of the next one are looked up meanwhile.

    Ops on `parallel-bytes` or more become scf.parallel loops over parts, which
    threads can divide among them: of rows, of a single row, of the spans of periods;
    where elements are added to accumulators, only over what has its own. Of integer
    accumulators whose order does not matter each part has its own if they are fewer
    than 16, such as the extremes of a whole tensor, or expanded: memref.atomic_rmw
    combines the former, one thread the latter, of which there are up to eight.
    Sums by lanes, whose order is fixed, are divided over channels with long rows.
    Smaller ops take the serial loops. The results' bits are the same.

    Accumulators are vectors: integer minima, maxima and sums, whose order does not
    matter, have one that is reduced at the end of a span; sums by lanes (whose map
    ends in the row's index mod 16) one whose elements are the lanes; accumulators
    that differ along a span are loaded and stored. Where rows have lanes in turn
    (another index mod 16), up to 256 accumulators and their lanes are expanded, too.

    Left as they are: other reductions, bodies with ops that have no vector form or
    need libm's bits, results with gaps, elements such as i4, which LLVM packs in
    vectors only.

    Before:

    ```mlir
    #id = affine_map<(c, i) -> (c, i)>
    #channel = affine_map<(c, i) -> (c)>

    func.func @f(%x: memref<3x80xf32>, %s: memref<3xf32>, %y: memref<3x80xf32>) {
      linalg.generic {indexing_maps = [#id, #channel, #id],
                      iterator_types = ["parallel", "parallel"]}
          ins(%x, %s : memref<3x80xf32>, memref<3xf32>) outs(%y : memref<3x80xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %m = arith.mulf %a, %b : f32
        linalg.yield %m : f32
      }
      return
    }
    ```

    After:

    ```mlir
    func.func @f(%arg0: memref<3x80xf32>, %arg1: memref<3xf32>, %arg2: memref<3x80xf32>) {
      %c3 = arith.constant 3 : index
      %c80 = arith.constant 80 : index
      %c1 = arith.constant 1 : index
      %c64 = arith.constant 64 : index
      %c0 = arith.constant 0 : index
      %collapse_shape = memref.collapse_shape %arg0 [[0, 1]] : memref<3x80xf32> into memref<240xf32>
      %collapse_shape_0 = memref.collapse_shape %arg2 [[0, 1]] : memref<3x80xf32> into memref<240xf32>
      scf.for %arg3 = %c0 to %c3 step %c1 {
        %0 = memref.load %arg1[%arg3] : memref<3xf32>
        %1 = arith.muli %arg3, %c80 : index
        %2 = vector.broadcast %0 : f32 to vector<16xf32>
        %3 = vector.load %collapse_shape[%1] : memref<240xf32>, vector<64xf32>
        %4 = vector.broadcast %0 : f32 to vector<64xf32>
        %5 = arith.mulf %3, %4 : vector<64xf32>
        vector.store %5, %collapse_shape_0[%1] : memref<240xf32>, vector<64xf32>
        %6 = arith.addi %1, %c64 : index
        %7 = vector.load %collapse_shape[%6] : memref<240xf32>, vector<16xf32>
        %8 = arith.mulf %7, %2 : vector<16xf32>
        vector.store %8, %collapse_shape_0[%6] : memref<240xf32>, vector<16xf32>
      }
      return
    }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "2048",
           "Bits of the widest value's vector in the main loop: several registers">,
    Option<"streamBytes", "stream-bytes", "int64_t", "16777216",
           "Bytes of all buffers together from which on results are written past "
           "the caches; 0: never">,
    Option<"parallelBytes", "parallel-bytes", "int64_t", "0",
           "Bytes of all buffers together from which on threads divide the work; "
           "0: never">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
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

def QuantActPromoteSmallBuffers
    : Pass<"quant-act-promote-small-buffers", "::mlir::func::FuncOp"> {
  let summary = "Put buffers of unknown size on the stack where they fit";
  let description = [{
    A `memref.alloc` of unknown size becomes a part of the stack, if it has at most
    `max-bytes` at run time, and `memref.dealloc` frees it otherwise. Then functions of
    few channels allocate nothing. What is passed on to a block stays, and what is never
    freed: it might still be used when the next one is allocated. Buffers of known size
    are up to upstream's promote-buffers-to-stack.

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
      %alloca = memref.alloca() {alignment = 64 : i64} : memref<32768xi8>
      %c32769 = arith.constant 32769 : index
      %c4 = arith.constant 4 : index
      %0 = arith.minui %arg0, %c32769 : index
      %1 = arith.muli %c4, %0 : index
      %2 = arith.minui %1, %c32769 : index
      %3 = arith.cmpi ult, %2, %c32769 : index
      %c0 = arith.constant 0 : index
      %view = memref.view %alloca[%c0][%arg0] : memref<32768xi8> to memref<?xf32>
      cf.cond_br %3, ^bb2(%view : memref<?xf32>), ^bb1
    ^bb1:  // pred: ^bb0
      %alloc = memref.alloc(%arg0) {alignment = 64 : i64} : memref<?xf32>
      cf.br ^bb2(%alloc : memref<?xf32>)
    ^bb2(%4: memref<?xf32>):  // 2 preds: ^bb0, ^bb1
      %c0_0 = arith.constant 0 : index
      memref.store %arg1, %4[%c0_0] : memref<?xf32>
      cf.cond_br %3, ^bb4, ^bb3
    ^bb3:  // pred: ^bb2
      memref.dealloc %4 : memref<?xf32>
      cf.br ^bb4
    ^bb4:  // 2 preds: ^bb2, ^bb3
      return
    }
    ```
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "unsigned", "32768",
           "Bytes of a buffer up to which it is on the stack, at most 2^30">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // QUANTACT_CODEGEN_CPU_PASSES_TD
