//===- PromoteSmallBuffers.cpp - Buffers that may fit on the stack --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTPROMOTESMALLBUFFERS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// Products of two such numbers are no longer than 64 bits.
static constexpr unsigned mostBytes = 1u << 30;

/// Whether a buffer, or a part of it, is passed on to a block, and so perhaps
/// used when the next one has been allocated in the same memory.
static bool isPassedOn(Value buffer) {
  llvm::SetVector<Value> views;
  views.insert(buffer);
  for (size_t i = 0; i < views.size(); ++i)
    for (Operation *user : Value(views[i]).getUsers()) {
      if (user->hasTrait<OpTrait::IsTerminator>())
        return true;
      for (Value result : user->getResults())
        if (isa<BaseMemRefType, LLVM::LLVMPointerType>(result.getType()))
          views.insert(result);
    }
  return false;
}

static SmallVector<memref::DeallocOp> getDeallocations(memref::AllocOp op) {
  SmallVector<memref::DeallocOp> deallocations;
  for (Operation *user : op->getUsers())
    if (auto deallocation = dyn_cast<memref::DeallocOp>(user))
      deallocations.push_back(deallocation);
  return deallocations;
}

/// Whether it is of unknown size, and has the layout of a view of bytes.
static bool canPromote(memref::AllocOp op) {
  MemRefType type = op.getType();
  return !type.hasStaticShape() && type.getLayout().isIdentity() &&
         !type.getMemorySpace() && op.getSymbolOperands().empty() &&
         !getDeallocations(op).empty() && !isPassedOn(op);
}

/// Whether the buffer has at most so many bytes. No product overflows.
static Value buildFits(ImplicitLocOpBuilder &b, memref::AllocOp op,
                       int64_t maxBytes) {
  MemRefType type = op.getType();
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  int64_t known = DataLayout::closest(op).getTypeSize(type.getElementType());
  for (int64_t extent : type.getShape())
    if (ShapedType::isStatic(extent))
      known = std::min(known * std::min(extent, maxBytes + 1), maxBytes + 1);
  Value tooMany = index(maxBytes + 1), bytes = index(known);
  for (Value extent : op.getDynamicSizes()) {
    Value limited = arith::MinUIOp::create(b, extent, tooMany);
    Value product = arith::MulIOp::create(b, bytes, limited);
    bytes = arith::MinUIOp::create(b, product, tooMany);
  }
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, bytes, tooMany);
}

/// Frees a buffer where it does not fit.
static void guard(memref::DeallocOp op, Value fits) {
  Block *block = op->getBlock();
  Block *rest = block->splitBlock(std::next(op->getIterator()));
  OpBuilder builder(op);
  Block *isOnHeap = builder.createBlock(rest);
  auto leave = cf::BranchOp::create(builder, op.getLoc(), rest);
  op->moveBefore(leave);
  builder.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(builder, op.getLoc(), fits, rest, ValueRange(),
                           isOnHeap, ValueRange());
}

static void promote(memref::AllocOp op, int64_t maxBytes) {
  SmallVector<memref::DeallocOp> deallocations = getDeallocations(op);
  Block *entry = &op->getParentRegion()->front();
  auto b = ImplicitLocOpBuilder::atBlockBegin(op.getLoc(), entry);
  auto bytesType = MemRefType::get({maxBytes}, b.getI8Type());
  Value bytes = memref::AllocaOp::create(b, bytesType, op.getAlignmentAttr());
  b.setInsertionPoint(op);
  Value fits = buildFits(b, op, maxBytes);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value view = memref::ViewOp::create(b, op.getType(), bytes, zero,
                                      op.getDynamicSizes());
  Block *block = op->getBlock();
  Block *rest = block->splitBlock(std::next(op->getIterator()));
  Value buffer = rest->addArgument(op.getType(), op.getLoc());
  op.replaceAllUsesWith(buffer);
  Block *isOnHeap = b.createBlock(rest);
  auto leave = cf::BranchOp::create(b, rest, op.getResult());
  op->moveBefore(leave);
  b.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(b, fits, rest, view, isOnHeap, ValueRange());
  for (memref::DeallocOp deallocation : deallocations)
    guard(deallocation, fits);
}

namespace {
struct QuantActPromoteSmallBuffers
    : public quant_act::impl::QuantActPromoteSmallBuffersBase<
          QuantActPromoteSmallBuffers> {
  using QuantActPromoteSmallBuffersBase::QuantActPromoteSmallBuffersBase;

  void runOnOperation() override {
    if (maxBytes > mostBytes) {
      getOperation().emitError()
          << "expects max-bytes to be at most " << mostBytes << ", but got "
          << maxBytes.getValue();
      return signalPassFailure();
    }
    SmallVector<memref::AllocOp> allocations(
        getOperation().getOps<memref::AllocOp>());
    for (memref::AllocOp op : allocations)
      if (canPromote(op))
        promote(op, maxBytes);
  }
};
} // namespace
