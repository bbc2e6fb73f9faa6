//===- DeriveBackward.cpp - Functions that compute gradients --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reverse-mode differentiation: a copy of the forward function, whose ops are
// then visited from the last to the first, each passing the gradients of its
// results on to its operands. An scf.if is followed by one on the same
// condition, whose branches compute the forward branches again and their
// gradients.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Numerics/Gradients.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTDERIVEBACKWARD
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// Whether values of this type have gradients: codes have none, minifloats
/// included.
static bool isDifferentiable(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isa<FloatType>(tensor.getElementType()) &&
         tensor.getElementTypeBitWidth() > 8;
}

static bool isDifferentiable(func::FuncOp function) {
  auto has = [](ArrayRef<Type> types) {
    return llvm::any_of(types, [](Type t) { return isDifferentiable(t); });
  };
  return has(function.getArgumentTypes()) && has(function.getResultTypes());
}

namespace {

/// What the ops are told beside the forward ops' attributes.
struct GradientOptions {
  bool steClamp;
  ScaleGradient scaleGradient;
};

/// Turns a copy of a forward function into its backward function.
class Derivation {
public:
  Derivation(func::FuncOp function, GradientOptions options)
      : function(function), body(function.getBody().front()),
        builder(body.getTerminator()), options(options) {}

  LogicalResult run() {
    SmallVector<Operation *> forward = getOps(body);
    numArguments = body.getNumArguments();
    takeGradients();
    if (failed(differentiate(forward)))
      return failure();
    returnGradients();
    eraseUnused(forward);
    return success();
  }

private:
  using Gradients = llvm::DenseMap<Value, Value>;

  //===--------------------------------------------------------------------===//
  // The forward ops of a block
  //===--------------------------------------------------------------------===//

  static SmallVector<Operation *> getOps(Block &block) {
    return llvm::map_to_vector(block.without_terminator(),
                               [](Operation &op) { return &op; });
  }

  LogicalResult differentiate(ArrayRef<Operation *> forward) {
    for (Operation *op : llvm::reverse(forward))
      if (failed(differentiate(op)))
        return failure();
    return success();
  }

  /// Erases what only the forward results needed.
  static void eraseUnused(ArrayRef<Operation *> forward) {
    for (Operation *op : llvm::reverse(forward))
      if (isOpTriviallyDead(op))
        op->erase();
  }

  //===--------------------------------------------------------------------===//
  // Values and their gradients
  //===--------------------------------------------------------------------===//

  /// The gradient of a value so far; null if none has reached it.
  Value get(Value value) { return gradients.lookup(value); }

  Value zeros(Value like) { return fill(like, 0.0); }

  /// A tensor of one number, with another's shape and type.
  Value fill(Value like, double number) {
    auto type = cast<RankedTensorType>(like.getType());
    FloatAttr value = builder.getFloatAttr(type.getElementType(), number);
    Location loc = function.getLoc();
    if (type.hasStaticShape())
      return arith::ConstantOp::create(builder, loc,
                                       DenseElementsAttr::get(type, value));
    Value scalar = arith::ConstantOp::create(builder, loc, value);
    SmallVector<Value> extents;
    for (int64_t dim = 0, rank = type.getRank(); dim < rank; ++dim)
      if (type.isDynamicDim(dim))
        extents.push_back(tensor::DimOp::create(builder, loc, like, dim));
    return tensor::SplatOp::create(builder, loc, scalar, type, extents);
  }

  Value getOrZeros(Value value) {
    Value gradient = get(value);
    return gradient ? gradient : zeros(value);
  }

  Value convert(Value tensor, FloatType type) {
    auto from = cast<RankedTensorType>(tensor.getType());
    Type to = from.clone(type);
    if (from == to)
      return tensor;
    if (from.getElementTypeBitWidth() < type.getWidth())
      return arith::ExtFOp::create(builder, tensor.getLoc(), to, tensor);
    return arith::TruncFOp::create(builder, tensor.getLoc(), to, tensor);
  }

