//===- Npz.h - NumPy's files of named arrays --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npz files, which are zip files of .npy files: not
// compressed, as `numpy.savez` writes them and `numpy.load` reads them.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_NPZ_H
#define QUANTACT_SUPPORT_NPZ_H

#include "QuantAct/Support/HostTensor.h"

#include "llvm/Support/Error.h"

namespace quant_act {

/// An array and the name of its entry, without ".npy".
struct NamedTensor {
  std::string name;
  HostTensor tensor;
};

/// The arrays of a file, in its order. The message of an error begins with the
/// path.
llvm::Expected<std::vector<NamedTensor>> readNpz(llvm::StringRef path);

/// Writes arrays of different names. The file takes the path in one step. The
/// message of an error begins with the path.
llvm::Error writeNpz(llvm::ArrayRef<NamedTensor> tensors, llvm::StringRef path);

} // namespace quant_act

#endif // QUANTACT_SUPPORT_NPZ_H
