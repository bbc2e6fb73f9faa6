// Every op in every form of its text: as written, through the generic form, and
// through bytecode. All three must print the same.
//
// RUN: quant-opt %s --verify-roundtrip | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --emit-bytecode | quant-opt | FileCheck %s
// RUN: quant-opt %s | quant-opt | FileCheck %s
//
// The generic form is that of every op.
//
// RUN: quant-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC --implicit-check-not="= quant_act."
// GENERIC-DAG: "quant_act.fake_quant"({{.*}}) <{activation = #quant_act<activation identity>, format = #{{.*}}, numerics = #quant_act.numerics<brevitas>, operandSegmentSizes = {{.*}}, rounding = #quant_act<rounding half_even>}> :
// GENERIC-DAG: "quant_act.activate"({{.*}}) <{activation = #quant_act<activation relu>}> :
// GENERIC-DAG: "quant_act.stats"({{.*}}) <{activation = {{.*}}, statistic = #quant_act.statistic<mean>}> :
// GENERIC-DAG: "quant_act.choose_qparams"({{.*}}) <{format = {{.*}}, fractional, minimum = {{.*}} : f64, operandSegmentSizes = {{.*}}, restriction = {{.*}}, rounding = {{.*}}, rule = #quant_act<scale_rule statistics>}> :
// GENERIC-DAG: "quant_act.observe"({{.*}}) <{minimum = {{.*}} : f64, momentum = {{.*}} : f64}> :
// GENERIC-DAG: "quant_act.act"({{.*}}) <{{.*}}phase = #quant_act<phase calibrate>{{.*}}> :

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
#any_c = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
#nhwc = #quant_act.grid<broadcast = [1, 1, 1, 5], permutation = [3, 0, 1, 2]>
#two_axes = #quant_act.grid<broadcast = [1, 3, 1, 5], permutation = [3, 1, 0, 2]>
#blocks = #quant_act.grid<broadcast = [?, 24], permutation = [0, 1]>
#coarse = #quant_act.grid<broadcast = [1, 6], permutation = [1, 0]>
#whole4 = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>
#columns = #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>
#rank0 = #quant_act.grid<broadcast = [], permutation = []>

// Aliases of formats say bits, signedness and narrow range.
// CHECK-DAG: #[[$NCHW:.*]] = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>
// CHECK-DAG: #[[$ANY_C:.*]] = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
// CHECK-DAG: #[[$NHWC:.*]] = #quant_act.grid<broadcast = [1, 1, 1, 5], permutation = [3, 0, 1, 2]>
// CHECK-DAG: #[[$TWO_AXES:.*]] = #quant_act.grid<broadcast = [1, 3, 1, 5], permutation = [3, 1, 0, 2]>
// CHECK-DAG: #[[$BLOCKS:.*]] = #quant_act.grid<broadcast = [?, 24], permutation = [0, 1]>
// CHECK-DAG: #[[$COARSE:.*]] = #quant_act.grid<broadcast = [1, 6], permutation = [1, 0]>
// CHECK-DAG: #[[$WHOLE4:.*]] = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>
// CHECK-DAG: #[[$RANK0:.*]] = #quant_act.grid<broadcast = [], permutation = []>
// CHECK-DAG: #s8 = #quant_act.int<8, signed>
// CHECK-DAG: #s8_narrow = #quant_act.int<8, signed, narrow>
// CHECK-DAG: #u4 = #quant_act.int<4, unsigned>
// CHECK-DAG: #u2_narrow = #quant_act.int<2, unsigned, narrow>
// CHECK-DAG: #u1 = #quant_act.int<1, unsigned>
// CHECK-DAG: #s32 = #quant_act.int<32, signed>

//===----------------------------------------------------------------------===//
// fake_quant
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @fake_quant_per_tensor
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[S:.*]]: tensor<f32>, %[[Z:.*]]: tensor<f32>)
func.func @fake_quant_per_tensor(%x: tensor<2x3x4x5xf32>, %s: tensor<f32>, %z: tensor<f32>) {
  // CHECK: quant_act.fake_quant to #s8 %[[X]] scale %[[S]] : tensor<2x3x4x5xf32>, tensor<f32>
  %0 = quant_act.fake_quant to #quant_act.int<8, signed> %x scale %s : tensor<2x3x4x5xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #s8 %[[X]] scale %[[S]] zero_point %[[Z]] : tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>
  %1 = quant_act.fake_quant to #quant_act.int<8, signed> %x scale %s zero_point %z : tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>
  // A grid that keeps nothing is another way to say so, and stays.
  // CHECK: quant_act.fake_quant to #s8 on #[[$WHOLE4]] %[[X]] scale %[[S]] : tensor<2x3x4x5xf32>, tensor<f32>
  %2 = quant_act.fake_quant to #quant_act.int<8, signed> on #whole4 %x scale %s : tensor<2x3x4x5xf32>, tensor<f32>
  return
}

