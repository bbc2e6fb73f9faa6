//===- Passes.h - Passes that stay in quant_act -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_H
#define QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
namespace arith {
class ArithDialect;
} // namespace arith
namespace tensor {
class TensorDialect;
} // namespace tensor
} // namespace mlir

namespace quant_act {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h.inc"

/// Replaces quant_act.act by the ops it stands for.
void populateDecomposeActPatterns(mlir::RewritePatternSet &patterns);

} // namespace quant_act

#endif // QUANTACT_DIALECT_QUANTACT_TRANSFORMS_PASSES_H
