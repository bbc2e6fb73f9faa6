// The pipelines as a whole, with each option.
//
// RUN: quant-opt %s --pass-pipeline="builtin.module(quant-act-to-cpu-loops)" -o %t.loops
// RUN: FileCheck %s --check-prefixes=CHECK,VECTOR,TABLE < %t.loops
// RUN: quant-opt %s --quant-act-to-cpu-loops="vector-bits=512" | FileCheck %s --check-prefixes=CHECK,BITS
// RUN: quant-opt %s --quant-act-to-cpu-loops="collapse-loops=false" | FileCheck %s --check-prefixes=CHECK,VECTOR,SPREAD
// RUN: quant-opt %s --quant-act-to-cpu-loops="vectorize-loops=false" | FileCheck %s --check-prefixes=CHECK,SCALAR
// RUN: quant-opt %s --quant-act-to-cpu-loops="runtime-verification=true" | FileCheck %s --check-prefix=VERIFY
// RUN: quant-opt %s --pass-pipeline="builtin.module(quant-act-to-llvm-cpu)" | FileCheck %s --check-prefix=LLVM
// RUN: quant-opt %s --quant-act-to-llvm-cpu="vector-bits=512 collapse-loops=false" | FileCheck %s --check-prefix=LLVM
// RUN: quant-opt %s --quant-act-to-llvm-cpu="vectorize-loops=false runtime-verification=true" | FileCheck %s --check-prefix=LLVM
// RUN: not quant-opt %s --quant-act-to-cpu-loops="vector-bits=100" 2>&1 | FileCheck %s --check-prefix=INVALID
// RUN: not quant-opt %s --quant-act-to-cpu-loops="vectors=1" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// INVALID: error: expects vector-bits to be a positive multiple of 64, but got 100
// UNKNOWN: no such option vectors

// Kernels work in the caller's buffers: no memory of their own, no copies.
// Nothing of the ways there is left.
//
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK-NOT: {{linalg|tensor|bufferization}}.
// CHECK-NOT: quant_act{{[ .]}}
// LLVM-NOT: {{linalg|tensor|bufferization|memref|vector|scf|arith|math}}.{{[a-z]}}
// LLVM-NOT: builtin.unrealized

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
#any_c = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>

// C passes pointers and dynamic extents.
//
// LLVM: llvm.func @static(%{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr) -> !llvm.ptr {
// CHECK-LABEL: func.func @static(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<20x3x8x8xf32>, %[[S:[a-z0-9]+]]: memref<3xf32>, %[[Y:[a-z0-9]+]]: memref<20x3x8x8xf32>)
func.func @static(%x: tensor<20x3x8x8xf32>, %s: tensor<3xf32>) -> tensor<20x3x8x8xf32> {
  // Scales are checked once, by vectors, and read again by vectors for tables of what
  // rows need.
  // VECTOR: vector.maskedload %[[S]]{{.*}} vector<16xf32>
  // VECTOR: scf.if
  // VECTOR: memref.collapse_shape %[[Y]]
  // VECTOR: scf.for
  // TABLE: vector.maskedload %[[S]]
  // TABLE: vector.store
  // VECTOR: scf.for
  // SPREAD: scf.for
  // VECTOR: memref.load
  // VECTOR: math.roundeven %{{.*}} : vector<{{64|16}}xf32>
  // VECTOR: vector.{{(masked)?}}store
  // VECTOR: } else {
  // VECTOR: arith.divf %{{.*}} : vector<
  // BITS: math.roundeven %{{.*}} : vector<16xf32>
  // SCALAR-NOT: vector.
  // SCALAR: math.roundeven %{{.*}} : f32
  // SCALAR: memref.store %{{.*}}, %{{.*}}
  // CHECK: return
  %y = quant_act.fake_quant relu to <4, unsigned> on #nchw %x scale %s : tensor<20x3x8x8xf32>, tensor<3xf32>
  return %y : tensor<20x3x8x8xf32>
}

