//===- GradientKernelTest.cpp - Gradients, compiled and by hand -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled gradients equal the interpreter's bit for bit (any NaN equals any
// NaN), on random and adversarial data; and the interpreter's equal numbers
// worked out by hand and differences of forward results.
//
//===----------------------------------------------------------------------===//

#include "EveryStatistic.h"
#include "TestProgram.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <map>
#include <random>

using namespace mlir;
using namespace quant_act;

namespace {

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

HostTensor makeData(ElementType type, ArrayRef<int64_t> shape, unsigned seed,
                    bool isFinite = false) {
  static const double special[] = {
      0.0,   -0.0, 0.125, -0.125,   0.375,     -0.375, 1.25, -1.25,  2.5,
      -2.5,  1e5,  -1e5,  INFINITY, -INFINITY, NAN,    6e-8, 63.75,  -64.25,
      1e-40, 3e38, 0.5,   -0.5,     127.5,     -128.5, 0.75, 0.4999, 1e-10};
  std::mt19937 random(seed);
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    uint32_t bits = random();
    double value = special[bits % std::size(special)];
    if (bits >> 31 || (isFinite && !std::isfinite(value)))
      value = (static_cast<double>(random()) / 4294967296.0 - 0.5) * 8.0;
    tensor.setDouble(i, value);
  }
  return tensor;
}

HostTensor makeCycle(ElementType type, ArrayRef<int64_t> shape,
                     ArrayRef<double> values) {
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, values[i % values.size()]);
  return tensor;
}

/// Gradients of parameters.
HostTensor makeGradients(ElementType type, ArrayRef<int64_t> shape,
                         unsigned seed) {
  std::mt19937 random(seed);
  HostTensor tensor(type, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, random() / 4294967296.0 * 8.0 - 4.0);
  return tensor;
}

HostTensor makeScales(ElementType type, ArrayRef<int64_t> shape) {
  return makeCycle(type, shape, {0.25, 0.5, 0.1, 0.0117, 1e-10, 3.0, 1e-3});
}

HostTensor makeScalar(double value, ElementType type = ElementType::F32) {
  return makeCycle(type, {}, value);
}

//===----------------------------------------------------------------------===//
// Functions that are run both ways
//===----------------------------------------------------------------------===//

/// An argument: its name in the text, and its value.
struct Argument {
  std::string name;
  HostTensor value;
};

std::string typeOf(const HostTensor &value, bool isDynamic) {
  SmallVector<int64_t> shape(value.getShape());
  if (isDynamic)
    llvm::fill(shape, -1);
  return tensorType(shape, value.getElementType());
}

/// Functions that are compiled together.
class Functions {
public:
  /// A function of `statement`, where `#name` stands for the type of %name,
  /// that returns the values named by `results`, of the types of the arguments
  /// with the names beside them.
  void add(std::vector<Argument> arguments, std::string statement,
           ArrayRef<std::pair<std::string, std::string>> results,
           bool isDynamic = false) {
    std::map<std::string, std::string> types;
    std::vector<std::string> declarations, names, resultTypes;
    for (const Argument &argument : arguments) {
      types[argument.name] = typeOf(argument.value, isDynamic);
      declarations.push_back("%" + argument.name + ": " + types[argument.name]);
    }
    for (auto [result, like] : results) {
      names.push_back("%" + result);
      resultTypes.push_back(types.at(like));
    }
    for (auto [name, type] : types)
      for (size_t at;
           (at = statement.find("#" + name + "#")) != std::string::npos;)
        statement.replace(at, name.size() + 2, type);
    std::string function = "f" + std::to_string(calls.size());
    text += "func.func @" + function + "(" + llvm::join(declarations, ", ") +
            ") -> (" + llvm::join(resultTypes, ", ") + ") {\n  " + statement +
            "\n  return " + llvm::join(names, ", ") + " : " +
            llvm::join(resultTypes, ", ") + "\n}\n";
    calls.push_back(std::move(arguments));
  }

  void run() {
    TestProgram program(text);
    for (auto [index, call] : llvm::enumerate(calls)) {
      std::string name = "f" + std::to_string(index);
      std::vector<const HostTensor *> arguments;
      for (const Argument &argument : call)
        arguments.push_back(&argument.value);
      program.runBothWays(name, arguments, "\n" + getText(program, name));
    }
  }

private:
  static std::string getText(TestProgram &program, const std::string &name) {
    std::string text;
    llvm::raw_string_ostream(text) << *program.getModule().lookupSymbol(name);
    return text;
  }

  std::string text;
  std::vector<std::vector<Argument>> calls;
};

/// A grid with parameters for each index along `kept`.
std::string gridOf(size_t rank, ArrayRef<int64_t> kept) {
  if (kept.empty())
    return "";
  std::vector<std::string> extents(rank, "1"), permutation;
  for (int64_t dim : kept) {
    extents[dim] = "?";
    permutation.push_back(std::to_string(dim));
  }
  for (size_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(kept, static_cast<int64_t>(dim)))
      permutation.push_back(std::to_string(dim));
  return " on #quant_act.grid<broadcast = [" + llvm::join(extents, ", ") +
         "], permutation = [" + llvm::join(permutation, ", ") + "]>";
}

