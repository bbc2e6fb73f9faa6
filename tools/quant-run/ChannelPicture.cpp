//===- ChannelPicture.cpp - A channel report as a picture -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelPicture.h"

#include "QuantAct/Support/Svg.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <tuple>

using namespace llvm;
using namespace quant_act;
using svg::Axis;
using svg::Box;
using svg::getSeriesColor;
using svg::Point;

//===----------------------------------------------------------------------===//
// Values that can be drawn
//===----------------------------------------------------------------------===//

/// A logarithmic axis has a place for these only.
static bool isPositive(double value) {
  return std::isfinite(value) && value > 0;
}

static double getLargestRepresentable(const QuantizedChannel &channel) {
  return std::max(std::abs(channel.lowest), std::abs(channel.highest));
}

static std::string formatDecibels(std::optional<double> sqnr) {
  if (!sqnr)
    return "no signal";
  if (std::isnan(*sqnr))
    return "NaN";
  if (std::isinf(*sqnr))
    return *sqnr < 0 ? "−∞ dB" : "∞ dB";
  return formatSqnr(sqnr) + " dB";
}

/// A number for a tooltip, in the spelling of formatDecibels.
static std::string formatValue(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value < 0 ? "−∞" : "∞";
  return formatNumber(value);
}

//===----------------------------------------------------------------------===//
// Picture
//===----------------------------------------------------------------------===//

static constexpr double pictureWidth = 1000;
static constexpr double panelLeft = 70;
static constexpr double panelRight = 984;
static constexpr double legendTop = 68;
static constexpr double legendLineHeight = 20;
static constexpr double captionHeight = 40;
static constexpr double magnitudeHeight = 270;
static constexpr double sqnrHeight = 190;
static constexpr double footerHeight = 58;

/// Later outputs are drawn thinner, over the earlier ones: where they agree,
/// both can be seen.
static double getThickness(size_t output) {
  return std::max(0.4, 1 - 0.25 * output);
}

namespace {

class Picture {
public:
  Picture(const ChannelReport &report, raw_ostream &os);

  void draw(StringRef title);

private:
  void sortChannels();
  void scaleMagnitudes();
  void scaleSqnr();

  void drawHeading(StringRef title);
  void drawLegend();
  void drawCaptions();
  void drawRegion(size_t begin, size_t end, StringRef fill, StringRef label);
  void drawMagnitudeTicks();
  void drawValues();
  void drawLimits(size_t output);
  void drawSqnrTicks();
  void drawSqnr(size_t output);
  void drawSqnrSpans();
  void drawFooter();
  void drawTooltips();

  double getSqnrPixel(double sqnr) const;
  std::string describeChannel(size_t channel) const;

  /// The left edge of the channel at a position of the sorted order.
  double getLeft(size_t position) const { return slotsLeft + position * slot; }
  double getCenter(size_t position) const {
    return getLeft(position) + slot / 2;
  }

  /// Calls `function` with each position and ratio of an output.
  void forEachSqnr(size_t output,
                   function_ref<void(size_t, double)> function) const;

  const ChannelReport &report;
  svg::Document out;

  /// The channels in the order in which they are drawn: first those with a
  /// place on the logarithmic axis, then those with NaN, infinities or nothing
  /// in them, then the dead ones.
  SmallVector<size_t, 0> order;
  size_t numLive = 0;
  size_t numDead = 0;

  Box magnitudePanel, sqnrPanel;
  double slot = 0;
  double slotsLeft = panelLeft;
  /// Of decimal logarithms.
  Axis magnitudeAxis;
  /// Of dB. Infinite ratios have places of their own at the panel's edges.
  Axis sqnrAxis;
  double sqnrStep = 0;
  bool hasInfinity = false;
  bool hasMinusInfinity = false;
  bool hasNaN = false;
};

} // namespace

Picture::Picture(const ChannelReport &report, raw_ostream &os)
    : report(report), out(os) {
  double top =
      legendTop + legendLineHeight * report.outputs.size() + captionHeight;
  magnitudePanel = {panelLeft, top, panelRight, top + magnitudeHeight};
  top = magnitudePanel.bottom + captionHeight;
  sqnrPanel = {panelLeft, top, panelRight, top + sqnrHeight};

  sortChannels();
  // A few channels stand in the middle instead of filling the panel.
  constexpr double maxSlot = 60;
  double width = panelRight - panelLeft;
  slot = std::min(maxSlot, width / std::max<size_t>(order.size(), 1));
  slotsLeft = panelLeft + (width - slot * order.size()) / 2;
  scaleMagnitudes();
  scaleSqnr();
}

