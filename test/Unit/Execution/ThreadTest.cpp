//===- ThreadTest.cpp - Reductions by several threads ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Extremes equal the interpreter's bit for bit, whichever part of the data has
// them, with more threads than processors, and for less data than there are
// threads.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "llvm/Support/DynamicLibrary.h"

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

/// A function of both ends and the largest magnitude, of all elements or of
/// each channel.
std::string getExtremes(ArrayRef<int64_t> shape, ElementType type,
                        bool isPerChannel) {
  std::string x = tensorType(shape, type);
  std::string parameters =
      tensorType(isPerChannel ? shape.slice(1, 1) : ArrayRef<int64_t>(), type);
  std::string on = isPerChannel
                       ? " on <broadcast = [1, ?, 1], permutation = [1, 0, 2]>"
                       : "";
  std::string types = " : " + x + " -> " + parameters;
  return "func.func @extremes(%x: " + x + ") -> (" + parameters + ", " +
         parameters + ", " + parameters +
         ") {\n  %r, %low = quant_act.stats min_max" + on + " %x" + types +
         ", " + parameters + "\n  %a = quant_act.stats abs_max" + on + " %x" +
         types + "\n  return %r, %low, %a : " + parameters + ", " + parameters +
         ", " + parameters + "\n}";
}

/// Small numbers of one sign, or -0.
HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, double sign) {
  HostTensor x(type, shape);
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
    x.setDouble(i, i % 5 == 4 ? -0.0 : sign * double(i % 13 + 1) / 16);
  return x;
}

/// Puts what is special into the first part, the last, and one between.
void checkExtremes(TestProgram &program, ElementType type,
                   ArrayRef<int64_t> shape) {
  std::string what = tensorType(shape, type);
  for (double sign : {-1.0, 1.0}) {
    HostTensor x = makeData(type, shape, sign);
    program.runBothWays("extremes", {&x}, what);
    int64_t count = x.getNumElements();
    if (count == 0)
      continue;
    for (double special :
         {-40.0, 40.0, 0.0, double(NAN), double(INFINITY), -double(INFINITY)})
      for (int64_t position : {int64_t(0), count / 3, count - 1}) {
        double before = x.getDouble(position);
        x.setDouble(position, special);
        program.runBothWays("extremes", {&x}, what);
        x.setDouble(position, before);
      }
  }
}

class Threads : public testing::TestWithParam<ElementType> {};

TEST_P(Threads, Extremes) {
  static const int64_t shapes[][3] = {{0, 3, 5},   {1, 1, 1},   {1, 1, 63},
                                      {1, 1, 65},  {2, 1, 97},  {3, 5, 7},
                                      {1, 1, 777}, {4, 3, 333}, {9, 1, 400}};
  ElementType type = GetParam();
  for (const char *text :
       {"parallel-bytes=1", "parallel-bytes=1 collapse-loops=false"})
    for (bool isPerChannel : {false, true}) {
      SCOPED_TRACE(text);
      CPUPipelineOptions options;
      ASSERT_TRUE(succeeded(options.parseFromString(text)));
      TestProgram dynamic(getExtremes({-1, -1, -1}, type, isPerChannel));
      ASSERT_TRUE(bool(dynamic.compile(options)));
      for (auto [index, shape] : llvm::enumerate(shapes)) {
        setNumThreads(index % 5 + 1);
        checkExtremes(dynamic, type, shape);
        // Compiling for every shape would take long.
        if (index % 3 == 2)
          continue;
        TestProgram fixed(getExtremes(shape, type, isPerChannel));
        ASSERT_TRUE(bool(fixed.compile(options)));
        checkExtremes(fixed, type, shape);
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
