//===- CodeCache.cpp - Compiled code in a directory -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CodeCache.h"

#include "QuantAct/Support/ReplaceFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace quant_act;

/// What a file ends in, behind its code: tools that read object files do not
/// mind.
static std::string getChecksum(StringRef key, StringRef code) {
  BLAKE3 hasher;
  hasher.update(key);
  hasher.update(code);
  return toStringRef(hasher.final()).str();
}

std::string CodeCache::getPath(StringRef key) const {
  SmallString<128> path(directory);
  // pruneCache() takes only such names for files of a cache.
  sys::path::append(path, "llvmcache-" + key + ".o");
  return std::string(path);
}

std::unique_ptr<MemoryBuffer> CodeCache::find(StringRef key) const {
  // Not mapped: the file may be cut short while it is in use.
  auto file = MemoryBuffer::getFile(getPath(key), /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false,
                                    /*IsVolatile=*/true);
  if (!file)
    return nullptr;
  StringRef contents = (*file)->getBuffer();
  StringRef code =
      contents.drop_back(std::min(contents.size(), sizeof(BLAKE3Result<>)));
  if (contents.drop_front(code.size()) != getChecksum(key, code))
    return nullptr;
  return std::move(*file);
}

Error CodeCache::insert(StringRef key, StringRef code) const {
  if (std::error_code error = sys::fs::create_directories(directory))
    return prefixPathToSystemError(directory, errorCodeToError(error));
  auto write = [&](raw_pwrite_stream &os) {
    os << code << getChecksum(key, code);
  };
  if (Error error = replaceFile(getPath(key), write))
    return error;
  pruneCache(directory, CachePruningPolicy());
  return Error::success();
}
