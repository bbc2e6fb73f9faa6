//===- ContractTest.cpp - Contracts against their definitions -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each contract, interpreted and compiled, against its published definition in
// plain C++, written down here a second time. Data are ties of every scale,
// NaN, infinities, signed zeros, saturation and random numbers. Corpus has the
// cases that the systems themselves computed, where there are any.
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>

using namespace quant_act;
using llvm::ArrayRef;

namespace {

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

HostTensor toTensor(ArrayRef<float> values) {
  HostTensor tensor(ElementType::F32, {static_cast<int64_t>(values.size())});
  for (auto [i, value] : llvm::enumerate(values))
    tensor.setDouble(i, value);
  return tensor;
}

HostTensor toScalar(float value) {
  HostTensor tensor(ElementType::F32, {});
  tensor.setDouble(0, value);
  return tensor;
}

/// Ties of the scale and what lies beside them, special and random values.
std::vector<float> makeData(float scale) {
  std::vector<float> data = {0.0f,      -0.0f,   1e-45f, -1e-45f,   INFINITY,
                             -INFINITY, NAN,     3e38f,  -3e38f,    1e30f,
                             -1e30f,    127.49f, 127.5f, -128.501f, 255.5f};
  for (int i = -20; i <= 20; ++i) {
    float tie = (static_cast<float>(i) + 0.5f) * scale;
    for (float value :
         {tie, std::nextafter(tie, INFINITY), std::nextafter(tie, -INFINITY)})
      data.push_back(value);
  }
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i)
    data.push_back((static_cast<float>(random()) / 4294967296.0f - 0.5f) *
                   scale * (i % 2 ? 40.0f : 700.0f));
  return data;
}

/// A program that holds `op`, of %x: tensor<?xf32> and %a, %b .. : tensor<f32>.
/// Programs are kept: the same op is run with many parameters.
TestProgram &getProgram(const std::string &op, size_t numParameters) {
  // Never destroyed: LLVM's own statics may be gone by then.
  static auto &programs =
      *new std::map<std::string, std::unique_ptr<TestProgram>>();
  std::unique_ptr<TestProgram> &program = programs[op];
  if (program)
    return *program;
  std::string source = "func.func @f(%x: tensor<?xf32>";
  for (size_t i = 0; i < numParameters; ++i)
    source +=
        ", %" + std::string(1, static_cast<char>('a' + i)) + ": tensor<f32>";
  source += ") -> tensor<?xf32> {\n  %y = " + op +
            "\n  return %y : tensor<?xf32>\n}\n";
  program = std::make_unique<TestProgram>(source);
  return *program;
}

/// Runs `op` both ways on data and parameters.
void check(const std::string &op, ArrayRef<float> data,
           ArrayRef<float> parameters,
           const std::function<float(float)> &expected) {
  HostTensor x = toTensor(data);
  std::vector<HostTensor> values;
  for (float parameter : parameters)
    values.push_back(toScalar(parameter));
  std::vector<const HostTensor *> arguments{&x};
  for (const HostTensor &value : values)
    arguments.push_back(&value);
  HostTensor y(ElementType::F32, x.getShape());
  for (auto [i, value] : llvm::enumerate(data))
    y.setDouble(i, expected(value));

  TestProgram &program = getProgram(op, parameters.size());
  auto compare = [&](TensorsOrError results, const char *how) {
    ASSERT_TRUE(static_cast<bool>(results)) << op;
    EXPECT_TRUE(equalBits(results->front(), y))
        << how << ": " << op << " with "
        << testing::PrintToString(parameters.vec());
  };
  compare(program.interpret("f", arguments), "interpreted");
  compare(program.runCompiled("f", arguments), "compiled");
}

//===----------------------------------------------------------------------===//
// Scale and zero point
//===----------------------------------------------------------------------===//

/// A contract's definition of a value from x, scale and zero point.
using Definition = float (*)(float x, float s, float z, float low, float high);

float clamp(float value, float low, float high) {
  if (value > high)
    return high;
  return value < low ? low : value;
}

/// Brevitas: clamp(round(x / s + z)), (q - z) * s.
float brevitas(float x, float s, float z, float low, float high) {
  float quotient = x / s;
  float q = clamp(std::nearbyint(quotient + z), low, high);
  return (q - z) * s;
}

/// QONNX: clamped before it is rounded.
float qonnx(float x, float s, float z, float low, float high) {
  float quotient = x / s;
  float q = std::nearbyint(clamp(quotient + z, low, high));
  return (q - z) * s;
}

