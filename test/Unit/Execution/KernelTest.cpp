//===- KernelTest.cpp - Compiled code against the reference ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled kernels equal the interpreter bit for bit (any NaN equals any NaN),
// on random and adversarial data: every rank from 0 to 5, every channel
// position, static and dynamic, every element type, extents around the vector
// sizes.
//
//===----------------------------------------------------------------------===//

#include "EveryStatistic.h"
#include "TestProgram.h"

#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"
#include "QuantAct/Numerics/Spec.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

#include <map>
#include <random>

using namespace mlir;
using namespace quant_act;

namespace {

std::string join(ArrayRef<int64_t> values) {
  return llvm::join(
      llvm::map_range(values, [](int64_t v) { return std::to_string(v); }),
      ", ");
}

std::string formatTensor(ArrayRef<int64_t> shape, StringRef type,
                         bool isDynamic) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += (isDynamic ? "?" : std::to_string(extent)) + "x";
  return text + type.str() + ">";
}

ElementType getType(StringRef name) {
  for (ElementType type : {ElementType::F16, ElementType::BF16,
                           ElementType::F32, ElementType::F64})
    if (getName(type) == name)
      return type;
  llvm_unreachable("unknown type");
}

/// Ties of scale 0.5 and 0.25, special values, and random magnitudes.
HostTensor makeData(StringRef type, ArrayRef<int64_t> shape, unsigned seed) {
  static const double special[] = {
      0.0,     -0.0,   0.125,  -0.125,   0.375,     -0.375, 0.625, 1.25,
      -1.25,   2.5,    -2.5,   1e-40,    -1e-40,    6e-8,   -6e-8, 1e5,
      -1e5,    3e38,   -3e38,  INFINITY, -INFINITY, NAN,    63.75, -64.25,
      31.8749, 0.4999, 0.5001, -0.4999,  127.5,     -128.5, 255.5, 1e-10};
  std::mt19937 random(seed);
  HostTensor tensor(getType(type), shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    uint32_t bits = random();
    double value = special[bits % std::size(special)];
    if (bits >> 31)
      value = (static_cast<double>(random()) / 4294967296.0 - 0.5) *
              (bits % 7 == 0 ? 1000.0 : 4.0);
    tensor.setDouble(i, value);
  }
  return tensor;
}

HostTensor makeScales(StringRef type, ArrayRef<int64_t> shape, unsigned seed) {
  static const double scales[] = {0.25, 0.5, 0.1, 0.0117, 1e-10, 3.0, 1e-3};
  HostTensor tensor(getType(type), shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, scales[(i + seed) % std::size(scales)]);
  return tensor;
}

bool isSame(const HostTensor &a, const HostTensor &b, int64_t i) {
  if (!isFloat(a.getElementType()))
    return a.getDouble(i) == b.getDouble(i);
  APFloat x = a.getFloat(i), y = b.getFloat(i);
  return (x.isNaN() && y.isNaN()) || x.bitwiseIsEqual(y);
}

void expectSame(const HostTensor &actual, const HostTensor &expected,
                const std::string &what) {
  ASSERT_EQ(actual.getShape(), expected.getShape()) << what;
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i)
    if (!isSame(actual, expected, i)) {
      ADD_FAILURE() << what << ": element " << i << " is "
                    << actual.getDouble(i) << ", expected "
                    << expected.getDouble(i);
      return;
    }
}

/// One function of a module and the arguments it is called with.
struct Case {
  std::string function;
  std::vector<HostTensor> arguments;
  /// The argument that the first result may be written to; -1: none.
  int inPlace = -1;
};

/// Functions that are compiled together.
class Module {
public:
  /// The name of a function with this text behind its name. The same text is
  /// compiled once.
  std::string define(const std::string &text) {
    auto [at, isNew] =
        names.try_emplace(text, "f" + std::to_string(names.size()));
    if (isNew)
      source += "func.func @" + at->second + text + "\n";
    return at->second;
  }

  void addCase(Case next) { cases.push_back(std::move(next)); }

  void run(const CPUPipelineOptions &options = {}) {
    ParserConfig config(&getTestContext());
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, config);
    ASSERT_TRUE(module) << source;
    CPUPipelineOptions completed;
    completed.copyOptionValuesFrom(options);
    completeTestOptions(completed);
    auto compiled = CompiledModule::compile(*module, completed);
    ASSERT_TRUE(static_cast<bool>(compiled))
        << llvm::toString(compiled.takeError());
    for (const Case &next : cases)
      check(*module, **compiled, next);
  }

private:
  void check(ModuleOp module, const CompiledModule &compiled,
             const Case &next) {
    std::vector<const HostTensor *> arguments;
    std::string what = next.function;
    for (const HostTensor &argument : next.arguments) {
      arguments.push_back(&argument);
      what += " " + formatShape(argument.getShape());
    }
    auto function = module.lookupSymbol<func::FuncOp>(next.function);
    std::string text;
    llvm::raw_string_ostream(text) << function;
    what += "\n" + text;

    auto expected = interpret(function, arguments);
    ASSERT_TRUE(succeeded(expected)) << what;
    auto actual = compiled.run(next.function, arguments);
    ASSERT_TRUE(static_cast<bool>(actual))
        << llvm::toString(actual.takeError());
    for (auto [a, b] : llvm::zip_equal(*actual, *expected))
      expectSame(a, b, what);
    if (next.inPlace < 0)
      return;
    std::vector<HostTensor> buffers = *actual;
    HostTensor inPlace = next.arguments[next.inPlace];
    arguments[next.inPlace] = &inPlace;
    SmallVector<HostTensor *> results{&inPlace};
    for (HostTensor &buffer : llvm::drop_begin(buffers))
      results.push_back(&buffer);
    llvm::Error error = compiled.runInto(next.function, arguments, results);
    ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
    expectSame(inPlace, expected->front(), "in place " + what);
  }

  std::string source;
  std::vector<Case> cases;
  std::map<std::string, std::string> names;
};

