//===- ScaledDivision.h - Divisions by a channel's scale --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_SCALEDDIVISION_H
#define QUANTACT_LIB_CODEGEN_CPU_SCALEDDIVISION_H

#include "LoopBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace quant_act {

/// How codes are kept from being below the lowest one.
enum class LowLimit {
  /// By limiting the dividend.
  Before,
  /// By limiting the code; the dividend to what is a bit lower.
  After,
  /// Dividends are not negative.
  None
};

/// A division in f32 of elements by a divisor that they share, and what is done
/// with the quotients.
struct ScaledDivision {
  mlir::arith::DivFOp op;
  /// quotient + zero point, if that is all the quotient is for.
  mlir::arith::AddFOp sum;
  mlir::Value zeroPoint;
  /// The code, limited to [low, high], if it is the sum rounded half to even
  /// and that is all the sum is for.
  mlir::arith::SelectOp limited;
  mlir::Value low, high;
  LowLimit lowLimit = LowLimit::After;

  mlir::Value getDivisor() { return op.getRhs(); }

  /// Whether a quotient only counts as the integer that is nearest to it, up to
  /// `maxInteger`.
  bool isRoundedAlone() const;
  static constexpr float maxInteger = 2048;
};

/// Those whose quotients have to be rounded, but by whatever operations.
llvm::SmallVector<ScaledDivision> findDivisions(const LoopBody &body);

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_SCALEDDIVISION_H
