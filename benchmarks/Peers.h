//===- Peers.h - Other systems' times ---------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_PEERS_H
#define QUANTACT_BENCHMARKS_PEERS_H

#include "Result.h"

#include "llvm/ADT/StringMap.h"

namespace quant_act::bench {

/// Per workload, microseconds by each system.
using PeerTimes = llvm::StringMap<std::vector<std::pair<std::string, double>>>;

/// Runs peers.py, which does the same workloads with the systems that this
/// Python finds. Fails if there are none.
llvm::Expected<PeerTimes> measurePeers(llvm::StringRef python,
                                       llvm::ArrayRef<Workload> workloads,
                                       unsigned rounds);

/// Adds the systems' times of a result's workload to it.
void addPeers(Result &result, const PeerTimes &times);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_PEERS_H
