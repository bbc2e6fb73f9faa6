//===- QuantActLayerOps.cpp - Whole layers --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verification and type inference of quant_act.act.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

namespace {
/// Which parts a layer's state has, in their order, and what else follows from
/// its attributes.
struct StateParts {
  bool hasZeroPoint = false;
  bool hasRunning = false;
  bool hasLearned = false;
  bool hasCount = false;
  bool hasCalls = false;

  /// How many values the running, or the learned, threshold and low end are.
  size_t getNumValues() const { return hasZeroPoint ? 2 : 1; }
  size_t getNumRunning() const { return hasRunning ? getNumValues() : 0; }
  size_t getNumLearned() const { return hasLearned ? getNumValues() : 0; }
  size_t getNumThresholds() const { return getNumRunning() + getNumLearned(); }
  size_t getSize() const { return getNumThresholds() + hasCount + hasCalls; }
};
} // namespace

static bool isGiven(Scaling scaling) {
  return scaling == Scaling::Parameter || scaling == Scaling::Const;
}

static bool updatesStatistics(Phase phase) {
  return phase == Phase::Collect || phase == Phase::Calibrate ||
         phase == Phase::Train;
}

static StateParts getStateParts(Phase phase, Scaling scaling,
                                StatisticAttr statistic, bool isSymmetric,
                                bool hasDelay) {
  StateParts parts;
  parts.hasZeroPoint = statistic && statistic.isInterval() && !isSymmetric;
  parts.hasRunning = !isGiven(scaling) && phase != Phase::Learn &&
                     phase != Phase::EvaluateLearned;
  parts.hasLearned = !parts.hasRunning || phase == Phase::Train;
  parts.hasCount = updatesStatistics(phase);
  parts.hasCalls = hasDelay;
  return parts;
}

static StateParts getStateParts(ActOp op) {
  return getStateParts(op.getPhase(), op.getScaling(), op.getStatisticAttr(),
                       op.getSymmetric(), op.getDelay().has_value());
}

bool ActOp::updatesStatistics() { return ::updatesStatistics(getPhase()); }

bool ActOp::hasZeroPoint() { return getStateParts(*this).hasZeroPoint; }

ValueRange ActOp::getRunning() {
  return ValueRange(getState())
      .take_front(getStateParts(*this).getNumRunning());
}

ValueRange ActOp::getLearned() {
  StateParts parts = getStateParts(*this);
  return ValueRange(getState())
      .slice(parts.getNumRunning(), parts.getNumLearned());
}

Value ActOp::getCount() {
  StateParts parts = getStateParts(*this);
  return parts.hasCount ? getState()[parts.getNumThresholds()] : Value();
}

Value ActOp::getCalls() {
  return getDelay() ? Value(getState().back()) : Value();
}

RankedTensorType ActOp::getParameterType() {
  return cast<RankedTensorType>(getState().front().getType());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// What the values of each part of the state are called.
static constexpr StringLiteral runningNames[] = {"running threshold",
                                                 "running low"};
static constexpr StringLiteral learnedNames[] = {"learned threshold",
                                                 "learned low"};

/// The names of a state's values, for messages.
static std::string listState(const StateParts &parts) {
  SmallVector<StringRef> names;
  llvm::append_range(names,
                     ArrayRef(runningNames).take_front(parts.getNumRunning()));
  llvm::append_range(names,
                     ArrayRef(learnedNames).take_front(parts.getNumLearned()));
  if (parts.hasCount)
    names.push_back("count");
  if (parts.hasCalls)
    names.push_back("calls");
  return llvm::join(names, ", ");
}

/// What is said of a state of another size.
static std::string describeMissingState(const StateParts &parts, Phase phase,
                                        Scaling scaling,
                                        StatisticAttr statistic, size_t size) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "expects the state (" << listState(parts) << ") in phase "
     << stringifyEnum(phase) << " with ";
  if (statistic)
    os << "statistic " << stringifyEnum(statistic.getKind());
  else
    os << "scaling " << stringifyEnum(scaling);
  os << ", but got " << size << " of " << parts.getSize() << " values";
  return text;
}

