//===- QuantActFormats.cpp - Formats as attributes ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "AttributeSyntax.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace quant_act;

/// Parses `signed` or `unsigned`.
static ParseResult parseSignedness(AsmParser &parser, bool &isSigned) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef signedness;
  if (parser.parseKeyword(&signedness))
    return failure();
  if (signedness != "signed" && signedness != "unsigned")
    return parser.emitError(loc)
           << "expects 'signed' or 'unsigned', but got '" << signedness << "'";
  isSigned = signedness == "signed";
  return success();
}

//===----------------------------------------------------------------------===//
// IntFormatAttr
//===----------------------------------------------------------------------===//

Format IntFormatAttr::getFormat() const {
  return IntFormat{getBits(), getIsSigned(), getIsNarrow()};
}

/// Parses a number of bits; `?` is none.
static ParseResult parseBits(AsmParser &parser, SMLoc loc, unsigned &bits) {
  bits = 0;
  if (succeeded(parser.parseOptionalQuestion()))
    return success();
  int64_t number;
  if (parser.parseInteger(number))
    return failure();
  if (number < 1 || number > 32)
    return parser.emitError(loc) << "expects 1 to 32 bits, but got " << number;
  bits = static_cast<unsigned>(number);
  return success();
}

Attribute IntFormatAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  unsigned bits;
  bool isSigned = true, isNarrow = false;
  if (parser.parseLess() || parseBits(parser, loc, bits) ||
      parser.parseComma() || parseSignedness(parser, isSigned))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    if (parser.parseKeyword("narrow"))
      return {};
    isNarrow = true;
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<IntFormatAttr>(loc, parser.getContext(), bits,
                                          isSigned, isNarrow);
}

void IntFormatAttr::print(AsmPrinter &printer) const {
  printer << '<';
  if (getBits() == 0)
    printer << '?';
  else
    printer << getBits();
  printer << ", " << (getIsSigned() ? "signed" : "unsigned");
  if (getIsNarrow())
    printer << ", narrow";
  printer << '>';
}

LogicalResult
IntFormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      unsigned bits, bool, bool isNarrow) {
  if (bits > 32)
    return emitError() << "expects 1 to 32 bits, but got " << bits;
  if (isNarrow && bits == 1)
    return emitError() << "expects at least 2 bits for a narrow range, which "
                          "would otherwise hold one code, but got "
                       << bits;
  return success();
}

//===----------------------------------------------------------------------===//
// FloatFormatAttr
//===----------------------------------------------------------------------===//

namespace {
struct NamedFloatFormat {
  StringLiteral name;
  FloatFormat format;
};
} // namespace

static ArrayRef<NamedFloatFormat> getNamedFloatFormats() {
  static const NamedFloatFormat formats[] = {
      {"e4m3fn", {4, 3, 7, 448.0}},
      {"e5m2", {5, 2, 15, 57344.0}},
      {"e4m3fnuz", {4, 3, 8, 240.0}},
      {"e5m2fnuz", {5, 2, 16, 57344.0}},
      {"e3m2fn", {3, 2, 3, 28.0}},
      {"e2m3fn", {2, 3, 1, 7.5}},
      {"e2m1fn", {2, 1, 1, 6.0}},
      {"e8m0fnu", {8, 0, 128, 0x1.0p127, /*isSigned=*/false}},
  };
  return formats;
}

/// The format called `name`; null if there is none.
static const FloatFormat *findNamedFormat(StringRef name) {
  auto hasName = [&](const NamedFloatFormat &named) {
    return named.name == name;
  };
  const NamedFloatFormat *found =
      llvm::find_if(getNamedFloatFormats(), hasName);
  return found == getNamedFloatFormats().end() ? nullptr : &found->format;
}

FloatFormatAttr FloatFormatAttr::getNamed(MLIRContext *context,
                                          StringRef name) {
  const FloatFormat &format = *findNamedFormat(name);
  return get(context, format.exponentBits, format.mantissaBits, format.bias,
             APFloat(format.max), format.isSigned, format.overflow);
}

static int getDefaultBias(unsigned exponentBits) {
  return (1 << (exponentBits - 1)) - 1;
}

