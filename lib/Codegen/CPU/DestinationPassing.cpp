//===- DestinationPassing.cpp - Functions on the caller's buffers ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTDESTINATIONPASSING
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

std::string quant_act::getResultShapesName(StringRef functionName) {
  return (functionName + "_result_shapes").str();
}

static bool usesTensors(func::FuncOp function) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  FunctionType type = function.getFunctionType();
  return llvm::any_of(type.getInputs(), isTensor) ||
         llvm::any_of(type.getResults(), isTensor);
}

static bool hasDynamicResult(func::FuncOp function) {
  return llvm::any_of(function.getResultTypes(), [](Type type) {
    return !cast<RankedTensorType>(type).hasStaticShape();
  });
}

static MemRefType getBufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Checks what the pass expects of a function.
static LogicalResult verify(func::FuncOp function, ModuleOp module) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError()
           << "expects one block for destination passing, but has "
           << function.getBody().getBlocks().size();
  Operation *terminator = function.getBody().front().getTerminator();
  if (!isa<func::ReturnOp>(terminator))
    return terminator->emitOpError() << "ends a function, but destination "
                                        "passing expects func.return";
  for (Type type : function.getResultTypes())
    if (!isa<RankedTensorType>(type))
      return function.emitOpError() << "expects results to be ranked tensors "
                                       "for destination passing, but got "
                                    << type;
  for (Type type : function.getArgumentTypes())
    if (isa<UnrankedTensorType>(type))
      return function.emitOpError() << "expects arguments to be ranked tensors "
                                       "for destination passing, but got "
                                    << type;
  if (auto uses = SymbolTable::getSymbolUses(function, module);
      uses && !uses->empty())
    return function.emitOpError()
           << "expects no calls for destination passing, but is called; inline "
              "first";
  return success();
}

/// Replaces tensor arguments by buffers that are read as tensors.
static void readArgumentsFromBuffers(func::FuncOp function) {
  Block &body = function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  for (BlockArgument argument : body.getArguments()) {
    if (!isa<RankedTensorType>(argument.getType()))
      continue;
    Type tensorType = argument.getType();
    argument.setType(getBufferType(tensorType));
    auto tensor = bufferization::ToTensorOp::create(
        builder, argument.getLoc(), tensorType, argument, /*restrict=*/true,
        /*writable=*/false);
    argument.replaceAllUsesExcept(tensor, tensor);
  }
}

/// Ends a function by a return of nothing, and gives it the type that follows
/// from that and its block's arguments. What attributes said of tensors does
/// not hold of buffers: they go.
static void returnNothing(func::FuncOp function) {
  Block &body = function.getBody().front();
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(terminator);
  func::ReturnOp::create(builder, terminator.getLoc());
  terminator.erase();
  function.removeArgAttrsAttr();
  function.removeResAttrsAttr();
  function.setFunctionType(
      FunctionType::get(function.getContext(), body.getArgumentTypes(), {}));
}

/// Of an elementwise op's result, a tensor of the same extents; else null.
static Value getOfSameExtents(Value result) {
  Operation *op = result.getDefiningOp();
  if (!op || !OpTrait::hasElementwiseMappableTraits(op))
    return {};
  return *llvm::find_if(op->getOperands(), [](Value operand) {
    return isa<RankedTensorType>(operand.getType());
  });
}

/// The extent of a result. Branches of an scf.if yield it themselves: nothing
/// else of what they compute is needed then.
static Value createExtent(OpBuilder &builder, Location loc, Value result,
                          int64_t dim) {
  while (Value operand = getOfSameExtents(result))
    result = operand;
  auto branches = result.getDefiningOp<scf::IfOp>();
  bool isStatic = !cast<RankedTensorType>(result.getType()).isDynamicDim(dim);
  if (!branches || isStatic)
    return tensor::DimOp::create(builder, loc, result, dim);
  unsigned index = cast<OpResult>(result).getResultNumber();
  for (scf::YieldOp yield : {branches.thenYield(), branches.elseYield()}) {
    OpBuilder nested(yield);
    Value extent = createExtent(nested, loc, yield.getOperand(index), dim);
    yield->insertOperands(yield->getNumOperands(), extent);
  }
  SmallVector<Type> types(branches.getResultTypes());
  types.push_back(builder.getIndexType());
  OpBuilder before(branches);
  auto extended =
      scf::IfOp::create(before, branches.getLoc(), types,
                        branches.getCondition(), /*addThenBlock=*/false,
                        /*addElseBlock=*/false);
  extended.getThenRegion().takeBody(branches.getThenRegion());
  extended.getElseRegion().takeBody(branches.getElseRegion());
  branches.replaceAllUsesWith(extended.getResults().drop_back());
  branches.erase();
  return extended.getResults().back();
}

