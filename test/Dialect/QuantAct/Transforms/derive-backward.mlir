// Backward functions of layers: what they take, return and sum up.
//
// RUN: quant-opt %s --quant-act-derive-backward --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-act-derive-backward --quant-act-to-llvm-cpu --split-input-file -o /dev/null
// RUN: quant-opt %s --quant-act-derive-backward='ste-clamp scale-gradient=lsq' --split-input-file | FileCheck %s --check-prefix=OPTIONS

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>

// Learning: gradients of x, the threshold, the low end and the bits' offset,
// which two ops use.
//
// CHECK-LABEL: func.func @learn_backward
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4x5xf32> {quant_act.name = "x"}, %[[T:.*]]: tensor<3xf32>, %[[L:.*]]: tensor<3xf32>, %[[O:.*]]: tensor<f32>, %[[G:.*]]: tensor<2x3x4x5xf32> {quant_act.name = "g_y"})
// CHECK-SAME: -> (tensor<2x3x4x5xf32> {quant_act.name = "d_x"}, tensor<3xf32>, tensor<3xf32>, tensor<f32>)
func.func @learn(%x: tensor<2x3x4x5xf32> {quant_act.name = "x"}, %t: tensor<3xf32>, %l: tensor<3xf32>, %o: tensor<f32>) -> (tensor<2x3x4x5xf32> {quant_act.name = "y"}) {
  // CHECK-NEXT: %[[B:.*]] = quant_act.learned_bits %[[O]]
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams
  // CHECK-NEXT: %[[DX:.*]], %[[DS:.*]], %[[D:.*]]:2 = quant_act.fake_quant_grad relu to #u_learned on #{{.*}} %[[G]], %[[X]] scale %[[S]] zero_point %[[Z]] bits %[[B]]
  // CHECK-NEXT: %[[DT:.*]], %[[E:.*]]:2 = quant_act.choose_qparams_grad to #u_learned as training restrict log %[[T]] low %[[L]] bits %[[B]] scale %[[DS]] zero_point %[[D]]#0
  // CHECK-NEXT: %[[DB:.*]] = arith.addf %[[D]]#1, %[[E]]#1 : tensor<f32>
  // CHECK-NEXT: %[[DO:.*]] = quant_act.learned_bits_grad %[[DB]], %[[O]]
  // CHECK-NEXT: return %[[DX]], %[[DT]], %[[E]]#0, %[[DO]]
  // OPTIONS: quant_act.fake_quant_grad relu to #u_learned on #{{.*}} ste_clamp scale_gradient lsq
  // OPTIONS: quant_act.choose_qparams_grad to #u_learned as training restrict log ste_clamp
  %b = quant_act.learned_bits %o : tensor<f32>
  %s, %z = quant_act.choose_qparams to <?, unsigned> as training restrict log %t low %l bits %b : tensor<3xf32>, tensor<3xf32> bits tensor<f32>
  %y = quant_act.fake_quant relu to <?, unsigned> on #nchw %x scale %s zero_point %z bits %b : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32> bits tensor<f32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

#nchw = #quant_act.grid<broadcast = [1, ?, 1, 1], permutation = [1, 0, 2, 3]>

// A layer is differentiated as the ops it stands for, and stays as it is. Its
// state is detached: zeros, of the extents that the argument has.
//
// CHECK-LABEL: func.func @collect(
// CHECK: quant_act.act
// CHECK-LABEL: func.func @collect_backward
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x4x5xbf16>, %[[R:.*]]: tensor<?xf32> {quant_act.name = "r"}, %[[N:.*]]: tensor<i64>, %[[G:.*]]: tensor<?x?x4x5xbf16>, %{{.*}}: tensor<?xf32> {quant_act.name = "g_r"})
func.func @collect(%x: tensor<?x?x4x5xbf16>, %r: tensor<?xf32> {quant_act.name = "r"}, %n: tensor<i64>) -> (tensor<?x?x4x5xbf16>, tensor<?xf32> {quant_act.name = "r"}, tensor<i64>) {
  // CHECK: %[[T:.*]] = quant_act.stats abs_max relu
  // CHECK-NEXT: %[[S:.*]] = quant_act.choose_qparams
  // CHECK-NEXT: %[[DX:.*]], %[[DS:.*]] = quant_act.fake_quant_grad
  // CHECK-NEXT: %[[DT:.*]] = quant_act.choose_qparams_grad to #u4 %[[T]] scale %[[DS]]
  // CHECK-NEXT: %[[DY:.*]] = quant_act.stats_grad abs_max relu on #{{.*}} %[[X]] threshold %[[DT]]
  // 16-bit gradients are added in f32.
  // CHECK-DAG: %[[A:.*]] = arith.extf %[[DX]]
  // CHECK-DAG: %[[B:.*]] = arith.extf %[[DY]]
  // CHECK: %[[C:.*]] = arith.addf %[[A]], %[[B]] : tensor<?x?x4x5xf32>
  // CHECK-NEXT: %[[SUM:.*]] = arith.truncf %[[C]]
  // CHECK: %[[EXTENT:.*]] = tensor.dim %[[R]]
  // CHECK: %[[ZEROS:.*]] = tensor.splat %{{.*}}[%[[EXTENT]]] : tensor<?xf32>
  // CHECK-NEXT: return %[[SUM]], %[[ZEROS]]
  %y, %s, %r1, %n1 = quant_act.act relu collect abs_max momentum 0.1 to <4, unsigned> on #nchw %x state %r, %n : tensor<?x?x4x5xbf16>, tensor<?xf32>, tensor<i64>
  return %y, %r1, %n1 : tensor<?x?x4x5xbf16>, tensor<?xf32>, tensor<i64>
}

