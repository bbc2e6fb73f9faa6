//===- GoldenCase.cpp - What a training framework computed ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GoldenCase.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdlib>
#include <cstring>
#include <list>

using namespace quant_act;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// The environment variable that names a folder of other cases.
static constexpr const char *folderVariable = "QUANT_ACT_GOLDEN_CASES";

bool quant_act::hasOtherGoldenCases() {
  return std::getenv(folderVariable) != nullptr;
}

static std::vector<std::string> getFolders() {
  if (hasOtherGoldenCases())
    return {std::getenv(folderVariable)};
  std::string inputs = GOLDEN_INPUTS;
  return {inputs + "/layers", inputs + "/families", inputs + "/given",
          inputs + "/lows", inputs + "/nonfinite"};
}

static std::string readFile(const std::string &name) {
  auto buffer = llvm::MemoryBuffer::getFile(name);
  if (!buffer) {
    ADD_FAILURE() << "cannot read " << name;
    return "";
  }
  return (*buffer)->getBuffer().str();
}

/// A folder's manifest; empty, with a failure of the test, if it is none.
static json::Object readManifest(const std::string &folder) {
  auto parsed = json::parse(readFile(folder + "/manifest.json"));
  if (!parsed) {
    ADD_FAILURE() << llvm::toString(parsed.takeError());
    return {};
  }
  return std::move(*parsed->getAsObject());
}