  /// Numbers of 16 bits in f32, in which the numerics compute with them.
  Value widen(Value tensor) {
    auto type = cast<FloatType>(getElementTypeOrSelf(tensor.getType()));
    return type.getWidth() < 32 ? convert(tensor, builder.getF32Type())
                                : tensor;
  }

  /// A sum or product, rounded once.
  template <typename Op>
  Value combine(Value a, Value b) {
    Value result = Op::create(builder, a.getLoc(), widen(a), widen(b));
    return convert(result, cast<FloatType>(getElementTypeOrSelf(a.getType())));
  }

  void pass(Value operand, Value gradient) {
    if (!operand || !gradient || !isDifferentiable(operand.getType()))
      return;
    Value &sum = gradients[operand];
    sum = sum ? combine<arith::AddFOp>(sum, gradient) : gradient;
  }

  //===--------------------------------------------------------------------===//
  // The function's ends
  //===--------------------------------------------------------------------===//

  StringAttr getName(DictionaryAttr attributes, StringRef prefix) {
    auto name =
        attributes ? attributes.getAs<StringAttr>(QuantActDialect::nameAttrName)
                   : StringAttr();
    return name ? builder.getStringAttr(prefix + name.getValue())
                : StringAttr();
  }

  DictionaryAttr makeAttributes(StringAttr name) {
    if (!name)
      return builder.getDictionaryAttr({});
    return builder.getDictionaryAttr(
        builder.getNamedAttr(QuantActDialect::nameAttrName, name));
  }

  /// Adds an argument for the gradient of each result.
  void takeGradients() {
    for (auto [index, result] :
         llvm::enumerate(body.getTerminator()->getOperands())) {
      if (!isDifferentiable(result.getType()))
        continue;
      StringAttr name = getName(function.getResultAttrDict(index), "g_");
      Value gradient = body.addArgument(result.getType(), result.getLoc());
      argumentAttributes.push_back(makeAttributes(name));
      pass(result, gradient);
    }
  }

  void returnGradients() {
    SmallVector<Value> results;
    SmallVector<DictionaryAttr> attributes, resultAttributes;
    for (BlockArgument argument :
         body.getArguments().take_front(numArguments)) {
      DictionaryAttr own = function.getArgAttrDict(argument.getArgNumber());
      attributes.push_back(own ? own : builder.getDictionaryAttr({}));
      if (!isDifferentiable(argument.getType()))
        continue;
      results.push_back(getOrZeros(argument));
      resultAttributes.push_back(makeAttributes(getName(own, "d_")));
    }
    llvm::append_range(attributes, argumentAttributes);
    body.getTerminator()->setOperands(results);
    function.removeArgAttrsAttr();
    function.removeResAttrsAttr();
    function.setFunctionType(FunctionType::get(function.getContext(),
                                               body.getArgumentTypes(),
                                               ValueRange(results).getTypes()));
    function.setAllArgAttrs(attributes);
    function.setAllResultAttrs(resultAttributes);
  }

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  LogicalResult differentiate(Operation *op) {
    if (llvm::none_of(op->getResults(), [&](Value v) { return get(v); }))
      return success();
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<FakeQuantOp, FakeQuantRangeOp, StatsOp, ChooseQParamsOp,
              InitParameterOp, LearnedBitsOp, ActivateOp, arith::AddFOp,
              arith::MulFOp, math::Log2Op, arith::ExtFOp, arith::TruncFOp>(
            [&](auto typed) {
              differentiateOp(typed);
              return success();
            })
        .Case<scf::IfOp>([&](scf::IfOp op) { return differentiateIf(op); })
        // State, a search, and what has no operands.
        .Case<ObserveOp, SearchThresholdOp, arith::ConstantOp>(
            [](auto) { return success(); })
        .Case<func::CallOp>([](func::CallOp call) {
          return call.emitOpError()
                 << "cannot be differentiated: inline calls first";
        })
        .Default([](Operation *other) {
          return other->emitOpError()
                 << "cannot be differentiated, but a gradient would pass it";
        });
  }

