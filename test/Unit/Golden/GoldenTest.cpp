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

#include "GoldenCase.h"

#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// The cases that quant_act.act has a phase and a format for.
bool isCovered(const GoldenCase &golden) {
  return golden.get("kind") == "int" &&
         golden.get("scaling_impl") != "parameter" &&
         (golden.get("act") == "relu" || golden.get("act") == "identity");
}

std::vector<const GoldenCase *> getCases() {
  std::vector<const GoldenCase *> cases;
  for (const GoldenCase &golden : getGoldenCases("layers"))
    if (isCovered(golden))
      cases.push_back(&golden);
  return cases;
}

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
  bool isConstant = golden.getInit().has_value();
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
         (golden.isPerChannel() ? " on " + golden.getGrid() : "") + " round " +
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

void expectEqual(const HostTensor &actual,
                 const std::optional<HostTensor> &expected, bool isBitExact,
                 const std::string &what) {
  ASSERT_TRUE(expected) << what << " is not in the manifest";
  EXPECT_TRUE(isClose(actual, *expected, isBitExact ? 0 : 4)) << what;
}

class Golden : public ::testing::TestWithParam<std::tuple<size_t, bool>> {
protected:
  /// Runs one step; false if the op has no phase for it.
  bool runStep(const GoldenCase &golden, size_t step, bool isCompiled) {
    std::string mode = golden.getMode(step);
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
    if (std::optional<HostTensor> constant = golden.getInit()) {
      phase = "evaluate_learned";
      values.push_back(*constant);
    } else if (mode == "eval") {
      // An evaluation leaves the state as it is.
      bool isLearned =
          !isStats &&
          golden.getScalar(step, "scaling_counter").value_or(0) > limit;
      phase = isLearned ? "evaluate_learned" : "evaluate";
      values.push_back(*getState(step, isLearned ? "scaling_value" : buffer));
      if (golden.isAsymmetric())
        values.push_back(*getState(step, isLearned ? "zp_value" : "zp_buffer"));
    } else {
      int64_t count = isStats ? step
                      : step == 0
                          ? 0
                          : *golden.getScalar(step - 1, "scaling_counter");
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
  const GoldenCase &golden = *getCases()[index];
  unsigned numRun = 0;
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step)
    numRun += runStep(golden, step, isCompiled);
  EXPECT_GT(numRun, 0u);
}

TEST(GoldenManifest, HasEveryCase) { EXPECT_EQ(getCases().size(), 34u); }

std::string
nameInstance(const ::testing::TestParamInfo<std::tuple<size_t, bool>> &info) {
  auto [index, isCompiled] = info.param;
  std::string name = index < getCases().size()
                         ? getCases()[index]->getName()
                         : "missing" + std::to_string(index);
  return name + (isCompiled ? "_compiled" : "_interpreted");
}

INSTANTIATE_TEST_SUITE_P(Brevitas, Golden,
                         ::testing::Combine(::testing::Range<size_t>(0, 34),
                                            ::testing::Bool()),
                         nameInstance);

} // namespace