/// A grid with channels along the given dimensions.
std::string formatGrid(ArrayRef<int64_t> broadcast, ArrayRef<int64_t> kept,
                       bool isDynamic) {
  std::vector<std::string> extents;
  for (int64_t extent : broadcast)
    extents.push_back(isDynamic && extent != 1 ? "?" : std::to_string(extent));
  SmallVector<int64_t> permutation(kept);
  for (int64_t dim = 0, e = broadcast.size(); dim < e; ++dim)
    if (!llvm::is_contained(kept, dim))
      permutation.push_back(dim);
  return "#quant_act.grid<broadcast = [" + llvm::join(extents, ", ") +
         "], permutation = [" + join(permutation) + "]>";
}

/// Adds fake_quant and, for statistics, stats of x with channels along `kept`.
void addGridCase(Module &module, ArrayRef<int64_t> shape,
                 ArrayRef<int64_t> kept, StringRef xType, StringRef scaleType,
                 bool isDynamic, bool hasZeroPoint, StringRef statistic,
                 unsigned seed) {
  SmallVector<int64_t> broadcast(shape.size(), 1), parameterShape;
  for (int64_t dim : kept) {
    // With one channel only `?` says that the dimension keeps parameters.
    broadcast[dim] = shape[dim];
    parameterShape.push_back(shape[dim]);
  }
  bool needsQuestion =
      llvm::any_of(kept, [&](int64_t dim) { return shape[dim] <= 1; });
  std::string on;
  if (!kept.empty()) {
    SmallVector<int64_t> marked(broadcast);
    if (needsQuestion || isDynamic)
      for (int64_t dim : kept)
        marked[dim] = 2; // printed as ?
    on = " on " + formatGrid(marked, kept, needsQuestion || isDynamic);
  }
  std::string x = formatTensor(shape, xType, isDynamic);
  std::string parameters = formatTensor(parameterShape, scaleType, isDynamic);

  std::string zeroPoint = hasZeroPoint ? ", %z: " + parameters : "";
  std::string name = module.define(
      "(%x: " + x + ", %s: " + parameters + zeroPoint + ") -> " + x +
      " {\n  %y = quant_act.fake_quant " + (seed % 2 ? "relu " : "") +
      "to #quant_act.int<" + (seed % 3 ? "8, signed" : "4, unsigned") + ">" +
      on + " %x scale %s" + (hasZeroPoint ? " zero_point %z" : "") + " : " + x +
      ", " + parameters + (hasZeroPoint ? ", " + parameters : "") +
      "\n  return %y : " + x + "\n}");
  Case fakeQuant{name,
                 {makeData(xType, shape, seed),
                  makeScales(scaleType, parameterShape, seed)},
                 /*inPlace=*/0};
  if (hasZeroPoint) {
    HostTensor z(getType(scaleType), parameterShape);
    for (int64_t i = 0, e = z.getNumElements(); i < e; ++i)
      z.setDouble(i, static_cast<double>(i % 5) * 1.5);
    fakeQuant.arguments.push_back(std::move(z));
  }
  module.addCase(std::move(fakeQuant));

  if (statistic.empty())
    return;
  std::string results = parameters;
  bool isInterval = hasLow(statistic);
  if (isInterval)
    results += ", " + parameters;
  name =
      module.define("(%x: " + x + ") -> (" + results + ") {\n  %r" +
                    (isInterval ? ":2" : "") + " = quant_act.stats " +
                    statistic.str() + " " + (seed % 2 ? "relu" : "identity") +
                    on + " %x : " + x + " -> " + results + "\n  return %r" +
                    (isInterval ? "#0, %r#1" : "") + " : " + results + "\n}");
  HostTensor data = makeData(xType, shape, seed + 7);
  module.addCase({name, {data}});
  // Without NaN and infinities the statistic is finite.
  for (int64_t i = 0, e = data.getNumElements(); i < e; ++i)
    if (!std::isfinite(data.getDouble(i)))
      data.setDouble(i, 0.75);
  module.addCase({name, {std::move(data)}});
}

struct TypePair {
  const char *x;
  const char *scale;
};

class Kernels : public ::testing::TestWithParam<TypePair> {};

TEST_P(Kernels, EveryRankAndChannelPosition) {
  static const int64_t extents[] = {3, 5, 2, 7, 4};
  auto [xType, scaleType] = GetParam();
  for (bool isDynamic : {false, true}) {
    Module module;
    unsigned seed = 1;
    for (int64_t rank = 0; rank <= 5; ++rank)
      for (int64_t channel = -1; channel < rank; ++channel) {
        ArrayRef<int64_t> shape = ArrayRef(extents).take_front(rank);
        SmallVector<int64_t> kept;
        if (channel >= 0)
          kept.push_back(channel);
        // Only results that hold x's values are allowed.
        addGridCase(module, shape, kept, xType, scaleType, isDynamic,
                    seed % 3 == 0, channel == rank / 2 ? "abs_max" : "", seed);
        ++seed;
      }
    module.run();
  }
}

