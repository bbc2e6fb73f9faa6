//===- Runner.cpp - A workload, ready to run ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "HandWritten.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/Error.h"

#include <chrono>
#include <cstring>

using namespace quant_act;
using namespace quant_act::bench;

/// Candidates of this name are the loops that compute nothing.
static constexpr llvm::StringLiteral boundName = "bound";

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

size_t quant_act::bench::countSets(const Workload &workload) {
  constexpr int64_t rotated = int64_t(1) << 30;
  int64_t numBytes = workload.getNumBytes();
  if (workload.isHot || numBytes <= cachedBytes)
    return 1;
  return std::max<int64_t>(2, rotated / numBytes);
}

Runner::Runner(const Workload &workload, mlir::MLIRContext &context,
               llvm::StringRef pipelineOptions)
    : workload(workload), context(context), pipelineOptions(pipelineOptions) {
  sets.assign(countSets(workload), makeBuffers(workload, /*seed=*/1));
  expectation = std::make_unique<Expectation>(workload, sets.front());
  addBound();
  addCompiled();
  addHandWritten();
  expectation.reset();
}

CompiledModule &Runner::compile(bool isDynamic) {
  llvm::ExitOnError orExit("quant-bench: " + workload.name + ": ");
  Workload variant = workload;
  variant.isDynamic = isDynamic;
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(variant.getText(), &context);
  CPUPipelineOptions options;
  if (!module || failed(options.parseFromString(pipelineOptions)))
    exit(1);
  if (workload.numThreads != 0)
    options.parallelBytes = 1;
  auto start = std::chrono::steady_clock::now();
  modules.push_back(orExit(CompiledModule::compile(*module, options)));
  if (!isDynamic)
    compileTime = std::chrono::duration<double, std::milli>(
                      std::chrono::steady_clock::now() - start)
                      .count();
  return *modules.back();
}

Runner::Calls Runner::prepare(CompiledModule &compiled, bool isInPlace) {
  llvm::ExitOnError orExit("quant-bench: " + workload.name + ": ");
  Calls calls;
  for (BufferSet &set : sets) {
    llvm::SmallVector<const HostTensor *> arguments;
    llvm::SmallVector<HostTensor *> results;
    llvm::SmallVector<void *> arrays;
    for (Buffer &argument : set.arguments) {
      arguments.push_back(&argument.getTensor());
      arrays.push_back(argument.getData());
    }
    for (Buffer &result : set.results) {
      results.push_back(&result.getTensor());
      arrays.push_back(isInPlace ? arrays.front() : result.getData());
    }
    calls.push_back(orExit(compiled.prepare("f", arguments, results)));
    for (auto [index, array] : llvm::enumerate(arrays))
      calls.back().setArray(index, array);
  }
  return calls;
}

template <typename Function>
void Runner::add(llvm::StringRef name, Function function) {
  candidates.push_back({name.str(), [this, function](size_t numCalls) mutable {
                          size_t set = nextSet;
                          for (size_t i = 0; i < numCalls; ++i) {
                            function(set);
                            set = set + 1 == sets.size() ? 0 : set + 1;
                          }
                          nextSet = set;
                        }});
}

void Runner::addBound() {
  bool readsTwo = workload.getTraffic() == Traffic::ReadReadWrite;
  size_t n = workload.getNumElements() * getByteWidth(workload.type);
  for (const Mover &mover : getMovers(workload.getTraffic()))
    add(boundName, [this, n, readsTwo, move = mover.move](size_t set) {
      std::vector<Buffer> &arguments = sets[set].arguments;
      move(sets[set].results[0].getElements<char>(),
           arguments[0].getElements<char>(),
           arguments[readsTwo ? 1 : 0].getElements<char>(), n);
    });
}

void Runner::addCompiled() {
  CompiledModule &compiled = compile(/*isDynamic=*/false);
  addCompiled(staticName, compiled, /*isInPlace=*/false);
  addCompiled(dynamicName, compile(/*isDynamic=*/true), /*isInPlace=*/false);
  if (workload.canBeInPlace())
    addCompiled(inPlaceName, compiled, /*isInPlace=*/true);
}

