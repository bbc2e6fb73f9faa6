//===- quant-bench.cpp - Compiled code against the bound of memory --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HandWritten.h"
#include "Measurement.h"
#include "Workload.h"

#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/InitAll.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace quant_act;
using namespace quant_act::bench;
namespace cl = llvm::cl;

namespace {
struct Options {
  cl::list<std::string> items{"items", cl::CommaSeparated,
                              cl::desc("Workloads to run (default all)"),
                              cl::value_desc("W1,W2,..")};
  cl::opt<unsigned> rounds{"rounds", cl::init(31),
                           cl::desc("Rounds of each workload (default 31)")};
  cl::opt<bool> dynamic{"dynamic",
                        cl::desc("Compile for extents that are not known")};
  cl::opt<std::string> pipeline{
      "pipeline-options", cl::value_desc("name=value .."),
      cl::desc("Options of the pipeline, as for quant-act-to-llvm-cpu")};
};

/// A workload with what it needs to run.
class Runner {
public:
  Runner(const Workload &workload, mlir::MLIRContext &context,
         const CPUPipelineOptions &options);

  /// Prints one line of the table.
  void measure(unsigned rounds);

  /// Whether all results were those of plain C++.
  bool isRight() const { return problem.empty(); }

private:
  static size_t countSets(const Workload &workload);
  void addBound();
  void addHandWritten();

  Workload workload;
  std::vector<BufferSet> sets;
  std::unique_ptr<CompiledModule> compiled;
  std::vector<CompiledModule::Call> calls;
  double compileTime = 0.0;
  std::vector<Candidate> candidates;
  size_t numMovers = 0;
  std::string problem;
};
} // namespace

/// Buffers that are much larger than the caches must not be in them; small ones
/// stay there.
size_t Runner::countSets(const Workload &workload) {
  constexpr int64_t rotated = int64_t(1) << 30, cached = int64_t(1) << 20;
  int64_t numBytes = 2 * workload.getNumElements() * sizeof(float);
  return numBytes <= cached ? 1 : std::max<int64_t>(2, rotated / numBytes);
}

Runner::Runner(const Workload &workload, mlir::MLIRContext &context,
               const CPUPipelineOptions &options)
    : workload(workload) {
  llvm::ExitOnError orExit("quant-bench: " + workload.name + ": ");
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(workload.getText(), &context);
  if (!module)
    exit(1);
  auto start = std::chrono::steady_clock::now();
  compiled = orExit(CompiledModule::compile(*module, options));
  compileTime = std::chrono::duration<double, std::milli>(
                    std::chrono::steady_clock::now() - start)
                    .count();

  BufferSet first = makeBuffers(workload, /*seed=*/1);
  sets.assign(countSets(workload), first);
  for (BufferSet &set : sets) {
    llvm::SmallVector<const HostTensor *> arguments;
    llvm::SmallVector<HostTensor *> results;
    for (const HostTensor &argument : set.arguments)
      arguments.push_back(&argument);
    for (HostTensor &result : set.results)
      results.push_back(&result);
    calls.push_back(orExit(compiled->prepare("f", arguments, results)));
  }
  orExit(calls.front().run());
  problem = checkResults(workload, sets.front());

  addBound();
  candidates.push_back({"quant-act", [&](size_t set, size_t numCalls) {
                          for (size_t i = 0; i < numCalls; ++i) {
                            llvm::cantFail(calls[set].run());
                            set = set + 1 == sets.size() ? 0 : set + 1;
                          }
                        }});
  addHandWritten();
}

void Runner::addBound() {
  for (const Mover &mover : getMovers(workload.getTraffic())) {
    size_t n = workload.getNumElements();
    MoveFunction move = mover.move;
    bool readsTwo = workload.getTraffic() == Traffic::ReadReadWrite;
    candidates.push_back(
        {mover.name, [this, n, move, readsTwo](size_t set, size_t numCalls) {
           for (size_t i = 0; i < numCalls; ++i) {
             move(sets[set].getResult(0), sets[set].getArgument(0),
                  sets[set].getArgument(readsTwo ? 1 : 0), n);
             set = set + 1 == sets.size() ? 0 : set + 1;
           }
         }});
    ++numMovers;
  }
}

void Runner::addHandWritten() {
  if (workload.kind != Kind::FakeQuant || !canRunByHand())
    return;
  auto run = [this](size_t set, size_t numCalls) {
    bool streams = sets.size() > 1;
    for (size_t i = 0; i < numCalls; ++i) {
      BufferSet &buffers = sets[set];
      quantizeByHand(workload.quantizer, workload.extents,
                     buffers.getArgument(0), buffers.getArgument(1),
                     workload.quantizer.hasZeroPoint ? buffers.getArgument(2)
                                                     : nullptr,
                     buffers.getResult(0), streams);
      set = set + 1 == sets.size() ? 0 : set + 1;
    }
  };
  run(0, 1);
  std::string wrong = checkResults(workload, sets.front());
  if (!wrong.empty())
    problem += " by hand: " + wrong;
  candidates.push_back({"hand-written", run});
}

void Runner::measure(unsigned rounds) {
  Measurement measurement(candidates, sets.size(), rounds);
  size_t bound = 0;
  for (size_t i = 1; i < numMovers; ++i)
    if (measurement.getTime(i) < measurement.getTime(bound))
      bound = i;
  llvm::outs() << llvm::formatv(
      "{0,-4} {1,-34} {2,10:f3} us {3,-17}", workload.name,
      workload.description, measurement.getTime(bound), candidates[bound].name);
  for (size_t i = numMovers; i < candidates.size(); ++i)
    llvm::outs() << llvm::formatv(" {0,6:f2}", measurement.getRatio(i, bound));
  if (numMovers + 1 == candidates.size())
    llvm::outs() << "      -";
  llvm::outs() << llvm::formatv("  {0,5:f0} ms  {1}\n", compileTime,
                                problem.empty() ? "same bits" : problem);
  llvm::outs().flush();
}

int main(int argc, char **argv) {
  Options options;
  cl::ParseCommandLineOptions(
      argc, argv,
      "Measures compiled kernels against the fastest copy of the same bytes\n\n"
      "A ratio is the median, over rounds that run all candidates alternately, "
      "of\nprocessor time over the bound's. Results are compared with plain "
      "C++.\n");
  mlir::DialectRegistry registry;
  quant_act::registerAllDialects(registry);
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  for (const std::string &item : options.items)
    if (llvm::none_of(getWorkloads(), [&](const Workload &workload) {
          return workload.name == item;
        })) {
      llvm::errs() << "quant-bench: expects items to be W1, W2, W3, W4, W5a, "
                      "W5b, W6, W7, W8 or W9, but got '"
                   << item << "'\n";
      return 1;
    }
  if (options.rounds == 0) {
    llvm::errs() << "quant-bench: expects rounds to be positive, but got 0\n";
    return 1;
  }
  CPUPipelineOptions pipeline;
  if (failed(pipeline.parseFromString(options.pipeline)))
    return 1;

  llvm::outs() << llvm::formatv("{0,-39} {1,13} {2,-17} {3,6} {4,6}  {5}\n",
                                "workload", "bound", "", "ratio", "hand",
                                "compilation");
  bool isRight = true;
  for (Workload workload : getWorkloads()) {
    if (!options.items.empty() &&
        !llvm::is_contained(options.items, workload.name))
      continue;
    workload.isDynamic = options.dynamic;
    Runner runner(workload, context, pipeline);
    runner.measure(options.rounds);
    isRight &= runner.isRight();
  }
  return isRight ? 0 : 1;
}