TEST_P(Kernels, ExtentsAroundTheVectorSize) {
  auto [xType, scaleType] = GetParam();
  for (bool isDynamic : {false, true}) {
    Module module;
    unsigned seed = 3;
    for (int64_t extent : {0, 1, 31, 63, 64, 65, 127, 130}) {
      // Channel before, along and after the long dimension.
      addGridCase(module, {2, extent}, {0}, xType, scaleType, isDynamic, false,
                  "min_max", seed);
      addGridCase(module, {3, extent}, {1}, xType, scaleType, isDynamic, true,
                  "abs_max", seed + 1);
      addGridCase(module, {extent, 2}, {1}, xType, scaleType, isDynamic, false,
                  "", seed + 2);
      ++seed;
    }
    module.run();
  }
}

/// Rows that are short or long, few or many, and none: what elementwise loops
/// distinguish, at run time and when they are compiled.
TEST(Kernel, RowsAndPeriods) {
  static const int64_t shapes[][3] = {
      {0, 3, 2},    {5, 0, 3},   {5, 3, 0},    {1, 1, 1},     {1, 5, 3},
      {5, 1, 1},    {5, 1, 3},   {5, 5, 1},    {40, 5, 3},    {300, 3, 1},
      {300, 1, 2},  {5, 80, 3},  {5, 1100, 1}, {5, 1100, 2},  {4, 70, 15},
      {4, 70, 16},  {4, 3, 17},  {3, 400, 3},  {2050, 1, 15}, {1, 3, 333},
      {5, 4700, 1}, {4, 600, 9}, {2, 4160, 4}, {2, 130, 100}};
  for (const char *text :
       {"", "stream-bytes=1", "stream-bytes=1 vector-bits=64",
        "vector-bits=192", "replace-divisions=false", "parallel-bytes=1",
        "parallel-bytes=1 stream-bytes=1"}) {
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(text)));
    Module module;
    unsigned seed = 5;
    for (bool isDynamic : {false, true})
      for (ArrayRef<int64_t> shape : shapes)
        for (const SmallVector<int64_t> &kept :
             std::vector<SmallVector<int64_t>>{{1}, {0, 1}})
          // Compiling for every shape takes longest.
          if (isDynamic || seed++ % 3 == 0)
            addGridCase(module, shape, kept, "f32", "f32", isDynamic,
                        kept.size() == 2, "", seed);
    module.run(options);
  }
}

/// Results of fewer bytes than what is computed: lines hold several vectors.
TEST(Kernel, LinesOfSeveralVectors) {
  static const int64_t shapes[][3] = {{40, 5, 3},   {5, 1100, 1}, {4, 70, 15},
                                      {4, 70, 33},  {3, 2, 63},   {3, 2, 64},
                                      {3, 2, 65},   {2, 3, 333},  {5, 4700, 1},
                                      {4, 640, 16}, {1, 1, 97},   {5, 0, 3}};
  for (const char *text :
       {"stream-bytes=1", "parallel-bytes=1 stream-bytes=1"}) {
    SCOPED_TRACE(text);
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(text)));
    Module module;
    unsigned seed = 40;
    for (ArrayRef<int64_t> shape : shapes)
      for (int64_t channel : {1, 2})
        addGridCase(module, shape, {channel}, "bf16", "bf16",
                    /*isDynamic=*/true, channel == 2, "", ++seed);
    module.run(options);
    TestProgram codes(R"(
      func.func @codes(%x: tensor<?x?x?xf32>, %s: tensor<?xf32>)
          -> tensor<?x?x?xi8> {
        %q = quant_act.quantize to <8, signed>
            on <broadcast = [1, ?, 1], permutation = [1, 0, 2]> %x scale %s
            : tensor<?x?x?xf32>, tensor<?xf32> -> tensor<?x?x?xi8>
        return %q : tensor<?x?x?xi8>
      })");
    ASSERT_TRUE(bool(codes.compile(options)));
    for (ArrayRef<int64_t> shape : shapes) {
      HostTensor x = makeData("f32", shape, seed++);
      HostTensor s(ElementType::F32, {shape[1]});
      for (int64_t i = 0; i < shape[1]; ++i)
        s.setDouble(i, 0.01 * double(i % 7 + 1));
      codes.runBothWays("codes", {&x, &s}, "codes");
    }
  }
}

/// Products with scales that are subnormal are so, too; with others they are
/// not, and may be rounded by an instruction that has no such numbers.
TEST(Kernel, SubnormalScalesOfBFloat16) {
  const double least = 0x1.0p-126, subnormal = 0x1.4p-128;
  const std::vector<std::vector<double>> series = {
      {0.1, 3.0, least},      {0.1, 3.0, subnormal},  {subnormal},
      {0x1.0p-133},           {-least, 0.5},          {-subnormal, 0.5},
      {0.0, least, INFINITY}, {NAN, 1e38, 0x1.8p-127}};
  for (const char *text : {"", "stream-bytes=1", "vectorize-loops=false"}) {
    SCOPED_TRACE(text);
    CPUPipelineOptions options;
    ASSERT_TRUE(succeeded(options.parseFromString(text)));
    for (const char *grid : {"[1, ?, 1], permutation = [1, 0, 2]",
                             "[1, 1, ?], permutation = [2, 0, 1]"}) {
      TestProgram program(
          "func.func @f(%x: tensor<?x?x?xbf16>, %s: tensor<?xbf16>) -> "
          "tensor<?x?x?xbf16> {\n  %y = quant_act.fake_quant to <8, signed> "
          "on <broadcast = " +
          std::string(grid) +
          "> %x scale %s : tensor<?x?x?xbf16>, tensor<?xbf16>\n  return %y : "
          "tensor<?x?x?xbf16>\n}\n");
      ASSERT_TRUE(bool(program.compile(options)));
      for (const std::vector<double> &scales : series) {
        HostTensor x(ElementType::BF16, {3, 7, 7});
        HostTensor s(ElementType::BF16, {7});
        for (int64_t i = 0; i < 7; ++i)
          s.setDouble(i, scales[i % scales.size()]);
        // Codes of all sizes, for small scales, too.
        for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
          x.setDouble(i, scales[i % scales.size()] * double(i * 2 - 140));
        program.runBothWays("f", {&x, &s},
                            "the scale " + std::to_string(scales.back()));
      }
    }
  }
}