SmallVector<int64_t> keptShape(ArrayRef<int64_t> shape,
                               ArrayRef<int64_t> kept) {
  return llvm::map_to_vector(kept, [&](int64_t dim) { return shape[dim]; });
}

struct TypePair {
  ElementType x, parameters;
};

/// fake_quant_grad with a zero point, and stats_grad.
void addGrid(Functions &functions, TypePair types, ArrayRef<int64_t> shape,
             ArrayRef<int64_t> kept, bool isDynamic, StringRef statistic,
             unsigned seed) {
  std::string on = gridOf(shape.size(), kept);
  SmallVector<int64_t> parameters = keptShape(shape, kept);
  HostTensor x = makeData(types.x, shape, seed);
  functions.add(
      {{"g", makeData(types.x, shape, seed + 1, /*isFinite=*/true)},
       {"x", x},
       {"s", makeScales(types.parameters, parameters)},
       {"z", makeCycle(types.parameters, parameters, {0, 3, 1.5, 7})}},
      "%dx, %ds, %dz = quant_act.fake_quant_grad " +
          std::string(seed % 2 ? "relu" : "") +
          " to #quant_act.int<5, unsigned>" + on +
          (seed % 3 ? "" : " scale_gradient lsq") +
          " %g, %x scale %s zero_point %z : #x#, #s#, #z#",
      {{"dx", "x"}, {"ds", "s"}, {"dz", "z"}}, isDynamic);
  bool isInterval = hasLow(statistic);
  for (bool isFinite : {false, true}) {
    std::vector<Argument> arguments{
        {"x", makeData(types.x, shape, seed + 2, isFinite)},
        {"t", makeGradients(types.parameters, parameters, seed + 3)}};
    if (isInterval)
      arguments.push_back(
          {"l", makeGradients(types.parameters, parameters, seed + 4)});
    functions.add(std::move(arguments),
                  "%dx = quant_act.stats_grad " + statistic.str() +
                      (seed % 2 ? " relu" : " identity") + on +
                      " %x threshold %t" + (isInterval ? " low %l" : "") +
                      " : #x#, #t#" + (isInterval ? ", #l#" : ""),
                  {{"dx", "x"}}, isDynamic);
  }
}

const std::vector<std::string> statistics = getChannelStatistics();

class GradientKernels : public ::testing::TestWithParam<TypePair> {};

TEST_P(GradientKernels, EveryRankAndChannelPosition) {
  static const int64_t extents[] = {3, 5, 2, 7};
  Functions functions;
  unsigned seed = 0;
  for (bool isDynamic : {false, true})
    for (int64_t rank = 0; rank <= 4; ++rank)
      for (int64_t channel = -1; channel < rank; ++channel) {
        SmallVector<int64_t> kept;
        if (channel >= 0)
          kept.push_back(channel);
        addGrid(functions, GetParam(), ArrayRef(extents).take_front(rank), kept,
                isDynamic, statistics[seed % std::size(statistics)], seed);
        ++seed;
      }
  functions.run();
}

TEST_P(GradientKernels, ExtentsAroundTheVectorSize) {
  Functions functions;
  unsigned seed = 3;
  for (bool isDynamic : {false, true})
    for (int64_t extent : {0, 1, 31, 65}) {
      StringRef statistic = statistics[seed % std::size(statistics)];
      addGrid(functions, GetParam(), {2, extent}, {0}, isDynamic, statistic,
              seed);
      addGrid(functions, GetParam(), {3, extent}, {1}, isDynamic, statistic,
              seed + 1);
      addGrid(functions, GetParam(), {extent, 2}, {1, 0}, isDynamic, statistic,
              seed + 2);
      ++seed;
    }
  functions.run();
}

/// Functions of reductions over channels along `kept`.
std::string getReductions(ArrayRef<int64_t> shape, ArrayRef<int64_t> kept) {
  std::string x = tensorType(shape, ElementType::F32);
  std::string s = tensorType(keptShape(shape, kept), ElementType::F32);
  std::string on = gridOf(shape.size(), kept);
  return "func.func @gradients(%g: " + x + ", %x: " + x + ", %s: " + s +
         ", %z: " + s + ") -> (" + x + ", " + s + ", " + s +
         ") {\n  %dx, %ds, %dz = quant_act.fake_quant_grad to "
         "#quant_act.int<5, unsigned>" +
         on + " %g, %x scale %s zero_point %z : " + x + ", " + s + ", " + s +
         "\n  return %dx, %ds, %dz : " + x + ", " + s + ", " + s +
         "\n}\nfunc.func @statistics(%x: " + x + ") -> (" + s + ", " + s +
         ") {\n  %m = quant_act.stats mean_sigma_std<2.0>" + on + " %x : " + x +
         " -> " + s + "\n  %a = quant_act.stats abs_max" + on + " %x : " + x +
         " -> " + s + "\n  return %m, %a : " + s + ", " + s + "\n}\n";
}

