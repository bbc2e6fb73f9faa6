//===- Options.cpp - The command line of quant-run ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "Tool.h"

#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;
using namespace quant_act;

static constexpr char overview[] =
    R"(runs a function of a .mlir file on .npy files

The function takes and returns ranked tensors. Arguments and results are called
by their attribute quant_act.name, or else arg0, arg1 ..., result0 ... A result
that has an argument's name is that argument's next value when the function is
called repeatedly (--over): state, which --save-state keeps for a later run. An
argument that no option gives has its attribute quant_act.initial's value.

example: calibrate on the first seven items of x, one call each

  quant-run layer.mlir --entry calibrate --input 'x=x.npy[0:7]' --over x \
    --fill running=1 --fill count=0 --output running=range.npy
)";

/// Splits `name=rest`.
static Expected<std::pair<StringRef, StringRef>>
splitAssignment(StringRef option, StringRef text) {
  auto [name, rest] = text.split('=');
  if (name.empty() || rest.empty())
    return createStringError("expects --" + option +
                             " to be NAME=..., but got '" + text + "'");
  return std::make_pair(name, rest);
}

/// Takes `[begin:end]` off the end of a path.
static Expected<NamedFile> parseInput(StringRef text) {
  auto assignment = splitAssignment("input", text);
  if (!assignment)
    return assignment.takeError();
  auto [name, path] = *assignment;
  NamedFile file{name.str(), path.str(), std::nullopt};
  if (!path.ends_with("]") || !path.contains('['))
    return file;
  auto [front, range] = path.drop_back().rsplit('[');
  auto [begin, end] = range.split(':');
  int64_t first, last;
  if (begin.getAsInteger(10, first) || end.getAsInteger(10, last) ||
      first < 0 || last < first)
    return createStringError("expects slices [BEGIN:END] with 0 <= BEGIN <= "
                             "END after the file of --input, but got '" +
                             path + "'");
  file.path = front.str();
  file.slices = {first, last};
  return file;
}

static Expected<NamedFile> parseOutput(StringRef text) {
  auto assignment = splitAssignment("output", text);
  if (!assignment)
    return assignment.takeError();
  return NamedFile{assignment->first.str(), assignment->second.str(),
                   std::nullopt};
}

static Expected<NamedValue> parseFill(StringRef text) {
  auto assignment = splitAssignment("fill", text);
  if (!assignment)
    return assignment.takeError();
  double value;
  if (assignment->second.getAsDouble(value))
    return createStringError("expects --fill to be NAME=NUMBER, but got '" +
                             text + "'");
  return NamedValue{assignment->first.str(), value};
}

/// Parses each text of an option given repeatedly.
template <typename T>
static Error parseAll(const cl::list<std::string> &texts,
                      Expected<T> (*parse)(StringRef), std::vector<T> &values) {
  for (const std::string &text : texts) {
    Expected<T> value = parse(text);
    if (!value)
      return value.takeError();
    values.push_back(std::move(*value));
  }
  return Error::success();
}

