//===- RuntimeLibrary.cpp - The library that compiled code calls ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/RuntimeLibrary.h"

#include "QuantAct/Runtime/OrderStatistics.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

using namespace quant_act;

using llvm::StringRef;

llvm::ArrayRef<std::pair<StringRef, void *>> quant_act::getRuntimeFunctions() {
#define QUANT_ACT_FUNCTION(name)                                               \
  {                                                                            \
    #name, reinterpret_cast<void *>(&name)                                     \
  }
  static const std::pair<StringRef, void *> functions[] = {
      QUANT_ACT_FUNCTION(_mlir_ciface_quantActOrderStatisticsF16),
      QUANT_ACT_FUNCTION(_mlir_ciface_quantActOrderStatisticsBF16),
      QUANT_ACT_FUNCTION(_mlir_ciface_quantActOrderStatisticsF32),
      QUANT_ACT_FUNCTION(_mlir_ciface_quantActOrderStatisticsF64)};
#undef QUANT_ACT_FUNCTION
  return functions;
}

bool quant_act::callsRuntimeLibrary(const llvm::Module &code) {
  return llvm::any_of(getRuntimeFunctions(), [&](const auto &entry) {
    const llvm::Function *function = code.getFunction(entry.first);
    return function && !function->use_empty();
  });
}

bool quant_act::hasRuntimeLibrary(const llvm::Triple &target) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  return target.getArch() == host.getArch() && target.getOS() == host.getOS();
}

llvm::Expected<std::string>
quant_act::getRuntimeLibraryPath(const llvm::Triple &target) {
  if (!hasRuntimeLibrary(target))
    return llvm::createStringError(
        "there is no QuantActRuntime for " + target.str() +
        " to link; the pipeline option runtime-library=false does without");
  std::string program = llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&getRuntimeLibraryPath));
  llvm::SmallString<128> path = llvm::sys::path::parent_path(program);
  llvm::sys::path::append(path, QUANT_ACT_RUNTIME_LIBRARY);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return path.str().str();
}
