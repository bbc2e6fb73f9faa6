//===- QuantActAttrs.cpp - Grids, formats and contracts -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "AttributeSyntax.h"
#include "QuantAct/Numerics/Statistics.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Lists of a grid
//===----------------------------------------------------------------------===//

static ParseResult parseExtents(AsmParser &parser,
                                SmallVectorImpl<int64_t> &extents) {
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Square, [&]() -> ParseResult {
        if (succeeded(parser.parseOptionalQuestion())) {
          extents.push_back(ShapedType::kDynamic);
          return success();
        }
        return parser.parseInteger(extents.emplace_back());
      });
}

static void printExtents(AsmPrinter &printer, ArrayRef<int64_t> extents) {
  printer << '[';
  llvm::interleaveComma(extents, printer, [&](int64_t extent) {
    if (ShapedType::isDynamic(extent))
      printer << '?';
    else
      printer << extent;
  });
  printer << ']';
}

/// Parses `, permutation = [...]`, all of it: a grid without it is the mistake
/// to be named.
static ParseResult parsePermutation(AsmParser &parser,
                                    SmallVectorImpl<int64_t> &indices) {
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalComma()))
    return parser.emitError(loc)
           << "expects a permutation after the broadcast shape, such as "
              "permutation = [1, 0, 2, 3] for one parameter along dimension 1";
  if (parser.parseKeyword("permutation") || parser.parseEqual())
    return failure();
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parser.parseInteger(indices.emplace_back());
  });
}

static void printPermutation(AsmPrinter &printer, ArrayRef<int64_t> indices) {
  printer << ", permutation = [";
  llvm::interleaveComma(indices, printer);
  printer << ']';
}

#include "QuantAct/Dialect/QuantAct/IR/QuantActAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "QuantAct/Dialect/QuantAct/IR/QuantActAttrs.cpp.inc"

void QuantActDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "QuantAct/Dialect/QuantAct/IR/QuantActAttrs.cpp.inc"
      >();
}

/// A list of extents or dimensions as the user writes it: [1, ?, 3].
static std::string formatList(ArrayRef<int64_t> values) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(values, os, [&](int64_t value) {
    if (ShapedType::isDynamic(value))
      os << '?';
    else
      os << value;
  });
  os << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// GridAttr
//===----------------------------------------------------------------------===//

static LogicalResult
verifyPermutation(function_ref<InFlightDiagnostic()> emitError, int64_t rank,
                  ArrayRef<int64_t> permutation) {
  if (static_cast<int64_t>(permutation.size()) != rank)
    return emitError() << "expects a permutation of as many dimensions as the "
                          "broadcast shape has ("
                       << rank << "), but got " << formatList(permutation);
  for (auto [index, dim] : llvm::enumerate(permutation)) {
    if (dim < 0 || dim >= rank)
      return emitError() << "expects permutation entries in [0, " << rank
                         << "), but got " << dim << " at index " << index;
    if (llvm::is_contained(permutation.take_front(index), dim))
      return emitError() << "expects each dimension once in the permutation, "
                            "but got "
                         << dim << " again at index " << index;
  }
  return success();
}

LogicalResult GridAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> broadcast,
                               ArrayRef<int64_t> permutation) {
  for (auto [dim, extent] : llvm::enumerate(broadcast))
    if (!ShapedType::isDynamic(extent) && extent < 1)
      return emitError() << "expects positive broadcast extents, but got "
                         << extent << " for dimension " << dim;
  if (failed(verifyPermutation(emitError, broadcast.size(), permutation)))
    return failure();

  SmallVector<int64_t> kept;
  for (auto [dim, extent] : llvm::enumerate(broadcast))
    if (extent != 1)
      kept.push_back(dim);
  ArrayRef<int64_t> leading = permutation.take_front(kept.size());
  if (!llvm::all_of(
          kept, [&](int64_t dim) { return llvm::is_contained(leading, dim); }))
    return emitError()
           << "expects the permutation to begin with the dimensions "
              "that keep parameters: broadcast "
           << formatList(broadcast) << " keeps " << formatList(kept)
           << ", but permutation " << formatList(permutation) << " begins with "
           << formatList(leading);
  return success();
}

