// RUN: quant-opt %s --quant-act-export-functions --verify-diagnostics

// expected-error @below {{expects no calls to be exported, but is called; inline first}}
func.func @called(%x: memref<4xf32>) {
  return
}
func.func @caller(%x: memref<4xf32>) {
  call @called(%x) : (memref<4xf32>) -> ()
  return
}