void checkReductions(TestProgram &program, ArrayRef<int64_t> shape,
                     ArrayRef<int64_t> kept, unsigned seed) {
  SmallVector<int64_t> parameters = keptShape(shape, kept);
  HostTensor g = makeCancelling(ElementType::F32, shape, kept);
  HostTensor x = makeCycle(ElementType::F32, shape, 1e5);
  if (seed % 2) {
    g = makeData(ElementType::F32, shape, seed, /*isFinite=*/true);
    x = makeData(ElementType::F32, shape, seed + 1, seed % 3 != 0);
  }
  HostTensor s = makeScales(ElementType::F32, parameters);
  HostTensor z = makeCycle(ElementType::F32, parameters, {0, 3, 1.5, 7});
  std::string type = tensorType(shape, ElementType::F32);
  program.runBothWays("gradients", {&g, &x, &s, &z}, "gradients of " + type);
  program.runBothWays("statistics", {&x}, "statistics of " + type);
}

/// Sums, and extremes, of rows that are short or long, few or many, or none:
/// whatever way the elements are walked through.
TEST(GradientKernel, ReductionsInEveryStrategy) {
  static const int64_t shapes[][3] = {
      {0, 3, 20},   {5, 0, 3},    {5, 3, 0},    {1, 1, 1},    {4, 3, 333},
      {1, 1, 97},   {5, 80, 1},   {5, 1100, 1}, {9, 70, 15},  {4, 70, 16},
      {4, 3, 17},   {2, 3, 129},  {300, 3, 1},  {1, 70, 3},   {7, 1, 130},
      {5, 4700, 1}, {4, 600, 9},  {3, 13, 300}, {40, 1, 257}, {2, 20, 700},
      {5, 70, 24},  {4, 300, 18}, {6, 40, 33},  {4, 33, 63}};
  unsigned seed = 8;
  for (const char *text :
       {"", "stream-bytes=1", "vector-bits=64", "vector-bits=192",
        "vectorize-loops=false", "collapse-loops=false fuse-siblings=false",
        "parallel-bytes=1", "parallel-bytes=1 stream-bytes=1"}) {
    SCOPED_TRACE(text);
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(text)));
    for (const SmallVector<int64_t> &kept :
         std::vector<SmallVector<int64_t>>{{}, {1}, {0, 1}, {0}, {2}, {0, 2}}) {
      TestProgram dynamic(getReductions({-1, -1, -1}, kept));
      ASSERT_TRUE(bool(dynamic.compile(options)));
      for (ArrayRef<int64_t> shape : shapes)
        checkReductions(dynamic, shape, kept, seed++);
      // Compiling for every shape would take long.
      ArrayRef<int64_t> shape = shapes[seed++ % std::size(shapes)];
      TestProgram fixed(getReductions(shape, kept));
      ASSERT_TRUE(bool(fixed.compile(options)));
      checkReductions(fixed, shape, kept, seed++);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, GradientKernels,
    ::testing::Values(TypePair{ElementType::F32, ElementType::F32},
                      TypePair{ElementType::F16, ElementType::F16},
                      TypePair{ElementType::BF16, ElementType::BF16},
                      TypePair{ElementType::F64, ElementType::F64},
                      TypePair{ElementType::BF16, ElementType::F32}),
    [](const ::testing::TestParamInfo<TypePair> &info) {
      return (getName(info.param.x) + "_" + getName(info.param.parameters))
          .str();
    });

/// Every type, contract and grid; the result's range where there can be one, on
/// the same grid or as blocks of another.
TEST_P(GradientKernels, Ranges) {
  auto [xType, type] = GetParam();
  Functions functions;
  unsigned seed = 1;
  for (bool isDynamic : {false, true})
    for (SmallVector<int64_t> kept :
         {SmallVector<int64_t>(), SmallVector<int64_t>{1},
          SmallVector<int64_t>{2, 0}})
      for (StringRef contract :
           {"tensorflow levels 15", "tensorflow_reciprocal levels 256",
            "openvino levels 9", "openvino levels 2 out"}) {
        bool hasOutRange = contract.consume_back(" out");
        SmallVector<int64_t> shape{3, 5, 36};
        SmallVector<int64_t> ends = keptShape(shape, kept);
        std::vector<Argument> arguments{
            {"g", makeData(xType, shape, seed + 1, /*isFinite=*/true)},
            {"x", makeData(xType, shape, seed)},
            {"l", makeCycle(type, ends, {-1, 0, -0.1, 1, 2})},
            {"h", makeCycle(type, ends, {1, 0, 6, 2.5, -2})}};
        std::vector<std::pair<std::string, std::string>> results{
            {"dx", "x"}, {"dl", "l"}, {"dh", "h"}};
        std::string outGrid;
        if (hasOutRange) {
          // Blocks need a static dimension.
          bool hasBlocks = !isDynamic && seed % 2;
          SmallVector<int64_t> outEnds =
              hasBlocks ? SmallVector<int64_t>{4} : ends;
          if (hasBlocks)
            outGrid = " out_on #quant_act.grid<broadcast = [1, 1, 4], "
                      "permutation = [2, 0, 1]>";
          arguments.push_back({"a", makeCycle(type, outEnds, {-2, 0.5, 1})});
          arguments.push_back({"b", makeCycle(type, outEnds, {3, -0.5})});
          results.push_back({"o#0", "a"});
          results.push_back({"o#1", "b"});
        }
        functions.add(
            std::move(arguments),
            std::string("%dx, %dl, %dh") + (hasOutRange ? ", %o:2" : "") +
                " = quant_act.fake_quant_range_grad " + contract.str() +
                gridOf(3, kept) + outGrid + " %g, %x low %l high %h" +
                (hasOutRange ? " out_low %a out_high %b" : "") + " : #x#, #l#" +
                (hasOutRange ? ", #a#, #b#" : ""),
            results, isDynamic);
        ++seed;
      }
  functions.run();
}

