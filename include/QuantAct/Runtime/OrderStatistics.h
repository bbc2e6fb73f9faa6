/*===- OrderStatistics.h - k-th smallest values per channel -------*- C -*-===//
|*
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===//
|*
|* What compiled percentiles call. The functions are named and declared as
|* MLIR's C interface has them, so that func.call reaches them; they keep
|* nothing between calls and may run in any number of threads. They cannot fail:
|* without memory they are slower.
|*
\*===----------------------------------------------------------------------===*/

#ifndef QUANTACT_RUNTIME_ORDERSTATISTICS_H
#define QUANTACT_RUNTIME_ORDERSTATISTICS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An unranked memref: `descriptor` points to a struct of the allocated and the
 *  aligned pointer, the offset, `rank` extents and `rank` strides. */
typedef struct QuantActMemRef {
  int64_t rank;
  void *descriptor;
} QuantActMemRef;

/** What values are ordered by: their magnitudes, or as numbers with -0 before
 *  +0. NaN is the largest. */
enum {
  QuantActOrderMagnitudes = 0,
  QuantActOrderNumbers = 1,
  /** Added where negative numbers count as +0. */
  QuantActOrderRelu = 2
};

/** For each channel, the values (or magnitudes) with two ranks among its
 *  elements in x, counted from 1 for the smallest. The two may be one.
 *
 *  - `x`: its first dimensions are channels, as many as `values` has, the
 *    others the elements of a channel.
 *  - `rank`: from 1 to the number of elements of a channel.
 *  - `values`: is written, one per channel; 0 where channels are empty.
 *  - `otherRank`, `otherValues`: the same, for the other rank.
 *  - `order`: one of the above.
 */
void _mlir_ciface_quantActOrderStatisticsF16(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order);
void _mlir_ciface_quantActOrderStatisticsBF16(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order);
void _mlir_ciface_quantActOrderStatisticsF32(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order);
void _mlir_ciface_quantActOrderStatisticsF64(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order);

#ifdef __cplusplus
}
#endif

#endif /* QUANTACT_RUNTIME_ORDERSTATISTICS_H */
