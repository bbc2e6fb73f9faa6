//===- HandWritten.cpp - The yardstick in AVX-512 -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HandWritten.h"

using namespace quant_act::bench;

#ifdef __x86_64__
#include <immintrin.h>

#define QUANT_BENCH_AVX512                                                     \
  __attribute__((target("avx512f"), always_inline)) static inline

namespace {
/// A channel's parameters, or those of 16 channels.
struct VectorParameters {
  __m512 scale, reciprocal, zeroPoint, low, high;
};
} // namespace

/// low and high are applied to x before it is divided.
QUANT_BENCH_AVX512 VectorParameters makeParameters(const Quantizer &quantizer,
                                                   __m512 scale,
                                                   __m512 zeroPoint) {
  auto limit = [&](float bound) __attribute__((target("avx512f"))) {
    return _mm512_mul_ps(_mm512_sub_ps(_mm512_set1_ps(bound), zeroPoint),
                         scale);
  };
  __m512 low = limit(quantizer.low);
  if (quantizer.hasRelu)
    low = _mm512_max_ps(low, _mm512_setzero_ps());
  return {scale, _mm512_div_ps(_mm512_set1_ps(1.0f), scale), zeroPoint, low,
          limit(quantizer.high)};
}

/// Markstein's correction makes the quotient that of a division.
QUANT_BENCH_AVX512 __m512 quantizeVector(const VectorParameters &p, __m512 x) {
  x = _mm512_max_ps(_mm512_min_ps(x, p.high), p.low);
  __m512 estimate = _mm512_mul_ps(x, p.reciprocal);
  __m512 rest = _mm512_fnmadd_ps(estimate, p.scale, x);
  __m512 quotient = _mm512_fmadd_ps(rest, p.reciprocal, estimate);
  __m512 code =
      _mm512_roundscale_ps(_mm512_add_ps(quotient, p.zeroPoint),
                           _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_mul_ps(_mm512_sub_ps(code, p.zeroPoint), p.scale);
}

QUANT_BENCH_AVX512 void quantizeRow(const VectorParameters &p, const float *x,
                                    float *y, int64_t n, bool streams) {
  int64_t i = 0;
  if (streams)
    for (; i + 64 <= n; i += 64) {
#pragma GCC unroll 4
      for (int64_t k = i; k < i + 64; k += 16) {
        _mm_prefetch(reinterpret_cast<const char *>(x + k + 512), _MM_HINT_T0);
        _mm512_stream_ps(y + k, quantizeVector(p, _mm512_loadu_ps(x + k)));
      }
    }
  for (; i + 64 <= n; i += 64)
#pragma GCC unroll 4
    for (int64_t k = i; k < i + 64; k += 16)
      _mm512_storeu_ps(y + k, quantizeVector(p, _mm512_loadu_ps(x + k)));
  for (; i < n; i += 16) {
    auto mask = static_cast<__mmask16>((1u << (n - i < 16 ? n - i : 16)) - 1);
    __m512 v = quantizeVector(p, _mm512_maskz_loadu_ps(mask, x + i));
    _mm512_mask_storeu_ps(y + i, mask, v);
  }
}

/// Rows of one channel each.
__attribute__((target("avx512f"))) static void
quantizeRows(const Quantizer &quantizer, const Extents &extents, const float *x,
             const float *scale, const float *zeroPoint, float *y,
             bool streams) {
  for (int64_t outer = 0; outer < extents.outer; ++outer)
    for (int64_t c = 0; c < extents.channels; ++c) {
      VectorParameters p =
          makeParameters(quantizer, _mm512_set1_ps(scale[c]),
                         _mm512_set1_ps(zeroPoint ? zeroPoint[c] : 0.0f));
      quantizeRow(p, x, y, extents.inner, streams);
      x += extents.inner;
      y += extents.inner;
    }
  _mm_sfence();
}

/// Channels next to each other, a multiple of 16 of them.
__attribute__((target("avx512f"))) static void
quantizeChannelLast(const Quantizer &quantizer, const Extents &extents,
                    const float *x, const float *scale, const float *zeroPoint,
                    float *y, bool streams) {
  constexpr int64_t maxVectors = 1024;
  static thread_local VectorParameters parameters[maxVectors];
  int64_t numVectors = extents.channels / 16;
  for (int64_t v = 0; v < numVectors; ++v)
    parameters[v] = makeParameters(
        quantizer, _mm512_loadu_ps(scale + 16 * v),
        zeroPoint ? _mm512_loadu_ps(zeroPoint + 16 * v) : _mm512_setzero_ps());
  for (int64_t outer = 0; outer < extents.outer; ++outer)
    for (int64_t v = 0; v < numVectors; ++v, x += 16, y += 16) {
      _mm_prefetch(reinterpret_cast<const char *>(x + 512), _MM_HINT_T0);
      __m512 result = quantizeVector(parameters[v], _mm512_loadu_ps(x));
      if (streams)
        _mm512_stream_ps(y, result);
      else
        _mm512_storeu_ps(y, result);
    }
  _mm_sfence();
}

bool quant_act::bench::canRunByHand() {
  return __builtin_cpu_supports("avx512f");
}

void quant_act::bench::quantizeByHand(const Quantizer &quantizer,
                                      const Extents &extents, const float *x,
                                      const float *scale,
                                      const float *zeroPoint, float *y,
                                      bool streams) {
  if (extents.inner == 1 && extents.channels % 16 == 0)
    return quantizeChannelLast(quantizer, extents, x, scale, zeroPoint, y,
                               streams);
  quantizeRows(quantizer, extents, x, scale, zeroPoint, y, streams);
}
#else
bool quant_act::bench::canRunByHand() { return false; }

void quant_act::bench::quantizeByHand(const Quantizer &, const Extents &,
                                      const float *, const float *,
                                      const float *, float *, bool) {}
#endif
