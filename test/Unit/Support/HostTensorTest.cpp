//===- HostTensorTest.cpp - Tests of HostTensor ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/HostTensor.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace quant_act;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// The bits of a value that was rounded to a type.
static uint64_t round(ElementType type, double value) {
  HostTensor tensor(type, {});
  tensor.setDouble(0, value);
  uint64_t bits = 0;
  std::memcpy(&bits, tensor.getData(), tensor.getNumBytes());
  return bits;
}

/// The value of a bit pattern.
static double expand(ElementType type, uint64_t bits) {
  HostTensor tensor(type, {});
  std::memcpy(tensor.getData(), &bits, tensor.getNumBytes());
  return tensor.getDouble(0);
}

TEST(HostTensorTest, DescribesElementTypes) {
  struct {
    ElementType type;
    const char *name;
    unsigned width;
    bool isFloat;
  } cases[] = {
      {ElementType::F16, "f16", 2, true},
      {ElementType::BF16, "bf16", 2, true},
      {ElementType::F32, "f32", 4, true},
      {ElementType::F64, "f64", 8, true},
      {ElementType::I8, "i8", 1, false},
      {ElementType::I16, "i16", 2, false},
      {ElementType::I32, "i32", 4, false},
      {ElementType::I64, "i64", 8, false},
      {ElementType::F4E2M1FN, "f4E2M1FN", 1, true},
      {ElementType::F6E2M3FN, "f6E2M3FN", 1, true},
      {ElementType::F6E3M2FN, "f6E3M2FN", 1, true},
      {ElementType::F8E4M3FN, "f8E4M3FN", 1, true},
      {ElementType::F8E8M0FNU, "f8E8M0FNU", 1, true},
  };
  for (const auto &c : cases) {
    EXPECT_EQ(getName(c.type), c.name);
    EXPECT_EQ(getByteWidth(c.type), c.width);
    EXPECT_EQ(isFloat(c.type), c.isFloat);
  }
  EXPECT_EQ(&getSemantics(ElementType::BF16), &APFloat::BFloat());
}

TEST(HostTensorTest, FormatsShape) {
  EXPECT_EQ(formatShape({}), "scalar");
  EXPECT_EQ(formatShape({5}), "5");
  EXPECT_EQ(formatShape({2, 64, 0}), "2x64x0");
}

TEST(HostTensorTest, StartsAsZero) {
  HostTensor tensor(ElementType::F16, {2, 3});
  EXPECT_EQ(tensor.getRank(), 2);
  EXPECT_EQ(tensor.getNumElements(), 6);
  EXPECT_EQ(tensor.getNumBytes(), 12);
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(tensor.getDouble(i), 0);

  HostTensor scalar(ElementType::F64, {});
  EXPECT_EQ(scalar.getNumElements(), 1);
  HostTensor empty(ElementType::F64, {3, 0});
  EXPECT_EQ(empty.getNumElements(), 0);
  EXPECT_EQ(empty.getNumBytes(), 0);
}

TEST(HostTensorTest, HoldsMinifloatsInBytes) {
  EXPECT_EQ(round(ElementType::F4E2M1FN, -6), 0xfu);
  EXPECT_EQ(round(ElementType::F4E2M1FN, 2.5), 0x4u);
  EXPECT_EQ(round(ElementType::F6E3M2FN, 28), 0x1fu);
  EXPECT_EQ(round(ElementType::F6E2M3FN, -0.125), 0x21u);
  EXPECT_EQ(round(ElementType::F8E8M0FNU, 0.5), 126u);
  // High bits are ignored.
  EXPECT_EQ(expand(ElementType::F4E2M1FN, 0xfb), -1.5);
  EXPECT_EQ(expand(ElementType::F6E2M3FN, 0xc1), 0.125);
  EXPECT_EQ(expand(ElementType::F8E8M0FNU, 0), 0x1.0p-127);
  EXPECT_TRUE(std::isnan(expand(ElementType::F8E8M0FNU, 255)));
}

