//===- ChannelReportTest.cpp - Tests of the channel report ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace quant_act;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

static HostTensor makeTensor(ElementType type, ArrayRef<int64_t> shape,
                             ArrayRef<double> values) {
  HostTensor tensor(type, shape);
  for (auto [index, value] : enumerate(values))
    tensor.setDouble(index, value);
  return tensor;
}

static HostTensor makeTensor(ArrayRef<int64_t> shape, ArrayRef<double> values) {
  return makeTensor(ElementType::F32, shape, values);
}

static QuantizedOutput makeOutput(const HostTensor &y,
                                  std::vector<double> scale = {1}) {
  return {"y", &y, std::move(scale), 0, 15, {}};
}

/// The table after a line break: in a raw string, it starts on its own line.
static std::string print(const ChannelReport &report, size_t maxRows = 0) {
  std::string text = "\n";
  raw_string_ostream os(text);
  report.print(os, maxRows);
  return text;
}

static std::string errorOf(const HostTensor &a, int64_t channelDim,
                           ArrayRef<QuantizedOutput> outputs) {
  Expected<ChannelReport> report = buildChannelReport(a, channelDim, outputs);
  return report ? "no error" : toString(report.takeError());
}

#define EXPECT_REPORT(report, ...)                                             \
  Expected<ChannelReport> report = buildChannelReport(__VA_ARGS__);            \
  ASSERT_TRUE(static_cast<bool>(report)) << toString(report.takeError())

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TEST(ChannelReportTest, ComputesRangesAndRatios) {
  // Channels: [3, 4], [-1, 0], [0, 0].
  HostTensor a = makeTensor({3, 2}, {3, 4, -1, 0, 0, 0});
  // Noise: 0.25, 0.25; 0.01, 0; none.
  HostTensor y =
      makeTensor(ElementType::F64, {3, 2}, {3.5, 3.5, -0.9, 0, 0, 0});
  EXPECT_REPORT(report, a, 0, makeOutput(y, {0.5, 0.25, 0.125}));

  ASSERT_EQ(report->channels.size(), 3u);
  const ValueStats &first = report->channels[0], &second = report->channels[1];
  EXPECT_EQ(first.numElements, 2);
  EXPECT_EQ(first.min, 3);
  EXPECT_EQ(first.max, 4);
  EXPECT_EQ(first.smallestMagnitude, 3);
  EXPECT_EQ(second.min, -1);
  EXPECT_EQ(second.max, 0);
  EXPECT_EQ(second.largestMagnitude, 1);
  EXPECT_EQ(second.smallestMagnitude, 1);
  EXPECT_FALSE(second.isDead());
  EXPECT_TRUE(report->channels[2].isDead());
  EXPECT_EQ(report->countDeadChannels(), 1);
  EXPECT_EQ(report->total.numElements, 6);
  EXPECT_EQ(report->total.min, -1);
  EXPECT_EQ(report->total.max, 4);

  const ChannelReport::Output &output = report->outputs.front();
  // 10 log10(25 / 0.5), 10 log10(1 / 0.01), 10 log10(26 / 0.51).
  EXPECT_NEAR(*output.channels[0].sqnr, 16.9897, 1e-4);
  EXPECT_NEAR(*output.channels[1].sqnr, 20, 1e-12);
  EXPECT_FALSE(output.channels[2].sqnr);
  EXPECT_NEAR(*output.sqnr, 17.0740, 1e-4);
  EXPECT_EQ(output.channels[0].scale, 0.5);
  EXPECT_EQ(output.channels[1].lowest, 0);
  EXPECT_EQ(output.channels[1].highest, 3.75);
}

TEST(ChannelReportTest, TakesAnyChannelDimension) {
  // a[i][j][k] = 100 i + 10 j + k
  std::vector<double> values;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k)
        values.push_back(100 * i + 10 * j + k);
  HostTensor a = makeTensor({2, 3, 4}, values);
  auto rangesOf = [&](int64_t channelDim) {
    std::vector<std::pair<double, double>> ranges;
    Expected<ChannelReport> report = buildChannelReport(a, channelDim, {});
    if (!report) {
      ADD_FAILURE() << toString(report.takeError());
      return ranges;
    }
    for (const ValueStats &channel : report->channels)
      ranges.push_back({channel.min, channel.max});
    return ranges;
  };
  using Ranges = std::vector<std::pair<double, double>>;
  EXPECT_EQ(rangesOf(0), (Ranges{{0, 23}, {100, 123}}));
  EXPECT_EQ(rangesOf(1), (Ranges{{0, 103}, {10, 113}, {20, 123}}));
  EXPECT_EQ(rangesOf(2), (Ranges{{0, 120}, {1, 121}, {2, 122}, {3, 123}}));
}

