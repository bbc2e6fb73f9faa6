//===- exhaustive-f32.cpp - Every f32 -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares compiled code with an independent evaluation for all 2^32 inputs,
// for each rounding mode and some formats, scales and contracts. Prints a line
// per case; the exit status is 1 if one fails.
//
// usage: exhaustive-f32 [TEXT]   only cases whose description contains TEXT
//
//===----------------------------------------------------------------------===//

#include "ExhaustiveCase.h"

#include "../Execution/TestProgram.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

using namespace quant_act;
using independent::Contract;
using independent::Format;
using independent::makeFloat;
using independent::makeInt;
using independent::Precision;
using independent::Rounding;
using llvm::formatv;

namespace {

struct Run {
  ExhaustiveCase test;
  double scale;
  double zeroPoint;

  std::string describe() const {
    std::string text = test.describe();
    llvm::raw_string_ostream(text)
        << llvm::format(", scale %g, zero point %g", scale, zeroPoint);
    return text;
  }
};

std::vector<Run> getRuns() {
  std::vector<Run> runs;
  auto add = [&](Rounding rounding, const Format &format, double scale,
                 double zeroPoint = 0.0, const Contract &contract = {}) {
    runs.push_back(
        {{Precision::F32, Precision::F32, rounding, format, contract},
         scale,
         zeroPoint});
  };
  Format s8 = makeInt(8, true, false), u8 = makeInt(8, false, false);
  for (size_t mode = 0; mode < getRoundingNames().size(); ++mode)
    add(static_cast<Rounding>(mode), s8, 0.1, 3.0);
  // Scales: a power of two, one without end, a huge and a subnormal one; one
  // that makes 0 of small numbers.
  for (double scale : {0.25, 0.0117, 1e30, 1e-40, 5.0})
    add(Rounding::HalfEven, s8, scale);
  for (const Format &format :
       {makeInt(1, false, false), makeInt(4, false, true),
        makeInt(12, true, false), makeInt(16, true, true),
        makeInt(32, true, false)})
    add(Rounding::HalfEven, format, 0.0117);
  for (const Format &format :
       {makeFloat("e4m3fn", 3, 7, 448), makeFloat("e5m2", 2, 15, 57344),
        makeFloat("e2m1fn", 1, 1, 6)})
    add(Rounding::HalfEven, format, 0.1);
  add(Rounding::HalfEven, u8, 0.1, 3.0, {"onnx", false, false, true});
  add(Rounding::HalfEven, u8, 0.1, 3.0, {"torch", false, true, true, true});
  add(Rounding::HalfEven, u8, 0.1, 2.3,
      {"torch_float", true, true, true, true, true, true});
  add(Rounding::HalfAway, s8, 0.1, 3.0, {"tflite", false});
  return runs;
}

/// Runs a case chunk by chunk on every processor.
class Checker {
public:
  Checker(const Run &run, CompiledModule &compiled)
      : run(run), compiled(compiled) {}

  /// The first mismatch that was found; none if all agree.
  std::optional<std::string> check() {
    std::vector<std::thread> threads;
    unsigned numThreads = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < numThreads; ++i)
      threads.emplace_back([this] { work(); });
    for (std::thread &thread : threads)
      thread.join();
    return mismatch;
  }

private:
  static constexpr int64_t chunkSize = int64_t(1) << 20;
  static constexpr int64_t numChunks = (int64_t(1) << 32) / chunkSize;

  void work() {
    HostTensor x(ElementType::F32, {chunkSize}),
        y(ElementType::F32, {chunkSize});
    auto *inputs = static_cast<uint32_t *>(x.getData());
    for (int64_t chunk; (chunk = next++) < numChunks;) {
      for (int64_t i = 0; i < chunkSize; ++i)
        inputs[i] = static_cast<uint32_t>(chunk * chunkSize + i);
      std::optional<std::string> found = checkChunk(x, y, chunk);
      if (!found)
        continue;
      std::lock_guard lock(mutex);
      mismatch = found;
      next = numChunks;
    }
  }

  std::optional<std::string> checkChunk(const HostTensor &x, HostTensor &y,
                                        int64_t seed) {
    std::vector<HostTensor> parameters =
        run.test.buildParameters(run.scale, run.zeroPoint, seed);
    std::vector<const HostTensor *> arguments{&x};
    for (const HostTensor &parameter : parameters)
      arguments.push_back(&parameter);
    if (llvm::Error error = compiled.runInto("f", arguments, {&y}))
      return llvm::toString(std::move(error));
    return run.test.findMismatch(x, y, run.scale, run.zeroPoint, seed);
  }

  const Run &run;
  CompiledModule &compiled;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::optional<std::string> mismatch;
};

} // namespace

int main(int argc, char **argv) {
  std::string filter = argc > 1 ? argv[1] : "";
  std::vector<Run> runs = getRuns();
  unsigned numPassed = 0, numFailed = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::string name = runs[i].describe();
    if (name.find(filter) == std::string::npos)
      continue;
    llvm::outs() << formatv("[{0}/{1}] {2}: ", i + 1, runs.size(), name);
    llvm::outs().flush();
    auto begin = std::chrono::steady_clock::now();
    TestProgram program(runs[i].test.buildFunction("f"));
    llvm::Expected<CompiledModule &> compiled = program.compile();
    std::optional<std::string> mismatch =
        compiled ? Checker(runs[i], *compiled).check()
                 : llvm::toString(compiled.takeError());
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - begin;
    if (mismatch)
      llvm::outs() << "FAILED: " << *mismatch << '\n';
    else
      llvm::outs() << formatv("4294967296 of 4294967296 agree, {0:f1} s\n",
                              time.count());
    ++(mismatch ? numFailed : numPassed);
  }
  llvm::outs() << formatv("{0} passed, {1} failed\n", numPassed, numFailed);
  return numFailed != 0;
}