/// Results: y, the parameters if the phase quantizes, the state as far as the
/// phase replaces it.
LogicalResult
ActOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                        ValueRange operands, DictionaryAttr attributes,
                        OpaqueProperties properties, RegionRange regions,
                        SmallVectorImpl<Type> &inferredTypes) {
  auto *given = properties.as<Properties *>();
  if (!given || !given->phase)
    return emitOptionalError(location, "expects a phase");
  // Defaults are not filled in yet.
  Phase phase = given->phase.getValue();
  Scaling scaling =
      given->scaling ? given->scaling.getValue() : Scaling::ParameterFromStats;
  StateParts parts =
      getStateParts(phase, scaling, given->statistic, bool(given->symmetric),
                    /*hasDelay=*/bool(given->delay));
  ActOpAdaptor adaptor(operands, attributes, *given, regions);
  ValueRange state = adaptor.getState();
  if (state.size() != parts.getSize())
    return emitOptionalError(
        location, describeMissingState(parts, phase, scaling, given->statistic,
                                       state.size()));
  inferredTypes.push_back(adaptor.getX().getType());
  if (phase != Phase::Calibrate)
    inferredTypes.append(parts.getNumValues(), state.front().getType());
  if (parts.hasCount)
    llvm::append_range(inferredTypes, state.getTypes());
  else if (parts.hasCalls)
    inferredTypes.push_back(state.back().getType());
  return success();
}

