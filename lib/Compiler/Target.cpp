//===- Target.cpp - A processor to compile for ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Target.h"

#include "QuantAct/Compiler/RuntimeLibrary.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace quant_act;

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

Target::Target(const llvm::Target &backend, llvm::Triple triple,
               std::string processor, std::string cpu, std::string features)
    : backend(&backend), triple(std::move(triple)),
      processor(std::move(processor)), cpu(std::move(cpu)),
      features(std::move(features)),
      subtarget(backend.createMCSubtargetInfo(this->triple, this->cpu,
                                              this->features)) {}
Target::Target(Target &&) = default;
Target &Target::operator=(Target &&) = default;
Target::~Target() = default;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static llvm::Triple getHostTriple() {
  return llvm::Triple(llvm::sys::getProcessTriple());
}

/// The features of this machine's processor: "+avx2,-fma4,...".
static std::string getHostFeatures() {
  llvm::SubtargetFeatures features;
  for (const auto &[feature, isThere] : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature, isThere);
  return features.getString();
}

/// The processor that every one of the architecture can stand in for.
static StringRef getBaseline(const llvm::Triple &triple) {
  return triple.isX86() ? "x86-64" : "generic";
}

static Expected<const llvm::Target *> lookUpBackend(llvm::Triple triple) {
  llvm::InitializeAllTargetInfos();
  llvm::InitializeAllTargets();
  llvm::InitializeAllTargetMCs();
  llvm::InitializeAllAsmPrinters();
  std::string message;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, message);
  bool isKnown = triple.getArch() == llvm::Triple::x86_64 ||
                 triple.getArch() == llvm::Triple::aarch64;
  bool has64BitPointers =
      !triple.isX32() && triple.getEnvironment() != llvm::Triple::GNUILP32;
  if (!isKnown || !has64BitPointers || !triple.isOSBinFormatELF() || !backend)
    return createStringError(
        "expects a target of x86-64 or AArch64 with ELF files and 64-bit "
        "pointers, such as x86_64-linux-gnu or aarch64-linux-gnu, but got '" +
        triple.str() + "'");
  return backend;
}

/// Fails if a processor or one of the features is not known: LLVM would print a
/// warning and go on.
static Error checkNames(const llvm::MCSubtargetInfo &known, StringRef cpu,
                        StringRef features) {
  if (!known.isCPUStringValid(cpu))
    return createStringError("there is no processor '" + cpu + "' of " +
                             known.getTargetTriple().str() +
                             "; llc -mtriple=" + known.getTargetTriple().str() +
                             " -mcpu=help lists them");
  for (StringRef feature : llvm::split(features, ',')) {
    if (feature.empty())
      continue;
    if (!llvm::SubtargetFeatures::hasFlag(feature))
      return createStringError("expects features to be +NAME or -NAME, "
                               "separated by commas, but got '" +
                               feature + "'");
    if (llvm::none_of(known.getAllProcessorFeatures(),
                      [&](const llvm::SubtargetFeatureKV &entry) {
                        return feature.drop_front() == entry.Key;
                      }))
      return createStringError(
          "there is no feature '" + feature.drop_front() + "' of " +
          known.getTargetTriple().str() + "; llc -mtriple=" +
          known.getTargetTriple().str() + " -mattr=help lists them");
  }
  return Error::success();
}

Expected<Target> Target::getHost() { return get("", "native", ""); }

Expected<Target> Target::get(StringRef tripleName, StringRef cpu,
                             StringRef features) {
  llvm::Triple triple = tripleName.empty()
                            ? getHostTriple()
                            : llvm::Triple(llvm::Triple::normalize(tripleName));
  auto backend = lookUpBackend(triple);
  if (!backend)
    return backend.takeError();
  std::string all = features.str();
  if (cpu.empty())
    cpu = getBaseline(triple);
  if (cpu == "native") {
    if (triple.getArch() != getHostTriple().getArch())
      return createStringError("the processor 'native' is of " +
                               getHostTriple().str() + ", not of " +
                               triple.str());
    cpu = llvm::sys::getHostCPUName();
    all = getHostFeatures() + "," + all;
  }
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      (*backend)->createMCSubtargetInfo(triple, "", ""));
  if (Error error = checkNames(*known, cpu, features))
    return std::move(error);
  Target target(**backend, triple, cpu.str(), cpu.str(), all);
  if (Error error = target.check())
    return std::move(error);
  return target;
}

Target Target::restrictTo(llvm::ArrayRef<StringRef> names) const {
  llvm::SubtargetFeatures restricted;
  for (StringRef name : getFeatures())
    if (llvm::is_contained(names, name))
      restricted.AddFeature(name);
  return Target(*backend, triple, processor, getBaseline(triple).str(),
                restricted.getString());
}

//===----------------------------------------------------------------------===//
// Properties
//===----------------------------------------------------------------------===//

std::vector<StringRef> Target::getFeatures() const {
  std::vector<StringRef> names;
  for (const auto &entry : subtarget->getEnabledProcessorFeatures())
    names.push_back(entry.Key);
  return names;
}

bool Target::has(StringRef feature) const {
  return subtarget->checkFeatures(("+" + feature).str());
}

/// Fails where code cannot be generated at all: LLVM would end the process.
Error Target::check() const {
  StringRef vectors = triple.isX86() ? "sse2" : "neon";
  bool is64Bit = !triple.isX86() || has("64bit");
  if (is64Bit && has(vectors))
    return Error::success();
  return createStringError("expects a 64-bit processor with " + vectors +
                           ", but '" + cpu + "' with features '" + features +
                           "' is none");
}

std::string Target::getName() const {
  std::string name = triple.str() + " " + cpu + " " + features;
  return processor == cpu ? name : name + " as " + processor;
}

unsigned Target::getRegisterBits() const {
  if (!triple.isX86())
    return 128;
  return has("avx512f") ? 512 : has("avx2") ? 256 : 128;
}

bool Target::canFuse() const { return !triple.isX86() || has("fma"); }

bool Target::dividesFast() const {
  // Zen 5: W2 and W3 of quant-bench are as fast with divisions, or faster.
  return triple.isX86() && processor == "znver5";
}

bool Target::canConvertBFloat16() const {
  return triple.isX86() && has("avx512bf16");
}

bool Target::canRound() const { return !triple.isX86() || has("sse4.1"); }

bool Target::canConvertHalf() const { return !triple.isX86() || has("f16c"); }

void Target::completeOptions(CPUPipelineOptions &options) const {
  if (!options.vectorBits.hasValue())
    options.vectorBits = 4 * getRegisterBits();
  if (!options.replaceDivisions.hasValue())
    options.replaceDivisions = canFuse();
  if (!options.dividesFast.hasValue())
    options.dividesFast = dividesFast();
  if (!options.convertBFloat16.hasValue())
    options.convertBFloat16 = canConvertBFloat16();
  if (!options.expandRounding.hasValue())
    options.expandRounding = !canRound();
  if (!options.expandFloat16.hasValue())
    options.expandFloat16 = !canConvertHalf();
  if (!options.runtimeLibrary.hasValue())
    options.runtimeLibrary = hasRuntimeLibrary(triple);
}

std::unique_ptr<llvm::TargetMachine> Target::createMachine() const {
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, cpu, features, llvm::TargetOptions(), llvm::Reloc::PIC_,
      /*CM=*/std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}
