//===- GoldenTest.cpp - Layers as Brevitas computes them ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs quant_act.act, interpreted and compiled, on cases that Brevitas produced
// (Inputs, README.md): each training step while statistics are collected, each
// calibration step and each evaluation, from the state that Brevitas had before
// it. Training on the learned parameter is no phase of the op yet; those steps
// only supply the state of the evaluations after them.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace quant_act;
namespace json = llvm::json;

namespace {

std::string readFile(const std::string &name) {
  auto buffer =
      llvm::MemoryBuffer::getFile(std::string(GOLDEN_INPUTS) + "/" + name);
  if (!buffer) {
    ADD_FAILURE() << "cannot read " << name;
    return "";
  }
  return (*buffer)->getBuffer().str();
}

const json::Array &getCases() {
  static const json::Value manifest = [] {
    auto parsed = json::parse(readFile("manifest.json"));
    return parsed ? std::move(*parsed) : json::Value(nullptr);
  }();
  static const json::Array none;
  const json::Object *object = manifest.getAsObject();
  return object && object->getArray("cases") ? *object->getArray("cases")
                                             : none;
}

/// Doubles as the parser wants them: with a point and every digit.
std::string formatDouble(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.17e", value);
  return text;
}

SmallVector<int64_t> toIntegers(const json::Array &array) {
  return llvm::to_vector(llvm::map_range(
      array, [](const json::Value &value) { return *value.getAsInteger(); }));
}

/// The numbers of a nested array, in order.
void flatten(const json::Value &value, std::vector<double> &numbers) {
  if (const json::Array *array = value.getAsArray())
    for (const json::Value &nested : *array)
      flatten(nested, numbers);
  else
    numbers.push_back(*value.getAsNumber());
}

/// One case of the manifest.
class GoldenCase {
public:
  explicit GoldenCase(const json::Object &object)
      : object(object), resolved(*object.getObject("resolved")),
        data(readFile(getString(object, "file"))) {}

  static std::string getString(const json::Object &object, StringRef key) {
    return object.getString(key).value_or("").str();
  }
  std::string get(StringRef key) const { return getString(resolved, key); }
  bool isTrue(StringRef key) const {
    return resolved.getBoolean(key).value_or(false);
  }
  double getNumber(StringRef key, double missing) const {
    return resolved.getNumber(key).value_or(missing);
  }

  const json::Array &getModes() const { return *object.getArray("modes"); }
  bool isBitExact() const { return *object.getBoolean("forward_bit_exact"); }
  bool isAsymmetric() const { return get("zero_point") == "shifted"; }
  SmallVector<int64_t> getShape() const {
    return toIntegers(*object.getArray("shape"));
  }

  /// The tensor `s<step>.<name>`, with a shape of its own.
  std::optional<HostTensor> getTensor(size_t step, StringRef name,
                                      ArrayRef<int64_t> shape) const {
    const json::Object *entry = object.getObject("tensors")->getObject(
        ("s" + Twine(step) + "." + name).str());
    if (!entry)
      return std::nullopt;
    HostTensor tensor(ElementType::F32, shape);
    std::memcpy(tensor.getData(), data.data() + *entry->getInteger("offset"),
                tensor.getNumBytes());
    return tensor;
  }

  int64_t getCounter(size_t step) const {
    return object.getObject("scalars")
        ->getInteger(("s" + Twine(step) + ".scaling_counter").str())
        .value_or(0);
  }

