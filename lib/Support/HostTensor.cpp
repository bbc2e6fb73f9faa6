//===- HostTensor.cpp - A dense array in host memory ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/HostTensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <unistd.h>

using namespace llvm;
using namespace quant_act;

StringRef quant_act::getName(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return "f16";
  case ElementType::BF16:
    return "bf16";
  case ElementType::F32:
    return "f32";
  case ElementType::F64:
    return "f64";
  case ElementType::I8:
    return "i8";
  case ElementType::I16:
    return "i16";
  case ElementType::I32:
    return "i32";
  case ElementType::I64:
    return "i64";
  }
  llvm_unreachable("covered switch");
}

unsigned quant_act::getByteWidth(ElementType type) {
  switch (type) {
  case ElementType::I8:
    return 1;
  case ElementType::F16:
  case ElementType::BF16:
  case ElementType::I16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
    return 4;
  case ElementType::F64:
  case ElementType::I64:
    return 8;
  }
  llvm_unreachable("covered switch");
}

bool quant_act::isFloat(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16 ||
         type == ElementType::F32 || type == ElementType::F64;
}

const fltSemantics &quant_act::getSemantics(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return APFloat::IEEEhalf();
  case ElementType::BF16:
    return APFloat::BFloat();
  case ElementType::F32:
    return APFloat::IEEEsingle();
  case ElementType::F64:
    return APFloat::IEEEdouble();
  default:
    llvm_unreachable("not a floating-point element type");
  }
}

std::string quant_act::formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return join(map_range(shape, [](int64_t n) { return std::to_string(n); }),
              "x");
}

HostTensor::HostTensor(ElementType type, ArrayRef<int64_t> shape)
    : type(type), shape(shape),
      bytes(getNumElements() * getByteWidth(type), 0) {}

/// Whether arrays of this type and shape can be in memory. If so, no product of
/// the extents overflows.
static bool fitsInMemory(ElementType type, ArrayRef<int64_t> shape) {
  std::optional<int64_t> numBytes = getByteWidth(type);
  for (int64_t extent : shape) {
    numBytes = checkedMul(*numBytes, std::max<int64_t>(extent, 1));
    if (!numBytes)
      return false;
  }
  int64_t memory = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) *
                   static_cast<int64_t>(sysconf(_SC_PAGESIZE));
  return is_contained(shape, 0) || *numBytes <= memory;
}

Error HostTensor::checkShape(ElementType type, ArrayRef<int64_t> shape) {
  std::string array = (formatShape(shape) + " of " + getName(type)).str();
  if (any_of(shape, [](int64_t extent) { return extent < 0; }))
    return createStringError("array " + array + " has a negative extent");
  if (!fitsInMemory(type, shape))
    return createStringError("array " + array +
                             " does not fit in this machine's memory");
  return Error::success();
}

Expected<HostTensor> HostTensor::allocate(ElementType type,
                                          ArrayRef<int64_t> shape) {
  if (Error error = checkShape(type, shape))
    return std::move(error);
  return HostTensor(type, shape);
}

int64_t HostTensor::getNumElements() const { return product_of(shape); }

/// Copies the bits of one element out of, or into, an integer.
static uint64_t loadBits(const char *from, unsigned width) {
  uint64_t bits = 0;
  std::memcpy(&bits, from, width);
  return bits;
}

APFloat HostTensor::getFloat(int64_t index) const {
  unsigned width = getByteWidth(type);
  return APFloat(getSemantics(type),
                 APInt(width * 8, loadBits(&bytes[index * width], width)));
}

void HostTensor::setFloat(int64_t index, const APFloat &value) {
  assert(&value.getSemantics() == &getSemantics(type) && "wrong semantics");
  unsigned width = getByteWidth(type);
  uint64_t bits = value.bitcastToAPInt().getZExtValue();
  std::memcpy(&bytes[index * width], &bits, width);
}

double HostTensor::getDouble(int64_t index) const {
  if (isFloat(type)) {
    APFloat value = getFloat(index);
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return value.convertToDouble();
  }
  return static_cast<double>(getInteger(index));
}

int64_t HostTensor::getInteger(int64_t index) const {
  assert(!isFloat(type) && "not an integer type");
  unsigned width = getByteWidth(type);
  return APInt(width * 8, loadBits(&bytes[index * width], width))
      .getSExtValue();
}

void HostTensor::setDouble(int64_t index, double value) {
  if (isFloat(type)) {
    APFloat converted(value);
    bool losesInfo;
    converted.convert(getSemantics(type), APFloat::rmNearestTiesToEven,
                      &losesInfo);
    return setFloat(index, converted);
  }
  int64_t integer = static_cast<int64_t>(value);
  unsigned width = getByteWidth(type);
  std::memcpy(&bytes[index * width], &integer, width);
}

void HostTensor::fill(double value) {
  for (int64_t i = 0, e = getNumElements(); i < e; ++i)
    setDouble(i, value);
}

HostTensor HostTensor::sliceFirstDimension(int64_t begin, int64_t end) const {
  assert(getRank() >= 1 && 0 <= begin && begin <= end && end <= shape.front());
  SmallVector<int64_t> sliceShape(shape);
  sliceShape.front() = end - begin;
  HostTensor slice(type, sliceShape);
  int64_t rowBytes = shape.front() == 0 ? 0 : getNumBytes() / shape.front();
  if (slice.getNumBytes() != 0)
    std::memcpy(slice.bytes.data(), bytes.data() + begin * rowBytes,
                slice.getNumBytes());
  return slice;
}
