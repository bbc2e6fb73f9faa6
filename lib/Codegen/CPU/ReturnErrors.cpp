//===- ReturnErrors.cpp - Functions that tell what went wrong -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTRETURNERRORS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

static bool canReturnError(func::FuncOp function) {
  return !function.isExternal() && function.getNumResults() == 0;
}

/// Whether the op ends its function where something is wrong.
static bool canFail(Operation &op, SymbolTable &symbols) {
  if (isa<cf::AssertOp, memref::AllocOp>(op))
    return true;
  auto call = dyn_cast<func::CallOp>(op);
  auto callee =
      call ? symbols.lookup<func::FuncOp>(call.getCallee()) : func::FuncOp();
  return callee && canReturnError(callee);
}

/// The buffers that are to be freed where a function ends at `op`: those that
/// exist there on every path and are freed after it.
static SmallVector<Value> getBuffersAt(Operation *op,
                                       ArrayRef<memref::AllocOp> allocations,
                                       const DominanceInfo &dominance) {
  SmallVector<Value> buffers;
  for (memref::AllocOp allocation : allocations) {
    if (!dominance.properlyDominates(allocation.getOperation(), op))
      continue;
    bool isFreed = false, isFreedAfter = true;
    for (Operation *user : allocation->getUsers()) {
      if (!isa<memref::DeallocOp>(user))
        continue;
      isFreed = true;
      isFreedAfter &= dominance.properlyDominates(op, user);
    }
    if (isFreed && isFreedAfter)
      buffers.push_back(allocation);
  }
  return buffers;
}

namespace {

/// Constants that functions return the addresses of.
class Messages {
public:
  Messages(ModuleOp module, SymbolTable &symbols)
      : module(module), symbols(symbols) {}

  Value getAddress(OpBuilder &builder, Location loc, StringRef message) {
    LLVM::GlobalOp &global = globals[message];
    if (!global)
      global = create(builder.getContext(), loc, message);
    return LLVM::AddressOfOp::create(builder, loc, global);
  }

private:
  LLVM::GlobalOp create(MLIRContext *context, Location loc, StringRef message) {
    OpBuilder builder(module.getBodyRegion());
    std::string text = (message + StringRef("\0", 1)).str();
    auto type =
        LLVM::LLVMArrayType::get(IntegerType::get(context, 8), text.size());
    auto global = LLVM::GlobalOp::create(
        builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Private,
        "message", builder.getStringAttr(text));
    symbols.insert(global);
    return global;
  }

  ModuleOp module;
  SymbolTable &symbols;
  llvm::StringMap<LLVM::GlobalOp> globals;
};

/// Makes one function return null, or what went wrong.
class ErrorReturner {
public:
  ErrorReturner(func::FuncOp function, Messages &messages)
      : function(function), messages(messages), builder(function.getContext()),
        errorType(LLVM::LLVMPointerType::get(function.getContext())) {}

  void run(SymbolTable &symbols);

private:
  void moveStackMemoryToEntry();
  void returnNull(func::ReturnOp op);
  void end(Operation *after, Value isFine, ArrayRef<Value> buffers,
           llvm::function_ref<Value(Location)> getError);
  void convert(cf::AssertOp op, ArrayRef<Value> buffers);
  void convert(memref::AllocOp op, ArrayRef<Value> buffers);
  void convert(func::CallOp op, ArrayRef<Value> buffers);

  func::FuncOp function;
  Messages &messages;
  OpBuilder builder;
  Type errorType;
};

} // namespace

/// Behind a branch, LLVM would take memory of the stack as of unknown size.
void ErrorReturner::moveStackMemoryToEntry() {
  Block &entry = function.getBody().front();
  for (auto op : llvm::make_early_inc_range(entry.getOps<memref::AllocaOp>()))
    if (op->getNumOperands() == 0)
      op->moveBefore(&entry, entry.begin());
}

