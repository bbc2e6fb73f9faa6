//===- HandWritten.cpp - The yardstick in AVX-512 -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HandWritten.h"

#include <cstdint>
#include <cstring>

using namespace quant_act::bench;

#ifdef __x86_64__
#include <immintrin.h>

// The compiler uses avx512bf16 only where it is told to: in ConvertingBF16.
#define QUANT_BENCH_TARGET "avx512f,avx512bw,avx512vl,avx512bf16"
#define QUANT_BENCH_AVX512                                                     \
  __attribute__((target(QUANT_BENCH_TARGET), always_inline)) static inline

namespace {
/// The elements of a vector, which is computed in f32 whatever they are.
constexpr int64_t numLanes = 16;
constexpr uintptr_t lineBytes = 64;

/// A channel's parameters, or those of 16 channels.
struct VectorParameters {
  __m512 scale, reciprocal, zeroPoint, low, high;
};
} // namespace

/// low and high are applied to x before it is divided.
QUANT_BENCH_AVX512 VectorParameters makeParameters(const Quantizer &quantizer,
                                                   __m512 scale,
                                                   __m512 zeroPoint) {
  auto limit = [&](float bound) __attribute__((target(QUANT_BENCH_TARGET))) {
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

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

namespace {
/// How vectors of a type are loaded and stored.
struct F32 {
  using Element = float;

  QUANT_BENCH_AVX512 __m512 load(const float *x) { return _mm512_loadu_ps(x); }
  QUANT_BENCH_AVX512 __m512 load(const float *x, __mmask16 mask) {
    return _mm512_maskz_loadu_ps(mask, x);
  }
  QUANT_BENCH_AVX512 void store(float *y, __m512 v) { _mm512_storeu_ps(y, v); }
  QUANT_BENCH_AVX512 void store(float *y, __m512 v, __mmask16 mask) {
    _mm512_mask_storeu_ps(y, mask, v);
  }
  QUANT_BENCH_AVX512 void stream(float *y, __m512 v) { _mm512_stream_ps(y, v); }
};

struct F16 {
  QUANT_BENCH_AVX512 __m512 widen(__m256i bits) {
    return _mm512_cvtph_ps(bits);
  }
  QUANT_BENCH_AVX512 __m256i narrow(__m512 v) {
    return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
};

struct BF16 {
  QUANT_BENCH_AVX512 __m512 widen(__m256i bits) {
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  QUANT_BENCH_AVX512 __m256i narrow(__m512 v) {
    __m512i bits = _mm512_castps_si512(v);
    __m512i isOdd =
        _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i half = _mm512_add_epi32(isOdd, _mm512_set1_epi32(0x7fff));
    return _mm512_cvtepi32_epi16(
        _mm512_srli_epi32(_mm512_add_epi32(bits, half), 16));
  }
};

/// With the processor's instruction, which takes denormals for zero.
struct ConvertingBF16 : BF16 {
  QUANT_BENCH_AVX512 __m256i narrow(__m512 v) {
    __m256bh converted = _mm512_cvtneps_pbh(v);
    __m256i bits;
    std::memcpy(&bits, &converted, sizeof(bits));
    return bits;
  }
};

template <typename Format>
struct Narrow {
  using Element = uint16_t;

  QUANT_BENCH_AVX512 __m512 load(const uint16_t *x) {
    return Format::widen(
        _mm256_loadu_si256(reinterpret_cast<const __m256i *>(x)));
  }
  QUANT_BENCH_AVX512 __m512 load(const uint16_t *x, __mmask16 mask) {
    return Format::widen(_mm256_maskz_loadu_epi16(mask, x));
  }
  QUANT_BENCH_AVX512 void store(uint16_t *y, __m512 v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(y), Format::narrow(v));
  }
  QUANT_BENCH_AVX512 void store(uint16_t *y, __m512 v, __mmask16 mask) {
    _mm256_mask_storeu_epi16(y, mask, Format::narrow(v));
  }
  /// Half a line: the next store completes it.
  QUANT_BENCH_AVX512 void stream(uint16_t *y, __m512 v) {
    _mm256_stream_si256(reinterpret_cast<__m256i *>(y), Format::narrow(v));
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// What is streamed comes from memory, too.
template <typename T>
QUANT_BENCH_AVX512 void prefetch(const T *x) {
  _mm_prefetch(reinterpret_cast<const char *>(x) + 2048, _MM_HINT_T0);
}

/// At most a vector's elements.
template <typename Type, typename T>
QUANT_BENCH_AVX512 void quantizeFew(const VectorParameters &p, const T *x, T *y,
                                    int64_t n) {
  auto mask = static_cast<__mmask16>((1u << (n < numLanes ? n : numLanes)) - 1);
  Type::store(y, quantizeVector(p, Type::load(x, mask)), mask);
}

template <typename Type, typename T>
QUANT_BENCH_AVX512 void quantizeRow(const VectorParameters &p, const T *x, T *y,
                                    int64_t n, bool streams) {
  constexpr int64_t step = 4 * numLanes;
  int64_t i = 0;
  if (streams) {
    // Up to where a line begins.
    int64_t head = -reinterpret_cast<uintptr_t>(y) % lineBytes / sizeof(T);
    for (head = head < n ? head : n; i < head; i += numLanes)
      quantizeFew<Type>(p, x + i, y + i, head - i);
    for (i = head; i + step <= n; i += step) {
#pragma GCC unroll 4
      for (int64_t k = i; k < i + step; k += numLanes) {
        prefetch(x + k);
        Type::stream(y + k, quantizeVector(p, Type::load(x + k)));
      }
    }
  }
  for (; i + step <= n; i += step)
#pragma GCC unroll 4
    for (int64_t k = i; k < i + step; k += numLanes)
      Type::store(y + k, quantizeVector(p, Type::load(x + k)));
  for (; i < n; i += numLanes)
    quantizeFew<Type>(p, x + i, y + i, n - i);
}

/// Rows of one channel each.
template <typename Type, typename T>
__attribute__((target(QUANT_BENCH_TARGET))) static void
quantizeRows(const Quantizer &quantizer, const Extents &extents, const T *x,
             const float *scale, const float *zeroPoint, T *y, bool streams) {
  for (int64_t outer = 0; outer < extents.outer; ++outer)
    for (int64_t c = 0; c < extents.channels; ++c) {
      VectorParameters p =
          makeParameters(quantizer, _mm512_set1_ps(scale[c]),
                         _mm512_set1_ps(zeroPoint ? zeroPoint[c] : 0.0f));
      quantizeRow<Type>(p, x, y, extents.inner, streams);
      x += extents.inner;
      y += extents.inner;
    }
  _mm_sfence();
}

//===----------------------------------------------------------------------===//
// Channels next to each other
//===----------------------------------------------------------------------===//

/// Vectors of channels, at most.
static constexpr int64_t maxVectors = 1024;

template <typename Type, typename T>
__attribute__((target(QUANT_BENCH_TARGET))) static void
quantizeChannelLast(const Quantizer &quantizer, const Extents &extents,
                    const T *x, const float *scale, const float *zeroPoint,
                    T *y, bool streams) {
  static thread_local VectorParameters parameters[maxVectors];
  int64_t numVectors = extents.channels / numLanes;
  for (int64_t v = 0; v < numVectors; ++v)
    parameters[v] =
        makeParameters(quantizer, _mm512_loadu_ps(scale + numLanes * v),
                       zeroPoint ? _mm512_loadu_ps(zeroPoint + numLanes * v)
                                 : _mm512_setzero_ps());
  streams &= reinterpret_cast<uintptr_t>(y) % lineBytes == 0;
  for (int64_t outer = 0; outer < extents.outer; ++outer)
    for (int64_t v = 0; v < numVectors; ++v, x += numLanes, y += numLanes) {
      prefetch(x);
      __m512 result = quantizeVector(parameters[v], Type::load(x));
      if (streams)
        Type::stream(y, result);
      else
        Type::store(y, result);
    }
  _mm_sfence();
}

static bool hasVectorsOfChannels(const Extents &extents) {
  return extents.inner == 1 && extents.channels % numLanes == 0 &&
         extents.channels <= maxVectors * numLanes;
}

bool quant_act::bench::canRunByHand(const Extents &extents) {
  return __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") &&
         (hasVectorsOfChannels(extents) || extents.inner >= numLanes);
}

template <typename Type>
static void quantize(const Quantizer &quantizer, const Extents &extents,
                     const void *x, const float *scale, const float *zeroPoint,
                     void *y, bool streams) {
  auto run = hasVectorsOfChannels(extents)
                 ? quantizeChannelLast<Type, typename Type::Element>
                 : quantizeRows<Type, typename Type::Element>;
  run(quantizer, extents, static_cast<const typename Type::Element *>(x), scale,
      zeroPoint, static_cast<typename Type::Element *>(y), streams);
}

void quant_act::bench::quantizeByHand(const Quantizer &quantizer,
                                      const Extents &extents, ElementType type,
                                      const void *x, const float *scale,
                                      const float *zeroPoint, void *y,
                                      bool streams) {
  auto *run = quantize<F32>;
  if (type == ElementType::F16)
    run = quantize<Narrow<F16>>;
  else if (type == ElementType::BF16)
    run = __builtin_cpu_supports("avx512bf16")
              ? quantize<Narrow<ConvertingBF16>>
              : quantize<Narrow<BF16>>;
  run(quantizer, extents, x, scale, zeroPoint, y, streams);
}
#else
bool quant_act::bench::canRunByHand(const Extents &) { return false; }

void quant_act::bench::quantizeByHand(const Quantizer &, const Extents &,
                                      ElementType, const void *, const float *,
                                      const float *, void *, bool) {}
#endif