void Picture::sortChannels() {
  ArrayRef<ValueStats> channels = report.channels;
  auto isLive = [&](size_t channel) {
    return isPositive(channels[channel].largestMagnitude);
  };
  auto getKey = [&](size_t channel) {
    return std::tuple(
        channels[channel].isDead(), !isLive(channel),
        isLive(channel) ? -channels[channel].largestMagnitude : 0.0, channel);
  };
  append_range(order, seq(channels.size()));
  llvm::sort(order, [&](size_t a, size_t b) { return getKey(a) < getKey(b); });
  numLive = count_if(order, isLive);
  numDead = report.countDeadChannels();
}

void Picture::scaleMagnitudes() {
  magnitudeAxis.lowPixel = magnitudePanel.bottom;
  magnitudeAxis.highPixel = magnitudePanel.top;
  if (numLive == 0)
    return;
  double largest = report.channels[order.front()].largestMagnitude;
  double low = largest, high = largest, smallest = largest;
  for (size_t channel : ArrayRef(order).take_front(numLive)) {
    low = std::min(low, report.channels[channel].largestMagnitude);
    smallest = std::min(smallest, report.channels[channel].smallestMagnitude);
    for (const ChannelReport::Output &output : report.outputs) {
      double step = output.channels[channel].scale;
      double limit = getLargestRepresentable(output.channels[channel]);
      low = isPositive(step) ? std::min(low, step) : low;
      high = isPositive(limit) ? std::max(high, limit) : high;
    }
  }
  // The bars' lower ends matter less: they may be cut off.
  low = std::clamp(smallest, low / 10, low);
  // One odd scale or channel must not squeeze the others into a line.
  constexpr double maxDecadesAbove = 4, maxDecades = 10, margin = 0.25;
  double highest =
      std::min(std::log10(high), std::log10(largest) + maxDecadesAbove);
  double lowest = std::max(std::log10(low), highest - maxDecades);
  magnitudeAxis.low = lowest - margin;
  magnitudeAxis.high = highest + margin;
}

void Picture::forEachSqnr(size_t output,
                          function_ref<void(size_t, double)> function) const {
  ArrayRef<QuantizedChannel> channels = report.outputs[output].channels;
  for (auto [position, channel] : enumerate(order))
    if (channels[channel].sqnr)
      function(position, *channels[channel].sqnr);
}

/// A round distance between ticks, so that a range has few of them.
static double chooseTickStep(double range) {
  constexpr double maxTicks = 6;
  for (double step : {5.0, 10.0, 20.0, 50.0})
    if (range <= step * maxTicks)
      return step;
  return 100;
}

void Picture::scaleSqnr() {
  double low = 0, high = 0;
  auto include = [&](double sqnr) {
    hasInfinity |= std::isinf(sqnr) && sqnr > 0;
    hasMinusInfinity |= std::isinf(sqnr) && sqnr < 0;
    hasNaN |= std::isnan(sqnr);
    if (!std::isfinite(sqnr))
      return;
    low = std::min(low, sqnr);
    high = std::max(high, sqnr);
  };
  for (auto [index, output] : enumerate(report.outputs)) {
    forEachSqnr(index, [&](size_t, double sqnr) { include(sqnr); });
    if (output.sqnr)
      include(*output.sqnr);
  }
  // Ratios outside these are drawn at the ends of the axis.
  constexpr double lowest = -60, highest = 400, defaultHigh = 10;
  low = std::max(low, lowest);
  high = std::clamp(high, defaultHigh, highest);
  sqnrStep = chooseTickStep(high - low);
  constexpr double infinityHeight = 24;
  sqnrAxis.low = std::floor(low / sqnrStep) * sqnrStep;
  sqnrAxis.high = std::ceil(high / sqnrStep) * sqnrStep;
  sqnrAxis.lowPixel =
      sqnrPanel.bottom - (hasMinusInfinity ? infinityHeight : 0);
  sqnrAxis.highPixel = sqnrPanel.top + (hasInfinity ? infinityHeight : 0);
}