// -----

// A residual connection; an argument that is a result, too; a private function
// and one without tensors of floats are left alone.
//
// CHECK-LABEL: func.func @residual_backward
// CHECK-SAME: (%[[A:.*]]: tensor<4xf16>, %[[B:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<4xf32>, %[[H:.*]]: tensor<4xf32>)
func.func @residual(%a: tensor<4xf16>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[A]]
  // CHECK-NEXT: %[[DB:.*]] = arith.addf %[[H]], %[[G]]
  // CHECK-NEXT: %[[D:.*]] = quant_act.activate_grad tanh %[[G]], %[[W]]
  // CHECK-NEXT: %[[DA:.*]] = arith.truncf %[[D]]
  // CHECK-NEXT: return %[[DA]], %[[DB]]
  %0 = arith.extf %a : tensor<4xf16> to tensor<4xf32>
  %1 = quant_act.activate tanh %0 : tensor<4xf32>
  %2 = arith.addf %1, %b : tensor<4xf32>
  return %2, %b : tensor<4xf32>, tensor<4xf32>
}
// CHECK-NOT: _backward
func.func private @hidden(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @count(%x: tensor<4xf32>, %n: tensor<i64>) -> tensor<i64> {
  return %n : tensor<i64>
}

// -----

// A branch adds its gradients to those so far, and one without any yields
// those; what neither branch changes is not yielded. Branches compute again what
// they need of the forward ones, and no more.
//
// CHECK-LABEL: func.func @branch_backward
// CHECK-SAME: (%[[C:.*]]: i1, %[[A:.*]]: tensor<?xf32>, %[[B:.*]]: tensor<?xf32>, %{{.*}}: tensor<?xf32>, %[[G:.*]]: tensor<?xf32>, %[[H:.*]]: tensor<?xf32>, %[[I:.*]]: tensor<?xf32>)
func.func @branch(%c: i1, %a: tensor<?xf32>, %b: tensor<?xf32>, %d: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  // CHECK-NEXT: %[[ALL:.*]]:2 = scf.if %[[C]] -> (tensor<?xf32>, tensor<?xf32>) {
  // CHECK-NEXT: %[[R:.*]] = quant_act.activate relu %[[A]]
  // CHECK-NEXT: %[[D1:.*]] = quant_act.activate_grad tanh %[[G]], %[[R]]
  // CHECK-NEXT: %[[D2:.*]] = quant_act.activate_grad relu %[[D1]], %[[A]]
  // CHECK-NEXT: %[[DA:.*]] = arith.addf %[[H]], %[[D2]]
  // CHECK: %[[EXTENT:.*]] = tensor.dim %[[B]]
  // CHECK-NEXT: %[[ZEROS:.*]] = tensor.splat %{{.*}}[%[[EXTENT]]]
  // CHECK-NEXT: scf.yield %[[DA]], %[[ZEROS]]
  // CHECK-NEXT: } else {
  // CHECK-NEXT: %[[DB:.*]] = quant_act.activate_grad relu %[[G]], %[[B]]
  // CHECK-NEXT: scf.yield %[[H]], %[[DB]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[ALL]]#0, %[[ALL]]#1, %[[I]]
  %0:2 = scf.if %c -> (tensor<?xf32>, tensor<?xf32>) {
    %1 = quant_act.activate relu %a : tensor<?xf32>
    %2 = quant_act.activate tanh %1 : tensor<?xf32>
    scf.yield %2, %d : tensor<?xf32>, tensor<?xf32>
  } else {
    %3 = quant_act.activate relu %b : tensor<?xf32>
    scf.yield %3, %d : tensor<?xf32>, tensor<?xf32>
  }
  return %0#0, %a, %0#1 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>

// Training: the statistic's gradients while collecting; those of the learned
// values afterwards, also on the call that sets them.
//
// CHECK-LABEL: func.func @train_backward
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[R:.*]]: tensor<3xf32>, %[[V:.*]]: tensor<3xf32>, %[[N:.*]]: tensor<i64>, %[[G:.*]]: tensor<2x3x4x5xf32>, %[[GR:.*]]: tensor<3xf32>, %[[GV:.*]]: tensor<3xf32>)
func.func @train(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %v: tensor<3xf32>, %n: tensor<i64>) -> (tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  // CHECK: %[[IS_COLLECTING:.*]] = arith.cmpi slt
  // CHECK: %[[S:.*]]:4 = scf.if %[[IS_COLLECTING]]
  // CHECK: %[[DX:.*]], %[[DS:.*]] = quant_act.fake_quant_grad relu to #u8 on #{{.*}} %[[G]], %[[X]] scale %[[S]]#0
  // CHECK-NEXT: %[[ALL:.*]]:3 = scf.if %[[IS_COLLECTING]]
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats abs_max
  // CHECK-NEXT: %[[DT:.*]] = quant_act.choose_qparams_grad to #u8 restrict log %[[T]] scale %[[DS]]
  // CHECK-NEXT: %[[DXT:.*]] = quant_act.stats_grad abs_max {{.*}} threshold %[[DT]]
  // CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[DX]], %[[DXT]]
  // CHECK-NEXT: %[[ZEROS:.*]] = arith.constant dense<0.0
  // CHECK-NEXT: scf.yield %[[SUM]], %[[ZEROS]], %[[GV]]
  // CHECK-NEXT: } else {
  // CHECK: %[[LEARNED:.*]]:2 = scf.if
  // CHECK-NEXT: init_parameter restrict log %[[R]] replacing %[[V]]
  // CHECK: %[[DV:.*]] = quant_act.choose_qparams_grad to #u8 as training restrict log %[[LEARNED]]#0 scale %[[DS]]
  // CHECK-NEXT: %[[SUM_V:.*]] = arith.addf %[[GV]], %[[DV]]
  // CHECK-NEXT: scf.yield %[[DX]], %[[GR]], %[[SUM_V]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[ALL]]#0, %[[ALL]]#1, %[[ALL]]#2
  %y, %s, %r1, %v1, %n1 = quant_act.act relu train abs_max steps 3 restrict log to <8, unsigned> on #nchw %x state %r, %v, %n
      : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
  return %y, %r1, %v1, %n1 : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}

