//===- BufferizableOpInterfaceImpl.cpp - From tensors to buffers ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/Transforms/BufferizableOpInterfaceImpl.h"

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Runtime/OrderStatistics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace quant_act;

/// The declaration of a function of the run-time library.
static func::FuncOp declare(RewriterBase &rewriter, Operation *user,
                            StringRef name, FunctionType type) {
  auto module = user->getParentOfType<ModuleOp>();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(module.getBody());
  auto function = func::FuncOp::create(rewriter, module.getLoc(), name, type);
  function.setPrivate();
  function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                    rewriter.getUnitAttr());
  return function;
}

/// A view of x with the channels' dimensions before the others.
static Value moveChannelsToFront(OpBuilder &builder, OrderStatisticsOp op,
                                 Value x) {
  SmallVector<int64_t> order(op.getChannels());
  for (int64_t dim = 0, e = op.getX().getType().getRank(); dim < e; ++dim)
    if (!llvm::is_contained(op.getChannels(), dim))
      order.push_back(dim);
  if (llvm::is_sorted(order)) // or empty, of which no map can be made
    return x;
  auto permutation = AffineMap::getPermutationMap(order, op.getContext());
  return memref::TransposeOp::create(builder, op.getLoc(), x,
                                     AffineMapAttr::get(permutation));
}

static int32_t getOrder(OrderStatisticsOp op) {
  int32_t order =
      op.getMagnitudes() ? QuantActOrderMagnitudes : QuantActOrderNumbers;
  return op.getActivation() == Activation::Relu ? order | QuantActOrderRelu
                                                : order;
}

static std::string getFunctionName(OrderStatisticsOp op) {
  std::string element;
  llvm::raw_string_ostream(element) << op.getX().getType().getElementType();
  return "quantActOrderStatistics" + StringRef(element).upper();
}

static Value toUnranked(OpBuilder &builder, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return memref::CastOp::create(
      builder, loc,
      UnrankedMemRefType::get(type.getElementType(), type.getMemorySpace()),
      buffer);
}

/// Calls the run-time library for two ranks, which may be one. Descriptors lie
/// on the stack, which grows no further where the call is in a loop.
static void callLibrary(RewriterBase &rewriter, OrderStatisticsOp op, Value x,
                        ArrayRef<Value> ranks, ArrayRef<Value> values) {
  Location loc = op.getLoc();
  auto scope = memref::AllocaScopeOp::create(rewriter, loc, TypeRange());
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.createBlock(&scope.getBodyRegion());
  SmallVector<Value> arguments{toUnranked(rewriter, loc, x)};
  for (auto [rank, buffer] : llvm::zip_equal(ranks, values)) {
    arguments.push_back(rank);
    arguments.push_back(toUnranked(rewriter, loc, buffer));
  }
  arguments.push_back(
      arith::ConstantIntOp::create(rewriter, loc, getOrder(op), /*width=*/32));
  auto type = rewriter.getFunctionType(TypeRange(ValueRange(arguments)), {});
  func::CallOp::create(rewriter, loc,
                       declare(rewriter, op, getFunctionName(op), type),
                       arguments);
  memref::AllocaScopeReturnOp::create(rewriter, loc, ValueRange());
}

namespace {
struct OrderStatisticsModel
    : public bufferization::DstBufferizableOpInterfaceExternalModel<
          OrderStatisticsModel, OrderStatisticsOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *operation, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    auto op = cast<OrderStatisticsOp>(operation);
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    FailureOr<Value> x =
        bufferization::getBuffer(rewriter, op.getX(), options, state);
    if (failed(x))
      return failure();
    SmallVector<Value> values;
    for (Value init : op.getInits()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, init, options, state);
      if (failed(buffer))
        return failure();
      values.push_back(*buffer);
    }
    Value view = moveChannelsToFront(rewriter, op, *x);
    SmallVector<Value> ranks(op.getRanks());
    for (size_t i = 0, e = ranks.size(); i < e; i += 2) {
      size_t second = std::min(i + 1, e - 1);
      callLibrary(rewriter, op, view, {ranks[i], ranks[second]},
                  {values[i], values[second]});
    }
    bufferization::replaceOpWithBufferizedValues(rewriter, op, values);
    return success();
  }
};
} // namespace

void quant_act::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, QuantActDialect *) {
    OrderStatisticsOp::attachInterface<OrderStatisticsModel>(*context);
    context->loadDialect<arith::ArithDialect, func::FuncDialect,
                         LLVM::LLVMDialect, memref::MemRefDialect>();
  });
}
