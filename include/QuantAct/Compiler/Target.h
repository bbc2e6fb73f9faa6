//===- Target.h - A processor to compile for --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_COMPILER_TARGET_H
#define QUANTACT_COMPILER_TARGET_H

#include "QuantAct/Pipelines/Pipelines.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class MCSubtargetInfo;
class Target;
class TargetMachine;
} // namespace llvm

namespace quant_act {

/// A processor that code is generated for: x86-64 or AArch64.
class Target {
public:
  /// This machine's processor with all that it can.
  static llvm::Expected<Target> getHost();

  /// A processor by names as LLVM has them. An empty triple is this machine's;
  /// an empty processor is the least one of the triple's architecture,
  /// "native" this machine's; features ("+avx2,-fma") change what it can.
  static llvm::Expected<Target> get(llvm::StringRef triple, llvm::StringRef cpu,
                                    llvm::StringRef features);

  Target(Target &&);
  Target &operator=(Target &&);
  ~Target();

  /// This one, of whose features code uses only those that are named, besides
  /// what every processor of the architecture has. It is tuned for the
  /// processor all the same.
  Target restrictTo(llvm::ArrayRef<llvm::StringRef> features) const;

  const llvm::Triple &getTriple() const { return triple; }

  llvm::StringRef getProcessor() const { return processor; }

  /// The names of what it can, those of mere tuning among them.
  std::vector<llvm::StringRef> getFeatures() const;

  /// Tells it from any other target: "triple processor features".
  std::string getName() const;

  /// Bits of the widest vector registers.
  unsigned getRegisterBits() const;

  /// Whether it has instructions for a fused multiply-add.
  bool canFuse() const;

  /// Whether it divides vectors as fast as it multiplies and adds a few times.
  bool dividesFast() const;

  /// Whether it has instructions that round to integers.
  bool canRound() const;

  /// Whether it has an instruction that rounds f32 to bf16, but subnormal
  /// numbers to zero.
  bool canConvertBFloat16() const;

  /// Whether it has instructions that convert between f16 and f32.
  bool canConvertHalf() const;

  /// Sets the options that have no value to what suits the processor.
  void completeOptions(CPUPipelineOptions &options) const;

  std::unique_ptr<llvm::TargetMachine> createMachine() const;

private:
  Target(const llvm::Target &backend, llvm::Triple triple,
         std::string processor, std::string cpu, std::string features);

  bool has(llvm::StringRef feature) const;
  llvm::Error check() const;

  const llvm::Target *backend;
  llvm::Triple triple;
  /// What code is tuned for.
  std::string processor;
  /// What code uses: all of a processor, and features besides.
  std::string cpu, features;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
};

} // namespace quant_act

#endif // QUANTACT_COMPILER_TARGET_H
