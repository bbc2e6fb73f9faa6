//===- LoopPasses.td - From linalg to vector loops ---------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CODEGEN_CPU_LOOPPASSES_TD
#define QUANTACT_CODEGEN_CPU_LOOPPASSES_TD

include "mlir/Pass/PassBase.td"

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

#endif // QUANTACT_CODEGEN_CPU_LOOPPASSES_TD
