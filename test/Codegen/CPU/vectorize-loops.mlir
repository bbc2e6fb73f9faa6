// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DEFINE: %{options} =
// DEFINE: %{opt} = quant-opt %s --pass-pipeline="builtin.module(any(quant-act-vectorize-loops%{options}),canonicalize,cse)" --split-input-file
// RUN: %{opt} | FileCheck %s
// REDEFINE: %{options} = {stream-bytes=0}
// RUN: %{opt} | FileCheck %s --check-prefix=NEVER --implicit-check-not=nontemporal
// NEVER-LABEL: @large
// NEVER: vector.store
// REDEFINE: %{options} = {vector-bits=100}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=BITS
// BITS: error: expects vector-bits to be a positive multiple of 64, but got 100
// REDEFINE: %{options} = {stream-bytes=-1}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=STREAM
// STREAM: error: expects stream-bytes not to be negative, but got -1

#id = affine_map<(i) -> (i)>

// Large buffers: results go past the caches, in whole lines, memory is read
// beforehand, and the stores are ordered with what follows.
//
// CHECK-LABEL: @large
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?xf32>)
func.func @large(%x: memref<?xf32>, %y: memref<?xf32>) {
  // CHECK: %[[N:.*]] = memref.dim %[[Y]]
  // CHECK: %[[LARGE:.*]] = arith.cmpi ugt, %[[N]], %c2097151
  // CHECK: %[[BEFORE:.*]] = scf.if %[[LARGE]] -> (index) {
  // CHECK: %[[P:.*]] = memref.extract_aligned_pointer_as_index %[[Y]]
  // CHECK: %[[MINUS:.*]] = arith.subi %c0, %[[P]]
  // CHECK: %[[BYTES:.*]] = arith.andi %[[MINUS]], %c63
  // CHECK: arith.divui %[[BYTES]], %c4
  // CHECK: %[[HEAD:.*]] = arith.minui %[[BEFORE]], %[[N]]
  // CHECK: scf.for %[[H:.*]] = %c0 to %[[HEAD]] step %c16
  // CHECK: %[[LEFT:.*]] = arith.subi %[[HEAD]], %[[H]]
  // CHECK: vector.create_mask %[[LEFT]] : vector<16xi1>
  // CHECK: vector.maskedstore %[[Y]]
  // CHECK: %[[END:.*]] = scf.if %[[LARGE]] -> (index) {
  // CHECK: scf.for %[[I:.*]] = %[[HEAD]] to %{{.*}} step %c16
  // CHECK: memref.prefetch %[[X]]
  // CHECK: vector.store %{{.*}}, %[[Y]][%[[I]]] {alignment = 64 : i64, nontemporal = true} : memref<?xf32>, vector<16xf32>
  // CHECK: } else {
  // CHECK-NOT: prefetch
  // CHECK: vector.store %{{.*}}, %[[Y]][%{{.*}}] : memref<?xf32>, vector<64xf32>
  // CHECK: vector.store %{{.*}}, %[[Y]][%{{.*}}] : memref<?xf32>, vector<16xf32>
  // CHECK: }
  // What is left is masked.
  // CHECK: scf.for %[[I:.*]] = %[[END]] to %[[N]] step %c16
  // CHECK: %[[LEFT:.*]] = arith.subi %[[N]], %[[I]]
  // CHECK: vector.create_mask %[[LEFT]] : vector<16xi1>
  // CHECK: vector.maskedstore
  // CHECK: scf.if %[[LARGE]]
  // CHECK: llvm.fence seq_cst
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Long rows: what a channel shares is computed once for its row.
//
// CHECK-LABEL: @rows
// CHECK-SAME: (%{{.*}}: memref<2x3x64xf32>, %[[S:.*]]: memref<3xf32>,
func.func @rows(%x: memref<2x3x64xf32>, %s: memref<3xf32>, %y: memref<2x3x64xf32>) {
  // CHECK: scf.for
  // CHECK: scf.for %[[C:.*]] = %c0 to %c3
  // CHECK: %[[SCALE:.*]] = memref.load %[[S]][%[[C]]]
  // CHECK: %[[ROOT:.*]] = math.sqrt %[[SCALE]] : f32
  // CHECK-NOT: scf.
  // CHECK: vector.broadcast %[[ROOT]] : f32 to vector<64xf32>
  // CHECK-NOT: create_mask
  // CHECK: return
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<2x3x64xf32>, memref<3xf32>) outs(%y : memref<2x3x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = math.sqrt %b : f32
    %m = arith.mulf %a, %r : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Of several parameters each is read into a vector once, for steps of four.
//
// CHECK-LABEL: @rows_of_several
// CHECK-SAME: (%{{.*}}: memref<2x3x64xf32>, %[[S:.*]]: memref<3xf32>, %[[Z:.*]]: memref<3xf32>,
func.func @rows_of_several(%x: memref<2x3x64xf32>, %s: memref<3xf32>, %z: memref<3xf32>, %y: memref<2x3x64xf32>) {
  // CHECK-DAG: %[[SCALE:.*]] = memref.load %[[S]]
  // CHECK-DAG: %[[ZERO:.*]] = memref.load %[[Z]]
  // CHECK-DAG: %[[SCALES:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<16xf32>
  // CHECK-DAG: %[[ZEROS:.*]] = vector.broadcast %[[ZERO]] : f32 to vector<16xf32>
  // CHECK-COUNT-4: math.fma %{{.*}}, %[[SCALES]], %[[ZEROS]]
  // CHECK-NOT: math.fma
  // CHECK: return
  linalg.generic {indexing_maps = [#x, #c, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s, %z : memref<2x3x64xf32>, memref<3xf32>, memref<3xf32>) outs(%y : memref<2x3x64xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %m = math.fma %a, %b, %c : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Rows of an odd length: vectors are whole; the one in which two rows meet has
// the parameters of both.
//
// CHECK-LABEL: @seams
// CHECK-SAME: (%{{.*}}: memref<3x85xf32>, %[[S:.*]]: memref<3xf32>,
func.func @seams(%x: memref<3x85xf32>, %s: memref<3xf32>, %y: memref<3x85xf32>) {
  // CHECK: %[[END:.*]]:2 = scf.for %[[C:.*]] = %c0 to %c3 step %c1 iter_args(%[[DONE:.*]] = %c0, %[[BEFORE:.*]] = %{{.*}}) -> (index, f32) {
  // CHECK: %[[SCALE:.*]] = memref.load %[[S]][%[[C]]]
  // CHECK: %[[BEGIN:.*]] = arith.muli %[[C]], %c85
  // CHECK: %[[HAS_SEAM:.*]] = arith.cmpi ult, %[[DONE]], %[[BEGIN]]
  // CHECK: %[[FROM:.*]] = scf.if %[[HAS_SEAM]] -> (index) {
  // CHECK: %[[COUNT:.*]] = arith.subi %[[BEGIN]], %[[DONE]]
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[COUNT]] : vector<16xi1>
  // CHECK-DAG: %[[A:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<16xf32>
  // CHECK-DAG: %[[B:.*]] = vector.broadcast %[[BEFORE]] : f32 to vector<16xf32>
  // CHECK: arith.select %[[MASK]], %[[B]], %[[A]]
  // CHECK: vector.store
  // CHECK: scf.for %{{.*}} = %[[FROM]] to %[[MAIN:.*]] step %c64
  // CHECK: scf.for %{{.*}} = %[[MAIN]] to %[[LAST:.*]] step %c16
  // CHECK: scf.yield %[[LAST]], %[[SCALE]]
  // CHECK: scf.for %{{.*}} = %[[END]]#0 to %c255 step %c16
  // CHECK: vector.maskedstore
  linalg.generic {indexing_maps = [affine_map<(c, i) -> (c, i)>, affine_map<(c, i) -> (c)>, affine_map<(c, i) -> (c, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<3x85xf32>, memref<3xf32>) outs(%y : memref<3x85xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Short rows: what channels share is expanded to an element each, repeated until
// it is long enough, and once more for vectors that go beyond. The walk takes
// turns in it.
//
// CHECK-LABEL: @periods
// CHECK-SAME: (%{{.*}}: memref<100x5x3xf32>, %[[S:.*]]: memref<5xf32>,
func.func @periods(%x: memref<100x5x3xf32>, %s: memref<5xf32>, %y: memref<100x5x3xf32>) {
  // CHECK: %[[E:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4176xf32>
  // CHECK: scf.for %[[C:.*]] = %c0 to %c5
  // CHECK: %[[SCALE:.*]] = memref.load %[[S]][%[[C]]]
  // CHECK: %[[V:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<16xf32>
  // CHECK: %[[AT:.*]] = arith.muli %[[C]], %c3
  // CHECK: scf.for %[[I:.*]] = %[[AT]] to
  // CHECK: vector.store %[[V]], %[[E]][%[[I]]]
  // 18 periods of 15 elements are 270, and a vector of the main loop.
  // CHECK: scf.for %{{.*}} = %c15 to %c334 step %c15
  // CHECK: vector.store %{{.*}}, %[[E]]
  // CHECK: scf.for %[[BEGIN:.*]] = %c0 to %c1472 step %c270
  // CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c64
  // CHECK: arith.addi %[[BEGIN]], %[[I]]
  // CHECK: vector.load %[[E]][%[[I]]]{{.*}}, vector<64xf32>
  // CHECK: vector.maskedstore
  // CHECK: return
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<100x5x3xf32>, memref<5xf32>) outs(%y : memref<100x5x3xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c) -> (n, c)>
#c = affine_map<(n, c) -> (c)>

// Ops that are computed one after another use the same buffers.
//
// CHECK-LABEL: @shared_buffers
func.func @shared_buffers(%x: memref<9x85xf32>, %s: memref<85xf32>, %y: memref<9x85xf32>) {
  // CHECK-COUNT-1: memref.alloca()
  // CHECK-NOT: memref.alloca()
  // CHECK: return
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<9x85xf32>, memref<85xf32>) outs(%y : memref<9x85xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel"]}
      ins(%y, %s : memref<9x85xf32>, memref<85xf32>) outs(%y : memref<9x85xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.addf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#x = affine_map<(n, c) -> (n, c)>
#c = affine_map<(n, c) -> (c)>

// Channels along rows, too few rows to expand: vectors of parameters.
//
// CHECK-LABEL: @channel_last
// CHECK-SAME: (%{{.*}}: memref<2x85xf32>, %[[S:.*]]: memref<85xf32>,
func.func @channel_last(%x: memref<2x85xf32>, %s: memref<85xf32>, %y: memref<2x85xf32>) {
  // CHECK-NOT: alloca
  // CHECK: scf.for %{{.*}} = %c0 to %c2
  // CHECK: vector.load %[[S]]{{.*}}, vector<64xf32>
  // CHECK: vector.maskedload %[[S]]
  // CHECK: return
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<2x85xf32>, memref<85xf32>) outs(%y : memref<2x85xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

// The widest number that is computed with fills the vectors: eight f64.
//
// CHECK-LABEL: @widths
func.func @widths(%x: memref<8xf16>, %y: memref<8xf16>) {
  // CHECK: arith.extf %{{.*}} : vector<8xf16> to vector<8xf64>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<8xf16>) outs(%y : memref<8xf16>) {
  ^bb0(%a: f16, %o: f16):
    %w = arith.extf %a : f16 to f64
    %m = arith.negf %w : f64
    %n = arith.truncf %m : f64 to f16
    linalg.yield %n : f16
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Parts of buffers, with gaps between rows, which may differ: each is read and written
// where its own strides say. While a row is computed, the next one's pages are looked up.
//
// CHECK-LABEL: @parts
func.func @parts(%x: memref<8x2000xf32, strided<[4000, 1], offset: ?>>, %y: memref<8x2000xf32>) {
  // CHECK: %{{.*}}, %[[OFFSET:.*]], %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata
  // CHECK: %[[ROW:.*]] = memref.reinterpret_cast %{{.*}} to offset: {{\[}}%[[OFFSET]]{{\]}}, sizes: [34000]
  // CHECK: scf.for %[[I:.*]] = %c0 to %c8
  // CHECK: %[[AT:.*]] = arith.muli %[[I]], %c4000
  // CHECK: %[[NEXT:.*]] = arith.addi %[[AT]], %c4000
  // CHECK: scf.for %[[PAGE:.*]] = %[[NEXT]] to %{{.*}} step %c1024
  // CHECK: memref.prefetch %[[ROW]][%[[PAGE]]]
  // CHECK: vector.load %[[ROW]]
  // CHECK: vector.store
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x2000xf32, strided<[4000, 1], offset: ?>>) outs(%y : memref<8x2000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#transposed = affine_map<(i, j) -> (j, i)>
#row = affine_map<(i, j) -> (i)>

// Left as they are: results elsewhere than at the loops' indices or apart,
// ordered sums, functions that are no vector instructions, tensors, and elements
// that are as many bytes in a buffer, but packed bits in a vector.
//
// CHECK-LABEL: @others
func.func @others(%x: memref<8x8xf32>, %nibbles: memref<8x8xi4>, %wide: memref<8x8xi24>, %gaps: memref<8x8xf32, strided<[16, 2]>>, %r: memref<8xf32>, %t: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // CHECK-NOT: vector
  // CHECK-COUNT-7: linalg.generic
  // CHECK-NOT: vector
  linalg.generic {indexing_maps = [#id, #transposed], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x8xf32>) outs(%x : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x8xf32>) outs(%gaps : memref<8x8xf32, strided<[16, 2]>>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x8xf32>) outs(%r : memref<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x8xf32>) outs(%x : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = math.log2 %a : f32
    linalg.yield %m : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x8xf32>) outs(%nibbles : memref<8x8xi4>) {
  ^bb0(%a: f32, %o: i4):
    %m = arith.fptosi %a : f32 to i4
    linalg.yield %m : i4
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%wide : memref<8x8xi24>) outs(%x : memref<8x8xf32>) {
  ^bb0(%a: i24, %o: f32):
    %m = arith.sitofp %a : i24 to f32
    linalg.yield %m : f32
  }
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%t : tensor<8x8xf32>) {
  ^bb0(%o: f32):
    %m = arith.negf %o : f32
    linalg.yield %m : f32
  } -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Rows that are long, it is said, are not walked through by periods: nothing is
// expanded.
//
// CHECK-LABEL: @long_rows
// CHECK-NOT: memref.alloca
// CHECK-LABEL: @any_rows
// CHECK: memref.alloca
func.func @long_rows(%x: memref<?x?x?xf32>, %s: memref<?xf32>) {
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<?x?x?xf32>, memref<?xf32>) outs(%x : memref<?x?x?xf32>)
      attrs = {quant_act.long_rows} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}
func.func @any_rows(%x: memref<?x?x?xf32>, %s: memref<?xf32>) {
  linalg.generic {indexing_maps = [#x, #c, #x], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<?x?x?xf32>, memref<?xf32>) outs(%x : memref<?x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A fence behind all loops.
//
// CHECK-LABEL: @fence
func.func @fence(%x: memref<8192x1024xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK: nontemporal = true
  // CHECK: llvm.fence
  // CHECK-NEXT: return
  scf.for %i = %c0 to %n step %c1 {
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : memref<8192x1024xf32>) outs(%x : memref<8192x1024xf32>) {
    ^bb0(%a: f32, %o: f32):
      %m = arith.negf %a : f32
      linalg.yield %m : f32
    }
  }
  return
}