void ErrorReturner::returnNull(func::ReturnOp op) {
  builder.setInsertionPoint(op);
  Value null = LLVM::ZeroOp::create(builder, op.getLoc(), errorType);
  func::ReturnOp::create(builder, op.getLoc(), null);
  op.erase();
}

/// Ends the function after an op where not all is fine: frees the buffers and
/// returns the error.
void ErrorReturner::end(Operation *after, Value isFine, ArrayRef<Value> buffers,
                        llvm::function_ref<Value(Location)> getError) {
  Location loc = after->getLoc();
  Block *block = after->getBlock();
  Block *rest = block->splitBlock(std::next(after->getIterator()));
  Block *failure = builder.createBlock(&function.getBody());
  for (Value buffer : buffers)
    memref::DeallocOp::create(builder, loc, buffer);
  func::ReturnOp::create(builder, loc, getError(loc));
  builder.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(builder, loc, isFine, rest, ValueRange(), failure,
                           ValueRange());
}

void ErrorReturner::convert(cf::AssertOp op, ArrayRef<Value> buffers) {
  end(op, op.getArg(), buffers, [&](Location loc) {
    return messages.getAddress(builder, loc, op.getMsg());
  });
  op.erase();
}

void ErrorReturner::convert(memref::AllocOp op, ArrayRef<Value> buffers) {
  builder.setInsertionPointAfter(op);
  Location loc = op.getLoc();
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(
      builder, loc, op.getResult());
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value isThere = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                        address, zero);
  end(isThere.getDefiningOp(), isThere, buffers, [&](Location) {
    return messages.getAddress(builder, loc, "cannot allocate memory");
  });
}

void ErrorReturner::convert(func::CallOp op, ArrayRef<Value> buffers) {
  builder.setInsertionPoint(op);
  auto call = func::CallOp::create(builder, op.getLoc(), op.getCallee(),
                                   errorType, op.getOperands());
  Value null = LLVM::ZeroOp::create(builder, op.getLoc(), errorType);
  Value isFine = LLVM::ICmpOp::create(
      builder, op.getLoc(), LLVM::ICmpPredicate::eq, call.getResult(0), null);
  op.erase();
  end(isFine.getDefiningOp(), isFine, buffers,
      [&](Location) { return call.getResult(0); });
}

void ErrorReturner::run(SymbolTable &symbols) {
  moveStackMemoryToEntry();
  SmallVector<memref::AllocOp> allocations(
      function.getBody().getOps<memref::AllocOp>());
  // Before blocks are split.
  DominanceInfo dominance(function);
  SmallVector<std::pair<Operation *, SmallVector<Value>>> failing;
  for (Operation &op : function.getBody().getOps())
    if (canFail(op, symbols))
      failing.emplace_back(&op, getBuffersAt(&op, allocations, dominance));
  SmallVector<func::ReturnOp> returns(
      function.getBody().getOps<func::ReturnOp>());
  for (func::ReturnOp op : returns)
    returnNull(op);
  for (auto &[op, buffers] : failing) {
    if (auto assertion = dyn_cast<cf::AssertOp>(op))
      convert(assertion, buffers);
    else if (auto allocation = dyn_cast<memref::AllocOp>(op))
      convert(allocation, buffers);
    else
      convert(cast<func::CallOp>(op), buffers);
  }
}

namespace {
struct QuantActReturnErrors
    : public quant_act::impl::QuantActReturnErrorsBase<QuantActReturnErrors> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    Messages messages(getOperation(), symbols);
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (canReturnError(function))
        functions.push_back(function);
    for (func::FuncOp function : functions)
      ErrorReturner(function, messages).run(symbols);
    auto errorType = LLVM::LLVMPointerType::get(&getContext());
    for (func::FuncOp function : functions)
      function.setFunctionType(FunctionType::get(
          &getContext(), function.getArgumentTypes(), errorType));
  }
};
} // namespace