LogicalResult ActOp::reifyResultShapes(OpBuilder &builder,
                                       ReifiedRankedShapedTypeDims &shapes) {
  for (Value result : getOperation()->getResults()) {
    Value like = result == getY() ? Value(getX()) : getState().front();
    if (cast<RankedTensorType>(result.getType()).getElementType().isInteger(64))
      shapes.emplace_back();
    else
      shapes.push_back(tensor::getMixedSizes(builder, getLoc(), like));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// Checks that a scaling has the phase, and a statistic if it gathers one.
static LogicalResult verifyScaling(ActOp op) {
  auto rejectPhase = [&](StringRef allowed) {
    return op.emitOpError() << "expects phase " << allowed << " with scaling "
                            << stringifyEnum(op.getScaling()) << ", but got "
                            << stringifyEnum(op.getPhase());
  };
  Phase phase = op.getPhase();
  bool isLearned = phase == Phase::Learn || phase == Phase::EvaluateLearned;
  if (op.getScaling() == Scaling::Stats && (isLearned || phase == Phase::Train))
    return rejectPhase("collect, calibrate or evaluate");
  if (op.getScaling() == Scaling::Parameter && !isLearned)
    return rejectPhase("learn or evaluate_learned");
  if (op.getScaling() == Scaling::Const && phase != Phase::Evaluate)
    return rejectPhase("evaluate");
  bool gathers = !isGiven(op.getScaling());
  if (gathers != static_cast<bool>(op.getStatisticAttr()))
    return op.emitOpError()
           << "expects " << (gathers ? "a" : "no") << " statistic with scaling "
           << stringifyEnum(op.getScaling()) << ", but got "
           << (gathers ? StringRef("none")
                       : stringifyEnum(op.getStatisticAttr().getKind()));
  if (op.getSignedScale() && gathers)
    return op.emitOpError() << "expects signed_scale with scaling parameter or "
                               "const only, but got it with "
                            << stringifyEnum(op.getScaling());
  return success();
}

/// Checks the attributes that only some layers have.
static LogicalResult verifyOptions(ActOp op) {
  StatisticAttr statistic = op.getStatisticAttr();
  if (op.getSymmetric() && !(statistic && statistic.isInterval()))
    return op.emitOpError()
           << "expects symmetric with an interval only, but the statistic is "
           << (statistic ? stringifyEnum(statistic.getKind())
                         : StringRef("none"));
  if (op.getFullRange() && !op.hasZeroPoint())
    return op.emitOpError() << "expects full_range with a zero point only, but "
                               "the layer has none";
  if (!op.updatesStatistics() && op.getMomentum())
    return op.emitOpError()
           << "expects a momentum only in the phases that update the "
              "statistics (collect, calibrate, train), but got one in "
           << stringifyEnum(op.getPhase());
  bool isTraining = op.getPhase() == Phase::Train;
  if (isTraining != op.getSteps().has_value())
    return op.emitOpError()
           << "expects steps in phase train and only there, but got "
           << (isTraining ? "none" : "some") << " in "
           << stringifyEnum(op.getPhase());
  if (op.getSteps() && static_cast<int64_t>(*op.getSteps()) < 0)
    return op.emitOpError() << "expects at least 0 steps, but got "
                            << static_cast<int64_t>(*op.getSteps());
  return success();
}

/// Checks what the statistic that is a search asks of the quantizer, and what a
/// statistic of all channels asks of the grid.
static LogicalResult verifyStatistic(ActOp op) {
  StatisticAttr statistic = op.getStatisticAttr();
  if (!statistic)
    return success();
  if (statistic.getKind() == StatisticKind::Mse) {
    if (hasBitsOperand(op.getFormat().getFormat()))
      return op.emitOpError() << "expects a format that says its bits with the "
                                 "statistic mse, but got "
                              << op.getFormat();
    if (op.getRounding() == Rounding::Stochastic)
      return op.emitOpError() << "expects a rounding with the statistic mse "
                                 "that is not stochastic, so that errors can "
                                 "be compared";
  }
  if (!statistic.getGrid())
    return success();
  if (op.getGridAttr())
    return op.emitOpError() << "expects no grid with the statistic "
                               "max_average, which is one for all channels, "
                               "but got "
                            << op.getGridAttr();
  return verifyGrid(op, statistic.getGrid(), op.getX().getType());
}

static LogicalResult verifyDelay(ActOp op) {
  if (!op.getDelay())
    return success();
  if (static_cast<int64_t>(*op.getDelay()) < 0)
    return op.emitOpError() << "expects a delay of at least 0 calls, but got "
                            << static_cast<int64_t>(*op.getDelay());
  if (!op.quantizes())
    return op.emitOpError() << "expects a delay in phases that quantize only, "
                               "but got one in "
                            << stringifyEnum(op.getPhase());
  if (isa<FloatFormatAttr>(op.getFormat()))
    return op.emitOpError() << "expects no delay with a minifloat, which "
                               "Brevitas never delays, but got one with "
                            << op.getFormat();
  return success();
}

/// Checks that a value of the state is tensor<i64>.
static LogicalResult verifyCounter(ActOp op, StringRef name, Value counter) {
  if (!counter)
    return success();
  auto type = cast<RankedTensorType>(counter.getType());
  if (type.getRank() == 0 && type.getElementType().isInteger(64))
    return success();
  return op.emitOpError() << "expects the " << name
                          << " of the state to be tensor<i64>, but got "
                          << type;
}

/// Checks a threshold or low end of the state.
static LogicalResult verifyParameterState(ActOp op, StringRef name,
                                          Value value) {
  auto type = dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
  if (!type || !(type.isF16() || type.isBF16() || type.isF32() || type.isF64()))
    return op.emitOpError()
           << "expects the " << name
           << " to hold f16, bf16, f32 or f64, but got " << value.getType();
  std::string the = ("the " + name).str();
  if (failed(verifyParameters(op, name, value.getType(), op.getGridAttr(),
                              op.getX().getType())) ||
      failed(verifyHoldsValues(op, the, type, getFloatType(op.getX()))))
    return failure();
  if (value.getType() != op.getParameterType())
    return op.emitOpError()
           << "expects thresholds and low ends of one type, "
              "but got "
           << op.getParameterType() << " and " << value.getType();
  return success();
}

static LogicalResult verifyState(ActOp op) {
  for (auto [name, value] : llvm::zip(runningNames, op.getRunning()))
    if (failed(verifyParameterState(op, name, value)))
      return failure();
  for (auto [name, value] : llvm::zip(learnedNames, op.getLearned()))
    if (failed(verifyParameterState(op, name, value)))
      return failure();
  if (failed(verifyCounter(op, "count", op.getCount())))
    return failure();
  return verifyCounter(op, "calls", op.getCalls());
}

LogicalResult ActOp::verify() {
  // The types that follow from the operands are only checked after this.
  StateParts parts = getStateParts(*this);
  if (getState().size() != parts.getSize())
    return emitOpError() << describeMissingState(
               parts, getPhase(), getScaling(), getStatisticAttr(),
               getState().size());
  GridAttr grid = getGridAttr();
  if (failed(verifyGrid(*this, grid, getX().getType())) ||
      failed(verifyScaling(*this)) || failed(verifyOptions(*this)) ||
      failed(verifyStatistic(*this)) || failed(verifyDelay(*this)) ||
      failed(verifyState(*this)) ||
      failed(verifyBitsOperand(*this, getFormat(), getBits())) ||
      failed(verifyZeroPointFormat(*this, getFormat(), hasZeroPoint())) ||
      failed(verifySeed(*this, getRounding(), bool(getSeed()))) ||
      failed(verifyMomentum(*this, getMomentum())))
    return failure();
  if (getBits() && failed(verifyParameters(
                       *this, "bits", getBits().getType(),
                       getBits().getType().getRank() == 0 ? GridAttr() : grid,
                       getX().getType())))
    return failure();
  return verifyMinimum(*this, getMinimum());
}