  /// The channel dimensions' grid as text; empty per tensor. A shorter
  /// broadcast shape is aligned to the right, as broadcasting does.
  std::string getGrid() const {
    if (!isTrue("per_channel"))
      return "";
    SmallVector<int64_t> broadcast = toIntegers(*resolved.getArray("shape"));
    size_t rank = getShape().size();
    broadcast.insert(broadcast.begin(), rank - broadcast.size(), 1);
    int64_t channel = getChannelDim();
    SmallVector<int64_t> permutation{channel};
    for (int64_t dim = 0, e = rank; dim < e; ++dim)
      if (dim != channel)
        permutation.push_back(dim);
    if (const json::Array *given = resolved.getArray("permute"))
      permutation = toIntegers(*given);
    auto print = [](ArrayRef<int64_t> values, bool marksUnit, int64_t unit) {
      std::vector<std::string> texts;
      for (auto [dim, value] : llvm::enumerate(values))
        texts.push_back(marksUnit && static_cast<int64_t>(dim) == unit
                            ? "?"
                            : std::to_string(value));
      return llvm::join(texts, ", ");
    };
    return " on #quant_act.grid<broadcast = [" +
           print(broadcast, broadcast[channel] == 1, channel) +
           "], permutation = [" + print(permutation, false, 0) + "]>";
  }

  /// The shape of compact parameters.
  SmallVector<int64_t> getParameterShape() const {
    if (!isTrue("per_channel"))
      return {};
    return {getShape()[getChannelDim()]};
  }

  /// The constant threshold of CONST scaling, if the case has one.
  std::optional<HostTensor> getConstant() const {
    const json::Value *init = resolved.get("init");
    if (!init)
      return std::nullopt;
    std::vector<double> numbers;
    flatten(*init, numbers);
    HostTensor tensor(ElementType::F32, getParameterShape());
    for (auto [i, number] : llvm::enumerate(numbers))
      tensor.setDouble(i, number);
    return tensor;
  }

private:
  int64_t getChannelDim() const { return *object.getInteger("channel_dim"); }

