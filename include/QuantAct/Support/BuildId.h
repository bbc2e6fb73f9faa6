//===- BuildId.h - Which build of a library is loaded -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_BUILDID_H
#define QUANTACT_SUPPORT_BUILDID_H

#include "llvm/ADT/StringRef.h"

namespace quant_act {

/// The bytes by which the linker tells one build of a program or library from
/// any other, for the one that is loaded where `address` is. Empty if it was
/// linked without (--build-id).
llvm::StringRef getBuildId(const void *address);

} // namespace quant_act

#endif // QUANTACT_SUPPORT_BUILDID_H
