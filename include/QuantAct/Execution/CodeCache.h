//===- CodeCache.h - Compiled code in a directory ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_EXECUTION_CODECACHE_H
#define QUANTACT_EXECUTION_CODECACHE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace quant_act {

/// Object files by keys, in a directory that any number of processes may use at
/// once. What is found there is run: others must not be able to write there.
class CodeCache {
public:
  /// The directory need not be there before something is inserted.
  explicit CodeCache(llvm::StringRef directory) : directory(directory) {}

  /// The object file, or null if there is none that is intact.
  std::unique_ptr<llvm::MemoryBuffer> find(llvm::StringRef key) const;

  /// Takes the place of what the key had. Files that were not used for long may
  /// go.
  llvm::Error insert(llvm::StringRef key, llvm::StringRef code) const;

private:
  std::string getPath(llvm::StringRef key) const;

  std::string directory;
};

} // namespace quant_act

#endif // QUANTACT_EXECUTION_CODECACHE_H
