//===- ReplaceFile.cpp - Write a file as a whole or not at all ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/ReplaceFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace quant_act;

Error quant_act::prefixPath(StringRef path, Error error) {
  return createStringError(path + ": " + toString(std::move(error)));
}

Error quant_act::prefixPathToSystemError(StringRef path, Error error) {
  std::string reason = toString(std::move(error));
  if (!reason.empty())
    reason.front() = toLower(reason.front());
  return createStringError(path + ": " + reason);
}

/// Writes through an open file descriptor. A full disk must become an error
/// here: a stream that is destroyed with an error pending ends the program.
static Error writeContents(function_ref<void(raw_ostream &)> write,
                           int descriptor) {
  raw_fd_ostream os(descriptor, /*shouldClose=*/false);
  write(os);
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return errorCodeToError(error);
}

Error quant_act::replaceFile(StringRef path,
                             function_ref<void(raw_ostream &)> write) {
  // What is not a regular file (a device, a pipe) must not be replaced by one.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
    return createStringError(path + ": not a regular file");
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(
      path + ".%%%%%%.tmp", sys::fs::all_read | sys::fs::all_write);
  if (!file)
    return prefixPathToSystemError(path, file.takeError());
  if (Error error = writeContents(write, file->FD)) {
    consumeError(file->discard());
    return prefixPathToSystemError(path, std::move(error));
  }
  if (Error error = file->keep(path))
    return prefixPathToSystemError(path, std::move(error));
  return Error::success();
}
