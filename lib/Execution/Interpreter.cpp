//===- Interpreter.cpp - The reference, on a function ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/Interpreter.h"

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Numerics/Reference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace quant_act;

namespace {

/// Calls nested deeper are taken for a recursion that does not end.
constexpr unsigned maxCallDepth = 64;

/// Evaluates one call of a function.
class Frame {
public:
  explicit Frame(unsigned depth) : depth(depth) {}

  FailureOr<std::vector<HostTensor>>
  run(func::FuncOp function, ArrayRef<const HostTensor *> arguments) {
    if (!llvm::hasSingleElement(function.getBody()))
      return function.emitOpError()
             << "cannot be interpreted: it has several blocks or none";
    Operation *terminator = function.getBody().front().getTerminator();
    if (!isa<func::ReturnOp>(terminator))
      return terminator->emitOpError()
             << "cannot be interpreted: expects functions to end in "
                "func.return";
    for (auto [argument, value] : llvm::zip(function.getArguments(), arguments))
      values.try_emplace(argument, *value);
    for (Operation &op : function.getBody().front().without_terminator())
      if (failed(evaluate(&op)))
        return failure();
    std::vector<HostTensor> results;
    for (Value value : terminator->getOperands())
      results.push_back(get(value));
    return results;
  }

private:
  const HostTensor &get(Value value) { return values.at(value); }

  ElementType getElementType(Value value) {
    return *toElementType(cast<ShapedType>(value.getType()).getElementType());
  }

  void set(Value value, HostTensor tensor) {
    values.insert_or_assign(value, std::move(tensor));
  }

  LogicalResult evaluate(Operation *op) {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<FakeQuantOp, FakeQuantRangeOp, StatsOp, SearchThresholdOp,
              ActivateOp, ChooseQParamsOp, ObserveOp, InitParameterOp,
              LearnedBitsOp, arith::ConstantOp, func::CallOp>(
            [&](auto typed) { return evaluateOp(typed); })
        .Default([](Operation *other) {
          return other->emitOpError() << "cannot be interpreted";
        });
  }

  /// The grid laid over x, whose extents are known now.
  FailureOr<ParameterLayout> layOut(Operation *op, GridAttr grid,
                                    const HostTensor &x) {
    if (grid && failed(grid.verifyTensor([&] { return op->emitOpError(); },
                                         x.getShape())))
      return failure();
    // A number that the types took for an extent is no block count now.
    if (grid)
      for (int64_t dim : grid.getKeptDims())
        if (cast<ShapedType>(op->getOperand(0).getType()).isDynamicDim(dim) &&
            grid.getBlockSize(dim, x.getShape()[dim]) != 1)
          return op->emitOpError()
                 << "expects dimension " << dim << " of x to have the extent "
                 << grid.getBroadcast()[dim] << ", as the grid says, but got "
                 << x.getShape()[dim];
    return getParameterLayout(grid, x.getShape());
  }

  LogicalResult checkParameters(Operation *op, StringRef name,
                                const HostTensor &parameters,
                                const ParameterLayout &layout) {
    if (parameters.getShape() == layout.getParameterShape())
      return success();
    return op->emitOpError() << "expects " << name << " to have shape "
                             << formatShape(layout.getParameterShape())
                             << ", as the grid says, but got "
                             << formatShape(parameters.getShape());
  }

  /// Parameters on `grid` over x, whose extents are known now.
  FailureOr<reference::PlacedParameters> place(Operation *op, StringRef name,
                                               Value parameters, GridAttr grid,
                                               const HostTensor &x) {
    FailureOr<ParameterLayout> layout = layOut(op, grid, x);
    if (failed(layout) ||
        failed(checkParameters(op, name, get(parameters), *layout)))
      return failure();
    return reference::PlacedParameters{&get(parameters), *layout};
  }

