// A collecting step's backward function needs the statistic for the scale and for
// the element that the statistic selected: equal ops, which CSE makes one.
//
// RUN: quant-opt %s --quant-act-derive-backward=functions=f --convert-quant-act-to-linalg --cse | FileCheck %s

// CHECK-LABEL: func.func @f_backward
// CHECK-SAME: (%[[X:.*]]: tensor<4x3xf32>, %{{.*}}: tensor<3xf32>, %{{.*}}: tensor<i64>, %[[G:.*]]: tensor<4x3xf32>)
// The statistic.
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[X]] : tensor<4x3xf32>) outs({{.*}} : tensor<3xi32>)
// CHECK-NOT: tensor<3xi32>) {
// The element that it selected.
// CHECK: arith.minsi
// CHECK-NOT: tensor<3xi32>) {
// CHECK: return
func.func @f(%x: tensor<4x3xf32>, %r: tensor<3xf32>, %n: tensor<i64>) -> tensor<4x3xf32> {
  %0:4 = quant_act.act collect abs_max to #quant_act.int<8, signed> on #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]> %x state %r, %n : tensor<4x3xf32>, tensor<3xf32>, tensor<i64>
  return %0#0 : tensor<4x3xf32>
}
