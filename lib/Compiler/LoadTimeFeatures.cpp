//===- LoadTimeFeatures.cpp - What a machine is asked for -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What libgcc and compiler-rt know of the machine is what C compilers' own
// __builtin_cpu_supports reads:
//
//   int __cpu_indicator_init(void);      fills the rest in, once
//   struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;
//   unsigned __cpu_features2[];          more features
//
//===----------------------------------------------------------------------===//

#include "LoadTimeFeatures.h"

#include "llvm/IR/Module.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace quant_act;

using llvm::StringRef;
using llvm::Value;

namespace {
struct KnownFeature {
  llvm::StringLiteral name;
  /// Of those that functions are versioned by; else 0.
  unsigned priority;
  unsigned bit;
};
} // namespace

static constexpr KnownFeature knownFeatures[] = {
#define X86_FEATURE_COMPAT(ENUM, NAME, PRIORITY, BIT) {NAME, PRIORITY, BIT},
#include "llvm/TargetParser/X86TargetParser.def"
};

static constexpr llvm::StringLiteral initializeName = "__cpu_indicator_init";
static constexpr llvm::StringLiteral modelName = "__cpu_model";
static constexpr llvm::StringLiteral furtherName = "__cpu_features2";

bool quant_act::isLoadTimeName(StringRef name) {
  return name == initializeName || name == modelName || name == furtherName;
}

/// GCC 11's library has no more, and no way to tell.
static constexpr unsigned numBits = 3 * 32;

std::vector<StringRef> quant_act::getLoadTimeFeatures(const Target &target) {
  // A feature that no code here takes would only keep machines from the
  // version: virtual ones lack keys of memory protection and the like.
  Target levels =
      llvm::cantFail(Target::get(target.getTriple().str(), "x86-64-v4", ""));
  std::vector<StringRef> ofLevels = levels.getFeatures();
  std::vector<StringRef> ofTarget = target.getFeatures();
  std::vector<StringRef> names;
  for (const KnownFeature &feature : knownFeatures) {
    bool isTaken =
        feature.priority != 0 || llvm::is_contained(ofLevels, feature.name);
    if (isTaken && feature.bit < numBits &&
        llvm::is_contained(ofTarget, feature.name))
      names.push_back(feature.name);
  }
  return names;
}

/// The compiler's library is linked into what uses it, so that its variables
/// are at hand before addresses from elsewhere are.
static llvm::Constant *getLocal(llvm::Module &code, StringRef name,
                                llvm::Type *type) {
  llvm::Constant *variable = code.getOrInsertGlobal(name, type);
  llvm::cast<llvm::GlobalValue>(variable)->setDSOLocal(true);
  return variable;
}

void quant_act::emitFeatureInitialization(llvm::IRBuilderBase &builder) {
  llvm::Module &code = *builder.GetInsertBlock()->getModule();
  llvm::FunctionCallee initialize =
      code.getOrInsertFunction(initializeName, builder.getInt32Ty());
  llvm::cast<llvm::GlobalValue>(initialize.getCallee())->setDSOLocal(true);
  builder.CreateCall(initialize);
}

/// A word of the machine's features.
static Value *emitWord(llvm::IRBuilderBase &builder, unsigned index) {
  llvm::Module &code = *builder.GetInsertBlock()->getModule();
  llvm::IntegerType *word = builder.getInt32Ty();
  llvm::Type *words = llvm::ArrayType::get(word, 1);
  Value *address;
  if (index == 0) {
    llvm::Type *type = llvm::StructType::get(word, word, word, words);
    address = builder.CreateStructGEP(type, getLocal(code, modelName, type), 3);
  } else {
    address = builder.CreateConstGEP1_32(
        word, getLocal(code, furtherName, words), index - 1);
  }
  return builder.CreateLoad(word, address);
}

Value *quant_act::emitFeatureCheck(llvm::IRBuilderBase &builder,
                                   llvm::ArrayRef<StringRef> features) {
  Value *hasAll = builder.getTrue();
  for (auto [index, mask] :
       llvm::enumerate(llvm::X86::getCpuSupportsMask(features))) {
    if (mask == 0)
      continue;
    Value *present = builder.CreateAnd(emitWord(builder, index), mask);
    Value *isThere = builder.CreateICmpEQ(present, builder.getInt32(mask));
    hasAll = builder.CreateAnd(hasAll, isThere);
  }
  return hasAll;
}
