//===- Peers.cpp - Other systems' times -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Peers.h"

#include "Runner.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace quant_act;
using namespace quant_act::bench;

using llvm::Expected;

/// What peers.py must know.
static llvm::json::Value toJson(const Workload &workload) {
  const Extents &extents = workload.extents;
  const Quantizer &quantizer = workload.quantizer;
  return llvm::json::Object{
      {"name", workload.name},
      {"kind", getName(workload.kind)},
      {"shape",
       llvm::json::Array{extents.outer, extents.channels, extents.inner}},
      {"is_per_tensor", workload.isPerTensor},
      {"type", quant_act::getName(workload.type)},
      {"low", quantizer.low},
      {"high", quantizer.high},
      {"has_relu", quantizer.hasRelu},
      {"has_zero_point", quantizer.hasZeroPoint},
      {"num_sets", int64_t(countSets(workload))}};
}

/// "W1,PyTorch,123.4" per line.
static PeerTimes parse(llvm::StringRef text) {
  PeerTimes times;
  llvm::SmallVector<llvm::StringRef> lines, fields;
  text.split(lines, '\n');
  for (llvm::StringRef line : lines) {
    fields.clear();
    line.split(fields, ',');
    double time;
    if (fields.size() == 3 && !fields[2].getAsDouble(time))
      times[fields[0]].push_back({fields[1].str(), time});
  }
  return times;
}

Expected<PeerTimes>
quant_act::bench::measurePeers(llvm::StringRef python,
                               llvm::ArrayRef<Workload> workloads,
                               unsigned rounds) {
  llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName(python);
  if (!program)
    return llvm::createStringError("peers need Python, but there is no '" +
                                   python + "'");
  llvm::json::Array items;
  for (const Workload &workload : workloads)
    items.push_back(toJson(workload));
  std::string request =
      llvm::formatv("{0}", llvm::json::Value(std::move(items)));

  llvm::SmallString<128> output;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("quant-bench", "csv", output))
    return llvm::createFileError("a temporary file", error);
  llvm::FileRemover remover(output);
  std::string message;
  int status = llvm::sys::ExecuteAndWait(
      *program, {python, QUANT_BENCH_PEERS, std::to_string(rounds), request},
      std::nullopt, {llvm::StringRef(), llvm::StringRef(output), std::nullopt},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  // The script has said what is wrong.
  if (status != 0)
    return llvm::createStringError("no peers" +
                                   (message.empty() ? "" : ": " + message));
  auto text = llvm::MemoryBuffer::getFile(output);
  if (!text)
    return llvm::createFileError(output, text.getError());
  return parse((*text)->getBuffer());
}

void quant_act::bench::addPeers(Result &result, const PeerTimes &times) {
  auto it = times.find(result.workload.name);
  if (it == times.end())
    return;
  for (auto [name, time] : it->second)
    result.timings.push_back({name, time, time / result.bound.time});
}