ArrayRef<int64_t> GridAttr::getKeptDims() const {
  size_t numKept = llvm::count_if(getBroadcast(),
                                  [](int64_t extent) { return extent != 1; });
  return getPermutation().take_front(numKept);
}

SmallVector<int64_t>
GridAttr::getParameterShape(ArrayRef<int64_t> tensorShape) const {
  SmallVector<int64_t> shape;
  for (int64_t dim : getKeptDims()) {
    int64_t extent = getBroadcast()[dim];
    shape.push_back(ShapedType::isDynamic(extent) ? tensorShape[dim] : extent);
  }
  return shape;
}

int64_t GridAttr::getBlockSize(int64_t dim, int64_t extent) const {
  int64_t parameters = getBroadcast()[dim];
  if (ShapedType::isDynamic(parameters) || ShapedType::isDynamic(extent))
    return 1;
  return extent / parameters;
}

bool GridAttr::hasBlocks(ArrayRef<int64_t> tensorShape) const {
  return llvm::any_of(getKeptDims(), [&](int64_t dim) {
    return getBlockSize(dim, tensorShape[dim]) != 1;
  });
}

LogicalResult
GridAttr::verifyTensor(function_ref<InFlightDiagnostic()> emitError,
                       ArrayRef<int64_t> tensorShape) const {
  int64_t rank = tensorShape.size();
  if (getRank() != rank)
    return emitError() << "expects one broadcast entry per dimension of x ("
                       << rank << "), but got " << formatList(getBroadcast());
  for (int64_t dim : getKeptDims()) {
    int64_t extent = tensorShape[dim], parameters = getBroadcast()[dim];
    if (ShapedType::isDynamic(extent) || ShapedType::isDynamic(parameters))
      continue;
    if (extent < parameters || extent % parameters != 0)
      return emitError() << "expects broadcast extent " << parameters
                         << " of dimension " << dim
                         << " to be 1, or the dimension's extent (" << extent
                         << "), or a divisor of it";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// NumericsAttr
//===----------------------------------------------------------------------===//

namespace {
/// The fields of a contract while it is parsed, and those of the presets.
struct NumericsFields {
  ZeroPointPosition zeroPoint = ZeroPointPosition::Inside;
  Division division = Division::Divide;
  ClampPosition clamp = ClampPosition::AfterRounding;
  NanResult nan = NanResult::Propagate;
  OverflowResult overflow = OverflowResult::Saturate;
  InfinityResult infinity = InfinityResult::Nan;
  OneBit oneBit = OneBit::Integer;
  CodeKind codes = CodeKind::Float;
  Dequantization dequantization = Dequantization::Twice;
  ComputeType compute = ComputeType::Promoted;

  NumericsAttr get(MLIRContext *context) const {
    return NumericsAttr::get(context, zeroPoint, division, clamp, nan, overflow,
                             infinity, oneBit, codes, dequantization, compute);
  }
};

struct NumericsPreset {
  StringLiteral name;
  NumericsFields fields;
};
} // namespace

static ArrayRef<NumericsPreset> getNumericsPresets() {
  static const NumericsPreset presets[] = {
      {"brevitas", {}},
      {"qonnx",
       {ZeroPointPosition::Inside, Division::Divide,
        ClampPosition::BeforeRounding, NanResult::Propagate,
        OverflowResult::Saturate, InfinityResult::Nan, OneBit::Bipolar}},
      {"onnx",
       {ZeroPointPosition::Outside, Division::Divide,
        ClampPosition::AfterRounding, NanResult::Lowest,
        OverflowResult::Saturate, InfinityResult::Overflow}},
      {"stablehlo",
       {ZeroPointPosition::Inside, Division::Divide,
        ClampPosition::BeforeRounding, NanResult::Propagate,
        OverflowResult::Saturate, InfinityResult::Nan, OneBit::Integer,
        CodeKind::Integer}},
      {"torch",
       {ZeroPointPosition::Outside, Division::Reciprocal,
        ClampPosition::AfterRounding, NanResult::Lowest,
        OverflowResult::Lowest}},
      {"torch_float",
       {ZeroPointPosition::Inside, Division::Reciprocal,
        ClampPosition::AfterRounding, NanResult::Lowest, OverflowResult::Lowest,
        InfinityResult::Nan, OneBit::Integer, CodeKind::Integer,
        Dequantization::Once}},
      {"tflite", {ZeroPointPosition::Outside}},
      {"tensorrt",
       {ZeroPointPosition::Inside, Division::Divide,
        ClampPosition::AfterRounding, NanResult::Propagate,
        OverflowResult::Saturate, InfinityResult::Nan, OneBit::Integer,
        CodeKind::Integer}},
  };
  return presets;
}

static std::string listNumericsPresets() {
  return llvm::join(llvm::map_range(getNumericsPresets(),
                                    [](const NumericsPreset &preset) {
                                      return preset.name.str();
                                    }),
                    ", ");
}

NumericsAttr NumericsAttr::getBrevitas(MLIRContext *context) {
  return NumericsFields().get(context);
}

/// Parses `= value` of the field `name`.
static ParseResult parseNumericsField(AsmParser &parser, StringRef name,
                                      SMLoc nameLoc, NumericsFields &fields) {
  if (name == "zero_point")
    return parseEnumValue(parser, name, fields.zeroPoint);
  if (name == "division")
    return parseEnumValue(parser, name, fields.division);
  if (name == "clamp")
    return parseEnumValue(parser, name, fields.clamp);
  if (name == "nan")
    return parseEnumValue(parser, name, fields.nan);
  if (name == "overflow")
    return parseEnumValue(parser, name, fields.overflow);
  if (name == "infinity")
    return parseEnumValue(parser, name, fields.infinity);
  if (name == "one_bit")
    return parseEnumValue(parser, name, fields.oneBit);
  if (name == "codes")
    return parseEnumValue(parser, name, fields.codes);
  if (name == "dequantize")
    return parseEnumValue(parser, name, fields.dequantization);
  if (name == "compute")
    return parseEnumValue(parser, name, fields.compute);
  return parser.emitError(nameLoc)
         << "unknown numerics preset or field '" << name << "'; presets are "
         << listNumericsPresets()
         << "; fields are zero_point, division, clamp, nan, overflow, "
            "infinity, one_bit, codes, dequantize, compute";
}

Attribute NumericsAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  NumericsFields fields;
  auto takePreset = [&](StringRef name) {
    const NumericsPreset *preset =
        llvm::find_if(getNumericsPresets(), [&](const NumericsPreset &preset) {
          return preset.name == name;
        });
    if (preset == getNumericsPresets().end())
      return false;
    fields = preset->fields;
    return true;
  };
  auto parseField = [&](StringRef name, SMLoc nameLoc) {
    return parseNumericsField(parser, name, nameLoc, fields);
  };
  if (parsePresetAndFields(parser, takePreset, parseField))
    return {};
  return parser.getChecked<NumericsAttr>(
      loc, parser.getContext(), fields.zeroPoint, fields.division, fields.clamp,
      fields.nan, fields.overflow, fields.infinity, fields.oneBit, fields.codes,
      fields.dequantization, fields.compute);
}

void NumericsAttr::print(AsmPrinter &printer) const {
  for (const NumericsPreset &preset : getNumericsPresets()) {
    if (preset.fields.get(getContext()) == *this) {
      printer << '<' << preset.name << '>';
      return;
    }
  }
  NumericsFields defaults;
  SmallVector<std::string> entries;
  auto addEntry = [&](StringRef name, auto value, auto defaultValue) {
    if (value != defaultValue)
      entries.push_back((name + " = " + stringifyEnum(value)).str());
  };
  addEntry("zero_point", getZeroPoint(), defaults.zeroPoint);
  addEntry("division", getDivision(), defaults.division);
  addEntry("clamp", getClamp(), defaults.clamp);
  addEntry("nan", getNan(), defaults.nan);
  addEntry("overflow", getOverflow(), defaults.overflow);
  addEntry("infinity", getInfinity(), defaults.infinity);
  addEntry("one_bit", getOneBit(), defaults.oneBit);
  addEntry("codes", getCodes(), defaults.codes);
  addEntry("dequantize", getDequantization(), defaults.dequantization);
  addEntry("compute", getCompute(), defaults.compute);
  printer << '<' << llvm::join(entries, ", ") << '>';
}

LogicalResult NumericsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ZeroPointPosition zeroPoint, Division,
                                   ClampPosition clamp, NanResult,
                                   OverflowResult, InfinityResult, OneBit,
                                   CodeKind, Dequantization, ComputeType) {
  if (zeroPoint == ZeroPointPosition::Outside &&
      clamp == ClampPosition::BeforeRounding)
    return emitError() << "expects clamp = after_rounding with zero_point = "
                          "outside, where the bounds apply to the sum";
  return success();
}