  LogicalResult evaluateOp(FakeQuantOp op) {
    const HostTensor &x = get(op.getX());
    auto scale = place(op, "scale", op.getScale(), op.getGridAttr(), x);
    if (failed(scale))
      return failure();
    reference::FakeQuantOperands operands{*scale, {}, {}, {}};
    auto placeOptional =
        [&](StringRef name, Value value, GridAttr grid,
            std::optional<reference::PlacedParameters> &placed) {
          auto parameters = place(op, name, value, grid, x);
          if (succeeded(parameters))
            placed = *parameters;
          return success(succeeded(parameters));
        };
    if (op.getZeroPoint() &&
        failed(placeOptional("zero_point", op.getZeroPoint(),
                             op.getEffectiveZeroPointGrid(),
                             operands.zeroPoint)))
      return failure();
    if (op.getBits() && failed(placeOptional("bits", op.getBits(),
                                             op.getBitsGrid(), operands.bits)))
      return failure();
    if (op.getSeed())
      operands.seed = get(op.getSeed()).getInteger(0);
    set(op.getY(),
        reference::fakeQuant(op.getSpec(), *toElementType(op.getComputeType()),
                             x, operands));
    return success();
  }

  LogicalResult evaluateOp(FakeQuantRangeOp op) {
    const HostTensor &x = get(op.getX());
    GridAttr grid = op.getGridAttr(), outGrid = op.getEffectiveOutGrid();
    auto low = place(op, "low", op.getLow(), grid, x);
    auto high = place(op, "high", op.getHigh(), grid, x);
    if (failed(low) || failed(high))
      return failure();
    reference::FakeQuantRangeOperands operands{*low, *high, *low, *high};
    if (op.getOutLow()) {
      auto outLow = place(op, "out_low", op.getOutLow(), outGrid, x);
      auto outHigh = place(op, "out_high", op.getOutHigh(), outGrid, x);
      if (failed(outLow) || failed(outHigh))
        return failure();
      operands.outLow = *outLow;
      operands.outHigh = *outHigh;
    }
    set(op.getY(),
        reference::fakeQuantRange(
            op.getSpec(), *toElementType(op.getComputeType()), x, operands));
    return success();
  }

  /// Checks that thresholds of this layout are what the type says, and that
  /// there can be as many.
  LogicalResult checkThreshold(Operation *op, Value threshold,
                               const ParameterLayout &layout) {
    ArrayRef<int64_t> shape = layout.getParameterShape();
    auto type = cast<RankedTensorType>(threshold.getType());
    if (failed(verifyCompatibleShape(type.getShape(), shape)))
      return op->emitOpError()
             << "expects threshold to have shape " << formatShape(shape)
             << ", as the grid says, but its type is " << type;
    // Without samples there may be more channels than anything can hold.
    if (llvm::Error error =
            HostTensor::checkShape(getElementType(threshold), shape))
      return op->emitOpError()
             << "cannot be interpreted: " << llvm::toString(std::move(error));
    return success();
  }

  LogicalResult evaluateMaxAverage(StatsOp op) {
    const HostTensor &x = get(op.getX());
    FailureOr<ParameterLayout> layout =
        layOut(op, op.getStatistic().getGrid(), x);
    if (failed(layout))
      return failure();
    set(op.getThreshold(),
        reference::maxAverage(op.getActivation(), x, *layout,
                              getElementType(op.getThreshold())));
    return success();
  }

  LogicalResult evaluateOp(SearchThresholdOp op) {
    const HostTensor &x = get(op.getX());
    FailureOr<ParameterLayout> layout = layOut(op, op.getGridAttr(), x);
    if (failed(layout) ||
        failed(checkThreshold(op, op.getThreshold(), *layout)))
      return failure();
    set(op.getThreshold(),
        reference::searchThreshold(op.getFakeQuantSpec(), op.getQParamsSpec(),
                                   *toElementType(op.getComputeType()), x,
                                   *layout, getElementType(op.getThreshold())));
    return success();
  }

  LogicalResult evaluateOp(StatsOp op) {
    if (op.getStatistic().getGrid())
      return evaluateMaxAverage(op);
    const HostTensor &x = get(op.getX());
    FailureOr<ParameterLayout> layout = layOut(op, op.getGridAttr(), x);
    if (failed(layout))
      return failure();
    ElementType type = getElementType(op.getThreshold());
    if (failed(checkThreshold(op, op.getThreshold(), *layout)))
      return failure();
    reference::Stats stats = reference::stats(
        op.getStatistic().getStatistic(), op.getActivation(), x, *layout, type);
    set(op.getThreshold(), std::move(stats.threshold));
    if (op.getLow())
      set(op.getLow(), std::move(*stats.low));
    return success();
  }

