//===- AttributeSyntax.h - Text shared by attributes and ops ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands inside an attribute's angle brackets, and bare in an op's text:
// `percentile<99.9>`, `power_of_two<ceil>`, `relu`.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_DIALECT_QUANTACT_IR_ATTRIBUTESYNTAX_H
#define QUANTACT_LIB_DIALECT_QUANTACT_IR_ATTRIBUTESYNTAX_H

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "llvm/ADT/StringExtras.h"

namespace quant_act {

/// The keywords of an enumeration whose values count from 0.
template <typename Enum>
llvm::SmallVector<llvm::StringRef> getKeywords() {
  llvm::SmallVector<llvm::StringRef> keywords;
  for (unsigned i = 0; !stringifyEnum(static_cast<Enum>(i)).empty(); ++i)
    keywords.push_back(stringifyEnum(static_cast<Enum>(i)));
  return keywords;
}

/// Says that a keyword is none of an enumeration; `what` names that.
template <typename Enum>
mlir::ParseResult emitUnknownKeyword(mlir::AsmParser &parser, llvm::SMLoc loc,
                                     llvm::StringRef what,
                                     llvm::StringRef keyword) {
  return parser.emitError(loc)
         << "unknown " << what << " '" << keyword << "'; expects one of "
         << llvm::join(getKeywords<Enum>(), ", ");
}

/// Parses a keyword of an enumeration; `what` names it in the error.
template <typename Enum>
mlir::ParseResult parseEnumKeyword(mlir::AsmParser &parser,
                                   llvm::StringRef what, Enum &value) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  llvm::StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return mlir::failure();
  auto symbol = symbolizeEnum<Enum>(keyword);
  if (!symbol)
    return emitUnknownKeyword<Enum>(parser, loc, what, keyword);
  value = *symbol;
  return mlir::success();
}

/// Parses `= keyword`.
template <typename Enum>
mlir::ParseResult parseEnumValue(mlir::AsmParser &parser, llvm::StringRef what,
                                 Enum &value) {
  return mlir::failure(parser.parseEqual() ||
                       parseEnumKeyword(parser, what, value));
}

/// Parses `<name or field, field, ...>`, what presets with overrides look like.
/// `takePreset` gets the first keyword and tells whether it names a preset;
/// `parseField` parses what follows the keyword of a field.
mlir::ParseResult parsePresetAndFields(
    mlir::AsmParser &parser,
    llvm::function_ref<bool(llvm::StringRef)> takePreset,
    llvm::function_ref<mlir::ParseResult(llvm::StringRef, llvm::SMLoc)>
        parseField);

/// Parses an attribute, or the angle brackets of a `Bare` alone. `what` names
/// in the error what it has to be.
template <typename Bare, typename Attr>
mlir::ParseResult parseAttributeOrBody(mlir::AsmParser &parser,
                                       llvm::StringRef what, Attr &result) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  mlir::Attribute attribute;
  mlir::OptionalParseResult parsed = parser.parseOptionalAttribute(attribute);
  if (!parsed.has_value())
    attribute = Bare::parse(parser, mlir::Type());
  if (!attribute || (parsed.has_value() && failed(*parsed)))
    return mlir::failure();
  result = llvm::dyn_cast<Attr>(attribute);
  if (result)
    return mlir::success();
  return parser.emitError(loc)
         << "expects " << what << ", but got " << attribute;
}

mlir::ParseResult parseStatistic(mlir::AsmParser &parser,
                                 StatisticAttr &statistic);

/// The statistic of a layer, or nothing where what follows it comes next.
mlir::ParseResult parseOptionalStatistic(mlir::AsmParser &parser,
                                         StatisticAttr &statistic);
void printStatisticBody(mlir::AsmPrinter &printer, StatisticAttr statistic);

mlir::ParseResult parseRestriction(mlir::AsmParser &parser,
                                   RestrictionAttr &restriction);
void printRestrictionBody(mlir::AsmPrinter &printer,
                          RestrictionAttr restriction);

mlir::ParseResult parseActivation(mlir::AsmParser &parser,
                                  ActivationAttr &activation);
void printActivationBody(mlir::AsmPrinter &printer, ActivationAttr activation);

/// A format: an integer format may be its angle brackets alone.
mlir::ParseResult parseFormat(mlir::AsmParser &parser, FormatAttr &format);
void printFormatBody(mlir::AsmPrinter &printer, FormatAttr format);

} // namespace quant_act

#endif // QUANTACT_LIB_DIALECT_QUANTACT_IR_ATTRIBUTESYNTAX_H
