//===- GoldenTest.cpp - Layers as Brevitas computes them ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs quant_act.act, interpreted and compiled, on cases that Brevitas produced
// (Inputs, README.md). A layer lives through all steps of its case from its
// first state on; what it returns, and its state, are compared after each.
//
//===----------------------------------------------------------------------===//

#include "GoldenLayer.h"

#include "../Execution/TestProgram.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace quant_act;

namespace {

constexpr size_t numCases = 41 + 176 + 27 + 21 + 31;

TEST(GoldenManifest, HasEveryCase) {
  if (hasOtherGoldenCases())
    GTEST_SKIP() << "other cases";
  EXPECT_EQ(getGoldenCases().size(), numCases);
}

void expectEqual(const GoldenCase &golden, size_t step, StringRef name,
                 const HostTensor &actual) {
  std::optional<HostTensor> stored = golden.getTensor(step, name);
  ASSERT_TRUE(stored) << name.str() << " is not in the manifest";
  ASSERT_EQ(stored->getNumElements(), actual.getNumElements()) << name.str();
  auto expected = golden.getTensor(step, name, actual.getShape());
  EXPECT_TRUE(equalBits(actual, *expected, golden.isBitExact() ? 0 : 4))
      << name.str();
}

//===----------------------------------------------------------------------===//
// Layers with state
//===----------------------------------------------------------------------===//

/// Compares the state after a step, as far as the case has it.
void checkState(const GoldenCase &golden, size_t step,
                const GoldenLayer &layer) {
  std::string scaling = getScaling(golden);
  if (scaling == "stats")
    expectEqual(golden, step, "running_stats", *layer.running[0]);
  if (scaling == "parameter" || scaling == "parameter_from_stats")
    expectEqual(golden, step, "scaling_value", *layer.learned[0]);
  if (golden.isAsymmetric()) {
    if (!golden.isLowGiven())
      expectEqual(golden, step, "zp_buffer", *layer.running[1]);
    expectEqual(golden, step, "zp_value", *layer.learned[1]);
  }
  if (!isTrained(golden))
    return;
  // Learning takes Brevitas's buffer to its logarithm, in place.
  bool isFromStats = scaling == "parameter_from_stats";
  if (isFromStats && (golden.get("restrict") == "fp" || !layer.isLearned()))
    expectEqual(golden, step, "scaling_buffer", *layer.running[0]);
  const char *counter = isThresholdRunning(golden) ? "stats_counter"
                        : isFromStats              ? "scaling_counter"
                                                   : "zp_counter";
  // A calibration lets Brevitas count to its end.
  double count = *golden.getScalar(step, counter);
  double limit = golden.getNumber("collect_stats_steps", 0);
  EXPECT_EQ(layer.getCount(), count > 0x1.0p60 ? limit + 1 : count);
}

void runLife(const GoldenCase &golden, bool isCompiled, bool isOneMachine) {
  GoldenLayer layer(golden, {isCompiled, isOneMachine});
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step) {
    SCOPED_TRACE("step " + std::to_string(step) + ", " + golden.getMode(step));
    LayerOutput output;
    if (!layer.run(step, output))
      return;
    expectEqual(golden, step, "y", output.y);
    if (golden.getMode(step) != "calib") {
      expectEqual(golden, step, "scale", *output.parameters[0]);
      if (golden.isAsymmetric())
        expectEqual(golden, step, "zero_point", *output.parameters[1]);
    }
    checkState(golden, step, layer);
  }
}

//===----------------------------------------------------------------------===//
// Groups without state (MX)
//===----------------------------------------------------------------------===//

void runGroups(const GoldenCase &golden, bool isCompiled) {
  GoldenGroups layer(golden, {isCompiled});
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    std::vector<HostTensor> results = layer.run(step);
    if (results.empty())
      return;
    expectEqual(golden, step, "y", results[0]);
    expectEqual(golden, step, "scale", results[1]);
  }
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

class Golden : public ::testing::TestWithParam<GoldenParameter> {};

TEST_P(Golden, EveryStep) {
  auto [golden, isCompiled] = GetParam();
  std::string scaling = getScaling(*golden);
  if (scaling == "dynamic_group")
    return runGroups(*golden, isCompiled);
  {
    SCOPED_TRACE("phases");
    runLife(*golden, isCompiled, /*isOneMachine=*/false);
  }
  if (!isTrained(*golden))
    return;
  SCOPED_TRACE("train");
  runLife(*golden, isCompiled, /*isOneMachine=*/true);
}

std::vector<const GoldenCase *> getCases() {
  std::vector<const GoldenCase *> cases;
  for (const GoldenCase &golden : getGoldenCases())
    cases.push_back(&golden);
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Brevitas, Golden,
                         ::testing::Combine(::testing::ValuesIn(getCases()),
                                            ::testing::Bool()),
                         nameGoldenTest);

} // namespace