const std::vector<GoldenCase> &quant_act::getGoldenCases() {
  // The cases refer to the manifests.
  static std::list<json::Object> manifests;
  static const std::vector<GoldenCase> cases = [] {
    std::vector<GoldenCase> cases;
    for (const std::string &folder : getFolders()) {
      const json::Object &manifest =
          manifests.emplace_back(readManifest(folder));
      if (const json::Array *entries = manifest.getArray("cases"))
        for (const json::Value &entry : *entries) {
          const json::Object &object = *entry.getAsObject();
          cases.emplace_back(
              object, readFile(folder + "/" + object.getString("file")->str()));
        }
    }
    return cases;
  }();
  return cases;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

std::string quant_act::formatDouble(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.17e", value);
  return text;
}

static SmallVector<int64_t> toIntegers(const json::Array &array) {
  return llvm::to_vector(llvm::map_range(
      array, [](const json::Value &value) { return *value.getAsInteger(); }));
}

/// The numbers of a nested array, in order, as a tensor with that many elements
/// or with one number for all.
static HostTensor toTensor(const json::Value &value, ArrayRef<int64_t> shape) {
  std::vector<double> numbers;
  std::vector<const json::Value *> rest{&value};
  while (!rest.empty()) {
    const json::Value &next = *rest.back();
    rest.pop_back();
    if (const json::Array *array = next.getAsArray())
      for (const json::Value &nested : llvm::reverse(*array))
        rest.push_back(&nested);
    else
      numbers.push_back(*next.getAsNumber());
  }
  HostTensor tensor(ElementType::F32, shape);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor.setDouble(i, numbers[numbers.size() == 1 ? 0 : i]);
  return tensor;
}

std::string quant_act::nameGoldenTest(
    const ::testing::TestParamInfo<GoldenParameter> &info) {
  auto [golden, isCompiled] = info.param;
  return golden->getName() + (isCompiled ? "_compiled" : "_interpreted");
}

//===----------------------------------------------------------------------===//
// GoldenCase
//===----------------------------------------------------------------------===//

/// The modes as a list, or as what the steps of a configuration say.
static std::vector<std::string> getModes(const json::Object &object,
                                         const json::Object &config) {
  std::vector<std::string> modes;
  if (const json::Array *array = object.getArray("modes")) {
    for (const json::Value &mode : *array)
      modes.push_back(mode.getAsString()->str());
    return modes;
  }
  for (const json::Value &step : *config.getArray("steps"))
    modes.push_back(step.getAsObject()->getString("mode")->str());
  return modes;
}

static const json::Object &getConfig(const json::Object &object) {
  const json::Object *config = object.getObject("config");
  return config ? *config : object;
}

GoldenCase::GoldenCase(const json::Object &object, std::string data)
    : object(object), config(getConfig(object)),
      settings(*object.getObject("resolved")), modes(getModes(object, config)),
      data(std::move(data)) {}

bool GoldenCase::isBitExact() const {
  const json::Object *reference = object.getObject("numpy_ref");
  return *(reference ? *reference : object).getBoolean("forward_bit_exact");
}

std::string GoldenCase::getFamily() const {
  return object.getString("family").value_or("").str();
}

std::string GoldenCase::get(StringRef key) const {
  return settings.getString(key).value_or("").str();
}

bool GoldenCase::isTrue(StringRef key) const {
  return settings.getBoolean(key).value_or(false);
}

double GoldenCase::getNumber(StringRef key, double missing) const {
  return settings.getNumber(key).value_or(missing);
}

static std::string getKey(size_t step, StringRef name) {
  return ("s" + Twine(step) + "." + name).str();
}

bool GoldenCase::isNoise(size_t step, StringRef gradient) const {
  const json::Array *noise = object.getArray("gradient_noise");
  return noise &&
         llvm::is_contained(*noise, json::Value(getKey(step, gradient)));
}

SmallVector<int64_t> GoldenCase::getShape() const {
  return toIntegers(*config.getArray("shape"));
}

SmallVector<int64_t> GoldenCase::getParameterShape() const {
  if (!isPerChannel())
    return {};
  return {getShape()[getChannelDim()]};
}

/// Integers as text; the entry `open` as a question mark.
static std::string formatList(ArrayRef<int64_t> values,
                              std::optional<int64_t> open = std::nullopt) {
  std::vector<std::string> texts;
  for (auto [dim, value] : llvm::enumerate(values))
    texts.push_back(open == static_cast<int64_t>(dim) ? "?"
                                                      : std::to_string(value));
  return "[" + llvm::join(texts, ", ") + "]";
}

std::string GoldenCase::getGrid() const {
  if (!isPerChannel())
    return "";
  // A shorter broadcast shape is aligned to the right, as broadcasting does.
  SmallVector<int64_t> broadcast = toIntegers(*settings.getArray("shape"));
  size_t rank = getShape().size();
  broadcast.insert(broadcast.begin(), rank - broadcast.size(), 1);
  int64_t channel = getChannelDim();
  SmallVector<int64_t> permutation{channel};
  for (int64_t dim = 0, e = rank; dim < e; ++dim)
    if (dim != channel)
      permutation.push_back(dim);
  if (const json::Array *given = settings.getArray("permute"))
    permutation = toIntegers(*given);
  // One channel is kept as `?`.
  std::optional<int64_t> open;
  if (broadcast[channel] == 1)
    open = channel;
  return "#quant_act.grid<broadcast = " + formatList(broadcast, open) +
         ", permutation = " + formatList(permutation) + ">";
}

std::optional<HostTensor> GoldenCase::getTensor(size_t step,
                                                StringRef name) const {
  const json::Object *entry =
      object.getObject("tensors")->getObject(getKey(step, name));
  if (!entry)
    return std::nullopt;
  return getTensor(step, name, toIntegers(*entry->getArray("shape")));
}

std::optional<HostTensor> GoldenCase::getTensor(size_t step, StringRef name,
                                                ArrayRef<int64_t> shape) const {
  const json::Object *entry =
      object.getObject("tensors")->getObject(getKey(step, name));
  if (!entry)
    return std::nullopt;
  HostTensor tensor(ElementType::F32, shape);
  size_t offset = *entry->getInteger("offset");
  if (offset + tensor.getNumBytes() > data.size()) {
    ADD_FAILURE() << getKey(step, name) << " is beyond the end of the file";
    return std::nullopt;
  }
  std::memcpy(tensor.getData(), data.data() + offset, tensor.getNumBytes());
  return tensor;
}

std::optional<double> GoldenCase::getScalar(size_t step, StringRef name) const {
  return object.getObject("scalars")->getNumber(getKey(step, name));
}

std::optional<HostTensor>
GoldenCase::getOverwritten(size_t step, StringRef name,
                           ArrayRef<int64_t> shape) const {
  const json::Array *steps = object.getArray("set_state");
  const json::Object *set = steps ? (*steps)[step].getAsObject() : nullptr;
  const json::Value *value = set ? set->get(name) : nullptr;
  if (!value)
    return std::nullopt;
  return toTensor(*value, shape);
}

std::optional<HostTensor> GoldenCase::getInit(StringRef key) const {
  const json::Value *init = settings.get(key);
  if (!init || init->getAsNull())
    return std::nullopt;
  return toTensor(*init, getParameterShape());
}
