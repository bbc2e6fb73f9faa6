//===- quant-bench.cpp - Compiled code against the bound of memory --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Peers.h"
#include "Picture.h"
#include "Runner.h"
#include "Sweep.h"
#include "Table.h"
#include "Tool.h"

#include "QuantAct/InitAll.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace quant_act;
using namespace quant_act::bench;
namespace cl = llvm::cl;

namespace {
struct Options {
  cl::OptionCategory category{"quant-bench options"};
  cl::list<std::string> items{"items", cl::CommaSeparated, cl::cat(category),
                              cl::desc("Workloads to run (default all)"),
                              cl::value_desc("W1,W2,..")};
  cl::list<Sweep> sweeps{
      "sweep", cl::CommaSeparated, cl::cat(category),
      cl::desc("Series to run instead of workloads, along:"),
      cl::values(clEnumValN(Sweep::Size, "size", "bytes of x, used again"),
                 clEnumValN(Sweep::Channels, "channels", "number of channels"),
                 clEnumValN(Sweep::Inner, "inner", "elements of a row"),
                 clEnumValN(Sweep::Type, "type", "element types"),
                 clEnumValN(Sweep::Alignment, "alignment", "addresses"),
                 clEnumValN(Sweep::Threads, "threads",
                            "threads, by the time that passes"))};
  cl::list<Kind> kinds{
      "kinds", cl::CommaSeparated, cl::cat(category),
      cl::desc("What sweeps run (default forward, abs-max and gradients):"),
      cl::values(
          clEnumValN(Kind::FakeQuant, "forward", "fake quantization"),
          clEnumValN(Kind::AbsMax, "abs-max", "a statistic"),
          clEnumValN(Kind::Gradient, "gradients", "gradients of x and scale"),
          clEnumValN(Kind::TrainingStep, "step", "a training step"),
          clEnumValN(Kind::Percentile, "percentile", "another statistic"))};
  cl::list<Layout> layouts{
      "layouts", cl::CommaSeparated, cl::cat(category),
      cl::desc("Layouts that sweeps run (default all):"),
      cl::values(clEnumValN(Layout::First, "first", "rows of one channel"),
                 clEnumValN(Layout::Last, "last", "channels side by side"),
                 clEnumValN(Layout::PerTensor, "tensor", "one scale"))};
  cl::list<ElementType> types{
      "types", cl::CommaSeparated, cl::cat(category),
      cl::desc("Element types that sweeps run (default f32):"),
      cl::values(clEnumValN(ElementType::F32, "f32", ""),
                 clEnumValN(ElementType::F16, "f16", ""),
                 clEnumValN(ElementType::BF16, "bf16", ""))};
  cl::opt<int64_t> bytes{
      "bytes", cl::cat(category),
      cl::desc("Bytes of x in sweeps, the largest in that of sizes (default "
               "131072)"),
      cl::init(128 << 10)};
  cl::opt<unsigned> rounds{"rounds", cl::cat(category), cl::init(31),
                           cl::desc("Rounds of each workload (default 31)")};
  cl::opt<std::string> pipeline{
      "pipeline-options", cl::cat(category), cl::value_desc("name=value .."),
      cl::desc("Options of the pipeline, as for quant-act-to-llvm-cpu")};
  cl::opt<std::string> peers{
      "peers", cl::cat(category), cl::ValueOptional, cl::value_desc("python"),
      cl::desc(
          "Measure what this Python (default python3) finds of PyTorch and "
          "ONNX Runtime, too")};
  cl::opt<std::string> csv{"csv", cl::cat(category), cl::value_desc("file"),
                           cl::desc("Write all times")};
  cl::opt<std::string> picture{"picture", cl::cat(category),
                               cl::value_desc("file"),
                               cl::desc("Write the ratios as SVG")};
};

class Bench {
public:
  Bench(const Options &options, mlir::MLIRContext &context)
      : options(options), context(context) {}

