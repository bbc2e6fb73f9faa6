//===- StorageTest.cpp - Codes in floats of at most 8 bits ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every code of every type that stores minifloats, and every f16 number as such
// a code, interpreted and compiled, against APFloat's conversions. Numbers
// beyond the largest saturate; what a type does not have is as the docs of
// `quantize` say.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace quant_act;
using llvm::APFloat;
using llvm::APInt;
using llvm::SmallVector;

namespace {

struct Storage {
  const char *format;
  ElementType type;
};

constexpr Storage storages[] = {{"e4m3fn", ElementType::F8E4M3FN},
                                {"e5m2", ElementType::F8E5M2},
                                {"e4m3fnuz", ElementType::F8E4M3FNUZ},
                                {"e5m2fnuz", ElementType::F8E5M2FNUZ},
                                {"e3m2fn", ElementType::F6E3M2FN},
                                {"e2m3fn", ElementType::F6E2M3FN},
                                {"e2m1fn", ElementType::F4E2M1FN},
                                {"e8m0fnu", ElementType::F8E8M0FNU}};

constexpr int64_t numBytes = 256, numHalves = 65536;

double toDouble(APFloat value) {
  if (value.isNaN())
    return std::numeric_limits<double>::quiet_NaN();
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

/// The number nearest to `value`.
APFloat fromDouble(double value, const llvm::fltSemantics &semantics) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return number;
}

/// What @f makes of the arguments, both ways, which must agree.
HostTensor run(TestProgram &program, std::vector<const HostTensor *> arguments,
               const std::string &what) {
  return program.runBothWays("f", arguments, what).at(0);
}

HostTensor makeOne() {
  HostTensor one(ElementType::F32, {});
  one.fill(1.0);
  return one;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

HostTensor makeBytes(ElementType type) {
  HostTensor bytes(ElementType::I8, {numBytes});
  for (int64_t i = 0; i < numBytes; ++i)
    bytes.setInteger(i, i);
  return bytes.reinterpret(type);
}

/// The number that the low bits of a byte stand for.
double decode(ElementType type, int64_t byte) {
  const llvm::fltSemantics &semantics = getSemantics(type);
  unsigned width = APFloat::semanticsSizeInBits(semantics);
  return toDouble(APFloat(semantics, APInt(8, byte).trunc(width)));
}

TEST(Storage, EveryCodeIsRead) {
  for (const Storage &storage : storages) {
    std::string q = tensorType({numBytes}, storage.type);
    TestProgram program(
        "func.func @f(%q: " + q +
        ", %s: tensor<f32>) -> tensor<256xf32> {\n"
        "  %y = quant_act.dequantize from #quant_act.float<" +
        storage.format + "> %q scale %s : " + q +
        ", tensor<f32> -> tensor<256xf32>\n  return %y : tensor<256xf32>\n}");
    HostTensor codes = makeBytes(storage.type), one = makeOne();
    HostTensor expected(ElementType::F32, {numBytes});
    for (int64_t i = 0; i < numBytes; ++i)
      expected.setDouble(i, decode(storage.type, i));
    EXPECT_TRUE(
        equalBits(run(program, {&codes, &one}, storage.format), expected))
        << storage.format;
  }
}

/// The three types that are new to MX, by the definition in OCP's Microscaling
/// Formats (MX) Specification 1.0, 5.3: APFloat has no say.
TEST(Storage, NumbersOfMX) {
  const double e2m1[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  for (int64_t code = 0; code < 16; ++code) {
    double expected = std::copysign(e2m1[code % 8], code < 8 ? 1 : -1);
    EXPECT_EQ(decode(ElementType::F4E2M1FN, code), expected);
  }
  auto check = [](ElementType type, int mantissaBits, int bias) {
    for (int64_t code = 0; code < 64; ++code) {
      int exponent = (code % 32) >> mantissaBits;
      int mantissa = code % (1 << mantissaBits);
      double significand = std::ldexp(mantissa, -mantissaBits);
      double magnitude = exponent == 0
                             ? std::ldexp(significand, 1 - bias)
                             : std::ldexp(1 + significand, exponent - bias);
      EXPECT_EQ(decode(type, code), code < 32 ? magnitude : -magnitude);
    }
  };
  check(ElementType::F6E2M3FN, 3, 1);
  check(ElementType::F6E3M2FN, 2, 3);
  for (int64_t code = 0; code < 255; ++code)
    EXPECT_EQ(decode(ElementType::F8E8M0FNU, code),
              std::ldexp(1.0, code - 127));
  EXPECT_TRUE(std::isnan(decode(ElementType::F8E8M0FNU, 255)));
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// quantize of x by 1, in f16 or a wider type.
std::string quantizeText(const Storage &storage, const std::string &x,
                         const std::string &q, const std::string &rounding) {
  return "func.func @f(%x: " + x + ", %s: tensor<f16>) -> " + q +
         " {\n  %q = quant_act.quantize to #quant_act.float<" + storage.format +
         ">" + rounding + " %x scale %s : " + x + ", tensor<f16> -> " + q +
         "\n  return %q : " + q + "\n}";
}

HostTensor quantize(const Storage &storage, const HostTensor &x,
                    const std::string &rounding = "") {
  TestProgram program(
      quantizeText(storage, tensorType(x.getShape(), x.getElementType()),
                   tensorType(x.getShape(), storage.type), rounding));
  HostTensor one(ElementType::F16, {});
  one.fill(1.0);
  return run(program, {&x, &one}, storage.format);
}

/// Every bit pattern of f16, as a number of a type.
HostTensor makeHalves(ElementType type) {
  HostTensor halves(ElementType::I16, {numHalves}), x(type, {numHalves});
  for (int64_t i = 0; i < numHalves; ++i)
    halves.setInteger(i, i);
  halves = halves.reinterpret(ElementType::F16);
  for (int64_t i = 0; i < numHalves; ++i)
    x.setDouble(i, halves.getDouble(i));
  return x;
}

/// The code of a quotient that was computed in a type; infinite ones become
/// NaN.
APFloat encode(const llvm::fltSemantics &semantics, double u,
               ElementType compute) {
  APFloat largest = APFloat::getLargest(semantics);
  APFloat nan = APFloat::semanticsHasNaN(semantics) ? APFloat::getNaN(semantics)
                                                    : largest;
  if (!std::isfinite(u))
    return nan;
  double limit = toDouble(largest);
  if (APFloat::semanticsHasSignedRepr(semantics))
    return fromDouble(std::clamp(u, -limit, limit), semantics);
  if (u <= 0.0)
    return APFloat::getSmallest(semantics);
  APFloat rounded = fromDouble(u, semantics);
  // f16 rounds up to 65536, which it has not.
  return compute == ElementType::F16 && toDouble(rounded) == 65536.0 ? nan
                                                                     : rounded;
}

TEST(Storage, EveryHalfIsStored) {
  for (ElementType type : {ElementType::F16, ElementType::F32})
    for (const Storage &storage : storages) {
      HostTensor x = makeHalves(type);
      HostTensor expected(storage.type, x.getShape());
      for (int64_t i = 0; i < numHalves; ++i)
        expected.setFloat(
            i, encode(getSemantics(storage.type), x.getDouble(i), type));
      EXPECT_TRUE(equalBits(quantize(storage, x), expected))
          << storage.format << " of " << getName(type).str();
    }
}

/// Scales of MX: the power of two below. f32 has more of them than f8E8M0FNU.
TEST(Storage, ExponentsAreRoundedDown) {
  Storage storage{"e8m0fnu", ElementType::F8E8M0FNU};
  HostTensor x = makeHalves(ElementType::F16);
  HostTensor codes = quantize(storage, x, " round floor");
  for (int64_t i = 0; i < numHalves; ++i) {
    double value = x.getDouble(i);
    if (value > 0.0 && std::isfinite(value)) {
      ASSERT_EQ(codes.getDouble(i), std::ldexp(1.0, std::ilogb(value)));
    }
  }

  const double values[] = {0x1.0p-149, 0x1.0p-127,    0x1.8p-127,
                           0x1.0p-126, 0x1.cp-126,    0x1.fffffep-126,
                           0x1.0p127,  0x1.8p127,     -1.0,
                           -0.0,       0x1.fffffep127};
  const double floors[] = {0x1.0p-127, 0x1.0p-127, 0x1.0p-127, 0x1.0p-126,
                           0x1.0p-126, 0x1.0p-126, 0x1.0p127,  0x1.0p127,
                           0x1.0p-127, 0x1.0p-127, 0x1.0p127};
  HostTensor extremes(ElementType::F32, {std::size(values)});
  for (int64_t i = 0; i < extremes.getNumElements(); ++i)
    extremes.setDouble(i, values[i]);
  codes = quantize(storage, extremes, " round floor");
  for (int64_t i = 0; i < codes.getNumElements(); ++i)
    EXPECT_EQ(codes.getDouble(i), floors[i]) << values[i];
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

/// y of int8 codes with a scale for each index of one dimension.
HostTensor quantizeBy(const HostTensor &scale, const HostTensor &x,
                      const std::string &grid) {
  std::string xType = tensorType(x.getShape(), x.getElementType());
  std::string scaleType = tensorType({numBytes}, scale.getElementType());
  TestProgram program(
      "func.func @f(%x: " + xType + ", %s: " + scaleType + ") -> " + xType +
      " {\n  %y = quant_act.fake_quant to #quant_act.int<8, signed> on "
      "#quant_act.grid<" +
      grid + "> %x scale %s : " + xType + ", " + scaleType +
      "\n  return %y : " + xType + "\n}");
  return run(program, {&x, &scale}, grid);
}

/// Whether scales that are codes scale as the same numbers do, in f32 or in x's
/// type, along rows and across them.
void expectScales(ElementType storage, bool isOfXType) {
  HostTensor codes = makeBytes(storage);
  constexpr int64_t numOthers = 37;
  for (ElementType type : {ElementType::F16, ElementType::BF16,
                           ElementType::F32, ElementType::F64})
    for (bool isFirst : {true, false}) {
      HostTensor scales(isOfXType ? type : ElementType::F32, {numBytes});
      for (int64_t i = 0; i < numBytes; ++i)
        scales.setDouble(i, decode(storage, i));
      std::string grid = isFirst ? "broadcast = [256, 1], permutation = [0, 1]"
                                 : "broadcast = [1, 256], permutation = [1, 0]";
      HostTensor x(type, isFirst ? SmallVector<int64_t>{numBytes, numOthers}
                                 : SmallVector<int64_t>{numOthers, numBytes});
      for (int64_t i = 0; i < x.getNumElements(); ++i)
        x.setDouble(i, std::ldexp(i % 96 - 48.3, i % 31 - 15));
      EXPECT_TRUE(
          equalBits(quantizeBy(codes, x, grid), quantizeBy(scales, x, grid)))
          << getName(type).str() << " " << grid;
    }
}

TEST(Storage, EveryExponentScales) {
  expectScales(ElementType::F8E8M0FNU, /*isOfXType=*/false);
}

/// f16 and bf16 have the numbers of f8E4M3FN.
TEST(Storage, EveryMinifloatScales) {
  expectScales(ElementType::F8E4M3FN, /*isOfXType=*/true);
}

/// Runs `text`, which quantizes blocks of the last dimension, 128, to e2m1 and
/// back; `getScale` is the block's scale, from its largest magnitude.
void checkBlocks(const char *text, int64_t blockSize,
                 llvm::function_ref<double(double)> getScale,
                 const std::string &name) {
  TestProgram program(text);
  HostTensor x(ElementType::F32, {5, 128});
  for (int64_t i = 0; i < x.getNumElements(); ++i)
    x.setDouble(i, std::ldexp(std::sin(double(i)), i / blockSize % 9 - 4));
  HostTensor expected = x;
  for (int64_t first = 0; first < x.getNumElements(); first += blockSize) {
    double largest = 0.0;
    for (int64_t i = first; i < first + blockSize; ++i)
      largest = std::max(largest, std::fabs(x.getDouble(i)));
    double scale = getScale(largest);
    for (int64_t i = first; i < first + blockSize; ++i) {
      float u = static_cast<float>(x.getDouble(i)) / static_cast<float>(scale);
      expected.setDouble(
          i, toDouble(encode(APFloat::Float4E2M1FN(), u, ElementType::F32)) *
                 scale);
    }
  }
  EXPECT_TRUE(equalBits(run(program, {&x}, name), expected));
}

/// MX: blocks of 32 numbers with a scale of their own.
TEST(Storage, BlocksOfMX) {
  const char *const text = R"(
    #blocks = #quant_act.grid<broadcast = [?, 4], permutation = [0, 1]>
    func.func @f(%x: tensor<?x128xf32>) -> tensor<?x128xf32> {
      %emax = arith.constant dense<4.0> : tensor<f32>
      %t = quant_act.stats abs_max on #blocks %x
          : tensor<?x128xf32> -> tensor<?x4xf32>
      %s = quant_act.quantize to #quant_act.float<e8m0fnu> round floor
          %t scale %emax : tensor<?x4xf32>, tensor<f32> -> tensor<?x4xf8E8M0FNU>
      %q = quant_act.quantize to #quant_act.float<e2m1fn> on #blocks %x scale %s
          : tensor<?x128xf32>, tensor<?x4xf8E8M0FNU> -> tensor<?x128xf4E2M1FN>
      %y = quant_act.dequantize from #quant_act.float<e2m1fn> on #blocks
          %q scale %s
          : tensor<?x128xf4E2M1FN>, tensor<?x4xf8E8M0FNU> -> tensor<?x128xf32>
      return %y : tensor<?x128xf32>
    })";
  // 2 is the exponent of e2m1's largest number.
  auto getScale = [](double largest) {
    return std::ldexp(1.0, std::ilogb(largest) - 2);
  };
  checkBlocks(text, 32, getScale, "MX");
}

/// NVFP4: blocks of 16 numbers with a scale of their own, which has a mantissa.
TEST(Storage, BlocksOfNVFP4) {
  const char *const text = R"(
    #blocks = #quant_act.grid<broadcast = [?, 8], permutation = [0, 1]>
    func.func @f(%x: tensor<?x128xf32>) -> tensor<?x128xf32> {
      %max = arith.constant dense<6.0> : tensor<f32>
      %t = quant_act.stats abs_max on #blocks %x
          : tensor<?x128xf32> -> tensor<?x8xf32>
      %s = quant_act.quantize to #quant_act.float<e4m3fn>
          %t scale %max : tensor<?x8xf32>, tensor<f32> -> tensor<?x8xf8E4M3FN>
      %q = quant_act.quantize to #quant_act.float<e2m1fn> on #blocks %x scale %s
          : tensor<?x128xf32>, tensor<?x8xf8E4M3FN> -> tensor<?x128xf4E2M1FN>
      %y = quant_act.dequantize from #quant_act.float<e2m1fn> on #blocks
          %q scale %s
          : tensor<?x128xf4E2M1FN>, tensor<?x8xf8E4M3FN> -> tensor<?x128xf32>
      return %y : tensor<?x128xf32>
    })";
  auto getScale = [](double largest) {
    float quotient = static_cast<float>(largest) / 6.0f;
    return toDouble(
        encode(APFloat::Float8E4M3FN(), quotient, ElementType::F32));
  };
  checkBlocks(text, 16, getScale, "NVFP4");
}

} // namespace