/// Those that ThresholdsOfSeveralPasses runs; the others run everywhere else.
TEST(Kernel, RunsEveryComposite) {
  for (uint64_t i = 0; i <= getMaxEnumValForStatisticKind(); ++i) {
    auto kind = static_cast<StatisticKind>(i);
    bool isRun =
        kind == StatisticKind::MaxAverage || kind == StatisticKind::Mse;
    EXPECT_EQ(isRun, getDefinition(kind).form == StatisticForm::Composite)
        << stringifyEnum(kind).str();
  }
}

TEST_P(Kernels, StatisticsOfSeveralAxes) {
  auto [xType, scaleType] = GetParam();
  for (bool isDynamic : {false, true}) {
    Module module;
    unsigned seed = 11;
    for (const std::string &statistic : getChannelStatistics())
      for (const SmallVector<int64_t> &kept :
           std::vector<SmallVector<int64_t>>{{}, {1}, {2, 0}})
        addGridCase(module, {3, 4, 9}, kept, xType, scaleType, isDynamic, true,
                    statistic, seed++);
    module.run();
  }
}

/// The ends of channels whose values all have one sign, in masked rows.
TEST_P(Kernels, RangesWithoutZero) {
  auto [xType, scaleType] = GetParam();
  Module module;
  for (bool isDynamic : {false, true})
    for (int64_t extent : {3, 70})
      for (double sign : {-1.0, 1.0, double(INFINITY), -double(INFINITY)}) {
        std::string x = formatTensor({2, extent}, xType, isDynamic);
        std::string r = formatTensor({2}, scaleType, isDynamic);
        std::string name = module.define(
            "(%x: " + x + ") -> (" + r + ", " + r +
            ") {\n  %r:2 = quant_act.stats min_max on "
            "#quant_act.grid<broadcast = [?, 1], permutation = [0, 1]> "
            "%x : " +
            x + " -> " + r + ", " + r + "\n  return %r#0, %r#1 : " + r + ", " +
            r + "\n}");
        HostTensor data(getType(xType), {2, extent});
        for (int64_t i = 0, e = data.getNumElements(); i < e; ++i)
          data.setDouble(i, sign * (1.0 + i % 5));
        module.addCase({name, {data}});
      }
  module.run();
}

INSTANTIATE_TEST_SUITE_P(
    Types, Kernels,
    ::testing::Values(TypePair{"f32", "f32"}, TypePair{"f16", "f16"},
                      TypePair{"bf16", "bf16"}, TypePair{"f64", "f64"},
                      TypePair{"f16", "f32"}, TypePair{"bf16", "f32"}),
    [](const ::testing::TestParamInfo<TypePair> &info) {
      return std::string(info.param.x) + "_" + info.param.scale;
    });

TEST(Kernel, EveryRoundingAndContract) {
  Module module;
  for (const char *rounding :
       {"half_even", "half_away", "half_zero", "half_up", "half_down", "ceil",
        "floor", "toward_zero", "away_from_zero", "dpu", "half_away_add",
        "half_zero_subtract"})
    for (const char *numerics :
         {"brevitas", "qonnx", "onnx", "torch", "torch_float", "tflite",
          "division = reciprocal", "nan = lowest, compute = f64"}) {
      std::string name = module.define(
          std::string(
              "(%x: tensor<300xf32>, %s: tensor<f32>, %z: tensor<f32>) -> "
              "tensor<300xf32> {\n  %y = quant_act.fake_quant to "
              "#quant_act.int<5, signed, narrow> round ") +
          rounding + " numerics <" + numerics +
          "> %x scale %s zero_point %z : tensor<300xf32>, tensor<f32>, "
          "tensor<f32>\n  return %y : tensor<300xf32>\n}");
      HostTensor scale(ElementType::F32, {}), zeroPoint(ElementType::F32, {});
      scale.fill(0.25);
      zeroPoint.fill(3.0);
      module.addCase({name, {makeData("f32", {300}, 5), scale, zeroPoint}, 0});
    }
  module.run();
}

// Integers are in the other tests.
static_assert(std::variant_size_v<Format> == 4,
              "EveryFormat and CodesInMemory have to run the new format");