  llvm::Error run();

  /// Whether all results were those of plain C++.
  bool isRight() const { return numWrong == 0; }

private:
  Result measureOne(const Workload &workload);
  llvm::Error runWorkloads();
  void runSweeps();
  void runSeries(const Series &series);
  void confirm(const Cliff &cliff, const Panel &panel);
  llvm::Error write();

  const Options &options;
  mlir::MLIRContext &context;
  std::vector<Panel> panels;
  unsigned numWrong = 0;
};
} // namespace

Result Bench::measureOne(const Workload &workload) {
  Runner runner(workload, context, options.pipeline);
  Result result = std::move(measure({&runner}, options.rounds).front());
  numWrong += !result.problem.empty();
  return result;
}

llvm::Error Bench::runWorkloads() {
  std::vector<Workload> workloads = getWorkloads();
  if (!options.items.empty())
    llvm::erase_if(workloads, [&](const Workload &workload) {
      return !llvm::is_contained(options.items, workload.name);
    });
  std::vector<std::string> names = {staticName.str(), dynamicName.str(),
                                    inPlaceName.str(), handWrittenName.str()};
  PeerTimes peers;
  if (options.peers.getNumOccurrences() != 0) {
    llvm::StringRef python = options.peers.empty()
                                 ? llvm::StringRef("python3")
                                 : llvm::StringRef(options.peers);
    llvm::Expected<PeerTimes> times =
        measurePeers(python, workloads, options.rounds);
    if (!times)
      return times.takeError();
    peers = std::move(*times);
  }
  for (const auto &entry : peers)
    for (const auto &[name, time] : entry.second)
      if (!llvm::is_contained(names, name))
        names.push_back(name);
  Table table(llvm::outs(), names);
  table.printHeader();
  Panel panel{"Workloads", {}, /*isSeries=*/false};
  for (const Workload &workload : workloads) {
    Result result = measureOne(workload);
    addPeers(result, peers);
    table.print(result);
    panel.results.push_back(std::move(result));
  }
  panels.push_back(std::move(panel));
  return llvm::Error::success();
}

/// The values of an option, or these.
template <typename T>
static std::vector<T> getOr(const cl::list<T> &list, std::vector<T> values) {
  return list.empty() ? values : std::vector<T>(list.begin(), list.end());
}

void Bench::runSweeps() {
  SweepOptions sweepOptions{
      getOr(options.kinds, {Kind::FakeQuant, Kind::AbsMax, Kind::Gradient}),
      getOr(options.layouts, {Layout::First, Layout::Last, Layout::PerTensor}),
      getOr(options.types, {ElementType::F32}), options.bytes};
  for (Sweep sweep : options.sweeps)
    for (const Series &series : makeSeries(sweep, sweepOptions))
      runSeries(series);
}

/// Names the points at which extents that are not known cost more than they
/// should.
static void printSlowDynamic(llvm::ArrayRef<Result> results) {
  constexpr double largest = 1.1;
  std::vector<std::string> names;
  for (const Result &result : results)
    if (result.find(dynamicName)->ratio >
        largest * result.find(staticName)->ratio)
      names.push_back(result.workload.name);
  if (!names.empty())
    llvm::outs() << llvm::formatv(
        "dynamic takes more than {0:f1} times as long "
        "as static: {1}\n",
        largest, llvm::join(names, ", "));
}

void Bench::runSeries(const Series &series) {
  llvm::outs() << series.title << "\n";
  Panel panel{series.title, {}, /*isSeries=*/true};
  for (const Workload &workload : series.points)
    panel.results.push_back(measureOne(workload));
  Table table(llvm::outs(), getCandidateNames(panel.results),
              series.hasNeighbors);
  table.printHeader();
  for (auto [point, result] : llvm::enumerate(panel.results))
    table.print(result, compareWithNeighbors(panel.results, point, staticName));
  printSlowDynamic(panel.results);
  if (series.hasNeighbors)
    for (const Cliff &cliff : findCliffs(panel.results))
      confirm(cliff, panel);
  llvm::outs() << "\n";
  panels.push_back(std::move(panel));
}

