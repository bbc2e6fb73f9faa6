//===- PromoteSmallBuffers.cpp - Buffers that may fit on the stack --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One part of the stack has all buffers that fit, one behind the other: each
// begins where the last one ends that was allocated on every way to it. Of
// others nothing is used any more.
//
//===----------------------------------------------------------------------===//

#include "LoopBody.h"
#include "LoopBuilder.h"
#include "OptionChecks.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/SetVector.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTPROMOTESMALLBUFFERS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// Where buffers begin: with a line, as those of malloc do here.
static constexpr int64_t alignment = 64;

/// Whether a buffer, or a part of it, can be used where the allocation does not
/// dominate: once it is run again, that has the same memory. Or it is freed as
/// something else, where that would not be found. (Addresses as numbers are
/// only compared.)
static bool isPassedOn(Value buffer) {
  llvm::SetVector<Value> views;
  views.insert(buffer);
  for (size_t i = 0; i < views.size(); ++i)
    for (Operation *user : Value(views[i]).getUsers()) {
      bool isFreedAsView = isa<memref::DeallocOp>(user) && i > 0;
      if (user->hasTrait<OpTrait::IsTerminator>() || isFreedAsView ||
          isa<memref::ReallocOp>(user))
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

/// Whether a view of bytes can be the buffer as long as that is used, which is
/// until it is freed, and whether blocks can be put around that.
static bool canPromote(memref::AllocOp op) {
  MemRefType type = op.getType();
  SmallVector<memref::DeallocOp> deallocations = getDeallocations(op);
  bool areInBlocks = llvm::all_of(deallocations, [&](memref::DeallocOp each) {
    return each->getParentRegion() == op->getParentRegion();
  });
  return type.getLayout().isIdentity() && !type.getMemorySpace() &&
         fillsBytes(type.getElementType()) && op.getSymbolOperands().empty() &&
         op.getAlignment().value_or(1) <= alignment && !deallocations.empty() &&
         areInBlocks && !isPassedOn(op);
}

/// How many bytes a buffer has, or one more than `most`.
static Value buildBytes(LoopBuilder &b, memref::AllocOp op, int64_t most) {
  MemRefType type = op.getType();
  Value bytes =
      b.index(DataLayout::closest(op).getTypeSize(type.getElementType()));
  auto dynamic = op.getDynamicSizes().begin();
  for (int64_t extent : type.getShape()) {
    Value size = ShapedType::isStatic(extent) ? b.index(extent) : *dynamic++;
    bytes = b.mul(bytes, b.min(size, b.index(most + 1)));
    bytes = b.min(bytes, b.index(most + 1));
  }
  return bytes;
}

/// A new block before `rest` in which the op is all that is done.
static Block *isolate(Operation *op, Block *rest, ValueRange results) {
  OpBuilder builder(op);
  Block *block = builder.createBlock(rest);
  auto leave = cf::BranchOp::create(builder, op->getLoc(), rest, results);
  op->moveBefore(leave);
  return block;
}

/// Frees a buffer where it does not fit.
static void guard(memref::DeallocOp op, Value fits) {
  Block *block = op->getBlock();
  Block *rest = block->splitBlock(std::next(op->getIterator()));
  Block *isOnHeap = isolate(op, rest, ValueRange());
  auto builder = OpBuilder::atBlockEnd(block);
  cf::CondBranchOp::create(builder, op.getLoc(), fits, rest, ValueRange(),
                           isOnHeap, ValueRange());
}

/// Replaces a buffer by `view` where that fits.
static void replace(memref::AllocOp op, Value view, Value fits) {
  SmallVector<memref::DeallocOp> deallocations = getDeallocations(op);
  if (matchPattern(fits, m_One())) {
    for (memref::DeallocOp deallocation : deallocations)
      deallocation.erase();
    op.replaceAllUsesWith(view);
    return op.erase();
  }
  Block *block = op->getBlock();
  Block *rest = block->splitBlock(std::next(op->getIterator()));
  op.replaceAllUsesWith(rest->addArgument(op.getType(), op.getLoc()));
  Block *isOnHeap = isolate(op, rest, op.getResult());
  auto builder = OpBuilder::atBlockEnd(block);
  cf::CondBranchOp::create(builder, op.getLoc(), fits, rest, view, isOnHeap,
                           ValueRange());
  for (memref::DeallocOp deallocation : deallocations)
    guard(deallocation, fits);
}

namespace {
/// What becomes a part of the stack, if it fits.
struct Candidate {
  memref::AllocOp op;
  /// The last one before it, on every way to it, if any.
  std::optional<size_t> before;
  /// Where it ends, if it fits, or else the one before.
  OpFoldResult end = {};
};
} // namespace

/// In an order in which all that are on every way to one are before it.
static SmallVector<Candidate> findCandidates(func::FuncOp function) {
  SmallVector<Candidate> candidates;
  DominanceInfo dominance(function);
  llvm::ReversePostOrderTraversal<Block *> blocks(&function.front());
  for (Block *block : blocks)
    for (auto op : block->getOps<memref::AllocOp>()) {
      if (!canPromote(op))
        continue;
      Candidate candidate{op, std::nullopt};
      for (auto [i, other] : llvm::enumerate(candidates))
        if (dominance.properlyDominates(other.op.getOperation(), op))
          candidate.before = i;
      candidates.push_back(candidate);
    }
  return candidates;
}

/// Makes a buffer a part of the stack's bytes where it fits behind `before`;
/// where it, or else the one before it, ends.
static OpFoldResult promote(memref::AllocOp op, Value stack,
                            OpFoldResult before) {
  int64_t most = cast<MemRefType>(stack.getType()).getNumElements();
  LoopBuilder b(op);
  auto known = getConstantIntValue(before);
  Value begin = known ? b.index(*known) : cast<Value>(before);
  Value end = b.add(begin, buildBytes(b, op, most));
  Value fits = b.isLess(end, b.index(most + 1));
  if (matchPattern(fits, m_Zero()))
    return before;
  Value line = b.both(b.add(end, b.index(alignment - 1)), b.index(-alignment));
  Value next = b.createOrFold<arith::SelectOp>(fits, line, begin);
  Value view = memref::ViewOp::create(b, op.getType(), stack, begin,
                                      op.getDynamicSizes());
  replace(op, view, fits);
  return getAsOpFoldResult(next);
}

namespace {
struct QuantActPromoteSmallBuffers
    : public quant_act::impl::QuantActPromoteSmallBuffersBase<
          QuantActPromoteSmallBuffers> {
  using QuantActPromoteSmallBuffersBase::QuantActPromoteSmallBuffersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (failed(checkAtMost(function, "stack-bytes", stackBytes, maxStackBytes)))
      return signalPassFailure();
    if (function.isExternal())
      return;
    SmallVector<Candidate> candidates = findCandidates(function);
    if (candidates.empty())
      return;
    auto b = OpBuilder::atBlockBegin(&function.front());
    auto type = MemRefType::get({stackBytes}, b.getI8Type());
    Value stack = memref::AllocaOp::create(b, function.getLoc(), type,
                                           b.getI64IntegerAttr(alignment));
    for (Candidate &each : candidates)
      each.end = promote(each.op, stack,
                         each.before ? candidates[*each.before].end
                                     : OpFoldResult(b.getIndexAttr(0)));
    if (stack.use_empty())
      stack.getDefiningOp()->erase();
  }
};
} // namespace