  /// A scale that is a code is a constant; as a number it has the type that
  /// its op computes in.
  Value loadScale(FakeQuantOp op) {
    RankedTensorType type = op.getScale().getType();
    if (isDifferentiable(type))
      return op.getScale();
    Location loc = op.getLoc();
    FloatType stored = cast<FloatType>(type.getElementType());
    FloatType loaded = promoteTypes(
        cast<FloatType>(op.getX().getType().getElementType()), stored);
    auto one = DenseElementsAttr::get(RankedTensorType::get({}, loaded),
                                      builder.getFloatAttr(loaded, 1.0));
    return DequantizeOp::create(
        builder, loc, type.clone(loaded), op.getScale(),
        arith::ConstantOp::create(builder, loc, one), /*zero_point=*/Value(),
        FloatFormatAttr::getNamed(op.getContext(),
                                  isa<Float8E8M0FNUType>(stored) ? "e8m0fnu"
                                                                 : "e4m3fn"),
        /*grid=*/GridAttr(), /*zero_point_grid=*/GridAttr());
  }

  void differentiateOp(FakeQuantOp op) {
    auto gradient = FakeQuantGradOp::create(
        builder, op.getLoc(), get(op.getY()), op.getX(), loadScale(op),
        op.getZeroPoint(), op.getBits(), op.getSeed(), op.getFormat(),
        op.getGridAttr(), op.getZeroPointGridAttr(), op.getActivationAttr(),
        op.getRoundingAttr(), op.getNumericsAttr(), getSteClamp(),
        ScaleGradientAttr::get(op.getContext(), options.scaleGradient));
    pass(op.getX(), gradient.getDx());
    pass(op.getScale(), gradient.getDscale());
    pass(op.getZeroPoint(), gradient.getDzeroPoint());
    pass(op.getBits(), gradient.getDbits());
  }

  void differentiateOp(FakeQuantRangeOp op) {
    auto gradient = FakeQuantRangeGradOp::create(
        builder, op.getLoc(), get(op.getY()), op.getX(), op.getLow(),
        op.getHigh(), op.getOutLow(), op.getOutHigh(), op.getContractAttr(),
        op.getLevelsAttr(), op.getGridAttr(), op.getOutGridAttr());
    pass(op.getX(), gradient.getDx());
    pass(op.getLow(), gradient.getDlow());
    pass(op.getHigh(), gradient.getDhigh());
    pass(op.getOutLow(), gradient.getDoutLow());
    pass(op.getOutHigh(), gradient.getDoutHigh());
  }

  void differentiateOp(StatsOp op) {
    Value low = op.getLow() ? getOrZeros(op.getLow()) : Value();
    pass(op.getX(), StatsGradOp::create(builder, op.getLoc(), op.getX(),
                                        getOrZeros(op.getThreshold()), low,
                                        op.getStatisticAttr(), op.getGridAttr(),
                                        op.getActivationAttr()));
  }

  void differentiateOp(ChooseQParamsOp op) {
    Value zeroPoint =
        op.getZeroPoint() ? getOrZeros(op.getZeroPoint()) : Value();
    auto gradient = ChooseQParamsGradOp::create(
        builder, op.getLoc(), op.getThreshold(), op.getLow(), op.getBits(),
        getOrZeros(op.getScale()), zeroPoint, op.getFormat(), op.getRuleAttr(),
        op.getRestrictionAttr(), op.getMinimumAttr(), op.getRoundingAttr(),
        op.getFractionalAttr(), op.getFullRangeAttr(), getSteClamp());
    bool isDetached = op.getRule() == ScaleRule::Running;
    if (!isDetached) {
      pass(op.getThreshold(), gradient.getDthreshold());
      pass(op.getLow(), gradient.getDlow());
    }
    pass(op.getBits(), gradient.getDbits());
  }

