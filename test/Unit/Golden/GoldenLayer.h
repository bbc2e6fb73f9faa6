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

#include <memory>
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

/// The type of a tensor of f32.
std::string getTensorType(llvm::ArrayRef<int64_t> shape);

/// Functions as text that are interpreted, or compiled once.
class GoldenProgram {
public:
  GoldenProgram(const std::string &source, bool isCompiled);
  ~GoldenProgram();

  /// The results of a call; none, with a failure of the test, if it fails.
  std::vector<HostTensor> call(llvm::StringRef function,
                               llvm::ArrayRef<HostTensor> values);

private:
  std::string source;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CompiledModule> compiled;
};

/// What a layer returns: y, then the scale and the zero point unless it is
/// calibrated.
struct LayerOutput {
  HostTensor y;
  std::vector<HostTensor> parameters;
};

/// A case's layer with its state, from its beginning on.
class GoldenLayer {
public:
  /// With `isOneMachine`, training is the phase `train`, else `collect` and
  /// `learn` as the count says.
  GoldenLayer(const GoldenCase &golden, bool isCompiled, bool isOneMachine);

  /// Runs a step; false, with a failure of the test, if it does not run.
  bool run(size_t step, LayerOutput &output);

  /// The threshold and, for a zero point, the low end.
  std::vector<HostTensor> running;
  std::vector<HostTensor> learned;

  int64_t getCount() const { return count.getInteger(0); }

  /// Whether the layer learns by now.
  bool isLearned() const { return getCount() > getSteps(); }

private:
  std::string buildProgram() const;
  std::string buildPhase(llvm::StringRef phase) const;
  int64_t getSteps() const;
  void setCount(int64_t value);
  void initialize();
  void overwriteState(size_t step);
  std::string getPhase(llvm::StringRef mode);
  bool callPhase(llvm::StringRef phase, size_t step, LayerOutput &output);

  const GoldenCase &golden;
  bool isOneMachine;
  bool isFromStats;
  bool hasBits;
  HostTensor count, calls, offset;
  std::string lastMode;
  GoldenProgram program;
};

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_GOLDEN_GOLDENLAYER_H
