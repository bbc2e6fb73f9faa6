//===- GoldenLayer.h - A case's layer as IR that runs -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_GOLDEN_GOLDENLAYER_H
#define QUANTACT_TEST_UNIT_GOLDEN_GOLDENLAYER_H

#include "GoldenCase.h"

#include "QuantAct/Execution/CompiledModule.h"
#include "mlir/IR/OwningOpRef.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// Attributes of the layer as text.
std::string getStatistic(const GoldenCase &golden);
std::string getRestriction(const GoldenCase &golden);
std::string getFormat(const GoldenCase &golden);
std::string getRounding(const GoldenCase &golden);

/// The least scale; 0 for none.
double getMinimum(const GoldenCase &golden);

/// The scaling keyword. A layer without a scale has a constant one of 1.
std::string getScaling(const GoldenCase &golden);

/// Whether the threshold, and whether the low end, comes from a statistic.
bool gathersThreshold(const GoldenCase &golden);
bool gathersLow(const GoldenCase &golden);

/// Whether the threshold is the running one throughout.
bool isThresholdRunning(const GoldenCase &golden);

/// Whether a layer collects a statistic and then learns.
bool isTrained(const GoldenCase &golden);

/// The type of a tensor of f32.
std::string getTensorType(llvm::ArrayRef<int64_t> shape);

/// How a case is run.
struct GoldenOptions {
  bool isCompiled;
  /// Training is the phase `train`, else `collect` and `learn` as the count
  /// says.
  bool isOneMachine = false;
  bool hasGradients = false;
};

/// Functions as text that are interpreted, or compiled once.
class GoldenProgram {
public:
  GoldenProgram(const GoldenCase &golden, const std::string &source,
                const GoldenOptions &options);
  ~GoldenProgram();

  /// The results of a call; none, with a failure of the test, if it fails.
  std::vector<HostTensor> call(llvm::StringRef function,
                               llvm::ArrayRef<HostTensor> values);

  /// The gradients of a call's arguments, where that of its first result is `g`
  /// and those of all others are zero.
  std::vector<HostTensor> differentiate(llvm::StringRef function,
                                        llvm::ArrayRef<HostTensor> values,
                                        const HostTensor &g);

private:
  std::string source;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CompiledModule> compiled;
};

/// A threshold and, for a zero point, a low end; each may be missing.
using Thresholds = std::array<std::optional<HostTensor>, 2>;

/// What a layer returns: y, then the scale and the zero point unless it is
/// calibrated.
struct LayerOutput {
  HostTensor y;
  Thresholds parameters;
};

/// The gradients of what a layer takes; nothing for state that a step does not
/// take.
struct LayerGradients {
  HostTensor x;
  Thresholds running;
  Thresholds learned;
  /// Of the offset that bits are learned by.
  std::optional<HostTensor> offset;
};

/// A case's layer with its state, from its beginning on.
class GoldenLayer {
public:
  GoldenLayer(const GoldenCase &golden, const GoldenOptions &options);

  /// Runs a step, with the gradients if they are asked for; false, with a
  /// failure of the test, if it does not run.
  bool run(size_t step, LayerOutput &output,
           LayerGradients *gradients = nullptr);

  Thresholds running;
  Thresholds learned;

  int64_t getCount() const { return count.getInteger(0); }

  /// Whether the layer learns by now.
  bool isLearned() const { return learns || getCount() > getSteps(); }

private:
  std::string buildProgram() const;
  std::string buildPhase(llvm::StringRef phase) const;
  int64_t getSteps() const;
  void setCount(int64_t value);
  void setThreshold(const HostTensor &threshold);
  void initialize();
  void overwriteState(size_t step);
  std::string getPhase(llvm::StringRef mode);
  std::vector<HostTensor> getArguments(llvm::StringRef phase, size_t step);
  bool differentiatePhase(llvm::StringRef phase, size_t step,
                          LayerGradients &gradients);
  bool callPhase(llvm::StringRef phase, size_t step, LayerOutput &output);

  const GoldenCase &golden;
  bool isOneMachine;
  bool hasBits;
  /// Whether the layer was made to learn, whatever its count.
  bool learns = false;
  HostTensor count, calls, offset;
  std::string lastMode;
  GoldenProgram program;
};

/// A case's layer on blocks along one dimension of x (MX), which has no state.
class GoldenGroups {
public:
  GoldenGroups(const GoldenCase &golden, const GoldenOptions &options);

  /// y and the scale; nothing, with a failure of the test, if a step does not
  /// run.
  std::vector<HostTensor> run(size_t step);

  /// The gradient of x.
  std::optional<HostTensor> differentiate(size_t step, const HostTensor &g);

private:
  int64_t getDim() const;
  int64_t getNumGroups() const;
  std::string buildProgram() const;
  HostTensor pad(const HostTensor &tensor) const;
  HostTensor cut(const HostTensor &tensor) const;

  const GoldenCase &golden;
  GoldenProgram program;
};

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_GOLDEN_GOLDENLAYER_H