  LogicalResult evaluateOp(ActivateOp op) {
    set(op.getY(), reference::activate(op.getActivation(), get(op.getX())));
    return success();
  }

  /// Checks that operands of an elementwise op have one shape.
  LogicalResult checkSameShape(Operation *op, const HostTensor &a,
                               const HostTensor &b) {
    if (a.getShape() == b.getShape())
      return success();
    return op->emitOpError()
           << "expects operands of one shape, but got "
           << formatShape(a.getShape()) << " and " << formatShape(b.getShape());
  }

  LogicalResult evaluateOp(ChooseQParamsOp op) {
    const HostTensor &threshold = get(op.getThreshold());
    auto getOptional = [&](Value value) {
      return value ? &get(value) : nullptr;
    };
    const HostTensor *low = getOptional(op.getLow());
    const HostTensor *bits = getOptional(op.getBits());
    for (const HostTensor *other : {low, bits})
      if (other && other->getRank() != 0 && threshold.getRank() != 0 &&
          failed(checkSameShape(op, threshold, *other)))
        return failure();
    reference::QParams parameters =
        reference::chooseQParams(op.getSpec(), threshold, low, bits);
    set(op.getScale(), std::move(parameters.scale));
    if (parameters.zeroPoint)
      set(op.getZeroPoint(), std::move(*parameters.zeroPoint));
    return success();
  }

  LogicalResult evaluateOp(InitParameterOp op) {
    set(op.getParameter(),
        reference::initializeParameter(op.getRestriction().getKind(),
                                       get(op.getRunning())));
    return success();
  }

  LogicalResult evaluateOp(LearnedBitsOp op) {
    set(op.getBits(), reference::learnedBits(op.getMinimum().convertToDouble(),
                                             get(op.getOffset())));
    return success();
  }

  LogicalResult evaluateOp(ObserveOp op) {
    const HostTensor &batch = get(op.getBatch());
    const HostTensor &running = get(op.getRunning());
    if (failed(checkSameShape(op, batch, running)))
      return failure();
    reference::Observation result =
        reference::observe(op.getSpec(), batch, running, get(op.getCount()));
    set(op.getNewRunning(), std::move(result.running));
    set(op.getNewCount(), std::move(result.count));
    return success();
  }

  LogicalResult evaluateOp(arith::ConstantOp op) {
    auto constant = dyn_cast<DenseElementsAttr>(op.getValue());
    std::optional<HostTensor> tensor;
    if (constant)
      tensor = toHostTensor(constant);
    if (!tensor)
      return op.emitOpError()
             << "cannot be interpreted: " << op.getType()
             << " is no dense tensor of a supported element type that fits in "
                "memory";
    set(op.getResult(), std::move(*tensor));
    return success();
  }

  LogicalResult evaluateOp(func::CallOp op) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        op, op.getCalleeAttr());
    if (depth == maxCallDepth)
      return op.emitOpError() << "cannot be interpreted: calls are nested "
                                 "more than "
                              << maxCallDepth << " deep";
    SmallVector<const HostTensor *> arguments;
    for (Value operand : op.getOperands())
      arguments.push_back(&get(operand));
    FailureOr<std::vector<HostTensor>> results =
        Frame(depth + 1).run(callee, arguments);
    if (failed(results))
      return failure();
    for (auto [result, value] : llvm::zip(op.getResults(), *results))
      set(result, std::move(value));
    return success();
  }

  unsigned depth;
  llvm::DenseMap<Value, HostTensor> values;
};

} // namespace

FailureOr<std::vector<HostTensor>>
quant_act::interpret(func::FuncOp function,
                     ArrayRef<const HostTensor *> arguments) {
  // Layers are interpreted as the ops they stand for.
  auto module = function->getParentOfType<ModuleOp>();
  OwningOpRef<ModuleOp> decomposed = module.clone();
  RewritePatternSet patterns(function.getContext());
  populateDecomposeActPatterns(patterns);
  walkAndApplyPatterns(*decomposed, std::move(patterns));
  return Frame(/*depth=*/0)
      .run(decomposed->lookupSymbol<func::FuncOp>(function.getName()),
           arguments);
}