/// Every format, with every activation, on 300 values and in small rows.
TEST(Kernel, EveryFormat) {
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"})
    for (const char *format :
         {"<e4m3fn>", "<e5m2, overflow = infinity>", "<e4m3fnuz>",
          "<e5m2fnuz, overflow = nan>", "<e3m2fn>", "<e2m3fn>", "<e2m1fn>",
          "<exponent = 4, mantissa = 3>", "<exponent = 5, mantissa = 2>",
          "<e2m1fn, unsigned>", "binary", "ternary<threshold = 0.5>"}) {
      std::string text = format;
      text = "#quant_act." + (text[0] == '<' ? "float" + text : text);
      // Activations do not depend on the format.
      for (const char *activation : {"", "relu", "sigmoid", "tanh"})
        for (int64_t inner : {300, 7}) {
          if (*activation && text != "#quant_act.float<e4m3fn>")
            continue;
          std::string x =
              "tensor<?x" + std::to_string(inner) + "x" + type + ">";
          std::string scale = "tensor<?x" + std::string(type) + ">";
          std::string name = module.define(
              "(%x: " + x + ", %s: " + scale + ") -> " + x +
              " {\n  %y = quant_act.fake_quant " + activation + " to " + text +
              " on #quant_act.grid<broadcast = [?, 1], permutation = "
              "[0, 1]> %x scale %s : " +
              x + ", " + scale + "\n  return %y : " + x + "\n}");
          module.addCase(
              {name,
               {makeData(type, {3, inner}, 5), makeScales(type, {3}, 1)},
               0});
        }
    }
  module.run();
}

/// Bits that are an operand, and stochastic rounding.
TEST(Kernel, OperandsBesideParameters) {
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"})
    for (const char *format : {"<?, signed>", "<?, signed, narrow>",
                               "<?, unsigned>", "<?, unsigned, narrow>"})
      for (bool isShared : {true, false}) {
        std::string x = "tensor<5x?x3x" + std::string(type) + ">";
        std::string scale = "tensor<?x" + std::string(type) + ">";
        std::string bits = isShared ? "tensor<f32>" : "tensor<?xf32>";
        std::string name = module.define(
            "(%x: " + x + ", %s: " + scale + ", %b: " + bits +
            ", %r: tensor<i64>) -> " + x +
            " {\n  %y = quant_act.fake_quant to " + format +
            " on #quant_act.grid<broadcast = [1, ?, 1], permutation = "
            "[1, 0, 2]> round stochastic %x scale %s bits %b seed %r : " +
            x + ", " + scale + " bits " + bits + "\n  return %y : " + x +
            "\n}");
        HostTensor widths(ElementType::F32, isShared ? ArrayRef<int64_t>()
                                                     : ArrayRef<int64_t>(4));
        for (int64_t i = 0, e = widths.getNumElements(); i < e; ++i)
          widths.setDouble(i, 4 - i);
        HostTensor seed(ElementType::I64, {});
        seed.setDouble(0, 12345);
        module.addCase({name,
                        {makeData(type, {5, 4, 3}, 5), makeScales(type, {4}, 1),
                         widths, seed},
                        0});
      }
  module.run();
}

/// Codes in every storage type, and back.
TEST(Kernel, CodesInMemory) {
  struct Storage {
    const char *format;
    const char *type;
  };
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"})
    for (Storage storage : std::initializer_list<Storage>{
             {"int<8, signed>", "i8"},
             {"int<8, unsigned>", "i8"},
             {"int<4, unsigned>", "i32"},
             {"int<1, signed>", "i8"},
             {"int<12, unsigned>", "i16"},
             {"int<16, signed, narrow>", "i16"},
             {"int<32, signed>", "i32"},
             {"int<32, unsigned>", "i32"},
             {"int<32, unsigned, narrow>", "i64"},
             {"binary", "i8"},
             {"ternary<threshold = 0.5>", "i8"},
             {"float<e4m3fn>", "f8E4M3FN"},
             {"float<e4m3fn, overflow = nan>", "f8E4M3FN"},
             {"float<e5m2, overflow = infinity>", "f8E5M2"},
             {"float<e4m3fnuz>", "f8E4M3FNUZ"},
             {"float<e5m2fnuz>", "f8E5M2FNUZ"},
             {"float<e3m2fn>", "f6E3M2FN"},
             {"float<e2m3fn>", "f6E2M3FN"},
             {"float<e2m1fn>", "f4E2M1FN"},
             {"float<e8m0fnu>", "f8E8M0FNU"},
             {"float<e8m0fnu, overflow = nan>", "f8E8M0FNU"}})
      for (bool hasZeroPoint : {false, true}) {
        std::string format = std::string("#quant_act.") + storage.format;
        if (hasZeroPoint && !StringRef(storage.format).starts_with("int"))
          continue;
        std::string x = "tensor<3x?x7x" + std::string(type) + ">";
        std::string q = "tensor<3x?x7x" + std::string(storage.type) + ">";
        std::string scale = "tensor<?x" + std::string(type) + ">";
        std::string on = " on #quant_act.grid<broadcast = [1, ?, 1], "
                         "permutation = [1, 0, 2]>";
        std::string zeroPoint = hasZeroPoint ? " zero_point %s" : "";
        std::string types =
            ", " + scale + (hasZeroPoint ? ", " + scale : std::string());
        std::string name = module.define(
            "(%x: " + x + ", %s: " + scale + ") -> (" + q + ", " + x +
            ") {\n  %q = quant_act.quantize to " + format + on +
            " %x scale %s" + zeroPoint + " : " + x + types + " -> " + q +
            "\n  %y = quant_act.dequantize from " + format + on +
            " %q scale %s" + zeroPoint + " : " + q + types + " -> " + x +
            "\n  return %q, %y : " + q + ", " + x + "\n}");
        module.addCase(
            {name, {makeData(type, {3, 11, 7}, 5), makeScales(type, {11}, 1)}});
      }
  module.run();
}

