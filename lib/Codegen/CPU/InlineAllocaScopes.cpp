//===- InlineAllocaScopes.cpp - Let stack buffers live longer -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTINLINEALLOCASCOPES
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

namespace {
struct QuantActInlineAllocaScopes
    : public quant_act::impl::QuantActInlineAllocaScopesBase<
          QuantActInlineAllocaScopes> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::AllocaScopeOp scope) {
      // Others may be in loops that run on and on.
      if (!isa<omp::LoopNestOp>(scope->getParentOp()))
        return;
      Block *body = scope.getBody();
      Operation *terminator = body->getTerminator();
      rewriter.inlineBlockBefore(body, scope);
      rewriter.replaceOp(scope, terminator->getOperands());
      rewriter.eraseOp(terminator);
    });
  }
};
} // namespace