/// Says to the library that divides loops how many threads there shall be.
static void setNumThreads(int numThreads) {
  static void *function = llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(
      "omp_set_num_threads");
  reinterpret_cast<void (*)(int)>(function)(numThreads);
}

void Runner::addCompiled(llvm::StringRef name, CompiledModule &compiled,
                         bool isInPlace) {
  auto calls = std::make_shared<Calls>(prepare(compiled, isInPlace));
  add(name, [calls, numThreads = workload.numThreads](size_t set) {
    if (numThreads != 0)
      setNumThreads(numThreads);
    llvm::cantFail((*calls)[set].run());
  });
  check(name, isInPlace);
}

void Runner::addHandWritten() {
  Extents extents = workload.extents;
  if (workload.isPerTensor)
    extents = {1, 1, workload.getNumElements()};
  if (workload.kind != Kind::FakeQuant || !canRunByHand(extents))
    return;
  for (bool streams : {false, true}) {
    if (streams && workload.getNumBytes() <= cachedBytes)
      continue;
    add(handWrittenName, [this, extents, streams](size_t set) {
      BufferSet &buffers = sets[set];
      quantizeByHand(workload.quantizer, extents, workload.type,
                     buffers.arguments[0].getData(),
                     buffers.arguments[1].getElements<float>(),
                     workload.quantizer.hasZeroPoint
                         ? buffers.arguments[2].getElements<float>()
                         : nullptr,
                     buffers.results[0].getData(), streams);
    });
    check(handWrittenName, /*isInPlace=*/false);
  }
}

/// Runs the last candidate on the first set, and restores its x.
void Runner::check(llvm::StringRef name, bool isInPlace) {
  Buffer &x = sets.front().arguments.front();
  std::vector<char> before;
  if (isInPlace)
    before.assign(x.getElements<char>(),
                  x.getElements<char>() + x.getTensor().getNumBytes());
  nextSet = 0;
  candidates.back().run(1);
  llvm::SmallVector<Buffer *> results;
  for (Buffer &result : sets.front().results)
    results.push_back(isInPlace ? &x : &result);
  std::string difference = expectation->compare(results);
  if (!difference.empty())
    problem += (problem.empty() ? "" : "; ") + name.str() + ": " + difference;
  if (isInPlace)
    std::memcpy(x.getData(), before.data(), before.size());
}

//===----------------------------------------------------------------------===//
// Measurement
//===----------------------------------------------------------------------===//

std::vector<Result> quant_act::bench::measure(llvm::ArrayRef<Runner *> runners,
                                              unsigned rounds) {
  std::vector<Candidate> all;
  Clock clock = Clock::Processor;
  for (Runner *runner : runners) {
    llvm::append_range(all, runner->candidates);
    if (runner->workload.numThreads != 0)
      clock = Clock::Wall;
  }
  Measurement measurement(all, rounds, clock);

  std::vector<Result> results;
  size_t first = 0;
  for (Runner *runner : runners) {
    // The fastest of each name.
    llvm::MapVector<llvm::StringRef, size_t> fastest;
    for (auto [i, candidate] : llvm::enumerate(runner->candidates)) {
      auto [it, isNew] = fastest.try_emplace(candidate.name, first + i);
      if (!isNew &&
          measurement.getTime(first + i) < measurement.getTime(it->second))
        it->second = first + i;
    }
    size_t bound = fastest.lookup(boundName);
    Result result{runner->workload,
                  {boundName.str(), measurement.getTime(bound), 1.0},
                  {},
                  runner->compileTime,
                  runner->problem};
    for (auto [name, candidate] : llvm::drop_begin(fastest))
      result.timings.push_back({name.str(), measurement.getTime(candidate),
                                measurement.getRatio(candidate, bound)});
    results.push_back(std::move(result));
    first += runner->candidates.size();
  }
  return results;
}
