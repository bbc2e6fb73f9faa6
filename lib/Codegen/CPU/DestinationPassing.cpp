//===- DestinationPassing.cpp - Functions on the caller's buffers ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
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

/// Makes `function`, a clone, tell the result shapes instead of the results.
static void returnShapes(func::FuncOp function) {
  readArgumentsFromBuffers(function);
  Block &body = function.getBody().front();
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(terminator);
  Location loc = terminator.getLoc();
  Value shapes = body.addArgument(
      MemRefType::get({ShapedType::kDynamic}, builder.getIndexType()), loc);
  int64_t position = 0;
  for (Value result : terminator.getOperands()) {
    for (int64_t dim = 0,
                 e = cast<RankedTensorType>(result.getType()).getRank();
         dim < e; ++dim) {
      Value extent = tensor::DimOp::create(builder, loc, result, dim);
      Value index = arith::ConstantIndexOp::create(builder, loc, position++);
      memref::StoreOp::create(builder, loc, extent, shapes, index);
    }
  }
  returnNothing(function);
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
    bufferization::MaterializeInDestinationOp::create(
        builder, loc, /*result=*/Type(), result, buffer, /*restrict=*/true,
        /*writable=*/true);
  }
  returnNothing(function);
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