/// Thresholds that depend on the quantizer or on several channels.
TEST(Kernel, ThresholdsOfSeveralPasses) {
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"})
    for (bool isDynamic : {false, true}) {
      SmallVector<int64_t> shape{4, 3, 37};
      std::string x = formatTensor(shape, type, isDynamic);
      std::string scalar = formatTensor({}, type, isDynamic);
      std::string channels = formatTensor({3}, type, isDynamic);
      std::string grid = formatGrid({1, 3, 1}, {1}, isDynamic);
      auto add = [&](const std::string &text, const std::string &result) {
        std::string name = module.define("(%x: " + x + ") -> " + result +
                                         " {\n  %t = quant_act." + text +
                                         " %x : " + x + " -> " + result +
                                         "\n  return %t : " + result + "\n}");
        HostTensor data = makeData(type, shape, 3);
        module.addCase({name, {data}});
        for (int64_t i = 0, e = data.getNumElements(); i < e; ++i)
          if (!std::isfinite(data.getDouble(i)))
            data.setDouble(i, 0.75);
        module.addCase({name, {std::move(data)}});
      };
      add("stats max_average<" + grid + "> relu", scalar);
      add("search_threshold to #quant_act.int<4, signed>", scalar);
      add("search_threshold relu to #quant_act.int<3, unsigned> on " + grid,
          channels);
      add("search_threshold sigmoid to #quant_act.float<e4m3fn> on " + grid +
              " round floor restrict power_of_two minimum 0.5",
          channels);
    }
  module.run();
}

TEST(Kernel, BlocksThatNest) {
  Module module;
  for (const char *zeroPointCount : {"1", "4", "8", "24"}) {
    std::string count = zeroPointCount;
    std::string z = count == "1" ? "tensor<f32>" : "tensor<" + count + "xf32>";
    std::string name = module.define(
        "(%x: tensor<?x24xf32>, %s: tensor<8xf32>, "
        "%z: " +
        z +
        ") -> tensor<?x24xf32> {\n  %y = quant_act.fake_quant to "
        "#quant_act.int<8, unsigned> on #quant_act.grid<broadcast = [1, 8], "
        "permutation = [1, 0]> zero_point_on #quant_act.grid<broadcast = [1, " +
        count +
        "], permutation = [1, 0]> %x scale %s zero_point %z : "
        "tensor<?x24xf32>, tensor<8xf32>, " +
        z + "\n  return %y : tensor<?x24xf32>\n}");
    SmallVector<int64_t> shape;
    if (count != "1")
      shape.push_back(std::stoi(count));
    HostTensor zeroPoint(ElementType::F32, shape);
    for (int64_t i = 0, e = zeroPoint.getNumElements(); i < e; ++i)
      zeroPoint.setDouble(i, i % 7);
    for (int64_t rows : {0, 1, 5})
      module.addCase({name,
                      {makeData("f32", {rows, 24}, 9),
                       makeScales("f32", {8}, 2), zeroPoint},
                      0});
  }
  module.run();
}

/// A choose_qparams: what the sweep varies.
struct QParamsCase {
  std::string type, format, options;
  SmallVector<int64_t> shape;
  /// Rank 0: for all.
  std::optional<SmallVector<int64_t>> bits;
  bool isDynamic = false;
};

void addQParamsCase(Module &module, const QParamsCase &next) {
  std::string t = formatTensor(next.shape, next.type, next.isDynamic);
  std::string arguments = "%t: " + t + ", %l: " + t, bits, bitsType;
  if (next.bits) {
    bitsType = formatTensor(*next.bits, "f32", next.isDynamic);
    arguments += ", %b: " + bitsType;
    bits = " bits %b";
    bitsType = " bits " + bitsType;
  }
  std::string name = module.define(
      "(" + arguments + ") -> (" + t + ", " + t +
      ") {\n  %s, %z = quant_act.choose_qparams to #quant_act." + next.format +
      " " + next.options + " %t low %l" + bits + " : " + t + ", " + t +
      bitsType + "\n  return %s, %z : " + t + ", " + t + "\n}");
  static const double thresholds[] = {0.0,    1e-12, 0.5,      1.0, 1.0000001,
                                      3.7,    6e4,   0.99,     1.5, NAN,
                                      1000.0, 17.25, INFINITY, -2.5};
  static const double lows[] = {-0.0, -0.1, -1.5, 0.5, -30.0, -1e-9, -5.0};
  Case test{name, {}};
  for (ArrayRef<double> values :
       {ArrayRef<double>(thresholds), ArrayRef<double>(lows)}) {
    HostTensor tensor(getType(next.type), next.shape);
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
      tensor.setDouble(i, values[i % values.size()]);
    test.arguments.push_back(std::move(tensor));
  }
  if (next.bits) {
    HostTensor widths(ElementType::F32, *next.bits);
    for (int64_t i = 0, e = widths.getNumElements(); i < e; ++i)
      widths.setDouble(i, 8.0 - 1.25 * (i % 5));
    test.arguments.push_back(std::move(widths));
  }
  module.addCase(std::move(test));
}

