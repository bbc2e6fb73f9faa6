//===- Bound.cpp - How fast memory is -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bound.h"

#include <cstring>

using namespace quant_act::bench;

static void copyByMemcpy(float *y, const float *x, const float *, size_t n) {
  std::memcpy(y, x, n * sizeof(float));
}

static void addPlainly(float *y, const float *x, const float *second,
                       size_t n) {
  for (size_t i = 0; i < n; ++i)
    y[i] = x[i] + second[i];
}

static void readPlainly(float *y, const float *x, const float *, size_t n) {
  unsigned bits = 0, part;
  for (size_t i = 0; i < n; ++i) {
    std::memcpy(&part, x + i, sizeof(part));
    bits |= part;
  }
  *y = static_cast<float>(bits);
}

/// Loops for any processor.
static std::vector<Mover> getPlainMovers(Traffic traffic) {
  switch (traffic) {
  case Traffic::ReadWrite:
    return {{"memcpy", copyByMemcpy}};
  case Traffic::ReadReadWrite:
    return {{"plain sum", addPlainly}};
  case Traffic::Read:
    return {{"plain read", readPlainly}};
  }
  return {};
}

#ifdef __x86_64__
#include <immintrin.h>

#define QUANT_BENCH_AVX512 __attribute__((target("avx512f")))

namespace {
constexpr size_t vectorSize = 16;
constexpr size_t stepSize = 4 * vectorSize;
constexpr size_t prefetchDistance = 512;
} // namespace

/// Calls `step(i, offset of a vector)` for all whole steps of n elements; the
/// rest is copied by memcpy. Macros, for lambdas do not inherit the target.
#define QUANT_BENCH_FOR_VECTORS(PREFETCHES, BODY)                              \
  size_t i = 0;                                                                \
  for (; i + stepSize <= n; i += stepSize) {                                   \
    if (PREFETCHES)                                                            \
      for (size_t k = 0; k < stepSize; k += vectorSize)                        \
        _mm_prefetch(                                                          \
            reinterpret_cast<const char *>(x + i + k + prefetchDistance),      \
            _MM_HINT_T0);                                                      \
    _Pragma("GCC unroll 4") for (size_t k = i; k < i + stepSize;               \
                                 k += vectorSize) BODY                         \
  }                                                                            \
  std::memcpy(y + i, x + i, (n - i) * sizeof(float));

QUANT_BENCH_AVX512 static void copy(float *y, const float *x, const float *,
                                    size_t n){QUANT_BENCH_FOR_VECTORS(
    false, { _mm512_storeu_ps(y + k, _mm512_loadu_ps(x + k)); })}

QUANT_BENCH_AVX512
    static void stream(float *y, const float *x, const float *, size_t n) {
  QUANT_BENCH_FOR_VECTORS(false,
                          { _mm512_stream_ps(y + k, _mm512_loadu_ps(x + k)); })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void streamPrefetched(float *y, const float *x,
                                                const float *, size_t n) {
  QUANT_BENCH_FOR_VECTORS(true,
                          { _mm512_stream_ps(y + k, _mm512_loadu_ps(x + k)); })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void add(float *y, const float *x,
                                   const float *second, size_t n){
    QUANT_BENCH_FOR_VECTORS(false,
                            {
                              _mm512_storeu_ps(
                                  y + k,
                                  _mm512_add_ps(_mm512_loadu_ps(x + k),
                                                _mm512_loadu_ps(second + k)));
                            })}

QUANT_BENCH_AVX512 static void streamSum(float *y, const float *x,
                                         const float *second, size_t n) {
  QUANT_BENCH_FOR_VECTORS(true, {
    _mm512_stream_ps(y + k, _mm512_add_ps(_mm512_loadu_ps(x + k),
                                          _mm512_loadu_ps(second + k)));
  })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void read(float *y, const float *x, const float *,
                                    size_t n) {
  __m512i sums[4] = {};
  for (size_t i = 0; i + stepSize <= n; i += stepSize)
    for (size_t k = 0; k < 4; ++k)
      sums[k] =
          _mm512_or_si512(sums[k], _mm512_loadu_si512(x + i + k * vectorSize));
  sums[0] = _mm512_or_si512(_mm512_or_si512(sums[0], sums[1]),
                            _mm512_or_si512(sums[2], sums[3]));
  *y = static_cast<float>(_mm512_reduce_or_epi32(sums[0]));
}

static std::vector<Mover> getAVX512Movers(Traffic traffic) {
  switch (traffic) {
  case Traffic::ReadWrite:
    return {{"copy", copy},
            {"stream", stream},
            {"stream, prefetch", streamPrefetched}};
  case Traffic::ReadReadWrite:
    return {{"sum", add}, {"stream, prefetch", streamSum}};
  case Traffic::Read:
    return {{"read", read}};
  }
  return {};
}
#endif

std::vector<Mover> quant_act::bench::getMovers(Traffic traffic) {
  std::vector<Mover> movers = getPlainMovers(traffic);
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f"))
    for (Mover &mover : getAVX512Movers(traffic))
      movers.push_back(mover);
#endif
  return movers;
}
