//===- Result.cpp - What was measured -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Result.h"

#include "llvm/ADT/STLExtras.h"

using namespace quant_act;
using namespace quant_act::bench;

const Result::Timing *Result::find(llvm::StringRef name) const {
  auto it = llvm::find_if(
      timings, [&](const Timing &timing) { return timing.name == name; });
  return it == timings.end() ? nullptr : &*it;
}

std::vector<std::string>
quant_act::bench::getCandidateNames(llvm::ArrayRef<Result> results) {
  std::vector<std::string> names;
  for (const Result &result : results)
    for (const Result::Timing &timing : result.timings)
      if (!llvm::is_contained(names, timing.name))
        names.push_back(timing.name);
  return names;
}
