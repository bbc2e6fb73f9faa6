//===- Reference.h - The ops on arrays in host memory -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each op computes, on HostTensors, for readability and not for speed: the
// numerics with the Evaluator. The constant folders and the interpreter call
// these. Shapes must fit, as the ops' verifiers ask.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_REFERENCE_H
#define QUANTACT_NUMERICS_REFERENCE_H

#include "QuantAct/Numerics/ParameterLayout.h"
#include "QuantAct/Numerics/Spec.h"
#include "QuantAct/Support/HostTensor.h"

#include <optional>

namespace quant_act::reference {

/// Parameters and where they lie on x.
struct PlacedParameters {
  const HostTensor *values;
  ParameterLayout layout;
};

/// What fake_quant takes beside x.
struct FakeQuantOperands {
  PlacedParameters scale;
  std::optional<PlacedParameters> zeroPoint;
  std::optional<PlacedParameters> bits;
  /// For stochastic rounding.
  std::optional<uint64_t> seed;
};

/// y of quant_act.fake_quant, of x's type.
HostTensor fakeQuant(const FakeQuantSpec &spec, ElementType compute,
                     const HostTensor &x, const FakeQuantOperands &operands);

/// q of quant_act.quantize.
HostTensor quantize(const FakeQuantSpec &spec, ElementType compute,
                    const HostTensor &x, const FakeQuantOperands &operands,
                    ElementType storage);

/// y of quant_act.dequantize; `operands` have neither bits nor a seed.
HostTensor dequantize(const Format &format, ElementType compute,
                      const HostTensor &q, const FakeQuantOperands &operands,
                      ElementType resultType);

/// What fake_quant_range takes beside x.
struct FakeQuantRangeOperands {
  PlacedParameters low, high;
  std::optional<PlacedParameters> outLow, outHigh;
};

/// y of quant_act.fake_quant_range, of x's type.
HostTensor fakeQuantRange(const FakeQuantRangeSpec &spec, ElementType compute,
                          const HostTensor &x,
                          const FakeQuantRangeOperands &operands);

/// The activation alone.
HostTensor activate(Activation activation, const HostTensor &x);

/// The results of quant_act.stats; no `low` unless the statistic is an
/// interval.
struct Stats {
  HostTensor threshold;
  std::optional<HostTensor> low;
};
Stats stats(const Statistic &statistic, Activation activation,
            const HostTensor &x, const ParameterLayout &layout,
            ElementType resultType);

/// The result of quant_act.search_threshold.
HostTensor searchThreshold(const FakeQuantSpec &quantizer,
                           const QParamsSpec &scaling, ElementType compute,
                           const HostTensor &x, const ParameterLayout &layout,
                           ElementType resultType);

/// The results of quant_act.choose_qparams.
struct QParams {
  HostTensor scale;
  std::optional<HostTensor> zeroPoint;
};
QParams chooseQParams(const QParamsSpec &spec, const HostTensor &threshold,
                      const HostTensor *low, const HostTensor *bits);

/// The result of quant_act.init_parameter.
HostTensor initializeParameter(RestrictionKind restriction,
                               const HostTensor &running);

/// The result of quant_act.learned_bits.
HostTensor learnedBits(double minimum, const HostTensor &offset);

/// The results of quant_act.observe.
struct Observation {
  HostTensor running;
  HostTensor count;
};
Observation observe(const ObserveSpec &spec, const HostTensor &batch,
                    const HostTensor &running, const HostTensor &count);

} // namespace quant_act::reference

#endif // QUANTACT_NUMERICS_REFERENCE_H
