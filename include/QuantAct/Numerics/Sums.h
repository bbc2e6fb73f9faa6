//===- Sums.h - How contributions to a parameter are summed -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of elements' contributions to parameters are sums in f64 by a fixed
// tree, so that no vector width, loop order or thread count shows in them.
// Of the dimensions along which all parameters are shared, the innermost
// neighbors are those of a run: adjacent elements, or, where parameters vary
// along the last dimension, those of a channel in adjacent rows. The element at
// a position in its run adds to lane position mod 16, runs one after the other;
// the lanes are added in their order at the end.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_SUMS_H
#define QUANTACT_NUMERICS_SUMS_H

#include <array>
#include <cstdint>

namespace quant_act {

/// Enough independent additions for two vectors of the widest registers.
constexpr int64_t numSumLanes = 16;

/// One sum.
class LaneSum {
public:
  /// Adds the term of the element at a position in its run.
  void add(int64_t position, double term) {
    lanes[position % numSumLanes] += term;
  }

  double get() const {
    double sum = 0.0;
    for (double lane : lanes)
      sum += lane;
    return sum;
  }

private:
  std::array<double, numSumLanes> lanes{};
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_SUMS_H