double Picture::getSqnrPixel(double sqnr) const {
  constexpr double inset = 9;
  if (std::isinf(sqnr))
    return sqnr > 0 ? sqnrPanel.top + inset : sqnrPanel.bottom - inset;
  return sqnrAxis(sqnr);
}

void Picture::drawHeading(StringRef title) {
  constexpr size_t maxTitleBytes = 90;
  out.text({panelLeft, 30}, shorten(title, maxTitleBytes),
           "font-size='18' font-weight='bold'");
  std::string summary;
  raw_string_ostream stream(summary);
  stream << formatv("{0} {1}, {2} dead", order.size(),
                    order.size() == 1 ? "channel" : "channels", numDead);
  if (report.total.numElements != 0)
    stream << formatv("; values in [{0}, {1}]", formatValue(report.total.min),
                      formatValue(report.total.max));
  out.text({panelLeft, 50}, summary,
           formatv("fill='{0}'", svg::mutedColor).str());
}

void Picture::drawLegend() {
  constexpr size_t maxNameBytes = 80;
  for (auto [index, output] : enumerate(report.outputs)) {
    double y = legendTop + legendLineHeight * (index + 0.5);
    StringRef color = getSeriesColor(index);
    out.line({panelLeft, y}, {panelLeft + 28, y},
             formatv("stroke='{0}' stroke-width='3'", color).str());
    out.mark(index, {panelLeft + 14, y}, 5);
    out.text({panelLeft + 38, y + 4}, shorten(output.name, maxNameBytes) +
                                          ": " + formatDecibels(output.sqnr) +
                                          " over the whole tensor");
  }
}

void Picture::drawCaptions() {
  double y = magnitudePanel.top - 10;
  out.text({panelLeft, y}, "Magnitude", "font-weight='bold'");
  out.rect({600, y - 9, 612, y + 1},
           formatv("fill='{0}'", svg::dataColor).str());
  out.text({618, y}, "values except 0");
  out.line({722, y - 4}, {744, y - 4}, "stroke='#222' stroke-width='2.5'");
  out.text({750, y}, "largest representable");
  out.line({890, y - 4}, {912, y - 4},
           "stroke='#222' stroke-width='1.5' stroke-dasharray='3 2'");
  out.text({918, y}, "step (scale)");

  y = sqnrPanel.top - 10;
  out.text({panelLeft, y}, "Signal-to-quantization-noise ratio in dB",
           "font-weight='bold'");
  out.line({890, y - 4}, {912, y - 4}, "stroke='#222' stroke-dasharray='7 4'");
  out.text({918, y}, "whole tensor");
  if (hasNaN)
    out.text({830, y}, "× NaN");
}

/// Marks the channels that have no place on the logarithmic axis.
void Picture::drawRegion(size_t begin, size_t end, StringRef fill,
                         StringRef label) {
  if (begin == end)
    return;
  double left = getLeft(begin), right = getLeft(end);
  for (const Box *panel : {&magnitudePanel, &sqnrPanel})
    out.rect({left, panel->top, right, panel->bottom},
             formatv("fill='{0}'", fill).str());
  Point center = {(left + right) / 2,
                  (magnitudePanel.top + magnitudePanel.bottom) / 2};
  std::string attributes =
      formatv("text-anchor='middle' fill='{0}'", svg::mutedColor);
  constexpr double characterWidth = 7, lineHeight = 16;
  if (right - left >= label.size() * characterWidth)
    out.text(center, label, attributes);
  else if (right - left >= lineHeight)
    out.verticalText({center.x + 4, center.y}, label, attributes);
}

/// "0.02", or "2e-7" far away from 1. The number itself may not exist as a
/// double: the axis of the largest doubles ends at 1e309.
static std::string formatDecimal(int digit, int exponent) {
  constexpr int maxPlainExponent = 4;
  if (std::abs(exponent) > maxPlainExponent)
    return formatv("{0}e{1}", digit, exponent);
  return formatNumber(digit * std::pow(10.0, exponent));
}

