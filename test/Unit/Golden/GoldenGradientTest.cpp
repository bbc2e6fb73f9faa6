//===- GoldenGradientTest.cpp - Gradients as Brevitas computes them -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the backward functions of quant_act.act, interpreted and compiled, on
// the cases of Inputs that have gradients. A layer lives through all steps of
// its case, once in the phases that its count says and once in the phase
// `train`; the gradients of each step are within 1e-4 of the tensor's largest
// magnitude. Gradients that are nothing but cancellation are within 1e-6 of the
// magnitudes that cancel.
//
//===----------------------------------------------------------------------===//

#include "GoldenLayer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <cmath>
#include <limits>
#include <map>

using namespace mlir;
using namespace quant_act;

namespace {

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

HostTensor getParameter(const GoldenCase &golden, size_t step, StringRef name) {
  return *golden.getTensor(step, name, golden.getParameterShape());
}

double sumMagnitudes(const HostTensor &tensor) {
  double sum = 0;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    if (std::isfinite(tensor.getDouble(i)))
      sum += std::abs(tensor.getDouble(i));
  return sum;
}

/// What a threshold's gradient is of that of y / scale: its reciprocal, or ln 2
/// of a logarithm.
double getSlope(const GoldenCase &golden, size_t step) {
  if (golden.get("restrict") != "fp")
    return std::log(2.0);
  HostTensor value = getParameter(golden, step, "scaling_value");
  double slope = 0;
  for (int64_t i = 0, e = value.getNumElements(); i < e; ++i)
    slope = std::max(slope, std::abs(1 / value.getDouble(i)));
  return slope;
}

/// How much of a gradient that is nothing but cancellation may be left: 1e-6 of
/// the magnitudes that cancel.
double getNoise(const GoldenCase &golden, size_t step, StringRef name) {
  HostTensor g = *golden.getTensor(step, "g", golden.getShape());
  if (name == "d_zp_value")
    return 1e-6 * sumMagnitudes(g);
  HostTensor y = *golden.getTensor(step, "y", golden.getShape());
  for (int64_t i = 0, e = g.getNumElements(); i < e; ++i)
    y.setDouble(i, y.getDouble(i) * g.getDouble(i));
  return 1e-6 * sumMagnitudes(y) *
         (name == "d_scaling_value" ? getSlope(golden, step) : std::log(2.0));
}

bool hasSubnormalScale(const GoldenCase &golden, size_t step) {
  HostTensor scale = getParameter(golden, step, "scale");
  for (int64_t i = 0, e = scale.getNumElements(); i < e; ++i)
    if (scale.getFloat(i).isDenormal())
      return true;
  return false;
}

/// Compares tensors. Elements for which `getTie` has a key and a sign may
/// differ, but their signed differences add up to nothing under each key, and
/// as many of them are NaN.
void expectClose(
    const HostTensor &actual, const HostTensor &expected, double tolerance,
    const std::string &what,
    llvm::function_ref<std::optional<std::pair<double, double>>(int64_t)>
        getTie = nullptr) {
  ASSERT_EQ(actual.getShape(), expected.getShape()) << what;
  std::map<double, double> ties, nans;
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i) {
    double a = actual.getDouble(i), b = expected.getDouble(i);
    if ((std::isnan(a) && std::isnan(b)) || a == b)
      continue;
    std::optional<std::pair<double, double>> tie;
    if (getTie)
      tie = getTie(i);
    if (tie && (std::isnan(a) || std::isnan(b)))
      nans[tie->first] += std::isnan(a) ? 1 : -1;
    else if (tie)
      ties[tie->first] += tie->second * (a - b);
    else
      EXPECT_LE(std::abs(a - b), tolerance)
          << what << ": element " << i << " is " << a << ", expected " << b;
  }
  for (auto [key, difference] : ties)
    EXPECT_LE(std::abs(difference), 2 * tolerance)
        << what << ": elements of magnitude " << key;
  for (auto [key, difference] : nans)
    EXPECT_EQ(difference, 0)
        << what << ": NaN for elements of magnitude " << key;
}

