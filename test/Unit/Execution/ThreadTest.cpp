//===- ThreadTest.cpp - Reductions by several threads ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Extremes equal the interpreter's bit for bit, by themselves and beside what
// is quantized, whichever part of the data has them, with more threads than
// processors, and for less data than there are threads.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace quant_act;

namespace {

/// Says to the library that divides loops how many threads there shall be.
void setNumThreads(int numThreads) {
  void *function = llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(
      "omp_set_num_threads");
  ASSERT_NE(function, nullptr);
  reinterpret_cast<void (*)(int)>(function)(numThreads);
}

/// Functions of both ends, and of the largest magnitude and what is quantized
/// meanwhile, of all elements or of each channel.
std::string getFunctions(ArrayRef<int64_t> shape, ElementType type,
                         bool isPerChannel) {
  std::string x = tensorType(shape, type);
  std::string p =
      tensorType(isPerChannel ? shape.slice(1, 1) : ArrayRef<int64_t>(), type);
  const char *on =
      isPerChannel ? "on <broadcast = [1, ?, 1], permutation = [1, 0, 2]>" : "";
  return llvm::formatv(
      "func.func @ends(%x: {0}) -> ({1}, {1}) {{\n"
      "  %r, %low = quant_act.stats min_max {2} %x : {0} -> {1}, {1}\n"
      "  return %r, %low : {1}, {1}\n}\n"
      "func.func @magnitude(%x: {0}, %s: {1}) -> ({1}, {0}) {{\n"
      "  %a = quant_act.stats abs_max {2} %x : {0} -> {1}\n"
      "  %y = quant_act.fake_quant to <8, signed> {2} %x scale %s : {0}, {1}\n"
      "  return %a, %y : {1}, {0}\n}\n",
      x, p, on);
}

/// Small numbers of one sign, or -0.
HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, double sign) {
  HostTensor x(type, shape);
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
    x.setDouble(i, i % 5 == 4 ? -0.0 : sign * double(i % 13 + 1) / 16);
  return x;
}

/// Puts what is special into the first part, the last, or one between.
void checkExtremes(TestProgram &program, ElementType type,
                   ArrayRef<int64_t> shape, bool isPerChannel) {
  static const std::pair<double, double> signsAndSpecials[] = {
      {1.0, -40.0},     {-1.0, 40.0}, {-1.0, INFINITY},
      {1.0, -INFINITY}, {1.0, NAN},   {-1.0, NAN}};
  std::string what = tensorType(shape, type);
  HostTensor scale(type,
                   isPerChannel ? shape.slice(1, 1) : ArrayRef<int64_t>());
  scale.fill(0.125);
  for (auto [turn, values] : llvm::enumerate(signsAndSpecials)) {
    HostTensor x = makeData(type, shape, values.first);
    int64_t count = x.getNumElements();
    const int64_t positions[] = {0, count / 3, count - 1};
    if (count != 0)
      x.setDouble(positions[turn % std::size(positions)], values.second);
    program.runBothWays("ends", {&x}, what);
    program.runBothWays("magnitude", {&x, &scale}, what);
  }
}

class Threads : public testing::TestWithParam<ElementType> {};

TEST_P(Threads, Extremes) {
  // Rows, and behind them periods that are walked through, or in tiles.
  static const int64_t shapes[][3] = {
      {0, 3, 5},  {1, 1, 1},   {1, 1, 63},  {1, 1, 65},  {2, 1, 97},
      {3, 5, 7},  {1, 1, 777}, {4, 3, 333}, {9, 1, 400}, {300, 3, 1},
      {40, 5, 3}, {6, 70, 15}, {4, 460, 9}, {4, 4200, 1}};
  ElementType type = GetParam();
  for (const char *text :
       {"parallel-bytes=1", "parallel-bytes=1 collapse-loops=false",
        "parallel-bytes=1 stream-bytes=1"})
    for (bool isPerChannel : {false, true}) {
      SCOPED_TRACE(text);
      CPUPipelineOptions options;
      ASSERT_TRUE(succeeded(options.parseFromString(text)));
      TestProgram dynamic(getFunctions({-1, -1, -1}, type, isPerChannel));
      ASSERT_TRUE(bool(dynamic.compile(options)));
      for (auto [index, shape] : llvm::enumerate(shapes)) {
        setNumThreads(index % 5 + 1);
        checkExtremes(dynamic, type, shape, isPerChannel);
        // Compiling for every shape would take long.
        if (index % 3 != 1)
          continue;
        TestProgram fixed(getFunctions(shape, type, isPerChannel));
        ASSERT_TRUE(bool(fixed.compile(options)));
        checkExtremes(fixed, type, shape, isPerChannel);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Types, Threads,
                         testing::Values(ElementType::F32, ElementType::BF16,
                                         ElementType::F64),
                         [](const testing::TestParamInfo<ElementType> &info) {
                           return getName(info.param).str();
                         });

} // namespace
