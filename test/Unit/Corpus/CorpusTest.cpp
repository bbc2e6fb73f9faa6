//===- CorpusTest.cpp - Contracts against the systems they name -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every case of every suite, expressed in quant_act, interpreted and compiled.
//
//===----------------------------------------------------------------------===//

#include "CorpusCase.h"

#include "../Execution/TestProgram.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <functional>
#include <map>

using namespace quant_act;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

namespace {

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string formatType(const HostTensor &tensor) {
  return tensorType(tensor.getShape(), tensor.getElementType());
}

std::string join(ArrayRef<int64_t> values) {
  return llvm::join(
      llvm::map_range(values, [](int64_t value) { return Twine(value).str(); }),
      ", ");
}

/// Parameters and the text of the grid they lie on; empty for one parameter.
struct Placed {
  HostTensor values;
  std::string grid;
};

/// A grid with parameters along the given dimensions, in their order.
std::string formatGrid(ArrayRef<int64_t> broadcast, ArrayRef<int64_t> kept) {
  SmallVector<int64_t> permutation(kept);
  for (int64_t dim = 0, e = broadcast.size(); dim < e; ++dim)
    if (!llvm::is_contained(kept, dim))
      permutation.push_back(dim);
  SmallVector<std::string> extents;
  for (auto [dim, extent] : llvm::enumerate(broadcast))
    // A single channel is kept as `?`.
    extents.push_back(
        extent == 1 && llvm::is_contained(kept, static_cast<int64_t>(dim))
            ? "?"
            : std::to_string(extent));
  return "#quant_act.grid<broadcast = [" + llvm::join(extents, ", ") +
         "], permutation = [" + join(permutation) + "]>";
}

std::string formatWholeGrid(int64_t rank) {
  return formatGrid(SmallVector<int64_t>(rank, 1), {});
}

HostTensor reshape(const HostTensor &tensor, ArrayRef<int64_t> shape) {
  HostTensor result(tensor.getElementType(), shape);
  EXPECT_EQ(result.getNumBytes(), tensor.getNumBytes());
  std::memcpy(result.getData(), tensor.getData(), tensor.getNumBytes());
  return result;
}

/// Parameters that NumPy would broadcast over a tensor of shape `x`: their
/// dimensions are those of x counted from the last.
Placed placeBroadcast(const HostTensor &parameters, ArrayRef<int64_t> x) {
  SmallVector<int64_t> broadcast(parameters.getShape()), kept, compact;
  while (broadcast.size() > x.size() && broadcast.front() == 1)
    broadcast.erase(broadcast.begin());
  broadcast.insert(broadcast.begin(), x.size() - broadcast.size(), 1);
  for (auto [dim, extent] : llvm::enumerate(broadcast))
    if (extent != 1) {
      kept.push_back(dim);
      compact.push_back(extent);
    }
  return {reshape(parameters, compact),
          kept.empty() ? "" : formatGrid(broadcast, kept)};
}

/// Parameters along one axis of x.
Placed placeAlong(const HostTensor &parameters, int64_t axis,
                  ArrayRef<int64_t> x) {
  SmallVector<int64_t> broadcast(x.size(), 1);
  broadcast[axis] = x[axis];
  return {reshape(parameters, {x[axis]}), formatGrid(broadcast, {axis})};
}

HostTensor toFloat(const HostTensor &tensor,
                   ElementType type = ElementType::F32) {
  HostTensor result(type, tensor.getShape());
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    result.setDouble(i, tensor.getDouble(i));
  return result;
}

//===----------------------------------------------------------------------===//
// Cases as functions
//===----------------------------------------------------------------------===//

/// A case as a function, or why it cannot be one.
struct Translation {
  /// The op, which takes %a0, %a1 ... and makes %y.
  std::string op;
  std::vector<HostTensor> arguments;
  HostTensor expected;
  std::string skipped;

