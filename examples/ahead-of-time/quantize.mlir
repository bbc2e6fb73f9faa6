// A 4-bit unsigned quantizer with one scale per channel, for any extents. It is
// compiled ahead of time and called from C, C++ and Python (run.sh).

#ncw = #quant_act.grid<broadcast = [1, ?, 1], permutation = [1, 0, 2]>

func.func @quantize(%x: tensor<?x?x?xf32> {quant_act.name = "x"},
                    %scale: tensor<?xf32> {quant_act.name = "scale"})
    -> (tensor<?x?x?xf32> {quant_act.name = "y"}) {
  %y = quant_act.fake_quant relu to <4, unsigned> on #ncw %x scale %scale
      : tensor<?x?x?xf32>, tensor<?xf32>
  return %y : tensor<?x?x?xf32>
}
