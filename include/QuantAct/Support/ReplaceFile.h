//===- ReplaceFile.h - Write a file as a whole or not at all ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_REPLACEFILE_H
#define QUANTACT_SUPPORT_REPLACEFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <memory>
#include <string>

namespace llvm {
class raw_pwrite_stream;
} // namespace llvm

namespace quant_act {

/// A file that takes its path in one step when it is complete: it is never seen
/// half-written, and nothing is left of it if it is not kept. The messages of
/// errors begin with the path.
class PendingFile {
public:
  static llvm::Expected<PendingFile> create(llvm::StringRef path);

  PendingFile(PendingFile &&) = default;
  ~PendingFile();

  /// Where the file is until it is kept, beside its path.
  llvm::StringRef getTemporaryPath() const { return file->TmpName; }

  llvm::Error
  write(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

  llvm::Error keep();

private:
  PendingFile(llvm::StringRef path, llvm::sys::fs::TempFile file)
      : path(path),
        file(std::make_unique<llvm::sys::fs::TempFile>(std::move(file))) {}

  std::string path;
  /// Null when it has been kept.
  std::unique_ptr<llvm::sys::fs::TempFile> file;
};

/// Writes and keeps a file.
llvm::Error
replaceFile(llvm::StringRef path,
            llvm::function_ref<void(llvm::raw_pwrite_stream &)> write);

/// The error with the path before its message.
llvm::Error prefixPath(llvm::StringRef path, llvm::Error error);

/// The same for an error of the operating system.
llvm::Error prefixPathToSystemError(llvm::StringRef path, llvm::Error error);

} // namespace quant_act

#endif // QUANTACT_SUPPORT_REPLACEFILE_H