/// A code of an integer type. What NaN becomes is not defined; here it stays.
float toInteger(float q) {
  return std::isnan(q) ? q : static_cast<float>(static_cast<int64_t>(q));
}

/// StableHLO: round_nearest_even(clamp(min, x / s + z, max)), an integer.
float stablehlo(float x, float s, float z, float low, float high) {
  float quotient = x / s;
  float q = toInteger(std::nearbyint(clamp(quotient + z, low, high)));
  return (q - z) * s;
}

/// ONNX Runtime: saturate(nearbyint(x / s) + z); the lowest code for NaN.
float onnx(float x, float s, float z, float low, float high) {
  float q = std::nearbyint(x / s) + z;
  q = std::isnan(q) ? low : clamp(q, low, high);
  return static_cast<float>(static_cast<int64_t>(q) - static_cast<int64_t>(z)) *
         s;
}

/// LiteRT: round(x / s) half away from zero, + z, limited. Its conversion to
/// int32 is undefined for NaN and beyond; here NaN stays.
float tflite(float x, float s, float z, float low, float high) {
  float q = clamp(std::round(x / s) + z, low, high);
  return (q - z) * s;
}

/// TensorRT: limited nearest even of x / s, an integer; no zero point.
float tensorrt(float x, float s, float low, float high) {
  return toInteger(clamp(std::nearbyint(x / s), low, high)) * s;
}

/// PyTorch on a CPU, int zero point: the sum converted to int64, whose result
/// for NaN and beyond is the lowest int64 on x86.
float torchInt(float x, float s, float z, float low, float high) {
  float inverse = 1.0f / s;
  float sum = z + std::nearbyint(x * inverse);
  bool fits = std::fabs(sum) < 0x1.0p63f;
  int64_t q = fits ? static_cast<int64_t>(sum) : INT64_MIN;
  double limited = std::fmin(std::fmax(static_cast<double>(q), low), high);
  return static_cast<float>((limited - static_cast<int64_t>(z)) * s);
}

/// PyTorch on a CPU, float zero point.
float torchFloat(float x, float s, float z, float low, float high) {
  float inverse = 1.0f / s;
  float scaled = x * inverse;
  float sum = std::nearbyint(z + scaled);
  bool fits = std::fabs(sum) < 0x1.0p63f;
  double q = fits ? static_cast<double>(static_cast<int64_t>(sum)) : -0x1.0p63;
  double limited = std::fmin(std::fmax(q, low), high);
  return static_cast<float>((limited - z) * s);
}

struct ContractCase {
  const char *preset;
  const char *rounding;
  Definition definition;
  std::vector<float> zeroPoints;
};

class Contracts : public testing::TestWithParam<ContractCase> {};

TEST_P(Contracts, EqualTheirDefinition) {
  const ContractCase &test = GetParam();
  for (auto [format, low, high] :
       {std::tuple("<8, signed>", -128.0f, 127.0f),
        std::tuple("<8, unsigned>", 0.0f, 255.0f),
        std::tuple("<4, signed, narrow>", -7.0f, 7.0f),
        std::tuple("<16, signed>", -32768.0f, 32767.0f)})
    for (float scale : {0.25f, 0.1f, 0.0117f})
      for (float zeroPoint : test.zeroPoints) {
        std::string op = std::string("quant_act.fake_quant to ") + format +
                         " round " + test.rounding + " numerics <" +
                         test.preset +
                         "> %x scale %a zero_point %b : "
                         "tensor<?xf32>, tensor<f32>, tensor<f32>";
        check(op, makeData(scale), {scale, zeroPoint}, [&](float x) {
          return test.definition(x, scale, zeroPoint, low, high);
        });
      }
}

INSTANTIATE_TEST_SUITE_P(
    Presets, Contracts,
    testing::Values(
        ContractCase{"brevitas", "half_even", brevitas, {0, 3, -2, 2.3f}},
        ContractCase{"qonnx", "half_even", qonnx, {0, 3, 1.5f}},
        ContractCase{"stablehlo", "half_even", stablehlo, {0, 3, -2}},
        ContractCase{"onnx", "half_even", onnx, {0, 3, 2}},
        ContractCase{"tflite", "half_away", tflite, {0, 3, -2}},
        ContractCase{"torch", "half_even", torchInt, {0, 3, 4}},
        ContractCase{"torch_float", "half_even", torchFloat, {0, 3, 2.3f}}),
    [](const testing::TestParamInfo<ContractCase> &info) {
      return std::string(info.param.preset);
    });

