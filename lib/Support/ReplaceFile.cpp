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

Expected<PendingFile> PendingFile::create(StringRef path) {
  // What is not a regular file (a device, a pipe) must not be replaced by one.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
    return createStringError(path + ": not a regular file");
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(
      path + ".%%%%%%.tmp", sys::fs::all_read | sys::fs::all_write);
  if (!file)
    return prefixPathToSystemError(path, file.takeError());
  return PendingFile(path, std::move(*file));
}

PendingFile::~PendingFile() {
  if (file)
    consumeError(file->discard());
}

/// Writes through the open file descriptor. A full disk must become an error
/// here: a stream that is destroyed with an error pending ends the program.
Error PendingFile::write(function_ref<Error(raw_pwrite_stream &)> write) {
  raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  if (Error error = write(os))
    return prefixPath(path, std::move(error));
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  if (error)
    return prefixPathToSystemError(path, errorCodeToError(error));
  return Error::success();
}

Error PendingFile::keep() {
  std::unique_ptr<sys::fs::TempFile> kept = std::move(file);
  if (Error error = kept->keep(path))
    return prefixPathToSystemError(path, std::move(error));
  return Error::success();
}

Error quant_act::replaceFile(StringRef path,
                             function_ref<void(raw_pwrite_stream &)> write) {
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  auto writeAll = [&](raw_pwrite_stream &os) {
    write(os);
    return Error::success();
  };
  if (Error error = file->write(writeAll))
    return error;
  return file->keep();
}
