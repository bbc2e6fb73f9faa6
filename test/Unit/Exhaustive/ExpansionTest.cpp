//===- ExpansionTest.cpp - Rounding and f16 without instructions ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the pipeline makes of rounding and of f16 for processors that have no
// instructions for them, against the C library and APFloat.
//
//===----------------------------------------------------------------------===//

#include "../Execution/TestProgram.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace quant_act;
using llvm::APFloat;

namespace {

using Bits = std::vector<uint32_t>;

HostTensor makeTensor(ElementType type, const Bits &bits) {
  ElementType integers =
      getByteWidth(type) == 2 ? ElementType::I16 : ElementType::I32;
  HostTensor tensor(integers, {static_cast<int64_t>(bits.size())});
  for (size_t i = 0; i < bits.size(); ++i)
    tensor.setInteger(i, integers == ElementType::I16
                             ? int64_t(static_cast<int16_t>(bits[i]))
                             : int64_t(static_cast<int32_t>(bits[i])));
  return tensor.reinterpret(type);
}

/// Runs `op` on all elements, as for a processor with few instructions.
HostTensor run(const std::string &op, ElementType from, ElementType to,
               const HostTensor &x) {
  std::string input = tensorType({-1}, from), output = tensorType({-1}, to);
  std::string types = from == to ? input : input + " to " + output;
  TestProgram program("func.func @f(%x: " + input + ") -> " + output +
                      " {\n%y = " + op + " %x : " + types +
                      "\nreturn %y : " + output + "\n}");
  CPUPipelineOptions options;
  options.expandRounding = true;
  options.expandFloat16 = true;
  options.vectorBits = 512;
  llvm::Expected<CompiledModule &> code = program.compile(options);
  return std::move(llvm::cantFail(code->run("f", {&x})).front());
}

/// Numbers of every size, and all with few digits.
Bits getNumbers() {
  Bits numbers;
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 1021)
    numbers.push_back(bits);
  for (uint32_t high = 0; high < 1u << 16; ++high)
    for (uint32_t low : {0u, 1u, 0xffffu})
      numbers.push_back(high << 16 | low);
  return numbers;
}

void checkRounding(const std::string &op, double (*expected)(double)) {
  Bits bits = getNumbers();
  HostTensor x = makeTensor(ElementType::F32, bits);
  HostTensor single = run(op, ElementType::F32, ElementType::F32, x);
  HostTensor wide(ElementType::F64, x.getShape());
  for (int64_t i = 0; i < x.getNumElements(); ++i)
    wide.setDouble(i, x.getDouble(i));
  HostTensor twice = run(op, ElementType::F64, ElementType::F64, wide);
  HostTensor reference(ElementType::F32, x.getShape()),
      wideReference(ElementType::F64, x.getShape());
  for (int64_t i = 0; i < x.getNumElements(); ++i) {
    reference.setDouble(i, expected(x.getDouble(i)));
    wideReference.setDouble(i, expected(x.getDouble(i)));
  }
  EXPECT_TRUE(equalBits(single, reference)) << op;
  EXPECT_TRUE(equalBits(twice, wideReference)) << op;
}

TEST(Expansion, Rounding) {
  checkRounding("math.roundeven", std::nearbyint);
  checkRounding("math.floor", std::floor);
  checkRounding("math.ceil", std::ceil);
  checkRounding("math.trunc", std::trunc);
}

/// f64 numbers that no f32 has: next to halves and to 2^52.
TEST(Expansion, RoundingOfLongNumbers) {
  HostTensor x(ElementType::F64, {8000});
  HostTensor expected(ElementType::F64, {8000});
  for (int64_t i = 0; i < 8000; ++i) {
    double base = std::ldexp(static_cast<double>(i % 40) - 20.0 + 0.5, i / 140);
    x.setDouble(i, std::nextafter(base, i % 2 ? 1e300 : -1e300));
    expected.setDouble(i, std::nearbyint(x.getDouble(i)));
  }
  EXPECT_TRUE(equalBits(
      run("math.roundeven", ElementType::F64, ElementType::F64, x), expected));
}

/// All bits, also those of NaN.
void expectSameBits(const HostTensor &actual,
                    llvm::function_ref<APFloat(int64_t)> expected) {
  for (int64_t i = 0; i < actual.getNumElements(); ++i)
    ASSERT_TRUE(actual.getFloat(i).bitwiseIsEqual(expected(i)))
        << "element " << i << " is " << actual.getDouble(i) << ", expected "
        << expected(i).convertToDouble();
}

APFloat convert(APFloat value, const llvm::fltSemantics &semantics) {
  bool losesInfo;
  value.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return value;
}

TEST(Expansion, EveryFloat16Extended) {
  Bits bits;
  for (uint32_t i = 0; i < 1u << 16; ++i)
    bits.push_back(i);
  HostTensor x = makeTensor(ElementType::F16, bits);
  expectSameBits(
      run("arith.extf", ElementType::F16, ElementType::F32, x),
      [&](int64_t i) { return convert(x.getFloat(i), APFloat::IEEEsingle()); });
}

/// Every f16, the middles between them, and what is next to either.
TEST(Expansion, TruncatedToFloat16) {
  Bits bits = getNumbers();
  for (uint32_t high = 0; high < 1u << 20; ++high)
    for (uint32_t low : {0u, 1u, 0xfffu})
      bits.push_back(high << 12 | low);
  HostTensor x = makeTensor(ElementType::F32, bits);
  expectSameBits(
      run("arith.truncf", ElementType::F32, ElementType::F16, x),
      [&](int64_t i) { return convert(x.getFloat(i), APFloat::IEEEhalf()); });
}

} // namespace
