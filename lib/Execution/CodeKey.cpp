//===- CodeKey.cpp - What determines compiled code ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CodeKey.h"

#include "QuantAct/Support/BuildId.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/ManagedStatic.h"
#include "llvm/Support/raw_ostream.h"

using namespace quant_act;

using llvm::Error;
using llvm::StringRef;

/// Writes which builds of this library, MLIR and LLVM run. Versions would not
/// do: a pass that was changed must not find its old code.
static Error writeCompiler(llvm::raw_ostream &os) {
  // A function of each; they may be in one file.
  const void *addresses[] = {
      reinterpret_cast<const void *>(&getCodeKey),
      reinterpret_cast<const void *>(&mlir::writeBytecodeToFile),
      reinterpret_cast<const void *>(&llvm::llvm_shutdown)};
  for (const void *address : addresses) {
    StringRef buildId = getBuildId(address);
    if (buildId.empty())
      return llvm::createStringError(
          "a program or library of the compiler was linked without --build-id");
    os << llvm::toHex(buildId) << '\n';
  }
  return Error::success();
}

llvm::Expected<std::string>
quant_act::getCodeKey(mlir::ModuleOp module, const Target &target,
                      const CPUPipelineOptions &options) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (Error error = writeCompiler(os))
    return std::move(error);
  os << target.getName() << '\n';
  options.print(os);
  os << '\n';
  // It fails only where an older version of the format is asked for.
  (void)mlir::writeBytecodeToFile(module, os);
  llvm::BLAKE3 hasher;
  hasher.update(text);
  return llvm::toHex(hasher.final<20>(), /*LowerCase=*/true);
}
