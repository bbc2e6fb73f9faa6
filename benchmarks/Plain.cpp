//===- Plain.cpp - The workloads in plain C++ -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plain.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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
                                            double *dscale,
                                            double *magnitudes) {
  std::fill_n(dscale, extents.channels, 0.0);
  std::fill_n(magnitudes, extents.channels, 0.0);
  forEachElement(extents, [&](int64_t i, int64_t channel) {
    float u = x[i] / scale[channel];
    float rounded = std::nearbyint(u);
    bool isInside = quantizer.low <= rounded && rounded <= quantizer.high;
    float code = std::clamp(rounded, quantizer.low, quantizer.high);
    // Backward of the product, then of the quotient, as autograd rounds.
    dx[i] = isInside ? g[i] * scale[channel] / scale[channel] : 0.0f;
    double part = double(g[i]) * (code - (isInside ? u : 0.0f));
    dscale[channel] += part;
    magnitudes[channel] += std::fabs(part);
  });
}

/// Elements are i16 or float; `convert` makes a float of one.
template <typename Element, typename Convert>
static std::vector<float> convertAll(const void *elements, int64_t n,
                                     Convert convert) {
  auto *first = static_cast<const Element *>(elements);
  std::vector<float> values(n);
  std::transform(first, first + n, values.begin(), convert);
  return values;
}

template <typename To, typename From>
static To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

static uint16_t roundToBFloat16(float value) {
  auto bits = bitCast<uint32_t>(value);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

std::vector<float> quant_act::bench::widen(ElementType type,
                                           const void *elements, int64_t n) {
  switch (type) {
  case ElementType::F16:
    return convertAll<_Float16>(elements, n,
                                [](_Float16 x) { return float(x); });
  case ElementType::BF16:
    return convertAll<uint16_t>(elements, n, [](uint16_t bits) {
      return bitCast<float>(uint32_t(bits) << 16);
    });
  default:
    return convertAll<float>(elements, n, [](float x) { return x; });
  }
}

void quant_act::bench::narrow(ElementType type,
                              const std::vector<float> &values,
                              void *elements) {
  auto write = [&](auto *first, auto convert) {
    std::transform(values.begin(), values.end(), first, convert);
  };
  switch (type) {
  case ElementType::F16:
    return write(static_cast<_Float16 *>(elements),
                 [](float x) { return _Float16(x); });
  case ElementType::BF16:
    return write(static_cast<uint16_t *>(elements), roundToBFloat16);
  default:
    return write(static_cast<float *>(elements), [](float x) { return x; });
  }
}
