//===- PercentileTest.cpp - Percentiles, by the library and without -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled percentiles equal the interpreter's, as calls of the run-time
// library and as bisections: every element type, activations, channels at every
// position, several axes and blocks, static and dynamic, from no elements to
// more than the library collects.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace quant_act;

namespace {

/// Every fourth value is special: zeros, infinities, NaN, subnormal numbers of
/// each type, and equal values.
HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, unsigned seed) {
  static const double special[] = {0.0,   -0.0,      INFINITY, -INFINITY,
                                   NAN,   1e-40,     -1e-40,   6e-8,
                                   -6e-8, 4.94e-324, 1.25,     -1.25};
  std::mt19937 random(seed);
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    uint32_t bits = random();
    tensor.setDouble(i, bits % 4 == 0
                            ? special[bits / 4 % std::size(special)]
                            : (static_cast<double>(bits) / 0x1p32 - 0.4) * 8.0);
  }
  return tensor;
}

/// The type that some extents of a tensor leave open: all, or those that are
/// not a whole number of blocks.
std::string formatType(ArrayRef<int64_t> shape, ElementType type,
                       bool isDynamic, bool hasBlocks = false) {
  SmallVector<int64_t> extents(shape);
  for (size_t dim = 0; isDynamic && dim < shape.size(); ++dim)
    if (!hasBlocks || dim + 1 < shape.size())
      extents[dim] = -1;
  return tensorType(extents, type);
}

/// A tensor's shape, the grid of its channels as text, and theirs.
struct Layout {
  SmallVector<int64_t> shape;
  const char *grid;
  SmallVector<int64_t> channels;
  /// Whether the last dimension is divided into blocks.
  bool hasBlocks = false;
};

const Layout layouts[] = {
    {{}, "", {}},
    {{3, 5, 7}, "", {}},
    {{5, 4, 6}, "<broadcast = [?, 1, 1], permutation = [0, 1, 2]>", {5}},
    {{5, 4, 6}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {4}},
    {{5, 4, 6}, "<broadcast = [1, 1, ?], permutation = [2, 0, 1]>", {6}},
    {{5, 4, 6}, "<broadcast = [?, 1, ?], permutation = [2, 0, 1]>", {6, 5}},
    {{5, 4, 6}, "<broadcast = [?, ?, ?], permutation = [0, 1, 2]>", {5, 4, 6}},
    {{4, 96}, "<broadcast = [?, 3], permutation = [0, 1]>", {4, 3}, true},
    {{4, 96}, "<broadcast = [1, 3], permutation = [1, 0]>", {3}, true},
    {{2, 3, 1, 5, 2},
     "<broadcast = [1, 1, ?, ?, 1], permutation = [3, 2, 0, 1, 4]>",
     {5, 1}},
    {{0, 3, 2}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {3}},
    {{2, 0, 2}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {0}},
    {{1, 3, 1}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {3}},
    {{1, 1, 700}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {1}},
};

/// More elements than a channel's may be collected.
const Layout largeLayouts[] = {
    {{3000}, "", {}},
    {{12, 3, 300}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {3}},
    {{1300, 5}, "<broadcast = [1, ?], permutation = [1, 0]>", {5}},
    {{40, 768}, "<broadcast = [1, ?], permutation = [1, 0]>", {768}},
    {{600, 3, 5}, "<broadcast = [1, ?, 1], permutation = [1, 0, 2]>", {3}},
};

struct Types {
  ElementType x, result;
};

/// Runs statistics of a layout both ways, in one program for each way of
/// compiling.
void check(const Layout &layout, const Types &types, StringRef activation,
           ArrayRef<StringRef> statistics, unsigned seed) {
  std::string text, x;
  for (bool isDynamic : {false, true})
    for (size_t i = 0; i < statistics.size(); ++i) {
      x = formatType(layout.shape, types.x, isDynamic, layout.hasBlocks);
      std::string result = formatType(layout.channels, types.result, isDynamic,
                                      layout.hasBlocks);
      bool isInterval = statistics[i].starts_with("percentile_interval");
      std::string results = isInterval ? result + ", " + result : result;
      text += "func.func @f" + std::to_string(i) + (isDynamic ? "d" : "") +
              "(%x: " + x + ") -> (" + results + ") {\n  %r" +
              (isInterval ? ":2" : "") + " = quant_act.stats " +
              statistics[i].str() + " " + activation.str() +
              (*layout.grid ? " on " : "") + layout.grid + " %x : " + x +
              " -> " + results + "\n  return %r" +
              (isInterval ? "#0, %r#1" : "") + " : " + results + "\n}\n";
    }
  HostTensor data = makeData(types.x, layout.shape, seed);
  for (const char *option :
       {"runtime-library=true", "runtime-library=false",
        "runtime-library=true parallel-bytes=1 collapse-loops=false"}) {
    SCOPED_TRACE(option);
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(option)));
    TestProgram program(text);
    auto compiled = program.compile(options);
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    for (bool isDynamic : {false, true})
      for (size_t i = 0; i < statistics.size(); ++i)
        program.runBothWays("f" + std::to_string(i) + (isDynamic ? "d" : ""),
                            {&data}, text);
  }
}

const StringRef statistics[] = {"percentile<99.999>", "percentile<50.0>",
                                "percentile_interval<10.0, 90.0>",
                                "percentile_interval<0.001, 99.5>"};

class Percentiles : public ::testing::TestWithParam<Types> {};

TEST_P(Percentiles, EveryLayout) {
  const StringRef activations[] = {"identity", "relu", "tanh"};
  unsigned seed = 1;
  for (const Layout &layout : layouts) {
    check(layout, GetParam(), activations[seed % 3], statistics, seed);
    ++seed;
  }
}

TEST_P(Percentiles, ManyElements) {
  unsigned seed = 7;
  for (const Layout &layout : largeLayouts) {
    check(layout, GetParam(), seed % 2 ? "identity" : "relu", statistics, seed);
    ++seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, Percentiles,
    ::testing::Values(Types{ElementType::F32, ElementType::F32},
                      Types{ElementType::F16, ElementType::F16},
                      Types{ElementType::BF16, ElementType::F32},
                      Types{ElementType::F64, ElementType::F64}),
    [](const ::testing::TestParamInfo<Types> &info) {
      return (getName(info.param.x) + "_" + getName(info.param.result)).str();
    });

} // namespace
