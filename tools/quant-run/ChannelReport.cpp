//===- ChannelReport.cpp - Ranges and errors by channel -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace llvm;
using namespace quant_act;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static bool hasParameterCount(ArrayRef<double> parameters, size_t numChannels) {
  return parameters.size() == 1 || parameters.size() == numChannels;
}

static Error checkOutput(const QuantizedOutput &output, const HostTensor &a,
                         size_t numChannels) {
  assert(output.y && "no values");
  auto error = [&](const Twine &message) {
    return createStringError("output '" + output.name + "' " + message);
  };
  if (!isFloat(output.y->getElementType()))
    return error("has element type " + getName(output.y->getElementType()) +
                 ", expected a floating-point type");
  if (output.y->getShape() != a.getShape())
    return error("has shape " + formatShape(output.y->getShape()) +
                 ", expected " + formatShape(a.getShape()));
  if (!hasParameterCount(output.scale, numChannels))
    return error("has " + Twine(output.scale.size()) +
                 " scales, expected 1 or one for each of " +
                 Twine(numChannels) + " channels");
  if (!output.zeroPoint.empty() &&
      !hasParameterCount(output.zeroPoint, numChannels))
    return error("has " + Twine(output.zeroPoint.size()) +
                 " zero points, expected 0, 1 or one for each of " +
                 Twine(numChannels) + " channels");
  return Error::success();
}

static Error checkArguments(const HostTensor &a, int64_t channelDim,
                            ArrayRef<QuantizedOutput> outputs) {
  if (!isFloat(a.getElementType()))
    return createStringError("the activation has element type " +
                             getName(a.getElementType()) +
                             ", expected a floating-point type");
  if (channelDim < 0 || channelDim >= a.getRank())
    return createStringError("channel dimension " + Twine(channelDim) +
                             " is not in [0, " + Twine(a.getRank()) +
                             "), the dimensions of the activation");
  for (const QuantizedOutput &output : outputs)
    if (Error error = checkOutput(output, a, a.getShape()[channelDim]))
      return error;
  return Error::success();
}

/// Calls `function` with the channel and the row-major position of each
/// element.
static void forEachElement(const HostTensor &tensor, int64_t channelDim,
                           function_ref<void(int64_t, int64_t)> function) {
  ArrayRef<int64_t> shape = tensor.getShape();
  int64_t numChannels = shape[channelDim];
  int64_t numInner = product_of(shape.drop_front(channelDim + 1));
  for (int64_t begin = 0, e = tensor.getNumElements(); begin < e;
       begin += numInner) {
    int64_t channel = (begin / numInner) % numChannels;
    for (int64_t i = begin; i < begin + numInner; ++i)
      function(channel, i);
  }
}

/// Adds values that `stats` describes: one, or those of a whole channel. A NaN
/// stays: std::min and std::max keep their first argument when they compare
/// with a NaN, so it is enough that the first argument becomes one.
static void merge(ValueStats &stats, const ValueStats &other) {
  if (other.numElements == 0)
    return;
  bool isFirst = stats.numElements == 0;
  stats.numElements += other.numElements;
  if (isFirst || std::isnan(other.min)) {
    int64_t numElements = stats.numElements;
    stats = other;
    stats.numElements = numElements;
    return;
  }
  stats.min = std::min(stats.min, other.min);
  stats.max = std::max(stats.max, other.max);
  stats.largestMagnitude =
      std::max(stats.largestMagnitude, other.largestMagnitude);
  if (other.smallestMagnitude == 0)
    return;
  stats.smallestMagnitude =
      stats.smallestMagnitude == 0
          ? other.smallestMagnitude
          : std::min(stats.smallestMagnitude, other.smallestMagnitude);
}

static ValueStats describeValue(double value) {
  double magnitude = std::abs(value);
  return {/*numElements=*/1, value, value, magnitude, magnitude};
}

static std::optional<double> computeSqnr(double signal, double noise) {
  if (signal == 0 && noise == 0)
    return std::nullopt;
  return 10 * std::log10(signal / noise);
}

/// The values that are representable, before the noise is known.
static QuantizedChannel describeGrid(const QuantizedOutput &output,
                                     size_t channel) {
  auto get = [&](ArrayRef<double> parameters) {
    return parameters[parameters.size() == 1 ? 0 : channel];
  };
  double scale = get(output.scale);
  double zeroPoint = output.zeroPoint.empty() ? 0 : get(output.zeroPoint);
  return {scale, (output.lowestCode - zeroPoint) * scale,
          (output.highestCode - zeroPoint) * scale, std::nullopt};
}

static ChannelReport::Output describeOutput(const QuantizedOutput &output,
                                            const HostTensor &a,
                                            int64_t channelDim) {
  size_t numChannels = a.getShape()[channelDim];
  std::vector<double> signal(numChannels, 0), noise(numChannels, 0);
  forEachElement(a, channelDim, [&](int64_t channel, int64_t i) {
    double value = a.getDouble(i);
    double difference = value - output.y->getDouble(i);
    signal[channel] += value * value;
    noise[channel] += difference * difference;
  });

  ChannelReport::Output described;
  described.name = output.name;
  for (size_t channel = 0; channel < numChannels; ++channel) {
    described.channels.push_back(describeGrid(output, channel));
    described.channels.back().sqnr =
        computeSqnr(signal[channel], noise[channel]);
  }
  described.sqnr = computeSqnr(sum_of(signal), sum_of(noise));
  return described;
}

