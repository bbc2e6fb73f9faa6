//===- GoldenCase.h - What a training framework computed --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the cases in Inputs (README.md says what they are).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_GOLDEN_GOLDENCASE_H
#define QUANTACT_TEST_UNIT_GOLDEN_GOLDENCASE_H

#include "QuantAct/Support/HostTensor.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/JSON.h"

#include "gtest/gtest.h"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace quant_act {

/// One case: a layer's settings, and the tensors of each step of its life.
class GoldenCase {
public:
  GoldenCase(const llvm::json::Object &object, std::string data);

  std::string getName() const { return object.getString("id")->str(); }
  std::string getFamily() const;

  /// The layer's settings, with every default made explicit.
  const llvm::json::Object &getSettings() const { return settings; }
  std::string get(llvm::StringRef key) const;
  bool isTrue(llvm::StringRef key) const;
  double getNumber(llvm::StringRef key, double missing) const;

  /// Whether there is a zero point, and whether its low end is learned from the
  /// beginning, not from a statistic on.
  bool isAsymmetric() const { return get("zero_point") != "zero"; }
  bool isLowGiven() const { return get("zero_point") == "parameter"; }

  bool isPerChannel() const { return isTrue("per_channel"); }
  bool isBitExact() const;

  /// Whether a gradient is cancellation to the last bit, and so noise.
  bool isNoise(size_t step, llvm::StringRef gradient) const;

  size_t getNumSteps() const { return modes.size(); }

  /// train, calib or eval.
  std::string getMode(size_t step) const { return modes[step]; }

  /// The shape of x, of compact parameters, and the grid between them as text,
  /// empty for one parameter.
  llvm::SmallVector<int64_t> getShape() const;
  llvm::SmallVector<int64_t> getParameterShape() const;
  std::string getGrid() const;

  /// The tensor `s<step>.<name>` as the file has it, or with another shape of
  /// as many elements; none if the case has none.
  std::optional<HostTensor> getTensor(size_t step, llvm::StringRef name) const;
  std::optional<HostTensor> getTensor(size_t step, llvm::StringRef name,
                                      llvm::ArrayRef<int64_t> shape) const;
  std::optional<double> getScalar(size_t step, llvm::StringRef name) const;

  /// A parameter that was overwritten before the step; none if it was not.
  std::optional<HostTensor> getOverwritten(size_t step, llvm::StringRef name,
                                           llvm::ArrayRef<int64_t> shape) const;

  /// What a given threshold (scaling CONST, PARAMETER) starts from, `init`, or
  /// a given low end, `zp_init`.
  std::optional<HostTensor> getInit(llvm::StringRef key) const;

private:
  int64_t getChannelDim() const { return *config.getInteger("channel_dim"); }

  const llvm::json::Object &object;
  /// What the user wrote, where the manifest keeps it apart.
  const llvm::json::Object &config;
  const llvm::json::Object &settings;
  std::vector<std::string> modes;
  std::string data;
};

/// The cases of every folder of Inputs, in the manifests' order, or those of
/// the folder that the environment names instead (README.md).
const std::vector<GoldenCase> &getGoldenCases();

/// Whether the environment names a folder.
bool hasOtherGoldenCases();

/// A case in one of the two ways, and its test's name.
using GoldenParameter = std::tuple<const GoldenCase *, bool>;
std::string
nameGoldenTest(const ::testing::TestParamInfo<GoldenParameter> &info);

/// A number as the parser wants it: with a point and every digit.
std::string formatDouble(double value);

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_GOLDEN_GOLDENCASE_H