void Picture::drawMagnitudeTicks() {
  if (numLive == 0)
    return;
  // Two decades have too few powers of ten to read values off.
  bool isFine = magnitudeAxis.high - magnitudeAxis.low <= 2;
  for (int decade = std::floor(magnitudeAxis.low); decade <= magnitudeAxis.high;
       ++decade)
    for (int digit : {1, 2, 5}) {
      double logarithm = decade + std::log10(digit);
      if ((digit == 1 || isFine) && magnitudeAxis.contains(logarithm))
        out.tick(magnitudePanel, magnitudeAxis(logarithm),
                 formatDecimal(digit, decade));
    }
}

/// The bars from the smallest to the largest magnitude.
void Picture::drawValues() {
  constexpr double minHeight = 1.5;
  double margin = slot >= 4 ? slot * 0.15 : 0;
  for (size_t position : seq(numLive)) {
    const ValueStats &values = report.channels[order[position]];
    double top = magnitudeAxis(std::log10(values.largestMagnitude));
    double bottom = magnitudeAxis(std::log10(values.smallestMagnitude));
    out.rect({getLeft(position) + margin, std::min(top, bottom - minHeight),
              getLeft(position + 1) - margin, bottom},
             formatv("fill='{0}'", svg::dataColor).str());
  }
}

/// Draws what each channel of an output can represent: a mark at the largest
/// magnitude and one at the step, and a tint between the two.
void Picture::drawLimits(size_t output) {
  std::string limits, steps, tint;
  raw_string_ostream limitsStream(limits), stepsStream(steps), tintStream(tint);
  // Marks that are too short to stand alone (or to be dashed) are joined.
  constexpr double minSlot = 6;
  StringRef next = slot < minSlot ? "L" : "M";
  StringRef start = "M";
  for (size_t position : seq(numLive)) {
    const QuantizedChannel &channel =
        report.outputs[output].channels[order[position]];
    double limit = getLargestRepresentable(channel);
    if (!isPositive(channel.scale) || !isPositive(limit)) {
      start = "M";
      continue;
    }
    double left = getLeft(position), right = getLeft(position + 1);
    double limitY = magnitudeAxis(std::log10(limit));
    double stepY = magnitudeAxis(std::log10(channel.scale));
    limitsStream << formatv("{0}{1:F1} {2:F1}H{3:F1}", start, left, limitY,
                            right);
    stepsStream << formatv("{0}{1:F1} {2:F1}H{3:F1}", start, left, stepY,
                           right);
    tintStream << formatv("M{0:F1} {1:F1}H{2:F1}V{3:F1}H{0:F1}Z", left, limitY,
                          right, stepY);
    start = next;
  }
  StringRef color = getSeriesColor(output);
  out.path(tint, formatv("fill='{0}' fill-opacity='0.07'", color).str());
  double thickness = getThickness(output);
  out.path(limits, formatv("fill='none' stroke='{0}' stroke-width='{1:F1}'",
                           color, 3.5 * thickness)
                       .str());
  out.path(steps, formatv("fill='none' stroke='{0}' stroke-width='{1:F1}' "
                          "stroke-dasharray='3 2'",
                          color, 2 * thickness)
                      .str());
}

void Picture::drawSqnrTicks() {
  for (double sqnr = sqnrAxis.low; sqnr <= sqnrAxis.high; sqnr += sqnrStep)
    out.tick(sqnrPanel, sqnrAxis(sqnr), formatNumber(sqnr));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (hasInfinity)
    out.tick(sqnrPanel, getSqnrPixel(infinity), "∞");
  if (hasMinusInfinity)
    out.tick(sqnrPanel, getSqnrPixel(-infinity), "−∞");
}

/// Joins the marks of one channel.
void Picture::drawSqnrSpans() {
  constexpr double minSlot = 4;
  if (slot < minSlot)
    return;
  std::string spans;
  raw_string_ostream stream(spans);
  for (auto [position, channel] : enumerate(order)) {
    double top = sqnrPanel.bottom, bottom = sqnrPanel.top;
    for (const ChannelReport::Output &output : report.outputs) {
      std::optional<double> sqnr = output.channels[channel].sqnr;
      if (!sqnr || std::isnan(*sqnr))
        continue;
      top = std::min(top, getSqnrPixel(*sqnr));
      bottom = std::max(bottom, getSqnrPixel(*sqnr));
    }
    if (top < bottom)
      stream << formatv("M{0:F1} {1:F1}V{2:F1}", getCenter(position), top,
                        bottom);
  }
  out.path(spans,
           formatv("fill='none' stroke='{0}' stroke-width='2'", svg::dataColor)
               .str());
}