/// Measures both sides of a cliff alternately: points of a series are not
/// measured at the same time.
void Bench::confirm(const Cliff &cliff, const Panel &panel) {
  const Result &point = panel.results[cliff.point];
  const Result &neighbor = panel.results[cliff.neighbor];
  Runner first(point.workload, context, options.pipeline);
  Runner second(neighbor.workload, context, options.pipeline);
  std::vector<Result> again = measure({&first, &second}, options.rounds);
  for (llvm::StringRef candidate : cliff.candidates) {
    double factor = compareWithNeighbor(again[0], again[1], candidate);
    llvm::outs() << llvm::formatv(
        "{0}: {1} takes {2:f2} times as long per byte as {3}; side by side "
        "{4:f2}{5}\n",
        candidate, point.workload.name,
        compareWithNeighbor(point, neighbor, candidate), neighbor.workload.name,
        factor, factor > largestStep ? ": a cliff" : "");
  }
  llvm::outs().flush();
}

/// Writes what `print` prints to a file.
static llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<void(llvm::raw_ostream &)> print) {
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_Text);
  if (error)
    return llvm::createFileError(path, error);
  print(file.os());
  file.keep();
  return llvm::Error::success();
}

llvm::Error Bench::write() {
  if (!options.csv.empty())
    if (llvm::Error error = writeFile(options.csv, [&](llvm::raw_ostream &os) {
          printCsvHeader(os);
          for (const Panel &panel : panels)
            printCsv(os, panel.title, panel.results);
        }))
      return error;
  if (options.picture.empty())
    return llvm::Error::success();
  return writeFile(options.picture,
                   [&](llvm::raw_ostream &os) { drawRatios(panels, os); });
}

llvm::Error Bench::run() {
  if (options.sweeps.empty()) {
    if (llvm::Error error = runWorkloads())
      return error;
  } else {
    runSweeps();
  }
  return write();
}

/// Fails if the options make no sense.
static llvm::Error check(const Options &options) {
  for (const std::string &item : options.items) {
    std::vector<Workload> workloads = getWorkloads();
    auto getName = [](const Workload &workload) { return workload.name; };
    auto names = llvm::map_range(workloads, getName);
    if (!llvm::is_contained(names, item))
      return llvm::createStringError("expects items to be of " +
                                     llvm::join(names, ", ") + ", but got '" +
                                     item + "'");
  }
  if (options.rounds == 0)
    return llvm::createStringError("expects rounds to be positive, but got 0");
  constexpr int64_t maxBytes = int64_t(1) << 31;
  if (options.bytes < 1024 || options.bytes > maxBytes)
    return llvm::createStringError(
        llvm::formatv("expects bytes to be from 1024 to {0}, but got {1}",
                      maxBytes, options.bytes.getValue()));
  CPUPipelineOptions pipeline;
  return parsePipelineOptions(options.pipeline, pipeline);
}

static constexpr char overview[] =
    R"(measures compiled kernels against the fastest copy of the same bytes

A ratio is the median, over rounds that run all candidates alternately, of
processor time over the bound's. Results are compared with plain C++.
)";

static llvm::Error runBench(int argc, char **argv) {
  Options options;
  if (llvm::Error error = parseOptions(argc, argv, overview, options.category))
    return error;
  if (llvm::Error error = check(options))
    return error;
  mlir::DialectRegistry registry;
  quant_act::registerAllDialects(registry);
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  Bench bench(options, context);
  if (llvm::Error error = bench.run())
    return error;
  if (!bench.isRight())
    return llvm::createStringError("results differ from those of plain C++");
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  return finish("quant-bench", runBench(argc, argv));
}
