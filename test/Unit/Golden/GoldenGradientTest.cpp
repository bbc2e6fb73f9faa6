//===- GoldenGradientTest.cpp - Gradients as Brevitas computes them -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each step of the cases in Inputs that has a gradient of y: builds the
// layer's ops, derives their backward function and compares the gradients that
// it computes, interpreted and compiled, with Brevitas's: within 1e-4 of the
// tensor's largest magnitude. Gradients that are nothing but cancellation are
// within 1e-6 of the magnitudes that cancel.
//
//===----------------------------------------------------------------------===//

#include "GoldenCase.h"

#include "../Execution/TestProgram.h"

#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace quant_act;

namespace {

//===----------------------------------------------------------------------===//
// A step as a function
//===----------------------------------------------------------------------===//

/// Where a step's threshold comes from.
enum class Source {
  /// Nothing is quantized: quantization is delayed.
  None,
  /// The statistic of x.
  Statistic,
  /// A number that has no gradient.
  Constant,
  /// A running statistic.
  Running,
  /// A parameter.
  Learned,
};

/// One step of a case.
struct Step {
  const GoldenCase &golden;
  size_t index;

  std::string get(StringRef key) const { return golden.get(key); }
  std::string getMode() const { return golden.getMode(index); }
  bool isTraining() const { return getMode() == "train"; }

  std::optional<HostTensor> getParameter(StringRef name) const {
    return golden.getTensor(index, name, golden.getParameterShape());
  }

  bool isDelayed() const {
    if (get("kind") == "float")
      return false;
    double calls = 0;
    for (size_t i = 0; i < index; ++i)
      calls += golden.getMode(i) != "calib";
    return calls < golden.getNumber("delay", 0);
  }

  /// Whether statistics have become a parameter.
  bool isLearned() const {
    double limit = golden.getNumber("collect_stats_steps", 0);
    if (!isTraining())
      return golden.getScalar(index, "scaling_counter").value_or(0) > limit;
    if (index == 0)
      return limit == 0;
    return golden.getMode(index - 1) == "calib" ||
           golden.getScalar(index - 1, "scaling_counter").value_or(0) >= limit;
  }

  Source getSource() const {
    if (isDelayed())
      return Source::None;
    std::string scaling = get("scaling_impl");
    if (scaling == "parameter")
      return Source::Learned;
    if (scaling == "const" || scaling == "none")
      return Source::Constant;
    if (scaling == "dynamic_group")
      return Source::Statistic;
    if (scaling == "parameter_from_stats" && isLearned())
      return Source::Learned;
    if (!isTraining())
      return Source::Running;
    // A search for a threshold passes no gradients.
    return get("stats_op") == "mse" ? Source::Constant : Source::Statistic;
  }

  std::string getRule() const {
    std::string scaling = get("scaling_impl");
    if (scaling == "stats" || scaling == "dynamic_group")
      return "statistics";
    if (scaling == "parameter" || scaling == "const")
      return "parameter";
    if (isLearned())
      return isTraining() ? "training" : "learned";
    return isTraining() ? "collect" : "running";
  }

  /// The operand that stands for the threshold.
  HostTensor getThreshold(Source source) const {
    if (source == Source::Running)
      return *getParameter(get("scaling_impl") == "stats" ? "running_stats"
                                                          : "scaling_buffer");
    if (source == Source::Learned)
      return *getParameter("scaling_value");
    if (get("stats_op") == "mse")
      return *getParameter("batch_stat");
    HostTensor value = *golden.getInit();
    if (get("restrict") != "fp")
      for (int64_t i = 0, e = value.getNumElements(); i < e; ++i)
        value.setDouble(i, std::log2(value.getDouble(i)));
    return value;
  }

