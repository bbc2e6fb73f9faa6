//===- Storage.h - Codes in memory ------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lowering's way from codes to the types that store them and back: integers
// and floating-point types of at most 8 bits. Every value that is stored is one
// of the type's, so that nothing is rounded here.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_STORAGE_H
#define QUANTACT_NUMERICS_STORAGE_H

#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuant.h"

namespace quant_act {

/// A code, as the emitter computed it, in the storage type of its format.
mlir::Value storeCode(mlir::OpBuilder &builder, mlir::Location loc,
                      Emitter &emitter, const FakeQuantSpec &spec,
                      mlir::Value code, const Parameters<Emitter> &parameters,
                      mlir::Type storage);

/// The code that was stored, in the emitter's compute type.
mlir::Value loadCode(mlir::OpBuilder &builder, mlir::Location loc,
                     Emitter &emitter, const Format &format,
                     mlir::Value stored);

/// The number that a floating-point type of any width stores, in the emitter's
/// compute type.
mlir::Value loadNumber(mlir::OpBuilder &builder, mlir::Location loc,
                       Emitter &emitter, mlir::Value stored);

} // namespace quant_act

#endif // QUANTACT_NUMERICS_STORAGE_H