/// Parameters of every rule and restriction; the full range of each, too.
TEST(Kernel, Parameters) {
  const SmallVector<int64_t> vector{19}, matrix{3, 19};
  struct Bits {
    const char *format;
    std::optional<SmallVector<int64_t>> shape;
  };
  const Bits formats[] = {{"int<8, unsigned>", std::nullopt},
                          {"int<4, signed, narrow>", std::nullopt},
                          {"int<?, signed>", SmallVector<int64_t>()},
                          {"int<?, unsigned, narrow>", matrix}};
  const char *types[] = {"f32", "f16", "bf16", "f64"};
  Module module;
  unsigned number = 0;
  for (const char *rule :
       {"collect", "statistics", "running", "learned", "training", "parameter"})
    for (const char *restriction :
         {"float", "log", "power_of_two", "power_of_two<ceil>",
          "power_of_two<floor>"})
      for (const char *range : {"", " full_range", " fractional full_range"})
        // Types and formats take turns, so that each meets every other choice.
        for (int turn : {0, 1}) {
          const char *type = types[(number / 2 + 2 * turn) % 4];
          const Bits &bits = formats[number % 4];
          bool hasMatrix = bits.shape && !bits.shape->empty();
          addQParamsCase(module, {type, bits.format,
                                  std::string("as ") + rule + " restrict " +
                                      restriction + range,
                                  hasMatrix ? matrix : vector, bits.shape,
                                  /*isDynamic=*/number % 3 == 0});
          ++number;
        }
  module.run();
}

/// The full range of data on grids: from statistics to quantized data.
TEST_P(Kernels, FullRange) {
  auto [xType, scaleType] = GetParam();
  SmallVector<int64_t> shape{3, 4, 33};
  Module module;
  const char *formats[] = {"int<8, signed>", "int<3, unsigned>",
                           "int<?, signed>"};
  unsigned seed = 1;
  for (bool isDynamic : {false, true})
    for (const SmallVector<int64_t> &kept :
         std::vector<SmallVector<int64_t>>{{}, {1}, {2, 0}}) {
      const char *format = formats[(seed + isDynamic) % 3];
      SmallVector<int64_t> channels, broadcast(3, 1);
      for (int64_t dim : kept) {
        channels.push_back(shape[dim]);
        broadcast[dim] = shape[dim];
      }
      std::string on =
          kept.empty() ? "" : " on " + formatGrid(broadcast, kept, isDynamic);
      std::string x = formatTensor(shape, xType, isDynamic),
                  p = formatTensor(channels, scaleType, isDynamic);
      bool hasBits = StringRef(format).contains('?');
      std::string bits = hasBits ? " bits %b" : "",
                  bitsType = hasBits ? " bits tensor<f32>" : "";
      std::string name = module.define(
          "(%x: " + x + (hasBits ? ", %b: tensor<f32>" : "") + ") -> (" + x +
          ", " + p + ", " + p + ") {\n  %t, %l = quant_act.stats min_max" + on +
          " %x : " + x + " -> " + p + ", " + p +
          "\n  %s, %z = quant_act.choose_qparams to #quant_act." + format +
          " full_range %t low %l" + bits + " : " + p + ", " + p + bitsType +
          "\n  %y = quant_act.fake_quant to #quant_act." + format + on +
          " %x scale %s zero_point %z" + bits + " : " + x + ", " + p + ", " +
          p + bitsType + "\n  return %y, %s, %z : " + x + ", " + p + ", " + p +
          "\n}");
      HostTensor x1 = makeData(xType, shape, seed), x2 = x1, x3 = x1;
      for (int64_t i = 0, e = x1.getNumElements(); i < e; ++i) {
        double value = x1.getDouble(i);
        double finite = std::isfinite(value) ? value : 0.75;
        x2.setDouble(i, finite);
        x3.setDouble(i, -std::fabs(finite));
      }
      HostTensor width(ElementType::F32, {});
      width.fill(5.0);
      for (const HostTensor &data : {x1, x2, x3}) {
        Case test{name, {data}};
        if (hasBits)
          test.arguments.push_back(width);
        module.addCase(std::move(test));
      }
      ++seed;
    }
  module.run();
}

/// Running statistics.
TEST(Kernel, State) {
  Module module;
  HostTensor threshold(ElementType::F32, {9}), low(ElementType::F32, {9});
  const double thresholds[] = {0.0, 1e-12,  0.5,  1.0,  1.0000001,
                               3.7, 1000.0, 0.99, 17.25};
  for (auto [i, value] : llvm::enumerate(thresholds)) {
    threshold.setDouble(i, value);
    low.setDouble(i, -value / 3);
  }
  for (const char *options :
       {"momentum 0.1 minimum 1.0e-10", "", "minimum 0.5"}) {
    std::string name = module.define(
        std::string(
            "(%b: tensor<9xf32>, %r: tensor<9xf32>, %n: tensor<i64>) -> "
            "(tensor<9xf32>, tensor<i64>) {\n  %s, %m = quant_act.observe ") +
        options +
        " %b, %r, %n : tensor<9xf32>, tensor<i64>\n  return %s, %m : "
        "tensor<9xf32>, tensor<i64>\n}");
    for (double count : {0, 1, 2, 299}) {
      HostTensor updates(ElementType::I64, {});
      updates.fill(count);
      module.addCase({name, {threshold, low, updates}});
    }
  }
  module.run();
}

/// tensor<i64> of a number.
HostTensor makeCount(int64_t value) {
  HostTensor count(ElementType::I64, {});
  count.setDouble(0, value);
  return count;
}

