//===- OrderStatistics.cpp - k-th smallest values per channel -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelSearch.h"

using namespace quant_act::runtime;

namespace {
struct Wanted {
  int64_t rank;
  const QuantActMemRef *values;
};
} // namespace

template <typename Key>
static void find(const QuantActMemRef *x, const Wanted &first,
                 const Wanted &second, int32_t order, Key infinity) {
  KeyOrder<Key> keyOrder{infinity, (order & QuantActOrderNumbers) != 0,
                         (order & QuantActOrderRelu) != 0};
  const int64_t ranks[] = {first.rank, second.rank};
  const MemRef values[] = {MemRef(*first.values), MemRef(*second.values)};
  findOrderStatistics(MemRef(*x), ranks, values, keyOrder, std::malloc);
}

extern "C" {

void _mlir_ciface_quantActOrderStatisticsF16(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order) {
  find<uint16_t>(x, {rank, values}, {otherRank, otherValues}, order, 0x7c00);
}

void _mlir_ciface_quantActOrderStatisticsBF16(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order) {
  find<uint16_t>(x, {rank, values}, {otherRank, otherValues}, order, 0x7f80);
}

void _mlir_ciface_quantActOrderStatisticsF32(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order) {
  find<uint32_t>(x, {rank, values}, {otherRank, otherValues}, order,
                 0x7f800000);
}

void _mlir_ciface_quantActOrderStatisticsF64(
    const QuantActMemRef *x, int64_t rank, const QuantActMemRef *values,
    int64_t otherRank, const QuantActMemRef *otherValues, int32_t order) {
  find<uint64_t>(x, {rank, values}, {otherRank, otherValues}, order,
                 0x7ff0000000000000);
}

} // extern "C"
