//===- Interpreter.cpp - The reference, on a function ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/Interpreter.h"

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Numerics/Evaluator.h"
#include "QuantAct/Numerics/GradientReference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

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
        .Case<FakeQuantOp, FakeQuantRangeOp, QuantizeOp, DequantizeOp, StatsOp,
              SearchThresholdOp, ActivateOp, ChooseQParamsOp, ObserveOp,
              InitParameterOp, LearnedBitsOp, FakeQuantGradOp,
              FakeQuantRangeGradOp, StatsGradOp, ActivateGradOp,
              ChooseQParamsGradOp, LearnedBitsGradOp, arith::AddFOp,
              arith::MulFOp, arith::DivFOp, arith::ExtFOp, arith::TruncFOp,
              math::Log2Op, arith::ConstantOp, tensor::DimOp, tensor::ExtractOp,
              tensor::ExtractSliceOp, tensor::PadOp, tensor::SplatOp,
              arith::AddIOp, arith::CmpIOp, scf::IfOp, func::CallOp>(
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

  /// Scale and zero point of an op on the elements of `x`.
  template <typename Op>
  FailureOr<reference::FakeQuantOperands>
  placeScaleAndZeroPoint(Op op, const HostTensor &x) {
    auto scale = place(op, "scale", op.getScale(), op.getGridAttr(), x);
    if (failed(scale))
      return failure();
    reference::FakeQuantOperands operands{*scale, {}, {}, {}};
    if (op.getZeroPoint()) {
      auto zeroPoint = place(op, "zero_point", op.getZeroPoint(),
                             op.getEffectiveZeroPointGrid(), x);
      if (failed(zeroPoint))
        return failure();
      operands.zeroPoint = *zeroPoint;
    }
    return operands;
  }

  /// All operands beside x of an op that rounds x to codes.
  template <typename Op>
  FailureOr<reference::FakeQuantOperands> placeOperands(Op op) {
    const HostTensor &x = get(op.getX());
    auto operands = placeScaleAndZeroPoint(op, x);
    if (failed(operands))
      return failure();
    if (op.getBits()) {
      auto bits = place(op, "bits", op.getBits(), op.getBitsGrid(), x);
      if (failed(bits))
        return failure();
      operands->bits = *bits;
    }
    if (op.getSeed())
      operands->seed = get(op.getSeed()).getInteger(0);
    return operands;
  }

  LogicalResult evaluateOp(FakeQuantOp op) {
    auto operands = placeOperands(op);
    if (failed(operands))
      return failure();
    set(op.getY(),
        reference::fakeQuant(op.getSpec(), *toElementType(op.getComputeType()),
                             get(op.getX()), *operands));
    return success();
  }

  /// Checks that codes are in a type that arrays can have.
  FailureOr<ElementType> getStorage(Operation *op, Value codes) {
    Type type = cast<ShapedType>(codes.getType()).getElementType();
    if (std::optional<ElementType> storage = toElementType(type))
      return *storage;
    return op->emitOpError()
           << "cannot be interpreted: there are no arrays of " << type;
  }

  LogicalResult evaluateOp(QuantizeOp op) {
    auto operands = placeOperands(op);
    auto storage = getStorage(op, op.getQ());
    if (failed(operands) || failed(storage))
      return failure();
    set(op.getQ(),
        reference::quantize(op.getSpec(), *toElementType(op.getComputeType()),
                            get(op.getX()), *operands, *storage));
    return success();
  }

  LogicalResult evaluateOp(DequantizeOp op) {
    if (failed(getStorage(op, op.getQ())))
      return failure();
    auto operands = placeScaleAndZeroPoint(op, get(op.getQ()));
    if (failed(operands))
      return failure();
    set(op.getY(), reference::dequantize(op.getFormat().getFormat(),
                                         *toElementType(op.getComputeType()),
                                         get(op.getQ()), *operands,
                                         getElementType(op.getY())));
    return success();
  }

  /// All operands beside x of an op on ranges.
  template <typename Op>
  FailureOr<reference::FakeQuantRangeOperands> placeRanges(Op op) {
    const HostTensor &x = get(op.getX());
    GridAttr grid = op.getGridAttr(), outGrid = op.getEffectiveOutGrid();
    auto low = place(op, "low", op.getLow(), grid, x);
    auto high = place(op, "high", op.getHigh(), grid, x);
    if (failed(low) || failed(high))
      return failure();
    reference::FakeQuantRangeOperands operands{*low, *high, {}, {}};
    if (op.getOutLow()) {
      auto outLow = place(op, "out_low", op.getOutLow(), outGrid, x);
      auto outHigh = place(op, "out_high", op.getOutHigh(), outGrid, x);
      if (failed(outLow) || failed(outHigh))
        return failure();
      operands.outLow = *outLow;
      operands.outHigh = *outHigh;
    }
    return operands;
  }

  LogicalResult evaluateOp(FakeQuantRangeOp op) {
    auto operands = placeRanges(op);
    if (failed(operands))
      return failure();
    set(op.getY(), reference::fakeQuantRange(
                       op.getSpec(), *toElementType(op.getComputeType()),
                       get(op.getX()), *operands));
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

  const HostTensor *getOrNull(Value value) {
    return value ? &get(value) : nullptr;
  }

  /// Checks what choose_qparams and its gradient take: one value for all, or
  /// one per threshold.
  template <typename Op>
  LogicalResult checkParameterShapes(Op op) {
    const HostTensor &threshold = get(op.getThreshold());
    for (const HostTensor *other :
         {getOrNull(op.getLow()), getOrNull(op.getBits())})
      if (other && other->getRank() != 0 && threshold.getRank() != 0 &&
          failed(checkSameShape(op, threshold, *other)))
        return failure();
    return success();
  }

  LogicalResult evaluateOp(ChooseQParamsOp op) {
    if (failed(checkParameterShapes(op)))
      return failure();
    reference::QParams parameters = reference::chooseQParams(
        op.getSpec(), get(op.getThreshold()), getOrNull(op.getLow()),
        getOrNull(op.getBits()));
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

  //===--------------------------------------------------------------------===//
  // Gradients
  //===--------------------------------------------------------------------===//

  void setOptional(Value value, std::optional<HostTensor> tensor) {
    if (value)
      set(value, std::move(*tensor));
  }

  LogicalResult evaluateOp(FakeQuantGradOp op) {
    const HostTensor &g = get(op.getG()), &x = get(op.getX());
    auto operands = placeOperands(op);
    if (failed(checkSameShape(op, g, x)) || failed(operands))
      return failure();
    auto gradients = reference::fakeQuantGradients(
        op.getSpec(), op.getGradientSpec(), *toElementType(op.getComputeType()),
        g, x, *operands);
    set(op.getDx(), std::move(gradients.x));
    set(op.getDscale(), std::move(gradients.scale));
    setOptional(op.getDzeroPoint(), std::move(gradients.zeroPoint));
    setOptional(op.getDbits(), std::move(gradients.bits));
    return success();
  }

  LogicalResult evaluateOp(FakeQuantRangeGradOp op) {
    const HostTensor &g = get(op.getG()), &x = get(op.getX());
    auto operands = placeRanges(op);
    if (failed(checkSameShape(op, g, x)) || failed(operands))
      return failure();
    auto gradients = reference::fakeQuantRangeGradients(
        op.getSpec(), *toElementType(op.getComputeType()), g, x, *operands);
    set(op.getDx(), std::move(gradients.x));
    set(op.getDlow(), std::move(gradients.low));
    set(op.getDhigh(), std::move(gradients.high));
    setOptional(op.getDoutLow(), std::move(gradients.outLow));
    setOptional(op.getDoutHigh(), std::move(gradients.outHigh));
    return success();
  }

  LogicalResult evaluateOp(StatsGradOp op) {
    const HostTensor &x = get(op.getX());
    auto threshold = place(op, "the threshold's gradient", op.getDthreshold(),
                           op.getGridAttr(), x);
    if (failed(threshold))
      return failure();
    if (op.getDlow() && failed(place(op, "the low end's gradient", op.getDlow(),
                                     op.getGridAttr(), x)))
      return failure();
    set(op.getDx(),
        reference::statsGradient(op.getStatistic().getStatistic(),
                                 op.getActivation(), x, threshold->layout,
                                 *threshold->values, getOrNull(op.getDlow())));
    return success();
  }

  LogicalResult evaluateOp(ActivateGradOp op) {
    const HostTensor &g = get(op.getG()), &x = get(op.getX());
    if (failed(checkSameShape(op, g, x)))
      return failure();
    set(op.getDx(), reference::activateGradient(op.getActivation(), g, x));
    return success();
  }

  LogicalResult evaluateOp(ChooseQParamsGradOp op) {
    const HostTensor &threshold = get(op.getThreshold());
    if (failed(checkParameterShapes(op)) ||
        failed(checkSameShape(op, threshold, get(op.getDscale()))))
      return failure();
    if (op.getLow()) {
      const HostTensor &low = get(op.getLow());
      if (failed(checkSameShape(op, low.getRank() == 0 ? threshold : low,
                                get(op.getDzeroPoint()))))
        return failure();
    }
    auto gradients = reference::chooseQParamsGradients(
        op.getSpec(), op.getGradientSpec(), threshold, getOrNull(op.getLow()),
        getOrNull(op.getBits()), get(op.getDscale()),
        getOrNull(op.getDzeroPoint()));
    set(op.getDthreshold(), std::move(gradients.threshold));
    setOptional(op.getDlow(), std::move(gradients.low));
    setOptional(op.getDbits(), std::move(gradients.bits));
    return success();
  }

  LogicalResult evaluateOp(LearnedBitsGradOp op) {
    const HostTensor &g = get(op.getG()), &offset = get(op.getOffset());
    if (failed(checkSameShape(op, g, offset)))
      return failure();
    set(op.getDoffset(), reference::learnedBitsGradient(g, offset));
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Ops of other dialects. Scalars are held as tensors of rank 0, indices as
  // i64.
  //===--------------------------------------------------------------------===//

  /// A function of the elements of `operands`, which have one shape.
  LogicalResult mapElements(Operation *op,
                            function_ref<APFloat(ArrayRef<APFloat>)> function) {
    std::optional<ElementType> type;
    if (auto tensor = dyn_cast<RankedTensorType>(op->getResult(0).getType()))
      type = toElementType(tensor.getElementType());
    if (!type || !isFloat(*type))
      return op->emitOpError() << "cannot be interpreted: its result is no "
                                  "tensor of f16, bf16, f32 or f64";
    const HostTensor &first = get(op->getOperand(0));
    for (Value operand : op->getOperands())
      if (failed(checkSameShape(op, first, get(operand))))
        return failure();
    HostTensor result(*type, first.getShape());
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result.setFloat(i, function(llvm::map_to_vector(
                             op->getOperands(), [&](Value operand) {
                               return get(operand).getFloat(i);
                             })));
    set(op->getResult(0), std::move(result));
    return success();
  }

  using BinaryFunction = APFloat (Evaluator::*)(APFloat, const APFloat &) const;
  LogicalResult combineElements(Operation *op, BinaryFunction function) {
    return mapElements(op, [&](ArrayRef<APFloat> values) {
      Evaluator evaluator(values[0].getSemantics());
      return (evaluator.*function)(values[0], values[1]);
    });
  }
  LogicalResult evaluateOp(arith::AddFOp op) {
    return combineElements(op, &Evaluator::add);
  }
  LogicalResult evaluateOp(arith::MulFOp op) {
    return combineElements(op, &Evaluator::mul);
  }
  LogicalResult evaluateOp(arith::DivFOp op) {
    return combineElements(op, &Evaluator::div);
  }

  LogicalResult evaluateOp(math::Log2Op op) {
    if (!getElementTypeOrSelf(op.getType()).isF64())
      return op.emitOpError()
             << "cannot be interpreted but on f64: in compiled "
                "code each type has a logarithm of its own";
    return mapElements(op, [](ArrayRef<APFloat> values) {
      return Evaluator(values[0].getSemantics()).log2(values[0]);
    });
  }

  /// Extension and truncation.
  template <typename Op>
  LogicalResult evaluateConversion(Op op) {
    auto type = cast<FloatType>(getElementTypeOrSelf(op.getType()));
    return mapElements(op, [&](ArrayRef<APFloat> values) {
      return convert(values[0], type.getFloatSemantics());
    });
  }
  LogicalResult evaluateOp(arith::ExtFOp op) { return evaluateConversion(op); }
  LogicalResult evaluateOp(arith::TruncFOp op) {
    return evaluateConversion(op);
  }

  LogicalResult evaluateOp(tensor::DimOp op) {
    HostTensor extent(ElementType::I64, {});
    const HostTensor &source = get(op.getSource());
    int64_t dim = get(op.getIndex()).getInteger(0);
    if (dim < 0 || dim >= source.getRank())
      return op.emitOpError() << "expects a dimension below "
                              << source.getRank() << ", but got " << dim;
    extent.setDouble(0, source.getShape()[dim]);
    set(op.getResult(), std::move(extent));
    return success();
  }

  LogicalResult evaluateOp(tensor::SplatOp op) {
    SmallVector<int64_t> shape(op.getType().getShape());
    auto dynamic = op.getDynamicSizes().begin();
    for (int64_t &extent : shape)
      if (ShapedType::isDynamic(extent))
        extent = get(*dynamic++).getInteger(0);
    HostTensor result(get(op.getInput()).getElementType(), shape);
    result.fill(get(op.getInput()).getDouble(0));
    set(op.getResult(), std::move(result));
    return success();
  }

  /// A constant that is a number; none if it has no host form.
  static std::optional<HostTensor> getScalar(TypedAttr value) {
    if (value.getType().isIndex())
      return makeScalar(cast<IntegerAttr>(value).getInt());
    std::optional<ElementType> type = toElementType(value.getType());
    if (!type)
      return std::nullopt;
    HostTensor scalar(*type, {});
    if (auto integer = dyn_cast<IntegerAttr>(value))
      scalar.setInteger(0, integer.getValue().getSExtValue());
    else
      scalar.setFloat(0, cast<FloatAttr>(value).getValue());
    return scalar;
  }

  LogicalResult evaluateOp(arith::ConstantOp op) {
    auto constant = dyn_cast<DenseElementsAttr>(op.getValue());
    std::optional<HostTensor> tensor;
    if (constant)
      tensor = toHostTensor(constant);
    else
      tensor = getScalar(op.getValue());
    if (!tensor)
      return op.emitOpError()
             << "cannot be interpreted: " << op.getType()
             << " is no dense tensor of a supported element type that fits in "
                "memory";
    set(op.getResult(), std::move(*tensor));
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Parts of tensors: how the last of a row's blocks can be shorter
  //===--------------------------------------------------------------------===//

  SmallVector<int64_t> getNumbers(ArrayRef<OpFoldResult> numbers) {
    return llvm::map_to_vector(numbers, [&](OpFoldResult number) {
      std::optional<int64_t> constant = getConstantIntValue(number);
      return constant ? *constant : get(cast<Value>(number)).getInteger(0);
    });
  }

  /// The positions of a box in a tensor of extents `shape`, in the box's own
  /// row-major order.
  static SmallVector<int64_t> getPositions(ArrayRef<int64_t> shape,
                                           ArrayRef<int64_t> offsets,
                                           ArrayRef<int64_t> sizes) {
    SmallVector<int64_t> basis = computeStrides(shape),
                         boxBasis = computeStrides(sizes), positions;
    for (int64_t i = 0, e = ShapedType::getNumElements(sizes); i < e; ++i) {
      SmallVector<int64_t> indices = delinearize(i, boxBasis);
      for (auto [index, offset] : llvm::zip(indices, offsets))
        index += offset;
      positions.push_back(linearize(indices, basis));
    }
    return positions;
  }

  static void copyElement(const HostTensor &source, int64_t from,
                          HostTensor &target, int64_t to) {
    unsigned width = getByteWidth(source.getElementType());
    std::memcpy(static_cast<char *>(target.getData()) + to * width,
                static_cast<const char *>(source.getData()) + from * width,
                width);
  }

  LogicalResult evaluateOp(tensor::ExtractSliceOp op) {
    if (!op.hasUnitStride())
      return op.emitOpError() << "cannot be interpreted: its strides are not 1";
    const HostTensor &source = get(op.getSource());
    SmallVector<int64_t> offsets = getNumbers(op.getMixedOffsets()),
                         sizes = getNumbers(op.getMixedSizes()), shape;
    llvm::SmallBitVector dropped = op.getDroppedDims();
    for (auto [dim, extent] : llvm::enumerate(source.getShape())) {
      if (offsets[dim] < 0 || sizes[dim] < 0 ||
          sizes[dim] > extent - offsets[dim])
        return op.emitOpError() << "expects a slice within dimension " << dim
                                << " of extent " << extent << ", but got "
                                << sizes[dim] << " from " << offsets[dim];
      if (!dropped[dim])
        shape.push_back(sizes[dim]);
    }
    HostTensor result(source.getElementType(), shape);
    for (auto [to, from] :
         llvm::enumerate(getPositions(source.getShape(), offsets, sizes)))
      copyElement(source, from, result, to);
    set(op.getResult(), std::move(result));
    return success();
  }

  LogicalResult evaluateOp(tensor::PadOp op) {
    Value padding = op.getConstantPaddingValue();
    if (!padding)
      return op.emitOpError()
             << "cannot be interpreted: what it pads with is no constant";
    if (padding.getParentRegion() == &op.getRegion() &&
        failed(evaluate(padding.getDefiningOp())))
      return failure();
    const HostTensor &source = get(op.getSource());
    SmallVector<int64_t> low = getNumbers(op.getMixedLowPad()),
                         high = getNumbers(op.getMixedHighPad()), shape;
    for (auto [dim, extent] : llvm::enumerate(source.getShape())) {
      if (low[dim] < 0 || high[dim] < 0)
        return op.emitOpError()
               << "expects padding of 0 or more along dimension " << dim
               << ", but got " << low[dim] << " and " << high[dim];
      shape.push_back(low[dim] + extent + high[dim]);
    }
    auto result = HostTensor::allocate(source.getElementType(), shape);
    if (!result)
      return op.emitOpError()
             << "cannot be interpreted: " << llvm::toString(result.takeError());
    for (int64_t i = 0, e = result->getNumElements(); i < e; ++i)
      copyElement(get(padding), 0, *result, i);
    for (auto [from, to] :
         llvm::enumerate(getPositions(shape, low, source.getShape())))
      copyElement(source, from, *result, to);
    set(op.getResult(), std::move(*result));
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Counts and what depends on them
  //===--------------------------------------------------------------------===//

  /// A scalar in a frame: an i64, or an i1, as an i64 of rank 0.
  static HostTensor makeScalar(int64_t value) {
    HostTensor scalar(ElementType::I64, {});
    scalar.setInteger(0, value);
    return scalar;
  }

  /// Both operands, if they are i64 or tensor<i64>: what layers count with.
  std::optional<std::pair<int64_t, int64_t>> getCounts(Operation *op) {
    std::pair<int64_t, int64_t> counts;
    for (auto [operand, count] :
         {std::pair(op->getOperand(0), &counts.first),
          std::pair(op->getOperand(1), &counts.second)}) {
      auto shaped = dyn_cast<ShapedType>(operand.getType());
      if (!getElementTypeOrSelf(operand.getType()).isInteger(64) ||
          (shaped && shaped.getRank() != 0))
        return std::nullopt;
      *count = get(operand).getInteger(0);
    }
    return counts;
  }

  static LogicalResult rejectCounts(Operation *op) {
    return op->emitOpError() << "cannot be interpreted: its operands are not "
                                "i64 or tensor<i64>";
  }

  LogicalResult evaluateOp(arith::AddIOp op) {
    auto counts = getCounts(op);
    if (!counts)
      return rejectCounts(op);
    uint64_t sum = static_cast<uint64_t>(counts->first) + counts->second;
    set(op.getResult(), makeScalar(sum));
    return success();
  }

  LogicalResult evaluateOp(arith::CmpIOp op) {
    auto counts = getCounts(op);
    if (!counts || isa<ShapedType>(op.getLhs().getType()))
      return rejectCounts(op);
    set(op.getResult(), makeScalar(arith::applyCmpPredicate(
                            op.getPredicate(), APInt(64, counts->first),
                            APInt(64, counts->second))));
    return success();
  }

  LogicalResult evaluateOp(tensor::ExtractOp op) {
    RankedTensorType type = op.getTensor().getType();
    if (type.getRank() != 0 || !type.getElementType().isInteger(64))
      return op.emitOpError()
             << "cannot be interpreted: it extracts from no tensor<i64>";
    set(op.getResult(), makeScalar(get(op.getTensor()).getInteger(0)));
    return success();
  }

  LogicalResult evaluateOp(scf::IfOp op) {
    bool isTrue = get(op.getCondition()).getInteger(0) != 0;
    Region &region = isTrue ? op.getThenRegion() : op.getElseRegion();
    if (region.empty())
      return success();
    for (Operation &nested : region.front().without_terminator())
      if (failed(evaluate(&nested)))
        return failure();
    Operation *yield = region.front().getTerminator();
    for (auto [result, value] :
         llvm::zip(op.getResults(), yield->getOperands()))
      set(result, HostTensor(get(value)));
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
  // Layers are interpreted as the ops they stand for; scf.if is one of them.
  function.getContext()->loadDialect<scf::SCFDialect>();
  auto module = function->getParentOfType<ModuleOp>();
  OwningOpRef<ModuleOp> decomposed = module.clone();
  RewritePatternSet patterns(function.getContext());
  populateDecomposeActPatterns(patterns);
  walkAndApplyPatterns(*decomposed, std::move(patterns));
  return Frame(/*depth=*/0)
      .run(decomposed->lookupSymbol<func::FuncOp>(function.getName()),
           arguments);
}