/// Whether a single element of each channel decides the threshold.
bool hasSelectedThreshold(const GoldenCase &golden) {
  std::string statistic = golden.get("stats_op");
  return statistic != "ave" && statistic != "mean_sigma_std";
}

/// Whether single elements of each channel decide a statistic.
bool isOfSingleElements(const GoldenCase &golden) {
  bool hasSelectedLow = golden.isAsymmetric() && !golden.isLowGiven();
  return hasSelectedThreshold(golden) || hasSelectedLow;
}

/// Elements that a statistic cannot tell apart: the framework gives another of
/// them the gradient, or divides it among them. The key of a group of more than
/// one, and whether a gradient of the statistic is turned around.
class Ties {
public:
  Ties(const GoldenCase &golden, size_t step)
      : x(*golden.getTensor(step, "x", golden.getShape())),
        isSigned(golden.get("stats_op") == "min_max" ||
                 golden.get("stats_op") == "percentile_interval" ||
                 !hasSelectedThreshold(golden)) {
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
  /// NaN, which has no order, as a number that x cannot have.
  double getKey(int64_t i) const {
    double value = x.getDouble(i);
    if (std::isnan(value))
      return std::numeric_limits<double>::max();
    return isSigned ? value : std::abs(value);
  }

  HostTensor x;
  bool isSigned;
  std::map<double, int64_t> counts;
};

/// How far a gradient may be from the expected one.
double getTolerance(const GoldenCase &golden, size_t step, StringRef name,
                    const HostTensor &expected) {
  double tolerance = 1e-4 * getMagnitude(expected);
  // A minifloat's scale has no gradient but from few elements: the rest
  // cancels.
  bool isMinifloatScale =
      name == "d_scaling_value" && golden.get("kind") == "float";
  if (isMinifloatScale || golden.isNoise(step, name))
    return std::max(tolerance, getNoise(golden, step, name));
  return tolerance;
}

void compareX(const GoldenCase &golden, size_t step, const HostTensor &actual,
              bool isThroughStatistic) {
  HostTensor expected = *golden.getTensor(step, "dx", golden.getShape());
  double tolerance = getTolerance(golden, step, "dx", expected);
  if (!isThroughStatistic || !isOfSingleElements(golden))
    return expectClose(actual, expected, tolerance, "dx");
  Ties ties(golden, step);
  expectClose(actual, expected, tolerance, "dx",
              [&](int64_t i) { return ties.get(i); });
}

/// Where a framework has no gradient it is zero.
void compareParameter(const GoldenCase &golden, size_t step,
                      const std::string &name, const HostTensor &actual,
                      bool isGathered) {
  HostTensor expected(ElementType::F32, actual.getShape());
  auto stored = golden.getTensor(step, name, actual.getShape());
  if (stored)
    expected = *stored;
  // While statistics are gathered for a parameter the framework adds 0 times
  // its value: the gradient is 0, or NaN where that of the statistic is not
  // finite. Dividing by a scale of 0 makes its 0 of a low end's gradient NaN,
  // too.
  HostTensor scale = getParameter(golden, step, "scale");
  for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
    bool isOfZero = name == "d_zp_value" && scale.getDouble(i) == 0;
    if ((isGathered || isOfZero) && std::isnan(expected.getDouble(i)))
      expected.setDouble(i, 0);
  }
  // There (a / s) / s overflows in the framework, and 0 times that is NaN.
  if (name == "d_scaling_value" && hasSubnormalScale(golden, step) &&
      std::isnan(expected.getDouble(0))) {
    EXPECT_GT(getMagnitude(actual), 0) << name;
    return;
  }
  expectClose(actual, expected, getTolerance(golden, step, name, expected),
              name);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

bool hasGradients(const GoldenCase &golden, size_t step) {
  return golden.getTensor(step, "g").has_value();
}

void compareStep(const GoldenCase &golden, size_t step,
                 const LayerGradients &actual, bool isCollecting) {
  bool isThroughThreshold =
      isThresholdRunning(golden) && golden.getMode(step) == "train";
  compareX(golden, step, actual.x, isCollecting || isThroughThreshold);
  std::string scaling = getScaling(golden);
  bool isGathered[] = {isCollecting && gathersThreshold(golden),
                       isCollecting && gathersLow(golden)};
  // What is constant there is an operand like others here, and so is what
  // statistics have gathered.
  if (scaling == "parameter_from_stats")
    for (auto [running, gathered] : llvm::zip(actual.running, isGathered))
      if (running)
        compareParameter(golden, step, "d_running", *running, gathered);
  const char *names[] = {"d_scaling_value", "d_zp_value"};
  bool isLearned[] = {scaling != "const", true};
  for (auto [name, learned, gathered, has] :
       llvm::zip(names, actual.learned, isGathered, isLearned))
    if (learned && has)
      compareParameter(golden, step, name, *learned, gathered);
  if (actual.offset && golden.get("bit_width_impl") == "parameter")
    compareParameter(golden, step, "d_bit_width_offset", *actual.offset,
                     /*isGathered=*/false);
}

void compareLife(const GoldenCase &golden, const GoldenOptions &options) {
  GoldenLayer layer(golden, options);
  bool gathers = getScaling(golden) == "stats" || isTrained(golden);
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step) {
    SCOPED_TRACE("step " + std::to_string(step) + ", " + golden.getMode(step));
    bool isCompared = hasGradients(golden, step);
    LayerOutput output;
    LayerGradients gradients;
    if (!layer.run(step, output, isCompared ? &gradients : nullptr))
      return;
    bool isCollecting = gathers && golden.getMode(step) == "train" &&
                        !(isTrained(golden) && layer.isLearned());
    if (isCompared)
      compareStep(golden, step, gradients, isCollecting);
  }
}