/// The largest value if no code is reserved.
static double getDefaultMax(const FloatFormat &format) {
  return std::ldexp(2.0 - std::ldexp(1.0, -int(format.mantissaBits)),
                    (1 << format.exponentBits) - 1 - format.bias);
}

Format FloatFormatAttr::getFormat() const {
  return FloatFormat{getExponent(), getMantissa(),
                     getBias(),     getMax().convertToDouble(),
                     getIsSigned(), getOverflow()};
}

namespace {
/// The fields of a minifloat format while it is parsed.
struct FloatFormatFields {
  std::optional<int64_t> exponent, mantissa, bias;
  std::optional<double> max;
  bool isSigned = true;
  FloatOverflow overflow = FloatOverflow::Saturate;
};
} // namespace

static ParseResult parseNumber(AsmParser &parser,
                               std::optional<int64_t> &number) {
  return failure(parser.parseEqual() || parser.parseInteger(number.emplace()));
}

/// Parses what follows the keyword `name`.
static ParseResult parseFloatFormatField(AsmParser &parser, StringRef name,
                                         SMLoc nameLoc,
                                         FloatFormatFields &fields) {
  if (name == "exponent")
    return parseNumber(parser, fields.exponent);
  if (name == "mantissa")
    return parseNumber(parser, fields.mantissa);
  if (name == "bias")
    return parseNumber(parser, fields.bias);
  if (name == "max")
    return failure(parser.parseEqual() ||
                   parser.parseFloat(fields.max.emplace()));
  if (name == "overflow")
    return parseEnumValue(parser, name, fields.overflow);
  if (name == "signed" || name == "unsigned") {
    fields.isSigned = name == "signed";
    return success();
  }
  return parser.emitError(nameLoc)
         << "unknown minifloat format or field '" << name << "'; formats are "
         << llvm::join(llvm::map_range(getNamedFloatFormats(),
                                       [](const NamedFloatFormat &named) {
                                         return named.name.str();
                                       }),
                       ", ")
         << "; fields are exponent, mantissa, bias, max, signed, unsigned, "
            "overflow";
}

/// Replaces the fields by those of the format called `name`, if there is one.
static bool takeNamedFormat(StringRef name, FloatFormatFields &fields) {
  const FloatFormat *format = findNamedFormat(name);
  if (!format)
    return false;
  fields.exponent = format->exponentBits;
  fields.mantissa = format->mantissaBits;
  fields.bias = format->bias;
  fields.max = format->max;
  fields.isSigned = format->isSigned;
  return true;
}

static LogicalResult
verifyFieldWidths(function_ref<InFlightDiagnostic()> emitError,
                  int64_t exponent, int64_t mantissa) {
  if (exponent < 1 || exponent > 8)
    return emitError() << "expects 1 to 8 exponent bits, but got " << exponent;
  if (mantissa < 0 || mantissa > 22)
    return emitError() << "expects 0 to 22 mantissa bits, but got " << mantissa;
  return success();
}

static LogicalResult
verifyFloatFormat(function_ref<InFlightDiagnostic()> emitError,
                  int64_t exponent, int64_t mantissa, int64_t bias) {
  if (failed(verifyFieldWidths(emitError, exponent, mantissa)))
    return failure();
  // Of what is subnormal in f32, binade() knows nothing but that spacings there
  // are the smallest.
  if (1 - bias - mantissa < -127 || (1 << exponent) - 1 - bias > 127)
    return emitError() << "expects a bias that keeps the format's numbers "
                          "from 2^-127 up to f32's largest, but got "
                       << bias;
  return success();
}