TEST(ChannelReportTest, PlacesZeroPoint) {
  HostTensor a = makeTensor({2}, {1, 2});
  QuantizedOutput output = makeOutput(a, {0.5});
  output.lowestCode = -128;
  output.highestCode = 127;
  output.zeroPoint = {-28, 100};
  EXPECT_REPORT(report, a, 0, output);
  ArrayRef<QuantizedChannel> channels = report->outputs.front().channels;
  EXPECT_EQ(channels[0].lowest, -50);
  EXPECT_EQ(channels[0].highest, 77.5);
  EXPECT_EQ(channels[1].lowest, -114);
  EXPECT_EQ(channels[1].highest, 13.5);
}

TEST(ChannelReportTest, KeepsOutputsApart) {
  HostTensor a = makeTensor(ElementType::F16, {2}, {10, 10});
  HostTensor fine = makeTensor(ElementType::F16, {2}, {9, 10});
  HostTensor coarse = makeTensor(ElementType::BF16, {2}, {0, 20});
  EXPECT_REPORT(report, a, 0, {makeOutput(fine), makeOutput(coarse)});
  // 100 / 1 and none; 100 / 100 twice.
  EXPECT_NEAR(*report->outputs[0].channels[0].sqnr, 20, 1e-12);
  EXPECT_EQ(*report->outputs[0].channels[1].sqnr, infinity);
  EXPECT_NEAR(*report->outputs[0].sqnr, 23.0103, 1e-4);
  EXPECT_EQ(*report->outputs[1].channels[0].sqnr, 0);
  EXPECT_EQ(*report->outputs[1].sqnr, 0);
}

TEST(ChannelReportTest, ComputesInDouble) {
  // In f32, 1 + 2^-24 and the squares of 1e-30 would be lost.
  HostTensor a = makeTensor(ElementType::F64, {2}, {1 + 0x1p-24, 1e-30});
  HostTensor y = makeTensor(ElementType::F64, {2}, {1, 0.9e-30});
  EXPECT_REPORT(report, a, 0, makeOutput(y));
  EXPECT_NEAR(*report->outputs[0].channels[0].sqnr, 240 * std::log10(4), 1e-5);
  EXPECT_NEAR(*report->outputs[0].channels[1].sqnr, 20, 1e-9);
}

