// How many bits make a vector: a positive multiple of 64.
//
// DEFINE: %{bits} =
// DEFINE: %{opt} = quant-opt %s --pass-pipeline="builtin.module(func.func(quant-act-vectorize-loops%{bits}))"
//
// RUN: %{opt} | FileCheck %s --check-prefix=DEFAULT
// DEFAULT: arith.negf %{{.*}} : vector<64xf32>
// REDEFINE: %{bits} = {vector-bits=64}
// RUN: %{opt} | FileCheck %s --check-prefix=BITS64
// BITS64: arith.negf %{{.*}} : vector<2xf32>
// REDEFINE: %{bits} = {vector-bits=192}
// RUN: %{opt} | FileCheck %s --check-prefix=BITS192 --implicit-check-not=create_mask
// BITS192: arith.negf %{{.*}} : vector<6xf32>
//
// An extent less than the tile makes a smaller vector.
// REDEFINE: %{bits} = {vector-bits=65536}
// RUN: %{opt} | FileCheck %s --check-prefix=LARGE
// LARGE: arith.negf %{{.*}} : vector<256xf32>
//
// REDEFINE: %{bits} = {vector-bits=0}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: error: expects vector-bits to be a positive multiple of 64, but got 0
// REDEFINE: %{bits} = {vector-bits=63}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=ODD
// ODD: error: expects vector-bits to be a positive multiple of 64, but got 63
// REDEFINE: %{bits} = {vector-bits=-64}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: '-64' value invalid for uint argument!
// REDEFINE: %{bits} = {vector-bits=4294967360}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: '4294967360' value invalid for uint argument!
// REDEFINE: %{bits} = {vector-bits=many}
// RUN: not %{opt} 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: 'many' value invalid for uint argument!
//
// The pipeline passes its option on.
// RUN: quant-opt %s --quant-act-to-cpu-loops=vector-bits=128 | FileCheck %s --check-prefix=PIPELINE
// PIPELINE: arith.negf %{{.*}} : vector<4xf32>
// RUN: not quant-opt %s --quant-act-to-cpu-loops=vector-bits=63 2>&1 | FileCheck %s --check-prefix=ODD

func.func @f(%x: tensor<256xf32>, %init: tensor<256xf32>) -> tensor<256xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(a) -> (a)>, affine_map<(a) -> (a)>], iterator_types = ["parallel"]}
      ins(%x : tensor<256xf32>) outs(%init : tensor<256xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<256xf32>
  return %y : tensor<256xf32>
}
