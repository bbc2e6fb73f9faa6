//===- GoldenLayer.cpp - A case's layer as IR that runs -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GoldenLayer.h"

#include "../Execution/TestProgram.h"

#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Settings as text
//===----------------------------------------------------------------------===//

/// The grid of one parameter per channel, for a layer that has one for all.
static std::string getChannelGrid(const GoldenCase &golden) {
  const llvm::json::Array &permutation =
      *golden.getSettings().getArray("permute");
  std::vector<std::string> broadcast(permutation.size(), "1"), order;
  for (const llvm::json::Value &dim : permutation)
    order.push_back(std::to_string(*dim.getAsInteger()));
  broadcast[*permutation.front().getAsInteger()] = "?";
  return "<broadcast = [" + llvm::join(broadcast, ", ") + "], permutation = [" +
         llvm::join(order, ", ") + "]>";
}

std::string quant_act::getStatistic(const GoldenCase &golden) {
  std::string kind = golden.get("stats_op");
  std::string high = formatDouble(golden.getNumber("high_q", 0));
  if (kind == "percentile")
    return "percentile<" + high + ">";
  if (kind == "percentile_interval")
    return "percentile_interval<" + formatDouble(golden.getNumber("low_q", 0)) +
           ", " + high + ">";
  if (kind == "mean_sigma_std")
    return kind + "<" + formatDouble(golden.getNumber("sigma", 0)) + ">";
  if (kind == "max_ave")
    return "max_average<" + getChannelGrid(golden) + ">";
  return kind == "max" ? "abs_max" : kind == "ave" ? "mean" : kind;
}

std::string quant_act::getRestriction(const GoldenCase &golden) {
  std::string kind = golden.get("restrict");
  if (kind == "fp")
    return "float";
  if (kind == "log")
    return kind;
  std::string rounding = golden.get("restrict_round");
  return "power_of_two<" + (rounding == "round" ? "half_even" : rounding) + ">";
}

/// The largest minifloat.
static double getLargest(const GoldenCase &golden) {
  auto getInteger = [&](StringRef key) {
    return static_cast<int>(golden.getNumber(key, 0));
  };
  double mantissa = 2 - std::ldexp(1.0, -getInteger("mantissa_bit_width"));
  int exponent =
      (1 << getInteger("exponent_bit_width")) - 1 - getInteger("exponent_bias");
  double largest = std::ldexp(mantissa, exponent);
  return std::min(largest, golden.getNumber("max_available", largest));
}

/// Whether the format is one that holds a single code, -0, which Brevitas
/// divides by. Formats that say their bits exclude it.
static bool isSingleCode(const GoldenCase &golden) {
  return golden.get("kind") == "int" && golden.isTrue("narrow_range") &&
         golden.getNumber("bit_width", 0) == 1;
}

static bool hasBitsOperand(const GoldenCase &golden) {
  return golden.get("bit_width_impl") == "parameter" || isSingleCode(golden);
}

std::string quant_act::getFormat(const GoldenCase &golden) {
  std::string kind = golden.get("kind");
  auto getInteger = [&](StringRef key) {
    return std::to_string(static_cast<int>(golden.getNumber(key, 0)));
  };
  if (kind == "binary")
    return "#quant_act.binary";
  if (kind == "ternary")
    return "#quant_act.ternary<threshold = " +
           formatDouble(golden.getNumber("threshold", 0)) + ">";
  std::string sign = golden.isTrue("signed") ? ", signed" : ", unsigned";
  if (kind == "int")
    return "#quant_act.int<" +
           (::hasBitsOperand(golden) ? "?" : getInteger("bit_width")) + sign +
           (golden.isTrue("narrow_range") ? ", narrow>" : ">");
  bool hasInfinity = golden.getSettings().getArray("inf_values") != nullptr;
  return "#quant_act.float<exponent = " + getInteger("exponent_bit_width") +
         ", mantissa = " + getInteger("mantissa_bit_width") +
         ", bias = " + getInteger("exponent_bias") +
         ", max = " + formatDouble(getLargest(golden)) + sign +
         (golden.isTrue("saturating") ? ""
          : hasInfinity               ? ", overflow = infinity"
                                      : ", overflow = nan") +
         ">";
}

