// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The examples of the ops' descriptions, which examples.py finds here word for word,
// in functions that give their operands types.
//
// RUN: quant-opt %s --verify-roundtrip
// RUN: quant-opt %s --quant-act-to-llvm-cpu -o /dev/null
// RUN: %python %S/Inputs/examples.py %source_root %s

#nchw = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>
#whole = #quant_act.grid<broadcast = [1, 1, 1, 1], permutation = [0, 1, 2, 3]>
#mx = #quant_act.grid<broadcast = [2, 4], permutation = [0, 1]>
#nvfp4 = #quant_act.grid<broadcast = [2, 8], permutation = [0, 1]>

func.func @fake_quant(%x: tensor<?x64x?x?xf32>, %s: tensor<64xf32>) -> tensor<?x64x?x?xf32> {
    %y = quant_act.fake_quant relu to #quant_act.int<4, unsigned>
        on #quant_act.grid<broadcast = [1, 64, 1, 1], permutation = [1, 0, 2, 3]>
        %x scale %s : tensor<?x64x?x?xf32>, tensor<64xf32>
  return %y : tensor<?x64x?x?xf32>
}
func.func @fake_quant_zero_point(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>, %z: tensor<f32>) -> tensor<2x3x4x5xf32> {
    %t = quant_act.fake_quant to #quant_act.int<8, signed, narrow> on #nchw
        zero_point_on #whole round floor numerics <onnx> %x scale %s zero_point %z
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>
  return %t : tensor<2x3x4x5xf32>
}
func.func @fake_quant_formats(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>, %b: tensor<f32>, %r: tensor<i64>) -> (tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>) {
    %m = quant_act.fake_quant to #quant_act.float<e4m3fn> on #nchw %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %l = quant_act.fake_quant to #quant_act.int<?, signed> on #nchw round stochastic
        %x scale %s bits %b seed %r
        : tensor<2x3x4x5xf32>, tensor<3xf32> bits tensor<f32>
  return %m, %l : tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>
}
func.func @init_parameter(%running: tensor<64xf32>, %learned: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
    %v = quant_act.init_parameter restrict power_of_two %running : tensor<64xf32>
    %w = quant_act.init_parameter %running replacing %learned : tensor<64xf32>
  return %v, %w : tensor<64xf32>, tensor<64xf32>
}
func.func @learned_bits(%offset: tensor<f32>, %offsets: tensor<64xf32>) -> (tensor<f32>, tensor<64xf32>) {
    %b = quant_act.learned_bits %offset : tensor<f32>
    %c = quant_act.learned_bits minimum 3.0 %offsets : tensor<64xf32>
  return %b, %c : tensor<f32>, tensor<64xf32>
}
func.func @fake_quant_range(%x: tensor<2x3x4x5xf32>, %l: tensor<3xf32>, %h: tensor<3xf32>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>) {
    %y = quant_act.fake_quant_range openvino levels 255 on #nchw %x low %l high %h
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %z = quant_act.fake_quant_range openvino levels 256 on #nchw out_on #whole %x
        low %l high %h out_low %a out_high %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
    %t = quant_act.fake_quant_range tensorflow levels 255 %x low %a high %b
        : tensor<2x3x4x5xf32>, tensor<f32>
  return %y, %z, %t : tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>
}
func.func @fake_quant_range_grad(%g: tensor<2x3x4x5xf32>, %x: tensor<2x3x4x5xf32>, %l: tensor<3xf32>, %h: tensor<3xf32>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>, tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>) {
    %dx, %dl, %dh = quant_act.fake_quant_range_grad tensorflow levels 255
        %g, %x low %a high %b : tensor<2x3x4x5xf32>, tensor<f32>
    %dy, %dm, %di, %do:2 = quant_act.fake_quant_range_grad openvino levels 256
        on #nchw out_on #whole %g, %x low %l high %h out_low %a out_high %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
  return %dx, %dl, %dh, %dy, %dm, %di, %do#0, %do#1 : tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>, tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
}
func.func @activate(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
    %y = quant_act.activate relu %x : tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}