TEST(HostTensorTest, RoundsToF16) {
  EXPECT_EQ(round(ElementType::F16, 1), 0x3c00u);
  EXPECT_EQ(round(ElementType::F16, -2), 0xc000u);
  EXPECT_EQ(round(ElementType::F16, -0.0), 0x8000u);
  EXPECT_EQ(round(ElementType::F16, 65504), 0x7bffu);
  // Ties go to even, here down and up.
  EXPECT_EQ(round(ElementType::F16, 1 + 0x1p-11), 0x3c00u);
  EXPECT_EQ(round(ElementType::F16, 1 + 0x3p-11), 0x3c02u);
  // Overflow starts half a unit above the largest number.
  EXPECT_EQ(round(ElementType::F16, std::nextafter(65520, 0)), 0x7bffu);
  EXPECT_EQ(round(ElementType::F16, 65520), 0x7c00u);
  EXPECT_EQ(round(ElementType::F16, -infinity), 0xfc00u);
  // The smallest subnormal, and the tie between it and zero.
  EXPECT_EQ(round(ElementType::F16, 0x1p-24), 0x0001u);
  EXPECT_EQ(round(ElementType::F16, 0x1p-25), 0x0000u);
  EXPECT_TRUE(std::isnan(
      expand(ElementType::F16, round(ElementType::F16, std::nan("")))));
}

TEST(HostTensorTest, RoundsToBF16) {
  EXPECT_EQ(round(ElementType::BF16, 1), 0x3f80u);
  EXPECT_EQ(round(ElementType::BF16, -3.140625), 0xc049u);
  EXPECT_EQ(round(ElementType::BF16, 1 + 0x1p-8), 0x3f80u);
  EXPECT_EQ(round(ElementType::BF16, 1 + 0x3p-8), 0x3f82u);
  // Rounding to f32 on the way would make a tie of it.
  EXPECT_EQ(round(ElementType::BF16, 1 + 0x1p-8 + 0x1p-40), 0x3f81u);
  EXPECT_EQ(round(ElementType::BF16, 1e39), 0x7f80u);
  EXPECT_EQ(round(ElementType::BF16, 0x1p-133), 0x0001u);
}

TEST(HostTensorTest, RoundsToF32) {
  EXPECT_EQ(round(ElementType::F32, 0.1), 0x3dcccccdu);
  EXPECT_EQ(round(ElementType::F32, 1e300), 0x7f800000u);
  EXPECT_EQ(round(ElementType::F32, 0x1p-149), 0x00000001u);
}

TEST(HostTensorTest, ExpandsExactly) {
  EXPECT_EQ(expand(ElementType::F16, 0x3555), 0x1.554p-2);
  EXPECT_EQ(expand(ElementType::F16, 0x0001), 0x1p-24);
  EXPECT_EQ(expand(ElementType::F16, 0x7c00), infinity);
  EXPECT_TRUE(std::isnan(expand(ElementType::F16, 0x7e00)));
  EXPECT_TRUE(std::signbit(expand(ElementType::F16, 0x8000)));
  EXPECT_EQ(expand(ElementType::BF16, 0x4049), 3.140625);
  EXPECT_EQ(expand(ElementType::BF16, 0x0001), 0x1p-133);
  EXPECT_EQ(expand(ElementType::F32, 0x3f000001), 0.5 + 0x1p-24);
  EXPECT_EQ(expand(ElementType::I8, 0x80), -128);
  EXPECT_EQ(expand(ElementType::I16, 0xffff), -1);
  EXPECT_EQ(expand(ElementType::I32, 0x7fffffff), 2147483647);
  EXPECT_EQ(expand(ElementType::I64, ~uint64_t(0)), -1);
}

