// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-tile-channels))" --split-input-file | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-tile-channels{parallel-bytes=1}))" --split-input-file | FileCheck %s --check-prefix=PARALLEL
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-tile-channels{channel-bytes=1000}))" --split-input-file | FileCheck %s --check-prefix=LESS
// RUN: not quant-opt %s --pass-pipeline="builtin.module(any(quant-act-tile-channels{channel-bytes=-1}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-tile-channels{channel-bytes=9223372036854775807}))" --split-input-file | FileCheck %s --check-prefix=LESS
// NEGATIVE: error: expects channel-bytes not to be negative, but got -1

#id = affine_map<(n, c, i) -> (n, c, i)>
#channel = affine_map<(n, c, i) -> (c)>
#each = affine_map<(c) -> (c)>

// A statistic, what is made of it, and what is done with that: for each channel. What
// does not depend on channels comes before, and so do indices.
//
// CHECK-LABEL: @step
// CHECK-SAME: %[[X:.*]]: memref<20x64x1600xi32>, %[[MOST:.*]]: memref<64xi32>, %[[N:.*]]: memref<i32>,
// CHECK-SAME: %[[S:.*]]: memref<64xi32>, %[[Y:.*]]: memref<20x64x1600xi32>
// PARALLEL-LABEL: @step
// PARALLEL: scf.parallel
// PARALLEL: scf.for
// LESS-LABEL: @step
// LESS-NOT: subview
// LESS: return
func.func @step(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %n: memref<i32>, %s: memref<64xi32>, %y: memref<20x64x1600xi32>) {
  // CHECK: %[[K:.*]] = memref.load %[[N]][]
  // CHECK: scf.for %[[C:.*]] = %c0 to %{{.*}} step %c1 {
  // CHECK: %[[XC:.*]] = memref.subview %[[X]][0, %[[C]], 0] [20, 1, 1600]
  // CHECK: %[[MC:.*]] = memref.subview %[[MOST]][%[[C]]] [1]
  // CHECK: linalg.generic {{.*}} ins(%[[XC]] : {{.*}}) outs(%[[MC]] :
  // CHECK: arith.maxsi
  // CHECK: %[[MC1:.*]] = memref.subview %[[MOST]][%[[C]]] [1]
  // CHECK: %[[SC:.*]] = memref.subview %[[S]][%[[C]]] [1]
  // CHECK: linalg.generic {{.*}} ins(%[[MC1]] : {{.*}}) outs(%[[SC]] :
  // CHECK: %[[I:.*]] = linalg.index 0
  // CHECK: arith.addi %[[I]], %[[C]]
  // CHECK: arith.addi %{{.*}}, %[[K]]
  // CHECK: memref.subview %[[Y]][0, %[[C]], 0] [20, 1, 1600]
  // CHECK: arith.subi
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  %k = memref.load %n[] : memref<i32>
  linalg.generic {indexing_maps = [#each, #each], iterator_types = ["parallel"]}
      ins(%most : memref<64xi32>) outs(%s : memref<64xi32>) {
  ^bb0(%m: i32, %o: i32):
    %c = linalg.index 0 : index
    %i = arith.index_cast %c : index to i32
    %0 = arith.addi %i, %k : i32
    %1 = arith.addi %0, %m : i32
    linalg.yield %1 : i32
  }
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<20x64x1600xi32>, memref<64xi32>) outs(%y : memref<20x64x1600xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#id = affine_map<(n, c, i) -> (n, c, i)>
#channel = affine_map<(n, c, i) -> (c)>

// Decided at run time.
//
// CHECK-LABEL: @dynamic
// CHECK: scf.if
// CHECK: scf.for
// CHECK-COUNT-2: linalg.generic
// CHECK: } else {
// CHECK-NOT: subview
// CHECK-COUNT-2: linalg.generic
// PARALLEL-LABEL: @dynamic
func.func @dynamic(%x: memref<?x?x?xi32>, %most: memref<?xi32>, %y: memref<?x?x?xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<?x?x?xi32>) outs(%most : memref<?xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %most : memref<?x?x?xi32>, memref<?xi32>) outs(%y : memref<?x?x?xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#id = affine_map<(n, c, i) -> (n, c, i)>
#channel = affine_map<(n, c, i) -> (c)>
#none = affine_map<(n, c, i) -> ()>
#each = affine_map<(c) -> (c)>
#first = affine_map<(c) -> (0)>

// Not where a step needs all channels, writes over elements by another view, or does
// what is not known; nor short rows, nor a single read.
//
// CHECK-LABEL: @over_channels
// CHECK-NOT: subview
func.func @over_channels(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %all: memref<1xi32>, %y: memref<20x64x1600xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#each, #first], iterator_types = ["reduction"]}
      ins(%most : memref<64xi32>) outs(%all : memref<1xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#id, affine_map<(n, c, i) -> (0)>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %all : memref<20x64x1600xi32>, memref<1xi32>) outs(%y : memref<20x64x1600xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// CHECK-LABEL: @other_view
// CHECK-NOT: subview
func.func @other_view(%x: memref<20x64x1600xi32>, %most: memref<64xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  %v = memref.reinterpret_cast %x to offset: [0], sizes: [20, 64, 1600], strides: [102400, 1600, 1]
      : memref<20x64x1600xi32> to memref<20x64x1600xi32, strided<[102400, 1600, 1]>>
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %most : memref<20x64x1600xi32>, memref<64xi32>) outs(%v : memref<20x64x1600xi32, strided<[102400, 1600, 1]>>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// What was read at other channels, and then is written; what may be any buffer.
//
// CHECK-LABEL: @written_later
// CHECK-NOT: subview
func.func @written_later(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %w: memref<20x64x1600xi32>, %v: memref<64xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#channel, #id, affine_map<(n, c, i) -> (0)>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%most, %x, %v : memref<64xi32>, memref<20x64x1600xi32>, memref<64xi32>) outs(%w : memref<20x64x1600xi32>) {
  ^bb0(%m: i32, %a: i32, %b: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    %1 = arith.subi %0, %b : i32
    linalg.yield %1 : i32
  }
  linalg.generic {indexing_maps = [#each, #each], iterator_types = ["parallel"]}
      ins(%most : memref<64xi32>) outs(%v : memref<64xi32>) {
  ^bb0(%m: i32, %o: i32):
    linalg.yield %m : i32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<20x64x1600xi32>) outs(%w : memref<20x64x1600xi32>) {
  ^bb0(%a: i32, %o: i32):
    linalg.yield %a : i32
  }
  return
}

// CHECK-LABEL: @any_buffer
// CHECK-NOT: subview
func.func @any_buffer(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %which: i1, %other: memref<64xi32>, %s: memref<64xi32>, %y: memref<20x64x1600xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  %some = arith.select %which, %most, %other : memref<64xi32>
  linalg.generic {indexing_maps = [#each, #each], iterator_types = ["parallel"]}
      ins(%some : memref<64xi32>) outs(%s : memref<64xi32>) {
  ^bb0(%m: i32, %o: i32):
    linalg.yield %m : i32
  }
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<20x64x1600xi32>, memref<64xi32>) outs(%y : memref<20x64x1600xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

func.func private @unknown()

// CHECK-LABEL: @call
// CHECK-NOT: subview
func.func @call(%x: memref<20x64x1600xi32>, %most: memref<64xi32>, %y: memref<20x64x1600xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  func.call @unknown() : () -> ()
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %most : memref<20x64x1600xi32>, memref<64xi32>) outs(%y : memref<20x64x1600xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// CHECK-LABEL: @short_rows
// CHECK-NOT: subview
func.func @short_rows(%x: memref<200x64x160xi32>, %most: memref<64xi32>, %y: memref<200x64x160xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<200x64x160xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %most : memref<200x64x160xi32>, memref<64xi32>) outs(%y : memref<200x64x160xi32>) {
  ^bb0(%a: i32, %m: i32, %o: i32):
    %0 = arith.subi %m, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// CHECK-LABEL: @once
// CHECK-NOT: subview
func.func @once(%x: memref<20x64x1600xi32>, %most: memref<64xi32>) {
  linalg.generic {indexing_maps = [#id, #channel], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<20x64x1600xi32>) outs(%most : memref<64xi32>) {
  ^bb0(%a: i32, %m: i32):
    %0 = arith.maxsi %a, %m : i32
    linalg.yield %0 : i32
  }
  return
}
