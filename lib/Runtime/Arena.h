//===- Arena.h - Memory that is handed out piece by piece -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_RUNTIME_ARENA_H
#define QUANTACT_LIB_RUNTIME_ARENA_H

#include <cstddef>
#include <cstdint>

namespace quant_act::runtime {

constexpr size_t lineSize = 64;

/// Memory that is handed out piece by piece. If it has none, it counts.
class Arena {
public:
  explicit Arena(void *memory) : memory(static_cast<char *>(memory)) {}

  template <typename T>
  T *take(size_t n) {
    T *piece = reinterpret_cast<T *>(memory + size);
    size += (n * sizeof(T) + lineSize - 1) / lineSize * lineSize;
    return memory ? piece : nullptr;
  }
  size_t getSize() const { return size; }

private:
  char *memory;
  size_t size = 0;
};

/// Elements per row, for at least n of them: an odd number of lines, so that
/// rows which are written side by side fall on different sets of a cache.
template <typename T>
constexpr int64_t padRow(int64_t n) {
  constexpr int64_t perLine = lineSize / sizeof(T);
  return ((n + perLine - 1) / perLine | 1) * perLine;
}

} // namespace quant_act::runtime

#endif // QUANTACT_LIB_RUNTIME_ARENA_H
