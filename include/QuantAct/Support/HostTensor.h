//===- HostTensor.h - A dense array in host memory --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What flows between .npy files, the reference interpreter and compiled code:
// a row-major array with an element type and a shape.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_HOSTTENSOR_H
#define QUANTACT_SUPPORT_HOSTTENSOR_H

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// The element types a HostTensor can hold. The names (`getName`) are those of
/// MLIR's builtin types.
enum class ElementType {
  F4E2M1FN,
  F6E2M3FN,
  F6E3M2FN,
  F8E4M3FN,
  F8E5M2,
  F8E4M3FNUZ,
  F8E5M2FNUZ,
  F8E8M0FNU,
  F16,
  BF16,
  F32,
  F64,
  I8,
  I16,
  I32,
  I64
};

/// The type's MLIR name: "f4E2M1FN" ..., "f16", "bf16", "f32", "f64", "i8" ...
/// "i64".
llvm::StringRef getName(ElementType type);

/// Bytes of one element: at least one, of which types of 4 and 6 bits use the
/// low bits.
unsigned getByteWidth(ElementType type);

bool isFloat(ElementType type);

/// The IEEE semantics of a floating-point element type.
const llvm::fltSemantics &getSemantics(ElementType type);

/// A shape as text: "2x64x8x8"; "scalar" for rank 0.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Makes memory that starts a cache line, so that vectors do not straddle two.
template <typename T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U> &) {}

  T *allocate(size_t n) {
    return static_cast<T *>(::operator new(n * sizeof(T), alignment));
  }
  void deallocate(T *memory, size_t) { ::operator delete(memory, alignment); }

  bool operator==(const AlignedAllocator &) const { return true; }
  bool operator!=(const AlignedAllocator &) const { return false; }
};

/// A dense row-major array in host memory.
class HostTensor {
public:
  HostTensor() = default;

  /// All elements zero (the bit pattern 0).
  HostTensor(ElementType type, llvm::ArrayRef<int64_t> shape);

  /// The same for a shape that comes from outside.
  static llvm::Expected<HostTensor> allocate(ElementType type,
                                             llvm::ArrayRef<int64_t> shape);

  /// An error where an extent is negative or the array does not fit in this
  /// machine's memory.
  static llvm::Error checkShape(ElementType type,
                                llvm::ArrayRef<int64_t> shape);

  ElementType getElementType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  int64_t getNumElements() const;

  void *getData() { return bytes.data(); }
  const void *getData() const { return bytes.data(); }
  int64_t getNumBytes() const { return bytes.size(); }

  /// The element at a row-major position, exactly. Floating-point types only.
  llvm::APFloat getFloat(int64_t index) const;

  /// Stores a value that already has the element type's semantics.
  void setFloat(int64_t index, const llvm::APFloat &value);

  /// The element converted to double (exact for all types but i64).
  double getDouble(int64_t index) const;

  /// The element of an integer type, exactly.
  int64_t getInteger(int64_t index) const;

  /// Stores an integer that the integer element type can hold, signed or not.
  void setInteger(int64_t index, int64_t value);

  /// The same bytes as elements of a type of the same width.
  HostTensor reinterpret(ElementType type) const;

  /// Rounds to nearest even (float types) or truncates (integer types).
  void setDouble(int64_t index, double value);

  /// Sets every element as setDouble does.
  void fill(double value);

  /// The slices [begin, end) along the first dimension, copied. Requires rank
  /// >= 1 and 0 <= begin <= end <= extent.
  HostTensor sliceFirstDimension(int64_t begin, int64_t end) const;

private:
  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  std::vector<char, AlignedAllocator<char>> bytes;
};

} // namespace quant_act

#endif // QUANTACT_SUPPORT_HOSTTENSOR_H