/// PyTorch 2.13 on a CPU limits the sum before it converts it, but only per
/// tensor.
TEST(Contract, TorchPerTensor) {
  for (float scale : {0.25f, 0.0117f})
    for (float zeroPoint : {0.0f, 3.0f}) {
      float inverse = 1.0f / scale;
      check("quant_act.fake_quant to <8, signed> numerics <torch, overflow = "
            "saturate> %x scale %a zero_point %b : tensor<?xf32>, tensor<f32>, "
            "tensor<f32>",
            makeData(scale), {scale, zeroPoint}, [&](float x) {
              float sum = std::nearbyint(x * inverse) + zeroPoint;
              return (std::fmin(std::fmax(sum, -128.0f), 127.0f) - zeroPoint) *
                     scale;
            });
    }
}

/// TensorRT has no zero point at all, not one of 0.
TEST(Contract, Tensorrt) {
  for (float scale : {0.25f, 0.1f})
    check("quant_act.fake_quant to <8, signed> numerics <tensorrt> %x scale %a "
          ": tensor<?xf32>, tensor<f32>",
          makeData(scale), {scale},
          [&](float x) { return tensorrt(x, scale, -128, 127); });
}

/// QONNX: one signed bit holds -1 and 1, whatever the rounding mode; bits may
/// be an operand, and fractional.
TEST(Contract, QonnxBits) {
  for (float zeroPoint : {0.0f, 1.0f, -1.0f}) {
    auto bipolar = [&](float x) {
      float quotient = x / 0.1f;
      float q = quotient + zeroPoint >= 0 ? 1.0f : -1.0f;
      return (q - zeroPoint) * 0.1f;
    };
    check("quant_act.fake_quant to <1, signed> round floor numerics <qonnx> %x "
          "scale %a zero_point %b : tensor<?xf32>, tensor<f32>, tensor<f32>",
          makeData(0.1f), {0.1f, zeroPoint}, bipolar);
    check("quant_act.fake_quant to <?, signed> numerics <qonnx> %x scale %a "
          "zero_point %b bits %c : tensor<?xf32>, tensor<f32>, tensor<f32> "
          "bits tensor<f32>",
          makeData(0.1f), {0.1f, zeroPoint, 1.0f}, bipolar);
  }
  float low = -std::exp2(2.25f), high = std::exp2(2.25f) - 1.0f;
  check("quant_act.fake_quant to <?, signed> numerics <qonnx> %x scale %a bits "
        "%b : tensor<?xf32>, tensor<f32> bits tensor<f32>",
        makeData(0.25f), {0.25f, 3.25f},
        [&](float x) { return qonnx(x, 0.25f, 0.0f, low, high); });
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// FakeQuantWithMinMaxVars; with `reciprocal` FakeQuantWithMinMaxArgs and
/// FakeQuantWithMinMaxVarsPerChannel.
float tensorflow(float x, float low, float high, int bits, bool isNarrow,
                 bool reciprocal) {
  if (low == 0.0f && high == 0.0f)
    return 0.0f;
  auto lowest = static_cast<float>(isNarrow);
  auto highest = static_cast<float>((1 << bits) - 1);
  float scale = (high - low) / (highest - lowest);
  float inverse = (highest - lowest) / (high - low);
  float zero = lowest - low / scale;
  zero = zero < lowest ? lowest : zero > highest ? highest : std::round(zero);
  float nudgedLow = (lowest - zero) * scale;
  float nudgedHigh = (highest - zero) * scale;
  float zeroCode = std::floor(-nudgedLow * inverse + 0.5f);
  float shifted = clamp(x, nudgedLow, nudgedHigh) - nudgedLow;
  float u = reciprocal ? shifted * inverse : shifted / scale;
  return std::floor(u - zeroCode + 0.5f) * scale;
}

TEST(Contract, Tensorflow) {
  for (int bits : {2, 4, 8, 16})
    for (bool isNarrow : {false, true})
      for (bool reciprocal : {false, true})
        for (auto [low, high] :
             {std::pair(-10.0f, 10.0f), std::pair(-0.1f, 63.4f),
              std::pair(0.0f, 6.0f), std::pair(-6.3f, 0.0f),
              std::pair(0.0f, 0.0f), std::pair(1.0f, 3.0f),
              // The zero point is a tie for 2 and for 8 bits.
              std::pair(-0.5f, 2.5f), std::pair(-0.5f, 254.5f)}) {
          std::string op =
              std::string("quant_act.fake_quant_range tensorflow") +
              (reciprocal ? "_reciprocal" : "") + " levels " +
              std::to_string((1 << bits) - isNarrow) +
              " %x low %a high %b : tensor<?xf32>, tensor<f32>";
          check(op, makeData(0.1f), {low, high}, [&](float x) {
            return tensorflow(x, low, high, bits, isNarrow, reciprocal);
          });
        }
}

/// FakeQuantize.
float openvino(float x, float low, float high, float outLow, float outHigh,
               float steps) {
  if (x <= std::min(low, high))
    return outLow;
  if (x > std::max(low, high))
    return outHigh;
  float code = std::nearbyint((x - low) / (high - low) * steps);
  return code / steps * (outHigh - outLow) + outLow;
}

TEST(Contract, Openvino) {
  for (int levels : {2, 16, 255, 256, 65536})
    for (auto [low, high] : {std::pair(-10.0f, 10.0f), std::pair(-0.1f, 63.4f),
                             std::pair(6.0f, 0.0f), std::pair(1.0f, 1.0f)})
      for (auto [outLow, outHigh] :
           {std::pair(low, high), std::pair(-3.0f, 5.7f)})
        check("quant_act.fake_quant_range openvino levels " +
                  std::to_string(levels) +
                  " %x low %a high %b out_low %c out_high %d : tensor<?xf32>, "
                  "tensor<f32>, tensor<f32>, tensor<f32>",
              makeData(0.1f), {low, high, outLow, outHigh}, [&](float x) {
                return openvino(x, low, high, outLow, outHigh, levels - 1);
              });
}

/// Every element type, on grids, static and dynamic: compiled equals
/// interpreted.
TEST(Contract, RangesOnGrids) {
  std::string source;
  std::vector<std::string> types = {"f32", "f16", "bf16", "f64"};
  for (const std::string &type : types)
    for (const char *extent : {"?", "12"}) {
      std::string x = std::string("tensor<3x") + extent + "x" + type + ">";
      std::string low = std::string("tensor<") + extent + "xf32>";
      std::string suffix = type + (extent[0] == '?' ? "_d" : "_s");
      source += "func.func @" + suffix + "(%x: " + x + ", %l: " + low +
                ", %h: " + low + ", %a: tensor<4xf32>, %b: tensor<4xf32>) -> " +
                x + " {\n";
      std::string on = " on #quant_act.grid<broadcast = [1, ?], permutation = "
                       "[1, 0]>";
      source += "  %0 = quant_act.fake_quant_range tensorflow levels 16" + on +
                " %x low %l high %h : " + x + ", " + low + "\n";
      // Blocks need a static dimension.
      if (extent[0] == '?')
        source += "  %1 = quant_act.fake_quant_range openvino levels 9" + on +
                  " %0 low %l high %h : " + x + ", " + low + "\n";
      else
        source += "  %1 = quant_act.fake_quant_range openvino levels 9" + on +
                  " out_on #quant_act.grid<broadcast = [1, 4], permutation = "
                  "[1, 0]> %0 low %l high %h out_low %a out_high %b : " +
                  x + ", " + low + ", tensor<4xf32>, tensor<4xf32>\n";
      source += "  return %1 : " + x + "\n}\n";
    }
  TestProgram program(source);
  auto makeRange = [](int64_t extent, double first, double step) {
    HostTensor range(ElementType::F32, {extent});
    for (int64_t i = 0; i < extent; ++i)
      range.setDouble(i, first + static_cast<double>(i) * step);
    return range;
  };
  HostTensor low = makeRange(12, -3.0, 0.2), high = makeRange(12, 1.0, 0.7),
             outLow = makeRange(4, -1.0, 0.1), outHigh = makeRange(4, 2.0, 1.3);
  for (ElementType type : {ElementType::F32, ElementType::F16,
                           ElementType::BF16, ElementType::F64})
    for (const char *suffix : {"_d", "_s"}) {
      HostTensor x(type, {3, 12});
      std::vector<float> data = makeData(0.3f);
      for (int64_t i = 0; i < 36; ++i)
        x.setDouble(i, data[i < 10 ? i : i * 51 % data.size()]);
      std::string name = getName(type).str() + suffix;
      std::vector<const HostTensor *> arguments{&x, &low, &high, &outLow,
                                                &outHigh};
      program.runBothWays(name, arguments, name);
    }
}

//===----------------------------------------------------------------------===//
// Stochastic rounding
//===----------------------------------------------------------------------===//

std::string getStochastic(const std::string &type) {
  return "func.func @f(%x: tensor<?x?x" + type + ">, %s: tensor<" + type +
         ">, %r: tensor<i64>) -> tensor<?x?x" + type +
         "> {\n  %y = quant_act.fake_quant to <16, signed> round stochastic %x "
         "scale %s seed %r : tensor<?x?x" +
         type + ">, tensor<" + type + ">\n  return %y : tensor<?x?x" + type +
         ">\n}\n";
}

HostTensor makeSeed(int64_t value) {
  HostTensor seed(ElementType::I64, {});
  seed.setDouble(0, static_cast<double>(value));
  return seed;
}

/// The mean over seeds is the quotient. With n = 4096 seeds its standard
/// deviation is at most 0.5 / 64; the bound is five of them, and the seeds are
/// fixed.
TEST(Stochastic, MeanIsTheQuotient) {
  HostTensor x(ElementType::F32, {3, 11}), scale = toScalar(0.5f);
  std::vector<double> quotients, sums(33, 0.0);
  for (int64_t i = 0; i < 33; ++i) {
    x.setDouble(i, static_cast<double>(i - 16) * 0.37);
    quotients.push_back(x.getDouble(i) / 0.5);
  }
  TestProgram program(getStochastic("f32"));
  constexpr int numSeeds = 4096;
  for (int n = 0; n < numSeeds; ++n) {
    HostTensor seed = makeSeed(n * 7919);
    auto y = program.runCompiled("f", {&x, &scale, &seed});
    ASSERT_TRUE(static_cast<bool>(y));
    for (int64_t i = 0; i < 33; ++i) {
      double code = y->front().getDouble(i) / 0.5;
      ASSERT_TRUE(code == std::floor(quotients[i]) ||
                  code == std::ceil(quotients[i]));
      sums[i] += code;
    }
  }
  for (int64_t i = 0; i < 33; ++i)
    EXPECT_NEAR(sums[i] / numSeeds, quotients[i], 5 * 0.5 / 64) << i;
}

/// Neighbors, and one element under consecutive seeds, are not alike: half of
/// them go up where the quotient is a tie.
TEST(Stochastic, ElementsAndSeedsAreIndependent) {
  HostTensor x(ElementType::F32, {64, 64}), scale = toScalar(1.0f);
  x.fill(0.5);
  TestProgram program(getStochastic("f32"));
  auto round = [&](int64_t value) {
    HostTensor seed = makeSeed(value);
    auto y = program.runCompiled("f", {&x, &scale, &seed});
    EXPECT_TRUE(static_cast<bool>(y));
    return std::move(y->front());
  };
  HostTensor first = round(1), again = round(1), second = round(2);
  EXPECT_TRUE(equalBits(first, again));
  // Of 4096 pairs half agree, give or take five standard deviations of 32.
  int alongSeeds = 0, alongElements = 0;
  for (int64_t i = 0; i < 4096; ++i) {
    alongSeeds += first.getDouble(i) == second.getDouble(i);
    alongElements += first.getDouble(i) == first.getDouble((i + 1) % 4096);
  }
  EXPECT_NEAR(alongSeeds, 2048, 160);
  EXPECT_NEAR(alongElements, 2048, 160);
}

/// Neither the vector width nor the shape of loops changes a number.
TEST(Stochastic, DoesNotDependOnThePipeline) {
  for (ElementType type : {ElementType::F32, ElementType::BF16}) {
    std::string source = getStochastic(getName(type).str());
    HostTensor x(type, {7, 133}), scale(type, {}), seed = makeSeed(12345);
    scale.fill(0.3);
    for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
      x.setDouble(i, static_cast<double>(i % 101) * 0.071 - 3.0);
    std::vector<const HostTensor *> arguments{&x, &scale, &seed};
    TestProgram reference(source);
    auto expected = reference.interpret("f", arguments);
    ASSERT_TRUE(static_cast<bool>(expected));
    for (unsigned bits : {128, 512, 2048})
      for (bool vectorize : {true, false})
        for (bool collapse : {true, false}) {
          CPUPipelineOptions options;
          options.vectorBits = bits;
          options.vectorizeLoops = vectorize;
          options.collapseLoops = collapse;
          TestProgram program(source);
          auto compiled = program.compile(options);
          ASSERT_TRUE(static_cast<bool>(compiled));
          auto actual = compiled->run("f", arguments);
          ASSERT_TRUE(static_cast<bool>(actual));
          EXPECT_TRUE(equalBits(actual->front(), expected->front()))
              << getName(type).str() << " " << bits << vectorize << collapse;
        }
  }
}

} // namespace