/// Makes `function`, a clone, tell the result shapes instead of the results.
static void returnShapes(func::FuncOp function) {
  // It is asked before the function runs, and must not do what that does.
  function.walk([](ml_program::GlobalStoreOp store) {
    auto copy = store.getValue().getDefiningOp<bufferization::AllocTensorOp>();
    store.erase();
    // Which nothing else removes.
    if (copy && copy->use_empty())
      copy.erase();
  });
  readArgumentsFromBuffers(function);
  Block &body = function.getBody().front();
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(terminator);
  Location loc = terminator.getLoc();
  Value shapes = body.addArgument(
      MemRefType::get({ShapedType::kDynamic}, builder.getIndexType()), loc);
  int64_t position = 0;
  for (unsigned i = 0, numResults = terminator.getNumOperands(); i < numResults;
       ++i) {
    auto type = cast<RankedTensorType>(terminator.getOperand(i).getType());
    for (int64_t dim = 0, e = type.getRank(); dim < e; ++dim) {
      // Replaces ops, and with them operands.
      Value extent = createExtent(builder, loc, terminator.getOperand(i), dim);
      Value index = arith::ConstantIndexOp::create(builder, loc, position++);
      memref::StoreOp::create(builder, loc, extent, shapes, index);
    }
  }
  returnNothing(function);
}

/// Writes a result to its buffer where it is computed: in the branches of an
/// scf.if, so that what they compute goes to the buffer and not through it.
static void writeToBuffer(OpBuilder &builder, Value result, Value buffer) {
  auto branches = result.getDefiningOp<scf::IfOp>();
  if (!branches) {
    bufferization::MaterializeInDestinationOp::create(
        builder, buffer.getLoc(), /*result=*/Type(), result, buffer,
        /*restrict=*/true, /*writable=*/true);
    return;
  }
  unsigned index = cast<OpResult>(result).getResultNumber();
  for (scf::YieldOp yield : {branches.thenYield(), branches.elseYield()}) {
    OpBuilder nested(yield);
    writeToBuffer(nested, yield.getOperand(index), buffer);
  }
}

/// Makes `function` write its results to buffers it is passed.
static void writeResultsToBuffers(func::FuncOp function) {
  readArgumentsFromBuffers(function);
  Block &body = function.getBody().front();
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(terminator);
  Location loc = terminator.getLoc();

  for (Value result : terminator.getOperands()) {
    Value buffer = body.addArgument(getBufferType(result.getType()), loc);
    writeToBuffer(builder, result, buffer);
  }
  returnNothing(function);
}

/// Bufferization makes buffers of state without a look at its type.
static LogicalResult verify(ml_program::GlobalOp global) {
  auto type = dyn_cast<RankedTensorType>(global.getType());
  if (type && type.hasStaticShape())
    return success();
  return global.emitOpError()
         << "expects state to be a tensor of static shape, but got "
         << global.getType();
}

namespace {
struct QuantActDestinationPassing
    : public quant_act::impl::QuantActDestinationPassingBase<
          QuantActDestinationPassing> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && usesTensors(function))
        functions.push_back(function);
    for (auto global : getOperation().getOps<ml_program::GlobalOp>())
      if (failed(verify(global)))
        return signalPassFailure();
    for (func::FuncOp function : functions)
      if (failed(verify(function, getOperation())))
        return signalPassFailure();
    for (func::FuncOp function : functions)
      if (failed(convert(function, symbols)))
        return signalPassFailure();
  }

  static LogicalResult convert(func::FuncOp function, SymbolTable &symbols) {
    if (hasDynamicResult(function)) {
      std::string name = getResultShapesName(function.getName());
      if (symbols.lookup(name))
        return function.emitOpError()
               << "expects the name '" << name
               << "' to be free for the function that tells result shapes";
      func::FuncOp shapes = function.clone();
      shapes.setName(name);
      symbols.insert(shapes, std::next(function->getIterator()));
      returnShapes(shapes);
    }
    writeResultsToBuffers(function);
    return success();
  }
};
} // namespace