// CHECK-LABEL: @fake_quant_grids
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[S3:.*]]: tensor<3xf32>, %[[S5:.*]]: tensor<5xf32>, %[[S53:.*]]: tensor<5x3xf32>
func.func @fake_quant_grids(%x: tensor<2x3x4x5xf32>, %s3: tensor<3xf32>, %s5: tensor<5xf32>, %s53: tensor<5x3xf32>, %s: tensor<f32>) {
  // CHECK: quant_act.fake_quant to #u4 on #[[$NCHW]] %[[X]] scale %[[S3]] : tensor<2x3x4x5xf32>, tensor<3xf32>
  %0 = quant_act.fake_quant to #quant_act.int<4, unsigned> on #nchw %x scale %s3 : tensor<2x3x4x5xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #u4 on #[[$ANY_C]] %[[X]] scale %[[S3]] : tensor<2x3x4x5xf32>, tensor<3xf32>
  %1 = quant_act.fake_quant to #quant_act.int<4, unsigned> on #any_c %x scale %s3 : tensor<2x3x4x5xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #u4 on #[[$NHWC]] %[[X]] scale %[[S5]] : tensor<2x3x4x5xf32>, tensor<5xf32>
  %2 = quant_act.fake_quant to #quant_act.int<4, unsigned> on #nhwc %x scale %s5 : tensor<2x3x4x5xf32>, tensor<5xf32>
  // Parameters lie in the permutation's order: 5 (dimension 3) before 3.
  // CHECK: quant_act.fake_quant to #u4 on #[[$TWO_AXES]] %[[X]] scale %[[S53]] : tensor<2x3x4x5xf32>, tensor<5x3xf32>
  %3 = quant_act.fake_quant to #quant_act.int<4, unsigned> on #two_axes %x scale %s53 : tensor<2x3x4x5xf32>, tensor<5x3xf32>
  // The zero point on a grid of its own, coarser or finer than the scale's.
  // CHECK: quant_act.fake_quant to #u4 on #[[$NCHW]] zero_point_on #[[$WHOLE4]] %[[X]] scale %[[S3]] zero_point %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>
  %4 = quant_act.fake_quant to #quant_act.int<4, unsigned> on #nchw zero_point_on #whole4 %x scale %s3 zero_point %s : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #u4 zero_point_on #[[$NCHW]] %[[X]] scale %{{.*}} zero_point %[[S3]] : tensor<2x3x4x5xf32>, tensor<f32>, tensor<3xf32>
  %5 = quant_act.fake_quant to #quant_act.int<4, unsigned> zero_point_on #nchw %x scale %s zero_point %s3 : tensor<2x3x4x5xf32>, tensor<f32>, tensor<3xf32>
  return
}

// CHECK-LABEL: @fake_quant_blocks
func.func @fake_quant_blocks(%x: tensor<8x768xf32>, %s: tensor<8x24xf32>, %z: tensor<6xf32>) {
  // CHECK: quant_act.fake_quant to #s8 on #[[$BLOCKS]] %{{.*}} scale %{{.*}} : tensor<8x768xf32>, tensor<8x24xf32>
  %0 = quant_act.fake_quant to #quant_act.int<8, signed> on #blocks %x scale %s : tensor<8x768xf32>, tensor<8x24xf32>
  // Blocks of the zero point hold whole blocks of the scale.
  // CHECK: quant_act.fake_quant to #s8 on #[[$BLOCKS]] zero_point_on #[[$COARSE]] %{{.*}} scale %{{.*}} zero_point %{{.*}} : tensor<8x768xf32>, tensor<8x24xf32>, tensor<6xf32>
  %1 = quant_act.fake_quant to #quant_act.int<8, signed> on #blocks zero_point_on #coarse %x scale %s zero_point %z : tensor<8x768xf32>, tensor<8x24xf32>, tensor<6xf32>
  return
}

// CHECK-LABEL: @fake_quant_dynamic
func.func @fake_quant_dynamic(%x: tensor<?x?x?x?xf32>, %s: tensor<?xf32>, %s3: tensor<3xf32>, %w: tensor<?x768xf32>, %t: tensor<?x24xf32>) {
  // CHECK: quant_act.fake_quant to #s8 on #[[$ANY_C]] %{{.*}} scale %{{.*}} : tensor<?x?x?x?xf32>, tensor<?xf32>
  %0 = quant_act.fake_quant to #quant_act.int<8, signed> on #any_c %x scale %s : tensor<?x?x?x?xf32>, tensor<?xf32>
  // CHECK: quant_act.fake_quant to #s8 on #[[$ANY_C]] %{{.*}} scale %{{.*}} : tensor<?x?x?x?xf32>, tensor<3xf32>
  %1 = quant_act.fake_quant to #quant_act.int<8, signed> on #any_c %x scale %s3 : tensor<?x?x?x?xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #s8 on #[[$NCHW]] %{{.*}} scale %{{.*}} : tensor<?x?x?x?xf32>, tensor<3xf32>
  %2 = quant_act.fake_quant to #quant_act.int<8, signed> on #nchw %x scale %s3 : tensor<?x?x?x?xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #s8 on #[[$NCHW]] %{{.*}} scale %{{.*}} : tensor<?x?x?x?xf32>, tensor<?xf32>
  %3 = quant_act.fake_quant to #quant_act.int<8, signed> on #nchw %x scale %s : tensor<?x?x?x?xf32>, tensor<?xf32>
  // CHECK: quant_act.fake_quant to #s8 on #[[$BLOCKS]] %{{.*}} scale %{{.*}} : tensor<?x768xf32>, tensor<?x24xf32>
  %4 = quant_act.fake_quant to #quant_act.int<8, signed> on #blocks %w scale %t : tensor<?x768xf32>, tensor<?x24xf32>
  return
}

// CHECK-LABEL: @fake_quant_types
func.func @fake_quant_types(%a: tensor<4xf16>, %b: tensor<4xbf16>, %c: tensor<4xf32>, %d: tensor<4xf64>,
                            %sa: tensor<f16>, %sb: tensor<bf16>, %sc: tensor<f32>, %sd: tensor<f64>) {
  // CHECK: : tensor<4xf16>, tensor<bf16>, tensor<f64>
  %0 = quant_act.fake_quant to #quant_act.int<8, signed> %a scale %sb zero_point %sd : tensor<4xf16>, tensor<bf16>, tensor<f64>
  // CHECK: : tensor<4xbf16>, tensor<f32>, tensor<f16>
  %1 = quant_act.fake_quant to #quant_act.int<8, signed> %b scale %sc zero_point %sa : tensor<4xbf16>, tensor<f32>, tensor<f16>
  // CHECK: : tensor<4xf32>, tensor<f64>, tensor<bf16>
  %2 = quant_act.fake_quant to #quant_act.int<8, signed> %c scale %sd zero_point %sb : tensor<4xf32>, tensor<f64>, tensor<bf16>
  // CHECK: : tensor<4xf64>, tensor<f16>, tensor<f32>
  %3 = quant_act.fake_quant to #quant_act.int<8, signed> %d scale %sa zero_point %sc : tensor<4xf64>, tensor<f16>, tensor<f32>
  return
}

