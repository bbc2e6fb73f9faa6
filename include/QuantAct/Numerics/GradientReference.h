//===- GradientReference.h - Gradients on arrays in host memory -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each gradient op computes, on HostTensors; see Reference.h.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_GRADIENTREFERENCE_H
#define QUANTACT_NUMERICS_GRADIENTREFERENCE_H

#include "QuantAct/Numerics/Reference.h"

namespace quant_act::reference {

/// The results of quant_act.fake_quant_grad, of its operands' types.
struct FakeQuantGradients {
  HostTensor x;
  HostTensor scale;
  std::optional<HostTensor> zeroPoint;
  std::optional<HostTensor> bits;
};
FakeQuantGradients fakeQuantGradients(const FakeQuantSpec &spec,
                                      const GradientSpec &gradient,
                                      ElementType compute, const HostTensor &g,
                                      const HostTensor &x,
                                      const FakeQuantOperands &operands);

/// The results of quant_act.fake_quant_range_grad, of its operands' types.
struct FakeQuantRangeGradients {
  HostTensor x;
  HostTensor low;
  HostTensor high;
  std::optional<HostTensor> outLow;
  std::optional<HostTensor> outHigh;
};
FakeQuantRangeGradients
fakeQuantRangeGradients(const FakeQuantRangeSpec &spec, ElementType compute,
                        const HostTensor &g, const HostTensor &x,
                        const FakeQuantRangeOperands &operands);

/// The result of quant_act.activate_grad.
HostTensor activateGradient(Activation activation, const HostTensor &g,
                            const HostTensor &x);

/// The result of quant_act.stats_grad; `gLow` is null unless the statistic is
/// an interval.
HostTensor statsGradient(const Statistic &statistic, Activation activation,
                         const HostTensor &x, const ParameterLayout &layout,
                         const HostTensor &gThreshold, const HostTensor *gLow);

/// The results of quant_act.choose_qparams_grad.
struct QParamsGradients {
  HostTensor threshold;
  std::optional<HostTensor> low;
  std::optional<HostTensor> bits;
};
QParamsGradients
chooseQParamsGradients(const QParamsSpec &spec, const GradientSpec &gradient,
                       const HostTensor &threshold, const HostTensor *low,
                       const HostTensor *bits, const HostTensor &gScale,
                       const HostTensor *gZeroPoint);

/// The result of quant_act.learned_bits_grad.
HostTensor learnedBitsGradient(const HostTensor &g, const HostTensor &offset);

} // namespace quant_act::reference

#endif // QUANTACT_NUMERICS_GRADIENTREFERENCE_H
