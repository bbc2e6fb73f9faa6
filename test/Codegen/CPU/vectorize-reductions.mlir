// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accumulators while spans are walked through.
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-vectorize-loops{stream-bytes=0}),canonicalize,cse)" --split-input-file | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-vectorize-loops{stream-bytes=1}),canonicalize,cse)" --split-input-file | FileCheck %s --check-prefix=STREAM
// RUN: quant-opt %s --pass-pipeline="builtin.module(any(quant-act-vectorize-loops{stream-bytes=0 parallel-bytes=1}),canonicalize,cse)" --split-input-file | FileCheck %s --check-prefix=THREADS

#x = affine_map<(n, c, i) -> (n, c, i)>
#lanes = affine_map<(n, c, i) -> (c, i mod 16)>

// Sums by lanes: a vector of all of them, loaded and stored with each row. Lanes
// that are masked keep what they have.
//
// CHECK-LABEL: @lanes
// CHECK-SAME: (%[[X:.*]]: memref<2x3x50xf32>, %[[SUMS:.*]]: memref<3x16xf64>, %{{.*}}: memref<2x3x50xf32>)
func.func @lanes(%x: memref<2x3x50xf32>, %sums: memref<3x16xf64>, %y: memref<2x3x50xf32>) {
  // CHECK: scf.for %[[N:.*]] = %c0 to %c2
  // CHECK: scf.for %[[C:.*]] = %c0 to %c3
  // CHECK: %[[BEGIN:.*]] = vector.load %[[SUMS]][%[[C]], %c0] : memref<3x16xf64>, vector<16xf64>
  // CHECK: %[[MAIN:.*]] = scf.for %{{.*}} = %c0 to %c48 step %c16 iter_args(%[[S:.*]] = %[[BEGIN]]) -> (vector<16xf64>)
  // CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : vector<16xf32> to vector<16xf64>
  // CHECK: %[[NEXT:.*]] = arith.addf %[[S]], %[[WIDE]] : vector<16xf64>
  // CHECK: vector.store %{{.*}} : memref<300xf32>, vector<16xf32>
  // CHECK: scf.yield %[[NEXT]]
  // CHECK: %[[MASK:.*]] = vector.constant_mask [2] : vector<16xi1>
  // CHECK: %[[REST:.*]] = arith.addf %[[MAIN]], %{{.*}} : vector<16xf64>
  // CHECK: vector.maskedstore
  // CHECK: %[[END:.*]] = arith.select %[[MASK]], %[[REST]], %[[MAIN]]
  // CHECK: vector.store %[[END]], %[[SUMS]][%[[C]], %c0]
  linalg.generic {indexing_maps = [#x, #lanes, #x], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<2x3x50xf32>) outs(%sums, %y : memref<3x16xf64>, memref<2x3x50xf32>) {
  ^bb0(%a: f32, %sum: f64, %o: f32):
    %wide = arith.extf %a : f32 to f64
    %next = arith.addf %sum, %wide : f64
    %m = arith.negf %a : f32
    linalg.yield %next, %m : f64, f32
  }
  return
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// Integer operations whose order does not matter start at what changes nothing.
//
// CHECK-LABEL: @any_order
// CHECK-SAME: (%{{.*}}: memref<3x?xi32>, %[[MAX:.*]]: memref<3xi32>)
func.func @any_order(%x: memref<3x?xi32>, %max: memref<3xi32>) {
  // CHECK: %[[LEAST:.*]] = arith.constant dense<-2147483648> : vector<16xi32>
  // CHECK: scf.for %[[C:.*]] = %c0 to %c3
  // Four vectors at a time, then masked ones: few, and no other loop.
  // CHECK: %[[MAIN:.*]] = scf.for {{.*}} step %c64 iter_args(%[[V:.*]] = %[[LEAST]]) -> (vector<16xi32>)
  // CHECK: arith.maxsi %{{.*}}, %[[V]] : vector<16xi32>
  // CHECK-COUNT-3: arith.maxsi
  // CHECK: %[[ALL:.*]] = scf.for {{.*}} step %c16 iter_args(%[[V:.*]] = %[[MAIN]])
  // CHECK: arith.select %{{.*}}, %{{.*}}, %[[V]] : vector<16xi1>, vector<16xi32>
  // CHECK: %[[BEFORE:.*]] = memref.load %[[MAX]][%[[C]]]
  // CHECK: %[[AFTER:.*]] = vector.reduction <maxsi>, %[[ALL]], %[[BEFORE]] : vector<16xi32> into i32
  // CHECK: memref.store %[[AFTER]], %[[MAX]][%[[C]]]
  linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x?xi32>) outs(%max : memref<3xi32>) {
  ^bb0(%a: i32, %m: i32):
    %next = arith.maxsi %a, %m : i32
    linalg.yield %next : i32
  }
  return
}

// -----

#x = affine_map<(n, c) -> (n, c)>
#c = affine_map<(n, c) -> (c)>

// Channels along rows: sums are in a table, of which all vectors are whole, until
// all rows have been added, in order.
//
// CHECK-LABEL: @along_row
// CHECK-SAME: (%{{.*}}: memref<7x85xf32>, %[[SUMS:.*]]: memref<85xf64>)
func.func @along_row(%x: memref<7x85xf32>, %sums: memref<85xf64>) {
  // CHECK: %[[TABLE:.*]] = memref.alloca()
  // CHECK: scf.for %[[C:.*]] = %c0 to %c80 step %c16
  // CHECK: %[[S:.*]] = vector.load %[[SUMS]][%[[C]]] : memref<85xf64>, vector<16xf64>
  // CHECK: vector.store %[[S]], %[[TABLE]][%[[C]]]
  // CHECK: vector.maskedload %[[SUMS]][%c80]
  // CHECK: scf.for %{{.*}} = %c0 to %c7
  // CHECK: scf.for %[[C:.*]] = %c0 to %c80 step %c16
  // CHECK: %[[S:.*]] = vector.load %[[TABLE]][%[[C]]]
  // CHECK: %[[NEXT:.*]] = arith.addf %[[S]], %{{.*}} : vector<16xf64>
  // CHECK: vector.store %[[NEXT]], %[[TABLE]][%[[C]]]
  // CHECK: %[[REST:.*]] = arith.select %{{.*}} : vector<16xi1>, vector<16xf64>
  // CHECK: vector.store %[[REST]], %[[TABLE]][%c80]
  // CHECK: vector.store %{{.*}}, %[[SUMS]]
  // CHECK: vector.maskedstore %[[SUMS]][%c80]
  linalg.generic {indexing_maps = [#x, #c], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<7x85xf32>) outs(%sums : memref<85xf64>) {
  ^bb0(%a: f32, %sum: f64):
    %wide = arith.extf %a : f32 to f64
    %next = arith.addf %sum, %wide : f64
    linalg.yield %next : f64
  }
  return
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#c = affine_map<(c, i) -> (c)>

// A sum in order has no vectors.
//
// CHECK-LABEL: @ordered
func.func @ordered(%x: memref<3x50xf64>, %sums: memref<3xf64>) {
  // CHECK: linalg.generic
  linalg.generic {indexing_maps = [#x, #c], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x50xf64>) outs(%sums : memref<3xf64>) {
  ^bb0(%a: f64, %sum: f64):
    %next = arith.addf %sum, %a : f64
    linalg.yield %next : f64
  }
  return
}

// -----

#x = affine_map<(n, c) -> (n, c)>
#c = affine_map<(n, c) -> (c)>

// Where the order does not matter, the table holds several periods, which are
// combined in the end. Threads have one for each of up to eight parts, which are
// combined before.
//
// THREADS-LABEL: @ring
// THREADS: %[[TABLES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<33408xi32>
// THREADS: scf.parallel (%[[PART:.*]]) = (%c0) to (%c5)
// THREADS: %[[BEGIN:.*]] = arith.muli %[[PART]], %c4176
// THREADS: scf.for %[[I:.*]] = %c0 to %c352 step %c16
// THREADS: %[[AT:.*]] = arith.addi %[[BEGIN]], %[[I]]
// THREADS: vector.store %{{.*}}, %[[TABLES]][%[[AT]]]
// THREADS: scf.for %[[I:.*]] = {{.*}} step %c64
// THREADS: %[[AT:.*]] = arith.addi %[[BEGIN]], %[[I]]
// THREADS: vector.load %[[TABLES]][%[[AT]]]
// THREADS: scf.reduce
// THREADS: scf.for %[[PART:.*]] = %c1 to %c5
// THREADS: %[[BEGIN:.*]] = arith.muli %[[PART]], %c4176
// THREADS: scf.for %[[I:.*]] = %c0 to %c352 step %c16
// THREADS: %[[AT:.*]] = arith.addi %[[BEGIN]], %[[I]]
// THREADS: %[[OWN:.*]] = vector.load %[[TABLES]][%[[AT]]]
// THREADS: %[[FIRST:.*]] = vector.load %[[TABLES]][%[[I]]]
// THREADS: %[[ALL:.*]] = arith.maxsi %[[FIRST]], %[[OWN]]
// THREADS: vector.store %[[ALL]], %[[TABLES]][%[[I]]]
//
// CHECK-LABEL: @ring
// CHECK-SAME: (%{{.*}}: memref<800x3xi32>, %[[MAX:.*]]: memref<3xi32>)
func.func @ring(%x: memref<800x3xi32>, %max: memref<3xi32>) {
  // CHECK: %[[LEAST:.*]] = arith.constant dense<-2147483648> : vector<16xi32>
  // CHECK: %[[TABLE:.*]] = memref.alloca()
  // 96 periods of three elements are 288, whole vectors, and a step more.
  // CHECK: scf.for %[[I:.*]] = %c0 to %c352 step %c16
  // CHECK: vector.store %[[LEAST]], %[[TABLE]][%[[I]]]
  // CHECK: vector.load %[[TABLE]]
  // CHECK: arith.maxsi
  // CHECK: vector.store %{{.*}}, %[[TABLE]]
  // 16 periods are whole vectors, which are left first.
  // CHECK: scf.for %{{.*}} = %c48 to %c288 step %c48 iter_args
  // CHECK: arith.maxsi
  // CHECK: scf.for %{{.*}} = %c3 to %c48 step %c3 iter_args
  // CHECK: arith.maxsi
  // CHECK: vector.maskedload %[[MAX]]
  // CHECK: vector.maskedstore %[[MAX]]
  linalg.generic {indexing_maps = [#x, #c], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<800x3xi32>) outs(%max : memref<3xi32>) {
  ^bb0(%a: i32, %m: i32):
    %next = arith.maxsi %a, %m : i32
    linalg.yield %next : i32
  }
  return
}

// -----

#x = affine_map<(c, i) -> (c, i)>
#lanes = affine_map<(c, i) -> (c, i mod 16)>

// Beside accumulators, results go past the caches by lines, wherever rows begin. What
// a row has of its first and last line is put together with what its neighbors have;
// lanes are rotated, so that the first is again that of the row's first element.
//
// STREAM-LABEL: @whole_lines
// STREAM-SAME: (%[[X:.*]]: memref<3x64xf32>, %[[SUMS:.*]]: memref<3x16xf64>, %{{.*}}: memref<3x64xf32>)
func.func @whole_lines(%x: memref<3x64xf32>, %sums: memref<3x16xf64>, %y: memref<3x64xf32>) {
  // STREAM: %[[TWICE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32xf64>
  // STREAM: %[[TWICE_AGAIN:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32xf64>
  // STREAM: %[[SEAM:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32xf32>
  // STREAM: %[[Y:.*]] = memref.collapse_shape %{{.*}} : memref<3x64xf32> into memref<192xf32>
  // STREAM: %[[Y:.*]] = memref.collapse_shape %{{.*}} : memref<3x64xf32> into memref<192xf32>
  // STREAM: scf.for %[[C:.*]] = %c0 to %c3
  // STREAM: %[[BEGIN:.*]] = arith.muli %[[C]], %c64
  // STREAM: %[[JOINS_BEFORE:.*]] = arith.cmpi ugt, %[[BEGIN]], %c0
  // STREAM: %[[END:.*]] = arith.addi %[[BEGIN]], %c64
  // STREAM: %[[JOINS_AFTER:.*]] = arith.cmpi ult, %[[END]], %c192
  // STREAM: %[[LANES:.*]] = vector.load %[[SUMS]][%[[C]], %c0]
  // STREAM: memref.extract_aligned_pointer_as_index %[[Y]]
  // STREAM: %[[HEAD:.*]] = arith.divui %{{.*}}, %c4
  // STREAM: %[[FIRST:.*]] = arith.subi %c16, %[[HEAD]]
  // STREAM: %[[COUNT:.*]] = arith.minui %[[HEAD]], %c64
  // STREAM: scf.if
  // STREAM: vector.store %{{.*}}, %[[SEAM]][%[[FIRST]]]
  // STREAM: scf.if %[[JOINS_BEFORE]]
  // STREAM: %[[LINE:.*]] = vector.load %[[SEAM]][%c0]
  // STREAM: vector.store %[[LINE]], %[[Y]][%{{.*}}] {alignment = 64 : i64, nontemporal = true}
  // STREAM: else
  // STREAM: vector.maskedstore %[[Y]][%[[BEGIN]]]
  // STREAM: %[[LANE:.*]] = arith.remui %[[COUNT]], %c16
  // STREAM: vector.store %{{.*}}, %[[TWICE_AGAIN]][%c0]
  // STREAM: vector.store %{{.*}}, %[[TWICE_AGAIN]][%c16]
  // STREAM: vector.load %[[TWICE_AGAIN]][%[[LANE]]]
  // STREAM: scf.for {{.*}} = %[[COUNT]] to
  // STREAM: vector.store %{{.*}}, %[[Y]][%{{.*}}] {alignment = 64 : i64, nontemporal = true}
  // STREAM: scf.if
  // STREAM: vector.store %{{.*}}, %[[SEAM]][%{{.*}}]
  // STREAM: %[[IS_LAST:.*]] = arith.cmpi eq, %[[JOINS_AFTER]], %false
  // STREAM: scf.if %[[IS_LAST]]
  // STREAM: vector.maskedstore %[[Y]]
  // STREAM: vector.load %[[TWICE]]
  // STREAM: vector.store %{{.*}}, %[[SUMS]][%[[C]], %c0]
  linalg.generic {indexing_maps = [#x, #lanes, #x], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x64xf32>) outs(%sums, %y : memref<3x16xf64>, memref<3x64xf32>) {
  ^bb0(%a: f32, %sum: f64, %o: f32):
    %wide = arith.extf %a : f32 to f64
    %next = arith.addf %sum, %wide : f64
    %m = arith.negf %a : f32
    linalg.yield %next, %m : f64, f32
  }
  return
}

// -----

#x = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>

// A whole tensor: each part has a minimum and a maximum of its own, and combines
// them with those of all in the end.
//
// THREADS-LABEL: @reduced_to_one
// THREADS-SAME: (%{{.*}}: memref<?xi32>, %[[MIN:.*]]: memref<i32>, %[[MAX:.*]]: memref<i32>)
func.func @reduced_to_one(%x: memref<?xi32>, %min: memref<i32>, %max: memref<i32>) {
  // THREADS: scf.if
  // THREADS: scf.parallel
  // THREADS-COUNT-2: memref.alloca() {alignment = 64 : i64} : memref<i32>
  // THREADS: memref.store %c-1_i32, %[[OWN_MIN:.*]][]
  // THREADS: memref.store %c-2147483648_i32, %[[OWN_MAX:.*]][]
  // THREADS: scf.for {{.*}} step %c64
  // THREADS: vector.reduction <minui>
  // THREADS: memref.store %{{.*}}, %[[OWN_MIN]]
  // THREADS: vector.reduction <maxsi>
  // THREADS: memref.store %{{.*}}, %[[OWN_MAX]]
  // THREADS: %[[PART_MIN:.*]] = memref.load %[[OWN_MIN]]
  // THREADS: memref.atomic_rmw minu %[[PART_MIN]], %[[MIN]][]
  // THREADS: %[[PART_MAX:.*]] = memref.load %[[OWN_MAX]]
  // THREADS: memref.atomic_rmw maxs %[[PART_MAX]], %[[MAX]][]
  // THREADS: scf.reduce
  // THREADS: } else {
  // THREADS-NOT: atomic_rmw
  // THREADS: return
  linalg.generic {indexing_maps = [#x, #all, #all], iterator_types = ["reduction"]}
      ins(%x : memref<?xi32>) outs(%min, %max : memref<i32>, memref<i32>) {
  ^bb0(%a: i32, %low: i32, %high: i32):
    %0 = arith.minui %low, %a : i32
    %1 = arith.maxsi %high, %a : i32
    linalg.yield %0, %1 : i32, i32
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>

// Rows of few channels: a part has some rows of any of them, and combines what it
// has for each once.
//
// THREADS-LABEL: @few_channels
// THREADS-SAME: (%{{.*}}: memref<200x3x160xi64>, %[[BITS:.*]]: memref<3xi64>)
func.func @few_channels(%x: memref<200x3x160xi64>, %bits: memref<3xi64>) {
  // THREADS: scf.parallel (%{{.*}}) = (%c0) to (%c60)
  // THREADS: %[[OWN:.*]] = memref.alloca() {alignment = 64 : i64} : memref<3xi64>
  // THREADS: memref.store %c0_i64, %[[OWN]][%c0]
  // THREADS: memref.store %c0_i64, %[[OWN]][%c1]
  // THREADS: memref.store %c0_i64, %[[OWN]][%c2]
  // THREADS: scf.for %[[ROW:.*]] =
  // THREADS: %[[CHANNEL:.*]] = arith.remui %[[ROW]], %c3
  // THREADS: scf.for
  // THREADS: memref.load %[[OWN]][%[[CHANNEL]]]
  // THREADS: vector.reduction <or>
  // THREADS: memref.store %{{.*}}, %[[OWN]][%[[CHANNEL]]]
  // THREADS: }
  // THREADS: memref.atomic_rmw ori %{{.*}}, %[[BITS]][%c0]
  // THREADS: memref.atomic_rmw ori %{{.*}}, %[[BITS]][%c1]
  // THREADS: memref.atomic_rmw ori %{{.*}}, %[[BITS]][%c2]
  linalg.generic {indexing_maps = [#x, #c], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x : memref<200x3x160xi64>) outs(%bits : memref<3xi64>) {
  ^bb0(%a: i64, %all: i64):
    %0 = arith.ori %all, %a : i64
    linalg.yield %0 : i64
  }
  return
}

// -----

#x = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>
#lanes = affine_map<(i) -> (i mod 16)>

// For one thread: sums in order, what has no atomic operation, and numbers that
// processors do not exchange.
//
// THREADS-LABEL: @one_thread
func.func @one_thread(%x: memref<5000xi32>, %f: memref<5000xf32>, %wide: memref<5000xi128>, %product: memref<i32>, %sums: memref<16xf64>, %max: memref<i128>) {
  // THREADS-NOT: scf.parallel
  // THREADS: return
  linalg.generic {indexing_maps = [#x, #all], iterator_types = ["reduction"]}
      ins(%x : memref<5000xi32>) outs(%product : memref<i32>) {
  ^bb0(%a: i32, %all: i32):
    %0 = arith.muli %all, %a : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#x, #lanes], iterator_types = ["reduction"]}
      ins(%f : memref<5000xf32>) outs(%sums : memref<16xf64>) {
  ^bb0(%a: f32, %sum: f64):
    %0 = arith.extf %a : f32 to f64
    %1 = arith.addf %sum, %0 : f64
    linalg.yield %1 : f64
  }
  linalg.generic {indexing_maps = [#x, #all], iterator_types = ["reduction"]}
      ins(%wide : memref<5000xi128>) outs(%max : memref<i128>) {
  ^bb0(%a: i128, %all: i128):
    %0 = arith.maxsi %all, %a : i128
    linalg.yield %0 : i128
  }
  return
}

// -----

#rows = affine_map<(r, c) -> (r, c)>
#row_lanes = affine_map<(r, c) -> (r mod 16, c)>

// Lanes by rows: those of 16 rows, 48 elements, are a table that memory is
// walked along in whole vectors; the last 8 of 120 elements are masked.
//
// CHECK-LABEL: @lanes_by_rows
// CHECK-SAME: (%[[X:.*]]: memref<40x3xf32>, %[[SUMS:.*]]: memref<16x3xf64>)
func.func @lanes_by_rows(%x: memref<40x3xf32>, %sums: memref<16x3xf64>) {
  // CHECK: %[[TABLE:.*]] = memref.alloca() {{.*}}xf64>
  // CHECK: scf.for %[[LANE:.*]] = %c0 to %c16 step %c1 {
  // CHECK: %[[BEGIN:.*]] = arith.muli %[[LANE]], %c3
  // CHECK: vector.store %{{.*}}, %[[TABLE]][%[[BEGIN]]]
  // CHECK: scf.for %{{.*}} = %c0 to %c112 step %c48
  // CHECK: scf.for %[[AT:.*]] = %{{.*}} to %{{.*}} step %c16 {
  // CHECK: %[[OLD:.*]] = vector.load %[[TABLE]][%[[AT]]] {{.*}}, vector<16xf64>
  // CHECK: %[[SUM:.*]] = arith.addf %[[OLD]], %{{.*}} : vector<16xf64>
  // CHECK: vector.store %[[SUM]], %[[TABLE]][%[[AT]]]
  // CHECK: vector.constant_mask [8]
  // CHECK: scf.for %[[LANE:.*]] = %c0 to %c16 step %c1 {
  // CHECK: vector.maskedstore %[[SUMS]]
  linalg.generic {indexing_maps = [#rows, #row_lanes], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<40x3xf32>) outs(%sums : memref<16x3xf64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %sum = arith.addf %o, %w : f64
    linalg.yield %sum : f64
  }
  return
}

// -----

#rows = affine_map<(r, c) -> (r, c)>
#row_lanes = affine_map<(r, c) -> (r mod 16, c)>

// Lanes of more channels stay where they are.
//
// CHECK-LABEL: @lanes_by_long_rows
// CHECK-SAME: (%{{[^,]*}}, %[[SUMS:.*]]: memref<16x300xf64>)
func.func @lanes_by_long_rows(%x: memref<40x300xf32>, %sums: memref<16x300xf64>) {
  // CHECK-NOT: memref.alloca
  // CHECK: scf.for %[[ROW:.*]] = %c0 to %c40 step %c1 {
  // CHECK: scf.for %[[C:.*]] = %c0 to %c288 step %c16 {
  // CHECK: %[[LANE:.*]] = arith.remui %[[ROW]], %c16
  // CHECK: vector.load %[[SUMS]][%[[LANE]], %[[C]]]
  // CHECK: vector.store %{{.*}}, %[[SUMS]][%[[LANE]], %[[C]]]
  // CHECK: vector.maskedstore %[[SUMS]]
  linalg.generic {indexing_maps = [#rows, #row_lanes], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<40x300xf32>) outs(%sums : memref<16x300xf64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %sum = arith.addf %o, %w : f64
    linalg.yield %sum : f64
  }
  return
}

// -----

// Less than all lanes are not loaded: the op stays.
//
// CHECK-LABEL: @some_lanes
func.func @some_lanes(%x: memref<64x5xf64>, %sums: memref<64x5xf64>) {
  // CHECK: linalg.generic
  linalg.generic {indexing_maps = [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i mod 16)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<64x5xf64>) outs(%sums : memref<64x5xf64>) {
  ^bb0(%a: f64, %o: f64):
    %sum = arith.addf %o, %a : f64
    linalg.yield %sum : f64
  }
  return
}

// -----

#x = affine_map<(n, c, i) -> (n, c, i)>
#c = affine_map<(n, c, i) -> (c)>
#lanes = affine_map<(n, c, i) -> (c, i mod 16)>

// Short rows that are no whole vectors: what they add is computed across rows, for
// some channels, and then added in their order.
//
// CHECK-LABEL: @row_sums
// CHECK-SAME: (%[[X:.*]]: memref<5x100x18xf32>, %{{.*}}, %{{.*}}, %[[SUMS:.*]]: memref<100x16xf64>)
// CHECK: %[[TERMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1552xf64>
// CHECK: scf.for %[[FROM:.*]] = %c0 to %c100 step %c64
// CHECK: scf.for %{{.*}} = %c0 to %c5
// CHECK: scf.for %[[I:.*]] = %c0 to %{{.*}} step %c16
// CHECK: %[[PRODUCT:.*]] = arith.mulf
// CHECK: %[[TERM:.*]] = arith.extf %[[PRODUCT]]
// CHECK: vector.store %[[TERM]], %[[TERMS]][%[[I]]]
// CHECK: scf.for %[[ROW:.*]] = %c0 to
// CHECK: %[[C:.*]] = arith.addi %[[FROM]], %[[ROW]]
// CHECK: %[[AT:.*]] = arith.muli %[[ROW]], %c18
// CHECK: %[[SUM:.*]] = vector.load %[[SUMS]][%[[C]], %c0]
// CHECK: %[[FIRST:.*]] = vector.load %[[TERMS]][%[[AT]]]
// CHECK: %[[NEXT:.*]] = arith.addf %[[SUM]], %[[FIRST]]
// CHECK: %[[BEHIND:.*]] = arith.addi %[[AT]], %c16
// CHECK: %[[REST:.*]] = vector.load %[[TERMS]][%[[BEHIND]]]
// CHECK: %[[ALL:.*]] = arith.addf %[[NEXT]], %[[REST]]
// CHECK: %[[LAST:.*]] = arith.select %{{.*}}, %[[ALL]], %[[NEXT]]
// CHECK: vector.store %[[LAST]], %[[SUMS]][%[[C]], %c0]
//
// Past the caches, and for threads, rows are walked one by one.
//
// STREAM-LABEL: @row_sums
// STREAM-NOT: memref<1552xf64>
// THREADS-LABEL: @row_sums
// THREADS: scf.parallel
func.func @row_sums(%x: memref<5x100x18xf32>, %s: memref<100xf32>, %y: memref<5x100x18xf32>, %sum: memref<100x16xf64>) {
  linalg.generic {indexing_maps = [#x, #c, #x, #lanes], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x, %s : memref<5x100x18xf32>, memref<100xf32>) outs(%y, %sum : memref<5x100x18xf32>, memref<100x16xf64>) {
  ^bb0(%a: f32, %b: f32, %out: f32, %m: f64):
    %p = arith.mulf %a, %b : f32
    %w = arith.extf %p : f32 to f64
    %next = arith.addf %m, %w : f64
    linalg.yield %p, %next : f32, f64
  }
  return
}

// -----

// Parameters that differ from row to row: each is a part, and takes no threads. Its
// buffers would be in the loop around it otherwise.
//
// THREADS-LABEL: @own_rows
// THREADS: memref.alloca()
// THREADS: scf.for
// THREADS-NOT: scf.parallel
// THREADS-NOT: memref.alloca
// THREADS: return
func.func @own_rows(%x: memref<300x40x3xf32>, %s: memref<300x40xf32>, %y: memref<300x40x3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n, c, i) -> (n, c, i)>, affine_map<(n, c, i) -> (n, c)>, affine_map<(n, c, i) -> (n, c, i)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<300x40x3xf32>, memref<300x40xf32>) outs(%y : memref<300x40x3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  }
  return
}