// What is the default is not printed.
//
// CHECK-LABEL: @fake_quant_attributes
func.func @fake_quant_attributes(%x: tensor<4xf32>, %s: tensor<f32>) {
  // CHECK: quant_act.fake_quant relu to #u4 %
  %0 = quant_act.fake_quant relu to #quant_act.int<4, unsigned> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #u4 %
  %1 = quant_act.fake_quant identity to #quant_act.int<4, unsigned> round half_even numerics <brevitas> %x scale %s : tensor<4xf32>, tensor<f32>
  // The format's mnemonic can be left out.
  // CHECK: quant_act.fake_quant to #u2_narrow %
  %2 = quant_act.fake_quant to <2, unsigned, narrow> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #u1 %
  %3 = quant_act.fake_quant to <1, unsigned> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #s32 %
  %4 = quant_act.fake_quant to <32, signed> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #s8_narrow round floor numerics <onnx> %
  %5 = quant_act.fake_quant to <8, signed, narrow> round floor numerics <onnx> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #s8 numerics <division = reciprocal> %
  %6 = quant_act.fake_quant to <8, signed> numerics <division = reciprocal> %x scale %s : tensor<4xf32>, tensor<f32>
  // Other attributes are kept.
  // CHECK: quant_act.fake_quant to #s8 %{{.*}} scale %{{.*}} {layer = "act1"} :
  %7 = quant_act.fake_quant to <8, signed> %x scale %s {layer = "act1"} : tensor<4xf32>, tensor<f32>
  return
}

// CHECK-LABEL: @fake_quant_roundings
func.func @fake_quant_roundings(%x: tensor<4xf32>, %s: tensor<f32>) {
  // CHECK-NEXT: quant_act.fake_quant to #s8 %
  %0 = quant_act.fake_quant to <8, signed> round half_even %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round half_away %
  %1 = quant_act.fake_quant to <8, signed> round half_away %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round half_zero %
  %2 = quant_act.fake_quant to <8, signed> round half_zero %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round half_up %
  %3 = quant_act.fake_quant to <8, signed> round half_up %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round half_down %
  %4 = quant_act.fake_quant to <8, signed> round half_down %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round dpu %
  %5 = quant_act.fake_quant to <8, signed> round dpu %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round ceil %
  %6 = quant_act.fake_quant to <8, signed> round ceil %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round floor %
  %7 = quant_act.fake_quant to <8, signed> round floor %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round toward_zero %
  %8 = quant_act.fake_quant to <8, signed> round toward_zero %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round away_from_zero %
  %9 = quant_act.fake_quant to <8, signed> round away_from_zero %x scale %s : tensor<4xf32>, tensor<f32>
  return
}

// CHECK-LABEL: @rank0_and_empty
func.func @rank0_and_empty(%x: tensor<f32>, %s: tensor<f32>, %e: tensor<0x3x4x5xf32>, %s3: tensor<3xf32>, %c: tensor<2x0x4x5xf32>, %s0: tensor<0xf32>) {
  // CHECK: quant_act.fake_quant to #s8 %{{.*}} scale %{{.*}} : tensor<f32>, tensor<f32>
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<f32>, tensor<f32>
  // CHECK: quant_act.fake_quant to #s8 on #[[$RANK0]] %{{.*}} scale %{{.*}} : tensor<f32>, tensor<f32>
  %1 = quant_act.fake_quant to <8, signed> on #rank0 %x scale %s : tensor<f32>, tensor<f32>
  // CHECK: : tensor<0x3x4x5xf32>, tensor<3xf32>
  %2 = quant_act.fake_quant to <8, signed> on #nchw %e scale %s3 : tensor<0x3x4x5xf32>, tensor<3xf32>
  // No channels: no parameters.
  // CHECK: : tensor<2x0x4x5xf32>, tensor<0xf32>
  %3 = quant_act.fake_quant to <8, signed> on #any_c %c scale %s0 : tensor<2x0x4x5xf32>, tensor<0xf32>
  // CHECK: quant_act.stats abs_max %{{.*}} : tensor<f32> -> tensor<f32>
  %4 = quant_act.stats abs_max %x : tensor<f32> -> tensor<f32>
  // CHECK: quant_act.activate relu %{{.*}} : tensor<f32>
  %5 = quant_act.activate relu %x : tensor<f32>
  return
}

//===----------------------------------------------------------------------===//
// activate
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @activate
func.func @activate(%x: tensor<2x?xbf16>) {
  // CHECK: quant_act.activate relu %{{.*}} : tensor<2x?xbf16>
  %0 = quant_act.activate relu %x : tensor<2x?xbf16>
  // CHECK: quant_act.activate %{{.*}} : tensor<2x?xbf16>
  %1 = quant_act.activate %x : tensor<2x?xbf16>
  // CHECK: quant_act.activate %{{.*}} : tensor<2x?xbf16>
  %2 = quant_act.activate identity %x : tensor<2x?xbf16>
  return
}

//===----------------------------------------------------------------------===//
// stats
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @stats
func.func @stats(%x: tensor<2x3x4x5xf32>, %h: tensor<2x3x4x5xf16>, %d: tensor<?x?x4x5xf32>, %b: tensor<?x768xbf16>) {
  // CHECK: quant_act.stats abs_max %{{.*}} : tensor<2x3x4x5xf32> -> tensor<f32>
  %0 = quant_act.stats abs_max %x : tensor<2x3x4x5xf32> -> tensor<f32>
  // CHECK: quant_act.stats percentile<99.999> relu on #[[$NCHW]] %{{.*}} : tensor<2x3x4x5xf32> -> tensor<3xf32>
  %1 = quant_act.stats percentile<99.999> relu on #nchw %x : tensor<2x3x4x5xf32> -> tensor<3xf32>
  // CHECK: quant_act.stats mean on #[[$TWO_AXES]] %{{.*}} : tensor<2x3x4x5xf32> -> tensor<5x3xf32>
  %2 = quant_act.stats mean on #two_axes %x : tensor<2x3x4x5xf32> -> tensor<5x3xf32>
  // CHECK: quant_act.stats min_max on #[[$NHWC]] %{{.*}} : tensor<2x3x4x5xf32> -> tensor<5xf32>, tensor<5xf32>
  %3:2 = quant_act.stats min_max on #nhwc %x : tensor<2x3x4x5xf32> -> tensor<5xf32>, tensor<5xf32>
  // CHECK: quant_act.stats percentile_interval<0.001, 99.5> relu on #[[$ANY_C]] %{{.*}} : tensor<?x?x4x5xf32> -> tensor<?xf32>, tensor<?xf32>
  %4:2 = quant_act.stats percentile_interval<0.001, 99.5> relu on #any_c %d : tensor<?x?x4x5xf32> -> tensor<?xf32>, tensor<?xf32>
  // Statistics may be wider than x.
  // CHECK: quant_act.stats abs_max %{{.*}} : tensor<2x3x4x5xf16> -> tensor<f16>
  %5 = quant_act.stats abs_max %h : tensor<2x3x4x5xf16> -> tensor<f16>
  // CHECK: quant_act.stats abs_max %{{.*}} : tensor<2x3x4x5xf16> -> tensor<f32>
  %6 = quant_act.stats abs_max %h : tensor<2x3x4x5xf16> -> tensor<f32>
  // CHECK: quant_act.stats mean %{{.*}} : tensor<2x3x4x5xf32> -> tensor<f64>
  %7 = quant_act.stats mean %x : tensor<2x3x4x5xf32> -> tensor<f64>
  // CHECK: quant_act.stats abs_max on #[[$BLOCKS]] %{{.*}} : tensor<?x768xbf16> -> tensor<?x24xf32>
  %8 = quant_act.stats abs_max on #blocks %b : tensor<?x768xbf16> -> tensor<?x24xf32>
  return
}