TEST(GradientKernel, EveryRoundingAndContract) {
  Functions functions;
  for (const char *rounding :
       {"half_even", "half_up", "ceil", "toward_zero", "dpu", "half_away_add"})
    for (const char *numerics : {"brevitas", "qonnx", "onnx", "torch",
                                 "torch_float", "nan = lowest, compute = f64"})
      functions.add({{"g", makeData(ElementType::F32, {90}, 6, true)},
                     {"x", makeData(ElementType::F32, {90}, 5)},
                     {"s", makeScalar(0.25)},
                     {"z", makeScalar(3.0)}},
                    std::string("%dx, %ds, %dz = quant_act.fake_quant_grad to "
                                "#quant_act.int<5, signed, narrow> round ") +
                        rounding + " numerics <" + numerics +
                        "> %g, %x scale %s zero_point %z : #x#, #s#, #z#",
                    {{"dx", "x"}, {"ds", "s"}, {"dz", "z"}});
  functions.run();
}

/// fake_quant_grad to each format by each rule, with a scale for each row.
void addFormatsAndRules(Functions &functions, const HostTensor &scales) {
  ElementType type = scales.getElementType();
  SmallVector<int64_t> shape{scales.getNumElements(), 40};
  for (StringRef format :
       {"int<4, unsigned>", "int<8, signed, narrow>", "float<e4m3fn>",
        "float<e5m2, overflow = infinity>", "float<e4m3fnuz, overflow = nan>",
        "float<e2m1fn, unsigned>", "binary", "ternary<threshold = 0.5>"})
    for (StringRef rule :
         {"", "ste_clamp", "scale_gradient lsq", "scale_gradient pact"}) {
      bool hasBounds = format.starts_with("int") || format.starts_with("f");
      if (rule.ends_with("pact") && !hasBounds)
        continue;
      StringRef activation = rule.empty()          ? "sigmoid"
                             : rule == "ste_clamp" ? "tanh"
                                                   : "";
      functions.add({{"g", makeData(type, shape, 6, true)},
                     {"x", makeData(type, shape, 5)},
                     {"s", scales}},
                    "%dx, %ds = quant_act.fake_quant_grad " + activation.str() +
                        " to #quant_act." + format.str() + gridOf(2, {0}) +
                        " " + rule.str() + " %g, %x scale %s : #x#, #s#",
                    {{"dx", "x"}, {"ds", "s"}}, /*isDynamic=*/true);
    }
}

TEST(GradientKernel, EveryFormatAndRule) {
  Functions functions;
  for (ElementType type : {ElementType::F32, ElementType::F16,
                           ElementType::BF16, ElementType::F64})
    addFormatsAndRules(functions, makeScales(type, {3}));
  functions.run();
}

TEST(GradientKernel, ScalesThatAreNoPositiveNumbers) {
  Functions functions;
  for (ElementType type : {ElementType::F32, ElementType::BF16})
    addFormatsAndRules(functions, makeCycle(type, {7},
                                            {0.25, 0.0, -0.0, INFINITY,
                                             -INFINITY, NAN, -0.5}));
  functions.run();
}

