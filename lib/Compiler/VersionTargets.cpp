//===- VersionTargets.cpp - The processors of several versions ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadTimeFeatures.h"

#include "QuantAct/Compiler/Versions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace quant_act;

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// The system's linker, too, has to know functions with a resolver.
static Error checkSystem(const llvm::Triple &triple, StringRef processors) {
  if (triple.isX86() && triple.isOSLinux() &&
      (triple.isGNUEnvironment() ||
       triple.getEnvironment() == llvm::Triple::UnknownEnvironment))
    return Error::success();
  return createStringError("expects one processor for " + triple.str() +
                           ", as several take x86-64 and GNU/Linux, but got '" +
                           processors + "'");
}

/// A feature of the second that the first has not.
static StringRef findLack(const Target &first, const Target &second) {
  std::vector<StringRef> features = getLoadTimeFeatures(first);
  for (StringRef feature : getLoadTimeFeatures(second))
    if (!llvm::is_contained(features, feature))
      return feature;
  return "";
}

/// Fails unless the second can take the place of the first, and not the other
/// way round.
static Error checkOrder(const Target &first, const Target &second) {
  std::string names =
      ("'" + first.getProcessor() + "' and '" + second.getProcessor() + "'")
          .str();
  StringRef lack = findLack(first, second);
  if (lack.empty())
    return createStringError("expects processors to differ in features that "
                             "are asked for at load time, but got " +
                             names);
  StringRef excess = findLack(second, first);
  if (excess.empty())
    return Error::success();
  return createStringError(
      "expects of any two processors one to have all features of the other, "
      "but got " +
      names + ": the first has " + excess + ", the second " + lack);
}

/// A set that has more features contains no set that has fewer.
static Error sortTargets(std::vector<Target> &targets) {
  llvm::stable_sort(targets, [](const Target &a, const Target &b) {
    return getLoadTimeFeatures(a).size() < getLoadTimeFeatures(b).size();
  });
  for (size_t i = 1; i < targets.size(); ++i)
    if (Error error = checkOrder(targets[i - 1], targets[i]))
      return error;
  return Error::success();
}

Expected<std::vector<Target>> quant_act::getTargets(StringRef triple,
                                                    StringRef processors,
                                                    StringRef features) {
  std::vector<Target> targets;
  if (!processors.contains(',')) {
    Expected<Target> target = Target::get(triple, processors, features);
    if (!target)
      return target.takeError();
    targets.push_back(std::move(*target));
    return targets;
  }
  if (!features.empty())
    return createStringError("expects features to be changed of one processor, "
                             "but got '" +
                             features + "' for '" + processors + "'");
  for (StringRef processor : llvm::split(processors, ',')) {
    if (processor.empty() || processor == "native")
      return createStringError("expects several processors to be names, "
                               "separated by commas, but got '" +
                               processor + "' in '" + processors + "'");
    Expected<Target> target = Target::get(triple, processor, "");
    if (!target)
      return target.takeError();
    if (Error error = checkSystem(target->getTriple(), processors))
      return std::move(error);
    targets.push_back(target->restrictTo(getLoadTimeFeatures(*target)));
  }
  if (Error error = sortTargets(targets))
    return std::move(error);
  return targets;
}
