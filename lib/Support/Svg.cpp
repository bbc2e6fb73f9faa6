//===- Svg.cpp - Pictures as SVG documents --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/Svg.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;
using namespace quant_act;
using namespace quant_act::svg;

std::string quant_act::escapeXml(StringRef text) {
  std::string valid = json::fixUTF8(text);
  for (char &c : valid)
    if (isASCII(c) && !isPrint(c) && c != '\n')
      c = ' ';
  // U+FFFE and U+FFFF become U+FFFD, the replacement character.
  for (StringRef noncharacter : {"\xef\xbf\xbe", "\xef\xbf\xbf"})
    for (size_t at; (at = StringRef(valid).find(noncharacter)) != valid.npos;)
      valid[at + 2] = '\xbd';
  std::string escaped;
  raw_string_ostream os(escaped);
  printHTMLEscaped(valid, os);
  return escaped;
}

std::string quant_act::shorten(StringRef text, size_t maxBytes) {
  if (text.size() <= maxBytes)
    return text.str();
  // Not between the bytes of one UTF-8 character.
  while (maxBytes > 0 && (text[maxBytes] & 0xc0) == 0x80)
    --maxBytes;
  return text.take_front(maxBytes).str() + "…";
}

double Axis::operator()(double value) const {
  double part = (std::clamp(value, low, high) - low) / (high - low);
  return lowPixel + part * (highPixel - lowPixel);
}

StringRef svg::getSeriesColor(size_t series) {
  // Okabe and Ito's palette.
  static constexpr StringLiteral colors[] = {"#0072b2", "#d55e00", "#009e73",
                                             "#cc79a7", "#e69f00", "#56b4e9"};
  return colors[series % std::size(colors)];
}

void Document::begin(StringRef title, int width, int height) {
  os << formatv("<svg xmlns='http://www.w3.org/2000/svg' role='img' "
                "width='{0}' height='{1}' viewBox='0 0 {0} {1}' "
                "font-family='Helvetica, Arial, sans-serif' font-size='12' "
                "fill='#222'>\n<title>{2}</title>\n",
                width, height, escapeXml(title));
  rect({0, 0, double(width), double(height)}, "fill='#fff'");
}

void Document::end() { os << "</svg>\n"; }

void Document::rect(const Box &box, StringRef attributes) {
  os << formatv("<rect x='{0:F1}' y='{1:F1}' width='{2:F1}' "
                "height='{3:F1}' {4}/>\n",
                box.left, box.top, box.right - box.left, box.bottom - box.top,
                attributes);
}

void Document::line(Point from, Point to, StringRef attributes) {
  path(
      formatv("M{0:F1} {1:F1}L{2:F1} {3:F1}", from.x, from.y, to.x, to.y).str(),
      attributes);
}

void Document::path(StringRef data, StringRef attributes) {
  if (!data.empty())
    os << "<path d='" << data << "' " << attributes << "/>\n";
}

void Document::text(Point at, StringRef content, StringRef attributes) {
  os << formatv("<text x='{0:F1}' y='{1:F1}' {2}>", at.x, at.y, attributes)
     << escapeXml(content) << "</text>\n";
}

void Document::verticalText(Point at, StringRef content, StringRef attributes) {
  text(at, content,
       formatv("transform='rotate(-90 {0:F1} {1:F1})' {2}", at.x, at.y,
               attributes)
           .str());
}

void Document::frame(const Box &panel) {
  line({panel.left, panel.bottom}, {panel.right, panel.bottom},
       "stroke='#222'");
  line({panel.left, panel.top}, {panel.left, panel.bottom}, "stroke='#222'");
}

void Document::tick(const Box &panel, double y, StringRef label) {
  line({panel.left, y}, {panel.right, y},
       formatv("stroke='{0}'", gridColor).str());
  text({panel.left - 8, y + 4}, label, "text-anchor='end'");
}

/// An outline around a point, in SVG's path syntax.
static std::string getShape(size_t series, Point center, double r) {
  auto [x, y] = center;
  switch (series % 4) {
  case 0:
    return formatv("M{0:F1} {1:F1}a{2:F1} {2:F1} 0 1 0 {3:F1} 0"
                   "a{2:F1} {2:F1} 0 1 0 -{3:F1} 0Z",
                   x - r, y, r, 2 * r);
  case 1:
    r *= 0.88;
    return formatv("M{0:F1} {1:F1}h{2:F1}v{2:F1}h-{2:F1}Z", x - r, y - r,
                   2 * r);
  case 2:
    r *= 1.2;
    return formatv("M{0:F1} {1:F1}l{2:F1} {2:F1}l-{2:F1} {2:F1}"
                   "l-{2:F1} -{2:F1}Z",
                   x, y - r, r);
  default:
    return formatv("M{0:F1} {1:F1}l{2:F1} {3:F1}h-{4:F1}Z", x, y - r * 1.1,
                   r * 1.1, 2 * r, 2.2 * r);
  }
}

void Document::mark(size_t series, Point center, double radius) {
  path(getShape(series, center, radius),
       formatv("fill='{0}' stroke='#fff' stroke-width='{1:F1}'",
               getSeriesColor(series), radius * 0.2)
           .str());
}

void Document::tooltip(const Box &box, StringRef content) {
  os << formatv("<rect x='{0:F1}' y='{1:F1}' width='{2:F1}' "
                "height='{3:F1}' fill='none' pointer-events='all'>"
                "<title>{4}</title></rect>\n",
                box.left, box.top, box.right - box.left, box.bottom - box.top,
                escapeXml(content));
}