Expected<RunOptions> quant_act::parseCommandLine(int argc, char **argv) {
  cl::OptionCategory category("quant-run options");
  cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                 cl::init("-"), cl::cat(category));
  cl::opt<std::string> entry(
      "entry", cl::value_desc("name"), cl::cat(category),
      cl::desc("Function to run; default: the only public one of the file"));
  cl::list<std::string> inputs(
      "input", cl::value_desc("name=file.npy[begin:end]"), cl::cat(category),
      cl::desc("An argument's value; [begin:end], if given, selects slices of "
               "the first dimension (repeat for each argument)"));
  cl::list<std::string> fills(
      "fill", cl::value_desc("name=number"), cl::cat(category),
      cl::desc("An argument that is this number everywhere; its type must be "
               "static"));
  cl::list<std::string> outputs(
      "output", cl::value_desc("name=file.npy"), cl::cat(category),
      cl::desc("Where to write a result (of the last call)"));
  cl::opt<std::string> over(
      "over", cl::value_desc("name"), cl::cat(category),
      cl::desc("Call the function once per slice of this input along its first "
               "dimension, which stays with extent 1, and carry results that "
               "are named as arguments from call to call"));
  cl::opt<std::string> loadState(
      "load-state", cl::value_desc("file.npz"), cl::cat(category),
      cl::desc("Values of arguments that neither --input nor --fill gives, by "
               "name, as --save-state or numpy.savez writes them"));
  cl::opt<std::string> saveState(
      "save-state", cl::value_desc("file.npz"), cl::cat(category),
      cl::desc("Where to write the results (of the last call) that are named "
               "as arguments; the file is replaced as a whole"));
  cl::opt<bool> interpret(
      "interpret", cl::cat(category),
      cl::desc("Evaluate by the reference interpreter instead of compiling"));
  cl::opt<unsigned> threads(
      "num-threads", cl::value_desc("n"), cl::init(1), cl::cat(category),
      cl::desc("Threads that divide large loops (1 MiB, unless parallel-bytes "
               "is given); 0: one per processor; default: 1"));
  cl::opt<std::string> pipelineOptions(
      "pipeline-options", cl::value_desc("name=value .."), cl::cat(category),
      cl::desc("Options of the pipeline, as for quant-act-to-llvm-cpu; "
               "runtime-verification is true unless given here"));
  cl::opt<std::string> cache(
      "cache", cl::value_desc("directory"), cl::cat(category),
      cl::desc("Take compiled code from here if the module, the options, the "
               "processor and the compiler are the same, or else put it here; "
               "its files are run, so that nobody else should be able to write "
               "them"));
  cl::opt<bool> verbose(
      "verbose", cl::cat(category),
      cl::desc("Tell how long it took to get compiled code, and whether it "
               "came from the cache"));
  mlir::registerDefaultTimingManagerCLOptions();
  for (StringRef name : {"mlir-timing", "mlir-timing-display",
                         "mlir-output-format", "time-passes"}) {
    cl::Option *option = cl::getRegisteredOptions()[name];
    option->addCategory(category);
    option->setHiddenFlag(cl::NotHidden);
  }
  cl::opt<std::string> benchmark(
      "benchmark", cl::value_desc("calls"), cl::ValueOptional,
      cl::cat(category),
      cl::desc("Then time this many further calls (default 100) and print the "
               "median and the spread, and bytes of arguments and results per "
               "second"));
  cl::opt<bool> table(
      "table", cl::cat(category),
      cl::desc("Print, per channel, the activation's range and each quantized "
               "result's scale, range and error (signal to noise, dB)"));
  cl::opt<unsigned> tableRows("table-rows", cl::value_desc("n"), cl::init(0),
                              cl::cat(category),
                              cl::desc("Channels shown; 0 (default): all"));
  cl::opt<std::string> picture("picture", cl::value_desc("file.svg"),
                               cl::cat(category),
                               cl::desc("Draw what --table prints"));
  cl::opt<int64_t> channelDim(
      "channel-dim", cl::value_desc("dim"), cl::cat(category),
      cl::desc("Channel dimension for --table and --picture where no grid "
               "says it"));

  cl::opt<std::string> compareNumerics(
      "compare-numerics", cl::value_desc("contract"), cl::cat(category),
      cl::desc("Then evaluate each fake_quant a second time, on the same "
               "operands, under another contract (a preset or fields of "
               "#quant_act.numerics), and print where the results differ"));
  cl::opt<unsigned> compareRows(
      "compare-rows", cl::value_desc("n"), cl::init(10), cl::cat(category),
      cl::desc("Differing elements shown per fake_quant (default 10)"));

  if (Error error = parseOptions(argc, argv, overview, category))
    return error;

  RunOptions options;
  options.inputFile = inputFile;
  options.entry = entry;
  options.over = over;
  options.loadState = loadState;
  options.saveState = saveState;
  options.interpret = interpret;
  options.threads = threads;
  options.pipelineOptions = pipelineOptions;
  options.cache = cache;
  options.verbose = verbose;
  if (benchmark.getNumOccurrences()) {
    options.benchmarkCalls = 100;
    if (!benchmark.empty() &&
        (StringRef(benchmark).getAsInteger(10, options.benchmarkCalls) ||
         options.benchmarkCalls == 0))
      return createStringError("expects --benchmark to be a positive number of "
                               "calls, but got '" +
                               benchmark + "'");
  }
  for (cl::Option *option :
       {static_cast<cl::Option *>(&benchmark),
        static_cast<cl::Option *>(&cache), static_cast<cl::Option *>(&threads),
        static_cast<cl::Option *>(&pipelineOptions)})
    if (interpret && option->getNumOccurrences())
      return createStringError("expects compiled code for --" + option->ArgStr +
                               ", but got --interpret");
  options.table = table;
  options.tableRows = tableRows;
  options.picture = picture;
  options.compareNumerics = compareNumerics;
  options.compareRows = compareRows;
  if (channelDim.getNumOccurrences())
    options.channelDim = channelDim;
  if (Error error = parseAll(inputs, parseInput, options.inputs))
    return error;
  if (Error error = parseAll(fills, parseFill, options.fills))
    return error;
  if (Error error = parseAll(outputs, parseOutput, options.outputs))
    return error;
  return options;
}
