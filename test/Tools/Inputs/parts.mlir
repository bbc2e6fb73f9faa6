// Parts of tensors.

// As in docs/contracts.md, but with codes in between.
func.func @blocks_of_3(%x: tensor<2x7xf32> {quant_act.name = "x"},
                       %s: tensor<2x3xf32> {quant_act.name = "s"})
    -> (tensor<2x7xf32> {quant_act.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %whole = tensor.pad %x low[0, 0] high[0, 2] {
  ^bb0(%row: index, %column: index):
    tensor.yield %zero : f32
  } : tensor<2x7xf32> to tensor<2x9xf32>
  %q = quant_act.quantize to #quant_act.int<8, signed>
      on #quant_act.grid<broadcast = [2, 3], permutation = [0, 1]>
      %whole scale %s : tensor<2x9xf32>, tensor<2x3xf32> -> tensor<2x9xi8>
  %codes = tensor.extract_slice %q[0, 0] [2, 7] [1, 1] : tensor<2x9xi8> to tensor<2x7xi8>
  %again = tensor.pad %codes low[0, 0] high[0, 2] {
  ^bb0(%row: index, %column: index):
    %none = arith.constant -1 : i8
    tensor.yield %none : i8
  } : tensor<2x7xi8> to tensor<2x9xi8>
  %d = quant_act.dequantize from #quant_act.int<8, signed>
      on #quant_act.grid<broadcast = [2, 3], permutation = [0, 1]>
      %again scale %s : tensor<2x9xi8>, tensor<2x3xf32> -> tensor<2x9xf32>
  %y = tensor.extract_slice %d[0, 0] [2, 7] [1, 1] : tensor<2x9xf32> to tensor<2x7xf32>
  return %y : tensor<2x7xf32>
}

// Before and after, of extents that the values know, and a dimension dropped.
func.func @row_of_padded(%x: tensor<?x?xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %seven = arith.constant 7.0 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %padded = tensor.pad %x low[1, %c1] high[0, %c3] {
  ^bb0(%row: index, %column: index):
    tensor.yield %seven : f32
  } : tensor<?x?xf32> to tensor<?x?xf32>
  %y = tensor.extract_slice %padded[%rows, 0] [1, 4] [1, 1]
      : tensor<?x?xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}

func.func @outside(%x: tensor<?x?xf32>) -> tensor<2xf32> {
  %y = tensor.extract_slice %x[1, 2] [1, 2] [1, 1] : tensor<?x?xf32> to tensor<2xf32>
  return %y : tensor<2xf32>
}

func.func @steps(%x: tensor<2x7xf32>) -> tensor<2x3xf32> {
  %y = tensor.extract_slice %x[0, 0] [2, 3] [1, 2] : tensor<2x7xf32> to tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

func.func @padded_by_position(%x: tensor<2xi64>) -> tensor<3xi64> {
  %y = tensor.pad %x low[0] high[1] {
  ^bb0(%i: index):
    %v = arith.index_cast %i : index to i64
    tensor.yield %v : i64
  } : tensor<2xi64> to tensor<3xi64>
  return %y : tensor<3xi64>
}
