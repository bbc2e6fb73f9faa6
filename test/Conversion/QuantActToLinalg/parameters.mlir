// choose_qparams, observe, activate and whole layers.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefix=GONE
// GONE-NOT: {{#|= }}quant_act.

// collect: min(v) / T with T = 15.
//
// CHECK-LABEL: @collect
func.func @collect(%t: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: ^bb0(%[[V:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK: %[[T:.*]] = arith.constant 1.500000e+01 : f32
  // CHECK: arith.constant 1.000000e-10 : f32
  // CHECK: math.absf %[[V]]
  // CHECK: arith.cmpf olt
  // CHECK: arith.cmpf oge, %[[V]],
  // CHECK: %[[M:.*]] = arith.select
  // CHECK-NEXT: %[[S:.*]] = arith.divf %[[M]], %[[T]]
  // CHECK-NEXT: linalg.yield %[[S]]
  %s = quant_act.choose_qparams to <4, unsigned> %t : tensor<3xf32>
  return %s : tensor<3xf32>
}

// -----

// No minimum, no restriction: one division. A restriction does not restrict
// while collecting, but T is 16.
//
// CHECK-LABEL: @collect_plain
func.func @collect_plain(%t: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK: arith.constant 1.500000e+01
  // CHECK-NEXT: arith.divf
  // CHECK-NEXT: linalg.yield
  %0 = quant_act.choose_qparams to <4, unsigned> minimum 0.0 %t : tensor<3xf32>
  // CHECK: arith.constant 1.600000e+01
  // CHECK-NEXT: arith.divf
  // CHECK-NEXT: linalg.yield
  %1 = quant_act.choose_qparams to <4, unsigned> restrict power_of_two minimum 0.0 %t : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// -----

// statistics: log2 and exp2 in f64, the exponent rounded, before the division.
//
// CHECK-LABEL: @statistics
func.func @statistics(%t: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: %[[T:.*]] = arith.constant 1.600000e+01 : f32
  // CHECK: math.log2 %{{.*}} : f64
  // CHECK: math.ceil
  // CHECK: math.exp2 %{{.*}} : f64
  // CHECK: math.absf
  // CHECK: %[[S:.*]] = arith.divf %{{.*}}, %[[T]]
  // CHECK-NEXT: linalg.yield %[[S]]
  %s = quant_act.choose_qparams to <4, unsigned> as statistics restrict power_of_two<ceil> minimum 0.0 %t : tensor<3xf32>
  return %s : tensor<3xf32>
}

// -----

// running: the minimum after the division. log: T takes the way through the
// logarithm too.
//
// CHECK-LABEL: @running
func.func @running(%t: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK: arith.divf
  // CHECK: arith.cmpf olt
  // CHECK: linalg.yield
  %0 = quant_act.choose_qparams to <4, unsigned> as running %t : tensor<3xf32>
  // CHECK-COUNT-2: math.log2
  // CHECK: arith.divf
  // CHECK: linalg.yield
  %1 = quant_act.choose_qparams to <4, unsigned> as running restrict log minimum 0.0 %t : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// -----

// learned: the parameter is a logarithm already.
//
// CHECK-LABEL: @learned
func.func @learned(%t: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK-NOT: math.log2
  // CHECK: math.roundeven
  // CHECK: math.exp2
  // CHECK: linalg.yield
  %0 = quant_act.choose_qparams to <4, unsigned> as learned restrict power_of_two %t : tensor<3xf32>
  // CHECK-NOT: math.exp2
  // CHECK: linalg.yield
  %1 = quant_act.choose_qparams to <4, unsigned> as learned %t : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// -----

// abs(low) / s + lowest, rounded and within the codes; or fractional.
//
// CHECK-LABEL: @zero_points
func.func @zero_points(%t: tensor<?xf32>, %l: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  // CHECK: %[[SCALES:.*]] = linalg.generic
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[SCALES]] : tensor<?xf32>, tensor<?xf32>)
  // CHECK: ^bb0(%[[L:[a-z0-9_]+]]: f32, %[[S:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK: %[[A:.*]] = math.absf %[[L]]
  // CHECK: %[[Q:.*]] = arith.divf %[[A]], %[[S]]
  // CHECK: %[[U:.*]] = arith.addf %[[Q]],
  // CHECK: math.floor %[[U]]
  // CHECK: arith.cmpf ogt
  // CHECK: arith.cmpf olt
  // CHECK: linalg.yield
  %s0, %z0 = quant_act.choose_qparams to <8, signed> minimum 0.0 round floor %t low %l : tensor<?xf32>, tensor<?xf32>
  // CHECK: math.absf
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK-NEXT: linalg.yield %[[U]]
  %s1, %z1 = quant_act.choose_qparams to <8, signed> minimum 0.0 fractional %t low %l : tensor<?xf32>, tensor<?xf32>
  return %z0, %z1 : tensor<?xf32>, tensor<?xf32>
}

// -----

// running * (1 - p) + p * v, or running * v for the first; the count after.
//
// CHECK-LABEL: @momentum
// CHECK-SAME: (%{{.*}}: tensor<3xf32>, %{{.*}}: tensor<3xf32>, %[[COUNT:.*]]: tensor<i64>)
func.func @momentum(%b: tensor<3xf32>, %r: tensor<3xf32>, %n: tensor<i64>) -> (tensor<3xf32>, tensor<i64>) {
  // CHECK: %[[N:.*]] = tensor.extract %[[COUNT]][] : tensor<i64>
  // CHECK: %[[NEXT:.*]] = arith.addi %[[N]], %{{.*}} : i64
  // CHECK: ^bb0(%[[V:[a-z0-9_]+]]: f32, %[[R:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[N]],
  // CHECK: %[[KEPT:.*]] = arith.constant 7.500000e-01 : f32
  // CHECK: %[[OLD:.*]] = arith.mulf %[[R]], %[[KEPT]]
  // CHECK: %[[P:.*]] = arith.constant 2.500000e-01 : f32
  // CHECK: %[[NEW:.*]] = arith.mulf %[[P]], %[[V]]
  // CHECK-DAG: %[[SUM:.*]] = arith.addf %[[OLD]], %[[NEW]]
  // CHECK-DAG: %[[PRODUCT:.*]] = arith.mulf %[[R]], %[[V]]
  // CHECK: arith.select %[[FIRST]], %[[PRODUCT]], %[[SUM]]
  // CHECK: tensor.from_elements %[[NEXT]] : tensor<i64>
  %r1, %n1 = quant_act.observe momentum 0.25 %b, %r, %n : tensor<3xf32>, tensor<i64>
  return %r1, %n1 : tensor<3xf32>, tensor<i64>
}

// -----

// running * (c / (c + 1)) + v / (c + 1), the quotient of counts in f64.
//
// CHECK-LABEL: @average
func.func @average(%b: tensor<3xbf16>, %r: tensor<3xbf16>, %n: tensor<i64>) -> tensor<3xbf16> {
  // CHECK-DAG: arith.sitofp %{{.*}} : i64 to f64
  // CHECK-DAG: arith.sitofp %{{.*}} : i64 to f64
  // CHECK: %[[KEPT:.*]] = arith.divf %{{.*}} : f64
  // CHECK: arith.truncf %[[KEPT]] : f64 to f32
  // CHECK: arith.divf %{{.*}} : f32
  %r1, %n1 = quant_act.observe minimum 1.0e-10 %b, %r, %n : tensor<3xbf16>, tensor<i64>
  return %r1 : tensor<3xbf16>
}

// -----

// CHECK-LABEL: @activate
// CHECK-SAME: (%[[X:.*]]: tensor<?x3xf16>)
func.func @activate(%x: tensor<?x3xf16>) -> tensor<?x3xf16> {
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<?x3xf16>)
  // CHECK: %[[W:.*]] = arith.extf
  // CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[W]], %[[ZERO:.*]] : f32
  // CHECK: arith.select %[[BELOW]], %[[ZERO]], %[[W]]
  %y = quant_act.activate relu %x : tensor<?x3xf16>
  return %y : tensor<?x3xf16>
}

// -----

// Layers are decomposed on the way.
//
// CHECK-LABEL: @layer
func.func @layer(%x: tensor<2x3x4x5xf32>, %r: tensor<3xf32>, %n: tensor<i64>) -> (tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>) {
  // CHECK: arith.maxsi
  // CHECK: math.roundeven
  // CHECK: tensor.from_elements
  %y, %s, %r1, %n1 = quant_act.act collect abs_max momentum 0.1 to <8, signed> on <broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]> %x state %r, %n
      : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<i64>
  return %y, %s, %r1, %n1 : tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i64>
}

// -----

// Ops inside regions, and of other dialects.
//
// CHECK-LABEL: @nested
func.func @nested(%c: i1, %x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // CHECK: scf.if
  // CHECK: linalg.generic
  %y = scf.if %c -> tensor<4xf32> {
    %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<4xf32>, tensor<f32>
    scf.yield %0 : tensor<4xf32>
  } else {
    // CHECK: math.tanh
    %1 = math.tanh %x : tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}
