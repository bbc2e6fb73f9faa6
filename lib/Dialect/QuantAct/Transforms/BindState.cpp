//===- BindState.cpp - State held by the module ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTBINDSTATE
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// The state that an argument reads or a result writes; null if it has no name.
static StringAttr getArgumentName(func::FuncOp function, unsigned index) {
  return function.getArgAttrOfType<StringAttr>(index,
                                               QuantActDialect::nameAttrName);
}
static StringAttr getResultName(func::FuncOp function, unsigned index) {
  return function.getResultAttrOfType<StringAttr>(
      index, QuantActDialect::nameAttrName);
}

namespace {

struct State {
  Type type;
  /// Says where the type comes from, in messages.
  func::FuncOp function;
  ElementsAttr initial;
  ml_program::GlobalOp global;
};

class Binder {
public:
  explicit Binder(ModuleOp module) : module(module), symbols(module) {
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        functions.push_back(function);
  }

  LogicalResult bind() {
    collectNames();
    for (func::FuncOp function : functions)
      if (failed(collectTypes(function)) || failed(checkCalls(function)))
        return failure();
    Block::iterator begin = module.getBody()->begin();
    for (auto &[name, state] : states)
      if (failed(createGlobal(name, state, begin)))
        return failure();
    for (func::FuncOp function : functions)
      if (failed(convert(function)))
        return failure();
    return success();
  }

private:
  /// A name is state where a function takes and returns it.
  void collectNames() {
    for (func::FuncOp function : functions)
      for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
        StringAttr name = getResultName(function, i);
        for (unsigned j = 0, n = function.getNumArguments(); name && j < n; ++j)
          if (getArgumentName(function, j) == name)
            states.try_emplace(name);
      }
  }

  State *find(StringAttr name) {
    auto *it = name ? states.find(name) : states.end();
    return it == states.end() ? nullptr : &it->second;
  }

  LogicalResult collectTypes(func::FuncOp function) {
    for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
      StringAttr name = getArgumentName(function, index);
      auto initial = function.getArgAttrOfType<ElementsAttr>(
          index, QuantActDialect::initialAttrName);
      if (failed(addUse(function, name, type, initial)))
        return failure();
    }
    for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(addUse(function, getResultName(function, index), type,
                        ElementsAttr())))
        return failure();
    return success();
  }

  LogicalResult addUse(func::FuncOp function, StringAttr name, Type type,
                       ElementsAttr initial) {
    State *state = find(name);
    if (!state)
      return success();
    if (!state->type) {
      state->type = type;
      state->function = function;
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape())
        return function.emitOpError()
               << "expects state " << name
               << " to be a tensor of static shape, but got " << type;
    }
    if (type != state->type)
      return function.emitOpError()
             << "expects state " << name << " to be " << state->type
             << ", as in function '" << state->function.getName()
             << "', but got " << type;
    if (initial && state->initial && initial != state->initial)
      return function.emitOpError()
             << "expects one initial value of state " << name << ", but got "
             << initial << " and " << state->initial;
    if (initial)
      state->initial = initial;
    return success();
  }

  /// A call passes the state that is no argument any more.
  LogicalResult checkCalls(func::FuncOp function) {
    bool isBound = false;
    for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
      isBound |= find(getArgumentName(function, i)) != nullptr;
    for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
      isBound |= find(getResultName(function, i)) != nullptr;
    auto uses = SymbolTable::getSymbolUses(function, module);
    if (isBound && uses && !uses->empty())
      return function.emitOpError() << "expects no calls where state is bound, "
                                       "but is called; inline first";
    return success();
  }

  LogicalResult createGlobal(StringAttr name, State &state,
                             Block::iterator before) {
    if (!state.initial)
      return state.function.emitOpError()
             << "expects an argument of state " << name << " to have '"
             << QuantActDialect::initialAttrName << "', its first value";
    OpBuilder builder(module.getContext());
    state.global = ml_program::GlobalOp::create(
        builder, state.function.getLoc(), name, state.type,
        /*is_mutable=*/true, state.initial, builder.getStringAttr("private"));
    symbols.insert(state.global, before);
    return success();
  }

  SymbolRefAttr getReference(const State &state) {
    ml_program::GlobalOp global = state.global;
    return FlatSymbolRefAttr::get(global.getSymNameAttr());
  }

  LogicalResult convert(func::FuncOp function) {
    BitVector writes(function.getNumResults());
    for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
      if (find(getResultName(function, i)))
        writes.set(i);
    function.walk(
        [&](func::ReturnOp terminator) { writeState(function, terminator); });
    if (failed(readState(function, writes.any())))
      return failure();
    return function.eraseResults(writes);
  }

  /// Stores the state instead of returning it.
  void writeState(func::FuncOp function, func::ReturnOp terminator) {
    OpBuilder builder(terminator);
    BitVector written(terminator.getNumOperands());
    for (unsigned i = 0, e = terminator.getNumOperands(); i < e; ++i)
      if (State *state = find(getResultName(function, i))) {
        Location loc = terminator.getLoc();
        Value value = copy(builder, loc, *state, terminator.getOperand(i));
        ml_program::GlobalStoreOp::create(builder, loc, getReference(*state),
                                          value);
        written.set(i);
      }
    terminator->eraseOperands(written);
  }

  /// Bufferization takes neither loads nor stores for reads: what was loaded
  /// has to outlive what is stored, and that can be used elsewhere, too.
  static Value copy(OpBuilder &builder, Location loc, const State &state,
                    Value value) {
    return bufferization::AllocTensorOp::create(
        builder, loc, cast<RankedTensorType>(state.type), ValueRange(), value);
  }

  /// Loads the state instead of taking it.
  LogicalResult readState(func::FuncOp function, bool isWritten) {
    BitVector read(function.getNumArguments());
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    for (BlockArgument argument : function.getArguments()) {
      State *state = find(getArgumentName(function, argument.getArgNumber()));
      if (!state)
        continue;
      Location loc = argument.getLoc();
      Value value = ml_program::GlobalLoadOp::create(builder, loc, state->type,
                                                     getReference(*state));
      if (isWritten)
        value = copy(builder, loc, *state, value);
      argument.replaceAllUsesWith(value);
      read.set(argument.getArgNumber());
    }
    return function.eraseArguments(read);
  }

  ModuleOp module;
  SymbolTable symbols;
  SmallVector<func::FuncOp> functions;
  llvm::MapVector<StringAttr, State> states;
};

struct QuantActBindState
    : public quant_act::impl::QuantActBindStateBase<QuantActBindState> {
  void runOnOperation() override {
    if (failed(Binder(getOperation()).bind()))
      signalPassFailure();
  }
};

} // namespace
