//===- Signature.cpp - What a function takes and returns ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Signature.h"

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace quant_act;

bool TensorSpec::isStatic() const { return !ShapedType::isDynamicShape(shape); }

std::string TensorSpec::format() const {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text +=
        (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent)) + "x";
  return text + getName(type).str() + ">";
}

/// The spec of an argument or result of the given type and attributes.
static llvm::Expected<TensorSpec> getSpec(StringRef function, Type type,
                                          DictionaryAttr attributes,
                                          const std::string &defaultName) {
  std::string name = defaultName;
  if (attributes)
    if (auto named =
            attributes.getAs<StringAttr>(QuantActDialect::nameAttrName))
      name = named.str();
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<ElementType> elementType;
  if (tensor)
    elementType = toElementType(tensor.getElementType());
  if (!elementType) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return llvm::createStringError("function '" + function +
                                   "' cannot be called: '" + name +
                                   "' is to be a ranked tensor of a "
                                   "minifloat that stores codes, f16, bf16, "
                                   "f32, f64, i8, i16, i32 or i64, but is " +
                                   text);
  }
  TensorSpec spec{
      name, *elementType, SmallVector<int64_t>(tensor.getShape()), {}};
  if (spec.isStatic())
    if (llvm::Error error = HostTensor::checkShape(spec.type, spec.shape))
      return llvm::createStringError("function '" + function +
                                     "' cannot be called: '" + name +
                                     "': " + llvm::toString(std::move(error)));
  if (attributes)
    if (auto initial = attributes.getAs<DenseElementsAttr>(
            QuantActDialect::initialAttrName))
      spec.initial = toHostTensor(initial);
  return spec;
}

/// Names address arguments and results, so each is to be there once. (A default
/// name may be another one's quant_act.name.)
static llvm::Error checkUnique(StringRef function, StringRef kind,
                               ArrayRef<TensorSpec> specs) {
  llvm::StringSet<> names;
  for (const TensorSpec &spec : specs)
    if (!names.insert(spec.name).second)
      return llvm::createStringError("function '" + function +
                                     "' cannot be called: it has several " +
                                     kind + "s called '" + spec.name + "'");
  return llvm::Error::success();
}

llvm::Expected<Signature> Signature::get(func::FuncOp function) {
  Signature signature;
  signature.name = function.getName().str();
  if (function.isExternal())
    return llvm::createStringError("function '" + signature.name +
                                   "' cannot be called: it has no body");
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto spec = getSpec(signature.name, type, function.getArgAttrDict(index),
                        "arg" + std::to_string(index));
    if (!spec)
      return spec.takeError();
    signature.arguments.push_back(*spec);
  }
  for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
    auto spec = getSpec(signature.name, type, function.getResultAttrDict(index),
                        "result" + std::to_string(index));
    if (!spec)
      return spec.takeError();
    signature.results.push_back(*spec);
  }
  if (llvm::Error error =
          checkUnique(signature.name, "argument", signature.arguments))
    return std::move(error);
  if (llvm::Error error =
          checkUnique(signature.name, "result", signature.results))
    return std::move(error);
  return signature;
}

bool TensorSpec::fits(const HostTensor &value) const {
  if (value.getElementType() != type ||
      value.getRank() != static_cast<int64_t>(shape.size()))
    return false;
  return llvm::all_of(llvm::zip(shape, value.getShape()), [](auto pair) {
    auto [expected, actual] = pair;
    return ShapedType::isDynamic(expected) || expected == actual;
  });
}

llvm::Error
Signature::checkArguments(ArrayRef<const HostTensor *> values) const {
  if (values.size() != arguments.size())
    return llvm::createStringError(
        llvm::formatv("function '{0}' takes {1} arguments, but got {2}", name,
                      arguments.size(), values.size()));
  for (auto [spec, value] : llvm::zip(arguments, values)) {
    if (spec.fits(*value))
      continue;
    TensorSpec actual{"",
                      value->getElementType(),
                      SmallVector<int64_t>(value->getShape()),
                      {}};
    return llvm::createStringError(
        "argument '" + spec.name + "' of function '" + name + "' is " +
        spec.format() + ", but got " + actual.format());
  }
  return llvm::Error::success();
}