  /// The running statistic is detached.
  void differentiateOp(InitParameterOp op) {
    pass(op.getReplaced(), get(op.getParameter()));
  }

  void differentiateOp(LearnedBitsOp op) {
    pass(op.getOffset(),
         LearnedBitsGradOp::create(builder, op.getLoc(), get(op.getBits()),
                                   op.getOffset()));
  }

  void differentiateOp(ActivateOp op) {
    pass(op.getX(), ActivateGradOp::create(builder, op.getLoc(), get(op.getY()),
                                           op.getX(), op.getActivationAttr()));
  }

  void differentiateOp(arith::AddFOp op) {
    pass(op.getLhs(), get(op.getResult()));
    pass(op.getRhs(), get(op.getResult()));
  }

  void differentiateOp(arith::MulFOp op) {
    Value gradient = get(op.getResult());
    pass(op.getLhs(), combine<arith::MulFOp>(gradient, op.getRhs()));
    pass(op.getRhs(), combine<arith::MulFOp>(gradient, op.getLhs()));
  }

  /// The gradient by x is g / (x * ln 2).
  void differentiateOp(math::Log2Op op) {
    Value x = widen(op.getOperand());
    Value divisor =
        arith::MulFOp::create(builder, op.getLoc(), x, fill(x, ln2));
    Value gradient = arith::DivFOp::create(builder, op.getLoc(),
                                           widen(get(op.getResult())), divisor);
    auto type = cast<FloatType>(getElementTypeOrSelf(op.getType()));
    pass(op.getOperand(), convert(gradient, type));
  }

  template <typename Op>
  void differentiateOp(Op conversion) {
    if (!isDifferentiable(conversion.getIn().getType()))
      return;
    auto type = cast<FloatType>(getElementTypeOrSelf(conversion.getIn()));
    pass(conversion.getIn(), convert(get(conversion.getResult()), type));
  }

  //===--------------------------------------------------------------------===//
  // Branches
  //===--------------------------------------------------------------------===//

  /// A copy of a forward branch, and the gradients after it.
  struct Branch {
    Block &block;
    SmallVector<Operation *> forward;
    Gradients gradients;
  };

  /// Adds a branch's gradients to those before it, and leaves those.
  FailureOr<Branch> differentiateBranch(Block &block,
                                        ArrayRef<Value> ofResults) {
    Gradients before = gradients;
    Branch branch{block, getOps(block), Gradients()};
    builder.setInsertionPoint(block.getTerminator());
    for (auto [yielded, gradient] :
         llvm::zip_equal(block.getTerminator()->getOperands(), ofResults))
      pass(yielded, gradient);
    if (failed(differentiate(branch.forward)))
      return failure();
    branch.gradients = std::exchange(gradients, std::move(before));
    return branch;
  }

  void yield(const Branch &branch, ArrayRef<Value> outer) {
    Operation *terminator = branch.block.getTerminator();
    builder.setInsertionPoint(terminator);
    terminator->setOperands(llvm::map_to_vector(outer, [&](Value value) {
      Value gradient = branch.gradients.lookup(value);
      return gradient ? gradient : zeros(value);
    }));
    eraseUnused(branch.forward);
  }

