//===- Sweep.cpp - Series of workloads, and their cliffs ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sweep.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

using namespace quant_act;
using namespace quant_act::bench;

//===----------------------------------------------------------------------===//
// Series
//===----------------------------------------------------------------------===//

/// Around the extents of vectors, lines and expanded parameters, and those that
/// networks have.
static constexpr int64_t extentsOfInterest[] = {
    1,   2,   3,   4,   5,   7,   8,    9,    12,   15,   16,   17,   24,  31,
    32,  33,  48,  49,  63,  64,  65,   96,   100,  127,  128,  129,  196, 255,
    256, 257, 511, 512, 513, 784, 1000, 1023, 1024, 1025, 2048, 2049, 3136};

static constexpr int64_t usualChannels = 64, usualInner = 64;

static llvm::StringRef getTitle(Layout layout) {
  switch (layout) {
  case Layout::First:
    return "channel first";
  case Layout::Last:
    return "channel last";
  case Layout::PerTensor:
    return "per tensor";
  }
  return "";
}

/// A workload of about so many bytes.
static Workload makePoint(Kind kind, Layout layout, ElementType type,
                          int64_t numBytes, int64_t channels, int64_t inner) {
  int64_t numElements = numBytes / getByteWidth(type);
  Workload workload;
  workload.kind = kind;
  workload.quantizer = signedNarrow;
  workload.type = type;
  // The scale of one channel has no dimension for it.
  workload.isPerTensor = layout == Layout::PerTensor || channels == 1;
  workload.extents = {1, channels, inner};
  if (layout == Layout::PerTensor)
    workload.extents = {1, 1, numElements};
  workload.isChannelLast = layout == Layout::Last;
  if (workload.isChannelLast)
    workload.extents.inner = 1;
  int64_t &outer = workload.extents.outer;
  outer = std::max<int64_t>(1, numElements / workload.getNumElements());
  return workload;
}

namespace {
/// Collects the points of a series.
class SeriesBuilder {
public:
  SeriesBuilder(Kind kind, Layout layout, ElementType type, int64_t numBytes)
      : kind(kind), layout(layout), type(type), numBytes(numBytes) {}

  std::vector<Workload> build(Sweep sweep);

private:
  Workload make(int64_t bytes, int64_t channels = usualChannels,
                int64_t inner = usualInner) {
    return makePoint(kind, layout, type, bytes, channels, inner);
  }
  void add(const llvm::Twine &name, Workload workload) {
    workload.name = name.str();
    llvm::raw_string_ostream description(workload.description);
    description << '(';
    llvm::interleave(workload.getShape(), description, ",");
    description << ')';
    points.push_back(std::move(workload));
  }
  /// Not where a single row of each channel is larger than all others' tensors.
  void addIfSmall(int64_t extent, Workload workload) {
    if (workload.getNumElements() * getByteWidth(type) <= numBytes)
      add(llvm::Twine(extent), std::move(workload));
  }
  void addSizes();
  void addChannels();
  void addInnerExtents();
  void addTypes();
  void addAlignments();
  void addThreads();

  Kind kind;
  Layout layout;
  ElementType type;
  int64_t numBytes;
  std::vector<Workload> points;
};
} // namespace

/// Powers of two and about the middle between them. Buffers are used again:
/// they are where their size has place for them.
void SeriesBuilder::addSizes() {
  constexpr int64_t smallest = 1024;
  for (int64_t bytes = smallest; bytes <= numBytes; bytes *= 2)
    for (int64_t size : {bytes, bytes + bytes / 2 + 4}) {
      int64_t inner = size / getByteWidth(type) / usualChannels;
      Workload workload = make(size, usualChannels, inner);
      workload.isHot = true;
      add(llvm::Twine(size), workload);
    }
}

void SeriesBuilder::addChannels() {
  if (layout == Layout::PerTensor)
    return;
  for (int64_t channels : extentsOfInterest)
    addIfSmall(channels, make(numBytes, channels));
}

void SeriesBuilder::addInnerExtents() {
  if (layout != Layout::First)
    return;
  for (int64_t inner : extentsOfInterest)
    addIfSmall(inner, make(numBytes, usualChannels, inner));
}

void SeriesBuilder::addTypes() {
  for (ElementType each :
       {ElementType::F32, ElementType::F16, ElementType::BF16}) {
    type = each;
    add(quant_act::getName(each), make(numBytes));
  }
}

