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

static bool updatesStatistics(Phase phase) {
  return phase == Phase::Collect || phase == Phase::Calibrate ||
         phase == Phase::Train;
}

static bool isLearned(Phase phase) {
  return phase == Phase::Learn || phase == Phase::EvaluateLearned;
}

namespace {
/// The attributes that a layer's state follows from.
struct LayerKind {
  Phase phase;
  Scaling scaling;
  StatisticAttr statistic;
  bool isSymmetric;
  /// The statistic of the low end, if it has another.
  StatisticAttr lowFrom;
  bool isLowGiven;
  bool hasDelay;

  bool isThresholdGiven() const {
    return scaling == Scaling::Parameter || scaling == Scaling::Const;
  }
  /// Whether the threshold is the running one throughout.
  bool isThresholdRunning() const { return scaling == Scaling::Stats; }
  bool gathersLow() const {
    bool hasLow = lowFrom || (statistic && statistic.isInterval());
    return hasLow && !isSymmetric && !isLowGiven;
  }
  bool gathers() const { return !isThresholdGiven() || gathersLow(); }
  bool hasZeroPoint() const { return gathersLow() || isLowGiven; }

  bool isGiven(StatePart part) const {
    return (part == StatePart::LearnedThreshold && isThresholdGiven()) ||
           (part == StatePart::LearnedLow && isLowGiven);
  }

  bool hasPart(StatePart part) const {
    bool isRunning = !isLearned(phase);
    // Calibration does not quantize.
    bool isUsed = phase == Phase::Train || !isRunning ||
                  (isGiven(part) && phase != Phase::Calibrate);
    switch (part) {
    case StatePart::RunningThreshold:
      return isThresholdRunning() || (isRunning && !isThresholdGiven());
    case StatePart::RunningLow:
      return isRunning && gathersLow();
    case StatePart::LearnedThreshold:
      return isUsed && !isThresholdRunning();
    case StatePart::LearnedLow:
      return isUsed && hasZeroPoint();
    case StatePart::Count:
      return updates();
    case StatePart::Calls:
      return hasDelay;
    }
    llvm_unreachable("covered switch");
  }

  /// Whether the phase gathers statistics and replaces running ones.
  bool updates() const {
    return updatesStatistics(phase) ||
           (isThresholdRunning() && phase == Phase::Learn);
  }

  /// The parts of the state that the layer takes, in order.
  SmallVector<StatePart> getParts() const {
    SmallVector<StatePart> parts;
    for (StatePart part : {StatePart::RunningThreshold, StatePart::RunningLow,
                           StatePart::LearnedThreshold, StatePart::LearnedLow,
                           StatePart::Count, StatePart::Calls})
      if (hasPart(part))
        parts.push_back(part);
    return parts;
  }

  /// Whether a part that the layer takes is replaced.
  bool isReplaced(StatePart part) const {
    switch (part) {
    case StatePart::LearnedThreshold:
    case StatePart::LearnedLow:
      return phase == Phase::Train && !isGiven(part);
    case StatePart::Calls:
      return true;
    default:
      return updates();
    }
  }
};
} // namespace

static LayerKind getKind(ActOp op) {
  return {op.getPhase(),
          op.getScaling(),
          op.getStatisticAttr(),
          op.getSymmetric(),
          op.getLowFromAttr(),
          op.getGivenLow(),
          op.getDelay().has_value()};
}

bool ActOp::updatesStatistics() { return getKind(*this).updates(); }

bool ActOp::isThresholdGiven() { return getKind(*this).isThresholdGiven(); }

bool ActOp::isThresholdRunning() { return getKind(*this).isThresholdRunning(); }

bool ActOp::hasZeroPoint() { return getKind(*this).hasZeroPoint(); }

Value ActOp::getPart(StatePart part) {
  SmallVector<StatePart> parts = getKind(*this).getParts();
  auto it = llvm::find(parts, part);
  return it == parts.end() ? Value() : getState()[it - parts.begin()];
}