  /// Each branch yields the gradients so far with its own: of a large tensor
  /// the other branch then neither makes nor adds zeros.
  LogicalResult differentiateIf(scf::IfOp op) {
    OpBuilder::InsertionGuard guard(builder);
    auto ofResults = llvm::map_to_vector(
        op.getResults(), [&](Value result) { return get(result); });
    auto copy = cast<scf::IfOp>(builder.clone(*op));
    auto thenBranch = differentiateBranch(*copy.thenBlock(), ofResults);
    auto elseBranch = differentiateBranch(*copy.elseBlock(), ofResults);
    if (failed(thenBranch) || failed(elseBranch))
      return failure();
    SetVector<Value> outer;
    getUsedValuesDefinedAbove(op->getRegions(), outer);
    SmallVector<Value> yielded;
    for (Value value : outer) {
      Value gradient = thenBranch->gradients.lookup(value);
      if (gradient != elseBranch->gradients.lookup(value))
        yielded.push_back(value);
      else if (gradient)
        gradients[value] = gradient;
    }
    if (yielded.empty()) {
      copy.erase();
      return success();
    }
    yield(*thenBranch, yielded);
    yield(*elseBranch, yielded);
    builder.setInsertionPoint(copy);
    auto branches = scf::IfOp::create(
        builder, op.getLoc(), ValueRange(yielded).getTypes(), op.getCondition(),
        /*addThenBlock=*/false, /*addElseBlock=*/false);
    branches.getThenRegion().takeBody(copy.getThenRegion());
    branches.getElseRegion().takeBody(copy.getElseRegion());
    copy.erase();
    for (auto [value, gradient] :
         llvm::zip_equal(yielded, branches.getResults()))
      gradients[value] = gradient;
    return success();
  }

  UnitAttr getSteClamp() {
    return options.steClamp ? builder.getUnitAttr() : UnitAttr();
  }

  func::FuncOp function;
  Block &body;
  OpBuilder builder;
  GradientOptions options;
  unsigned numArguments = 0;
  /// Of the arguments that are gradients.
  SmallVector<DictionaryAttr> argumentAttributes;
  Gradients gradients;
};

struct QuantActDeriveBackward
    : public quant_act::impl::QuantActDeriveBackwardBase<
          QuantActDeriveBackward> {
  using QuantActDeriveBackwardBase::QuantActDeriveBackwardBase;

  void runOnOperation() override {
    auto rule = symbolizeScaleGradient(scaleGradient);
    if (!rule) {
      getOperation()->emitError()
          << "expects scale-gradient to be full, lsq or "
             "pact, but got '"
          << scaleGradient << "'";
      return signalPassFailure();
    }
    FailureOr<SmallVector<func::FuncOp>> forward = collect();
    if (failed(forward))
      return signalPassFailure();
    for (func::FuncOp function : *forward)
      if (failed(derive(function, {steClamp, *rule})))
        return signalPassFailure();
  }

  FailureOr<SmallVector<func::FuncOp>> collect() {
    SmallVector<func::FuncOp> result;
    if (functions.empty()) {
      for (auto function : getOperation().getOps<func::FuncOp>())
        if (function.isPublic() && !function.isExternal() &&
            isDifferentiable(function))
          result.push_back(function);
      return result;
    }
    for (const std::string &name : functions) {
      auto function = getOperation().lookupSymbol<func::FuncOp>(name);
      if (!function || function.isExternal()) {
        getOperation()->emitError()
            << "expects the option functions to name functions with a body, "
               "but got '"
            << name << "'";
        return failure();
      }
      if (!isDifferentiable(function))
        return function.emitOpError()
               << "expects tensors of floats among its arguments and its "
                  "results to be differentiated";
      result.push_back(function);
    }
    return result;
  }

  LogicalResult derive(func::FuncOp function, GradientOptions options) {
    if (!llvm::hasSingleElement(function.getBody()))
      return function.emitOpError()
             << "expects one block to be differentiated, but has "
             << function.getBody().getBlocks().size();
    SymbolTable symbols(getOperation());
    std::string name = (function.getName() + "_backward").str();
    if (symbols.lookup(name))
      return function.emitOpError() << "expects the name '" << name
                                    << "' to be free for its gradients";
    func::FuncOp backward = function.clone();
    backward.setName(name);
    backward.setPublic();
    symbols.insert(backward, std::next(function->getIterator()));
    RewritePatternSet patterns(&getContext());
    populateDecomposeActPatterns(patterns);
    walkAndApplyPatterns(backward, std::move(patterns));
    return Derivation(backward, options).run();
  }
};

} // namespace
