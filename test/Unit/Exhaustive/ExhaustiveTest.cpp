//===- ExhaustiveTest.cpp - Every f16 and every bf16 ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled code equals an independent evaluation for every f16 and every bf16
// input. The target check-exhaustive does the same for every f32.
//
//===----------------------------------------------------------------------===//

#include "ExhaustiveCase.h"

#include "../Execution/TestProgram.h"

#include <set>

using namespace quant_act;
using independent::Contract;
using independent::Format;
using independent::makeFloat;
using independent::makeInt;
using independent::Precision;
using independent::Rounding;

namespace {

/// Powers of two, fractions without end, tiny and huge numbers. Some are not
/// normal in f16, or zero: divisions by zero are part of the contract, too.
constexpr double scales[] = {0.25, 0.1, 1.0, 3.0, 0.0117, 6e-8, 30000.0, 7.0};
constexpr double zeroPoints[] = {0.0, 3.0, 0.0, -2.5, 1.0, 0.0, 5.0, 0.0};

std::vector<Format> getMinifloats() {
  return {makeFloat("e4m3fn", 3, 7, 448),
          makeFloat("e5m2", 2, 15, 57344),
          makeFloat("e4m3fnuz", 3, 8, 240),
          makeFloat("e5m2fnuz", 2, 16, 57344),
          makeFloat("e3m2fn", 2, 3, 28),
          makeFloat("e2m3fn", 3, 1, 7.5),
          makeFloat("e2m1fn", 1, 1, 6),
          makeFloat("exponent = 4, mantissa = 3", 3, 7, 480),
          // e8m0fnu with signs: its smallest number is subnormal in f32.
          makeFloat("exponent = 8, mantissa = 0, bias = 128", 0, 128,
                    0x1.0p127)};
}

std::vector<Format> getFormats() {
  std::vector<Format> formats = getMinifloats();
  for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16, 32})
    for (bool isSigned : {true, false})
      for (bool isNarrow : {false, true})
        if (bits > 1 || !isNarrow)
          formats.push_back(makeInt(bits, isSigned, isNarrow));
  return formats;
}

std::vector<Contract> getContracts() {
  return {{"brevitas"},
          {"onnx", false, false, true},
          {"torch", false, true, true, true},
          {"torch_float", true, true, true, true, true, true},
          {"tensorrt", true, false, false, false, false, true},
          {"tflite", false}};
}

/// All values of a 16-bit type.
HostTensor getAllValues(Precision precision) {
  HostTensor x(getElementType(precision), {1 << 16});
  auto *data = static_cast<uint16_t *>(x.getData());
  for (unsigned i = 0; i < 1 << 16; ++i)
    data[i] = static_cast<uint16_t>(i);
  return x;
}

/// Compiles the cases together and runs each with every scale.
void checkAll(const std::vector<ExhaustiveCase> &tests) {
  std::string source;
  for (size_t i = 0; i < tests.size(); ++i)
    source += tests[i].buildFunction("f" + std::to_string(i));
  TestProgram program(source);
  for (size_t i = 0; i < tests.size(); ++i) {
    const ExhaustiveCase &test = tests[i];
    HostTensor x = getAllValues(test.storage);
    for (size_t j = 0; j < std::size(scales); ++j) {
      std::vector<HostTensor> parameters =
          test.buildParameters(scales[j], zeroPoints[j], /*seed=*/j);
      std::vector<const HostTensor *> arguments{&x};
      for (const HostTensor &parameter : parameters)
        arguments.push_back(&parameter);
      auto results = program.runCompiled("f" + std::to_string(i), arguments);
      ASSERT_TRUE(static_cast<bool>(results))
          << llvm::toString(results.takeError());
      std::optional<std::string> mismatch =
          test.findMismatch(x, results->front(), scales[j], zeroPoints[j], j);
      EXPECT_FALSE(mismatch) << *mismatch;
    }
  }
}

struct Types {
  Precision storage;
  Precision compute;
};

class Exhaustive : public testing::TestWithParam<Types> {};

TEST_P(Exhaustive, EveryRoundingMode) {
  std::vector<ExhaustiveCase> tests;
  for (size_t mode = 0; mode < getRoundingNames().size(); ++mode)
    for (const Format &format :
         {makeInt(8, true, false), makeInt(4, false, true),
          makeFloat("e4m3fn", 3, 7, 448)})
      tests.push_back({GetParam().storage, GetParam().compute,
                       static_cast<Rounding>(mode), format, Contract()});
  checkAll(tests);
}

TEST_P(Exhaustive, EveryFormat) {
  std::vector<ExhaustiveCase> tests;
  for (const Format &format : getFormats())
    tests.push_back({GetParam().storage, GetParam().compute, Rounding::HalfEven,
                     format, Contract()});
  checkAll(tests);
}

TEST_P(Exhaustive, EveryContract) {
  std::vector<ExhaustiveCase> tests;
  for (const Contract &contract : getContracts())
    for (Rounding rounding : {Rounding::HalfEven, Rounding::HalfAway})
      tests.push_back({GetParam().storage, GetParam().compute, rounding,
                       makeInt(8, true, false), contract});
  checkAll(tests);
}

INSTANTIATE_TEST_SUITE_P(
    Types, Exhaustive,
    testing::Values(Types{Precision::F16, Precision::F16},
                    Types{Precision::F16, Precision::F32},
                    Types{Precision::BF16, Precision::BF16},
                    Types{Precision::BF16, Precision::F32}),
    [](const testing::TestParamInfo<Types> &info) {
      return getName(getElementType(info.param.storage)).str() + "_" +
             getName(getElementType(info.param.compute)).str();
    });

/// The conversions that the independent evaluation rests on, against LLVM's.
TEST(IndependentQuantizer, Conversions) {
  for (uint32_t i = 0; i < 1 << 16; ++i) {
    auto bits = static_cast<uint16_t>(i);
    float half = independent::fromHalf(bits);
    llvm::APFloat expected(llvm::APFloat::IEEEhalf(), llvm::APInt(16, i));
    if (expected.isNaN()) {
      EXPECT_TRUE(std::isnan(half));
      continue;
    }
    EXPECT_EQ(half, expected.convertToFloat());
    EXPECT_EQ(independent::toHalf(half), bits);
  }
  // Around every tie of f16 and bf16.
  for (uint32_t high = 0; high < 1 << 16; ++high)
    for (uint32_t low : {0x0fffu, 0x1000u, 0x1001u, 0x3000u, 0x7fffu, 0x8000u,
                         0x8001u, 0xffffu}) {
      float value = independent::fromBits(high << 16 | low);
      if (std::isnan(value))
        continue;
      bool losesInfo;
      llvm::APFloat half(value), brain(value);
      half.convert(llvm::APFloat::IEEEhalf(),
                   llvm::APFloat::rmNearestTiesToEven, &losesInfo);
      brain.convert(llvm::APFloat::BFloat(), llvm::APFloat::rmNearestTiesToEven,
                    &losesInfo);
      ASSERT_EQ(independent::toHalf(value),
                half.bitcastToAPInt().getZExtValue());
      ASSERT_EQ(independent::toBFloat16(value),
                brain.bitcastToAPInt().getZExtValue());
    }
}

} // namespace