  HostTensor getOffset() const {
    HostTensor offset(ElementType::F32, {});
    offset.fill(golden.getNumber("bit_width", 0) - 2);
    for (size_t i = 0; i <= index; ++i)
      if (auto set = golden.getOverwritten(i, "bit_width_offset", {}))
        offset = *set;
    return offset;
  }
};

std::string getStatistic(const Step &step) {
  std::string kind = step.get("stats_op");
  std::string high = formatDouble(step.golden.getNumber("high_q", 0));
  if (kind == "percentile")
    return "percentile<" + high + ">";
  if (kind == "percentile_interval")
    return "percentile_interval<" +
           formatDouble(step.golden.getNumber("low_q", 0)) + ", " + high + ">";
  return kind == "max" ? "abs_max" : kind == "ave" ? "mean" : kind;
}

std::string getRounding(StringRef name) {
  return name == "round"           ? "half_even"
         : name == "round_to_zero" ? "toward_zero"
                                   : name.str();
}

std::string getRestriction(const Step &step) {
  std::string kind = step.get("restrict");
  if (kind == "fp")
    return "float";
  return kind == "log"
             ? kind
             : "power_of_two<" + getRounding(step.get("restrict_round")) + ">";
}

bool hasLearnedBits(const Step &step) {
  return step.get("bit_width_impl") == "parameter";
}

std::string getIntFormat(const Step &step) {
  std::string bits =
      hasLearnedBits(step)
          ? "?"
          : std::to_string(int(step.golden.getNumber("bit_width", 0)));
  return "#quant_act.int<" + bits +
         (step.golden.isTrue("signed") ? ", signed" : ", unsigned") +
         (step.golden.isTrue("narrow_range") ? ", narrow>" : ">");
}

std::string getFloatFormat(const Step &step) {
  const GoldenCase &golden = step.golden;
  double exponent = golden.getNumber("exponent_bit_width", 0);
  double mantissa = golden.getNumber("mantissa_bit_width", 0);
  double bias = golden.getNumber("exponent_bias", 0);
  double max =
      (2 - std::exp2(-mantissa)) * std::exp2(std::exp2(exponent) - 1 - bias);
  max = std::min(max, golden.getNumber("max_available", INFINITY));
  const llvm::json::Value *infinities = golden.getSettings().get("inf_values");
  bool hasInfinity = infinities && !infinities->getAsNull();
  std::string overflow = golden.isTrue("saturating") ? "saturate"
                         : hasInfinity               ? "infinity"
                                                     : "nan";
  return "#quant_act.float<exponent = " + std::to_string(int(exponent)) +
         ", mantissa = " + std::to_string(int(mantissa)) +
         ", bias = " + std::to_string(int(bias)) +
         ", max = " + formatDouble(max) +
         (golden.isTrue("signed") ? "" : ", unsigned") +
         ", overflow = " + overflow + ">";
}

std::string getFormat(const Step &step) {
  std::string kind = step.get("kind");
  if (kind == "int")
    return getIntFormat(step);
  if (kind == "float")
    return getFloatFormat(step);
  if (kind == "ternary")
    return "#quant_act.ternary<threshold = " +
           formatDouble(step.golden.getNumber("threshold", 0)) + ">";
  return "#quant_act.binary";
}

/// The dimension that is divided into groups; none if it is not.
std::optional<int64_t> getGroupDim(const Step &step) {
  if (step.get("scaling_impl") != "dynamic_group")
    return std::nullopt;
  int64_t dim = step.golden.getNumber("group_dim", 0);
  return dim < 0 ? dim + step.golden.getShape().size() : dim;
}

SmallVector<int64_t> getParameterShape(const Step &step) {
  std::optional<int64_t> dim = getGroupDim(step);
  if (!dim)
    return step.golden.getParameterShape();
  SmallVector<int64_t> shape = step.golden.getShape();
  shape[*dim] /= int64_t(step.golden.getNumber("group_size", 1));
  return shape;
}

std::string getGrid(const Step &step) {
  if (!getGroupDim(step)) {
    std::string grid = step.golden.getGrid();
    return grid.empty() ? "" : " on " + grid;
  }
  std::vector<std::string> extents, dims;
  for (auto [dim, extent] : llvm::enumerate(getParameterShape(step))) {
    extents.push_back(std::to_string(extent));
    dims.push_back(std::to_string(dim));
  }
  return " on #quant_act.grid<broadcast = [" + llvm::join(extents, ", ") +
         "], permutation = [" + llvm::join(dims, ", ") + "]>";
}

std::string formatType(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

/// The forward function, and the values of its arguments with the names of the
/// gradients that Brevitas has for them; empty where it has none.
class Forward {
public:
  explicit Forward(const Step &step)
      : step(step), x(formatType(step.golden.getShape())),
        parameters(formatType(getParameterShape(step))) {
    addArgument(
        "%x", "dx",
        *step.golden.getTensor(step.index, "x", step.golden.getShape()));
    Source source = step.getSource();
    if (source == Source::None)
      body =
          "  %y = quant_act.activate " + step.get("act") + " %x : " + x + "\n";
    else
      quantize(source);
  }

  std::string getText() const {
    return "func.func @f(" + llvm::join(declarations, ", ") + ") -> " + x +
           " {\n" + body + "  return %y : " + x + "\n}\n";
  }

  std::vector<HostTensor> values;
  std::vector<std::string> gradients;

private:
  void addArgument(const std::string &name, StringRef gradient,
                   HostTensor value) {
    declarations.push_back(name + ": " + formatType(value.getShape()));
    gradients.push_back(gradient.str());
    values.push_back(std::move(value));
  }

  bool hasLow() const { return step.golden.isAsymmetric(); }

  void addStatistic() {
    bool isInterval = step.get("stats_op") == "min_max" ||
                      step.get("stats_op") == "percentile_interval";
    body += "  %t" + std::string(isInterval ? ", %l" : "") +
            " = quant_act.stats " + getStatistic(step) + " " + step.get("act") +
            getGrid(step) + " %x : " + x + " -> " + parameters +
            (isInterval ? ", " + parameters : "") + "\n";
  }

  void quantize(Source source) {
    if (source == Source::Statistic) {
      addStatistic();
    } else if (step.get("scaling_impl") != "none") {
      bool isLearned = source == Source::Learned;
      addArgument("%t", isLearned ? "d_scaling_value" : "",
                  step.getThreshold(source));
      if (hasLow())
        addArgument("%l", isLearned ? "d_zp_value" : "",
                    *step.getParameter(isLearned ? "zp_value" : "zp_buffer"));
    }
    if (hasLearnedBits(step)) {
      addArgument("%o", "d_bit_width_offset", step.getOffset());
      body += "  %b = quant_act.learned_bits %o : tensor<f32>\n";
    }
    addScale();
    body += "  %y = quant_act.fake_quant " + step.get("act") + " to " +
            getFormat(step) + getGrid(step) + " round " + rounding() +
            " %x scale %s" + (hasLow() ? " zero_point %z" : "") + bits() +
            " : " + x + ", " + parameters +
            (hasLow() ? ", " + parameters : "") + bitsType() + "\n";
  }

  void addScale() {
    if (step.get("scaling_impl") == "none") {
      body += "  %s = arith.constant dense<1.0> : " + parameters + "\n";
      return;
    }
    bool isFractional = !step.golden.isTrue("quantize_zero_point");
    body += "  %s" + std::string(hasLow() ? ", %z" : "") +
            " = quant_act.choose_qparams to " + getFormat(step) + " as " +
            step.getRule() + " restrict " + getRestriction(step) + " minimum " +
            formatDouble(step.golden.getNumber("scaling_min_val", 0)) +
            " round " + rounding() + (isFractional ? " fractional" : "") +
            " %t" + (hasLow() ? " low %l" : "") + bits() + " : " + parameters +
            (hasLow() ? ", " + parameters : "") + bitsType() + "\n";
  }

  std::string rounding() const { return getRounding(step.get("rounding")); }
  std::string bits() const { return hasLearnedBits(step) ? " bits %b" : ""; }
  std::string bitsType() const {
    return hasLearnedBits(step) ? " bits tensor<f32>" : "";
  }

  const Step &step;
  std::string x, parameters, body;
  std::vector<std::string> declarations;
};

//===----------------------------------------------------------------------===//
// Which steps
//===----------------------------------------------------------------------===//

/// Whether the dialect says what the step computes. Not yet: statistics that
/// are not order statistics or means; groups with a shorter last one; scales
/// that keep the sign of a negative initial threshold. Never: a signed narrow
/// format of one bit, which holds one code.
bool isCovered(const Step &step) {
  const GoldenCase &golden = step.golden;
  if (step.get("kind") == "int" && golden.isTrue("narrow_range") &&
      golden.getNumber("bit_width", 0) == 1)
    return false;
  if (step.getMode() == "calib" ||
      !golden.getTensor(step.index, "g", golden.getShape()))
    return false;
  std::string statistic = step.get("stats_op");
  if (step.getSource() == Source::Statistic &&
      (statistic == "mean_sigma_std" || statistic == "max_ave"))
    return false;
  if (std::optional<int64_t> dim = getGroupDim(step))
    return golden.getShape()[*dim] %
               int64_t(golden.getNumber("group_size", 1)) ==
           0;
  if (golden.getSettings().get("affine") &&
      !golden.getSettings().get("affine")->getAsNull())
    return false;
  std::optional<HostTensor> init = golden.getInit();
  for (int64_t i = 0, e = init ? init->getNumElements() : 0; i < e; ++i)
    if (init->getDouble(i) < 0)
      return false;
  return true;
}

std::vector<size_t> getSteps(const GoldenCase &golden) {
  std::vector<size_t> steps;
  for (size_t i = 0, e = golden.getNumSteps(); i < e; ++i)
    if (isCovered(Step{golden, i}))
      steps.push_back(i);
  return steps;
}

std::vector<const GoldenCase *> getCases(const std::string &folder) {
  std::vector<const GoldenCase *> cases;
  for (const GoldenCase &golden : getGoldenCases(folder))
    if (!getSteps(golden).empty())
      cases.push_back(&golden);
  return cases;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

/// The module of @f and @f_backward; null after a failure.
OwningOpRef<ModuleOp> buildModule(const Forward &forward, bool passesClamp) {
  auto module = parseSourceString<ModuleOp>(forward.getText(),
                                            ParserConfig(&getTestContext()));
  if (!module)
    return nullptr;
  QuantActDeriveBackwardOptions options;
  options.steClamp = passesClamp;
  PassManager pm(&getTestContext());
  pm.addPass(createQuantActDeriveBackward(options));
  if (failed(pm.run(*module)))
    return nullptr;
  return module;
}

std::vector<HostTensor> execute(ModuleOp module, bool isCompiled,
                                ArrayRef<HostTensor> values) {
  std::vector<const HostTensor *> arguments;
  for (const HostTensor &value : values)
    arguments.push_back(&value);
  if (!isCompiled) {
    auto results =
        interpret(module.lookupSymbol<func::FuncOp>("f_backward"), arguments);
    return succeeded(results) ? *results : std::vector<HostTensor>();
  }
  CPUPipelineOptions options;
  auto compiled = CompiledModule::compile(module, options);
  if (!compiled) {
    ADD_FAILURE() << llvm::toString(compiled.takeError());
    return {};
  }
  auto results = (*compiled)->run("f_backward", arguments);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

double getMagnitude(const HostTensor &tensor) {
  double magnitude = 0;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    if (std::isfinite(tensor.getDouble(i)))
      magnitude = std::max(magnitude, std::abs(tensor.getDouble(i)));
  return magnitude;
}

/// How much of a gradient that is nothing but cancellation may be left: 1e-6 of
/// sum(abs(g * q)) times the derivative of the scale.
double getNoise(const Step &step) {
  const GoldenCase &golden = step.golden;
  HostTensor g = *golden.getTensor(step.index, "g", golden.getShape());
  HostTensor y = *golden.getTensor(step.index, "y", golden.getShape());
  HostTensor scale = *step.getParameter("scale");
  HostTensor value = *step.getParameter("scaling_value");
  double sum = 0, slope = 0;
  for (int64_t i = 0, e = g.getNumElements(); i < e; ++i)
    sum += std::abs(g.getDouble(i) * y.getDouble(i));
  bool isFloat = step.get("restrict") == "fp" && !hasLearnedBits(step);
  for (int64_t i = 0, e = scale.getNumElements(); i < e; ++i)
    slope = std::max(slope, isFloat ? std::abs(1 / value.getDouble(i))
                                    : std::log(2.0));
  return 1e-6 * sum * slope;
}

bool hasSubnormalScale(const Step &step) {
  HostTensor scale = *step.getParameter("scale");
  for (int64_t i = 0, e = scale.getNumElements(); i < e; ++i)
    if (scale.getFloat(i).isDenormal())
      return true;
  return false;
}

/// Compares tensors. Elements for which `getTie` has a key and a sign may
/// differ, but their signed differences add up to nothing under each key.
void expectClose(
    const HostTensor &actual, const HostTensor &expected, double tolerance,
    const std::string &what,
    llvm::function_ref<std::optional<std::pair<double, double>>(int64_t)>
        getTie = nullptr) {
  ASSERT_EQ(actual.getShape(), expected.getShape()) << what;
  std::map<double, double> ties;
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i) {
    double a = actual.getDouble(i), b = expected.getDouble(i);
    if ((std::isnan(a) && std::isnan(b)) || a == b)
      continue;
    std::optional<std::pair<double, double>> tie;
    if (getTie)
      tie = getTie(i);
    if (tie)
      ties[tie->first] += tie->second * (a - b);
    else
      EXPECT_LE(std::abs(a - b), tolerance)
          << what << ": element " << i << " is " << a << ", expected " << b;
  }
  for (auto [key, difference] : ties)
    EXPECT_LE(std::abs(difference), 2 * tolerance)
        << what << ": elements of magnitude " << key;
}

/// Elements that a statistic cannot tell apart: the framework gives another of
/// them the gradient, or divides it among them. The key of a group of more than
/// one, and whether a gradient of the statistic is turned around.
class Ties {
public:
  explicit Ties(const Step &step)
      : x(*step.golden.getTensor(step.index, "x", step.golden.getShape())),
        isSigned(step.get("stats_op") == "min_max" ||
                 step.get("stats_op") == "percentile_interval") {
    for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
      ++counts[getKey(i)];
  }

  std::optional<std::pair<double, double>> get(int64_t i) const {
    if (counts.at(getKey(i)) == 1)
      return std::nullopt;
    double sign = !isSigned && x.getDouble(i) < 0 ? -1 : 1;
    return std::make_pair(getKey(i), sign);
  }

private:
  double getKey(int64_t i) const {
    return isSigned ? x.getDouble(i) : std::abs(x.getDouble(i));
  }

  HostTensor x;
  bool isSigned;
  std::map<double, int64_t> counts;
};

using Parameter = std::tuple<size_t, bool>;

class GoldenGradient : public ::testing::TestWithParam<Parameter> {
protected:
  static void runStep(const Step &step, bool isCompiled) {
    const GoldenCase &golden = step.golden;
    Forward forward(step);
    SCOPED_TRACE("step " + std::to_string(step.index) + "\n" +
                 forward.getText());
    OwningOpRef<ModuleOp> module =
        buildModule(forward, step.get("clamp") == "ste_on");
    ASSERT_TRUE(module);
    std::vector<HostTensor> values = forward.values;
    values.push_back(*golden.getTensor(step.index, "g", golden.getShape()));
    std::vector<HostTensor> results = execute(*module, isCompiled, values);
    ASSERT_EQ(results.size(), forward.gradients.size());
    for (auto [name, value, result] :
         llvm::zip(forward.gradients, forward.values, results))
      compare(step, name, value.getShape(), result);
  }

  static void compare(const Step &step, const std::string &name,
                      ArrayRef<int64_t> shape, const HostTensor &actual) {
    if (name.empty())
      return;
    auto expected = step.golden.getTensor(step.index, name, shape);
    ASSERT_TRUE(expected) << name << " is not in the manifest";
    if (step.golden.isNoise(step.index, name))
      return expectClose(actual, *expected, getNoise(step), name);
    // There (a / s) / s overflows in the framework, and 0 times that is NaN.
    if (name == "d_scaling_value" && hasSubnormalScale(step)) {
      EXPECT_TRUE(std::isnan(expected->getDouble(0))) << name;
      EXPECT_GT(getMagnitude(actual), 0) << name;
      return;
    }
    double tolerance = 1e-4 * getMagnitude(*expected);
    // A minifloat's scale has no gradient but from few elements: the rest
    // cancels.
    if (name == "d_scaling_value" && step.get("kind") == "float")
      tolerance = std::max(tolerance, getNoise(step));
    if (name != "dx" || step.getSource() != Source::Statistic)
      return expectClose(actual, *expected, tolerance, name);
    Ties ties(step);
    expectClose(actual, *expected, tolerance, name,
                [&](int64_t i) { return ties.get(i); });
  }
};

constexpr size_t numLayers = 41, numFamilies = 165;

/// Of both folders.
const GoldenCase *getCase(size_t index) {
  std::vector<const GoldenCase *> cases = getCases("layers");
  llvm::append_range(cases, getCases("families"));
  return index < cases.size() ? cases[index] : nullptr;
}

TEST_P(GoldenGradient, EveryStep) {
  auto [index, isCompiled] = GetParam();
  const GoldenCase *golden = getCase(index);
  ASSERT_TRUE(golden);
  for (size_t step : getSteps(*golden))
    runStep(Step{*golden, step}, isCompiled);
}

TEST(GoldenGradientManifest, HasEveryCase) {
  EXPECT_EQ(getCases("layers").size(), numLayers);
  EXPECT_EQ(getCases("families").size(), numFamilies);
}

std::string nameInstance(const ::testing::TestParamInfo<Parameter> &info) {
  auto [index, isCompiled] = info.param;
  return nameGoldenTest(getCase(index), index, isCompiled);
}

INSTANTIATE_TEST_SUITE_P(
    Brevitas, GoldenGradient,
    ::testing::Combine(::testing::Range<size_t>(0, numLayers + numFamilies),
                       ::testing::Bool()),
    nameInstance);

} // namespace