/// What an infinite scale makes of elements whose quotients are finite: NaN,
/// of the scale's gradient, too, but not where there are no elements.
TEST(Gradient, InfiniteScale) {
  static const char *const text = R"(
#nc = #quant_act.grid<broadcast = [1, 2], permutation = [1, 0]>
func.func @f(%g: tensor<?x2xf32>, %x: tensor<?x2xf32>, %s: tensor<2xf32>)
    -> (tensor<?x2xf32>, tensor<2xf32>, tensor<?x2xf32>, tensor<2xf32>) {
  %dx, %ds = quant_act.fake_quant_grad to #quant_act.int<4, signed> on #nc
      %g, %x scale %s : tensor<?x2xf32>, tensor<2xf32>
  %dy, %dt = quant_act.fake_quant_grad to
      #quant_act.ternary<threshold = 0.5> on #nc
      %g, %x scale %s : tensor<?x2xf32>, tensor<2xf32>
  return %dx, %ds, %dy, %dt
      : tensor<?x2xf32>, tensor<2xf32>, tensor<?x2xf32>, tensor<2xf32>
})";
  TestProgram program(text);
  HostTensor s = makeCycle(ElementType::F32, {2}, {1.0, INFINITY});
  for (int64_t rows : {0, 3}) {
    HostTensor g = makeCycle(ElementType::F32, {rows, 2}, 1.0);
    HostTensor x = makeCycle(ElementType::F32, {rows, 2}, 1.0);
    std::vector<HostTensor> results =
        program.runBothWays("f", {&g, &x, &s}, "rows: " + std::to_string(rows));
    ASSERT_EQ(results.size(), 4u);
    bool isNan = rows != 0;
    EXPECT_EQ(results[1].getDouble(0), 0.0);
    EXPECT_EQ(std::isnan(results[1].getDouble(1)), isNan);
    EXPECT_EQ(results[3].getDouble(0), rows);
    EXPECT_EQ(results[3].getDouble(1), 0.0);
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_EQ(results[0].getDouble(2 * i), 1.0);
      EXPECT_TRUE(std::isnan(results[0].getDouble(2 * i + 1)));
      EXPECT_EQ(results[2].getDouble(2 * i), 1.0);
      EXPECT_TRUE(std::isnan(results[2].getDouble(2 * i + 1)));
    }
  }
}

TEST(GradientKernel, OperandsBesideParameters) {
  Functions functions;
  for (ElementType type : {ElementType::F32, ElementType::F16})
    for (const char *format : {"<?, signed>", "<?, signed, narrow>",
                               "<?, unsigned>", "<?, unsigned, narrow>"})
      for (bool isShared : {true, false})
        for (StringRef rule : {"", "ste_clamp", "scale_gradient lsq"}) {
          SmallVector<int64_t> bits;
          if (!isShared)
            bits.push_back(4);
          HostTensor seed(ElementType::I64, {});
          seed.setDouble(0, 12345);
          functions.add({{"g", makeData(type, {5, 4, 3}, 6, true)},
                         {"x", makeData(type, {5, 4, 3}, 5)},
                         {"s", makeScales(type, {4})},
                         {"z", makeCycle(type, {}, 1.0)},
                         {"b", makeCycle(ElementType::F32, bits, {4, 3, 2})},
                         {"r", seed}},
                        "%dx, %ds, %o:2 = quant_act.fake_quant_grad to " +
                            std::string(format) + gridOf(3, {1}) +
                            " zero_point_on #quant_act.grid<broadcast = [1, 1, "
                            "1], permutation = [0, 1, 2]> round stochastic " +
                            rule.str() +
                            " %g, %x scale %s zero_point %z bits %b seed %r : "
                            "#x#, #s#, #z# bits #b#",
                        {{"dx", "x"}, {"ds", "s"}, {"o#0", "z"}, {"o#1", "b"}});
        }
  functions.run();
}

TEST(GradientKernel, BlocksThatNest) {
  Functions functions;
  for (int64_t count : {1, 4, 8, 24})
    for (int64_t rows : {0, 1, 5}) {
      SmallVector<int64_t> shape;
      if (count != 1)
        shape.push_back(count);
      functions.add(
          {{"g", makeData(ElementType::F32, {rows, 24}, 6, true)},
           {"x", makeData(ElementType::F32, {rows, 24}, 5)},
           {"s", makeScales(ElementType::F32, {8})},
           {"z", makeCycle(ElementType::F32, shape, {0, 1, 2, 3, 4})}},
          "%dx, %ds, %dz = quant_act.fake_quant_grad to #quant_act.int<8, "
          "unsigned> on #quant_act.grid<broadcast = [1, 8], permutation = "
          "[1, 0]> zero_point_on #quant_act.grid<broadcast = [1, " +
              std::to_string(count) +
              "], permutation = [1, 0]> %g, %x scale %s zero_point %z : #x#, "
              "#s#, #z#",
          {{"dx", "x"}, {"ds", "s"}, {"dz", "z"}});
    }
  for (StringRef statistic : statistics) {
    bool isInterval = hasLow(statistic);
    std::vector<Argument> arguments{
        {"x", makeData(ElementType::F32, {5, 24}, 5, true)},
        {"t", makeData(ElementType::F32, {8}, 7, true)}};
    if (isInterval)
      arguments.push_back({"l", makeData(ElementType::F32, {8}, 8, true)});
    functions.add(std::move(arguments),
                  "%dx = quant_act.stats_grad " + statistic.str() +
                      " identity on #quant_act.grid<broadcast = [1, 8], "
                      "permutation = [1, 0]> %x threshold %t" +
                      (isInterval ? " low %l : #x#, #t#, #l#" : " : #x#, #t#"),
                  {{"dx", "x"}});
  }
  functions.run();
}