// -----

// What stands between a statistic and a scale: products and logarithms.
//
// CHECK-LABEL: func.func @rescaled_backward
// CHECK-SAME: (%[[A:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<3xf32>, %[[G:.*]]: tensor<3xf32>)
func.func @rescaled(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-NEXT: %[[LOG:.*]] = math.log2 %[[A]]
  // CHECK-NEXT: %[[DLOG:.*]] = arith.mulf %[[G]], %[[B]]
  // CHECK-NEXT: %[[DB:.*]] = arith.mulf %[[G]], %[[LOG]]
  // CHECK-NEXT: %[[LN2:.*]] = arith.constant dense<0.693147182>
  // CHECK-NEXT: %[[D:.*]] = arith.mulf %[[A]], %[[LN2]]
  // CHECK-NEXT: %[[DA:.*]] = arith.divf %[[DLOG]], %[[D]]
  // CHECK-NEXT: return %[[DA]], %[[DB]]
  %0 = math.log2 %a : tensor<3xf32>
  %1 = arith.mulf %0, %b : tensor<3xf32>
  return %1 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @rescaled_narrow_backward
// CHECK-SAME: (%[[A:.*]]: tensor<?xbf16>, %[[G:.*]]: tensor<?xbf16>)
func.func @rescaled_narrow(%a: tensor<?xbf16>) -> tensor<?xbf16> {
  // CHECK-NEXT: %[[X:.*]] = arith.extf %[[A]]
  // CHECK: %[[LN2:.*]] = tensor.splat %{{.*}} : tensor<?xf32>
  // CHECK-NEXT: %[[D:.*]] = arith.mulf %[[X]], %[[LN2]] : tensor<?xf32>
  // CHECK-NEXT: %[[H:.*]] = arith.extf %[[G]]
  // CHECK-NEXT: %[[Q:.*]] = arith.divf %[[H]], %[[D]] : tensor<?xf32>
  // CHECK-NEXT: %[[DA:.*]] = arith.truncf %[[Q]]
  // CHECK-NEXT: return %[[DA]]
  %0 = math.log2 %a : tensor<?xbf16>
  return %0 : tensor<?xbf16>
}

// -----

#channel = #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>
#all = #quant_act.grid<broadcast = [1, 1], permutation = [0, 1]>

// Ranges, whose ends are arguments; those of the result are shared by two ops.
//
// CHECK-LABEL: func.func @range_backward
// CHECK-SAME: (%[[X:.*]]: tensor<?x3xf32>, %[[L:.*]]: tensor<3xf32>, %[[H:.*]]: tensor<3xf32>, %[[A:.*]]: tensor<f32>, %[[B:.*]]: tensor<f32>, %[[G:.*]]: tensor<?x3xf32>)
func.func @range(%x: tensor<?x3xf32>, %l: tensor<3xf32>, %h: tensor<3xf32>, %a: tensor<f32>, %b: tensor<f32>) -> tensor<?x3xf32> {
  // CHECK: %[[Y:.*]] = quant_act.fake_quant_range openvino
  // CHECK-NEXT: %[[DY:.*]], %[[DA:.*]], %[[DB:.*]] = quant_act.fake_quant_range_grad tensorflow levels 255 %[[G]], %[[Y]] low %[[A]] high %[[B]]
  // CHECK-NEXT: %[[DX:.*]], %[[DL:.*]], %[[DH:.*]], %[[O:.*]]:2 = quant_act.fake_quant_range_grad openvino levels 9 on #{{.*}} out_on #{{.*}} %[[DY]], %[[X]] low %[[L]] high %[[H]] out_low %[[A]] out_high %[[B]]
  // CHECK-NEXT: %[[SA:.*]] = arith.addf %[[DA]], %[[O]]#0
  // CHECK-NEXT: %[[SB:.*]] = arith.addf %[[DB]], %[[O]]#1
  // CHECK-NEXT: return %[[DX]], %[[DL]], %[[DH]], %[[SA]], %[[SB]]
  %y = quant_act.fake_quant_range openvino levels 9 on #channel out_on #all %x low %l high %h out_low %a out_high %b
      : tensor<?x3xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>
  %z = quant_act.fake_quant_range tensorflow levels 255 %y low %a high %b : tensor<?x3xf32>, tensor<f32>
  return %z : tensor<?x3xf32>
}

// -----

// Scales that are stored as exponents are constants, and codes have no gradients.
//
// CHECK-LABEL: func.func @exponents_backward
// CHECK-SAME: (%[[X:.*]]: tensor<3xf16>, %[[S:.*]]: tensor<f8E8M0FNU>, %[[Q:.*]]: tensor<3xf8E4M3FN>, %[[G:.*]]: tensor<3xf16>) -> tensor<3xf16>
func.func @exponents(%x: tensor<3xf16>, %s: tensor<f8E8M0FNU>, %q: tensor<3xf8E4M3FN>) -> (tensor<3xf16>, tensor<3xf8E4M3FN>) {
  // CHECK: %[[ONE:.*]] = arith.constant dense<1.0
  // CHECK: %[[WIDE:.*]] = quant_act.dequantize from #quant_act.float<e8m0fnu> %[[S]] scale %[[ONE]] : tensor<f8E8M0FNU>, tensor<f32> -> tensor<f32>
  // CHECK: %[[DX:.*]], %{{.*}} = quant_act.fake_quant_grad to #quant_act.float<e2m1fn> %[[G]], %[[X]] scale %[[WIDE]] : tensor<3xf16>, tensor<f32>
  // CHECK: return %[[DX]]
  %y = quant_act.fake_quant to #quant_act.float<e2m1fn> %x scale %s : tensor<3xf16>, tensor<f8E8M0FNU>
  return %y, %q : tensor<3xf16>, tensor<3xf8E4M3FN>
}

// CHECK-LABEL: func.func @minifloat_scales_backward
// CHECK: %[[WIDE:.*]] = quant_act.dequantize from #quant_act.float<e4m3fn> %{{.*}} scale %{{.*}} : tensor<3xf8E4M3FN>, tensor<f16> -> tensor<3xf16>
// CHECK: quant_act.fake_quant_grad to #quant_act.float<e2m1fn> on {{.*}} scale %[[WIDE]] : tensor<2x3xf16>, tensor<3xf16>
func.func @minifloat_scales(%x: tensor<2x3xf16>, %s: tensor<3xf8E4M3FN>) -> tensor<2x3xf16> {
  %y = quant_act.fake_quant to #quant_act.float<e2m1fn> on <broadcast = [1, 3], permutation = [1, 0]> %x scale %s : tensor<2x3xf16>, tensor<3xf8E4M3FN>
  return %y : tensor<2x3xf16>
}