  const json::Object &object;
  const json::Object &resolved;
  std::string data;
};

std::string getStatistic(const GoldenCase &golden) {
  std::string kind = golden.get("stats_op");
  std::string high = formatDouble(golden.getNumber("high_q", 0));
  if (kind == "percentile")
    return "percentile<" + high + ">";
  if (kind == "percentile_interval")
    return "percentile_interval<" + formatDouble(golden.getNumber("low_q", 0)) +
           ", " + high + ">";
  return kind == "max" ? "abs_max" : kind == "ave" ? "mean" : kind;
}

std::string getRestriction(const GoldenCase &golden) {
  std::string kind = golden.get("restrict");
  if (kind == "fp")
    return "float";
  if (kind == "log")
    return kind;
  std::string rounding = golden.get("restrict_round");
  return "power_of_two<" + (rounding == "round" ? "half_even" : rounding) + ">";
}

/// A module with the layer in one phase, as @f.
std::string buildLayer(const GoldenCase &golden, StringRef phase,
                       size_t numState) {
  auto format = [](ArrayRef<int64_t> shape, StringRef type) {
    std::string text = "tensor<";
    for (int64_t extent : shape)
      text += std::to_string(extent) + "x";
    return text + type.str() + ">";
  };
  std::string x = format(golden.getShape(), "f32");
  std::string running = format(golden.getParameterShape(), "f32");
  bool updates = phase == "collect" || phase == "calibrate";
  size_t numRunning = golden.isAsymmetric() ? 2 : 1;
  std::vector<std::string> stateTypes(numRunning, running), resultTypes{x},
      names, arguments{"%x: " + x}, results{"%y"};
  if (phase != "calibrate")
    resultTypes.insert(resultTypes.end(), numRunning, running);
  if (updates) {
    stateTypes.push_back("tensor<i64>");
    llvm::append_range(resultTypes, stateTypes);
  }
  EXPECT_EQ(stateTypes.size(), numState);
  for (auto [i, type] : llvm::enumerate(stateTypes)) {
    names.push_back("%s" + std::to_string(i));
    arguments.push_back(names.back() + ": " + type);
  }
  for (size_t i = 0; i + 1 < resultTypes.size(); ++i)
    results.push_back("%r#" + std::to_string(i));

  std::string rounding = golden.get("rounding");
  bool isConstant = golden.getConstant().has_value();
  double bits = golden.getNumber("bit_width", 0);
  return "func.func @f(" + llvm::join(arguments, ", ") + ") -> (" +
         llvm::join(resultTypes, ", ") +
         ") {\n  %y, %r:" + std::to_string(resultTypes.size() - 1) +
         " = quant_act.act " + golden.get("act") + " " + phase.str() + " " +
         getStatistic(golden) +
         (golden.get("scaling_impl") == "stats" ? " scaling stats" : "") +
         (phase == "collect"
              ? " momentum " + formatDouble(golden.getNumber("momentum", 0))
              : "") +
         " restrict " + getRestriction(golden) + " minimum " +
         formatDouble(isConstant ? 0.0
                                 : golden.getNumber("scaling_min_val", 0)) +
         " to #quant_act.int<" + std::to_string(static_cast<int>(bits)) +
         (golden.isTrue("signed") ? ", signed" : ", unsigned") +
         (golden.isTrue("narrow_range") ? ", narrow>" : ">") +
         golden.getGrid() + " round " +
         (rounding == "round"           ? "half_even"
          : rounding == "round_to_zero" ? "toward_zero"
                                        : rounding) +
         (golden.isTrue("quantize_zero_point") ? "" : " fractional") +
         " %x state " + llvm::join(names, ", ") + " : " + x + ", " +
         llvm::join(stateTypes, ", ") + "\n  return " +
         llvm::join(results, ", ") + " : " + llvm::join(resultTypes, ", ") +
         "\n}\n";
}

MLIRContext &getContext() {
  static MLIRContext *context = [] {
    DialectRegistry registry;
    quant_act::registerAllDialects(registry);
    registerCompilerDialects(registry);
    return new MLIRContext(registry, MLIRContext::Threading::DISABLED);
  }();
  return *context;
}

std::vector<HostTensor> execute(const std::string &source, bool isCompiled,
                                ArrayRef<HostTensor> values) {
  ParserConfig config(&getContext());
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, config);
  if (!module) {
    ADD_FAILURE() << source;
    return {};
  }
  std::vector<const HostTensor *> arguments;
  for (const HostTensor &value : values)
    arguments.push_back(&value);
  if (!isCompiled) {
    auto results =
        interpret(module->lookupSymbol<func::FuncOp>("f"), arguments);
    EXPECT_TRUE(succeeded(results)) << source;
    return succeeded(results) ? *results : std::vector<HostTensor>();
  }
  CPUPipelineOptions options;
  auto compiled = CompiledModule::compile(*module, options);
  if (!compiled) {
    ADD_FAILURE() << llvm::toString(compiled.takeError());
    return {};
  }
  auto results = (*compiled)->run("f", arguments);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

/// Orders floats so that neighbors differ by one.
int64_t toOrdinal(float value) {
  int32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits < 0 ? -static_cast<int64_t>(bits & 0x7fffffff) : bits;
}

void expectEqual(const HostTensor &actual,
                 const std::optional<HostTensor> &expected, bool isBitExact,
                 const std::string &what) {
  ASSERT_TRUE(expected) << what << " is not in the manifest";
  ASSERT_EQ(actual.getShape(), expected->getShape()) << what;
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i) {
    float a = actual.getFloat(i).convertToFloat();
    float b = expected->getFloat(i).convertToFloat();
    if (std::isnan(a) && std::isnan(b))
      continue;
    bool isEqual = isBitExact ? std::memcmp(&a, &b, sizeof(a)) == 0
                              : std::abs(toOrdinal(a) - toOrdinal(b)) <= 4;
    ASSERT_TRUE(isEqual) << what << ": element " << i << " is " << a
                         << ", expected " << b;
  }
}

