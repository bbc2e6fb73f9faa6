//===- AddressTest.cpp - Results at any address ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results are written by lines of memory, wherever arrays begin: with the
// interpreter's bits, and nothing is written around them.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;
using namespace quant_act;

namespace {

HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, unsigned seed) {
  std::mt19937 random(seed);
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, random() / 4294967296.0 * 8.0 - 4.0);
  return tensor;
}

/// Gradients, the forward op, codes that depend on where they are, and codes
/// with sums, of x with channels along the dimension in `kept`, or with one
/// scale.
std::string getText(ElementType type, ArrayRef<int64_t> kept) {
  std::string x = tensorType({-1, -1, -1}, type);
  std::string s = tensorType(SmallVector<int64_t>(kept.size(), -1), type);
  std::string on = " ";
  if (kept == ArrayRef<int64_t>{1})
    on = " on <broadcast = [1, ?, 1], permutation = [1, 0, 2]> ";
  else if (kept == ArrayRef<int64_t>{2})
    on = " on <broadcast = [1, 1, ?], permutation = [2, 0, 1]> ";
  std::string codes = tensorType({-1, -1, -1}, ElementType::I8);
  return "func.func @gradients(%x: " + x + ", %g: " + x + ", %s: " + s +
         ") -> (" + x + ", " + s +
         ") {\n  %dx, %ds = quant_act.fake_quant_grad to <4, signed>" + on +
         "%g, %x scale %s : " + x + ", " + s + "\n  return %dx, %ds : " + x +
         ", " + s + "\n}\nfunc.func @forward(%x: " + x + ", %s: " + s +
         ") -> " + x + " {\n  %y = quant_act.fake_quant to <4, signed>" + on +
         "%x scale %s : " + x + ", " + s + "\n  return %y : " + x +
         "\n}\nfunc.func @codes(%x: " + x + ", %s: " + s +
         ", %seed: tensor<i64>) -> " + codes +
         " {\n  %y = quant_act.quantize to <8, signed>" + on +
         "round stochastic %x scale %s seed %seed : " + x + ", " + s + " -> " +
         codes + "\n  return %y : " + codes +
         "\n}\nfunc.func @codes_and_sums(%x: " + x + ", %g: " + x +
         ", %s: " + s + ") -> (" + codes + ", " + s +
         ") {\n  %dx, %ds = quant_act.fake_quant_grad to <4, signed>" + on +
         "%g, %x scale %s : " + x + ", " + s +
         "\n  %y = quant_act.quantize to <4, signed>" + on +
         "%x scale %s : " + x + ", " + s + " -> " + codes +
         "\n  return %y, %ds : " + codes + ", " + s + "\n}\n";
}

/// Calls a function whose first result begins `offset` elements from a line's
/// begin.
void checkAt(TestProgram &program, CompiledModule &compiled, StringRef function,
             ArrayRef<const HostTensor *> arguments, int64_t offset) {
  TensorsOrError expected = program.interpret(function, arguments);
  ASSERT_TRUE(bool(expected));
  std::vector<HostTensor> results = *expected;
  std::vector<HostTensor *> places;
  for (HostTensor &result : results) {
    std::memset(result.getData(), 0, result.getNumBytes());
    places.push_back(&result);
  }
  llvm::Expected<CompiledModule::Call> call =
      compiled.prepare(function, arguments, places);
  ASSERT_TRUE(bool(call));
  HostTensor &first = results.front();
  constexpr int64_t lineBytes = 64, guardBytes = 4 * lineBytes;
  constexpr char guard = 0x5a;
  int64_t begin = offset * getByteWidth(first.getElementType());
  std::vector<char> memory(
      2 * guardBytes + lineBytes + begin + first.getNumBytes(), guard);
  size_t toLine = -reinterpret_cast<uintptr_t>(memory.data()) % lineBytes;
  char *place = memory.data() + toLine + guardBytes + begin;
  call->setArray(arguments.size(), place);
  ASSERT_FALSE(bool(call->run()));
  std::memcpy(first.getData(), place, first.getNumBytes());
  for (auto [actual, all] : llvm::zip_equal(results, *expected))
    EXPECT_TRUE(equalBits(actual, all));
  auto isGuard = [&](char byte) { return byte == guard; };
  EXPECT_TRUE(std::all_of(memory.data(), place, isGuard));
  EXPECT_TRUE(std::all_of(place + first.getNumBytes(),
                          memory.data() + memory.size(), isGuard));
}

class Addresses : public ::testing::TestWithParam<ElementType> {};

INSTANTIATE_TEST_SUITE_P(Types, Addresses,
                         ::testing::Values(ElementType::F32, ElementType::F16,
                                           ElementType::BF16, ElementType::F64),
                         [](const ::testing::TestParamInfo<ElementType> &info) {
                           return getName(info.param).str();
                         });

/// Rows that are lines, longer, shorter, or not long enough to be streamed; few
/// and many channels along rows.
TEST_P(Addresses, Lines) {
  ElementType type = GetParam();
  static const int64_t shapes[][3] = {
      {3, 4, 64},  {2, 3, 129}, {3, 5, 63},   {2, 2, 57},   {4, 3, 20},
      {1, 2, 333}, {9, 70, 5},  {2, 1100, 3}, {19, 1, 300}, {5, 1, 4700},
      {3, 0, 5},   {1, 10, 57}, {67, 1, 1},   {40, 1, 2}};
  for (const char *text : {"stream-bytes=1", "stream-bytes=1 parallel-bytes=1",
                           "stream-bytes=1 vector-bits=128"}) {
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(text)));
    // Vectors that are part of a line in any type.
    if (type != ElementType::F32 && options.vectorBits == 128)
      continue;
    for (const SmallVector<int64_t> &kept :
         std::vector<SmallVector<int64_t>>{{}, {1}, {2}}) {
      TestProgram program(getText(type, kept));
      llvm::Expected<CompiledModule &> compiled = program.compile(options);
      ASSERT_TRUE(bool(compiled));
      unsigned next = 1;
      for (ArrayRef<int64_t> shape : shapes)
        for (int64_t offset : {0, 1, 12, 31}) {
          SCOPED_TRACE(std::string(text) + ": " + tensorType(shape, type) +
                       " at " + std::to_string(offset));
          HostTensor x = makeData(type, shape, next++);
          HostTensor g = makeData(type, shape, next++);
          HostTensor s(type, llvm::map_to_vector(kept, [&](int64_t dim) {
                         return shape[dim];
                       }));
          for (int64_t i = 0, e = s.getNumElements(); i < e; ++i)
            s.setDouble(i, 0.0625 * double(i % 7 + 1));
          checkAt(program, *compiled, "gradients", {&x, &g, &s}, offset);
          checkAt(program, *compiled, "forward", {&x, &s}, offset);
          HostTensor seed(ElementType::I64, {});
          checkAt(program, *compiled, "codes", {&x, &s, &seed}, offset);
          checkAt(program, *compiled, "codes_and_sums", {&x, &g, &s}, offset);
          if (type != ElementType::F16) {
            // All is beyond the ends: that of s is a sum of g.
            x.fill(1e5);
            g = makeCancelling(type, shape, kept);
            checkAt(program, *compiled, "gradients", {&x, &g, &s}, offset);
          }
        }
    }
  }
}

} // namespace