/// x and y miss a line's begin alike, only one of them does, both do.
void SeriesBuilder::addAlignments() {
  constexpr unsigned offsets[][2] = {{0, 0},   {4, 4},   {4, 0},  {0, 4},
                                     {32, 32}, {32, 0},  {0, 32}, {16, 48},
                                     {60, 60}, {60, 20}, {2, 2}};
  for (auto [input, output] : offsets) {
    if (input % getByteWidth(type) != 0)
      continue;
    Workload workload = make(numBytes);
    workload.inputOffset = input;
    workload.outputOffset = output;
    add(llvm::formatv("{0}/{1}", input, output).str(), workload);
  }
}

void SeriesBuilder::addThreads() {
  unsigned limit =
      llvm::heavyweight_hardware_concurrency().compute_thread_count();
  for (unsigned threads = 1; threads <= limit; threads *= 2) {
    Workload workload = make(numBytes);
    workload.numThreads = threads;
    add(llvm::Twine(threads), workload);
  }
}

std::vector<Workload> SeriesBuilder::build(Sweep sweep) {
  switch (sweep) {
  case Sweep::Size:
    addSizes();
    break;
  case Sweep::Channels:
    addChannels();
    break;
  case Sweep::Inner:
    addInnerExtents();
    break;
  case Sweep::Type:
    addTypes();
    break;
  case Sweep::Alignment:
    addAlignments();
    break;
  case Sweep::Threads:
    addThreads();
    break;
  }
  return std::move(points);
}

static llvm::StringRef getTitle(Sweep sweep) {
  switch (sweep) {
  case Sweep::Size:
    return "bytes of x";
  case Sweep::Channels:
    return "channels";
  case Sweep::Inner:
    return "inner extent";
  case Sweep::Type:
    return "element type";
  case Sweep::Alignment:
    return "bytes of x and y from a line's begin";
  case Sweep::Threads:
    return "threads";
  }
  return "";
}

std::vector<Series> quant_act::bench::makeSeries(Sweep sweep,
                                                 const SweepOptions &options) {
  std::vector<Series> all;
  for (Kind kind : options.kinds)
    for (Layout layout : options.layouts)
      for (ElementType type : options.types) {
        Series series;
        series.title =
            llvm::formatv("{0}, {1}", getName(kind), getTitle(layout));
        if (sweep != Sweep::Type)
          series.title += ", " + quant_act::getName(type).str();
        series.title += ": " + getTitle(sweep).str();
        series.points =
            SeriesBuilder(kind, layout, type, options.numBytes).build(sweep);
        series.hasNeighbors = sweep != Sweep::Type && sweep != Sweep::Threads;
        if (!series.points.empty())
          all.push_back(std::move(series));
        if (sweep == Sweep::Type)
          break;
      }
  return all;
}

//===----------------------------------------------------------------------===//
// Cliffs
//===----------------------------------------------------------------------===//

double quant_act::bench::compareWithNeighbor(const Result &point,
                                             const Result &neighbor,
                                             llvm::StringRef candidate) {
  const Result::Timing *mine = point.find(candidate);
  const Result::Timing *other = neighbor.find(candidate);
  if (!mine || !other)
    return 0.0;
  double bytes = double(neighbor.workload.getNumBytes()) /
                 double(point.workload.getNumBytes());
  double explained = point.bound.time / neighbor.bound.time * bytes;
  return mine->time / other->time * bytes / std::max(1.0, explained);
}

double quant_act::bench::compareWithNeighbors(llvm::ArrayRef<Result> results,
                                              size_t point,
                                              llvm::StringRef candidate) {
  double factor = 0.0;
  for (size_t neighbor : {point - 1, point + 1})
    if (neighbor < results.size())
      factor =
          std::max(factor, compareWithNeighbor(results[point],
                                               results[neighbor], candidate));
  return factor;
}

std::vector<Cliff>
quant_act::bench::findCliffs(llvm::ArrayRef<Result> results) {
  std::vector<Cliff> cliffs;
  for (size_t point = 0; point < results.size(); ++point)
    for (size_t neighbor : {point - 1, point + 1}) {
      if (neighbor >= results.size())
        continue;
      Cliff cliff{point, neighbor, {}};
      for (llvm::StringRef candidate : {staticName, dynamicName, inPlaceName})
        if (compareWithNeighbor(results[point], results[neighbor], candidate) >
            largestStep)
          cliff.candidates.push_back(candidate.str());
      if (!cliff.candidates.empty())
        cliffs.push_back(std::move(cliff));
    }
  return cliffs;
}