//===----------------------------------------------------------------------===//
// choose_qparams
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @choose_qparams
func.func @choose_qparams(%t: tensor<3xf32>, %h: tensor<?x24xf16>) {
  // CHECK: quant_act.choose_qparams to #u4 %{{.*}} : tensor<3xf32>
  %0 = quant_act.choose_qparams to #quant_act.int<4, unsigned> %t : tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 %{{.*}} low %{{.*}} : tensor<3xf32>, tensor<3xf32>
  %1:2 = quant_act.choose_qparams to #quant_act.int<4, unsigned> %t low %t : tensor<3xf32>, tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 %{{.*}} : tensor<3xf32>
  %2 = quant_act.choose_qparams to <4, unsigned> as collect restrict float minimum 1.0e-10 round half_even %t : tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 as statistics restrict log minimum 1.000000e-03 round ceil fractional %{{.*}} low %{{.*}} : tensor<3xf32>, tensor<3xf32>
  %3:2 = quant_act.choose_qparams to <4, unsigned> as statistics restrict log minimum 0.001 round ceil fractional %t low %t : tensor<3xf32>, tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 as running restrict power_of_two %{{.*}} : tensor<3xf32>
  %4 = quant_act.choose_qparams to <4, unsigned> as running restrict power_of_two %t : tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 as learned restrict power_of_two<ceil> %{{.*}} : tensor<3xf32>
  %5 = quant_act.choose_qparams to <4, unsigned> as learned restrict power_of_two<ceil> %t : tensor<3xf32>
  // CHECK: quant_act.choose_qparams to #u4 restrict power_of_two %{{.*}} : tensor<3xf32>
  %6 = quant_act.choose_qparams to <4, unsigned> restrict power_of_two<half_even> %t : tensor<3xf32>
  // No minimum at all.
  // CHECK: quant_act.choose_qparams to #u4 minimum 0.000000e+00 %{{.*}} : tensor<?x24xf16>
  %7 = quant_act.choose_qparams to <4, unsigned> minimum 0.0 %h : tensor<?x24xf16>
  return
}

//===----------------------------------------------------------------------===//
// observe
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @observe
func.func @observe(%t: tensor<3xf32>, %r: tensor<3xf32>, %s: tensor<f64>, %d: tensor<?x24xbf16>, %n: tensor<i64>) {
  // CHECK: quant_act.observe %{{.*}}, %{{.*}}, %{{.*}} : tensor<3xf32>, tensor<i64>
  %0:2 = quant_act.observe %t, %r, %n : tensor<3xf32>, tensor<i64>
  // CHECK: quant_act.observe momentum 1.000000e-01 %{{.*}}, %{{.*}}, %{{.*}} : tensor<f64>, tensor<i64>
  %1:2 = quant_act.observe momentum 0.1 %s, %s, %n : tensor<f64>, tensor<i64>
  // CHECK: quant_act.observe minimum 1.000000e-10 %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x24xbf16>, tensor<i64>
  %2:2 = quant_act.observe minimum 1.0e-10 %d, %d, %n : tensor<?x24xbf16>, tensor<i64>
  // The ends of what is allowed.
  // CHECK: quant_act.observe momentum 0.000000e+00 minimum 0.000000e+00 %
  %3:2 = quant_act.observe momentum 0.0 minimum 0.0 %t, %r, %n : tensor<3xf32>, tensor<i64>
  // CHECK: quant_act.observe additive momentum 5.000000e-01 %
  %5:2 = quant_act.observe additive momentum 0.5 %t, %r, %n : tensor<3xf32>, tensor<i64>
  // CHECK: quant_act.observe momentum 1.000000e+00 %
  %4:2 = quant_act.observe momentum 1.0 %t, %r, %n : tensor<3xf32>, tensor<i64>
  return
}

//===----------------------------------------------------------------------===//
// act
//===----------------------------------------------------------------------===//

// The operands and results of each row of the op's table.
//
// CHECK-LABEL: @act_phases
func.func @act_phases(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}}:3 = quant_act.act relu collect percentile<99.999> momentum 1.000000e-01 to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  %0:4 = quant_act.act relu collect percentile<99.999> momentum 0.1 to #quant_act.int<4, unsigned> on #nchw %x state %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:5 = quant_act.act collect min_max to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  %1:6 = quant_act.act collect min_max to <4, unsigned> on #nchw %x state %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act calibrate abs_max to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} :
  %2:3 = quant_act.act calibrate abs_max to <4, unsigned> on #nchw %x state %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:3 = quant_act.act calibrate percentile_interval<0.5, 99.5> to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}} :
  %3:4 = quant_act.act calibrate percentile_interval<0.5, 99.5> to <4, unsigned> on #nchw %x state %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}} = quant_act.act relu evaluate mean to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>
  %4:2 = quant_act.act relu evaluate mean to <4, unsigned> on #nchw %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act evaluate min_max to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  %5:3 = quant_act.act evaluate min_max to <4, unsigned> on #nchw %x state %r, %r : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  // CHECK: %{{.*}}, %{{.*}} = quant_act.act evaluate_learned abs_max restrict log to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}} :
  %6:2 = quant_act.act evaluate_learned abs_max restrict log to <4, unsigned> on #nchw %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// CHECK-LABEL: @act_learning
