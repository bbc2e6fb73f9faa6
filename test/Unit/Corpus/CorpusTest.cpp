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
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <cstdlib>
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
    // A single channel is kept as `?`, and so is none.
    extents.push_back(
        extent <= 1 && llvm::is_contained(kept, static_cast<int64_t>(dim))
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
  /// Statements that make the result of %a0, %a1 ...
  std::string body;
  std::vector<HostTensor> arguments;
  HostTensor expected;
  std::string result = "%y";
  /// How exact `expected` is, where its text had fewer digits.
  double rtol = 0.0;
  std::string skipped;

  static Translation skip(std::string reason) {
    Translation result;
    result.skipped = std::move(reason);
    return result;
  }
};

/// Data as an op takes them: padded to whole blocks, where the last one of the
/// case is shorter.
class Blocked {
public:
  explicit Blocked(const HostTensor &data) : Blocked(data, data.getShape()) {}
  Blocked(const HostTensor &data, ArrayRef<int64_t> whole)
      : data(data), whole(whole) {}

  std::string getName() const { return isPadded() ? "%whole" : "%a0"; }
  std::string getType() const {
    return tensorType(whole, data.getElementType());
  }
  ArrayRef<int64_t> getShape() const { return whole; }

  /// Statements that make %y: `op`, after the statements `before`, takes the
  /// data and yields `type`.
  std::string apply(const std::string &op, ElementType type,
                    const std::string &before = "") const {
    if (!isPadded())
      return before + "  %y = " + op + "\n";
    ArrayRef<int64_t> shape = data.getShape();
    SmallVector<int64_t> zeros(shape.size(), 0), ones(shape.size(), 1), high;
    SmallVector<std::string> indices;
    for (auto [dim, extent] : llvm::enumerate(shape)) {
      high.push_back(whole[dim] - extent);
      indices.push_back("%i" + std::to_string(dim) + ": index");
    }
    std::string element = quant_act::getName(data.getElementType()).str();
    std::string pad = "  %zero = arith.constant 0" +
                      std::string(isFloat(data.getElementType()) ? ".0" : "") +
                      " : " + element + "\n  %whole = tensor.pad %a0 low[" +
                      join(zeros) + "] high[" + join(high) + "] {\n  ^bb0(" +
                      llvm::join(indices, ", ") +
                      "):\n    tensor.yield %zero : " + element +
                      "\n  } : " + formatType(data) + " to " + getType() + "\n";
    std::string cut = "  %y = tensor.extract_slice %padded[" + join(zeros) +
                      "] [" + join(shape) + "] [" + join(ones) +
                      "] : " + tensorType(whole, type) + " to " +
                      tensorType(shape, type) + "\n";
    return pad + before + "  %padded = " + op + "\n" + cut;
  }

private:
  bool isPadded() const { return whole != data.getShape(); }

  const HostTensor &data;
  ArrayRef<int64_t> whole;
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

  /// The shape of x in whole blocks, if that is another one.
  std::optional<SmallVector<int64_t>> whole;

  Translation build(HostTensor expected) const {
    return buildOp("fake_quant", "", std::move(expected));
  }

  /// The codes, in the type of those expected.
  Translation buildQuantize(HostTensor expected) const {
    std::string type =
        tensorType(getBlocked().getShape(), expected.getElementType());
    return buildOp("quantize", " -> " + type, std::move(expected));
  }

private:
  Blocked getBlocked() const { return whole ? Blocked(x, *whole) : Blocked(x); }

