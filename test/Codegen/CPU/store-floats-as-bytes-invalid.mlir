// RUN: quant-opt %s --quant-act-store-floats-as-bytes --split-input-file --verify-diagnostics

func.func @extends(%x: tensor<2xf8E4M3FN>) -> tensor<2xf32> {
  // expected-error@+1 {{'arith.extf' op computes with 'f8E4M3FN', which is to be stored as bytes}}
  %0 = arith.extf %x : tensor<2xf8E4M3FN> to tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @truncates(%x: f32) -> f4E2M1FN {
  // expected-error@+1 {{'arith.truncf' op computes with 'f4E2M1FN', which is to be stored as bytes}}
  %0 = arith.truncf %x : f32 to f4E2M1FN
  return %0 : f4E2M1FN
}
