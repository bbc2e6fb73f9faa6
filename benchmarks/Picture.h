//===- Picture.h - Results as a picture -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_PICTURE_H
#define QUANTACT_BENCHMARKS_PICTURE_H

#include "Result.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act::bench {

/// Results that stand side by side. They are joined by lines if they are a
/// series.
struct Panel {
  std::string title;
  std::vector<Result> results;
  bool isSeries;
};

/// Writes an SVG document of ratios to the bound, one panel below the other.
void drawRatios(llvm::ArrayRef<Panel> panels, llvm::raw_ostream &os);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_PICTURE_H