void compareGroups(const GoldenCase &golden, const GoldenOptions &options) {
  GoldenGroups layer(golden, options);
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    auto dx = layer.differentiate(
        step, *golden.getTensor(step, "g", golden.getShape()));
    if (dx)
      compareX(golden, step, *dx, /*isThroughStatistic=*/true);
  }
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

/// The cases that have gradients.
std::vector<const GoldenCase *> getCases() {
  std::vector<const GoldenCase *> cases;
  for (const GoldenCase &golden : getGoldenCases())
    if (llvm::any_of(llvm::seq(golden.getNumSteps()),
                     [&](size_t step) { return hasGradients(golden, step); }))
      cases.push_back(&golden);
  return cases;
}

constexpr size_t numCases = 212 + 27 + 21 + 31;

TEST(GoldenGradientManifest, HasEveryCase) {
  if (hasOtherGoldenCases())
    GTEST_SKIP() << "other cases";
  EXPECT_EQ(getCases().size(), numCases);
}

class GoldenGradient : public ::testing::TestWithParam<GoldenParameter> {};

TEST_P(GoldenGradient, EveryStep) {
  auto [golden, isCompiled] = GetParam();
  GoldenOptions options{isCompiled, /*isOneMachine=*/false,
                        /*hasGradients=*/true};
  if (getScaling(*golden) == "dynamic_group")
    return compareGroups(*golden, options);
  {
    SCOPED_TRACE("phases");
    compareLife(*golden, options);
  }
  if (!isTrained(*golden))
    return;
  SCOPED_TRACE("train");
  options.isOneMachine = true;
  compareLife(*golden, options);
}

INSTANTIATE_TEST_SUITE_P(Brevitas, GoldenGradient,
                         ::testing::Combine(::testing::ValuesIn(getCases()),
                                            ::testing::Bool()),
                         nameGoldenTest);

} // namespace
