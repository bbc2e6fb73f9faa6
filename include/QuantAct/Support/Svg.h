//===- Svg.h - Pictures as SVG documents ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the tools' pictures are drawn with: elements, axes, and a color and a
// mark for each series of values.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_SUPPORT_SVG_H
#define QUANTACT_SUPPORT_SVG_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act {

/// Text as XML takes it: valid UTF-8 without control characters and
/// noncharacters, escaped.
std::string escapeXml(llvm::StringRef text);

/// The first characters of a text that is too long for its place.
std::string shorten(llvm::StringRef text, size_t maxBytes);

namespace svg {

struct Point {
  double x;
  double y;
};

struct Box {
  double left, top, right, bottom;
};

/// Maps values from [low, high] to pixels; values outside to the ends.
struct Axis {
  double low = 0;
  double high = 1;
  double lowPixel = 0;
  double highPixel = 1;

  bool contains(double value) const { return low <= value && value <= high; }
  double operator()(double value) const;
};

inline constexpr llvm::StringLiteral dataColor = "#b4bac2";
inline constexpr llvm::StringLiteral gridColor = "#e4e6ea";
inline constexpr llvm::StringLiteral mutedColor = "#5b6370";

/// A color that color-blind readers can tell from those of other series.
llvm::StringRef getSeriesColor(size_t series);

/// Writes a self-contained document. `attributes` is SVG text such as
/// "fill='#eee'".
class Document {
public:
  explicit Document(llvm::raw_ostream &os) : os(os) {}

  /// What comes before and after all else.
  void begin(llvm::StringRef title, int width, int height);
  void end();

  void rect(const Box &box, llvm::StringRef attributes);
  void line(Point from, Point to, llvm::StringRef attributes);
  void path(llvm::StringRef data, llvm::StringRef attributes);
  void text(Point at, llvm::StringRef content, llvm::StringRef attributes = "");
  /// Text that reads upwards.
  void verticalText(Point at, llvm::StringRef content,
                    llvm::StringRef attributes);
  /// A panel's left and lower edge.
  void frame(const Box &panel);
  /// A horizontal line through a panel, with a label to its left.
  void tick(const Box &panel, double y, llvm::StringRef label);
  /// A shape of the series' own, so that color is not all that tells series
  /// apart.
  void mark(size_t series, Point center, double radius);
  /// An invisible area that shows text under the pointer.
  void tooltip(const Box &box, llvm::StringRef content);

private:
  llvm::raw_ostream &os;
};

} // namespace svg
} // namespace quant_act

#endif // QUANTACT_SUPPORT_SVG_H
