//===- Bound.cpp - How fast memory is -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bound.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

using namespace quant_act::bench;

static void copyByMemcpy(char *y, const char *x, const char *, size_t n) {
  std::memcpy(y, x, n);
}

/// The compiler vectorizes these.
static void combinePlainly(char *y, const char *x, const char *second,
                           size_t n) {
  for (size_t i = 0; i < n; ++i)
    y[i] = x[i] ^ second[i];
}

static void readPlainly(char *y, const char *x, const char *, size_t n) {
  char bits = 0;
  for (size_t i = 0; i < n; ++i)
    bits |= x[i];
  *y = bits;
}

/// Loops for any processor.
static std::vector<Mover> getPlainMovers(Traffic traffic) {
  switch (traffic) {
  case Traffic::ReadWrite:
    return {{"memcpy", copyByMemcpy}};
  case Traffic::ReadReadWrite:
    return {{"plain", combinePlainly}};
  case Traffic::Read:
    return {{"plain", readPlainly}};
  }
  return {};
}

#ifdef __x86_64__
#include <immintrin.h>

#define QUANT_BENCH_AVX512 __attribute__((target("avx512f")))

namespace {
constexpr size_t vectorSize = 64;
constexpr size_t stepSize = 4 * vectorSize;
constexpr size_t prefetchDistance = 2048;
} // namespace

/// How far y's next line is.
static size_t getHead(const char *y, size_t n) {
  return std::min<size_t>(n, -reinterpret_cast<uintptr_t>(y) % vectorSize);
}

/// Does BODY for the offset k of each vector of n bytes; what is before `begin`
/// and after the last step is left to a plain function. Macros, for lambdas do
/// not inherit the target.
#define QUANT_BENCH_FOR_VECTORS(BEGIN, PREFETCHES, REST, BODY)                 \
  size_t i = BEGIN;                                                            \
  REST(y, x, second, i);                                                       \
  for (; i + stepSize <= n; i += stepSize) {                                   \
    if (PREFETCHES)                                                            \
      for (size_t k = 0; k < stepSize; k += vectorSize)                        \
        _mm_prefetch(x + i + k + prefetchDistance, _MM_HINT_T0);               \
    _Pragma("GCC unroll 4") for (size_t k = i; k < i + stepSize;               \
                                 k += vectorSize) BODY                         \
  }                                                                            \
  REST(y + i, x + i, second + i, n - i);

#define QUANT_BENCH_XOR                                                        \
  _mm512_xor_si512(_mm512_loadu_si512(x + k), _mm512_loadu_si512(second + k))

QUANT_BENCH_AVX512 static void copy(char *y, const char *x, const char *second,
                                    size_t n){QUANT_BENCH_FOR_VECTORS(
    0, false, copyByMemcpy,
    { _mm512_storeu_si512(y + k, _mm512_loadu_si512(x + k)); })}

QUANT_BENCH_AVX512 static __m512i *toVector(char *address) {
  return reinterpret_cast<__m512i *>(address);
}

QUANT_BENCH_AVX512 static void stream(char *y, const char *x,
                                      const char *second, size_t n) {
  QUANT_BENCH_FOR_VECTORS(getHead(y, n), false, copyByMemcpy, {
    _mm512_stream_si512(toVector(y + k), _mm512_loadu_si512(x + k));
  })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void streamPrefetched(char *y, const char *x,
                                                const char *second, size_t n) {
  QUANT_BENCH_FOR_VECTORS(getHead(y, n), true, copyByMemcpy, {
    _mm512_stream_si512(toVector(y + k), _mm512_loadu_si512(x + k));
  })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void combine(char *y, const char *x,
                                       const char *second, size_t n){
    QUANT_BENCH_FOR_VECTORS(0, false, combinePlainly,
                            { _mm512_storeu_si512(y + k, QUANT_BENCH_XOR); })}

QUANT_BENCH_AVX512 static void streamCombined(char *y, const char *x,
                                              const char *second, size_t n) {
  QUANT_BENCH_FOR_VECTORS(getHead(y, n), true, combinePlainly, {
    _mm512_stream_si512(toVector(y + k), QUANT_BENCH_XOR);
  })
  _mm_sfence();
}

QUANT_BENCH_AVX512 static void read(char *y, const char *x, const char *second,
                                    size_t n) {
  __m512i bits[4] = {};
  size_t i = 0;
  for (; i + stepSize <= n; i += stepSize)
    for (size_t k = 0; k < 4; ++k)
      bits[k] =
          _mm512_or_si512(bits[k], _mm512_loadu_si512(x + i + k * vectorSize));
  bits[0] = _mm512_or_si512(_mm512_or_si512(bits[0], bits[1]),
                            _mm512_or_si512(bits[2], bits[3]));
  readPlainly(y, x + i, second, n - i);
  *y = static_cast<char>(*y | _mm512_reduce_or_epi32(bits[0]));
}

static std::vector<Mover> getAVX512Movers(Traffic traffic) {
  switch (traffic) {
  case Traffic::ReadWrite:
    return {{"copy", copy},
            {"stream", stream},
            {"stream, prefetch", streamPrefetched}};
  case Traffic::ReadReadWrite:
    return {{"combine", combine}, {"stream, prefetch", streamCombined}};
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