void Picture::drawSqnr(size_t output) {
  StringRef color = getSeriesColor(output);
  std::optional<double> total = report.outputs[output].sqnr;
  if (total && !std::isnan(*total)) {
    double y = getSqnrPixel(*total);
    out.line({panelLeft, y}, {panelRight, y},
             formatv("stroke='{0}' stroke-dasharray='7 4'", color).str());
  }
  double radius = std::clamp(slot * 0.4, 1.5, 5.5) * getThickness(output);
  forEachSqnr(output, [&](size_t position, double sqnr) {
    double x = getCenter(position);
    if (!std::isnan(sqnr))
      return out.mark(output, {x, getSqnrPixel(sqnr)}, radius);
    out.text({x, sqnrPanel.bottom - 4}, "×",
             formatv("text-anchor='middle' fill='{0}'", color).str());
  });
}

void Picture::drawFooter() {
  constexpr double digitWidth = 6.5, digitHeight = 11, gap = 2;
  double y = sqnrPanel.bottom;
  std::string largest = std::to_string(std::max<size_t>(order.size(), 1) - 1);
  bool fits = slot >= largest.size() * digitWidth + gap;
  bool fitsUpright = slot >= digitHeight;
  for (auto [position, channel] : enumerate(order)) {
    std::string number = std::to_string(channel);
    double x = getCenter(position);
    if (fits)
      out.text({x, y + 15}, number, "font-size='10' text-anchor='middle'");
    else if (fitsUpright)
      out.verticalText({x + 4, y + 6}, number,
                       "font-size='10' text-anchor='end'");
  }
  out.text({(panelLeft + panelRight) / 2, y + 44},
           "channel, the largest magnitude first", "text-anchor='middle'");
}

std::string Picture::describeChannel(size_t channel) const {
  const ValueStats &values = report.channels[channel];
  std::string text = formatv("channel {0}: ", channel);
  raw_string_ostream stream(text);
  if (values.numElements == 0)
    stream << "no values";
  else if (values.isDead())
    stream << "dead";
  else
    stream << formatv("[{0}, {1}]", formatValue(values.min),
                      formatValue(values.max));
  for (const ChannelReport::Output &output : report.outputs) {
    const QuantizedChannel &quantized = output.channels[channel];
    stream << formatv(
        "\n{0}: {1}, step {2}, [{3}, {4}]", output.name,
        formatDecibels(quantized.sqnr), formatValue(quantized.scale),
        formatValue(quantized.lowest), formatValue(quantized.highest));
  }
  return text;
}

/// Invisible areas that show a channel's numbers under the pointer.
void Picture::drawTooltips() {
  // More could not be pointed at, and would make the file large.
  constexpr size_t maxChannels = 1024;
  if (order.size() > maxChannels)
    return;
  for (auto [position, channel] : enumerate(order))
    out.tooltip({getLeft(position), magnitudePanel.top, getLeft(position + 1),
                 sqnrPanel.bottom},
                describeChannel(channel));
}

void Picture::draw(StringRef title) {
  out.begin(title, pictureWidth, sqnrPanel.bottom + footerHeight);
  drawHeading(title);
  drawLegend();
  drawCaptions();

  drawMagnitudeTicks();
  drawSqnrTicks();
  size_t beginOfDead = order.size() - numDead;
  drawRegion(numLive, beginOfDead, "#fbe9e2",
             std::to_string(beginOfDead - numLive) + " without a finite range");
  drawRegion(beginOfDead, order.size(), "#eff0f2",
             std::to_string(numDead) + " dead");
  out.frame(magnitudePanel);
  out.frame(sqnrPanel);
  drawValues();
  drawSqnrSpans();
  for (size_t output : seq(report.outputs.size())) {
    drawLimits(output);
    drawSqnr(output);
  }
  drawFooter();
  drawTooltips();
  out.end();
}

void quant_act::drawChannelReport(const ChannelReport &report, StringRef title,
                                  raw_ostream &os) {
  Picture(report, os).draw(title);
}
