//===- CorpusCase.cpp - What another system computed ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CorpusCase.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <cstring>
#include <map>

using namespace quant_act;
using llvm::APFloat;
using llvm::APInt;
using llvm::SmallVector;
using llvm::StringRef;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static std::string readFile(const std::string &name) {
  auto buffer = llvm::MemoryBuffer::getFile(name);
  if (!buffer) {
    ADD_FAILURE() << "cannot read " << name;
    return "";
  }
  return (*buffer)->getBuffer().str();
}

namespace {
/// A suite's files, and its cases, which refer to them.
struct Suite {
  /// Of `path`.json and `path`.bin.
  explicit Suite(const std::string &path)
      : manifest(nullptr), data(readFile(path + ".bin")) {
    auto parsed = json::parse(readFile(path + ".json"));
    if (!parsed) {
      ADD_FAILURE() << llvm::toString(parsed.takeError());
      return;
    }
    manifest = std::move(*parsed);
    for (const json::Value &entry : *manifest.getAsObject()->getArray("cases"))
      cases.emplace_back(*entry.getAsObject(), data);
  }

  json::Value manifest;
  std::string data;
  std::vector<CorpusCase> cases;
};
} // namespace

const std::vector<CorpusCase> &
quant_act::getCorpusCases(const std::string &folder, const std::string &name) {
  static std::map<std::string, std::unique_ptr<Suite>> suites;
  std::string path = folder + "/" + name;
  std::unique_ptr<Suite> &suite = suites[path];
  if (!suite)
    suite = std::make_unique<Suite>(path);
  return suite->cases;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static std::optional<ElementType> getFloatType(StringRef type) {
  return llvm::StringSwitch<std::optional<ElementType>>(type)
      .Case("f16", ElementType::F16)
      .Case("bf16", ElementType::BF16)
      .Case("f32", ElementType::F32)
      .Case("f64", ElementType::F64)
      .Default(std::nullopt);
}

/// The minifloats, of which files hold one code per byte; null for others.
static const llvm::fltSemantics *findMinifloat(StringRef type) {
  return llvm::StringSwitch<const llvm::fltSemantics *>(type)
      .Case("f8e4m3fn", &APFloat::Float8E4M3FN())
      .Case("f8e5m2", &APFloat::Float8E5M2())
      .Case("f8e4m3fnuz", &APFloat::Float8E4M3FNUZ())
      .Case("f8e5m2fnuz", &APFloat::Float8E5M2FNUZ())
      .Case("f4e2m1", &APFloat::Float4E2M1FN())
      .Default(nullptr);
}

/// The number that a minifloat's code stands for.
static double decode(const llvm::fltSemantics &semantics, uint8_t code) {
  APFloat value(semantics,
                APInt(APFloat::semanticsSizeInBits(semantics), code));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

/// The integer at `data`, of a type such as "i8", "u4" or "bool".
static int64_t readInteger(StringRef type, const char *data, unsigned bytes) {
  uint64_t raw = 0;
  std::memcpy(&raw, data, bytes);
  if (!type.starts_with("i"))
    return static_cast<int64_t>(raw);
  return llvm::SignExtend64(raw, bytes * 8);
}

CorpusTensor CorpusCase::read(const json::Object &tensor) const {
  std::string type = tensor.getString("dtype")->str();
  SmallVector<int64_t> shape;
  for (const json::Value &extent : *tensor.getArray("shape"))
    shape.push_back(*extent.getAsInteger());
  const char *bytes = data.data() + *tensor.getInteger("offset");
  size_t numBytes = *tensor.getInteger("nbytes");

  if (std::optional<ElementType> floatType = getFloatType(type)) {
    HostTensor values(*floatType, shape);
    std::memcpy(values.getData(), bytes, numBytes);
    return {type, std::move(values)};
  }
  const llvm::fltSemantics *minifloat = findMinifloat(type);
  HostTensor values(minifloat ? ElementType::F32 : ElementType::I64, shape);
  int64_t count = values.getNumElements();
  unsigned width = count == 0 ? 1 : numBytes / count;
  for (int64_t i = 0; i < count; ++i) {
    const char *element = bytes + i * width;
    if (minifloat)
      values.setDouble(i, decode(*minifloat, static_cast<uint8_t>(*element)));
    else
      static_cast<int64_t *>(values.getData())[i] =
          readInteger(type, element, width);
  }
  return {type, std::move(values)};
}

CorpusTensor CorpusCase::getInput(size_t index) const {
  return read(*(*object.getArray("inputs"))[index].getAsObject());
}

CorpusTensor CorpusCase::getOutput(size_t index) const {
  return read(*(*object.getArray("outputs"))[index].getAsObject());
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

std::optional<int64_t> CorpusCase::getInteger(StringRef attribute) const {
  return object.getObject("attrs")->getInteger(attribute);
}

bool CorpusCase::isTrue(StringRef attribute) const {
  const json::Object &attributes = *object.getObject("attrs");
  if (std::optional<bool> value = attributes.getBoolean(attribute))
    return *value;
  return attributes.getInteger(attribute).value_or(0) != 0;
}

std::string CorpusCase::getString(StringRef attribute) const {
  return object.getObject("attrs")->getString(attribute).value_or("").str();
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

testing::AssertionResult CorpusCase::compare(const HostTensor &actual,
                                             const HostTensor &expected,
                                             double rtol) const {
  const json::Object &mode = *object.getObject("compare");
  bool isExact = *mode.getString("mode") == "exact";
  if (!isExact)
    rtol = std::max(rtol, *mode.getNumber("rtol"));
  double atol = isExact ? 0.0 : *mode.getNumber("atol");
  if (actual.getShape() != expected.getShape() ||
      actual.getElementType() != expected.getElementType())
    return testing::AssertionFailure()
           << "got " << quant_act::getName(actual.getElementType()).str() << " "
           << formatShape(actual.getShape()) << ", expected "
           << quant_act::getName(expected.getElementType()).str() << " "
           << formatShape(expected.getShape());
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i) {
    double a = actual.getDouble(i), b = expected.getDouble(i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    if (std::isfinite(b) && std::abs(a - b) <= atol + rtol * std::abs(b))
      continue;
    return testing::AssertionFailure()
           << "element " << i << " is " << a << ", expected " << b;
  }
  return testing::AssertionSuccess();
}