TEST(HostTensorTest, RoundTripsEvery16BitFloat) {
  for (ElementType type : {ElementType::F16, ElementType::BF16})
    for (uint64_t bits = 0; bits < 0x10000; ++bits) {
      double value = expand(type, bits);
      if (std::isnan(value))
        continue;
      ASSERT_EQ(round(type, value), bits);
    }
}

TEST(HostTensorTest, TruncatesToInteger) {
  HostTensor tensor(ElementType::I16, {2});
  tensor.setDouble(0, 2.9);
  tensor.setDouble(1, -2.9);
  EXPECT_EQ(tensor.getDouble(0), 2);
  EXPECT_EQ(tensor.getDouble(1), -2);
}

TEST(HostTensorTest, StoresFloatExactly) {
  HostTensor tensor(ElementType::F32, {2});
  APFloat value(APFloat::IEEEsingle(), APInt(32, 0xffc12345));
  tensor.setFloat(1, value);
  EXPECT_EQ(tensor.getDouble(0), 0);
  EXPECT_TRUE(tensor.getFloat(1).bitwiseIsEqual(value));
}

TEST(HostTensorTest, Fills) {
  HostTensor tensor(ElementType::BF16, {2, 2});
  tensor.fill(1.5);
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_EQ(tensor.getDouble(i), 1.5);
}

TEST(HostTensorTest, SlicesFirstDimension) {
  HostTensor tensor(ElementType::I32, {4, 3});
  for (int64_t i = 0; i < 12; ++i)
    tensor.setDouble(i, i);

  HostTensor middle = tensor.sliceFirstDimension(1, 3);
  EXPECT_EQ(middle.getElementType(), ElementType::I32);
  EXPECT_EQ(middle.getShape(), ArrayRef<int64_t>({2, 3}));
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(middle.getDouble(i), i + 3);

  EXPECT_EQ(tensor.sliceFirstDimension(0, 4).getNumElements(), 12);
  EXPECT_EQ(tensor.sliceFirstDimension(3, 4).getDouble(2), 11);
  HostTensor none = tensor.sliceFirstDimension(4, 4);
  EXPECT_EQ(none.getShape(), ArrayRef<int64_t>({0, 3}));
}

TEST(HostTensorTest, SlicesEmptyTensors) {
  HostTensor noRows(ElementType::F32, {0, 3});
  EXPECT_EQ(noRows.sliceFirstDimension(0, 0).getNumElements(), 0);
  HostTensor noColumns(ElementType::F32, {4, 0});
  HostTensor slice = noColumns.sliceFirstDimension(1, 3);
  EXPECT_EQ(slice.getShape(), ArrayRef<int64_t>({2, 0}));
  HostTensor vector(ElementType::F32, {4});
  EXPECT_EQ(vector.sliceFirstDimension(2, 3).getShape(),
            ArrayRef<int64_t>({1}));
}

TEST(HostTensorTest, AllocatesShapesFromOutside) {
  auto message = [](ArrayRef<int64_t> shape) {
    Expected<HostTensor> tensor = HostTensor::allocate(ElementType::F32, shape);
    return tensor ? formatShape(tensor->getShape())
                  : toString(tensor.takeError());
  };
  int64_t largest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(message({}), "scalar");
  EXPECT_EQ(message({2, 3}), "2x3");
  EXPECT_EQ(message({0, largest / 8}), "0x1152921504606846975");
  EXPECT_EQ(message({2, -1}), "array 2x-1 of f32 has a negative extent");
  EXPECT_EQ(message({largest / 8}), "array 1152921504606846975 of f32 does not "
                                    "fit in this machine's memory");
  // 2^64 elements are not none, and products must not overflow on the way.
  EXPECT_EQ(message({int64_t(1) << 32, int64_t(1) << 32}),
            "array 4294967296x4294967296 of f32 does not fit in this machine's "
            "memory");
  EXPECT_EQ(message({largest, 0}), "array 9223372036854775807x0 of f32 does "
                                   "not fit in this machine's memory");
}