// Extents and parameters of any number; the result's shape is told without
// computing it.
//
// VERIFY-LABEL: func.func @dynamic(
// VERIFY: cf.assert
// VERIFY: scf.for
// LLVM: llvm.func @dynamic(
// LLVM: llvm.func @dynamic_result_shapes(
// CHECK-LABEL: func.func @dynamic(
// VECTOR: vector.create_mask
// CHECK-LABEL: func.func @dynamic_result_shapes(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x?x?x?xf32>, %{{.*}}: memref<?xindex>)
// CHECK-NOT: scf.for
// CHECK-COUNT-4: memref.store
// CHECK-NEXT: return
func.func @dynamic(%x: tensor<?x?x?x?xf32>, %s: tensor<?xf32>, %z: tensor<?xf32>) -> tensor<?x?x?x?xf32> {
  %y = quant_act.fake_quant to <8, unsigned> on #any_c %x scale %s zero_point %z : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>
  return %y : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: func.func @f16(
// VECTOR: arith.extf %{{.*}} : vector<64xf16> to vector<64xf32>
// VECTOR: arith.truncf %{{.*}} : vector<64xf32> to vector<64xf16>
// CHECK: return
func.func @f16(%x: tensor<256xf16>, %s: tensor<f32>) -> tensor<256xf16> {
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<256xf16>, tensor<f32>
  return %y : tensor<256xf16>
}

// bf16 is converted by integers on the way to LLVM.
//
// CHECK-LABEL: func.func @bf16(
// VECTOR: vector<64xbf16>
// CHECK: return
// LLVM: llvm.func @bf16(
// LLVM-NOT: llvm.fpext{{.*}}bf16
// LLVM-NOT: llvm.fptrunc{{.*}}bf16
// LLVM: llvm.func @f64(
func.func @bf16(%x: tensor<256xbf16>, %s: tensor<bf16>) -> tensor<256xbf16> {
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<256xbf16>, tensor<bf16>
  return %y : tensor<256xbf16>
}

// CHECK-LABEL: func.func @f64(
// VECTOR: scf.for {{.*}} step %c32
// BITS: scf.for {{.*}} step %c8
// CHECK: return
func.func @f64(%x: tensor<256xf64>, %s: tensor<f64>) -> tensor<256xf64> {
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<256xf64>, tensor<f64>
  return %y : tensor<256xf64>
}

// Nothing to do, or one element.
//
// CHECK-LABEL: func.func @empty(
// CHECK: return
func.func @empty(%x: tensor<0x3xf32>, %s: tensor<3xf32>) -> tensor<0x3xf32> {
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<0x3xf32>, tensor<3xf32>
  return %y : tensor<0x3xf32>
}

// CHECK-LABEL: func.func @empty_rows(
// CHECK: return
func.func @empty_rows(%x: tensor<3x0xf32>, %s: tensor<3xf32>) -> tensor<3x0xf32> {
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [3, 1], permutation = [0, 1]> %x scale %s : tensor<3x0xf32>, tensor<3xf32>
  return %y : tensor<3x0xf32>
}

// CHECK-LABEL: func.func @ones(
// CHECK: math.roundeven
// CHECK: return
func.func @ones(%x: tensor<1x1x1x1xf32>, %s: tensor<1xf32>) -> tensor<1x1x1x1xf32> {
  %y = quant_act.fake_quant to <8, signed> on #any_c %x scale %s : tensor<1x1x1x1xf32>, tensor<1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// CHECK-LABEL: func.func @rank0(
// CHECK: math.roundeven %{{.*}} : f32
// CHECK: return
func.func @rank0(%x: tensor<f32>, %s: tensor<f32>) -> tensor<f32> {
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<f32>, tensor<f32>
  return %y : tensor<f32>
}

// Blocks write to the caller's buffer too.
//
// CHECK-LABEL: func.func @blocks(
// CHECK: math.roundeven
// CHECK: return
func.func @blocks(%x: tensor<?x768xf32>, %s: tensor<?x24xf32>) -> tensor<?x768xf32> {
  %y = quant_act.fake_quant to <8, signed> on <broadcast = [?, 24], permutation = [0, 1]> %x scale %s : tensor<?x768xf32>, tensor<?x24xf32>
  return %y : tensor<?x768xf32>
}

// Calls are inlined; what only they need goes. A static result has no function
// for its shape.
//
// CHECK-NOT: @callee
// CHECK-LABEL: func.func @caller(
// CHECK: math.roundeven
// CHECK: return
// CHECK-NOT: @caller_result_shapes
func.func private @callee(%x: tensor<64xf32>, %s: tensor<f32>) -> tensor<64xf32> {
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<64xf32>, tensor<f32>
  return %y : tensor<64xf32>
}
func.func @caller(%x: tensor<64xf32>, %s: tensor<f32>) -> tensor<64xf32> {
  %y = call @callee(%x, %s) : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  return %y : tensor<64xf32>
}