func.func @stats(%x: tensor<8x64x32x32xf32>) -> (tensor<64xf32>, tensor<f32>, tensor<f32>) {
    %t = quant_act.stats percentile<99.999> relu on #nchw %x
        : tensor<8x64x32x32xf32> -> tensor<64xf32>
    %r, %low = quant_act.stats min_max %x : tensor<8x64x32x32xf32>
        -> tensor<f32>, tensor<f32>
  return %t, %r, %low : tensor<64xf32>, tensor<f32>, tensor<f32>
}
func.func @choose_qparams(%t: tensor<64xf32>, %l: tensor<64xf32>, %b: tensor<f32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
    %s = quant_act.choose_qparams to #quant_act.int<4, unsigned> %t : tensor<64xf32>
    %s2, %z = quant_act.choose_qparams to #quant_act.int<8, unsigned> as running
        restrict power_of_two<ceil> %t low %l : tensor<64xf32>, tensor<64xf32>
    %s3 = quant_act.choose_qparams to #quant_act.int<?, signed> as training %t bits %b
        : tensor<64xf32> bits tensor<f32>
    %s4, %z4 = quant_act.choose_qparams to #quant_act.int<8, signed> full_range
        %t low %l : tensor<64xf32>, tensor<64xf32>
  return %s, %s2, %z, %s3, %s4, %z4 : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}
func.func @observe(%t: tensor<64xf32>, %running: tensor<64xf32>, %count: tensor<i64>) -> (tensor<64xf32>, tensor<i64>) {
    %r, %n = quant_act.observe momentum 0.1 minimum 1.0e-10 %t, %running, %count
        : tensor<64xf32>, tensor<i64>
  return %r, %n : tensor<64xf32>, tensor<i64>
}
func.func @act(%x: tensor<8x64x32x32xf32>, %running: tensor<64xf32>, %learned: tensor<64xf32>, %count: tensor<i64>, %b: tensor<f32>, %low: tensor<64xf32>) -> (tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<64xf32>) {
    %y, %s, %r, %n = quant_act.act relu collect percentile<99.999> momentum 0.1
        to #quant_act.int<4, unsigned> on #nchw %x state %running, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>
    %z, %t = quant_act.act relu evaluate percentile<99.999>
        to #quant_act.int<4, unsigned> on #nchw %x state %running
        : tensor<8x64x32x32xf32>, tensor<64xf32>
    %yt, %st, %rt, %vt, %nt = quant_act.act relu train percentile<99.999> steps 300
        momentum 0.1 to #quant_act.int<4, unsigned> on #nchw
        %x state %running, %learned, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>, tensor<i64>
    %h, %sh = quant_act.act learn scaling parameter minimum 0.0
        to #quant_act.int<?, signed> on #nchw %x state %learned bits %b
        : tensor<8x64x32x32xf32>, tensor<64xf32> bits tensor<f32>
    %a, %sa, %za = quant_act.act learn scaling parameter given_low
        to #quant_act.int<8, unsigned> on #nchw %x state %learned, %low
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>
    %w, %sw, %zw, %rw, %lw, %nw = quant_act.act collect abs_max
        low_from percentile_interval<0.001, 100.0> momentum 0.1 low_momentum 0.5
        to #quant_act.int<8, unsigned> on #nchw %x state %running, %low, %count
        : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>, tensor<i64>
  return %y, %r, %n, %z, %yt, %vt, %nt, %h, %a, %w, %lw : tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<64xf32>, tensor<i64>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<8x64x32x32xf32>, tensor<64xf32>
}
func.func @search_threshold(%x: tensor<8x64x32x32xf32>) -> tensor<64xf32> {
    %t = quant_act.search_threshold relu to #quant_act.int<4, unsigned> on #nchw %x
        : tensor<8x64x32x32xf32> -> tensor<64xf32>
  return %t : tensor<64xf32>
}
func.func @quantize(%x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>, %t: tensor<f32>) -> (tensor<2x3x4x5xi8>, tensor<2x3x4x5xf8E4M3FN>) {
    %q = quant_act.quantize relu to #quant_act.int<8, unsigned> on #nchw %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32> -> tensor<2x3x4x5xi8>
    %f = quant_act.quantize to #quant_act.float<e4m3fn> %x scale %t
        : tensor<2x3x4x5xf32>, tensor<f32> -> tensor<2x3x4x5xf8E4M3FN>
  return %q, %f : tensor<2x3x4x5xi8>, tensor<2x3x4x5xf8E4M3FN>
}
func.func @quantize_mx(%w: tensor<2x128xf32>, %amax: tensor<2x4xf32>, %four: tensor<f32>, %b: tensor<2x8xf8E4M3FN>) -> (tensor<2x4xf8E8M0FNU>, tensor<2x128xf4E2M1FN>, tensor<2x128xf4E2M1FN>) {
    %e = quant_act.quantize to #quant_act.float<e8m0fnu> round floor %amax scale %four
        : tensor<2x4xf32>, tensor<f32> -> tensor<2x4xf8E8M0FNU>
    %m = quant_act.quantize to #quant_act.float<e2m1fn> on #mx %w scale %e
        : tensor<2x128xf32>, tensor<2x4xf8E8M0FNU> -> tensor<2x128xf4E2M1FN>
    %n = quant_act.quantize to #quant_act.float<e2m1fn> on #nvfp4 %w scale %b
        : tensor<2x128xf32>, tensor<2x8xf8E4M3FN> -> tensor<2x128xf4E2M1FN>
  return %e, %m, %n : tensor<2x4xf8E8M0FNU>, tensor<2x128xf4E2M1FN>, tensor<2x128xf4E2M1FN>
}
func.func @dequantize(%q: tensor<2x3x4x5xi8>, %s: tensor<3xf32>, %z: tensor<3xf32>) -> tensor<2x3x4x5xf32> {
    %y = quant_act.dequantize from #quant_act.int<8, unsigned> on #nchw %q scale %s
        zero_point %z : tensor<2x3x4x5xi8>, tensor<3xf32>, tensor<3xf32>
        -> tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}
