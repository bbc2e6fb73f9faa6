//===- Runner.cpp - Calls a function as the command line says -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "Tool.h"

#include "ChannelPicture.h"
#include "NumericsComparison.h"
#include "QuantizedResults.h"

#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/Support/Npy.h"
#include "QuantAct/Support/Npz.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ToolOutputFile.h"

#include <chrono>
#include <cmath>

using namespace mlir;
using namespace quant_act;

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static std::optional<size_t> findSpec(ArrayRef<TensorSpec> specs,
                                      StringRef name) {
  const TensorSpec *found = llvm::find_if(
      specs, [&](const TensorSpec &spec) { return spec.name == name; });
  if (found == specs.end())
    return std::nullopt;
  return found - specs.begin();
}

/// "'a', 'b'", for messages.
static std::string listNames(ArrayRef<TensorSpec> specs) {
  if (specs.empty())
    return "none";
  return llvm::join(
      llvm::map_range(
          specs, [](const TensorSpec &spec) { return "'" + spec.name + "'"; }),
      ", ");
}

static Error checkName(StringRef kind, ArrayRef<TensorSpec> specs,
                       StringRef name, const Signature &signature) {
  if (findSpec(specs, name))
    return Error::success();
  return createStringError("function '" + signature.name + "' has no " + kind +
                           " '" + name + "'; it has " + listNames(specs));
}

