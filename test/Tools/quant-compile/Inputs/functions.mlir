#nchw = #quant_act.grid<broadcast = [1, 3, 1, 1], permutation = [1, 0, 2, 3]>

func.func @layer(%x: tensor<?x3x?x5xf32> {quant_act.name = "x"},
                 %s: tensor<3xf32> {quant_act.name = "scale"})
    -> (tensor<?x3x?x5xi8> {quant_act.name = "codes"}, tensor<3xf32>) {
  %q = quant_act.quantize to <8, signed> on #nchw %x scale %s
      : tensor<?x3x?x5xf32>, tensor<3xf32> -> tensor<?x3x?x5xi8>
  return %q, %s : tensor<?x3x?x5xi8>, tensor<3xf32>
}

// Names that C has not: of an argument whose words are no identifier, of one that
// is a keyword, of one that is as an extent is called; of an updated value.
func.func @names(%a: tensor<?xbf16> {quant_act.name = "conv1.weight*/"},
                 %b: tensor<f16> {quant_act.name = "int"},
                 %c: tensor<2xf8E4M3FN> {quant_act.name = "conv1_weight___dim0"},
                 %d: tensor<1xi64> {quant_act.name = "count"})
    -> (tensor<1xi64> {quant_act.name = "count"}) {
  return %d : tensor<1xi64>
}
