// A layer in each phase of its life, as the ops it stands for (phases, scaling
// rules and what is kept above the minimum: Brevitas's PARAMETER_FROM_STATS and
// STATS).
//
// RUN: quant-opt %s --quant-act-decompose-act --split-input-file | FileCheck %s

#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>

// Collecting: this batch's statistics, never restricted; the running ones above
// the minimum.
//
// CHECK: #[[$GRID:.*]] = #quant_act.grid
// CHECK-LABEL: @collect
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>, %[[R:.*]]: tensor<3xf32>, %[[N:.*]]: tensor<i64>)
func.func @collect(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) -> (tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats percentile<99.999> relu on #[[$GRID]] %[[X]] : tensor<2x3x4x5xf32> -> tensor<3xf32>
  // CHECK-NEXT: %[[S:.*]] = quant_act.choose_qparams to #u4 %[[T]] : tensor<3xf32>
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant relu to #u4 on #[[$GRID]] %[[X]] scale %[[S]] : tensor<2x3x4x5xf32>, tensor<3xf32>
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe momentum 1.000000e-01 minimum 1.000000e-10 %[[T]], %[[R]], %[[N]] : tensor<3xf32>, tensor<i64>
  // CHECK-NEXT: return %[[Y]], %[[S]], %[[NEXT_R]], %[[NEXT_N]]
  %y, %s, %r1, %n1 = quant_act.act relu collect percentile<99.999> momentum 0.1 to #quant_act.int<4, unsigned> on #nchw %x state %r, %n
      : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  return %y, %s, %r1, %n1 : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}

// -----

// An interval has a low end, which has no minimum and starts at 0, and a zero
// point. One count.
//
// CHECK-LABEL: @collect_interval
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[L:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @collect_interval(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %n: tensor<i64>) -> (tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]], %[[LOW:.*]] = quant_act.stats min_max %[[X]] : tensor<2x3xf32> -> tensor<f32>, tensor<f32>
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 minimum 1.000000e-03 round ceil fractional %[[T]] low %[[LOW]] : tensor<f32>, tensor<f32>
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant to #u8 round ceil numerics <onnx> %[[X]] scale %[[S]] zero_point %[[Z]] : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe minimum 1.000000e-03 %[[T]], %[[R]], %[[N]] : tensor<f32>, tensor<i64>
  // CHECK-NEXT: %[[NEXT_L:.*]], %{{.*}} = quant_act.observe additive %[[LOW]], %[[L]], %[[N]] : tensor<f32>, tensor<i64>
  // CHECK-NEXT: return %[[Y]], %[[S]], %[[Z]], %[[NEXT_R]], %[[NEXT_L]], %[[NEXT_N]]
  %y, %s, %z, %r1, %l1, %n1 = quant_act.act collect min_max minimum 1.0e-3 to #quant_act.int<8, unsigned> round ceil fractional numerics <onnx> %x state %r, %l, %n
      : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return %y, %s, %z, %r1, %l1, %n1 : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
}

// -----

// Statistics that stay statistics are restricted while collected, and the
// running ones are raw.
//
// CHECK-LABEL: @collect_statistics
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @collect_statistics(%x: tensor<2x3xf32>, %r: tensor<f32>, %n: tensor<i64>) -> (tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>) {
  // CHECK: quant_act.choose_qparams to #s8 as statistics restrict power_of_two<ceil> %
  // CHECK: quant_act.observe momentum 1.000000e-01 %{{.*}}, %[[R]], %[[N]] : tensor<f32>, tensor<i64>
  %y, %s, %r1, %n1 = quant_act.act collect abs_max scaling stats momentum 0.1 restrict power_of_two<ceil> to #quant_act.int<8, signed> %x state %r, %n
      : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return %y, %s, %r1, %n1 : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
}

// -----