class Golden : public ::testing::TestWithParam<std::tuple<size_t, bool>> {
protected:
  /// Runs one step; false if the op has no phase for it.
  bool runStep(const GoldenCase &golden, size_t step, bool isCompiled) {
    std::string mode = golden.getModes()[step].getAsString().value_or("").str();
    int64_t limit =
        static_cast<int64_t>(golden.getNumber("collect_stats_steps", 0));
    SmallVector<int64_t> parameters = golden.getParameterShape();
    bool isStats = golden.get("scaling_impl") == "stats";
    StringRef buffer = isStats ? "running_stats" : "scaling_buffer";
    auto getState = [&](size_t at, StringRef name) {
      return golden.getTensor(at, name, parameters);
    };

    std::string phase;
    std::vector<HostTensor> values{
        *golden.getTensor(step, "x", golden.getShape())};
    if (std::optional<HostTensor> constant = golden.getConstant()) {
      phase = "evaluate_learned";
      values.push_back(*constant);
    } else if (mode == "eval") {
      // An evaluation leaves the state as it is.
      bool isLearned = !isStats && golden.getCounter(step) > limit;
      phase = isLearned ? "evaluate_learned" : "evaluate";
      values.push_back(*getState(step, isLearned ? "scaling_value" : buffer));
      if (golden.isAsymmetric())
        values.push_back(*getState(step, isLearned ? "zp_value" : "zp_buffer"));
    } else {
      int64_t count = isStats     ? step
                      : step == 0 ? 0
                                  : golden.getCounter(step - 1);
      if (mode == "train" && !isStats && count >= limit)
        return false;
      phase = mode == "train" ? "collect" : "calibrate";
      HostTensor fresh(ElementType::F32, parameters),
          updates(ElementType::I64, {});
      fresh.fill(1.0);
      updates.setDouble(0, count);
      values.push_back(step == 0 ? fresh : *getState(step - 1, buffer));
      if (golden.isAsymmetric()) {
        // The first update of a zero point's buffer is multiplied onto 1, too.
        values.push_back(step == 0 ? fresh : *getState(step - 1, "zp_buffer"));
      }
      values.push_back(updates);
    }

    std::vector<HostTensor> results = execute(
        buildLayer(golden, phase, values.size() - 1), isCompiled, values);
    if (results.empty())
      return true;
    std::string at = "step " + std::to_string(step) + " ";
    bool exact = golden.isBitExact();
    ArrayRef<HostTensor> rest = results;
    auto expectNext = [&](StringRef name, ArrayRef<int64_t> shape) {
      expectEqual(rest.front(), golden.getTensor(step, name, shape), exact,
                  at + name.str());
      rest = rest.drop_front();
    };
    expectNext("y", golden.getShape());
    if (phase != "calibrate") {
      expectNext("scale", parameters);
      if (golden.isAsymmetric())
        expectNext("zero_point", parameters);
    }
    if (phase == "collect" || phase == "calibrate") {
      expectNext(buffer, parameters);
      if (golden.isAsymmetric())
        expectNext("zp_buffer", parameters);
      EXPECT_EQ(rest.front().getDouble(0), values.back().getDouble(0) + 1);
    }
    return true;
  }
};

TEST_P(Golden, EveryStep) {
  auto [index, isCompiled] = GetParam();
  GoldenCase golden(*getCases()[index].getAsObject());
  unsigned numRun = 0;
  for (size_t step = 0, e = golden.getModes().size(); step < e; ++step)
    numRun += runStep(golden, step, isCompiled);
  EXPECT_GT(numRun, 0u);
}

TEST(GoldenManifest, HasEveryCase) { EXPECT_EQ(getCases().size(), 34u); }

std::string
nameInstance(const ::testing::TestParamInfo<std::tuple<size_t, bool>> &info) {
  auto [index, isCompiled] = info.param;
  std::string name =
      index < getCases().size()
          ? GoldenCase::getString(*getCases()[index].getAsObject(), "id")
          : "missing" + std::to_string(index);
  return name + (isCompiled ? "_compiled" : "_interpreted");
}

INSTANTIATE_TEST_SUITE_P(Brevitas, Golden,
                         ::testing::Combine(::testing::Range<size_t>(0, 34),
                                            ::testing::Bool()),
                         nameInstance);

} // namespace
