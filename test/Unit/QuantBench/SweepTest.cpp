//===- SweepTest.cpp - Tests of the benchmark's series --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sweep.h"

#include "gtest/gtest.h"

#include <set>

using namespace quant_act;
using namespace quant_act::bench;

/// A point of n elements of f32: 8 n bytes are read and written.
static Result makeResult(int64_t n, double boundTime, double time) {
  Result result;
  result.workload.kind = Kind::FakeQuant;
  result.workload.extents = {1, 1, n};
  result.bound = {"bound", boundTime, 1.0};
  result.timings = {{staticName.str(), time, time / boundTime}};
  return result;
}

TEST(SweepTest, FindsWhatFallsBehindBothNeighbors) {
  std::vector<Result> results = {makeResult(100, 1, 2), makeResult(100, 1, 4),
                                 makeResult(100, 1, 2.5)};
  std::vector<Cliff> cliffs = findCliffs(results);
  ASSERT_EQ(cliffs.size(), 2u);
  EXPECT_EQ(cliffs[0].point, 1u);
  EXPECT_EQ(cliffs[0].neighbor, 0u);
  EXPECT_EQ(cliffs[0].candidates, std::vector<std::string>{staticName.str()});
  EXPECT_EQ(cliffs[1].neighbor, 2u);
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 1, staticName), 2.0);
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 0, staticName), 0.5);
}

TEST(SweepTest, ComparesTimePerByte) {
  // Twice the elements in twice the time.
  std::vector<Result> results = {makeResult(100, 1, 2), makeResult(200, 2, 4)};
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 1, staticName), 1.0);
  EXPECT_TRUE(findCliffs(results).empty());
}

TEST(SweepTest, MemoryExplainsSteps) {
  // The bound takes three times as long per byte, too; then only twice.
  std::vector<Result> results = {makeResult(100, 1, 2), makeResult(100, 3, 6)};
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 1, staticName), 1.0);
  results[1] = makeResult(100, 2, 8);
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 1, staticName), 2.0);
  // A faster bound excuses nothing, and blames nothing.
  results[1] = makeResult(100, 0.5, 2);
  EXPECT_DOUBLE_EQ(compareWithNeighbors(results, 1, staticName), 1.0);
}

TEST(SweepTest, SeriesAreOfAboutTheSameBytes) {
  constexpr int64_t numBytes = 1 << 20;
  SweepOptions options{{Kind::FakeQuant, Kind::AbsMax, Kind::Gradient},
                       {Layout::First, Layout::Last, Layout::PerTensor},
                       {ElementType::F32, ElementType::BF16},
                       numBytes};
  for (Sweep sweep : {Sweep::Channels, Sweep::Inner, Sweep::Type,
                      Sweep::Alignment, Sweep::Threads}) {
    std::vector<Series> all = makeSeries(sweep, options);
    EXPECT_FALSE(all.empty());
    std::set<std::string> titles;
    for (const Series &series : all) {
      EXPECT_TRUE(titles.insert(series.title).second) << series.title;
      std::set<std::string> names;
      for (const Workload &point : series.points) {
        EXPECT_TRUE(names.insert(point.name).second) << point.name;
        int64_t bytes = point.getNumElements() * getByteWidth(point.type);
        EXPECT_LE(bytes, numBytes) << series.title << " " << point.name;
        EXPECT_GT(bytes, numBytes / 2) << series.title << " " << point.name;
      }
    }
  }
}

TEST(SweepTest, SizesGrow) {
  SweepOptions options{{Kind::FakeQuant},
                       {Layout::First, Layout::Last, Layout::PerTensor},
                       {ElementType::F16},
                       1 << 16};
  for (const Series &series : makeSeries(Sweep::Size, options)) {
    int64_t last = 0;
    for (const Workload &point : series.points) {
      EXPECT_GT(point.getNumElements(), last);
      EXPECT_TRUE(point.isHot);
      last = point.getNumElements();
    }
  }
}