Error Runner::checkNames() const {
  llvm::StringMap<unsigned> given;
  auto checkArgument = [&](const std::string &name) -> Error {
    if (++given[name] > 1)
      return createStringError("argument '" + name + "' is given twice");
    return checkName("argument", signature.arguments, name, signature);
  };
  for (const NamedFile &input : options.inputs)
    if (Error error = checkArgument(input.name))
      return error;
  for (const NamedValue &fill : options.fills)
    if (Error error = checkArgument(fill.name))
      return error;
  for (const NamedFile &output : options.outputs)
    if (Error error =
            checkName("result", signature.results, output.name, signature))
      return error;
  auto isState = [&](const TensorSpec &spec) {
    return findSpec(signature.arguments, spec.name).has_value();
  };
  if (!options.saveState.empty() && llvm::none_of(signature.results, isState))
    return createStringError("function '" + signature.name +
                             "' has no state for --save-state: no result has "
                             "an argument's name");
  if (!options.over.empty())
    return checkName("argument", signature.arguments, options.over, signature);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static Expected<HostTensor> readInput(const NamedFile &input) {
  Expected<HostTensor> tensor = readNpy(input.path);
  if (!tensor || !input.slices)
    return tensor;
  auto [begin, end] = *input.slices;
  if (tensor->getRank() == 0 || end > tensor->getShape().front())
    return createStringError(llvm::formatv(
        "{0}: expects slices within the first dimension of {1}, but got "
        "[{2}:{3}]",
        input.path, quant_act::formatShape(tensor->getShape()), begin, end));
  return tensor->sliceFirstDimension(begin, end);
}

/// The array as what the argument says it is: files have floats of at
/// most 8 bits as bytes.
static HostTensor readAs(HostTensor tensor, const TensorSpec &spec) {
  bool isBytes = tensor.getElementType() == ElementType::I8 &&
                 isFloat(spec.type) && getByteWidth(spec.type) == 1;
  return isBytes ? tensor.reinterpret(spec.type) : tensor;
}

/// Whether an integer type holds the value.
static bool isInteger(ElementType type, double value) {
  double limit = std::ldexp(1.0, getByteWidth(type) * 8 - 1);
  return value >= -limit && value < limit && value == std::trunc(value);
}

/// Checks that every element of an argument can be the value, rounded where
/// that is a float.
static Error checkFill(const NamedValue &fill, ElementType type) {
  auto fail = [&](const Twine &expected) {
    return createStringError("expects " + expected + " for --fill " +
                             fill.name + ", but got " +
                             llvm::formatv("{0}", fill.value).str());
  };
  if (!isFloat(type) && !isInteger(type, fill.value))
    return fail("an integer that " + getName(type) + " can hold");
  if (type == ElementType::F8E8M0FNU && !(fill.value > 0.0))
    return fail("a number above 0, as all of " + getName(type) + " are,");
  return Error::success();
}

Error Runner::readInputs() {
  arguments.resize(signature.arguments.size());
  isGiven.resize(signature.arguments.size());
  for (const NamedFile &input : options.inputs) {
    Expected<HostTensor> tensor = readInput(input);
    if (!tensor)
      return tensor.takeError();
    size_t index = *findSpec(signature.arguments, input.name);
    arguments[index] = readAs(std::move(*tensor), signature.arguments[index]);
    isGiven.set(index);
  }
  for (const NamedValue &fill : options.fills) {
    size_t index = *findSpec(signature.arguments, fill.name);
    const TensorSpec &spec = signature.arguments[index];
    if (!spec.isStatic())
      return createStringError("expects an argument with a static type for "
                               "--fill, but '" +
                               fill.name + "' is " + spec.format());
    if (Error error = checkFill(fill, spec.type))
      return error;
    arguments[index] = HostTensor(spec.type, spec.shape);
    arguments[index].fill(fill.value);
    isGiven.set(index);
  }
  if (Error error = loadState())
    return error;
  return completeArguments();
}

Error Runner::loadState() {
  if (options.loadState.empty())
    return Error::success();
  auto saved = readNpz(options.loadState);
  if (!saved)
    return saved.takeError();
  for (auto [index, spec] : llvm::enumerate(signature.arguments)) {
    if (isGiven.test(index))
      continue;
    auto entry = llvm::find_if(
        *saved, [&, name = StringRef(spec.name)](const NamedTensor &candidate) {
          return candidate.name == name;
        });
    if (entry == saved->end())
      continue;
    HostTensor value = readAs(std::move(entry->tensor), spec);
    TensorSpec actual{
        "", value.getElementType(), SmallVector<int64_t>(value.getShape()), {}};
    if (!spec.fits(value))
      return createStringError(
          options.loadState + ": expects '" + spec.name + "' to be " +
          spec.format() + ", as the argument of function '" + signature.name +
          "', but got " + actual.format());
    arguments[index] = std::move(value);
    isGiven.set(index);
  }
  return Error::success();
}

/// Takes the first value of arguments that have no other.
Error Runner::completeArguments() {
  for (auto [index, spec] : llvm::enumerate(signature.arguments)) {
    if (isGiven.test(index))
      continue;
    if (!spec.initial)
      return createStringError(
          "argument '" + spec.name + "' of function '" + signature.name +
          "' has no value" +
          (options.loadState.empty()
               ? std::string()
               : ", which is not in " + options.loadState + " either") +
          "; give it with --input or --fill");
    arguments[index] = *spec.initial;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

std::vector<const HostTensor *> Runner::getArguments() const {
  auto pointers = llvm::make_pointer_range(arguments);
  return {pointers.begin(), pointers.end()};
}

Error Runner::call(ArrayRef<const HostTensor *> values) {
  if (compiled) {
    Expected<std::vector<HostTensor>> returned =
        compiled->run(signature.name, values);
    if (!returned)
      return returned.takeError();
    results = std::move(*returned);
    return Error::success();
  }
  if (Error error = signature.checkArguments(values))
    return error;
  FailureOr<std::vector<HostTensor>> returned = interpret(function, values);
  if (failed(returned))
    return createStringError("interpretation failed");
  results = std::move(*returned);
  return Error::success();
}

Error Runner::callAll() {
  if (options.over.empty())
    return call(getArguments());

  size_t overIndex = *findSpec(signature.arguments, options.over);
  HostTensor all = arguments[overIndex];
  if (all.getRank() == 0)
    return createStringError("expects an input with a first dimension for "
                             "--over, but '" +
                             options.over + "' is a scalar");
  if (all.getShape().front() == 0)
    return createStringError("expects at least one slice for --over, but '" +
                             options.over + "' has the shape " +
                             quant_act::formatShape(all.getShape()));
  for (int64_t slice = 0, e = all.getShape().front(); slice < e; ++slice) {
    arguments[overIndex] = all.sliceFirstDimension(slice, slice + 1);
    if (Error error = call(getArguments()))
      return error;
    if (slice + 1 == e)
      break;
    for (auto [spec, result] : llvm::zip(signature.results, results))
      if (auto index = findSpec(signature.arguments, spec.name))
        arguments[*index] = result;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

Error Runner::report() const {
  if (!options.table && options.picture.empty())
    return Error::success();
  std::vector<const HostTensor *> values = getArguments();
  Expected<ChannelReport> report =
      reportCall({function, signature, values, results}, options.channelDim);
  if (!report)
    return report.takeError();
  if (options.table)
    report->print(llvm::outs(), options.tableRows);
  if (options.picture.empty())
    return Error::success();
  return llvm::writeToOutput(options.picture, [&](llvm::raw_ostream &os) {
    drawChannelReport(*report, signature.name, os);
    return Error::success();
  });
}

Error Runner::compare() const {
  if (options.compareNumerics.empty())
    return Error::success();
  return compareNumerics(
      function, getArguments(),
      {options.compareNumerics, options.compareRows, options.interpret},
      llvm::outs());
}

Error Runner::writeOutputs() const {
  for (const NamedFile &output : options.outputs)
    if (Error error = writeNpy(
            results[*findSpec(signature.results, output.name)], output.path))
      return error;
  return Error::success();
}

Error Runner::saveState() const {
  if (options.saveState.empty())
    return Error::success();
  std::vector<NamedTensor> state;
  for (auto [spec, result] : llvm::zip(signature.results, results))
    if (findSpec(signature.arguments, spec.name))
      state.push_back({spec.name, result});
  return writeNpz(state, options.saveState);
}

static int64_t countBytes(ArrayRef<HostTensor> tensors) {
  int64_t bytes = 0;
  for (const HostTensor &tensor : tensors)
    bytes += tensor.getNumBytes();
  return bytes;
}

Error Runner::benchmark() const {
  if (options.benchmarkCalls == 0)
    return Error::success();
  std::vector<const HostTensor *> values = getArguments();
  std::vector<HostTensor> buffers = results;
  SmallVector<HostTensor *> pointers =
      llvm::to_vector_of<HostTensor *>(llvm::make_pointer_range(buffers));
  std::vector<double> seconds;
  for (unsigned i = 0; i < options.benchmarkCalls; ++i) {
    auto begin = std::chrono::steady_clock::now();
    if (Error error = compiled->runInto(signature.name, values, pointers))
      return error;
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - begin;
    seconds.push_back(time.count());
  }
  llvm::sort(seconds);
  double median = seconds[seconds.size() / 2];
  double bytes = countBytes(arguments) + countBytes(results);
  llvm::outs() << llvm::formatv(
      "{0}: {1} calls, median {2:f2} us ({3:f2} to {4:f2}), {5:f2} GB/s of "
      "arguments and results\n",
      signature.name, seconds.size(), median * 1e6, seconds.front() * 1e6,
      seconds.back() * 1e6, bytes / median * 1e-9);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// All together
//===----------------------------------------------------------------------===//

static Expected<func::FuncOp> findEntry(ModuleOp module, StringRef name) {
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>())
    if (name.empty() ? function.isPublic() : function.getName() == name)
      candidates.push_back(function);
  if (candidates.size() == 1)
    return candidates.front();
  if (!name.empty())
    return createStringError("there is no function '" + name +
                             "' in the module");
  return createStringError("expects --entry to name the function to run where "
                           "the module has not exactly one public function, "
                           "but has " +
                           Twine(candidates.size()));
}

Expected<std::unique_ptr<Runner>> Runner::create(ModuleOp module,
                                                 const RunOptions &options) {
  Expected<func::FuncOp> function = findEntry(module, options.entry);
  if (!function)
    return function.takeError();
  Expected<Signature> signature = Signature::get(*function);
  if (!signature)
    return signature.takeError();
  std::unique_ptr<Runner> runner(
      new Runner(*function, std::move(*signature), options));
  if (Error error = runner->checkNames())
    return error;
  return runner;
}

Error Runner::chooseOptions(CPUPipelineOptions &pipeline) const {
  if (Error error = parsePipelineOptions(options.pipelineOptions, pipeline))
    return error;
  if (options.threads != 1 && !pipeline.parallelBytes.hasValue())
    pipeline.parallelBytes = 1 << 20;
  // OpenMP reads it when it is loaded.
  if (options.threads != 0)
    setenv("OMP_NUM_THREADS", std::to_string(options.threads).c_str(),
           /*replace=*/1);
  return Error::success();
}

Error Runner::compile(TimingScope &timing) {
  auto module = function->getParentOfType<ModuleOp>();
  // Other functions are compiled only where this one calls them.
  for (auto other : module.getOps<func::FuncOp>())
    other.setVisibility(other == function ? SymbolTable::Visibility::Public
                                          : SymbolTable::Visibility::Private);
  CPUPipelineOptions pipeline;
  if (Error error = chooseOptions(pipeline))
    return error;
  CodeCache cache(options.cache);
  auto begin = std::chrono::steady_clock::now();
  auto code = CompiledModule::compile(module, pipeline,
                                      options.cache.empty() ? nullptr : &cache,
                                      timing.nest("Compilation"));
  if (!code)
    return code.takeError();
  std::chrono::duration<double, std::milli> time =
      std::chrono::steady_clock::now() - begin;
  compiled = std::move(*code);
  if (options.verbose)
    llvm::errs() << llvm::formatv("{0}: {1} in {2:f1} ms\n", signature.name,
                                  compiled->wasCached() ? "code from the cache"
                                                        : "compiled",
                                  time.count());
  return Error::success();
}

Error Runner::run(TimingScope &timing) {
  if (Error error = readInputs())
    return error;
  if (!options.interpret)
    if (Error error = compile(timing))
      return error;
  TimingScope phase = timing.nest("Calls");
  if (Error error = callAll())
    return error;
  phase.stop();
  if (Error error = report())
    return error;
  if (Error error = compare())
    return error;
  if (Error error = benchmark())
    return error;
  if (Error error = writeOutputs())
    return error;
  return saveState();
}