RankedTensorType ActOp::getParameterType() {
  return cast<RankedTensorType>(getState().front().getType());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static StringRef getName(StatePart part) {
  switch (part) {
  case StatePart::RunningThreshold:
    return "running threshold";
  case StatePart::RunningLow:
    return "running low";
  case StatePart::LearnedThreshold:
    return "learned threshold";
  case StatePart::LearnedLow:
    return "learned low";
  case StatePart::Count:
    return "count";
  case StatePart::Calls:
    return "calls";
  }
  llvm_unreachable("covered switch");
}

/// What is said of a state of another size.
static std::string describeMissingState(const LayerKind &kind, size_t size) {
  std::string text;
  llvm::raw_string_ostream os(text);
  SmallVector<StatePart> parts = kind.getParts();
  os << "expects the state (";
  llvm::interleaveComma(parts, os,
                        [&](StatePart part) { os << getName(part); });
  os << ") in phase " << stringifyEnum(kind.phase) << " with ";
  if (kind.isThresholdGiven())
    os << "scaling " << stringifyEnum(kind.scaling);
  if (kind.isThresholdGiven() && kind.statistic)
    os << " and ";
  if (kind.statistic)
    os << "statistic " << stringifyEnum(kind.statistic.getKind());
  if (kind.lowFrom)
    os << " and low_from " << stringifyEnum(kind.lowFrom.getKind());
  os << (kind.isLowGiven ? " and given_low" : "") << ", but got " << size
     << " of " << parts.size() << " values";
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
  LayerKind kind{given->phase.getValue(),
                 given->scaling ? given->scaling.getValue()
                                : Scaling::ParameterFromStats,
                 given->statistic,
                 bool(given->symmetric),
                 given->low_from,
                 bool(given->given_low),
                 bool(given->delay)};
  ActOpAdaptor adaptor(operands, attributes, *given, regions);
  ValueRange state = adaptor.getState();
  SmallVector<StatePart> parts = kind.getParts();
  if (state.size() != parts.size())
    return emitOptionalError(location,
                             describeMissingState(kind, state.size()));
  inferredTypes.push_back(adaptor.getX().getType());
  if (kind.phase != Phase::Calibrate)
    inferredTypes.append(kind.hasZeroPoint() ? 2 : 1, state.front().getType());
  for (auto [part, value] : llvm::zip_equal(parts, state))
    if (kind.isReplaced(part))
      inferredTypes.push_back(value.getType());
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

/// Checks that a scaling has the phase.
static LogicalResult verifyPhase(ActOp op) {
  auto rejectPhase = [&](StringRef allowed, StringRef unless = "") {
    return op.emitOpError() << "expects phase " << allowed << " with scaling "
                            << stringifyEnum(op.getScaling()) << unless
                            << ", but got " << stringifyEnum(op.getPhase());
  };
  Phase phase = op.getPhase();
  if (op.isThresholdRunning() && !getKind(op).gathersLow() &&
      (isLearned(phase) || phase == Phase::Train))
    return rejectPhase("collect, calibrate or evaluate",
                       " and no low end to learn");
  if (getKind(op).gathers())
    return success();
  if (op.getScaling() == Scaling::Parameter && !isLearned(phase))
    return rejectPhase("learn or evaluate_learned");
  if (op.getScaling() == Scaling::Const && phase != Phase::Evaluate)
    return rejectPhase("evaluate");
  return success();
}

/// Checks that there is a statistic if the layer gathers something, and no
/// other.
static LogicalResult verifyScaling(ActOp op) {
  LayerKind kind = getKind(op);
  if (failed(verifyPhase(op)))
    return failure();
  if (kind.gathers() != static_cast<bool>(kind.statistic))
    return op.emitOpError()
           << "expects " << (kind.gathers() ? "a" : "no")
           << " statistic with scaling " << stringifyEnum(kind.scaling)
           << (kind.isLowGiven ? " and given_low"
               : kind.isThresholdGiven()
                   ? ", except an interval for its low end"
                   : "")
           << ", but got " << (kind.isSymmetric ? "symmetric " : "")
           << (kind.gathers() ? StringRef("none")
                              : stringifyEnum(kind.statistic.getKind()));
  if (op.getSignedScale() && !kind.isThresholdGiven())
    return op.emitOpError() << "expects signed_scale with scaling parameter or "
                               "const only, but got it with "
                            << stringifyEnum(op.getScaling());
  return success();
}

/// Checks that a low end's own statistic is an interval, and beside that of a
/// threshold.
static LogicalResult verifyLowFrom(ActOp op) {
  StatisticAttr lowFrom = op.getLowFromAttr();
  if (!lowFrom)
    return success();
  if (!lowFrom.isInterval())
    return op.emitOpError() << "expects low_from to be an interval, but got "
                            << stringifyEnum(lowFrom.getKind());
  if (op.getSymmetric() || op.getGivenLow())
    return op.emitOpError() << "expects low_from, symmetric or given_low, but "
                               "got low_from and "
                            << (op.getSymmetric() ? "symmetric" : "given_low");
  if (op.isThresholdGiven())
    return op.emitOpError()
           << "expects low_from with a threshold that has a statistic, but got "
              "it with scaling "
           << stringifyEnum(op.getScaling());
  return success();
}

/// Checks the momentums: the low end has one if there is one to update.
static LogicalResult verifyMomentums(ActOp op) {
  bool updatesLow = op.getPart(StatePart::RunningLow) && op.updatesStatistics();
  if (!op.updatesStatistics() && op.getMomentum())
    return op.emitOpError()
           << "expects a momentum only in the phases that update the "
              "statistics (collect, calibrate, train), but got one in "
           << stringifyEnum(op.getPhase());
  if (op.getLowMomentum() && op.getLowAverage())
    return op.emitOpError()
           << "expects low_momentum or low_average, but got both";
  if (!updatesLow && (op.getLowMomentum() || op.getLowAverage()))
    return op.emitOpError()
           << "expects "
           << (op.getLowAverage() ? "low_average" : "low_momentum")
           << " only where a running low end is updated, but there is none in "
           << stringifyEnum(op.getPhase());
  if (failed(verifyMomentum(op, op.getLowMomentum())))
    return failure();
  return verifyMomentum(op, op.getMomentum());
}

/// Checks the attributes that only some layers have.
static LogicalResult verifyOptions(ActOp op) {
  StatisticAttr statistic = op.getStatisticAttr();
  if (op.getSymmetric() && !(statistic && statistic.isInterval()))
    return op.emitOpError()
           << "expects symmetric with an interval only, but the statistic is "
           << (statistic ? stringifyEnum(statistic.getKind())
                         : StringRef("none"));
  if (op.getSymmetric() && op.getGivenLow())
    return op.emitOpError() << "expects symmetric or given_low, but got both";
  if (op.getFullRange() && !op.hasZeroPoint())
    return op.emitOpError() << "expects full_range with a zero point only, but "
                               "the layer has none";
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
    if (op.hasZeroPoint())
      return op.emitOpError()
             << "expects no zero point with the statistic mse, "
                "but got "
             << (op.getGivenLow() ? "given_low" : "low_from");
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
  for (auto [part, value] :
       llvm::zip_equal(getKind(op).getParts(), op.getState())) {
    bool isCounter = part == StatePart::Count || part == StatePart::Calls;
    if (failed(isCounter ? verifyCounter(op, getName(part), value)
                         : verifyParameterState(op, getName(part), value)))
      return failure();
  }
  return success();
}

LogicalResult ActOp::verify() {
  // The types that follow from the operands are only checked after this.
  LayerKind kind = getKind(*this);
  if (getState().size() != kind.getParts().size())
    return emitOpError() << describeMissingState(kind, getState().size());
  GridAttr grid = getGridAttr();
  if (failed(verifyGrid(*this, grid, getX().getType())) ||
      failed(verifyLowFrom(*this)) || failed(verifyScaling(*this)) ||
      failed(verifyOptions(*this)) || failed(verifyMomentums(*this)) ||
      failed(verifyStatistic(*this)) || failed(verifyDelay(*this)) ||
      failed(verifyState(*this)) ||
      failed(verifyBitsOperand(*this, getFormat(), getBits())) ||
      failed(verifyZeroPointFormat(*this, getFormat(), hasZeroPoint())) ||
      failed(verifySeed(*this, getRounding(), bool(getSeed()))))
    return failure();
  if (getBits() && failed(verifyParameters(
                       *this, "bits", getBits().getType(),
                       getBits().getType().getRank() == 0 ? GridAttr() : grid,
                       getX().getType())))
    return failure();
  return verifyMinimum(*this, getMinimum());
}
