//===- HostTensor.cpp - A dense array in host memory ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/HostTensor.h"
#include "QuantAct/Support/FloatConversion.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <unistd.h>

using namespace llvm;
using namespace quant_act;

StringRef quant_act::getName(ElementType type) {
  switch (type) {
  case ElementType::F4E2M1FN:
    return "f4E2M1FN";
  case ElementType::F6E2M3FN:
    return "f6E2M3FN";
  case ElementType::F6E3M2FN:
    return "f6E3M2FN";
  case ElementType::F8E4M3FN:
    return "f8E4M3FN";
  case ElementType::F8E5M2:
    return "f8E5M2";
  case ElementType::F8E4M3FNUZ:
    return "f8E4M3FNUZ";
  case ElementType::F8E5M2FNUZ:
    return "f8E5M2FNUZ";
  case ElementType::F8E8M0FNU:
    return "f8E8M0FNU";
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
  case ElementType::I16:
    return 2;
  case ElementType::I32:
    return 4;
  case ElementType::I64:
    return 8;
  default:
    return divideCeil(APFloat::semanticsSizeInBits(getSemantics(type)), 8);
  }
}

bool quant_act::isFloat(ElementType type) {
  switch (type) {
  case ElementType::I8:
  case ElementType::I16:
  case ElementType::I32:
  case ElementType::I64:
    return false;
  default:
    return true;
  }
}

const fltSemantics &quant_act::getSemantics(ElementType type) {
  switch (type) {
  case ElementType::F4E2M1FN:
    return APFloat::Float4E2M1FN();
  case ElementType::F6E2M3FN:
    return APFloat::Float6E2M3FN();
  case ElementType::F6E3M2FN:
    return APFloat::Float6E3M2FN();
  case ElementType::F8E4M3FN:
    return APFloat::Float8E4M3FN();
  case ElementType::F8E5M2:
    return APFloat::Float8E5M2();
  case ElementType::F8E4M3FNUZ:
    return APFloat::Float8E4M3FNUZ();
  case ElementType::F8E5M2FNUZ:
    return APFloat::Float8E5M2FNUZ();
  case ElementType::F8E8M0FNU:
    return APFloat::Float8E8M0FNU();
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
  const fltSemantics &semantics = getSemantics(type);
  return APFloat(semantics, APInt(APFloat::semanticsSizeInBits(semantics),
                                  loadBits(&bytes[index * width], width),
                                  /*isSigned=*/false, /*implicitTrunc=*/true));
}

void HostTensor::setFloat(int64_t index, const APFloat &value) {
  assert(&value.getSemantics() == &getSemantics(type) && "wrong semantics");
  unsigned width = getByteWidth(type);
  uint64_t bits = value.bitcastToAPInt().getZExtValue();
  std::memcpy(&bytes[index * width], &bits, width);
}

double HostTensor::getDouble(int64_t index) const {
  if (isFloat(type))
    return convertOnce(getFloat(index), APFloat::IEEEdouble())
        .convertToDouble();
  return static_cast<double>(getInteger(index));
}

int64_t HostTensor::getInteger(int64_t index) const {
  assert(!isFloat(type) && "not an integer type");
  unsigned width = getByteWidth(type);
  return APInt(width * 8, loadBits(&bytes[index * width], width))
      .getSExtValue();
}

void HostTensor::setInteger(int64_t index, int64_t value) {
  assert(!isFloat(type) && "not an integer type");
  unsigned width = getByteWidth(type);
  std::memcpy(&bytes[index * width], &value, width);
}

HostTensor HostTensor::reinterpret(ElementType newType) const {
  assert(getByteWidth(newType) == getByteWidth(type) && "another width");
  HostTensor result = *this;
  result.type = newType;
  return result;
}

void HostTensor::setDouble(int64_t index, double value) {
  if (isFloat(type))
    return setFloat(index, convertOnce(APFloat(value), getSemantics(type)));
  setInteger(index, static_cast<int64_t>(value));
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