func.func @act_learning(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}}:4 = quant_act.act train abs_max steps 300 momentum 1.000000e-01 to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  %0:5 = quant_act.act train abs_max steps 300 momentum 0.1 to <4, unsigned> on #nchw %x state %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:7 = quant_act.act train min_max steps 0 to #u4
  %1:8 = quant_act.act train min_max steps 0 to <4, unsigned> on #nchw %x state %r, %r, %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act learn min_max to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  %2:3 = quant_act.act learn min_max to <4, unsigned> on #nchw %x state %r, %r : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  // CHECK: %{{.*}}, %{{.*}} = quant_act.act learn min_max symmetric to #u4 on #[[$NCHW]] %{{.*}} state %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>
  %3:2 = quant_act.act learn min_max symmetric to <4, unsigned> on #nchw %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  return
}

// Thresholds that are given: no statistic.
//
// CHECK-LABEL: @act_given
func.func @act_given(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %b: tensor<3xf32>, %w: tensor<f32>) {
  // CHECK: %{{.*}}, %{{.*}} = quant_act.act learn scaling parameter to #s_learned on #[[$NCHW]] %{{.*}} state %{{.*}} bits %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<3xf32>
  %0:2 = quant_act.act learn scaling parameter to <?, signed> on #nchw %x state %r bits %b : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<3xf32>
  // CHECK: quant_act.act sigmoid evaluate_learned scaling parameter signed_scale to #s_learned on #[[$NCHW]] %{{.*}} state %{{.*}} bits %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<f32>
  %1:2 = quant_act.act sigmoid evaluate_learned scaling parameter signed_scale to <?, signed> on #nchw %x state %r bits %w : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<f32>
  // CHECK: quant_act.act tanh evaluate scaling const to #quant_act.float<e4m3fn> on #[[$NCHW]] %{{.*}} state %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>
  %2:2 = quant_act.act tanh evaluate scaling const to #quant_act.float<e4m3fn> on #nchw %x state %r : tensor<2x3x4x5xf32>, tensor<3xf32>
  // CHECK: quant_act.act learn scaling parameter given_low to #u8 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  %3:3 = quant_act.act learn scaling parameter given_low to <8, unsigned> on #nchw %x state %r, %r : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  return
}

// A low end is given, or the threshold beside a low end that is not. What is
// given is not returned.
//
// CHECK-LABEL: @act_given_in_part
func.func @act_given_in_part(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}}:4 = quant_act.act collect min_max scaling const to #u8 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  %0:5 = quant_act.act collect min_max scaling const to <8, unsigned> on #nchw %x state %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act calibrate min_max scaling parameter to #u8 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  %1:3 = quant_act.act calibrate min_max scaling parameter to <8, unsigned> on #nchw %x state %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:5 = quant_act.act train abs_max given_low steps 3 to #u8 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  %2:6 = quant_act.act train abs_max given_low steps 3 to <8, unsigned> on #nchw %x state %r, %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act evaluate scaling const given_low to #u8 on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  %3:3 = quant_act.act evaluate scaling const given_low to <8, unsigned> on #nchw %x state %r, %r : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>
  return
}

// A low end with a statistic, a momentum and a life of its own.
//
// CHECK-LABEL: @act_low
func.func @act_low(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) {
  // CHECK: quant_act.act collect abs_max low_from percentile_interval<0.001, 100.0> momentum 1.000000e-01 low_momentum 5.000000e-01 to #u8 on #[[$NCHW]]
  %0:6 = quant_act.act collect abs_max low_from percentile_interval<0.001, 100.0> momentum 0.1 low_momentum 0.5 to <8, unsigned> on #nchw %x state %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:6 = quant_act.act train abs_max low_from min_max scaling stats steps 3 momentum 1.000000e-01 low_average to #u8 on #[[$NCHW]]
  %1:7 = quant_act.act train abs_max low_from min_max scaling stats steps 3 momentum 0.1 low_average to <8, unsigned> on #nchw %x state %r, %r, %r, %n : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  return
}

// The calls are the last of the state.
//
// CHECK-LABEL: @act_delay
func.func @act_delay(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>, %k: tensor<i64>, %seed: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}}:5 = quant_act.act train abs_max steps 3 delay 2 to #u4 on #[[$NCHW]] round stochastic %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} seed %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>, tensor<i64>
  %0:6 = quant_act.act train abs_max steps 3 delay 2 to <4, unsigned> on #nchw round stochastic %x state %r, %r, %n, %k seed %seed : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>, tensor<i64>
  // CHECK: %{{.*}}, %{{.*}}:2 = quant_act.act evaluate scaling const delay 2 to #quant_act.binary on #[[$NCHW]] %{{.*}} state %{{.*}}, %{{.*}} : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  %1:3 = quant_act.act evaluate scaling const delay 2 to #quant_act.binary on #nchw %x state %r, %k : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  return
}

