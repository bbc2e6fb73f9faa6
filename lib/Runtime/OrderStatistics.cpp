//===- OrderStatistics.cpp - k-th smallest values per channel -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelSearch.h"

using namespace quant_act::runtime;

template <typename Key>
static void find(const QuantActMemRef *x, const QuantActMemRef *ranks,
                 const QuantActMemRef *values, int32_t order, Key infinity) {
  KeyOrder<Key> keyOrder{infinity, (order & QuantActOrderNumbers) != 0,
                         (order & QuantActOrderRelu) != 0};
  findOrderStatistics(MemRef(*x), MemRef(*ranks), MemRef(*values), keyOrder,
                      std::malloc);
}

extern "C" {

void _mlir_ciface_quantActOrderStatisticsF16(const QuantActMemRef *x,
                                             const QuantActMemRef *ranks,
                                             const QuantActMemRef *values,
                                             int32_t order) {
  find<uint16_t>(x, ranks, values, order, 0x7c00);
}

void _mlir_ciface_quantActOrderStatisticsBF16(const QuantActMemRef *x,
                                              const QuantActMemRef *ranks,
                                              const QuantActMemRef *values,
                                              int32_t order) {
  find<uint16_t>(x, ranks, values, order, 0x7f80);
}

void _mlir_ciface_quantActOrderStatisticsF32(const QuantActMemRef *x,
                                             const QuantActMemRef *ranks,
                                             const QuantActMemRef *values,
                                             int32_t order) {
  find<uint32_t>(x, ranks, values, order, 0x7f800000);
}

void _mlir_ciface_quantActOrderStatisticsF64(const QuantActMemRef *x,
                                             const QuantActMemRef *ranks,
                                             const QuantActMemRef *values,
                                             int32_t order) {
  find<uint64_t>(x, ranks, values, order, 0x7ff0000000000000);
}

} // extern "C"
