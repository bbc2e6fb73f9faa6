//===- Bound.h - How fast memory is -----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops that move a workload's bytes and compute nothing. No code that does the
// workload can be faster than the fastest of them.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_BOUND_H
#define QUANTACT_BENCHMARKS_BOUND_H

#include <cstddef>
#include <string>
#include <vector>

namespace quant_act::bench {

/// What a workload must move at least: arrays of the elements' size.
enum class Traffic { ReadWrite, ReadReadWrite, Read };

/// Moves n bytes, a multiple of nothing in particular. `second` is read with
/// ReadReadWrite only; with Read, y is one byte.
using MoveFunction = void (*)(char *y, const char *x, const char *second,
                              size_t n);

struct Mover {
  std::string name;
  MoveFunction move;
};

/// The loops for this traffic that this processor can run.
std::vector<Mover> getMovers(Traffic traffic);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_BOUND_H
