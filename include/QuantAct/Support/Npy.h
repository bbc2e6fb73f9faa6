//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes one array in NumPy's .npy format, versions 1.0 to 3.0.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_NPY_H
#define QUANTACT_SUPPORT_NPY_H

#include "QuantAct/Support/HostTensor.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace quant_act {

/// Reads an array of little-endian f2, f4, f8, i1, i2, i4, i8, u1, u2, u4 or u8
/// (the element types' integers have no sign of their own), or of V2, which is
/// how NumPy stores a bf16 it has no name for, or of V1 or f1, which is how it
/// stores ml_dtypes' floats of at most 8 bits: as bytes. Arrays in Fortran order
/// are transposed to row-major order. The message of an error begins with the
/// path.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// Reads an array from the contents of a file.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef contents);

/// The contents of an array's file.
std::string formatNpy(const HostTensor &tensor);

/// Writes the bytes that `numpy.save` would write; floats of at most 8
/// bits as u1, one per byte. An
/// existing file is replaced in one step: it is never seen half-written. The
/// message of an error begins with the path.
llvm::Error writeNpy(const HostTensor &tensor, llvm::StringRef path);

} // namespace quant_act

#endif // QUANTACT_SUPPORT_NPY_H
