//===- UnshareFills.cpp - One filled tensor per use -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTUNSHAREFILLS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

namespace {
struct QuantActUnshareFills
    : public quant_act::impl::QuantActUnshareFillsBase<QuantActUnshareFills> {
  void runOnOperation() override {
    SmallVector<linalg::FillOp> fills;
    getOperation()->walk([&](linalg::FillOp fill) {
      if (fill->getNumResults() == 1 &&
          fill.getDpsInits().front().getDefiningOp<tensor::EmptyOp>())
        fills.push_back(fill);
    });
    for (linalg::FillOp fill : fills)
      unshare(fill);
  }

  static void unshare(linalg::FillOp fill) {
    IRRewriter rewriter(fill);
    Operation *empty = fill.getDpsInits().front().getDefiningOp();
    SmallVector<OpOperand *> uses = llvm::map_to_vector(
        fill->getUses(), [](OpOperand &use) { return &use; });
    for (OpOperand *use : llvm::drop_begin(uses)) {
      Operation *newEmpty = rewriter.clone(*empty);
      auto newFill = cast<linalg::FillOp>(rewriter.clone(*fill));
      newFill.setDpsInitOperand(0, newEmpty->getResult(0));
      use->set(newFill.getResult(0));
    }
  }
};
} // namespace