/// choose_qparams_grad with every rule and restriction, and with operands that
/// are one for all.
TEST(GradientKernel, Parameters) {
  static const double thresholds[] = {0.0, 1e-12,  0.5,  1.0,   1.0000001,
                                      3.7, 1000.0, 0.99, 17.25, -2.5};
  static const double lows[] = {0.0, -0.1, -1.5, 0.5, -30.0};
  Functions functions;
  auto add = [&](ElementType type, StringRef options, StringRef format,
                 ArrayRef<int64_t> t, ArrayRef<int64_t> l, bool hasLow,
                 std::optional<ArrayRef<int64_t>> b, bool isDynamic) {
    ArrayRef<int64_t> zeroPoint = l.empty() ? t : l;
    std::vector<Argument> arguments{
        {"t", makeCycle(type, t, thresholds)},
        {"s", makeData(type, t, 3, /*isFinite=*/true)}};
    std::vector<std::pair<std::string, std::string>> results{{"d", "t"}};
    if (hasLow) {
      arguments.push_back({"l", makeCycle(type, l, lows)});
      arguments.push_back({"z", makeData(type, zeroPoint, 4, true)});
      results.push_back({"", "l"});
    }
    if (b) {
      arguments.push_back(
          {"b", makeCycle(ElementType::F32, *b, {4, 8, 3.5, 1})});
      results.push_back({"", "b"});
    }
    size_t numOthers = results.size() - 1;
    for (size_t i = 0; i < numOthers; ++i)
      results[i + 1].first = "o#" + std::to_string(i);
    functions.add(std::move(arguments),
                  std::string("%d") +
                      (numOthers ? ", %o:" + std::to_string(numOthers) : "") +
                      " = quant_act.choose_qparams_grad to #quant_act." +
                      format.str() + " " + options.str() + " %t" +
                      (hasLow ? " low %l" : "") + (b ? " bits %b" : "") +
                      " scale %s" + (hasLow ? " zero_point %z" : "") +
                      " : #t#" + (hasLow ? ", #l#, #z#" : "") +
                      (b ? " bits #b#" : ""),
                  results, isDynamic);
  };
  const int64_t ten[] = {10}, matrix[] = {3, 17};
  for (StringRef rule :
       {"collect", "statistics", "running", "learned", "training", "parameter"})
    for (StringRef restriction : {"float", "log", "power_of_two",
                                  "power_of_two<ceil>", "power_of_two<floor>"})
      for (ElementType type : {ElementType::F32, ElementType::BF16}) {
        std::string options = ("as " + rule + " restrict " + restriction).str();
        add(type, options, "int<?, signed>", ten, ten, true,
            ArrayRef<int64_t>(), false);
        add(type, options, "int<?, unsigned, narrow>", ten, ten, true,
            ArrayRef(ten), true);
        bool isShared = type == ElementType::F32;
        add(type, options + " full_range",
            isShared ? "int<?, signed>" : "int<?, unsigned, narrow>", ten, ten,
            true, isShared ? ArrayRef<int64_t>() : ArrayRef(ten), !isShared);
        add(type, options, "float<e4m3fn>", ten, {}, false, std::nullopt,
            false);
      }
  for (StringRef options :
       {"", "fractional", "ste_clamp", "round ceil", "minimum 0.0"})
    for (bool isDynamic : {false, true}) {
      add(ElementType::F32, options, "int<?, unsigned>", {}, ten, true,
          ArrayRef<int64_t>(), isDynamic);
      add(ElementType::F32, options, "int<?, unsigned>", ten, {}, true,
          ArrayRef<int64_t>(), isDynamic);
      add(ElementType::F32, options, "int<?, signed>", {}, {}, true,
          ArrayRef<int64_t>(), isDynamic);
      add(ElementType::F16, options, "int<4, unsigned>", ten, ten, true,
          std::nullopt, isDynamic);
      std::string fullRange = options.str() + " full_range";
      if (options == "ste_clamp") // stands behind it
        fullRange = "full_range ste_clamp";
      ElementType type = isDynamic ? ElementType::F16 : ElementType::F64;
      add(type, fullRange, "int<4, signed>", matrix, matrix, true, std::nullopt,
          isDynamic);
      add(type, fullRange, "int<?, unsigned>", matrix, matrix, true,
          ArrayRef<int64_t>(), isDynamic);
      add(type, fullRange, "int<?, signed>", {}, {}, true, ArrayRef<int64_t>(),
          isDynamic);
    }
  functions.run();
}

TEST(GradientKernel, ActivationsAndBits) {
  Functions functions;
  for (ElementType type : {ElementType::F32, ElementType::F16,
                           ElementType::BF16, ElementType::F64}) {
    std::vector<Argument> arguments{{"g", makeData(type, {3, 50}, 1)},
                                    {"x", makeData(type, {3, 50}, 2)}};
    for (StringRef activation : {"relu", "identity", "sigmoid", "tanh"})
      functions.add(arguments,
                    "%d = quant_act.activate_grad " + activation.str() +
                        " %g, %x : #x#",
                    {{"d", "x"}}, activation == "relu");
    functions.add(arguments, "%d = quant_act.learned_bits_grad %g, %x : #x#",
                  {{"d", "x"}});
  }
  functions.run();
}

