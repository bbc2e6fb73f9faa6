//===- UnshareDestinations.cpp - One destination per tensor ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTUNSHAREDESTINATIONS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;

namespace {
struct QuantActUnshareDestinations
    : public quant_act::impl::QuantActUnshareDestinationsBase<
          QuantActUnshareDestinations> {
  void runOnOperation() override {
    SmallVector<linalg::FillOp> fills;
    getOperation()->walk([&](linalg::LinalgOp op) {
      auto fill = dyn_cast<linalg::FillOp>(*op);
      if (!fill)
        unshareInits(op);
      else if (fill->getNumResults() == 1 &&
               fill.getDpsInits().front().getDefiningOp<tensor::EmptyOp>())
        fills.push_back(fill);
    });
    for (linalg::FillOp fill : fills)
      unshare(fill);
  }

  /// Gives the op an empty tensor for what it only overwrites, and others use.
  static void unshareInits(linalg::LinalgOp op) {
    for (OpOperand &init : op.getDpsInitsMutable()) {
      auto type = dyn_cast<RankedTensorType>(init.get().getType());
      if (!type || op.payloadUsesValueFromOperand(&init) ||
          init.get().getDefiningOp<tensor::EmptyOp>() ||
          llvm::all_of(init.get().getUsers(),
                       [&](Operation *user) { return user == op; }))
        continue;
      OpBuilder builder(op);
      init.set(tensor::EmptyOp::create(
          builder, op.getLoc(),
          tensor::getMixedSizes(builder, op.getLoc(), init.get()),
          type.getElementType()));
    }
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