  static Translation skip(std::string reason) {
    Translation result;
    result.skipped = std::move(reason);
    return result;
  }
};

/// A fake_quant, piece by piece.
struct FakeQuantText {
  std::string format;
  std::string rounding = "half_even";
  std::string numerics;
  HostTensor x;
  Placed scale;
  std::optional<Placed> zeroPoint;
  std::optional<HostTensor> bits;

  Translation build(HostTensor expected) const {
    return buildOp("fake_quant", std::move(expected));
  }

  /// The codes, in i64.
  Translation buildQuantize(HostTensor expected) const {
    std::string type = formatType(expected);
    Translation result = buildOp("quantize", std::move(expected));
    result.op += " -> " + type;
    return result;
  }

private:
  Translation buildOp(const std::string &name, HostTensor expected) const {
    Translation result;
    result.arguments = {x, scale.values};
    result.expected = std::move(expected);
    std::string types = formatType(x) + ", " + formatType(scale.values);
    std::string operands = "%a0 scale %a1", grids;
    if (!scale.grid.empty())
      grids = " on " + scale.grid;
    if (zeroPoint) {
      operands += " zero_point %a" + std::to_string(result.arguments.size());
      types += ", " + formatType(zeroPoint->values);
      result.arguments.push_back(zeroPoint->values);
      if (zeroPoint->grid != scale.grid)
        grids += " zero_point_on " + (zeroPoint->grid.empty()
                                          ? formatWholeGrid(x.getRank())
                                          : zeroPoint->grid);
    }
    if (bits) {
      operands += " bits %a" + std::to_string(result.arguments.size());
      types += " bits " + formatType(*bits);
      result.arguments.push_back(*bits);
    }
    result.op = "quant_act." + name + " to " + format + grids + " round " +
                rounding + " numerics <" + numerics + "> " + operands + " : " +
                types;
    return result;
  }
};

std::string formatInt(const std::string &bits, bool isSigned, bool isNarrow) {
  return "#quant_act.int<" + bits + (isSigned ? ", signed" : ", unsigned") +
         (isNarrow ? ", narrow>" : ">");
}

/// The integer format with these codes; none if there is none.
std::optional<std::string> findIntFormat(int64_t lowest, int64_t highest) {
  for (unsigned bits = 1; bits <= 32; ++bits)
    for (bool isSigned : {true, false})
      for (bool isNarrow : {false, true}) {
        int64_t half = int64_t(1) << (bits - 1);
        int64_t low = isSigned ? -half + isNarrow : 0;
        int64_t high = isSigned ? half - 1 : 2 * half - 1 - isNarrow;
        if (low == lowest && high == highest && bits >= 1u + isNarrow)
          return formatInt(std::to_string(bits), isSigned, isNarrow);
      }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// QONNX
//===----------------------------------------------------------------------===//

std::string getQonnxRounding(const CorpusCase &test) {
  return llvm::StringSwitch<std::string>(test.getString("rounding_mode"))
      .Cases({"ROUND", "HALF_EVEN"}, "half_even")
      .Case("CEIL", "ceil")
      .Case("FLOOR", "floor")
      .Case("UP", "away_from_zero")
      .Case("DOWN", "toward_zero")
      .Case("HALF_UP", "half_away_add")
      .Case("HALF_DOWN", "half_zero_subtract")
      .Default("unknown");
}

/// With the bits in the format, where it can say them, and as an operand.
std::vector<Translation> translateQonnxQuant(const CorpusCase &test) {
  HostTensor x = test.getInput(0).values;
  HostTensor bits = toFloat(test.getInput(3).values);
  bool isSigned = test.isTrue("signed"), isNarrow = test.isTrue("narrow");
  FakeQuantText text;
  text.rounding = getQonnxRounding(test);
  text.numerics = "qonnx";
  text.x = x;
  text.scale = placeBroadcast(test.getInput(1).values, x.getShape());
  text.zeroPoint = placeBroadcast(test.getInput(2).values, x.getShape());
  HostTensor expected = test.getOutput().values;

  std::vector<Translation> results;
  double width = bits.getDouble(0);
  if (width == std::trunc(width) && width >= 1 + isNarrow) {
    text.format =
        formatInt(std::to_string(static_cast<int>(width)), isSigned, isNarrow);
    results.push_back(text.build(expected));
  }
  text.format = formatInt("?", isSigned, isNarrow);
  text.bits = reshape(bits, {});
  results.push_back(text.build(expected));
  return results;
}

std::vector<Translation> translateQonnxBipolar(const CorpusCase &test) {
  FakeQuantText text;
  text.format = "#quant_act.binary";
  text.numerics = "qonnx";
  text.x = test.getInput(0).values;
  text.scale = placeBroadcast(test.getInput(1).values, text.x.getShape());
  return {text.build(test.getOutput().values)};
}

std::vector<Translation> translateQonnxFloatQuant(const CorpusCase &test) {
  auto getNumber = [&](size_t input) {
    return test.getInput(input).values.getDouble(0);
  };
  double exponent = getNumber(2), mantissa = getNumber(3), bias = getNumber(4);
  // QONNX takes the smaller of max_val and the largest number of the fields.
  double max = std::min(
      getNumber(5),
      std::ldexp(2.0 - std::ldexp(1.0, -static_cast<int>(mantissa)),
                 static_cast<int>(std::ldexp(1.0, exponent) - 1.0 - bias)));
  FakeQuantText text;
  text.format = "#quant_act.float<exponent = " + std::to_string(int(exponent)) +
                ", mantissa = " + std::to_string(int(mantissa)) +
                ", bias = " + std::to_string(int(bias)) +
                ", max = " + std::to_string(max) + ">";
  text.rounding = getQonnxRounding(test);
  text.numerics = "qonnx";
  text.x = test.getInput(0).values;
  text.scale = placeBroadcast(test.getInput(1).values, text.x.getShape());
  return {text.build(test.getOutput().values)};
}

std::vector<Translation> translateQonnxTrunc(const CorpusCase &) {
  return {Translation::skip("rounds an integer code again: needs the codes of "
                            "a quantizer as a tensor")};
}

//===----------------------------------------------------------------------===//
// PyTorch
//===----------------------------------------------------------------------===//

/// The integer zero point that the learnable ops make of a float one: per
/// tensor trunc(clamp(z + 0.5)), per channel clamp(round(z)).
HostTensor roundLearnable(const HostTensor &zeroPoint, bool isPerChannel,
                          double lowest, double highest) {
  HostTensor result(ElementType::F32, zeroPoint.getShape());
  for (int64_t i = 0, e = zeroPoint.getNumElements(); i < e; ++i) {
    float z = static_cast<float>(zeroPoint.getDouble(i));
    z = isPerChannel ? std::nearbyint(z) : z + 0.5f;
    double clamped = std::min(std::max<double>(z, lowest), highest);
    result.setDouble(i, std::trunc(clamped));
  }
  return result;
}

std::vector<Translation> translateTorch(const CorpusCase &test) {
  int64_t lowest = *test.getInteger("quant_min");
  int64_t highest = *test.getInteger("quant_max");
  std::optional<std::string> format = findIntFormat(lowest, highest);
  if (!format)
    return {Translation::skip("quant_min and quant_max are no format's")};
  std::optional<int64_t> axis = test.getInteger("axis");
  CorpusTensor zeroPoint = test.getInput(2);
  bool isFloat = zeroPoint.type == "f32";
  if (StringRef(test.getOp()).contains("learnable")) {
    zeroPoint.values =
        roundLearnable(zeroPoint.values, axis.has_value(), lowest, highest);
    isFloat = false;
  }
  FakeQuantText text;
  text.format = *format;
  text.numerics = isFloat ? "torch_float" : "torch";
  text.x = test.getInput(0).values;
  auto place = [&](const HostTensor &parameters) {
    if (axis)
      return placeAlong(parameters, *axis, text.x.getShape());
    return Placed{reshape(parameters, {}), ""};
  };
  text.scale = place(test.getInput(1).values);
  text.zeroPoint = place(toFloat(zeroPoint.values));
  return {text.build(test.getOutput().values)};
}

//===----------------------------------------------------------------------===//
// ONNX and ONNX Runtime
//===----------------------------------------------------------------------===//

/// The format of QuantizeLinear's result type: "u8", "i4", "f8e4m3fn" ...
std::string getStorageFormat(StringRef type) {
  if (type == "f8e4m3fn")
    return "#quant_act.float<e4m3fn>";
  return formatInt(type.drop_front().str(), type.front() == 'i', false);
}

/// QuantizeLinear's parameters over x: one, along an axis, or in blocks; none
/// if the blocks are not of one size.
std::optional<Placed> placeOnnx(const CorpusCase &test,
                                const HostTensor &parameters,
                                ArrayRef<int64_t> x) {
  if (parameters.getNumElements() == 1)
    return Placed{reshape(parameters, {}), ""};
  int64_t axis = test.getInteger("axis").value_or(1);
  if (axis < 0)
    axis += x.size();
  if (parameters.getRank() == 1)
    return placeAlong(parameters, axis, x);
  if (x[axis] % parameters.getShape()[axis] != 0 ||
      x[axis] % *test.getInteger("block_size") != 0)
    return std::nullopt;
  return placeBroadcast(parameters, x);
}

/// What DequantizeLinear makes of the codes, with parameters as placed: the
/// codes themselves are no floats.
HostTensor dequantize(const HostTensor &codes, const HostTensor &scale,
                      const HostTensor *zeroPoint,
                      const std::function<int64_t(int64_t)> &getParameter,
                      ElementType type) {
  HostTensor result(type, codes.getShape());
  for (int64_t i = 0, e = codes.getNumElements(); i < e; ++i) {
    int64_t index = getParameter(i);
    double code = codes.getDouble(i);
    if (zeroPoint)
      code -= zeroPoint->getDouble(index);
    result.setDouble(i, static_cast<float>(code * scale.getDouble(index)));
  }
  return result;
}

/// The parameter of each element of x, by position in the file's tensor.
std::function<int64_t(int64_t)> getParameterOf(const CorpusCase &test,
                                               const HostTensor &parameters,
                                               SmallVector<int64_t> x) {
  if (parameters.getNumElements() == 1)
    return [](int64_t) { return 0; };
  int64_t axis = test.getInteger("axis").value_or(1);
  if (axis < 0)
    axis += x.size();
  int64_t inner = 1;
  for (size_t dim = axis + 1; dim < x.size(); ++dim)
    inner *= x[dim];
  int64_t extent = x[axis];
  if (parameters.getRank() == 1)
    return [=](int64_t i) { return i / inner % extent; };
  int64_t block = *test.getInteger("block_size");
  int64_t numBlocks = parameters.getShape()[axis];
  return [=](int64_t i) {
    int64_t outer = i / inner / extent, index = i / inner % extent;
    return (outer * numBlocks + index / block) * inner + i % inner;
  };
}

/// DequantizeLinear, with the codes in i64. ONNX Runtime computes f16 in f32: a
/// scale of f32 makes that the type of the operations.
Translation translateDequantize(const CorpusCase &test) {
  CorpusTensor codes = test.getInput(0);
  if (codes.type == "f8e4m3fn")
    codes.values = toFloat(codes.values, ElementType::F8E4M3FN);
  ArrayRef<int64_t> shape = codes.values.getShape();
  auto scale = placeOnnx(test, toFloat(test.getInput(1).values), shape);
  if (!scale)
    return Translation::skip("blocks of different sizes");
  Translation result;
  result.arguments = {codes.values, scale->values};
  result.expected = test.getOutput().values;
  std::string operands = " %a0 scale %a1";
  std::string types =
      formatType(codes.values) + ", " + formatType(scale->values);
  if (test.getNumInputs() > 2) {
    auto zeroPoint = placeOnnx(test, toFloat(test.getInput(2).values), shape);
    result.arguments.push_back(zeroPoint->values);
    operands += " zero_point %a2";
    types += ", " + formatType(zeroPoint->values);
  }
  result.op = "quant_act.dequantize from " + getStorageFormat(codes.type) +
              (scale->grid.empty() ? "" : " on " + scale->grid) + operands +
              " : " + types + " -> " + formatType(result.expected);
  return result;
}

std::vector<Translation> translateOnnx(const CorpusCase &test) {
  std::string op = test.getOp();
  if (op == "DequantizeLinear")
    return {translateDequantize(test)};
  if (op == "DynamicQuantizeLinear")
    return {Translation::skip("chooses its parameters itself")};
  if (op != "QuantizeLinear")
    return {Translation::skip("no quantizer")};
  FakeQuantText text;
  text.x = test.getInput(0).values;
  ArrayRef<int64_t> shape = text.x.getShape();
  CorpusTensor scale = test.getInput(1), codes = test.getOutput();
  std::optional<CorpusTensor> zeroPoint;
  if (test.getNumInputs() > 2)
    zeroPoint = test.getInput(2);
  std::optional<Placed> placed = placeOnnx(test, scale.values, shape);
  if (!placed)
    return {Translation::skip("blocks of different sizes")};
  text.scale = *placed;
  text.format = getStorageFormat(codes.type);
  // ONNX Runtime computes f16 in f32.
  text.numerics = "onnx, compute = f32";
  bool isInteger = codes.type[0] != 'f';
  if (zeroPoint && isInteger)
    text.zeroPoint = placeOnnx(test, toFloat(zeroPoint->values), shape);
  HostTensor expected = dequantize(
      codes.values, scale.values,
      zeroPoint && isInteger ? &zeroPoint->values : nullptr,
      getParameterOf(test, scale.values, SmallVector<int64_t>(shape)),
      text.x.getElementType());
  std::vector<Translation> translations{text.build(std::move(expected))};
  if (isInteger)
    translations.push_back(text.buildQuantize(codes.values));
  return translations;
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// A fake_quant_range of the inputs x, low, high and perhaps the range of the
/// result. The parameters are two pairs on one grid each.
Translation buildRange(const CorpusCase &test, const std::string &contract,
                       int64_t levels, const HostTensor &x,
                       ArrayRef<Placed> ranges) {
  Translation result;
  result.expected = test.getOutput().values;
  result.arguments = {x, ranges[0].values, ranges[1].values};
  std::string types = formatType(x) + ", " + formatType(ranges[0].values);
  std::string operands = "%a0 low %a1 high %a2", grids;
  auto addGrid = [&](const std::string &keyword, const std::string &grid) {
    grids += " " + keyword + " " +
             (grid.empty() ? formatWholeGrid(x.getRank()) : grid);
  };
  addGrid("on", ranges[0].grid);
  if (ranges.size() == 4) {
    addGrid("out_on", ranges[2].grid);
    operands += " out_low %a3 out_high %a4";
    for (const Placed &range : ranges.drop_front(2)) {
      result.arguments.push_back(range.values);
      types += ", " + formatType(range.values);
    }
  }
  result.op = "quant_act.fake_quant_range " + contract + " levels " +
              std::to_string(levels) + grids + " " + operands + " : " + types;
  return result;
}

std::vector<Translation> translateTensorflow(const CorpusCase &test) {
  HostTensor x = test.getInput(0).values;
  int64_t levels = (int64_t(1) << *test.getInteger("num_bits")) -
                   test.isTrue("narrow_range");
  std::string contract = test.getOp() == "FakeQuantWithMinMaxVars"
                             ? "tensorflow"
                             : "tensorflow_reciprocal";
  SmallVector<Placed> range;
  for (size_t input : {1, 2})
    range.push_back(placeBroadcast(test.getInput(input).values, x.getShape()));
  return {buildRange(test, contract, levels, x, range)};
}

std::vector<Translation> translateOpenvino(const CorpusCase &test) {
  HostTensor x = test.getInput(0).values;
  SmallVector<Placed> ranges;
  for (size_t input : {1, 2, 3, 4})
    ranges.push_back(placeBroadcast(test.getInput(input).values, x.getShape()));
  return {buildRange(test, "openvino", *test.getInteger("levels"), x, ranges)};
}

//===----------------------------------------------------------------------===//
// Suites
//===----------------------------------------------------------------------===//

/// How many cases each reason may skip.
using Skips = std::map<std::string, unsigned>;

std::string buildFunction(const std::string &name, const Translation &test) {
  SmallVector<std::string> arguments;
  for (auto [index, argument] : llvm::enumerate(test.arguments))
    arguments.push_back("%a" + std::to_string(index) + ": " +
                        formatType(argument));
  std::string type = formatType(test.expected);
  return "func.func @" + name + "(" + llvm::join(arguments, ", ") + ") -> " +
         type + " {\n  %y = " + test.op + "\n  return %y : " + type + "\n}\n";
}

/// Runs every case of a suite both ways. Fails also if other cases are skipped
/// than `skips` says, so that none is lost unnoticed.
void runSuite(const std::string &suite, size_t numCases,
              std::vector<Translation> (*translate)(const CorpusCase &),
              const Skips &skips = {}) {
  const std::vector<CorpusCase> &cases = getCorpusCases(suite);
  EXPECT_EQ(cases.size(), numCases);
  std::vector<std::pair<const CorpusCase *, Translation>> tests;
  Skips skipped;
  std::string source;
  for (const CorpusCase &test : cases)
    for (Translation &translation : translate(test)) {
      if (!translation.skipped.empty()) {
        ++skipped[translation.skipped];
        continue;
      }
      source += buildFunction("f" + std::to_string(tests.size()), translation);
      tests.push_back({&test, std::move(translation)});
    }
  EXPECT_EQ(skipped, skips);
  for (const auto &[reason, count] : skipped)
    std::printf("%s: %u of %zu cases skipped: %s\n", suite.c_str(), count,
                cases.size(), reason.c_str());

  TestProgram program(source);
  for (auto [index, test] : llvm::enumerate(tests)) {
    auto &[corpusCase, translation] = test;
    std::string name = "f" + std::to_string(index);
    auto pointers = llvm::make_pointer_range(translation.arguments);
    std::vector<const HostTensor *> arguments(pointers.begin(), pointers.end());
    auto check = [&](const char *how, TensorsOrError results) {
      ASSERT_TRUE(static_cast<bool>(results))
          << corpusCase->getName() << ", " << how << ": "
          << llvm::toString(results.takeError());
      EXPECT_TRUE(corpusCase->compare(results->front(), translation.expected))
          << corpusCase->getName() << ", " << how << ": " << translation.op;
    };
    check("interpreted", program.interpret(name, arguments));
    check("compiled", program.runCompiled(name, arguments));
  }
}

TEST(Corpus, QonnxQuant) { runSuite("qonnx_quant", 114, translateQonnxQuant); }

TEST(Corpus, QonnxBipolarQuant) {
  runSuite("qonnx_bipolar", 9, translateQonnxBipolar);
}

TEST(Corpus, QonnxFloatQuant) {
  runSuite("qonnx_floatquant", 9, translateQonnxFloatQuant);
}

TEST(Corpus, QonnxTrunc) {
  runSuite("qonnx_trunc", 42, translateQonnxTrunc,
           {{"rounds an integer code again: needs the codes of a quantizer as "
             "a tensor",
             42}});
}

TEST(Corpus, Torch) { runSuite("torch_fake_quant", 119, translateTorch); }

TEST(Corpus, OnnxRuntime) {
  runSuite("ort_unit_qdq", 119, translateOnnx,
           {{"blocks of different sizes", 48},
            {"chooses its parameters itself", 2}});
}

TEST(Corpus, OnnxNodes) {
  runSuite("onnx_node_quant", 14, translateOnnx,
           {{"chooses its parameters itself", 1}, {"no quantizer", 2}});
}

TEST(Corpus, Tensorflow) { runSuite("tf_fake_quant", 27, translateTensorflow); }

TEST(Corpus, Openvino) {
  runSuite("openvino_fake_quantize", 3, translateOpenvino);
}

} // namespace
