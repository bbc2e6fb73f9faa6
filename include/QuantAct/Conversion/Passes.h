//===- Passes.h - Passes that leave quant_act -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_CONVERSION_PASSES_H
#define QUANTACT_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
namespace arith {
class ArithDialect;
} // namespace arith
namespace linalg {
class LinalgDialect;
} // namespace linalg
namespace math {
class MathDialect;
} // namespace math
namespace scf {
class SCFDialect;
} // namespace scf
namespace tensor {
class TensorDialect;
} // namespace tensor
} // namespace mlir

namespace quant_act {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "QuantAct/Conversion/Passes.h.inc"

/// Lowers every op of quant_act, `act` after decomposition, to linalg, and
/// percentiles to order_statistics.
void populateQuantActToLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace quant_act

#endif // QUANTACT_CONVERSION_PASSES_H