TEST(ChannelReportTest, HandlesSpecialValues) {
  // NaN first, NaN last, an infinity, an output's NaN and infinity, and noise
  // in a dead channel.
  HostTensor a = makeTensor(
      {6, 2}, {notANumber, 1, 1, notANumber, 1, infinity, 1, 1, 1, 1, 0, -0.0});
  HostTensor y = makeTensor(
      {6, 2}, {1, 1, 1, 1, 1, 2, notANumber, 1, 1, -infinity, 0.5, 0});
  EXPECT_REPORT(report, a, 0, makeOutput(y));
  for (size_t channel : {0, 1}) {
    EXPECT_TRUE(std::isnan(report->channels[channel].min));
    EXPECT_TRUE(std::isnan(report->channels[channel].max));
    EXPECT_FALSE(report->channels[channel].isDead());
  }
  EXPECT_EQ(report->channels[2].max, infinity);
  EXPECT_TRUE(report->channels[5].isDead());
  EXPECT_TRUE(std::isnan(report->total.min));
  ArrayRef<QuantizedChannel> channels = report->outputs.front().channels;
  for (size_t channel : {0, 1, 2, 3})
    EXPECT_TRUE(std::isnan(*channels[channel].sqnr));
  EXPECT_EQ(*channels[4].sqnr, -infinity);
  EXPECT_EQ(*channels[5].sqnr, -infinity);
  EXPECT_TRUE(std::isnan(*report->outputs.front().sqnr));
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(ChannelReportTest, RejectsArguments) {
  HostTensor a(ElementType::F32, {2, 3});
  EXPECT_EQ(errorOf(a, 2, {}), "channel dimension 2 is not in [0, 2), the "
                               "dimensions of the activation");
  EXPECT_EQ(errorOf(a, -1, {}), "channel dimension -1 is not in [0, 2), the "
                                "dimensions of the activation");
  HostTensor scalar(ElementType::F32, {});
  EXPECT_EQ(errorOf(scalar, 0, {}), "channel dimension 0 is not in [0, 0), the "
                                    "dimensions of the activation");
  HostTensor integers(ElementType::I8, {2, 3});
  EXPECT_EQ(errorOf(integers, 0, {}), "the activation has element type i8, "
                                      "expected a floating-point type");
  EXPECT_EQ(errorOf(a, 0, makeOutput(integers)),
            "output 'y' has element type i8, expected a floating-point type");
  HostTensor transposed(ElementType::F32, {3, 2});
  EXPECT_EQ(errorOf(a, 0, makeOutput(transposed)),
            "output 'y' has shape 3x2, expected 2x3");
  EXPECT_EQ(errorOf(a, 1, makeOutput(a, {1, 2})),
            "output 'y' has 2 scales, expected 1 or one for each of 3 "
            "channels");
  EXPECT_EQ(errorOf(a, 1, makeOutput(a, {})),
            "output 'y' has 0 scales, expected 1 or one for each of 3 "
            "channels");
  QuantizedOutput output = makeOutput(a);
  output.zeroPoint = {1, 2, 3, 4};
  EXPECT_EQ(errorOf(a, 1, output),
            "output 'y' has 4 zero points, expected 0, 1 or one for each of 3 "
            "channels");
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

TEST(ChannelReportTest, FormatsNumbers) {
  EXPECT_EQ(formatNumber(0.123456), "0.1235");
  EXPECT_EQ(formatNumber(-0.0), "0");
  EXPECT_EQ(formatNumber(-notANumber), "nan");
  EXPECT_EQ(formatNumber(-infinity), "-inf");
  EXPECT_EQ(formatSqnr(25.26), "25.3");
  EXPECT_EQ(formatSqnr(infinity), "inf");
  EXPECT_EQ(formatSqnr(notANumber), "nan");
  EXPECT_EQ(formatSqnr(std::nullopt), "-");
}

TEST(ChannelReportTest, PrintsTable) {
  HostTensor a = makeTensor({3, 2}, {3, 4, -1, 0, 0, 0});
  HostTensor y = makeTensor({3, 2}, {3.5, 3.5, -1, 0, 0, 0});
  HostTensor z = makeTensor({3, 2}, {3, 3, 0, 0, 0, 0});
  EXPECT_REPORT(report, a, 0,
                {{"per channel", &y, {0.5, 0.25, 1e-9}, -8, 7, {}},
                 {"a shared scale with a longer name", &z, {3}, 0, 1, {}}});
  EXPECT_EQ(print(*report), R"(
                          | per channel                     | a shared scale with a longer name
channel  min  max         | scale    representable  SQNR dB |     scale  representable  SQNR dB
      0    3    4         |   0.5        [-4, 3.5]     17.0 |         3         [0, 3]     14.0
      1   -1    0         |  0.25       [-2, 1.75]      inf |         3         [0, 3]      0.0
      2    0    0    dead | 1e-09  [-8e-09, 7e-09]        - |         3         [0, 3]        -
  total   -1    4  1 dead |                            17.2 |                              11.1
)");
}

TEST(ChannelReportTest, LimitsRows) {
  HostTensor a = makeTensor({3}, {1, 2, 4});
  EXPECT_REPORT(report, a, 0, makeOutput(a));
  StringRef all = R"(
                          | y
channel  min  max         | scale  representable  SQNR dB
      0    1    1         |     1        [0, 15]      inf
      1    2    2         |     1        [0, 15]      inf
      2    4    4         |     1        [0, 15]      inf
  total    1    4  0 dead |                           inf
)";
  EXPECT_EQ(print(*report), all.str());
  EXPECT_EQ(print(*report, 3), print(*report));
  EXPECT_EQ(print(*report, 4), print(*report));
  EXPECT_EQ(print(*report, 1), R"(
                          | y
channel  min  max         | scale  representable  SQNR dB
      0    1    1         |     1        [0, 15]      inf
 2 more                   |
  total    1    4  0 dead |                           inf
)");
}

TEST(ChannelReportTest, PrintsEmptyTensors) {
  HostTensor noRows(ElementType::F32, {0, 2});
  EXPECT_REPORT(report, noRows, 1, makeOutput(noRows));
  EXPECT_EQ(report->countDeadChannels(), 0);
  EXPECT_EQ(print(*report), R"(
                          | y
channel  min  max         | scale  representable  SQNR dB
      0    -    -         |     1        [0, 15]        -
      1    -    -         |     1        [0, 15]        -
  total    -    -  0 dead |                             -
)");

  HostTensor noChannels(ElementType::F32, {2, 0});
  EXPECT_REPORT(nothing, noChannels, 1, makeOutput(noChannels, {}));
  EXPECT_EQ(print(*nothing), R"(
                          | y
channel  min  max         | scale  representable  SQNR dB
  total    -    -  0 dead |                             -
)");

  EXPECT_REPORT(noOutputs, noChannels, 0, {});
  EXPECT_EQ(print(*noOutputs), R"(
channel  min  max
      0    -    -
      1    -    -
  total    -    -  0 dead
)");
}
