//===- UnshareDestinations.cpp - One destination per tensor ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
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
    unshareState();
  }

  /// Copies state that is stored, and what was loaded before. One-shot
  /// bufferization takes neither for a read: what is used elsewhere, too, would
  /// be stored from a buffer that nobody has written, and what was loaded would
  /// be what is stored later.
  void unshareState() {
    SmallVector<ml_program::GlobalStoreOp> stores;
    getOperation()->walk(
        [&](ml_program::GlobalStoreOp op) { stores.push_back(op); });
    for (ml_program::GlobalStoreOp store : stores)
      if (!isCopy(store.getValue()))
        store.getValueMutable().set(copyBefore(store, store.getValue()));
    if (stores.empty())
      return;
    getOperation()->walk([](ml_program::GlobalLoadOp load) {
      if (llvm::all_of(load->getUsers(), [](Operation *user) {
            return isa<bufferization::AllocTensorOp>(user);
          }))
        return;
      Value copy = copyBefore(load->getNextNode(), load.getResult());
      load.getResult().replaceAllUsesExcept(copy, copy.getDefiningOp());
    });
  }

  static bool isCopy(Value value) {
    auto allocation = value.getDefiningOp<bufferization::AllocTensorOp>();
    return allocation && allocation.getCopy() && value.hasOneUse();
  }

  static Value copyBefore(Operation *op, Value value) {
    OpBuilder builder(op);
    return bufferization::AllocTensorOp::create(
        builder, op->getLoc(), cast<RankedTensorType>(value.getType()),
        /*dynamicSizes=*/ValueRange(), value);
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