/// A backward function as it is derived, with what it has beside gradients:
/// sums and zeros of 16-bit and dynamic tensors.
TEST(GradientKernel, SumsAndZeros) {
  Functions functions;
  for (ElementType type :
       {ElementType::BF16, ElementType::F16, ElementType::F32})
    for (bool isDynamic : {false, true})
      functions.add({{"a", makeData(type, {5, 13}, 1)},
                     {"w", makeData(ElementType::F32, {5, 13}, 2)}},
                    std::string(type == ElementType::F32
                                    ? "%e = arith.addf %a, %w : #w#\n"
                                    : "%e = arith.extf %a : #a# to #w#\n") +
                        "  %sum = arith.addf %e, %w : #w#\n" +
                        (type == ElementType::F32
                             ? "  %d = arith.addf %sum, %e : #w#"
                             : "  %d = arith.truncf %sum : #w# to #a#"),
                    {{"d", "a"}}, isDynamic);
  functions.add({{"x", makeData(ElementType::F32, {3, 2}, 1)}},
                "%c = arith.constant 0.0 : f32\n  %i = arith.constant 0 : "
                "index\n  %j = arith.constant 1 : index\n  %m = tensor.dim %x, "
                "%i : #x#\n  %n = tensor.dim %x, %j : #x#\n  %d = tensor.splat "
                "%c[%m, %n] : #x#",
                {{"d", "x"}}, /*isDynamic=*/true);
  functions.run();
}

//===----------------------------------------------------------------------===//
// By hand
//===----------------------------------------------------------------------===//

std::vector<HostTensor> interpret(const std::string &text,
                                  ArrayRef<HostTensor> values) {
  TestProgram program(text);
  std::vector<const HostTensor *> arguments;
  for (const HostTensor &value : values)
    arguments.push_back(&value);
  auto results = program.interpret("f", arguments);
  if (results)
    return *results;
  ADD_FAILURE() << llvm::toString(results.takeError());
  return {};
}

/// g = 1 for x = (0.3, 1.2, 10, -10, 0.8) of scale 0.5 and zero point 2, in
/// 0..7: codes (3, 4, 7, 0, 4), of which the third and the fourth saturate.
struct Hand {
  const char *attributes;
  double dx[5];
  double scale, zeroPoint;
};

TEST(Gradient, OfSmallNumbers) {
  // d - u = 1 - 0.6, 2 - 2.4, and 2 - 1.6; saturated: 7 - 2, 0 - 2.
  static const Hand hands[] = {
      {"", {1, 1, 0, 0, 1}, 0.4 - 0.4 + 0.4 + 5 - 2, -1.0},
      {"scale_gradient lsq",
       {1, 1, 0, 0, 1},
       (0.4 - 0.4 + 0.4 + 5 - 2) / std::sqrt(5.0 * 7.0),
       -1.0},
      {"scale_gradient pact", {1, 1, 0, 0, 1}, 5 - 2, -1.0},
      // u = 20, -20.
      {"ste_clamp", {1, 1, 1, 1, 1}, 0.4 - 0.4 + 0.4 + 5 - 20 - 2 + 20, 0.0}};
  HostTensor g = makeCycle(ElementType::F64, {5}, 1.0);
  HostTensor x = makeCycle(ElementType::F64, {5}, {0.3, 1.2, 10.0, -10.0, 0.8});
  for (const Hand &hand : hands) {
    SCOPED_TRACE(hand.attributes);
    auto results = interpret(
        std::string("func.func @f(%g: tensor<5xf64>, %x: tensor<5xf64>, %s: "
                    "tensor<f64>, %z: tensor<f64>) -> (tensor<5xf64>, "
                    "tensor<f64>, tensor<f64>) {\n  %dx, %ds, %dz = "
                    "quant_act.fake_quant_grad to #quant_act.int<3, unsigned> "
                    "") +
            hand.attributes +
            " %g, %x scale %s zero_point %z : tensor<5xf64>, tensor<f64>, "
            "tensor<f64>\n  return %dx, %ds, %dz : tensor<5xf64>, tensor<f64>, "
            "tensor<f64>\n}",
        {g, x, makeScalar(0.5, ElementType::F64),
         makeScalar(2.0, ElementType::F64)});
    ASSERT_EQ(results.size(), 3u);
    for (int64_t i = 0; i < 5; ++i)
      EXPECT_EQ(results[0].getDouble(i), hand.dx[i]) << i;
    EXPECT_NEAR(results[1].getDouble(0), hand.scale, 1e-14);
    EXPECT_NEAR(results[2].getDouble(0), hand.zeroPoint, 1e-14);
  }
}