// Calibrating: the activation, not quantized.
//
// CHECK-LABEL: @calibrate
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf16>, %[[R:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @calibrate(%x: tensor<2x3xf16>, %r: tensor<f32>, %n: tensor<i64>) -> (tensor<2x3xf16>, tensor<f32>, tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats abs_max relu %[[X]] : tensor<2x3xf16> -> tensor<f32>
  // CHECK-NEXT: %[[Y:.*]] = quant_act.activate relu %[[X]] : tensor<2x3xf16>
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe minimum 1.000000e-10 %[[T]], %[[R]], %[[N]] : tensor<f32>, tensor<i64>
  // CHECK-NEXT: return %[[Y]], %[[NEXT_R]], %[[NEXT_N]]
  %y, %r1, %n1 = quant_act.act relu calibrate abs_max to #quant_act.int<8, signed> %x state %r, %n
      : tensor<2x3xf16>, tensor<f32>, tensor<i64>
  return %y, %r1, %n1 : tensor<2x3xf16>, tensor<f32>, tensor<i64>
}

// -----

// Evaluating: x is read once, for its quantization.
//
// CHECK: #[[$GRID:.*]] = #quant_act.grid
// CHECK-LABEL: @evaluate
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<3xf32>, %[[L:.*]]: tensor<3xf32>)
func.func @evaluate(%x: tensor<2x3xf32>, %r: tensor<3xf32>, %l: tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 as running restrict log %[[R]] low %[[L]] : tensor<3xf32>, tensor<3xf32>
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant to #u8 on #[[$GRID]] %[[X]] scale %[[S]] zero_point %[[Z]] : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  // CHECK-NEXT: return %[[Y]], %[[S]], %[[Z]]
  %y, %s, %z = quant_act.act evaluate percentile_interval<0.1, 99.9> restrict log to #quant_act.int<8, unsigned> on <broadcast = [1, 3], permutation = [1, 0]> %x state %r, %l
      : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  return %y, %s, %z : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @evaluate_rules
func.func @evaluate_rules(%x: tensor<2x3xf32>, %r: tensor<f32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as learned restrict power_of_two %
  // CHECK-NEXT: quant_act.fake_quant
  %0, %s0 = quant_act.act evaluate_learned abs_max restrict power_of_two to #quant_act.int<8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as statistics %
  // CHECK-NEXT: quant_act.fake_quant
  %1, %s1 = quant_act.act evaluate abs_max scaling stats to #quant_act.int<8, signed> %x state %r : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: return
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Thresholds that are given.
//
// CHECK-LABEL: @given_rules
func.func @given_rules(%x: tensor<2x3xf32>, %v: tensor<f32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as training restrict log %
  // CHECK-NEXT: quant_act.fake_quant
  %0, %s0 = quant_act.act learn abs_max restrict log to <8, signed> %x state %v : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as parameter %
  // CHECK-NEXT: quant_act.fake_quant
  %1, %s1 = quant_act.act learn scaling parameter to <8, signed> %x state %v : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as training %
  // CHECK-NEXT: quant_act.fake_quant
  %2, %s2 = quant_act.act evaluate_learned scaling parameter signed_scale to <8, signed> %x state %v : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 as parameter %
  // CHECK-NEXT: quant_act.fake_quant
  %3, %s3 = quant_act.act evaluate scaling const to <8, signed> %x state %v : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: return
  return %0, %1, %2, %3 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// A given threshold beside a low end that is gathered: its statistic is the only
// one. A running low end stands as the parameter that it would start.
//
// CHECK-LABEL: @given_threshold
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[L:.*]]: tensor<f32>, %[[V:.*]]: tensor<f32>, %[[VL:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @given_threshold(%x: tensor<2x3xf32>, %l: tensor<f32>, %v: tensor<f32>, %vl: tensor<f32>, %n: tensor<i64>) -> (tensor<f32>, tensor<i64>, tensor<2x3xf32>) {
  // CHECK-NEXT: %{{.*}}, %[[LOW:.*]] = quant_act.stats min_max %[[X]]
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 as parameter %[[V]] low %[[LOW]]
  // CHECK-NEXT: quant_act.fake_quant to #u8 %[[X]] scale %[[S]] zero_point %[[Z]]
  // CHECK-NEXT: %[[NEXT_L:.*]], %[[NEXT_N:.*]] = quant_act.observe additive momentum 1.000000e-01 %[[LOW]], %[[L]], %[[N]]
  %0:5 = quant_act.act collect min_max scaling parameter momentum 0.1 to <8, unsigned> %x state %l, %v, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  // CHECK-NEXT: %[[INIT:.*]] = quant_act.init_parameter %[[L]]
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as training %[[V]] low %[[INIT]]
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant
  %1:3 = quant_act.act evaluate min_max scaling const signed_scale to <8, unsigned> %x state %l, %v : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  // Only the low end starts to be learned.
  // CHECK: scf.if
  // CHECK: quant_act.choose_qparams to #u8 as parameter %[[V]] low
  // CHECK: %[[LEARNED:.*]]:2 = scf.if
  // CHECK-NEXT: quant_act.init_parameter %[[L]] replacing %[[VL]]
  // CHECK-NOT: quant_act.init_parameter
  // CHECK: quant_act.choose_qparams to #u8 as parameter %[[V]] low %[[LEARNED]]#0
  // CHECK-NEXT: scf.yield %{{.*}}, %{{.*}}, %[[L]], %[[LEARNED]]#0, %[[LEARNED]]#1
  // CHECK: return %[[NEXT_L]], %[[NEXT_N]], %[[Y]]
  %2:6 = quant_act.act train min_max scaling parameter steps 3 to <8, unsigned> %x state %l, %v, %vl, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
  return %0#3, %0#4, %1#0 : tensor<f32>, tensor<i64>, tensor<2x3xf32>
}

// -----

// A given low end.
//
// CHECK-LABEL: @given_low
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[VL:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @given_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %vl: tensor<f32>, %n: tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats min_max %[[X]] : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #u8 %[[T]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  // CHECK-NEXT: quant_act.observe minimum 1.000000e-10 %[[T]], %[[R]], %[[N]]
  %0:5 = quant_act.act collect min_max given_low to <8, unsigned> %x state %r, %vl, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  // The threshold stands as the parameter that it would start.
  // CHECK-NEXT: %[[INIT:.*]] = quant_act.init_parameter restrict log %[[R]]
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as learned restrict log %[[INIT]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  %1:3 = quant_act.act evaluate abs_max given_low restrict log to <8, unsigned> %x state %r, %vl : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as statistics %[[R]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  %2:3 = quant_act.act evaluate abs_max scaling stats given_low to <8, unsigned> %x state %r, %vl : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as parameter %[[R]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  %3:3 = quant_act.act learn scaling parameter given_low to <8, unsigned> %x state %r, %vl : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

// A low end with a statistic and a momentum of its own.
//
// CHECK-LABEL: @low_from
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[L:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @low_from(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %n: tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats abs_max %[[X]] : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: %{{.*}}, %[[LOW:.*]] = quant_act.stats percentile_interval<1.0, 100.0> %[[X]]
  // CHECK-NEXT: quant_act.choose_qparams to #u8 %[[T]] low %[[LOW]]
  // CHECK-NEXT: quant_act.fake_quant
  // CHECK-NEXT: quant_act.observe momentum 1.000000e-01 minimum 1.000000e-10 %[[T]], %[[R]], %[[N]]
  // CHECK-NEXT: quant_act.observe additive momentum 2.500000e-01 %[[LOW]], %[[L]], %[[N]]
  %0:6 = quant_act.act collect abs_max low_from percentile_interval<1.0, 100.0> momentum 0.1 low_momentum 0.25 to <8, unsigned> %x state %r, %l, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  // CHECK: quant_act.observe momentum 1.000000e-01 minimum
  // CHECK-NEXT: quant_act.observe additive %
  %1:4 = quant_act.act calibrate abs_max low_from min_max momentum 0.1 low_average to <8, unsigned> %x state %r, %l, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  return
}

// -----

// A low end that is learned while the threshold runs on, and is counted.
//
// CHECK-LABEL: @train_low
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[L:.*]]: tensor<f32>, %[[VL:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @train_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %vl: tensor<f32>, %n: tensor<i64>) -> (tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>) {
  // CHECK: %[[ALL:.*]]:6 = scf.if
  // CHECK-NEXT: %[[T:.*]], %[[LOW:.*]] = quant_act.stats min_max %[[X]]
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 as statistics %[[T]] low %[[LOW]]
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe %[[T]], %[[R]], %[[N]]
  // CHECK-NEXT: %[[NEXT_L:.*]], %{{.*}} = quant_act.observe additive %[[LOW]], %[[L]], %[[N]]
  // CHECK-NEXT: scf.yield %[[S]], %[[Z]], %[[NEXT_R]], %[[NEXT_L]], %[[VL]], %[[NEXT_N]]
  // CHECK-NEXT: else
  // CHECK: %[[LEARNED:.*]]:2 = scf.if
  // CHECK-NEXT: %[[INIT_L:.*]] = quant_act.init_parameter %[[L]] replacing %[[VL]]
  // CHECK: scf.yield %[[INIT_L]]
  // CHECK: scf.yield %[[VL]], %[[N]]
  // CHECK: %[[T:.*]] = quant_act.stats min_max %[[X]] : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe %[[T]], %[[R]], %[[N]]
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 as statistics %[[T]] low %[[LEARNED]]#0
  // CHECK-NEXT: scf.yield %[[S]], %[[Z]], %[[NEXT_R]], %[[L]], %[[LEARNED]]#0, %[[NEXT_N]]
  %0:7 = quant_act.act train min_max scaling stats steps 3 to <8, unsigned> %x state %r, %l, %vl, %n
      : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
  return %0#0, %0#1, %0#2, %0#3, %0#4, %0#5, %0#6 : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
}

// CHECK-LABEL: @learn_low
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[VL:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @learn_low(%x: tensor<2x3xf32>, %r: tensor<f32>, %vl: tensor<f32>, %n: tensor<i64>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats min_max %[[X]] : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as statistics %[[T]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  // CHECK-NEXT: quant_act.observe momentum 1.000000e-01 %[[T]], %[[R]], %[[N]]
  %0:5 = quant_act.act learn min_max scaling stats momentum 0.1 to <8, unsigned> %x state %r, %vl, %n : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<i64>
  // CHECK-NEXT: quant_act.choose_qparams to #u8 as statistics %[[R]] low %[[VL]]
  // CHECK-NEXT: quant_act.fake_quant
  %1:3 = quant_act.act evaluate_learned min_max scaling stats to <8, unsigned> %x state %r, %vl : tensor<2x3xf32>, tensor<f32>, tensor<f32>
  return
}

// -----

// An interval's width alone; bits for both; the seed for x only.
//
// CHECK-LABEL: @operands
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[L:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>, %[[B:.*]]: tensor<f32>, %[[SEED:.*]]: tensor<i64>)
func.func @operands(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %n: tensor<i64>, %b: tensor<f32>, %seed: tensor<i64>) -> (tensor<f32>, tensor<2x3xf32>) {
  // CHECK-NEXT: %[[T:.*]] = quant_act.stats min_max %[[X]] : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: quant_act.choose_qparams to #s8 %[[T]] : tensor<f32>
  // CHECK-NEXT: quant_act.fake_quant
  // CHECK-NEXT: %[[NEXT_R:.*]], %{{.*}} = quant_act.observe minimum 1.000000e-10 %[[T]], %[[R]], %[[N]]
  %0:4 = quant_act.act collect min_max symmetric to <8, signed> %x state %r, %n : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u_learned as running %[[R]] low %[[L]] bits %[[B]]
  // CHECK-NEXT: %[[Y:.*]] = quant_act.fake_quant to #u_learned round stochastic %[[X]] scale %[[S]] zero_point %[[Z]] bits %[[B]] seed %[[SEED]]
  %1:3 = quant_act.act evaluate min_max to <?, unsigned> round stochastic %x state %r, %l bits %b seed %seed : tensor<2x3xf32>, tensor<f32>, tensor<f32> bits tensor<f32>
  // CHECK-NEXT: return %[[NEXT_R]], %[[Y]]
  return %0#2, %1#0 : tensor<f32>, tensor<2x3xf32>
}

// -----

// Training: statistics while the count is below the steps; then, once, what is
// learned from them; then that. x is quantized once, after all.
//
// CHECK-LABEL: @train
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[L:.*]]: tensor<f32>, %[[V:.*]]: tensor<f32>, %[[VL:.*]]: tensor<f32>, %[[N:.*]]: tensor<i64>)
func.func @train(%x: tensor<2x3xf32>, %r: tensor<f32>, %l: tensor<f32>, %v: tensor<f32>, %vl: tensor<f32>, %n: tensor<i64>) -> (tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>) {
  // CHECK-NEXT: %[[COUNT:.*]] = tensor.extract %[[N]][] : tensor<i64>
  // CHECK-NEXT: %[[STEPS:.*]] = arith.constant 3 : i64
  // CHECK-NEXT: %[[IS_COLLECTING:.*]] = arith.cmpi slt, %[[COUNT]], %[[STEPS]] : i64
  // CHECK-NEXT: %[[ALL:.*]]:7 = scf.if %[[IS_COLLECTING]]
  // CHECK-NEXT: %[[T:.*]], %[[LOW:.*]] = quant_act.stats min_max relu %[[X]]
  // CHECK-NEXT: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 restrict log %[[T]] low %[[LOW]]
  // CHECK-NEXT: %[[NEXT_R:.*]], %[[NEXT_N:.*]] = quant_act.observe momentum 1.000000e-01 minimum 1.000000e-10 %[[T]], %[[R]], %[[N]]
  // CHECK-NEXT: %[[NEXT_L:.*]], %{{.*}} = quant_act.observe additive momentum 1.000000e-01 %[[LOW]], %[[L]], %[[N]]
  // CHECK-NEXT: scf.yield %[[S]], %[[Z]], %[[NEXT_R]], %[[NEXT_L]], %[[V]], %[[VL]], %[[NEXT_N]]
  // CHECK-NEXT: else
  // CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %{{.*}}, %{{.*}} : i64
  // CHECK-NEXT: %[[LEARNED:.*]]:3 = scf.if %[[IS_FIRST]]
  // CHECK-NEXT: %[[INIT:.*]] = quant_act.init_parameter restrict log %[[R]] replacing %[[V]]
  // CHECK-NEXT: %[[INIT_L:.*]] = quant_act.init_parameter %[[L]] replacing %[[VL]]
  // CHECK-NEXT: %[[AFTER:.*]] = arith.constant dense<4> : tensor<i64>
  // CHECK-NEXT: scf.yield %[[INIT]], %[[INIT_L]], %[[AFTER]]
  // CHECK-NEXT: else
  // CHECK-NEXT: scf.yield %[[V]], %[[VL]], %[[N]]
  // CHECK: %[[S:.*]], %[[Z:.*]] = quant_act.choose_qparams to #u8 as training restrict log %[[LEARNED]]#0 low %[[LEARNED]]#1
  // CHECK-NEXT: scf.yield %[[S]], %[[Z]], %[[R]], %[[L]], %[[LEARNED]]#0, %[[LEARNED]]#1, %[[LEARNED]]#2
  // CHECK: %[[Y:.*]] = quant_act.fake_quant relu to #u8 %[[X]] scale %[[ALL]]#0 zero_point %[[ALL]]#1
  // CHECK-NEXT: return %[[Y]], %[[ALL]]#0, %[[ALL]]#1, %[[ALL]]#2, %[[ALL]]#3, %[[ALL]]#4, %[[ALL]]#5, %[[ALL]]#6
  %0:8 = quant_act.act relu train min_max steps 3 momentum 0.1 restrict log to <8, unsigned> %x state %r, %l, %v, %vl, %n
      : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
  return %0#0, %0#1, %0#2, %0#3, %0#4, %0#5, %0#6, %0#7 : tensor<2x3xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<i64>
}

// -----

// CHECK-LABEL: @delay
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[R:.*]]: tensor<f32>, %[[K:.*]]: tensor<i64>)
func.func @delay(%x: tensor<2x3xf32>, %r: tensor<f32>, %k: tensor<i64>) -> (tensor<2x3xf32>, tensor<f32>, tensor<i64>) {
  // CHECK-NEXT: %[[S:.*]] = quant_act.choose_qparams
  // CHECK-NEXT: %[[CALLS:.*]] = tensor.extract %[[K]][] : tensor<i64>
  // CHECK-NEXT: %[[DELAY:.*]] = arith.constant 2 : i64
  // CHECK-NEXT: %[[IS_DELAYED:.*]] = arith.cmpi slt, %[[CALLS]], %[[DELAY]] : i64
  // CHECK-NEXT: %[[Y:.*]] = scf.if %[[IS_DELAYED]]
  // CHECK-NEXT: %[[A:.*]] = quant_act.activate relu %[[X]]
  // CHECK-NEXT: scf.yield %[[A]]
  // CHECK-NEXT: else
  // CHECK-NEXT: %[[Q:.*]] = quant_act.fake_quant relu to #u8 %[[X]] scale %[[S]]
  // CHECK-NEXT: scf.yield %[[Q]]
  // CHECK: %[[ONE:.*]] = arith.constant dense<1> : tensor<i64>
  // CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[K]], %[[ONE]] : tensor<i64>
  // CHECK-NEXT: return %[[Y]], %[[S]], %[[NEXT]]
  %y, %s, %k1 = quant_act.act relu evaluate abs_max delay 2 to <8, unsigned> %x state %r, %k : tensor<2x3xf32>, tensor<f32>, tensor<i64>
  return %y, %s, %k1 : tensor<2x3xf32>, tensor<f32>, tensor<i64>
}

// -----

// Other ops stay.
//
// CHECK-LABEL: @others
func.func @others(%x: tensor<2x3xf32>, %s: tensor<f32>) -> (tensor<2x3xf32>, tensor<f32>) {
  // CHECK-NEXT: quant_act.fake_quant
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<2x3xf32>, tensor<f32>
  // CHECK-NEXT: quant_act.stats percentile<50.0>
  %1 = quant_act.stats percentile<50.0> %x : tensor<2x3xf32> -> tensor<f32>
  // CHECK-NEXT: return
  return %0, %1 : tensor<2x3xf32>, tensor<f32>
}
