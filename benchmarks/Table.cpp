//===- Table.cpp - Results as text ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"

#include "Sweep.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace quant_act;
using namespace quant_act::bench;

/// Columns of ratios are as wide as their names.
static std::string pad(llvm::StringRef text, llvm::StringRef name) {
  size_t width = std::max<size_t>(name.size(), 6);
  return std::string(2 + width - std::min(width, text.size()), ' ') +
         text.str();
}

void Table::printHeader() {
  os << llvm::formatv("{0,-9} {1,-34} {2,12} {3,7}", "workload", "",
                      "bound, us", "GB/s");
  for (const std::string &name : names)
    os << pad(name, name);
  if (hasNeighbors)
    os << "  neighbors";
  os << "  compilation\n";
}

void Table::print(const Result &result, double factor) {
  const Result::Timing *compiled = result.find(staticName);
  os << llvm::formatv("{0,-9} {1,-34} {2,12:f3} {3,7:f1}", result.workload.name,
                      result.workload.description, result.bound.time,
                      result.workload.getNumBytes() / compiled->time * 1e-3);
  for (const std::string &name : names) {
    const Result::Timing *timing = result.find(name);
    os << pad(timing ? llvm::formatv("{0:f2}", timing->ratio).str() : "-",
              name);
  }
  if (hasNeighbors)
    os << llvm::formatv("  {0,8:f2}{1}", factor,
                        factor > largestStep ? "!" : " ");
  os << llvm::formatv("  {0,5:f0} ms  {1}\n", result.compileTime,
                      result.problem.empty() ? "same bits" : result.problem);
  os.flush();
}

void quant_act::bench::printCsvHeader(llvm::raw_ostream &os) {
  os << "series,workload,extents,bytes,candidate,microseconds,"
        "nanoseconds_per_byte,ratio\n";
}

void quant_act::bench::printCsv(llvm::raw_ostream &os, llvm::StringRef series,
                                llvm::ArrayRef<Result> results) {
  auto printLine = [&](const Workload &workload, const Result::Timing &timing) {
    const Extents &extents = workload.extents;
    os << llvm::formatv(
        "\"{0}\",{1},{2}x{3}x{4},{5},{6},{7:f4},{8:f6},{9:f3}\n", series,
        workload.name, extents.outer, extents.channels, extents.inner,
        workload.getNumBytes(), timing.name, timing.time,
        timing.time * 1e3 / workload.getNumBytes(), timing.ratio);
  };
  for (const Result &result : results) {
    printLine(result.workload, result.bound);
    for (const Result::Timing &timing : result.timings)
      printLine(result.workload, timing);
  }
}
