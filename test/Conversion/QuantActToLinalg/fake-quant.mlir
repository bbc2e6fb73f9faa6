// The body of a fake quantization, contract by contract.
//
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-quant-act-to-linalg --split-input-file | FileCheck %s --check-prefix=GONE
// GONE-NOT: {{#|= }}quant_act.

// a = x where x > 0 or NaN, else 0; u = a / s + 0; codes 0 .. 15, the upper
// bound first; (q - 0) * s.
//
// CHECK-LABEL: @relu
func.func @relu(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // CHECK: ^bb0(%[[X:[a-z0-9_]+]]: f32, %[[S:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK-DAG: %[[BELOW0:.*]] = arith.cmpf olt, %[[X]], %[[ZERO:.*]] : f32
  // CHECK-DAG: %[[A:.*]] = arith.select %[[BELOW0]], %[[ZERO]], %[[X]] : f32
  // CHECK-DAG: %[[HIGH:.*]] = arith.constant 1.500000e+01 : f32
  // CHECK-DAG: %[[Q:.*]] = arith.divf %[[A]], %[[S]] {quant_act.rounded} : f32
  // CHECK: %[[U:.*]] = arith.addf %[[Q]], %[[Z:.*]] : f32
  // CHECK: %[[R:.*]] = math.roundeven %[[U]] : f32
  // CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %[[R]], %[[HIGH]] : f32
  // CHECK: %[[BOUNDED:.*]] = arith.select %[[ABOVE]], %[[HIGH]], %[[R]] : f32
  // CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[BOUNDED]], %[[LOW:.*]] : f32
  // CHECK: %[[CODE:.*]] = arith.select %[[BELOW]], %[[LOW]], %[[BOUNDED]] : f32
  // CHECK: %[[D:.*]] = arith.subf %[[CODE]], %[[Z]] : f32
  // CHECK: %[[Y:.*]] = arith.mulf %[[D]], %[[S]] : f32
  // CHECK: linalg.yield %[[Y]] : f32
  %y = quant_act.fake_quant relu to <4, unsigned> %x scale %s : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// Bounds of formats. 2^32 - 1 is no f32; it becomes 2^32.
//
// CHECK-LABEL: @bounds
func.func @bounds(%x: tensor<4xf32>, %s: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf64>) {
  // CHECK-DAG: arith.constant -1.280000e+02 : f32
  // CHECK-DAG: arith.constant 1.270000e+02 : f32
  // CHECK: linalg.yield
  %0 = quant_act.fake_quant to <8, signed> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-DAG: arith.constant -1.270000e+02 : f32
  // CHECK-DAG: arith.constant 1.270000e+02 : f32
  // CHECK: linalg.yield
  %1 = quant_act.fake_quant to <8, signed, narrow> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-DAG: arith.constant 2.540000e+02 : f32
  // CHECK: linalg.yield
  %2 = quant_act.fake_quant to <8, unsigned, narrow> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-DAG: arith.constant 4.2949673E+9 : f32
  // CHECK: linalg.yield
  %3 = quant_act.fake_quant to <32, unsigned> %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-DAG: arith.constant 0x41EFFFFFFFE00000 : f64
  // CHECK: linalg.yield
  %w = arith.constant dense<1.0> : tensor<4xf64>
  %4 = quant_act.fake_quant to <32, unsigned> %w scale %s : tensor<4xf64>, tensor<f32>
  return %0, %1, %2, %3, %4 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf64>
}

// -----

// zero_point = inside.
//
// CHECK-LABEL: @inside
func.func @inside(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<f32>) -> tensor<4xf32> {
  // CHECK: ^bb0(%[[X:[a-z0-9_]+]]: f32, %[[S:[a-z0-9_]+]]: f32, %[[Z:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK: %[[Q:.*]] = arith.divf %[[X]], %[[S]]
  // CHECK: %[[U:.*]] = arith.addf %[[Q]], %[[Z]]
  // CHECK-NEXT: %[[R:.*]] = math.roundeven %[[U]]
  // CHECK-NEXT: arith.cmpf ogt, %[[R]],
  // CHECK: %[[D:.*]] = arith.subf %{{.*}}, %[[Z]]
  // CHECK-NEXT: arith.mulf %[[D]], %[[S]]
  %y = quant_act.fake_quant to <8, signed> %x scale %s zero_point %z : tensor<4xf32>, tensor<f32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// zero_point = outside, nan = lowest.
//
// CHECK-LABEL: @onnx
func.func @onnx(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<f32>) -> tensor<4xf32> {
  // CHECK: ^bb0(%[[X:[a-z0-9_]+]]: f32, %[[S:[a-z0-9_]+]]: f32, %[[Z:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK-DAG: %[[LOW:.*]] = arith.constant -1.280000e+02
  // CHECK-DAG: %[[U:.*]] = arith.divf %[[X]], %[[S]]
  // CHECK: %[[R:.*]] = math.roundeven %[[U]]
  // CHECK-NEXT: %[[C:.*]] = arith.addf %[[R]], %[[Z]]
  // CHECK-NEXT: arith.cmpf ogt, %[[C]],
  // CHECK-NEXT: arith.select
  // CHECK-NEXT: arith.cmpf olt
  // CHECK-NEXT: %[[CODE:.*]] = arith.select
  // CHECK-NEXT: %[[NAN:.*]] = arith.cmpf uno, %[[U]], %[[U]]
  // CHECK-NEXT: %[[ANY:.*]] = arith.select %[[NAN]], %[[LOW]], %[[CODE]]
  // CHECK-NEXT: arith.subf %[[ANY]], %[[Z]]
  %y = quant_act.fake_quant to <8, signed> numerics <onnx> %x scale %s zero_point %z : tensor<4xf32>, tensor<f32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// clamp = before_rounding.
//
// CHECK-LABEL: @qonnx
func.func @qonnx(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // CHECK: arith.divf
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK-NEXT: arith.cmpf ogt, %[[U]],
  // CHECK-NEXT: arith.select
  // CHECK-NEXT: arith.cmpf olt
  // CHECK-NEXT: %[[C:.*]] = arith.select
  // CHECK-NEXT: %[[R:.*]] = math.roundeven %[[C]]
  // CHECK-NEXT: arith.subf %[[R]],
  %y = quant_act.fake_quant to <8, signed> numerics <qonnx> %x scale %s : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// division = reciprocal.
//
// CHECK-LABEL: @reciprocal
func.func @reciprocal(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // CHECK: ^bb0(%[[X:[a-z0-9_]+]]: f32, %[[S:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
  // CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00
  // CHECK: %[[I:.*]] = arith.divf %[[ONE]], %[[S]]
  // CHECK: %[[Q:.*]] = arith.mulf %[[X]], %[[I]]
  // CHECK-NOT: arith.divf
  %y = quant_act.fake_quant to <8, signed> numerics <division = reciprocal> %x scale %s : tensor<4xf32>, tensor<f32>
  return %y : tensor<4xf32>
}

// -----

// Arithmetic in bf16: carried out in f32, each result rounded to bf16.
//
// CHECK-LABEL: @promoted_bf16
func.func @promoted_bf16(%x: tensor<4xbf16>, %s: tensor<bf16>) -> tensor<4xbf16> {
  // CHECK: ^bb0(%[[X:[a-z0-9_]+]]: bf16, %[[S:[a-z0-9_]+]]: bf16, %{{[a-z0-9_]+}}: bf16):
  // CHECK: %[[Q:.*]] = arith.divf %{{.*}}, %{{.*}} {quant_act.rounded} : f32
  // CHECK: %[[ROUNDED:.*]] = arith.truncf %[[Q]] : f32 to bf16
  // CHECK-NEXT: arith.extf %[[ROUNDED]] : bf16 to f32
  // CHECK: linalg.yield %{{.*}} : bf16
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<4xbf16>, tensor<bf16>
  return %y : tensor<4xbf16>
}

// -----

// f16 with bf16 is f32: nothing is rounded but the result.
//
// CHECK-LABEL: @promoted_mixed
func.func @promoted_mixed(%x: tensor<4xf16>, %s: tensor<bf16>) -> tensor<4xf16> {
  // CHECK: arith.divf %{{.*}}, %{{.*}} {quant_act.rounded} : f32
  // CHECK-NOT: arith.truncf
  // CHECK: %[[Y:.*]] = arith.mulf %{{.*}} : f32
  // CHECK-NEXT: %[[H:.*]] = arith.truncf %[[Y]] : f32 to f16
  // CHECK-NEXT: linalg.yield %[[H]] : f16
  %y = quant_act.fake_quant to <8, signed> %x scale %s : tensor<4xf16>, tensor<bf16>
  return %y : tensor<4xf16>
}

// -----

// compute = f32 and f64. From f64 to 16 bits through f32.
//
// CHECK-LABEL: @computes
func.func @computes(%x: tensor<4xf16>, %s: tensor<f16>, %d: tensor<4xf64>) -> (tensor<4xf16>, tensor<4xf16>, tensor<4xf64>) {
  // CHECK: arith.divf %{{.*}}, %{{.*}} {quant_act.rounded} : f32
  // CHECK-NOT: arith.extf
  // CHECK: linalg.yield
  %0 = quant_act.fake_quant to <8, signed> numerics <compute = f32> %x scale %s : tensor<4xf16>, tensor<f16>
  // CHECK: arith.divf %{{.*}}, %{{.*}} {quant_act.rounded} : f64
  // CHECK: %[[F:.*]] = arith.truncf %{{.*}} : f64 to f32
  // CHECK-NEXT: %[[H:.*]] = arith.truncf %[[F]] : f32 to f16
  // CHECK-NEXT: linalg.yield %[[H]] : f16
  %1 = quant_act.fake_quant to <8, signed> numerics <compute = f64> %x scale %s : tensor<4xf16>, tensor<f16>
  // Narrower than x.
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  // CHECK: arith.divf %{{.*}}, %{{.*}} {quant_act.rounded} : f32
  // CHECK: arith.extf %{{.*}} : f32 to f64
  // CHECK-NEXT: linalg.yield
  %2 = quant_act.fake_quant to <8, signed> numerics <compute = f32> %d scale %s : tensor<4xf64>, tensor<f16>
  return %0, %1, %2 : tensor<4xf16>, tensor<4xf16>, tensor<4xf64>
}

// -----

// CHECK-LABEL: @rounding_in_one_direction
func.func @rounding_in_one_direction(%x: tensor<4xf32>, %s: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK-NEXT: %[[R:.*]] = math.ceil %[[U]]
  // CHECK-NEXT: arith.cmpf ogt, %[[R]],
  %0 = quant_act.fake_quant to <8, signed> round ceil %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK-NEXT: %[[R:.*]] = math.floor %[[U]]
  // CHECK-NEXT: arith.cmpf ogt, %[[R]],
  %1 = quant_act.fake_quant to <8, signed> round floor %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK-NEXT: %[[R:.*]] = math.trunc %[[U]]
  // CHECK-NEXT: arith.cmpf ogt, %[[R]],
  %2 = quant_act.fake_quant to <8, signed> round toward_zero %x scale %s : tensor<4xf32>, tensor<f32>
  // One step outward, with u's sign, unless u is integral.
  // CHECK: %[[U:.*]] = arith.addf
  // CHECK: math.trunc %[[U]]
  // CHECK: %[[DISTANCE:.*]] = math.absf
  // CHECK: %[[BEYOND:.*]] = arith.cmpf ogt, %[[DISTANCE]], %{{.*}}
  // CHECK: %[[STEP:.*]] = math.copysign %{{.*}}, %[[U]]
  // CHECK: %[[OUTER:.*]] = arith.addf %{{.*}}, %[[STEP]]
  // CHECK: arith.select %[[BEYOND]], %[[OUTER]],
  %3 = quant_act.fake_quant to <8, signed> round away_from_zero %x scale %s : tensor<4xf32>, tensor<f32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// To nearest; what differs is what a tie does.
//
// CHECK-LABEL: @rounding_to_nearest
func.func @rounding_to_nearest(%x: tensor<4xf32>, %s: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  // From the half on, outward.
  // CHECK: arith.addf
  // CHECK: %[[DISTANCE:.*]] = math.absf
  // CHECK: arith.cmpf oge, %[[DISTANCE]],
  // CHECK: math.copysign
  // CHECK: linalg.yield
  %0 = quant_act.fake_quant to <8, signed> round half_away %x scale %s : tensor<4xf32>, tensor<f32>
  // From beyond the half on.
  // CHECK: %[[DISTANCE:.*]] = math.absf
  // CHECK: arith.cmpf ogt, %[[DISTANCE]],
  // CHECK: math.copysign
  // CHECK: linalg.yield
  %1 = quant_act.fake_quant to <8, signed> round half_zero %x scale %s : tensor<4xf32>, tensor<f32>
  // A tie has a way of its own, the others go to even.
  // CHECK-DAG: math.ceil
  // CHECK-DAG: %[[TIE:.*]] = arith.cmpf oeq
  // CHECK-DAG: math.roundeven
  // CHECK: arith.select %[[TIE]],
  // CHECK: linalg.yield
  %2 = quant_act.fake_quant to <8, signed> round half_up %x scale %s : tensor<4xf32>, tensor<f32>
  // CHECK-DAG: math.floor
  // CHECK-DAG: %[[TIE:.*]] = arith.cmpf oeq
  // CHECK-DAG: math.roundeven
  // CHECK: arith.select %[[TIE]],
  // CHECK: linalg.yield
  %3 = quant_act.fake_quant to <8, signed> round half_down %x scale %s : tensor<4xf32>, tensor<f32>
  // Negative ties up, others to even.
  // CHECK-DAG: math.ceil
  // CHECK-DAG: arith.cmpf olt
  // CHECK-DAG: %[[TIE:.*]] = arith.cmpf oeq
  // CHECK: arith.select %[[TIE]],
  // CHECK: linalg.yield
  %4 = quant_act.fake_quant to <8, signed> round dpu %x scale %s : tensor<4xf32>, tensor<f32>
  return %0, %1, %2, %3, %4 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
