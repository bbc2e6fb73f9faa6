//===- Plain.cpp - The workloads in plain C++ -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plain.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace quant_act::bench;

/// Calls `visit(position, channel)` for each element, in order.
template <typename Visit>
static void forEachElement(const Extents &extents, Visit visit) {
  int64_t position = 0;
  for (int64_t outer = 0; outer < extents.outer; ++outer)
    for (int64_t channel = 0; channel < extents.channels; ++channel)
      for (int64_t inner = 0; inner < extents.inner; ++inner)
        visit(position++, channel);
}

void quant_act::bench::quantizePlainly(const Quantizer &quantizer,
                                       const Extents &extents, const float *x,
                                       const float *scale,
                                       const float *zeroPoint, float *y) {
  forEachElement(extents, [&](int64_t i, int64_t channel) {
    float a = quantizer.hasRelu && x[i] < 0.0f ? 0.0f : x[i];
    float z = zeroPoint ? zeroPoint[channel] : 0.0f;
    float code = std::nearbyint(a / scale[channel] + z);
    code = code > quantizer.high ? quantizer.high : code;
    code = code < quantizer.low ? quantizer.low : code;
    y[i] = (code - z) * scale[channel];
  });
}

void quant_act::bench::findLargest(const Extents &extents, const float *x,
                                   float *largest) {
  std::fill_n(largest, extents.channels, 0.0f);
  forEachElement(extents, [&](int64_t i, int64_t channel) {
    largest[channel] = std::max(largest[channel], std::fabs(x[i]));
  });
}

void quant_act::bench::findPercentile(const Extents &extents, double q,
                                      const float *x, float *values) {
  std::vector<std::vector<float>> magnitudes(extents.channels);
  forEachElement(extents, [&](int64_t i, int64_t channel) {
    magnitudes[channel].push_back(std::fabs(x[i]));
  });
  for (int64_t channel = 0; channel < extents.channels; ++channel) {
    std::vector<float> &row = magnitudes[channel];
    auto rank = static_cast<int64_t>(q * 0.01 * row.size() + 0.5);
    auto found = row.begin() + std::max<int64_t>(rank, 1) - 1;
    std::nth_element(row.begin(), found, row.end());
    values[channel] = *found;
  }
}

void quant_act::bench::differentiatePlainly(const Quantizer &quantizer,
                                            const Extents &extents,
                                            const float *g, const float *x,
                                            const float *scale, float *dx,
                                            float *dscale) {
  std::vector<double> sums(extents.channels);
  forEachElement(extents, [&](int64_t i, int64_t channel) {
    float u = x[i] / scale[channel];
    float rounded = std::nearbyint(u);
    bool isInside = quantizer.low <= rounded && rounded <= quantizer.high;
    float code = std::clamp(rounded, quantizer.low, quantizer.high);
    // Backward of the product, then of the quotient, as autograd rounds.
    dx[i] = isInside ? g[i] * scale[channel] / scale[channel] : 0.0f;
    sums[channel] += double(g[i]) * (code - (isInside ? u : 0.0f));
  });
  for (int64_t channel = 0; channel < extents.channels; ++channel)
    dscale[channel] = static_cast<float>(sums[channel]);
}
