//===- Enums.cpp - The choices that the numerics know ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/Spec.h"

#include "QuantAct/Numerics/Enums.cpp.inc"