/// Layers whose branches depend on their state: each branch, on extents that
/// the types leave open.
TEST(Kernel, LayersThatCount) {
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"})
    for (const char *restriction : {"float", "power_of_two<ceil>"}) {
      // Half of the types and restrictions, each.
      bool isFullRange =
          (StringRef(type) == "f32" || StringRef(type) == "bf16") ==
          (StringRef(restriction) == "float");
      std::string state = StringRef(type) == "f64" ? "f64" : "f32";
      std::string x = "tensor<?x3x?x" + std::string(type) + ">",
                  p = "tensor<?x" + state + ">";
      std::string types = p + ", " + p + ", " + p + ", " + p +
                          ", tensor<i64>, "
                          "tensor<i64>";
      std::string all = x + ", " + p + ", " + p + ", " + types;
      std::string name = module.define(
          "(%x: " + x + ", %r: " + p + ", %l: " + p + ", %v: " + p +
          ", %w: " + p + ", %n: tensor<i64>, %k: tensor<i64>) -> (" + all +
          ") {\n  %0:9 = quant_act.act relu train "
          "percentile_interval<1.0, 90.0> steps 3 momentum 0.1 delay 2 "
          "restrict " +
          restriction +
          " to #quant_act.int<5, unsigned> on #quant_act.grid<broadcast "
          "= [1, ?, 1], permutation = [1, 0, 2]>" +
          (isFullRange ? " full_range" : "") +
          " %x state %r, %l, %v, "
          "%w, %n, %k : " +
          x + ", " + types +
          "\n  return %0#0, %0#1, %0#2, %0#3, %0#4, %0#5, %0#6, %0#7, "
          "%0#8 : " +
          all + "\n}");
      for (auto [count, calls] :
           {std::pair(0, 0), std::pair(2, 2), std::pair(3, 1), std::pair(4, 2)})
        module.addCase(
            {name,
             {makeData(type, {2, 3, 35}, 5 + count), makeScales(state, {3}, 1),
              makeScales(state, {3}, 2), makeScales(state, {3}, 3),
              makeScales(state, {3}, 4), makeCount(count), makeCount(calls)}});
    }
  module.run();
}

/// Given thresholds with learned bits and stochastic rounding, and a sign that
/// is delayed.
TEST(Kernel, LayersOfGivenThresholds) {
  Module module;
  for (const char *type : {"f32", "f16", "bf16", "f64"}) {
    std::string state = StringRef(type) == "f64" ? "f64" : "f32";
    std::string x = "tensor<5x?x" + std::string(type) + ">",
                p = "tensor<?x" + state + ">";
    std::string grid =
        " on #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]> ";
    std::string name = module.define(
        "(%x: " + x + ", %v: " + p +
        ", %o: tensor<f32>, %seed: tensor<i64>) -> (" + x + ", " + p +
        ") {\n  %b = quant_act.learned_bits %o : tensor<f32>\n"
        "  %y, %s = quant_act.act learn scaling parameter signed_scale "
        "to #quant_act.int<?, signed>" +
        grid + "round stochastic %x state %v bits %b seed %seed : " + x + ", " +
        p + " bits tensor<f32>\n  return %y, %s : " + x + ", " + p + "\n}");
    HostTensor offset(ElementType::F32, {});
    offset.fill(-1.75);
    HostTensor thresholds = makeScales(state, {7}, 3);
    thresholds.setDouble(2, -4.0);
    module.addCase(
        {name, {makeData(type, {5, 7}, 3), thresholds, offset, makeCount(99)}});

    name = module.define(
        "(%x: " + x + ", %v: " + p + ", %k: tensor<i64>) -> (" + x + ", " + p +
        ", tensor<i64>) {\n  %y, %s, %k1 = quant_act.act sigmoid "
        "evaluate scaling const delay 1 to #quant_act.binary" +
        grid + "%x state %v, %k : " + x + ", " + p +
        ", tensor<i64>\n  return %y, %s, %k1 : " + x + ", " + p +
        ", tensor<i64>\n}");
    for (int64_t calls : {0, 1})
      module.addCase({name,
                      {makeData(type, {5, 7}, 4), makeScales(state, {7}, 2),
                       makeCount(calls)}});
  }
  module.run();
}

TEST(Kernel, RejectsArgumentsThatDoNotFit) {
  ParserConfig config(&getTestContext());
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      R"(func.func @f(%x: tensor<?x?xf32>, %s: tensor<?xf32>)
             -> tensor<?x?xf32> {
           %y = quant_act.fake_quant to #quant_act.int<8, signed>
             on #quant_act.grid<broadcast = [1, ?], permutation = [1, 0]>
             %x scale %s : tensor<?x?xf32>, tensor<?xf32>
           return %y : tensor<?x?xf32>
         })",
      config);
  ASSERT_TRUE(module);
  CPUPipelineOptions options;
  options.runtimeVerification = true;
  auto compiled = CompiledModule::compile(*module, options);
  ASSERT_TRUE(static_cast<bool>(compiled));
  HostTensor x(ElementType::F32, {2, 3}), scale(ElementType::F32, {4}),
      wrong(ElementType::F16, {2, 3});
  scale.fill(1.0);
  auto getMessage = [&](StringRef name,
                        std::vector<const HostTensor *> arguments) {
    auto results = (*compiled)->run(name, arguments);
    return results ? std::string() : llvm::toString(results.takeError());
  };
  EXPECT_EQ(getMessage("g", {&x}),
            "there is no public function 'g' in the module");
  EXPECT_EQ(getMessage("f", {&x}), "function 'f' takes 2 arguments, but got 1");
  EXPECT_EQ(getMessage("f", {&wrong, &scale}),
            "argument 'arg0' of function 'f' is tensor<?x?xf32>, but got "
            "tensor<2x3xf16>");
  EXPECT_NE(
      getMessage("f", {&x, &scale})
          .find("expects scale to have one value along its dimension 0 per "
                "parameter of the grid along dimension 1 of x"),
      std::string::npos);
}

} // namespace
