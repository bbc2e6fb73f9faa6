//===- AttributeSyntax.cpp - Text shared by attributes and ops ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeSyntax.h"

#include "QuantAct/Numerics/Statistics.h"

#include "mlir/IR/OpImplementation.h"

#include <array>
#include <charconv>
#include <utility>

using namespace mlir;
using namespace quant_act;

/// Parses `<number, ...>`.
static ParseResult parseNumbers(AsmParser &parser,
                                MutableArrayRef<double> numbers) {
  if (numbers.empty())
    return success();
  if (parser.parseLess())
    return failure();
  for (auto [index, number] : llvm::enumerate(numbers))
    if ((index != 0 && parser.parseComma()) || parser.parseFloat(number))
      return failure();
  return parser.parseGreater();
}

/// Parses `<grid>`, which may be the grid's angle brackets alone.
static ParseResult parseStatisticGrid(AsmParser &parser, GridAttr &grid) {
  return failure(parser.parseLess() ||
                 parseAttributeOrBody<GridAttr>(
                     parser, "a grid (#quant_act.grid)", grid) ||
                 parser.parseGreater());
}

/// Parses what follows a statistic's keyword, which stands at `loc`.
static ParseResult parseStatisticRest(AsmParser &parser, SMLoc loc,
                                      StatisticKind kind,
                                      StatisticAttr &statistic) {
  StatisticDefinition definition = getDefinition(kind);
  SmallVector<double> numbers(definition.getNumNumbers(), 0.0);
  GridAttr grid;
  if (parseNumbers(parser, numbers) ||
      (definition.hasGrid && parseStatisticGrid(parser, grid)))
    return failure();
  statistic = parser.getChecked<StatisticAttr>(
      loc, parser.getContext(), kind,
      DenseF64ArrayAttr::get(parser.getContext(), numbers), grid);
  return failure(!statistic);
}

ParseResult quant_act::parseStatistic(AsmParser &parser,
                                      StatisticAttr &statistic) {
  SMLoc loc = parser.getCurrentLocation();
  StatisticKind kind{};
  return failure(parseEnumKeyword(parser, "statistic", kind) ||
                 parseStatisticRest(parser, loc, kind, statistic));
}

/// The keyword that the text, which ends with a 0, begins with; empty if with
/// none.
static StringRef takeKeyword(const char *text) {
  const char *end = text;
  while (llvm::isAlnum(*end) || *end == '_')
    ++end;
  return StringRef(text, end - text);
}

/// The keyword that comes next, which stays. MLIR's parser takes what it
/// compares.
static StringRef peekKeyword(AsmParser &parser) {
  return takeKeyword(parser.getCurrentLocation().getPointer());
}

/// The keyword after another.
static StringRef peekAfter(StringRef keyword) {
  const char *text = keyword.end();
  while (llvm::isSpace(*text))
    ++text;
  return takeKeyword(text);
}

ParseResult quant_act::parseOptionalStatistic(AsmParser &parser,
                                              StatisticAttr &statistic) {
  static const StringRef follow[] = {
      "symmetric", "low_from",    "scaling",     "signed_scale", "given_low",
      "steps",     "momentum",    "delay",       "restrict",     "minimum",
      "to",        "low_average", "low_momentum"};
  SMLoc loc = parser.getCurrentLocation();
  StringRef next = peekKeyword(parser), keyword;
  if (failed(
          parser.parseOptionalKeyword(&keyword, getKeywords<StatisticKind>())))
    return next.empty() || llvm::is_contained(follow, next)
               ? success()
               : emitUnknownKeyword<StatisticKind>(parser, loc, "statistic",
                                                   next);
  return parseStatisticRest(parser, loc,
                            *quant_act::symbolizeEnum<StatisticKind>(keyword),
                            statistic);
}

/// The shortest text that reads back as the same number: 99.999, not
/// 99.998999999999995.
static std::string formatNumber(double value) {
  std::array<char, 512> buffer;
  auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    std::chars_format::fixed);
  assert(error == std::errc() && "a double has at most 309 digits before, and "
                                 "its shortest form few after the point");
  (void)error;
  std::string text(buffer.data(), end);
  // The lexer wants a point in a floating-point number.
  return StringRef(text).contains('.') ? text : text + ".0";
}

