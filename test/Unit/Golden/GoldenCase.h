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

  bool isAsymmetric() const { return get("zero_point") == "shifted"; }
  bool isPerChannel() const { return isTrue("per_channel"); }
  bool isBitExact() const { return *object.getBoolean("forward_bit_exact"); }

  /// Whether a gradient is cancellation to the last bit, and so noise.
  bool isNoise(size_t step, llvm::StringRef gradient) const;

  size_t getNumSteps() const { return object.getArray("modes")->size(); }

  /// train, calib or eval.
  std::string getMode(size_t step) const;

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

  /// What a scaling of given thresholds (CONST, PARAMETER) starts from.
  std::optional<HostTensor> getInit() const;

private:
  int64_t getChannelDim() const { return *object.getInteger("channel_dim"); }

  const llvm::json::Object &object;
  const llvm::json::Object &settings;
  std::string data;
};

/// The cases of a folder of Inputs, in the manifest's order.
const std::vector<GoldenCase> &getGoldenCases(const std::string &folder);

/// The name of a test on one case, or on none, in one of the two ways.
std::string nameGoldenTest(const GoldenCase *golden, size_t index,
                           bool isCompiled);

/// A number as the parser wants it: with a point and every digit.
std::string formatDouble(double value);

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_GOLDEN_GOLDENCASE_H