std::string quant_act::getRounding(const GoldenCase &golden) {
  std::string rounding = golden.get("rounding");
  return rounding == "round"           ? "half_even"
         : rounding == "round_to_zero" ? "toward_zero"
                                       : rounding;
}

double quant_act::getMinimum(const GoldenCase &golden) {
  return golden.getNumber("scaling_min_val", 0);
}

std::string quant_act::getScaling(const GoldenCase &golden) {
  std::string scaling = golden.get("scaling_impl");
  return scaling == "none" ? "const" : scaling;
}

bool quant_act::gathersThreshold(const GoldenCase &golden) {
  std::string scaling = getScaling(golden);
  return scaling == "parameter_from_stats" || scaling == "stats";
}

bool quant_act::gathersLow(const GoldenCase &golden) {
  return golden.isAsymmetric() && !golden.isLowGiven();
}

static bool gathers(const GoldenCase &golden) {
  return gathersThreshold(golden) || gathersLow(golden);
}

bool quant_act::isThresholdRunning(const GoldenCase &golden) {
  return getScaling(golden) == "stats";
}

bool quant_act::isTrained(const GoldenCase &golden) {
  return gathersLow(golden) ||
         (gathersThreshold(golden) && !isThresholdRunning(golden));
}

/// The interval that the low end is of, with any upper end.
static std::string getLowStatistic(const GoldenCase &golden) {
  if (golden.get("low_stats_op") == "min")
    return "min_max";
  return "percentile_interval<" + formatDouble(golden.getNumber("low_q", 0)) +
         ", 100.0>";
}

/// What the layer gathers, as text.
static std::string getStatistics(const GoldenCase &golden) {
  if (!gathersThreshold(golden))
    return getLowStatistic(golden);
  std::string kind = golden.get("stats_op"), text = getStatistic(golden);
  bool isInterval = kind == "min_max" || kind == "percentile_interval";
  if (gathersLow(golden)) {
    bool isOfMinimum = golden.get("low_stats_op") == "min";
    bool hasLow = isInterval && isOfMinimum == (kind == "min_max");
    return hasLow ? text : text + " low_from " + getLowStatistic(golden);
  }
  return isInterval && !golden.isAsymmetric() ? text + " symmetric" : text;
}