void quant_act::printStatisticBody(AsmPrinter &printer,
                                   StatisticAttr statistic) {
  printer << stringifyEnum(statistic.getKind());
  ArrayRef<double> numbers = statistic.getNumbers();
  if (!numbers.empty()) {
    printer << '<';
    llvm::interleaveComma(numbers, printer, [&](double number) {
      printer << formatNumber(number);
    });
    printer << '>';
  }
  if (statistic.getGrid()) {
    printer << '<';
    printer.printStrippedAttrOrType(statistic.getGrid());
    printer << '>';
  }
}

ParseResult quant_act::parseRestriction(AsmParser &parser,
                                        RestrictionAttr &restriction) {
  SMLoc loc = parser.getCurrentLocation();
  RestrictionKind kind{};
  Rounding rounding = Rounding::HalfEven;
  if (parseEnumKeyword(parser, "restriction", kind))
    return failure();
  if (succeeded(parser.parseOptionalLess()) &&
      (parseEnumKeyword(parser, "rounding", rounding) || parser.parseGreater()))
    return failure();
  restriction = parser.getChecked<RestrictionAttr>(loc, parser.getContext(),
                                                   kind, rounding);
  return failure(!restriction);
}

void quant_act::printRestrictionBody(AsmPrinter &printer,
                                     RestrictionAttr restriction) {
  printer << stringifyEnum(restriction.getKind());
  if (restriction.getRounding() != Rounding::HalfEven)
    printer << '<' << stringifyEnum(restriction.getRounding()) << '>';
}

/// Whether a keyword stands where an activation may, and is none: what follows
/// one follows it. Of layers that is the phase.
static bool isMistypedActivation(StringRef keyword) {
  auto isNext = [](StringRef next) {
    return next == "to" || next == "on" ||
           quant_act::symbolizeEnum<Phase>(next).has_value();
  };
  if (keyword.empty() || isNext(keyword))
    return false;
  StringRef next = peekAfter(keyword);
  return next.empty() || isNext(next);
}

ParseResult quant_act::parseActivation(AsmParser &parser,
                                       ActivationAttr &activation) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef next = peekKeyword(parser), keyword;
  Activation value = Activation::Identity;
  if (succeeded(
          parser.parseOptionalKeyword(&keyword, getKeywords<Activation>())))
    value = *quant_act::symbolizeEnum<Activation>(keyword);
  else if (isMistypedActivation(next))
    return emitUnknownKeyword<Activation>(parser, loc, "activation", next);
  activation = ActivationAttr::get(parser.getContext(), value);
  return success();
}

void quant_act::printActivationBody(AsmPrinter &printer,
                                    ActivationAttr activation) {
  if (activation && activation.getValue() != Activation::Identity)
    printer << ' ' << stringifyEnum(activation.getValue());
}

ParseResult quant_act::parseFormat(AsmParser &parser, FormatAttr &format) {
  return parseAttributeOrBody<IntFormatAttr>(
      parser, "a format (#quant_act.int, float, binary or ternary)", format);
}

void quant_act::printFormatBody(AsmPrinter &printer, FormatAttr format) {
  if (auto integer = dyn_cast<IntFormatAttr>(format))
    printer.printStrippedAttrOrType(integer);
  else
    printer << format;
}

ParseResult quant_act::parsePresetAndFields(
    AsmParser &parser, function_ref<bool(StringRef)> takePreset,
    function_ref<ParseResult(StringRef, SMLoc)> parseField) {
  bool isFirst = true;
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::LessGreater, [&]() -> ParseResult {
        StringRef name;
        SMLoc loc = parser.getCurrentLocation();
        if (parser.parseKeyword(&name))
          return failure();
        if (std::exchange(isFirst, false) && takePreset(name))
          return success();
        return parseField(name, loc);
      });
}
