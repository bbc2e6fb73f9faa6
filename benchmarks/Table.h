//===- Table.h - Results as text --------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_TABLE_H
#define QUANTACT_BENCHMARKS_TABLE_H

#include "Result.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act::bench {

/// Prints a line per workload: the bound, bytes per time of code for extents
/// that are known, and ratios to the bound.
class Table {
public:
  /// `names` are the columns of ratios. Points of series are printed with what
  /// compareWithNeighbors says of them.
  Table(llvm::raw_ostream &os, std::vector<std::string> names,
        bool hasNeighbors = false)
      : os(os), names(std::move(names)), hasNeighbors(hasNeighbors) {}

  void printHeader();
  void print(const Result &result, double factor = 0.0);

private:
  llvm::raw_ostream &os;
  std::vector<std::string> names;
  bool hasNeighbors;
};

/// Comma-separated values: a line for each candidate of each workload.
void printCsvHeader(llvm::raw_ostream &os);
void printCsv(llvm::raw_ostream &os, llvm::StringRef series,
              llvm::ArrayRef<Result> results);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_TABLE_H