/// The first of equal elements, in row-major order, is selected.
TEST(Gradient, GoesToTheFirstOfEqualElements) {
  HostTensor x = makeCycle(ElementType::F32, {2, 4},
                           {-2, 1, 2, 0, 2, -2, 0, 1}); // channels are columns
  auto results = interpret(
      "#c = #quant_act.grid<broadcast = [1, 4], permutation = [1, 0]>\n"
      "func.func @f(%x: tensor<2x4xf32>, %t: tensor<f32>, %l: tensor<f32>, %p: "
      "tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) "
      "{\n"
      "  %a = quant_act.stats_grad abs_max %x threshold %t : tensor<2x4xf32>, "
      "tensor<f32>\n"
      "  %b = quant_act.stats_grad min_max %x threshold %t low %l : "
      "tensor<2x4xf32>, tensor<f32>, tensor<f32>\n"
      "  %c = quant_act.stats_grad abs_max on #c %x threshold %p : "
      "tensor<2x4xf32>, tensor<4xf32>\n"
      "  return %a, %b, %c : tensor<2x4xf32>, tensor<2x4xf32>, "
      "tensor<2x4xf32>\n}",
      {x, makeScalar(3.0), makeScalar(10.0),
       makeCycle(ElementType::F32, {4}, {1, 2, 3, 4})});
  ASSERT_EQ(results.size(), 3u);
  const double expected[3][8] = {{-3, 0, 0, 0, 0, 0, 0, 0},
                                 {7, 0, 3, 0, 0, 0, 0, 0},
                                 {-1, 0, 3, 0, 0, -2, 0, 4}};
  for (int64_t which = 0; which < 3; ++which)
    for (int64_t i = 0; i < 8; ++i)
      EXPECT_EQ(results[which].getDouble(i), expected[which][i])
          << which << " " << i;
}

/// Gradients equal differences of the forward function, where nothing rounds.
class Differences : public ::testing::TestWithParam<const char *> {};

TEST_P(Differences, EqualGradients) {
  constexpr double step = 1e-6;
  const std::string type = "tensor<3xf64>";
  std::string rule = GetParam();
  // f(t, l) = sum(s * a + z * b); codes are too many for bounds.
  std::string forward =
      "func.func @f(%t: " + type + ", %l: " + type + ") -> (" + type + ", " +
      type +
      ") {\n  %s, %z = quant_act.choose_qparams to #quant_act.int<30, "
      "unsigned> " +
      rule + " %t low %l : " + type + ", " + type +
      "\n  return %s, %z : " + type + ", " + type + "\n}";
  std::string backward =
      "func.func @f(%t: " + type + ", %l: " + type + ", %a: " + type +
      ", %b: " + type + ") -> (" + type + ", " + type +
      ") {\n  %dt, %dl = quant_act.choose_qparams_grad to #quant_act.int<30, "
      "unsigned> " +
      rule + " %t low %l scale %a zero_point %b : " + type + ", " + type +
      ", " + type + "\n  return %dt, %dl : " + type + ", " + type + "\n}";
  HostTensor t = makeCycle(ElementType::F64, {3}, {0.7, 3.1, 1.9});
  HostTensor l = makeCycle(ElementType::F64, {3}, {-0.2, -20.0, -0.9});
  HostTensor a = makeCycle(ElementType::F64, {3}, {1e9, -2e9, 3e9});
  HostTensor b = makeCycle(ElementType::F64, {3}, {1e-9, 2e-9, -1e-9});
  auto evaluate = [&](const HostTensor &thresholds, const HostTensor &lows) {
    auto results = interpret(forward, {thresholds, lows});
    double sum = 0;
    for (int64_t i = 0; i < 3; ++i)
      sum += results[0].getDouble(i) * a.getDouble(i) +
             results[1].getDouble(i) * b.getDouble(i);
    return sum;
  };
  auto gradients = interpret(backward, {t, l, a, b});
  ASSERT_EQ(gradients.size(), 2u);
  TestProgram program(backward);
  auto compiled = llvm::cantFail(program.runCompiled("f", {&t, &l, &a, &b}));
  EXPECT_TRUE(equalBits(compiled[0], gradients[0]));
  EXPECT_TRUE(equalBits(compiled[1], gradients[1]));
  for (int64_t i = 0; i < 3; ++i)
    for (bool isLow : {false, true}) {
      HostTensor thresholds[2] = {t, t}, lows[2] = {l, l};
      for (int side : {0, 1}) {
        HostTensor &moved = isLow ? lows[side] : thresholds[side];
        moved.setDouble(i, moved.getDouble(i) + (side ? step : -step));
      }
      double difference = (evaluate(thresholds[1], lows[1]) -
                           evaluate(thresholds[0], lows[0])) /
                          (2 * step);
      double gradient = gradients[isLow ? 1 : 0].getDouble(i);
      EXPECT_NEAR(gradient, difference, 1e-5 * std::abs(difference) + 1e-7)
          << (isLow ? "low " : "threshold ") << i;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Differences,
    ::testing::Values(
        "as collect fractional", "as statistics fractional",
        "as statistics restrict log fractional", "as learned fractional",
        "as learned restrict log fractional", "as training fractional",
        "as training restrict log fractional", "as parameter fractional",
        "as parameter restrict log fractional",
        "as collect fractional full_range",
        "as statistics fractional full_range",
        "as statistics restrict log fractional full_range",
        "as learned fractional full_range",
        "as learned restrict log fractional full_range",
        "as training fractional full_range",
        "as training restrict log fractional full_range",
        "as parameter fractional full_range",
        "as parameter restrict log fractional full_range"),
    [](const ::testing::TestParamInfo<const char *> &info) {
      std::string name = info.param;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

} // namespace