// CHECK-LABEL: @act_attributes
func.func @act_attributes(%x: tensor<8x768xf16>, %r: tensor<8x24xf32>, %t: tensor<f32>, %n: tensor<i64>) {
  // Everything said.
  // CHECK: quant_act.act relu collect percentile_interval<0.1, 99.9> scaling stats momentum 5.000000e-01 restrict power_of_two<ceil> minimum 1.000000e-05 to #s8_narrow on #[[$BLOCKS]] round floor fractional numerics <onnx> %{{.*}} state %{{.*}}, %{{.*}}, %{{.*}} {layer = 1 : i64} : tensor<8x768xf16>, tensor<8x24xf32>, tensor<8x24xf32>, tensor<i64>
  %0:6 = quant_act.act relu collect percentile_interval<0.1, 99.9> scaling stats momentum 0.5 restrict power_of_two<ceil> minimum 1.0e-5 to <8, signed, narrow> on #blocks round floor fractional numerics <onnx> %x state %r, %r, %n {layer = 1} : tensor<8x768xf16>, tensor<8x24xf32>, tensor<8x24xf32>, tensor<i64>
  // The defaults said, and per tensor.
  // CHECK: quant_act.act collect abs_max to #s8 %{{.*}} state %{{.*}}, %{{.*}} : tensor<8x768xf16>, tensor<f32>, tensor<i64>
  %1:4 = quant_act.act identity collect abs_max scaling parameter_from_stats restrict float minimum 1.0e-10 to <8, signed> round half_even numerics <brevitas> %x state %t, %n : tensor<8x768xf16>, tensor<f32>, tensor<i64>
  return
}

// The results' types follow from the operands'.
//
// CHECK-LABEL: @act_dynamic
// CHECK-SAME: -> (tensor<?x?x4x5xf32>, tensor<?xf64>, tensor<?xf64>, tensor<i64>)
func.func @act_dynamic(%x: tensor<?x?x4x5xf32>, %r: tensor<?xf64>, %n: tensor<i64>) -> (tensor<?x?x4x5xf32>, tensor<?xf64>, tensor<?xf64>, tensor<i64>) {
  // CHECK: quant_act.act collect abs_max to #s8 on #[[$ANY_C]]
  %0:4 = quant_act.act collect abs_max to <8, signed> on #any_c %x state %r, %n : tensor<?x?x4x5xf32>, tensor<?xf64>, tensor<i64>
  return %0#0, %0#1, %0#2, %0#3 : tensor<?x?x4x5xf32>, tensor<?xf64>, tensor<?xf64>, tensor<i64>
}

//===----------------------------------------------------------------------===//
// All ops
//===----------------------------------------------------------------------===//