Attribute FloatFormatAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  FloatFormatFields fields;
  auto takeName = [&](StringRef name) { return takeNamedFormat(name, fields); };
  auto parseField = [&](StringRef name, SMLoc nameLoc) {
    return parseFloatFormatField(parser, name, nameLoc, fields);
  };
  if (parsePresetAndFields(parser, takeName, parseField))
    return {};
  auto emitError = [&] { return parser.emitError(loc); };
  if (!fields.exponent || !fields.mantissa) {
    emitError() << "expects the name of a minifloat format, or both exponent "
                   "and mantissa";
    return {};
  }
  // Checked before they are narrowed to the parameters' types.
  if (failed(verifyFieldWidths(emitError, *fields.exponent, *fields.mantissa)))
    return {};
  FloatFormat format{static_cast<unsigned>(*fields.exponent),
                     static_cast<unsigned>(*fields.mantissa)};
  int64_t bias = fields.bias.value_or(getDefaultBias(format.exponentBits));
  if (failed(verifyFloatFormat(emitError, *fields.exponent, *fields.mantissa,
                               bias)))
    return {};
  format.bias = static_cast<int>(bias);
  return parser.getChecked<FloatFormatAttr>(
      loc, parser.getContext(), format.exponentBits, format.mantissaBits,
      format.bias, APFloat(fields.max.value_or(getDefaultMax(format))),
      fields.isSigned, fields.overflow);
}

void FloatFormatAttr::print(AsmPrinter &printer) const {
  FloatFormat format = std::get<FloatFormat>(getFormat());
  const NamedFloatFormat *named = llvm::find_if(
      getNamedFloatFormats(), [&](const NamedFloatFormat &candidate) {
        return candidate.format.exponentBits == format.exponentBits &&
               candidate.format.mantissaBits == format.mantissaBits &&
               candidate.format.bias == format.bias &&
               candidate.format.max == format.max &&
               candidate.format.isSigned >= format.isSigned;
      });
  printer << '<';
  bool isSigned = true;
  if (named != getNamedFloatFormats().end()) {
    printer << named->name;
    isSigned = named->format.isSigned;
  } else {
    printer << "exponent = " << getExponent()
            << ", mantissa = " << getMantissa();
    if (getBias() != getDefaultBias(getExponent()))
      printer << ", bias = " << getBias();
    if (format.max != getDefaultMax(format))
      printer << ", max = " << getMax();
  }
  if (getIsSigned() != isSigned)
    printer << ", unsigned";
  if (getOverflow() != FloatOverflow::Saturate)
    printer << ", overflow = " << stringifyEnum(getOverflow());
  printer << '>';
}

LogicalResult
FloatFormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        unsigned exponent, unsigned mantissa, int bias,
                        APFloat max, bool, FloatOverflow) {
  if (failed(verifyFloatFormat(emitError, exponent, mantissa, bias)))
    return failure();
  if (&max.getSemantics() != &APFloat::IEEEdouble())
    return emitError() << "expects a max of type f64";
  FloatFormat format{exponent, mantissa, bias};
  double largest = getDefaultMax(format), value = max.convertToDouble();
  // Whether it is a number of the format: a whole number of its own spacings.
  double spacing = std::ldexp(
      1.0, std::max(value > 0.0 ? std::ilogb(value) - int(mantissa) : 0,
                    format.smallestExponent()));
  if (!(value > 0.0) || !(value <= largest) || std::fmod(value, spacing) != 0.0)
    return emitError()
           << "expects a max that the format can represent, above "
              "0 and up to "
           << llvm::formatv("{0}, but got {1}", largest, value).str();
  return success();
}

//===----------------------------------------------------------------------===//
// BinaryFormatAttr and TernaryFormatAttr
//===----------------------------------------------------------------------===//

Format BinaryFormatAttr::getFormat() const { return BinaryFormat{}; }

Format TernaryFormatAttr::getFormat() const {
  return TernaryFormat{getThreshold().convertToDouble()};
}

Attribute TernaryFormatAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  double threshold;
  if (parser.parseLess() || parser.parseKeyword("threshold") ||
      parser.parseEqual() || parser.parseFloat(threshold) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<TernaryFormatAttr>(loc, parser.getContext(),
                                              APFloat(threshold));
}

void TernaryFormatAttr::print(AsmPrinter &printer) const {
  printer << "<threshold = " << getThreshold() << '>';
}

LogicalResult
TernaryFormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          APFloat threshold) {
  if (&threshold.getSemantics() != &APFloat::IEEEdouble())
    return emitError() << "expects a threshold of type f64";
  if (!(threshold >= APFloat(0.0) && threshold < APFloat(1.0)))
    return emitError() << "expects a threshold in [0, 1), but got "
                       << threshold.convertToDouble();
  return success();
}