std::string quant_act::getTensorType(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

//===----------------------------------------------------------------------===//
// GoldenProgram
//===----------------------------------------------------------------------===//

static LogicalResult addGradients(const GoldenCase &golden, ModuleOp module) {
  QuantActDeriveBackwardOptions options;
  options.steClamp = golden.get("clamp") == "ste_on";
  PassManager pm(module.getContext());
  pm.addPass(createQuantActDeriveBackward(options));
  return pm.run(module);
}

GoldenProgram::GoldenProgram(const GoldenCase &golden,
                             const std::string &source,
                             const GoldenOptions &options)
    : source(source) {
  ParserConfig config(&getTestContext());
  module = parseSourceString<ModuleOp>(source, config);
  if (module && options.hasGradients && failed(addGradients(golden, *module)))
    module = nullptr;
  if (!module || !options.isCompiled)
    return;
  auto result = CompiledModule::compile(*module, CPUPipelineOptions());
  if (!result)
    ADD_FAILURE() << llvm::toString(result.takeError()) << source;
  else
    compiled = std::move(*result);
  if (!compiled)
    module = nullptr;
}

GoldenProgram::~GoldenProgram() = default;

std::vector<HostTensor> GoldenProgram::call(StringRef function,
                                            ArrayRef<HostTensor> values) {
  if (!module) {
    ADD_FAILURE() << source;
    return {};
  }
  std::vector<const HostTensor *> arguments;
  for (const HostTensor &value : values)
    arguments.push_back(&value);
  if (!compiled) {
    auto results =
        interpret(module->lookupSymbol<func::FuncOp>(function), arguments);
    EXPECT_TRUE(succeeded(results)) << source;
    return succeeded(results) ? *results : std::vector<HostTensor>();
  }
  auto results = compiled->run(function, arguments);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

std::vector<HostTensor>
GoldenProgram::differentiate(StringRef function, ArrayRef<HostTensor> values,
                             const HostTensor &g) {
  std::string name = (function + "_backward").str();
  std::vector<HostTensor> arguments(values);
  arguments.push_back(g);
  auto backward =
      module ? module->lookupSymbol<func::FuncOp>(name) : func::FuncOp();
  if (backward)
    for (Type type : backward.getArgumentTypes().drop_front(arguments.size()))
      arguments.emplace_back(ElementType::F32,
                             cast<RankedTensorType>(type).getShape());
  return call(name, arguments);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// What a learned bit width begins at.
static double getLeastBits(const GoldenCase &golden) {
  return isSingleCode(golden) ? 1 : 2;
}

static bool updates(const GoldenCase &golden, StringRef phase) {
  return phase == "collect" || phase == "calibrate" || phase == "train" ||
         (phase == "learn" && isThresholdRunning(golden));
}

/// Whether a phase quantizes. Brevitas's calibration does, to the formats that
/// are no numbers.
static bool quantizes(const GoldenCase &golden, StringRef phase) {
  return phase != "calibrate" || golden.get("kind") == "binary" ||
         golden.get("kind") == "ternary";
}

static bool isDelayed(const GoldenCase &golden, StringRef phase) {
  return golden.getNumber("delay", 0) != 0 && phase != "calibrate";
}

/// A momentum as the settings say it; negative for none.
static double getMomentum(const GoldenCase &golden, StringRef key) {
  if (!golden.getSettings().get(key))
    key = "momentum";
  return golden.getNumber(key, -1);
}

/// The momentums of a phase as text. Calibration takes the true average of what
/// becomes a parameter.
static std::string getMomentums(const GoldenCase &golden, StringRef phase) {
  bool isCalibrated = phase == "calibrate";
  double ofLow = isCalibrated ? -1 : getMomentum(golden, "low_momentum");
  double ofThreshold = getMomentum(golden, "momentum");
  if (isCalibrated && !isThresholdRunning(golden))
    ofThreshold = -1;
  if (!gathersThreshold(golden))
    ofThreshold = ofLow;
  std::string text;
  if (ofThreshold >= 0)
    text += " momentum " + formatDouble(ofThreshold);
  if (!gathersLow(golden) || phase == "learn" || ofLow == ofThreshold)
    return text;
  return text +
         (ofLow < 0 ? " low_average" : " low_momentum " + formatDouble(ofLow));
}

/// Which of the threshold and the low end a phase takes as running ones, as
/// learned ones, and replaces of these.
struct StateOfPhase {
  std::array<bool, 2> running, learned, replaced;

  size_t getNumValues() const {
    return llvm::count(running, true) + llvm::count(learned, true);
  }
};

static StateOfPhase getState(const GoldenCase &golden, StringRef phase) {
  bool learns = phase == "learn" || phase == "evaluate_learned";
  bool isTraining = phase == "train";
  std::array<bool, 2> has = {true, golden.isAsymmetric()};
  std::array<bool, 2> gathered = {gathersThreshold(golden), gathersLow(golden)};
  StateOfPhase state{};
  for (size_t i : {0, 1}) {
    bool isGiven = has[i] && !gathered[i];
    bool isRunning = i == 0 && isThresholdRunning(golden);
    state.running[i] = isRunning || (gathered[i] && !learns);
    state.learned[i] = (has[i] && !isRunning && (learns || isTraining)) ||
                       (isGiven && phase != "calibrate");
    state.replaced[i] = isTraining && gathered[i] && !isRunning;
  }
  return state;
}

/// The op's text up to its operands.
static std::string buildSettings(const GoldenCase &golden, StringRef phase) {
  std::string scaling = getScaling(golden);
  bool isCollected = phase == "calibrate" && quantizes(golden, phase);
  std::string text =
      golden.get("act") + " " + (isCollected ? "collect" : phase.str());
  if (gathers(golden))
    text += " " + getStatistics(golden);
  text += " scaling " + scaling;
  std::optional<HostTensor> init = golden.getInit("init");
  for (int64_t i = 0, e = init ? init->getNumElements() : 0; i < e; ++i)
    if (init->getDouble(i) < 0) {
      text += " signed_scale";
      break;
    }
  if (golden.isLowGiven())
    text += " given_low";
  if (phase == "train")
    text += " steps " + std::to_string(static_cast<int64_t>(
                            golden.getNumber("collect_stats_steps", 0)));
  if (updates(golden, phase))
    text += getMomentums(golden, phase);
  if (isDelayed(golden, phase))
    text += " delay " +
            std::to_string(static_cast<int64_t>(golden.getNumber("delay", 0)));
  return text + " restrict " + getRestriction(golden) + " minimum " +
         formatDouble(getMinimum(golden)) + " to " + getFormat(golden) +
         (golden.isPerChannel() ? " on " + golden.getGrid() : "") + " round " +
         getRounding(golden) +
         (golden.isTrue("quantize_zero_point") ? "" : " fractional");
}

std::string GoldenLayer::buildPhase(StringRef phase) const {
  std::string x = getTensorType(golden.getShape());
  std::string parameter = getTensorType(golden.getParameterShape());
  StateOfPhase values = getState(golden, phase);
  std::vector<std::string> counters(
      updates(golden, phase) + isDelayed(golden, phase), "tensor<i64>");
  std::vector<std::string> state(values.getNumValues(), parameter);
  llvm::append_range(state, counters);

  std::vector<std::string> resultTypes;
  if (quantizes(golden, phase))
    resultTypes.assign(golden.isAsymmetric() ? 2 : 1, parameter);
  if (updates(golden, phase))
    resultTypes.insert(resultTypes.end(),
                       llvm::count(values.running, true) +
                           llvm::count(values.replaced, true),
                       parameter);
  llvm::append_range(resultTypes, counters);

  std::string arguments = "%x: " + x;
  std::vector<std::string> names, results{"%y"};
  for (auto [i, type] : llvm::enumerate(state)) {
    names.push_back("%s" + std::to_string(i));
    arguments += ", " + names.back() + ": " + type;
  }
  for (size_t i = 0; i < resultTypes.size(); ++i)
    results.push_back("%r#" + std::to_string(i));
  std::string types = x + ", " + llvm::join(resultTypes, ", ");
  std::string text = "func.func @" + phase.str() + "(" + arguments +
                     (hasBits ? ", %offset: tensor<f32>" : "") + ") -> (" +
                     types + ") {\n";
  if (hasBits)
    text += "  %b = quant_act.learned_bits minimum " +
            formatDouble(getLeastBits(golden)) + " %offset : tensor<f32>\n";
  return text + "  %y, %r:" + std::to_string(resultTypes.size()) +
         " = quant_act.act " + buildSettings(golden, phase) + " %x state " +
         llvm::join(names, ", ") + (hasBits ? " bits %b" : "") + " : " + x +
         ", " + llvm::join(state, ", ") + (hasBits ? " bits tensor<f32>" : "") +
         "\n  return " + llvm::join(results, ", ") + " : " + types + "\n}\n";
}

/// The phases that the case's steps need, and @init: a parameter from a
/// threshold.
std::string GoldenLayer::buildProgram() const {
  std::string scaling = getScaling(golden);
  bool trains = false, calibrates = false;
  for (size_t step = 0, e = golden.getNumSteps(); step < e; ++step) {
    trains |= golden.getMode(step) == "train";
    calibrates |= golden.getMode(step) == "calib";
  }
  std::string text;
  bool hasRunning = isThresholdRunning(golden);
  if (!isTrained(golden) && scaling == "parameter")
    text = buildPhase("learn") + buildPhase("evaluate_learned");
  else
    text = buildPhase("evaluate");
  if (isTrained(golden)) {
    text += buildPhase("evaluate_learned");
    if (trains && isOneMachine)
      text += buildPhase("train");
    else if (trains)
      text += buildPhase("collect");
    // After a calibration the count of what is still running is below K.
    if (trains && (hasRunning || !isOneMachine))
      text += buildPhase("learn");
  } else if (hasRunning && trains) {
    text += buildPhase("collect");
  }
  if (calibrates)
    text += buildPhase("calibrate");
  std::string type = getTensorType(golden.getParameterShape());
  return text + "func.func @init(%r: " + type + ") -> " + type +
         " {\n  %v = quant_act.init_parameter restrict " +
         getRestriction(golden) + " %r : " + type + "\n  return %v : " + type +
         "\n}\n";
}

//===----------------------------------------------------------------------===//
// GoldenLayer
//===----------------------------------------------------------------------===//

static HostTensor makeFilled(ElementType type, ArrayRef<int64_t> shape,
                             double value) {
  HostTensor tensor(type, shape);
  tensor.fill(value);
  return tensor;
}

GoldenLayer::GoldenLayer(const GoldenCase &golden, const GoldenOptions &options)
    : golden(golden), isOneMachine(options.isOneMachine),
      hasBits(::hasBitsOperand(golden)), count(ElementType::I64, {}),
      calls(ElementType::I64, {}),
      offset(
          makeFilled(ElementType::F32, {},
                     golden.getNumber("bit_width", 0) - getLeastBits(golden))),
      program(golden, buildProgram(), options) {
  SmallVector<int64_t> shape = golden.getParameterShape();
  running[0] = makeFilled(ElementType::F32, shape, 1);
  if (golden.isAsymmetric())
    running[1] = makeFilled(ElementType::F32, shape, 0);
  learned = running;
  std::optional<HostTensor> init = golden.getInit("init");
  if (golden.get("scaling_impl") == "none")
    init = makeFilled(ElementType::F32, shape, getLargest(golden));
  if (init)
    setThreshold(*init);
  if (auto low = golden.getInit("zp_init"))
    learned[1] = low;
}

/// Learns a threshold from here on.
void GoldenLayer::setThreshold(const HostTensor &threshold) {
  std::vector<HostTensor> parameter = program.call("init", {threshold});
  if (!parameter.empty())
    learned[0] = parameter[0];
}

int64_t GoldenLayer::getSteps() const {
  return static_cast<int64_t>(golden.getNumber("collect_stats_steps", 0));
}

void GoldenLayer::setCount(int64_t value) { count.setDouble(0, value); }

/// Goes from the running statistics to learning.
void GoldenLayer::initialize() {
  if (gathersThreshold(golden) && !isThresholdRunning(golden))
    setThreshold(*running[0]);
  if (gathersLow(golden))
    learned[1] = running[1];
  if (!isThresholdRunning(golden))
    setCount(getSteps() + 1);
  learns = true;
}

/// Sets what the case changes by hand before the step.
void GoldenLayer::overwriteState(size_t step) {
  SmallVector<int64_t> shape = golden.getParameterShape();
  if (auto value = golden.getOverwritten(step, "scaling_value", shape))
    learned[0] = *value;
  if (auto value = golden.getOverwritten(step, "zp_value", shape))
    learned[1] = *value;
  if (auto value = golden.getOverwritten(step, "bit_width_offset", {}))
    offset = *value;
}

std::string GoldenLayer::getPhase(StringRef mode) {
  bool isEvaluated = mode == "eval";
  if (!gathers(golden)) {
    if (getScaling(golden) == "const")
      return "evaluate";
    return isEvaluated ? "evaluate_learned" : "learn";
  }
  if (isEvaluated)
    return isTrained(golden) && isLearned() ? "evaluate_learned" : "evaluate";
  if (mode == "calib")
    return "calibrate";
  if (!isTrained(golden))
    return "collect";
  bool isCalibrated = learns && isThresholdRunning(golden);
  if (isOneMachine && !isCalibrated)
    return "train";
  if (getCount() == getSteps() && !learns)
    initialize();
  return isLearned() ? "learn" : "collect";
}

/// Appends those of the values that are wanted.
static void append(const Thresholds &values, std::array<bool, 2> wanted,
                   std::vector<HostTensor> &result) {
  for (size_t i : {0, 1})
    if (wanted[i])
      result.push_back(*values[i]);
}

std::vector<HostTensor> GoldenLayer::getArguments(StringRef phase,
                                                  size_t step) {
  std::vector<HostTensor> values{
      *golden.getTensor(step, "x", golden.getShape())};
  StateOfPhase state = getState(golden, phase);
  append(running, state.running, values);
  append(learned, state.learned, values);
  if (updates(golden, phase))
    values.push_back(count);
  if (isDelayed(golden, phase))
    values.push_back(calls);
  if (hasBits)
    values.push_back(offset);
  return values;
}

/// Takes a tensor from the front.
static HostTensor take(ArrayRef<HostTensor> &rest) {
  HostTensor taken = rest.front();
  rest = rest.drop_front();
  return taken;
}

/// Takes those of the values that are wanted from the front.
static void take(ArrayRef<HostTensor> &rest, std::array<bool, 2> wanted,
                 Thresholds &values) {
  for (size_t i : {0, 1})
    if (wanted[i])
      values[i] = take(rest);
}

bool GoldenLayer::differentiatePhase(StringRef phase, size_t step,
                                     LayerGradients &gradients) {
  std::vector<HostTensor> results =
      program.differentiate(phase, getArguments(phase, step),
                            *golden.getTensor(step, "g", golden.getShape()));
  if (results.empty())
    return false;
  ArrayRef<HostTensor> rest = results;
  StateOfPhase state = getState(golden, phase);
  gradients.x = take(rest);
  take(rest, state.running, gradients.running);
  take(rest, state.learned, gradients.learned);
  if (hasBits)
    gradients.offset = take(rest);
  EXPECT_TRUE(rest.empty());
  return true;
}

bool GoldenLayer::callPhase(StringRef phase, size_t step, LayerOutput &output) {
  std::vector<HostTensor> results =
      program.call(phase, getArguments(phase, step));
  if (results.empty())
    return false;
  ArrayRef<HostTensor> rest = results;
  StateOfPhase state = getState(golden, phase);
  output.y = take(rest);
  output.parameters = {};
  if (quantizes(golden, phase))
    take(rest, {true, golden.isAsymmetric()}, output.parameters);
  if (updates(golden, phase)) {
    take(rest, state.running, running);
    take(rest, state.replaced, learned);
    count = take(rest);
  }
  if (isDelayed(golden, phase))
    calls = take(rest);
  EXPECT_TRUE(rest.empty());
  return true;
}

bool GoldenLayer::run(size_t step, LayerOutput &output,
                      LayerGradients *gradients) {
  std::string mode = golden.getMode(step);
  if (lastMode == "calib" && mode != "calib" && isTrained(golden))
    initialize();
  lastMode = mode;
  overwriteState(step);
  std::string phase = getPhase(mode);
  if (gradients && !differentiatePhase(phase, step, *gradients))
    return false;
  return callPhase(phase, step, output);
}

//===----------------------------------------------------------------------===//
// GoldenGroups
//===----------------------------------------------------------------------===//

/// The tensor with another extent along one dimension: cut off, or continued by
/// zeros.
static HostTensor resize(const HostTensor &tensor, size_t dim, int64_t extent) {
  SmallVector<int64_t> shape(tensor.getShape());
  int64_t old = shape[dim], inner = 1;
  for (size_t i = dim + 1; i < shape.size(); ++i)
    inner *= shape[i];
  shape[dim] = extent;
  HostTensor resized(ElementType::F32, shape);
  for (int64_t i = 0, e = resized.getNumElements(); i < e; ++i) {
    int64_t outer = i / (extent * inner), index = i / inner % extent;
    if (index < old)
      resized.setFloat(
          i, tensor.getFloat((outer * old + index) * inner + i % inner));
  }
  return resized;
}

GoldenGroups::GoldenGroups(const GoldenCase &golden,
                           const GoldenOptions &options)
    : golden(golden), program(golden, buildProgram(), options) {}

int64_t GoldenGroups::getDim() const {
  auto dim = static_cast<int64_t>(golden.getNumber("group_dim", 0));
  return dim < 0 ? dim + golden.getShape().size() : dim;
}

static int64_t getGroupSize(const GoldenCase &golden) {
  return static_cast<int64_t>(golden.getNumber("group_size", 1));
}

int64_t GoldenGroups::getNumGroups() const {
  return llvm::divideCeil(golden.getShape()[getDim()], getGroupSize(golden));
}

HostTensor GoldenGroups::pad(const HostTensor &tensor) const {
  return resize(tensor, getDim(), getNumGroups() * getGroupSize(golden));
}

HostTensor GoldenGroups::cut(const HostTensor &tensor) const {
  return resize(tensor, getDim(), golden.getShape()[getDim()]);
}

/// The layer's statistics, parameters and quantization as @f.
std::string GoldenGroups::buildProgram() const {
  SmallVector<int64_t> shape = golden.getShape(), groups = shape;
  groups[getDim()] = getNumGroups();
  shape[getDim()] = getNumGroups() * getGroupSize(golden);
  std::vector<std::string> broadcast(shape.size(), "?"), permutation;
  broadcast[getDim()] = std::to_string(getNumGroups());
  for (size_t i = 0; i < shape.size(); ++i)
    permutation.push_back(std::to_string(i));
  std::string x = getTensorType(shape), s = getTensorType(groups),
              act = golden.get("act"), format = getFormat(golden);
  return "#grid = #quant_act.grid<broadcast = [" + llvm::join(broadcast, ", ") +
         "], permutation = [" + llvm::join(permutation, ", ") +
         "]>\nfunc.func @f(%x: " + x + ") -> (" + x + ", " + s +
         ") {\n  %t = quant_act.stats " + getStatistic(golden) + " " + act +
         " on #grid %x : " + x + " -> " + s +
         "\n  %s = quant_act.choose_qparams to " + format +
         " as statistics restrict " + getRestriction(golden) + " minimum " +
         formatDouble(getMinimum(golden)) + " %t : " + s +
         "\n  %y = quant_act.fake_quant " + act + " to " + format +
         " on #grid %x scale %s : " + x + ", " + s +
         "\n  return %y, %s : " + x + ", " + s + "\n}\n";
}

std::vector<HostTensor> GoldenGroups::run(size_t step) {
  std::vector<HostTensor> results =
      program.call("f", {pad(*golden.getTensor(step, "x", golden.getShape()))});
  if (!results.empty())
    results[0] = cut(results[0]);
  return results;
}

std::optional<HostTensor> GoldenGroups::differentiate(size_t step,
                                                      const HostTensor &g) {
  std::vector<HostTensor> results = program.differentiate(
      "f", {pad(*golden.getTensor(step, "x", golden.getShape()))}, pad(g));
  if (results.empty())
    return std::nullopt;
  return cut(results[0]);
}