  Translation buildOp(const std::string &name, const std::string &resultType,
                      HostTensor expected) const {
    Blocked blocked = getBlocked();
    Translation result;
    result.arguments = {x, scale.values};
    result.expected = std::move(expected);
    std::string types = blocked.getType() + ", " + formatType(scale.values);
    std::string operands = blocked.getName() + " scale %a1", grids;
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
    result.body =
        blocked.apply("quant_act." + name + " to " + format + grids +
                          " round " + rounding + " numerics <" + numerics +
                          "> " + operands + " : " + types + resultType,
                      result.expected.getElementType());
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
  HostTensor expected = test.getOutput(0).values;

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
  return {text.build(test.getOutput(0).values)};
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
  return {text.build(test.getOutput(0).values)};
}

/// A function of two tensors' elements, either of which may be one for all.
HostTensor combine(const HostTensor &a, const HostTensor &b,
                   double (*function)(double, double)) {
  HostTensor result(ElementType::F32,
                    a.getNumElements() == 1 ? b.getShape() : a.getShape());
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
    result.setDouble(i, function(a.getDouble(a.getNumElements() == 1 ? 0 : i),
                                 b.getDouble(b.getNumElements() == 1 ? 0 : i)));
  return result;
}

/// A code rounded to an integer, divided by a power of two and rounded again:
///
///   q = round(x / s + z),  y = (mode(q / t) - z') * s'
///
/// Version 1 has t = 2^(bits before - bits after), z' = z, s' = s and no
/// bounds; version 2 t = 2^round(log2(s' / s)), z' = z / t, and the bounds of
/// the result's bits.
std::vector<Translation> translateQonnxTrunc(const CorpusCase &test) {
  HostTensor x = test.getInput(0).values;
  HostTensor scale = test.getInput(1).values, outScale = scale;
  HostTensor zeroPoint = test.getInput(2).values, outZeroPoint = zeroPoint;
  bool isBounded = test.getNumInputs() == 6;
  double bits = test.getInput(isBounded ? 5 : 4).values.getDouble(0);
  HostTensor divisor(ElementType::F32, {});
  std::string format = formatInt("32", true, false);
  if (isBounded) {
    outScale = test.getInput(4).values;
    divisor = combine(outScale, scale, [](double out, double in) {
      return std::exp2(std::nearbyint(std::log2(out / in)));
    });
    outZeroPoint = combine(zeroPoint, divisor, [](double z, double divisor) {
      return z / divisor;
    });
    format = formatInt(std::to_string(static_cast<int>(bits)),
                       test.isTrue("signed"), test.isTrue("narrow"));
  } else {
    divisor.fill(std::exp2(test.getInput(3).values.getDouble(0) - bits));
  }
  Placed s = placeBroadcast(scale, x.getShape()),
         z = placeBroadcast(zeroPoint, x.getShape()),
         t = placeBroadcast(divisor, x.getShape()),
         outS = placeBroadcast(outScale, x.getShape()),
         outZ = placeBroadcast(outZeroPoint, x.getShape());
  auto onGrid = [](const Placed &parameters) {
    return parameters.grid.empty() ? "" : " on " + parameters.grid;
  };
  auto place = [&](const Placed &scale, const Placed &zeroPoint) {
    return onGrid(scale) + " zero_point_on " +
           (zeroPoint.grid.empty() ? formatWholeGrid(x.getRank())
                                   : zeroPoint.grid);
  };
  std::string xType = formatType(x),
              codes = tensorType(x.getShape(), ElementType::I64);
  Translation result;
  result.arguments = {x,        s.values,    z.values,
                      t.values, outS.values, outZ.values};
  result.expected = test.getOutput(0).values;
  result.body =
      "  %q = quant_act.quantize to #quant_act.int<32, signed>" + place(s, z) +
      " %a0 scale %a1 zero_point %a2 : " + xType + ", " + formatType(s.values) +
      ", " + formatType(z.values) + " -> " + codes +
      "\n  %one = arith.constant dense<1.0> : tensor<f32>\n  %n = "
      "quant_act.dequantize from #quant_act.int<32, signed> %q scale %one : " +
      codes + ", tensor<f32> -> " + xType + "\n  %c = quant_act.quantize to " +
      format + onGrid(t) + " round " + getQonnxRounding(test) +
      " numerics <clamp = before_rounding> %n scale %a3 : " + xType + ", " +
      formatType(t.values) + " -> " + codes +
      "\n  %y = quant_act.dequantize from " + format + place(outS, outZ) +
      " %c scale %a4 zero_point %a5 : " + codes + ", " +
      formatType(outS.values) + ", " + formatType(outZ.values) + " -> " +
      xType + "\n";
  return {result};
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
  return {text.build(test.getOutput(0).values)};
}

//===----------------------------------------------------------------------===//
// ONNX and ONNX Runtime
//===----------------------------------------------------------------------===//

/// What ONNX's minifloats are here.
struct Minifloat {
  StringRef type, format;
  /// What codes beyond the largest become that are not saturated.
  StringRef overflow;
  /// None: there are no codes in memory.
  std::optional<ElementType> storage;
};

const Minifloat *findMinifloat(StringRef type) {
  static const Minifloat minifloats[] = {
      {"f8e4m3fn", "e4m3fn", "nan", ElementType::F8E4M3FN},
      {"f8e5m2", "e5m2", "infinity", ElementType::F8E5M2},
      {"f8e4m3fnuz", "e4m3fnuz", "nan", ElementType::F8E4M3FNUZ},
      {"f8e5m2fnuz", "e5m2fnuz", "nan", ElementType::F8E5M2FNUZ},
      {"f4e2m1", "e2m1fn", "saturate", std::nullopt}};
  const Minifloat *found = llvm::find_if(
      minifloats, [&](const Minifloat &known) { return known.type == type; });
  return found == std::end(minifloats) ? nullptr : found;
}

/// The format of QuantizeLinear's result type: "u8", "i4", "f8e4m3fn" ...
std::string getStorageFormat(const CorpusCase &test, StringRef type) {
  const Minifloat *minifloat = findMinifloat(type);
  if (!minifloat)
    return formatInt(type.drop_front().str(), type.front() == 'i', false);
  bool saturates = test.getInteger("saturate").value_or(1) != 0;
  return ("#quant_act.float<" + minifloat->format + ", overflow = " +
          (saturates ? "saturate" : minifloat->overflow) + ">")
      .str();
}

int64_t getAxis(const CorpusCase &test, int64_t rank) {
  int64_t axis = test.getInteger("axis").value_or(1);
  return axis < 0 ? axis + rank : axis;
}

/// x's shape in whole blocks: the last of ONNX's may be shorter.
SmallVector<int64_t> getWholeShape(const CorpusCase &test,
                                   const HostTensor &parameters,
                                   ArrayRef<int64_t> x) {
  SmallVector<int64_t> whole(x);
  if (int64_t block = test.getInteger("block_size").value_or(0)) {
    int64_t axis = getAxis(test, x.size());
    whole[axis] = parameters.getShape()[axis] * block;
  }
  return whole;
}

/// QuantizeLinear's parameters over x: one, along an axis, or in whole blocks.
Placed placeOnnx(const CorpusCase &test, const HostTensor &parameters,
                 ArrayRef<int64_t> whole) {
  if (parameters.getNumElements() == 1)
    return Placed{reshape(parameters, {}), ""};
  if (parameters.getRank() == 1)
    return placeAlong(parameters, getAxis(test, whole.size()), whole);
  return placeBroadcast(parameters, whole);
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
  int64_t axis = getAxis(test, x.size());
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
std::vector<Translation> translateDequantize(const CorpusCase &test) {
  CorpusTensor codes = test.getInput(0);
  const Minifloat *minifloat = findMinifloat(codes.type);
  if (minifloat && !minifloat->storage)
    return {Translation::skip("there are no such codes in memory")};
  if (minifloat)
    codes.values = toFloat(codes.values, *minifloat->storage);
  HostTensor scales = toFloat(test.getInput(1).values);
  SmallVector<int64_t> whole =
      getWholeShape(test, scales, codes.values.getShape());
  Blocked blocked(codes.values, whole);
  Placed scale = placeOnnx(test, scales, whole);
  Translation result;
  result.arguments = {codes.values, scale.values};
  result.expected = test.getOutput(0).values;
  ElementType type = result.expected.getElementType();
  std::string operands = " " + blocked.getName() + " scale %a1";
  std::string types = blocked.getType() + ", " + formatType(scale.values);
  // That of minifloats is 0.
  if (test.getNumInputs() > 2 && !minifloat) {
    Placed zeroPoint = placeOnnx(test, toFloat(test.getInput(2).values), whole);
    result.arguments.push_back(zeroPoint.values);
    operands += " zero_point %a2";
    types += ", " + formatType(zeroPoint.values);
  }
  result.body = blocked.apply(
      "quant_act.dequantize from " + getStorageFormat(test, codes.type) +
          (scale.grid.empty() ? "" : " on " + scale.grid) + operands + " : " +
          types + " -> " + tensorType(whole, type),
      type);
  return {result};
}

/// QuantizeLinear to integers since opset 23: the quotient rounds to the type
/// of x and scale. It is rounded to a code first, of a format so wide that it
/// does not saturate, and gets the zero point as a number of f32.
Translation translateNarrowQuotient(const FakeQuantText &text,
                                    const CorpusTensor &codes) {
  Blocked blocked(text.x, *text.whole);
  Translation result;
  result.arguments = {text.x, text.scale.values};
  result.expected = codes.values;
  std::string wide = tensorType(*text.whole, ElementType::F32),
              stored = tensorType(*text.whole, ElementType::I64);
  std::string before =
      "  %one = arith.constant dense<1.0> : tensor<f32>\n  %q = "
      "quant_act.quantize to #quant_act.int<32, signed>" +
      (text.scale.grid.empty() ? "" : " on " + text.scale.grid) +
      " numerics <onnx> " + blocked.getName() +
      " scale %a1 : " + blocked.getType() + ", " +
      formatType(text.scale.values) + " -> " + stored +
      "\n  %n = quant_act.dequantize from #quant_act.int<32, signed> %q scale "
      "%one : " +
      stored + ", tensor<f32> -> " + wide + "\n";
  std::string grid, operand, type;
  if (text.zeroPoint) {
    result.arguments.push_back(text.zeroPoint->values);
    operand = " zero_point %a2";
    type = ", " + formatType(text.zeroPoint->values);
    if (!text.zeroPoint->grid.empty())
      grid = " zero_point_on " + text.zeroPoint->grid;
  }
  result.body =
      blocked.apply("quant_act.quantize to " + text.format + grid +
                        " numerics <onnx> %n scale %one" + operand + " : " +
                        wide + ", tensor<f32>" + type + " -> " + stored,
                    ElementType::I64, before);
  return result;
}

std::vector<Translation> translateQuantize(const CorpusCase &test) {
  FakeQuantText text;
  text.x = test.getInput(0).values;
  SmallVector<int64_t> shape(text.x.getShape());
  CorpusTensor scale = test.getInput(1), codes = test.getOutput(0);
  std::optional<CorpusTensor> zeroPoint;
  const Minifloat *minifloat = findMinifloat(codes.type);
  if (test.getNumInputs() > 2 && !minifloat)
    zeroPoint = test.getInput(2);
  text.whole = getWholeShape(test, scale.values, shape);
  text.scale = placeOnnx(test, scale.values, *text.whole);
  text.format = getStorageFormat(test, codes.type);
  // ONNX Runtime computes f16 in f32, but for the quotient.
  bool isNarrow =
      test.getOpset() >= 23 && text.x.getElementType() == ElementType::F16;
  text.numerics = isNarrow ? "onnx" : "onnx, compute = f32";
  if (zeroPoint)
    text.zeroPoint = placeOnnx(test, toFloat(zeroPoint->values), *text.whole);
  if (isNarrow && !minifloat)
    return {translateNarrowQuotient(text, codes)};
  HostTensor expected = dequantize(
      codes.values, scale.values, zeroPoint ? &zeroPoint->values : nullptr,
      getParameterOf(test, scale.values, shape), text.x.getElementType());
  std::vector<Translation> translations{text.build(std::move(expected))};
  if (!minifloat)
    translations.push_back(text.buildQuantize(codes.values));
  else if (minifloat->storage)
    translations.push_back(
        text.buildQuantize(toFloat(codes.values, *minifloat->storage)));
  return translations;
}

/// The parameters that DynamicQuantizeLinear chooses, and its codes.
std::vector<Translation> translateDynamic(const CorpusCase &test) {
  HostTensor x = test.getInput(0).values;
  HostTensor codes = test.getOutput(0).values, scale = test.getOutput(1).values,
             zeroPoint = toFloat(test.getOutput(2).values);
  std::string body =
      "  %range, %low = quant_act.stats min_max %a0 : " + formatType(x) +
      " -> tensor<f32>, tensor<f32>\n  %s, %z = quant_act.choose_qparams to "
      "#quant_act.int<8, unsigned> minimum 3.6e-43 full_range %range low %low "
      ": tensor<f32>, "
      "tensor<f32>\n  %y = quant_act.quantize to #quant_act.int<8, unsigned> "
      "numerics <onnx> %a0 scale %s zero_point %z : " +
      formatType(x) + ", tensor<f32>, tensor<f32> -> " + formatType(codes) +
      "\n";
  // ONNX Runtime's tests write scales with seven digits.
  return {{body, {x}, codes, "%y"},
          {body, {x}, scale, "%s", /*rtol=*/5e-7},
          {body, {x}, zeroPoint, "%z"}};
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
  result.expected = test.getOutput(0).values;
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
  result.body = "  %y = quant_act.fake_quant_range " + contract + " levels " +
                std::to_string(levels) + grids + " " + operands + " : " +
                types + "\n";
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

std::vector<Translation> translate(const CorpusCase &test) {
  using Translate = std::vector<Translation> (*)(const CorpusCase &);
  auto translateCase =
      llvm::StringSwitch<Translate>(test.getOp())
          .Cases({"Quant", "IntQuant"}, translateQonnxQuant)
          .Case("BipolarQuant", translateQonnxBipolar)
          .Case("FloatQuant", translateQonnxFloatQuant)
          .Case("Trunc", translateQonnxTrunc)
          .Cases({"fake_quantize_per_tensor_affine",
                  "fake_quantize_per_channel_affine",
                  "_fake_quantize_learnable_per_tensor_affine",
                  "_fake_quantize_learnable_per_channel_affine"},
                 translateTorch)
          .Case("QuantizeLinear", translateQuantize)
          .Case("DequantizeLinear", translateDequantize)
          .Case("DynamicQuantizeLinear", translateDynamic)
          .Cases({"FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars",
                  "FakeQuantWithMinMaxVarsPerChannel"},
                 translateTensorflow)
          .Case("FakeQuantize", translateOpenvino)
          .Default([](const CorpusCase &) -> std::vector<Translation> {
            return {Translation::skip("no quantizer")};
          });
  return translateCase(test);
}

/// How many cases each reason may skip.
using Skips = std::map<std::string, unsigned>;

std::string buildFunction(const std::string &name, const Translation &test) {
  SmallVector<std::string> arguments;
  for (auto [index, argument] : llvm::enumerate(test.arguments))
    arguments.push_back("%a" + std::to_string(index) + ": " +
                        formatType(argument));
  std::string type = formatType(test.expected);
  return "func.func @" + name + "(" + llvm::join(arguments, ", ") + ") -> " +
         type + " {\n" + test.body + "  return " + test.result + " : " + type +
         "\n}\n";
}

/// Runs every case both ways; the result is how many each reason skipped.
Skips runCases(const std::string &suite, const std::vector<CorpusCase> &cases) {
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
      EXPECT_TRUE(corpusCase->compare(results->front(), translation.expected,
                                      translation.rtol))
          << corpusCase->getName() << ", " << how << ":\n"
          << translation.body;
    };
    check("interpreted", program.interpret(name, arguments));
    check("compiled", program.runCompiled(name, arguments));
  }
  return skipped;
}

/// Runs a suite. Fails also if it has other cases, or others are skipped, so
/// that none is lost unnoticed.
void runSuite(const std::string &suite, size_t numCases,
              const Skips &skips = {}) {
  const std::vector<CorpusCase> &cases = getCorpusCases(CORPUS_INPUTS, suite);
  EXPECT_EQ(cases.size(), numCases);
  EXPECT_EQ(runCases(suite, cases), skips);
}

TEST(Corpus, QonnxQuant) { runSuite("qonnx_quant", 114); }

TEST(Corpus, QonnxBipolarQuant) { runSuite("qonnx_bipolar", 9); }

TEST(Corpus, QonnxFloatQuant) { runSuite("qonnx_floatquant", 9); }

TEST(Corpus, QonnxTrunc) { runSuite("qonnx_trunc", 42); }

TEST(Corpus, Torch) { runSuite("torch_fake_quant", 119); }

TEST(Corpus, OnnxRuntime) { runSuite("ort_unit_qdq", 119); }

TEST(Corpus, OnnxRuntimeGenerated) { runSuite("ort_generated", 48); }

TEST(Corpus, OnnxNodes) {
  runSuite("onnx_node_quant", 14, {{"no quantizer", 2}});
}

TEST(Corpus, Tensorflow) { runSuite("tf_fake_quant", 27); }

TEST(Corpus, Openvino) { runSuite("openvino_fake_quantize", 3); }

/// Every suite of a folder that the environment names.
TEST(Corpus, Further) {
  const char *folder = std::getenv("QUANT_ACT_CORPUS");
  if (!folder)
    GTEST_SKIP() << "QUANT_ACT_CORPUS names no folder";
  std::error_code error;
  unsigned numSuites = 0;
  for (llvm::sys::fs::directory_iterator file(folder, error), end;
       file != end && !error; file.increment(error)) {
    StringRef path = file->path();
    if (!path.ends_with(".json"))
      continue;
    std::string suite = llvm::sys::path::stem(path).str();
    runCases(suite, getCorpusCases(folder, suite));
    ++numSuites;
  }
  EXPECT_FALSE(error) << folder << ": " << error.message();
  EXPECT_GT(numSuites, 0u) << folder << " has no suite";
}

} // namespace
