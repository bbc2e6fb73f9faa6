//===- CHeader.cpp - The C interface of compiled functions ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/CHeader.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace quant_act;

using llvm::createStringError;
using llvm::Error;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Words that are no names, in C or in C++.
static bool isKeyword(StringRef name) {
  static const llvm::StringSet<> keywords = {"alignas",
                                             "alignof",
                                             "and",
                                             "and_eq",
                                             "asm",
                                             "auto",
                                             "bitand",
                                             "bitor",
                                             "bool",
                                             "break",
                                             "case",
                                             "catch",
                                             "char",
                                             "char16_t",
                                             "char32_t",
                                             "char8_t",
                                             "class",
                                             "co_await",
                                             "co_return",
                                             "co_yield",
                                             "compl",
                                             "concept",
                                             "const",
                                             "const_cast",
                                             "consteval",
                                             "constexpr",
                                             "constinit",
                                             "continue",
                                             "decltype",
                                             "default",
                                             "delete",
                                             "do",
                                             "double",
                                             "dynamic_cast",
                                             "else",
                                             "enum",
                                             "explicit",
                                             "export",
                                             "extern",
                                             "false",
                                             "float",
                                             "for",
                                             "friend",
                                             "goto",
                                             "if",
                                             "inline",
                                             "int",
                                             "long",
                                             "mutable",
                                             "namespace",
                                             "new",
                                             "noexcept",
                                             "not",
                                             "not_eq",
                                             "nullptr",
                                             "operator",
                                             "or",
                                             "or_eq",
                                             "private",
                                             "protected",
                                             "public",
                                             "register",
                                             "reinterpret_cast",
                                             "requires",
                                             "restrict",
                                             "return",
                                             "short",
                                             "signed",
                                             "sizeof",
                                             "static",
                                             "static_assert",
                                             "static_cast",
                                             "struct",
                                             "switch",
                                             "template",
                                             "this",
                                             "thread_local",
                                             "throw",
                                             "true",
                                             "try",
                                             "typedef",
                                             "typeid",
                                             "typename",
                                             "typeof",
                                             "typeof_unqual",
                                             "union",
                                             "unsigned",
                                             "using",
                                             "virtual",
                                             "void",
                                             "volatile",
                                             "wchar_t",
                                             "while",
                                             "xor",
                                             "xor_eq"};
  return keywords.contains(name);
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

Error quant_act::checkCName(StringRef function, const llvm::Triple &triple) {
  auto fail = [&](const Twine &reason) {
    return createStringError("function '" + function +
                             "' cannot be exported: " + reason +
                             "; --prefix puts something before the name");
  };
  if (!isIdentifier(function) || isKeyword(function))
    return fail("its name is no name in C and C++");
  llvm::TargetLibraryInfoImpl library(triple);
  llvm::LibFunc found;
  if (function == "main" || library.getLibFunc(function, found))
    return fail("C has a function of this name");
  return Error::success();
}

/// A name in C that is like the given one and like no other.
static std::string makeCName(StringRef name, llvm::StringSet<> &taken) {
  std::string base;
  for (char c : name)
    base += llvm::isAlnum(c) ? c : '_';
  if (!isIdentifier(base) || isKeyword(base))
    base = "_" + base;
  std::string unique = base;
  for (unsigned i = 2; !taken.insert(unique).second; ++i)
    unique = base + "_" + std::to_string(i);
  return unique;
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

static StringRef getCType(ElementType type) {
  switch (type) {
  case ElementType::F8E4M3FN:
  case ElementType::F8E5M2:
  case ElementType::F8E4M3FNUZ:
  case ElementType::F8E5M2FNUZ:
  case ElementType::F8E8M0FNU:
  case ElementType::F6E2M3FN:
  case ElementType::F6E3M2FN:
  case ElementType::F4E2M1FN:
    return "uint8_t";
  case ElementType::F16:
  case ElementType::BF16:
    return "uint16_t";
  case ElementType::F32:
    return "float";
  case ElementType::F64:
    return "double";
  case ElementType::I8:
    return "int8_t";
  case ElementType::I16:
    return "int16_t";
  case ElementType::I32:
    return "int32_t";
  case ElementType::I64:
    return "int64_t";
  }
  llvm_unreachable("unknown element type");
}

namespace {

/// One function's declarations.
class Declaration {
public:
  explicit Declaration(const Signature &signature);

  void print(raw_ostream &os) const;
  void printShapes(raw_ostream &os) const;

private:
  SmallVector<std::string> getParameters() const;

  const Signature &signature;
  llvm::StringSet<> taken;
  SmallVector<std::string> argumentNames, resultNames;
  /// For each argument, the names of its dynamic extents.
  SmallVector<SmallVector<std::string>> extentNames;
};

} // namespace

Declaration::Declaration(const Signature &signature) : signature(signature) {
  for (const TensorSpec &spec : signature.arguments)
    argumentNames.push_back(makeCName(spec.name, taken));
  for (auto [spec, name] :
       llvm::zip_equal(signature.arguments, argumentNames)) {
    SmallVector<std::string> &extents = extentNames.emplace_back();
    for (auto [dim, extent] : llvm::enumerate(spec.shape))
      if (ShapedType::isDynamic(extent))
        extents.push_back(
            makeCName(name + "_dim" + std::to_string(dim), taken));
  }
  // State that is updated is an argument and a result of one name.
  for (const TensorSpec &spec : signature.results)
    resultNames.push_back(makeCName(
        taken.contains(spec.name) ? "new_" + spec.name : spec.name, taken));
}

/// What the function is passed for its arguments.
SmallVector<std::string> Declaration::getParameters() const {
  SmallVector<std::string> parameters;
  for (auto [spec, name, extents] :
       llvm::zip_equal(signature.arguments, argumentNames, extentNames)) {
    parameters.push_back(("const " + getCType(spec.type) + " *" + name).str());
    for (const std::string &extent : extents)
      parameters.push_back("int64_t " + extent);
  }
  return parameters;
}

/// `const char *name(parameters);`, in lines of at most 80 columns.
static void printPrototype(raw_ostream &os, StringRef name,
                           ArrayRef<std::string> parameters) {
  std::string line = ("const char *" + name + "(").str();
  if (parameters.empty())
    line += "void";
  for (auto [index, parameter] : llvm::enumerate(parameters)) {
    bool isLast = index + 1 == parameters.size();
    size_t width = line.size() + parameter.size() + (isLast ? 2 : 1);
    if (index > 0 && width + 1 > 80) {
      os << line << '\n';
      line = "    " + parameter;
    } else {
      line += (index > 0 ? " " : "") + parameter;
    }
    if (!isLast)
      line += ',';
  }
  os << line << ");\n";
}

void Declaration::print(raw_ostream &os) const {
  os << "/*";
  for (auto [spec, name] : llvm::zip_equal(signature.arguments, argumentNames))
    os << ' ' << name << ": " << spec.format() << "\n  ";
  for (auto [spec, name] : llvm::zip_equal(signature.results, resultNames))
    os << " -> " << name << ": " << spec.format()
       << (&spec == &signature.results.back() ? "" : "\n  ");
  os << " */\n";
  SmallVector<std::string> parameters = getParameters();
  for (auto [spec, name] : llvm::zip_equal(signature.results, resultNames))
    parameters.push_back((getCType(spec.type) + " *" + name).str());
  printPrototype(os, signature.name, parameters);
}

void Declaration::printShapes(raw_ostream &os) const {
  if (llvm::all_of(signature.results,
                   [](const TensorSpec &spec) { return spec.isStatic(); }))
    return;
  os << "\n/* Writes the extents of what " << signature.name << " writes:";
  size_t position = 0;
  for (auto [spec, name] : llvm::zip_equal(signature.results, resultNames))
    for (size_t dim = 0; dim < spec.shape.size(); ++dim, ++position)
      os << (position == 0 ? "" : ",") << "\n   extents[" << position
         << "]: dimension " << dim << " of " << name;
  os << " */\n";
  SmallVector<std::string> parameters = getParameters();
  llvm::StringSet<> names = taken;
  parameters.push_back("int64_t *" + makeCName("extents", names));
  printPrototype(os, getResultShapesName(signature.name), parameters);
}

static constexpr StringRef firstLine =
    "/* Written by quant-compile: changes will be lost. */\n";

bool quant_act::isCHeader(StringRef text) {
  return text.starts_with(firstLine);
}

static constexpr StringRef conventions = R"(/*
 * Arrays are contiguous, row-major and aligned as their elements are; a pointer
 * is followed by those extents of the array that are not fixed, none negative.
 * Elements of bf16 and f16 are passed as the uint16_t, those of 8-bit floats as the
 * uint8_t, that have their bits; integers of any sign as int8_t and so on. The
 * processor is to be in its usual mode: rounding to nearest, keeping subnormals.
 *
 * A function returns null, or a message that says what was wrong: a constant of
 * the library. Results are undefined then. Arrays for results are the caller's and
 * overlap no others, except that where a function is a single operation on the
 * elements of an array, that array may be the result's (in place).
 *
)";

static constexpr StringRef stateful =
    " * Functions keep state in the library: one thread at a time may call "
    "them.\n";
static constexpr StringRef stateless =
    " * Functions keep nothing between calls: any number of threads may call "
    "them.\n";
static constexpr StringRef runtimeLibrary = R"( *
 * They call quant-act's library: link with libQuantActRuntime.a, which is where
 * quant-act is installed (-lQuantActRuntime).
)";

void quant_act::printCHeader(raw_ostream &os, StringRef name,
                             ArrayRef<Signature> functions,
                             const CodeProperties &properties) {
  llvm::StringSet<> none;
  std::string guard = "QUANT_ACT_" + StringRef(makeCName(name, none)).upper();
  os << firstLine << "\n#ifndef " << guard << "\n#define " << guard
     << "\n\n#include <stdint.h>\n\n"
     << conventions << (properties.keepsState ? stateful : stateless)
     << (properties.needsRuntimeLibrary ? runtimeLibrary : "")
     << " */\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  for (const Signature &signature : functions) {
    Declaration declaration(signature);
    os << '\n';
    declaration.print(os);
    declaration.printShapes(os);
  }
  os << "\n#ifdef __cplusplus\n} // extern \"C\"\n#endif\n\n#endif /* " << guard
     << " */\n";
}
