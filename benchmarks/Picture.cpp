//===- Picture.cpp - Results as a picture ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Picture.h"

#include "QuantAct/Support/Svg.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace quant_act;
using namespace quant_act::bench;
using svg::Axis;
using svg::Box;

static constexpr double width = 1000, left = 60, right = 984;
static constexpr double headerHeight = 80, titleHeight = 40, panelHeight = 230,
                        labelHeight = 60;

namespace {
class Picture {
public:
  Picture(llvm::ArrayRef<Panel> panels, llvm::raw_ostream &os);

  void draw();

private:
  double getTop(size_t panel) const {
    return headerHeight + panel * (titleHeight + panelHeight + labelHeight) +
           titleHeight;
  }
  void drawLegend();
  void drawPanel(const Panel &panel, const Box &box);
  void drawTicks(const Box &box, const Axis &axis);
  void drawCandidate(size_t index, const Panel &panel, const Axis &axis);
  void drawLabels(const Panel &panel, const Box &box);

  double getSlot(const Panel &panel) const {
    return (right - left) / panel.results.size();
  }
  double getCenter(const Panel &panel, size_t point) const {
    return left + getSlot(panel) * (point + 0.5);
  }

  llvm::ArrayRef<Panel> panels;
  std::vector<std::string> names;
  svg::Document out;
};
} // namespace

Picture::Picture(llvm::ArrayRef<Panel> panels, llvm::raw_ostream &os)
    : panels(panels), out(os) {
  for (const Panel &panel : panels)
    for (const std::string &name : getCandidateNames(panel.results))
      if (!llvm::is_contained(names, name))
        names.push_back(name);
}

/// Of decimal logarithms of ratios, with the bound in it.
static Axis getAxis(const Panel &panel, const Box &box) {
  double low = 0.8, high = 2.0;
  for (const Result &result : panel.results)
    for (const Result::Timing &timing : result.timings) {
      low = std::min(low, timing.ratio);
      high = std::max(high, timing.ratio);
    }
  constexpr double margin = 0.04;
  return {std::log10(low) - margin, std::log10(high) + margin, box.bottom,
          box.top};
}

void Picture::drawLegend() {
  constexpr double y = 62, maxDistance = 130;
  double distance = std::min(maxDistance, (right - left) / names.size());
  for (auto [index, name] : llvm::enumerate(names)) {
    double x = left + index * distance;
    out.mark(index, {x + 6, y - 4}, 5);
    out.text({x + 18, y}, shorten(name, 18));
  }
}

void Picture::drawTicks(const Box &box, const Axis &axis) {
  for (int decade = std::floor(axis.low); decade <= axis.high; ++decade)
    for (int digit : {1, 2, 5}) {
      double logarithm = decade + std::log10(digit);
      if (!axis.contains(logarithm))
        continue;
      std::string label =
          decade < 0 ? "0." + std::string(-decade - 1, '0') : "";
      label += std::to_string(digit) + std::string(std::max(decade, 0), '0');
      out.tick(box, axis(logarithm), label);
    }
  out.line({left, axis(0.0)}, {right, axis(0.0)}, "stroke='#222'");
}

void Picture::drawCandidate(size_t index, const Panel &panel,
                            const Axis &axis) {
  // Marks that no line tells apart stand side by side.
  constexpr double maxShift = 14, usedSlot = 0.8;
  double shift = std::min(maxShift, getSlot(panel) * usedSlot / names.size()) *
                 (index - (names.size() - 1) / 2.0);
  std::string path;
  llvm::SmallVector<svg::Point> points;
  for (auto [point, result] : llvm::enumerate(panel.results)) {
    const Result::Timing *timing = result.find(names[index]);
    if (!timing)
      continue;
    points.push_back({getCenter(panel, point) + (panel.isSeries ? 0.0 : shift),
                      axis(std::log10(timing->ratio))});
    path += llvm::formatv("{0}{1:F1} {2:F1}", path.empty() ? "M" : "L",
                          points.back().x, points.back().y);
  }
  if (panel.isSeries)
    out.path(path, llvm::formatv("fill='none' stroke='{0}'",
                                 svg::getSeriesColor(index))
                       .str());
  for (svg::Point point : points)
    out.mark(index, point, panel.isSeries ? 3.5 : 5.5);
}

/// Names below the points, and all numbers under the pointer.
void Picture::drawLabels(const Panel &panel, const Box &box) {
  double slot = getSlot(panel);
  for (auto [point, result] : llvm::enumerate(panel.results)) {
    double x = getCenter(panel, point);
    out.verticalText({x + 4, box.bottom + 6}, result.workload.name,
                     "font-size='10' text-anchor='end'");
    std::string text =
        llvm::formatv("{0} {1}\nbound: {2:f3} us", result.workload.name,
                      result.workload.description, result.bound.time);
    for (const Result::Timing &timing : result.timings)
      text += llvm::formatv("\n{0}: {1:f2}", timing.name, timing.ratio);
    out.tooltip({x - slot / 2, box.top, x + slot / 2, box.bottom}, text);
  }
}

void Picture::drawPanel(const Panel &panel, const Box &box) {
  out.text({left, box.top - 10}, panel.title, "font-weight='bold'");
  Axis axis = getAxis(panel, box);
  drawTicks(box, axis);
  out.frame(box);
  for (size_t index = 0; index < names.size(); ++index)
    drawCandidate(index, panel, axis);
  drawLabels(panel, box);
}

void Picture::draw() {
  llvm::StringRef title = "Time by that of the fastest loop that moves the "
                          "same bytes";
  out.begin(title, width, getTop(panels.size()) - titleHeight);
  out.text({left, 34}, title, "font-size='18' font-weight='bold'");
  drawLegend();
  for (auto [index, panel] : llvm::enumerate(panels)) {
    double top = getTop(index);
    drawPanel(panel, {left, top, right, top + panelHeight});
  }
  out.end();
}

void quant_act::bench::drawRatios(llvm::ArrayRef<Panel> panels,
                                  llvm::raw_ostream &os) {
  Picture(panels, os).draw();
}