//===----------------------------------------------------------------------===//
// StatisticAttr and RestrictionAttr
//===----------------------------------------------------------------------===//

Attribute StatisticAttr::parse(AsmParser &parser, Type) {
  StatisticAttr statistic;
  if (parser.parseLess() || parseStatistic(parser, statistic) ||
      parser.parseGreater())
    return {};
  return statistic;
}

void StatisticAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printStatisticBody(printer, *this);
  printer << '>';
}

Statistic StatisticAttr::getStatistic() const {
  return {getKind(), llvm::SmallVector<double, 2>(getNumbers())};
}

bool StatisticAttr::isInterval() const {
  return getDefinition(getKind()).hasLow();
}

static LogicalResult
verifyPercentiles(function_ref<InFlightDiagnostic()> emitError,
                  ArrayRef<double> percentiles) {
  for (double value : percentiles)
    if (!(value > 0.0 && value <= 100.0)) {
      SmallString<16> text;
      APFloat(value).toString(text);
      return emitError()
             << "expects percentiles above 0 and up to 100, but got " << text;
    }
  if (!llvm::is_sorted(percentiles))
    return emitError() << "expects the lower percentile not to exceed the "
                          "upper one, but got "
                       << percentiles[0] << " and " << percentiles[1];
  return success();
}