Expected<ChannelReport>
quant_act::buildChannelReport(const HostTensor &a, int64_t channelDim,
                              ArrayRef<QuantizedOutput> outputs) {
  if (Error error = checkArguments(a, channelDim, outputs))
    return error;
  ChannelReport report;
  report.channels.resize(a.getShape()[channelDim]);
  forEachElement(a, channelDim, [&](int64_t channel, int64_t i) {
    merge(report.channels[channel], describeValue(a.getDouble(i)));
  });
  for (const ValueStats &channel : report.channels)
    merge(report.total, channel);
  for (const QuantizedOutput &output : outputs)
    report.outputs.push_back(describeOutput(output, a, channelDim));
  return report;
}

int64_t ChannelReport::countDeadChannels() const {
  return count_if(channels, [](const ValueStats &c) { return c.isDead(); });
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// printf with the spellings of the special values that do not depend on the
/// sign of a NaN or on the C library.
static std::string formatDouble(const char *specification, double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  std::string text;
  // Adding zero turns -0 into 0.
  raw_string_ostream(text) << format(specification, value + 0.0);
  return text;
}

std::string quant_act::formatNumber(double value) {
  return formatDouble("%.4g", value);
}

std::string quant_act::formatSqnr(std::optional<double> sqnr) {
  return sqnr ? formatDouble("%.1f", *sqnr) : "-";
}

namespace {

/// Columns of a table that share a title. The first row is the columns' names.
struct Block {
  std::string title;
  std::vector<SmallVector<std::string>> rows;
};

} // namespace

/// The columns that a text takes on a terminal.
static size_t getWidth(StringRef text) {
  int width = sys::unicode::columnWidthUTF8(text);
  return width < 0 ? text.size() : width;
}

/// The lines of a block, all of the same width: the title, then the rows with
/// their cells aligned to the right.
static std::vector<std::string> formatBlock(const Block &block) {
  SmallVector<size_t> widths(block.rows.front().size(), 0);
  for (const auto &row : block.rows)
    for (auto [width, cell] : zip_equal(widths, row))
      width = std::max(width, getWidth(cell));
  constexpr size_t gap = 2;
  size_t rowWidth = sum_of(widths, gap * (widths.size() - 1));
  size_t lineWidth = std::max(rowWidth, getWidth(block.title));

  std::vector<std::string> lines;
  lines.push_back(block.title +
                  std::string(lineWidth - getWidth(block.title), ' '));
  for (const auto &row : block.rows) {
    std::string line(lineWidth - rowWidth, ' ');
    for (auto [column, width, cell] : enumerate(widths, row)) {
      line.append(column == 0 ? 0 : gap, ' ');
      line.append(width - getWidth(cell), ' ');
      line += cell;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

/// The smallest or largest value, if there is any.
static std::string formatBound(const ValueStats &stats, double bound) {
  return stats.numElements == 0 ? "-" : formatNumber(bound);
}

static Block describeActivation(const ChannelReport &report, size_t numShown) {
  Block block{"", {{"channel", "min", "max", ""}}};
  for (auto [index, channel] :
       enumerate(ArrayRef(report.channels).take_front(numShown)))
    block.rows.push_back(
        {std::to_string(index), formatBound(channel, channel.min),
         formatBound(channel, channel.max), channel.isDead() ? "dead" : ""});
  if (size_t numHidden = report.channels.size() - numShown)
    block.rows.push_back({std::to_string(numHidden) + " more", "", "", ""});
  block.rows.push_back({"total", formatBound(report.total, report.total.min),
                        formatBound(report.total, report.total.max),
                        std::to_string(report.countDeadChannels()) + " dead"});
  return block;
}

static Block describeOutput(const ChannelReport::Output &output,
                            size_t numShown) {
  Block block{output.name, {{"scale", "representable", "SQNR dB"}}};
  for (const QuantizedChannel &channel :
       ArrayRef(output.channels).take_front(numShown))
    block.rows.push_back({formatNumber(channel.scale),
                          "[" + formatNumber(channel.lowest) + ", " +
                              formatNumber(channel.highest) + "]",
                          formatSqnr(channel.sqnr)});
  if (numShown < output.channels.size())
    block.rows.push_back({"", "", ""});
  block.rows.push_back({"", "", formatSqnr(output.sqnr)});
  return block;
}

void ChannelReport::print(raw_ostream &os, size_t maxRows) const {
  size_t numShown =
      maxRows == 0 ? channels.size() : std::min(maxRows, channels.size());
  std::vector<std::vector<std::string>> blocks;
  blocks.push_back(formatBlock(describeActivation(*this, numShown)));
  for (const Output &output : outputs)
    blocks.push_back(formatBlock(describeOutput(output, numShown)));

  for (size_t i = 0, e = blocks.front().size(); i < e; ++i) {
    std::string line = join(
        map_range(blocks, [i](const auto &lines) { return lines[i]; }), " | ");
    // Without outputs there are no titles.
    if (StringRef text = StringRef(line).rtrim(' '); !text.empty())
      os << text << '\n';
  }
}