func.func @fake_quant_grad(%g: tensor<2x3x4x5xf32>, %x: tensor<2x3x4x5xf32>, %s: tensor<3xf32>, %z: tensor<3xf32>, %b: tensor<f32>) -> (tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>) {
    %dx, %ds = quant_act.fake_quant_grad relu to #quant_act.int<4, unsigned>
        on #nchw scale_gradient lsq %g, %x scale %s
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %dy, %dt, %dz, %db = quant_act.fake_quant_grad to #quant_act.int<?, signed>
        on #nchw ste_clamp %g, %x scale %s zero_point %z bits %b
        : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32> bits tensor<f32>
  return %dx, %ds, %dy, %dt, %dz, %db : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>
}
func.func @activate_grad(%g: tensor<2x3x4x5xf32>, %x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
    %dx = quant_act.activate_grad relu %g, %x : tensor<2x3x4x5xf32>
  return %dx : tensor<2x3x4x5xf32>
}
func.func @stats_grad(%x: tensor<2x3x4x5xf32>, %dt: tensor<3xf32>, %dr: tensor<f32>, %dl: tensor<f32>) -> (tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>) {
    %dx = quant_act.stats_grad abs_max relu on #nchw %x threshold %dt
        : tensor<2x3x4x5xf32>, tensor<3xf32>
    %dy = quant_act.stats_grad min_max %x threshold %dr low %dl
        : tensor<2x3x4x5xf32>, tensor<f32>, tensor<f32>
  return %dx, %dy : tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>
}
func.func @choose_qparams_grad(%t: tensor<64xf32>, %l: tensor<64xf32>, %b: tensor<f32>, %ds: tensor<64xf32>, %dz: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<f32>, tensor<64xf32>, tensor<64xf32>) {
    %dt = quant_act.choose_qparams_grad to #quant_act.int<4, unsigned> %t scale %ds
        : tensor<64xf32>
    %du, %dl, %db = quant_act.choose_qparams_grad to #quant_act.int<?, unsigned>
        as training restrict log %t low %l bits %b scale %ds zero_point %dz
        : tensor<64xf32>, tensor<64xf32>, tensor<64xf32> bits tensor<f32>
    %dv, %dm = quant_act.choose_qparams_grad to #quant_act.int<8, signed> full_range
        %t low %l scale %ds zero_point %dz : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
  return %dt, %du, %dl, %db, %dv, %dm : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<f32>, tensor<64xf32>, tensor<64xf32>
}
func.func @learned_bits_grad(%g: tensor<f32>, %offset: tensor<f32>) -> tensor<f32> {
    %do = quant_act.learned_bits_grad %g, %offset : tensor<f32>
  return %do : tensor<f32>
}
func.func @order_statistics(%x: tensor<8x64xf32>, %k: i64, %l: i64, %a: tensor<64xf32>, %b: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
    %v = quant_act.order_statistics relu magnitudes %x channels [1] ranks %k into %a
        : tensor<8x64xf32>, tensor<64xf32>
    %low, %high = quant_act.order_statistics %x channels [1] ranks %k, %l into %a, %b
        : tensor<8x64xf32>, tensor<64xf32>, tensor<64xf32>
  return %v, %low, %high : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}