LogicalResult
StatisticAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      StatisticKind kind, DenseF64ArrayAttr arguments,
                      GridAttr grid) {
  ArrayRef<double> numbers;
  if (arguments)
    numbers = arguments.asArrayRef();
  StatisticDefinition definition = getDefinition(kind);
  if (numbers.size() != definition.getNumNumbers())
    return emitError() << "expects " << definition.getNumNumbers()
                       << " numbers for the statistic " << stringifyEnum(kind)
                       << ", but got " << numbers.size();
  if (definition.hasGrid != static_cast<bool>(grid))
    return emitError() << "expects a grid with the statistic max_average and "
                          "only there, but got "
                       << (grid ? "one" : "none") << " with "
                       << stringifyEnum(kind);
  unsigned numPercentiles = definition.getNumPercentiles();
  for (double sigma : numbers.drop_front(numPercentiles))
    if (!std::isfinite(sigma))
      return emitError() << "expects a finite sigma, but got " << sigma;
  return verifyPercentiles(emitError, numbers.take_front(numPercentiles));
}

Attribute RestrictionAttr::parse(AsmParser &parser, Type) {
  RestrictionAttr restriction;
  if (parser.parseLess() || parseRestriction(parser, restriction) ||
      parser.parseGreater())
    return {};
  return restriction;
}

void RestrictionAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printRestrictionBody(printer, *this);
  printer << '>';
}

LogicalResult
RestrictionAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        RestrictionKind kind, Rounding rounding) {
  if (kind != RestrictionKind::PowerOfTwo && rounding != Rounding::HalfEven)
    return emitError() << "expects a rounding of the exponent with "
                          "power_of_two only, but got "
                       << stringifyEnum(rounding) << " with "
                       << stringifyEnum(kind);
  return success();
}