// Other attributes are kept.
//
// CHECK-LABEL: @other_attributes
func.func @other_attributes(%x: tensor<4xf32>, %s: tensor<f32>, %n: tensor<i64>) {
  // CHECK: quant_act.fake_quant to #s8 %{{.*}} scale %{{.*}} zero_point %{{.*}} {a} :
  %0 = quant_act.fake_quant to <8, signed> %x scale %s zero_point %s {a} : tensor<4xf32>, tensor<f32>, tensor<f32>
  // CHECK: quant_act.activate relu %{{.*}} {b = 1 : i64} :
  %1 = quant_act.activate relu %x {b = 1} : tensor<4xf32>
  // CHECK: quant_act.stats abs_max %{{.*}} {c = "c"} :
  %2 = quant_act.stats abs_max %x {c = "c"} : tensor<4xf32> -> tensor<f32>
  // CHECK: quant_act.choose_qparams to #s8 fractional %{{.*}} {d = #[[$RANK0]]} :
  %3 = quant_act.choose_qparams to <8, signed> fractional %s {d = #rank0} : tensor<f32>
  // CHECK: quant_act.observe %{{.*}} {e = f32} :
  %4:2 = quant_act.observe %s, %s, %n {e = f32} : tensor<f32>, tensor<i64>
  // CHECK: quant_act.act evaluate abs_max to #s8 %{{.*}} state %{{.*}} {f = [1]} :
  %5:2 = quant_act.act evaluate abs_max to <8, signed> %x state %s {f = [1]} : tensor<4xf32>, tensor<f32>
  return
}

// What has a default can be left out of the generic form; properties may stand among
// the attributes.
//
// CHECK-LABEL: @generic
func.func @generic(%x: tensor<4xf32>, %s: tensor<f32>, %n: tensor<i64>) {
  // CHECK-NEXT: quant_act.fake_quant to #s8 %{{.*}} scale %{{.*}} : tensor<4xf32>, tensor<f32>
  %0 = "quant_act.fake_quant"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, format = #quant_act.int<8, signed>}> : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  // CHECK-NEXT: quant_act.fake_quant to #s8 round floor %{{.*}} scale %{{.*}} {a} : tensor<4xf32>, tensor<f32>
  %1 = "quant_act.fake_quant"(%x, %s) {a, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, format = #quant_act.int<8, signed>, rounding = #quant_act<rounding floor>} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  // CHECK-NEXT: quant_act.activate %{{.*}} : tensor<4xf32>
  %2 = "quant_act.activate"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK-NEXT: quant_act.stats abs_max %{{.*}} : tensor<4xf32> -> tensor<f32>
  %3 = "quant_act.stats"(%x) <{statistic = #quant_act.statistic<abs_max>}> : (tensor<4xf32>) -> tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 %{{.*}} : tensor<f32>
  %4 = "quant_act.choose_qparams"(%s) <{operandSegmentSizes = array<i32: 1, 0, 0>, format = #quant_act.int<8, signed>}> : (tensor<f32>) -> tensor<f32>
  // CHECK-NEXT: quant_act.observe %{{.*}} : tensor<f32>, tensor<i64>
  %5:2 = "quant_act.observe"(%s, %s, %n) : (tensor<f32>, tensor<f32>, tensor<i64>) -> (tensor<f32>, tensor<i64>)
  // CHECK-NEXT: quant_act.act evaluate abs_max to #s8 %{{.*}} state %{{.*}} : tensor<4xf32>, tensor<f32>
  %6:2 = "quant_act.act"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>, format = #quant_act.int<8, signed>, phase = #quant_act<phase evaluate>, statistic = #quant_act.statistic<abs_max>}> : (tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<f32>)
  return
}

// Every contract that has a name, one that has none, and one beside a name.
//
// CHECK-LABEL: @contracts
func.func @contracts(%x: tensor<4xf32>, %s: tensor<f32>) {
  // CHECK: numerics <qonnx> %
  %0 = quant_act.fake_quant to <8, signed> numerics <qonnx> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: numerics <onnx> %
  %1 = quant_act.fake_quant to <8, signed> numerics <onnx> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: numerics <zero_point = outside, division = reciprocal, nan = lowest, infinity = overflow, compute = f64> %
  %2 = quant_act.fake_quant to <8, signed> numerics <onnx, division = reciprocal, compute = f64> %x scale %s : tensor<4xf32>, tensor<f32>
  return
}

//===----------------------------------------------------------------------===//
// quant_act.name
//===----------------------------------------------------------------------===//

// A result may have an argument's name: it is that argument's next value.
//
// CHECK-LABEL: @names
// CHECK-SAME: {quant_act.name = "x"}
// CHECK-SAME: {quant_act.name = "state"}
// CHECK-SAME: -> (tensor<4xf32> {quant_act.name = "y"}, tensor<f32> {quant_act.name = "state"})
func.func @names(%x: tensor<4xf32> {quant_act.name = "x"}, %s: tensor<f32> {quant_act.name = "state"}, %other: tensor<f32>)
    -> (tensor<4xf32> {quant_act.name = "y"}, tensor<f32> {quant_act.name = "state"}) {
  return %x, %s : tensor<4xf32>, tensor<f32>
}

// Other formats, open bits and seeds; parameters that start and follow learning.
//
// CHECK-LABEL: @formats
func.func @formats(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %b: tensor<f32>, %c: tensor<3xf32>, %r: tensor<i64>) {
  // CHECK: quant_act.fake_quant to #quant_act.float<e4m3fn> on
  %0 = quant_act.fake_quant to #quant_act.float<exponent = 4, mantissa = 3, max = 448.0> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant tanh to #quant_act.float<exponent = 4, mantissa = 3, unsigned> on
  %1 = quant_act.fake_quant tanh to #quant_act.float<exponent = 4, mantissa = 3, unsigned> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #quant_act.float<e5m2, overflow = infinity> on
  %2 = quant_act.fake_quant to #quant_act.float<e5m2, overflow = infinity> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant sigmoid to #quant_act.binary on
  %3 = quant_act.fake_quant sigmoid to #quant_act.binary on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to #quant_act.ternary<threshold = 5.000000e-01> on
  %4 = quant_act.fake_quant to #quant_act.ternary<threshold = 0.5> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32>
  // CHECK: quant_act.fake_quant to {{.*}} on {{.*}} round stochastic %{{.*}} scale %{{.*}} bits %{{.*}} seed %{{.*}} : tensor<2x3xf32>, tensor<3xf32> bits tensor<f32>
  %5 = quant_act.fake_quant to <?, signed> on #columns round stochastic %x scale %s bits %b seed %r : tensor<2x3xf32>, tensor<3xf32> bits tensor<f32>
  // CHECK: quant_act.fake_quant to {{.*}} on {{.*}} %{{.*}} scale %{{.*}} zero_point %{{.*}} bits %{{.*}} : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32> bits tensor<3xf32>
  %6 = quant_act.fake_quant to <?, unsigned, narrow> on #columns %x scale %s zero_point %s bits %c : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32> bits tensor<3xf32>
  return
}

// CHECK-LABEL: @learning
func.func @learning(%t: tensor<3xf32>, %l: tensor<f32>, %b: tensor<f32>) {
  // CHECK: quant_act.init_parameter restrict log %{{.*}} : tensor<3xf32>
  %0 = quant_act.init_parameter restrict log %t : tensor<3xf32>
  // CHECK: quant_act.init_parameter %{{.*}} : tensor<3xf32>
  %1 = quant_act.init_parameter %t : tensor<3xf32>
  // CHECK: quant_act.init_parameter restrict power_of_two<ceil> %{{.*}} replacing %{{.*}} : tensor<3xf32>
  %4 = quant_act.init_parameter restrict power_of_two<ceil> %t replacing %1 : tensor<3xf32>
  // CHECK: quant_act.learned_bits minimum 3.000000e+00 %{{.*}} : tensor<f32>
  %2 = quant_act.learned_bits minimum 3.0 %b : tensor<f32>
  // CHECK: quant_act.learned_bits %{{.*}} : tensor<f32>
  %3 = quant_act.learned_bits %b : tensor<f32>
  // CHECK: quant_act.choose_qparams to {{.*}} as training %{{.*}} low %{{.*}} bits %{{.*}} : tensor<3xf32>, tensor<f32> bits tensor<f32>
  %s, %z = quant_act.choose_qparams to <?, unsigned> as training %t low %l bits %b : tensor<3xf32>, tensor<f32> bits tensor<f32>
  return
}

// CHECK-LABEL: @thresholds
func.func @thresholds(%x: tensor<2x3x4x5xf32>) {
  // CHECK: quant_act.stats mean_sigma_std<2.5> on {{.*}} -> tensor<3xf32>
  %0 = quant_act.stats mean_sigma_std<2.5> on #nchw %x : tensor<2x3x4x5xf32> -> tensor<3xf32>
  // CHECK: quant_act.stats max_average<#{{.*}}> %{{.*}} -> tensor<f32>
  %1 = quant_act.stats max_average<#nchw> %x : tensor<2x3x4x5xf32> -> tensor<f32>
  // CHECK: quant_act.stats max_average<#{{.*}}> relu %{{.*}} -> tensor<f64>
  %2 = quant_act.stats max_average<<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>> relu %x : tensor<2x3x4x5xf32> -> tensor<f64>
  // The threshold of an interval alone.
  // CHECK: quant_act.stats min_max %{{.*}} : tensor<2x3x4x5xf32> -> tensor<f32>
  %3 = quant_act.stats min_max %x : tensor<2x3x4x5xf32> -> tensor<f32>
  // CHECK: quant_act.search_threshold relu to #{{.*}} on {{.*}} round floor numerics <onnx> restrict power_of_two<ceil> minimum 1.000000e-03 %{{.*}} -> tensor<3xf32>
  %4 = quant_act.search_threshold relu to <4, unsigned> on #nchw round floor numerics <onnx> restrict power_of_two<ceil> minimum 1.0e-3 %x : tensor<2x3x4x5xf32> -> tensor<3xf32>
  // CHECK: quant_act.search_threshold to #quant_act.float<e2m1fn> %{{.*}} -> tensor<f32>
  %5 = quant_act.search_threshold to #quant_act.float<e2m1fn> %x : tensor<2x3x4x5xf32> -> tensor<f32>
  return
}

// CHECK-LABEL: @codes
func.func @codes(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %b: tensor<f32>, %r: tensor<i64>) {
  // CHECK: quant_act.quantize relu to {{.*}} on {{.*}} : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xi8>
  %0 = quant_act.quantize relu to <8, unsigned> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xi8>
  // CHECK: quant_act.quantize to {{.*}} round stochastic numerics <onnx> %{{.*}} scale %{{.*}} zero_point %{{.*}} bits %{{.*}} seed %{{.*}} : tensor<2x3xf32>, tensor<3xf32>, tensor<f32> bits tensor<f32> -> tensor<2x3xi4>
  %1 = quant_act.quantize to <?, signed> on #columns zero_point_on <broadcast = [1, 1], permutation = [0, 1]> round stochastic numerics <onnx> %x scale %s zero_point %b bits %b seed %r : tensor<2x3xf32>, tensor<3xf32>, tensor<f32> bits tensor<f32> -> tensor<2x3xi4>
  // CHECK: quant_act.quantize to #quant_act.float<e5m2> on {{.*}} -> tensor<2x3xf8E5M2>
  %2 = quant_act.quantize to #quant_act.float<e5m2> on #columns %x scale %s : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xf8E5M2>
  // CHECK: quant_act.dequantize from {{.*}} on {{.*}} zero_point_on {{.*}} %{{.*}} scale %{{.*}} zero_point %{{.*}} : tensor<2x3xi8>, tensor<3xf32>, tensor<f32> -> tensor<2x3xf16>
  %3 = quant_act.dequantize from <8, unsigned> on #columns zero_point_on <broadcast = [1, 1], permutation = [0, 1]> %0 scale %s zero_point %b : tensor<2x3xi8>, tensor<3xf32>, tensor<f32> -> tensor<2x3xf16>
  // CHECK: quant_act.dequantize from #quant_act.float<e5m2> on {{.*}} %{{.*}} scale %{{.*}} : tensor<2x3xf8E5M2>, tensor<3xf32> -> tensor<2x3xf32>
  %4 = quant_act.dequantize from #quant_act.float<e5m2> on #columns %2 scale %s : tensor<2x3xf8E5M2>, tensor<3xf32> -> tensor<2x3xf32>
  // CHECK: quant_act.quantize to #quant_act.float<e8m0fnu> round floor %{{.*}} scale %{{.*}} : tensor<3xf32>, tensor<f32> -> tensor<3xf8E8M0FNU>
  %5 = quant_act.quantize to #quant_act.float<e8m0fnu> round floor %s scale %b : tensor<3xf32>, tensor<f32> -> tensor<3xf8E8M0FNU>
  // CHECK: quant_act.quantize to #quant_act.float<e2m1fn> on {{.*}} : tensor<2x3xf32>, tensor<3xf8E8M0FNU> -> tensor<2x3xf4E2M1FN>
  %6 = quant_act.quantize to #quant_act.float<e2m1fn> on #columns %x scale %5 : tensor<2x3xf32>, tensor<3xf8E8M0FNU> -> tensor<2x3xf4E2M1FN>
  // CHECK: quant_act.dequantize from #quant_act.float<e2m1fn> on {{.*}} : tensor<2x3xf4E2M1FN>, tensor<3xf8E8M0FNU> -> tensor<2x3xf16>
  %7 = quant_act.dequantize from #quant_act.float<e2m1fn> on #columns %6 scale %5 : tensor<2x3xf4E2M1FN>, tensor<3xf8E8M0FNU> -> tensor<2x3xf16>
  // CHECK: quant_act.fake_quant to #quant_act.float<e3m2fn> on {{.*}} : tensor<2x3xf32>, tensor<3xf8E8M0FNU>
  %8 = quant_act.fake_quant to #quant_act.float<e3m2fn> on #columns %x scale %5 : tensor<2x3xf32>, tensor<3xf8E8M0FNU>
  // CHECK: quant_act.quantize to #quant_act.float<e3m2fn> {{.*}} -> tensor<3xf6E3M2FN>
  %9 = quant_act.quantize to #quant_act.float<e3m2fn> %s scale %b : tensor<3xf32>, tensor<f32> -> tensor<3xf6E3M2FN>
  // CHECK: quant_act.quantize to #quant_act.float<e2m3fn> {{.*}} -> tensor<3xf6E2M3FN>
  %10 = quant_act.quantize to #quant_act.float<e2m3fn> %s scale %b : tensor<3xf32>, tensor<f32> -> tensor<3xf6E2M3FN>
  // CHECK: quant_act.dequantize from #quant_act.float<e2m1fn> on {{.*}} : tensor<2x3xf4E2M1FN>, tensor<3xf8E4M3FN> -> tensor<2x3xf16>
  %11 = quant_act.quantize to #quant_act.float<e4m3fn> %s scale %b : tensor<3xf32>, tensor<f32> -> tensor<3xf8E4M3FN>
  %12 = quant_act.dequantize from #quant_act.float<e2m1fn> on #columns %6 scale %11 : tensor<2x3xf4E2M1FN>, tensor<3xf8E4M3FN> -> tensor<2x3xf16>
  return
}

//===----------------------------------------------------------------------===//
// order_statistics
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @order_statistics
func.func @order_statistics(%x: tensor<8x?x5xf32>, %h: tensor<7xf16>, %k: i64, %l: i64, %c: tensor<5x8xf32>, %s: tensor<f16>) {
  // CHECK: quant_act.order_statistics %{{.*}} channels [2, 0] ranks %{{.*}}, %{{.*}} into %{{.*}}, %{{.*}} : tensor<8x?x5xf32>, tensor<5x8xf32>, tensor<5x8xf32>
  %0:2 = quant_act.order_statistics %x channels [2, 0] ranks %k, %l into %c, %c : tensor<8x?x5xf32>, tensor<5x8xf32>, tensor<5x8xf32>
  // CHECK: quant_act.order_statistics relu magnitudes %{{.*}} channels [] ranks %{{.*}} into %{{.*}} : tensor<7xf16>, tensor<f16>
  %1 = quant_act.order_statistics relu magnitudes %h channels [] ranks %k into %s : tensor<7xf16>, tensor<f16>
  return
}
