//===- ChannelPictureTest.cpp - Tests of the channel picture --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelPicture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace quant_act;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

//===----------------------------------------------------------------------===//
// Well-formedness
//===----------------------------------------------------------------------===//

/// Whether each '&' starts an entity.
static bool isEscaped(StringRef text) {
  while (text.contains('&')) {
    text = text.drop_until([](char c) { return c == '&'; });
    if (!any_of(
            ArrayRef<StringRef>{"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"},
            [&](StringRef entity) { return text.consume_front(entity); }))
      return false;
  }
  return true;
}

/// Consumes attributes up to the end of the tag.
static bool consumeAttributes(StringRef &rest) {
  for (rest = rest.ltrim(); !rest.empty(); rest = rest.ltrim()) {
    if (rest.starts_with("/>") || rest.starts_with(">"))
      return true;
    StringRef name =
        rest.take_while([](char c) { return isAlnum(c) || c == '-'; });
    rest = rest.drop_front(name.size());
    if (name.empty() || !rest.consume_front("='"))
      return false;
    size_t end = rest.find('\'');
    StringRef value = rest.take_front(end);
    if (end == StringRef::npos || value.contains('<') || !isEscaped(value))
      return false;
    rest = rest.drop_front(end + 1);
  }
  return false;
}

/// Consumes a start tag and adds it to the open elements, or consumes the end
/// tag of the last of them.
static bool consumeTag(StringRef &rest, SmallVectorImpl<StringRef> &open) {
  if (rest.consume_front("</"))
    return !open.empty() && rest.consume_front(open.pop_back_val()) &&
           rest.consume_front(">");
  if (!rest.consume_front("<"))
    return false;
  StringRef name = rest.take_while(isAlpha);
  rest = rest.drop_front(name.size());
  if (name.empty() || !consumeAttributes(rest))
    return false;
  if (rest.consume_front("/>"))
    return true;
  open.push_back(name);
  return rest.consume_front(">");
}

/// A checker for the part of XML that the pictures use.
static bool isWellFormed(StringRef rest) {
  SmallVector<StringRef> open;
  do {
    StringRef text = rest.take_until([](char c) { return c == '<'; });
    rest = rest.drop_front(text.size());
    if (!isEscaped(text) || !consumeTag(rest, open))
      return false;
  } while (!open.empty());
  return rest.trim().empty();
}

static void expectSound(StringRef picture) {
  EXPECT_TRUE(isWellFormed(picture)) << picture.str();
  EXPECT_TRUE(json::isUTF8(picture));
  EXPECT_FALSE(picture.contains("\xef\xbf\xbe"));
  EXPECT_FALSE(picture.contains("\xef\xbf\xbf"));
  EXPECT_TRUE(
      none_of(picture, [](char c) { return c > 0 && c < ' ' && c != '\n'; }));
  // printf's spellings; the texts have NaN and the infinity sign.
  EXPECT_FALSE(picture.contains("nan"));
  EXPECT_FALSE(picture.contains("inf"));
}

TEST(ChannelPictureTest, ChecksXml) {
  EXPECT_TRUE(isWellFormed("<a b='c' d-e='f'>&lt;<d/>text<g>x</g></a>\n"));
  for (StringRef document :
       {"", "<a>", "<a></b>", "<a><b></a>", "</a>", "<a>&</a>", "<a>&nbsp;</a>",
        "<a b=c/>", "<a b='<'/>", "<a b='&'/>", "<a b='c/>", "<a/><b/>", "a"})
    EXPECT_FALSE(isWellFormed(document)) << document.str();
}

//===----------------------------------------------------------------------===//
// Pictures
//===----------------------------------------------------------------------===//

static std::string draw(const ChannelReport &report,
                        StringRef title = "title") {
  std::string picture;
  raw_string_ostream os(picture);
  drawChannelReport(report, title, os);
  return picture;
}

static ValueStats makeValues(double min, double max) {
  double largest = std::max(std::abs(min), std::abs(max));
  return {/*numElements=*/10, min, max, largest, largest / 100};
}

/// A report on channels with the given largest values and one output.
static ChannelReport makeReport(ArrayRef<double> maxima,
                                std::optional<double> sqnr = 20) {
  ChannelReport report;
  report.outputs.push_back({"output", {}, sqnr});
  for (double max : maxima) {
    report.channels.push_back(makeValues(0, max));
    report.outputs.front().channels.push_back({max / 15, 0, max, sqnr});
  }
  report.total = makeValues(0, 1);
  return report;
}

TEST(ChannelPictureTest, DrawsChannels) {
  std::string picture = draw(makeReport({1, 4, 2, 0}), "A title");
  expectSound(picture);
  StringRef text = picture;
  EXPECT_TRUE(text.starts_with("<svg xmlns='http://www.w3.org/2000/svg'"));
  EXPECT_TRUE(text.contains(">A title</text>"));
  EXPECT_TRUE(text.contains(">4 channels, 1 dead; values in [0, 1]</text>"));
  EXPECT_TRUE(text.contains(">output: 20.0 dB over the whole tensor</text>"));
  EXPECT_TRUE(text.contains(">1 dead</text>"));
  EXPECT_TRUE(text.contains("<title>channel 1: [0, 4]\noutput: 20.0 dB, step "
                            "0.2667, [0, 4]</title>"));
  // The numbers below the panels, in the order of the channels' ranges.
  size_t first = text.find(">1</text>"), second = text.find(">2</text>"),
         third = text.find(">0</text>", second), last = text.find(">3</text>");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, last);
  EXPECT_NE(last, StringRef::npos);
}

TEST(ChannelPictureTest, DrawsAnyNumberOfChannels) {
  for (size_t size : {0, 1, 2, 30, 70, 300, 1000, 5000}) {
    SCOPED_TRACE(size);
    std::vector<double> maxima;
    for (size_t i = 0; i < size; ++i)
      maxima.push_back(std::pow(2, -double(i % 20)));
    std::string picture = draw(makeReport(maxima));
    expectSound(picture);
    EXPECT_LT(picture.size(), 3000 + 600 * size);
  }
}

TEST(ChannelPictureTest, DrawsDeadChannelsOnly) {
  std::string picture = draw(makeReport({0, 0, 0}, std::nullopt));
  expectSound(picture);
  EXPECT_TRUE(StringRef(picture).contains(">3 dead</text>"));
  EXPECT_TRUE(StringRef(picture).contains(">output: no signal over the"));
}

TEST(ChannelPictureTest, DrawsNothing) {
  expectSound(draw(ChannelReport()));
  HostTensor empty(ElementType::F32, {0, 3});
  QuantizedOutput output{"empty", &empty, {1}, 0, 15, {}};
  Expected<ChannelReport> report = buildChannelReport(empty, 1, output);
  ASSERT_TRUE(static_cast<bool>(report));
  std::string picture = draw(*report);
  expectSound(picture);
  EXPECT_TRUE(StringRef(picture).contains(">3 without a finite range</text>"));
}

TEST(ChannelPictureTest, DrawsSpecialRatios) {
  ChannelReport report = makeReport({3, 2, 1, 0, 0.5}, infinity);
  const double ratios[] = {infinity, -infinity, notANumber, -infinity, -1e9};
  for (auto [index, ratio] : enumerate(ratios))
    report.outputs[0].channels[index].sqnr = ratio;
  std::string picture = draw(report);
  expectSound(picture);
  StringRef text = picture;
  EXPECT_TRUE(text.contains(">output: ∞ dB over the whole tensor</text>"));
  EXPECT_TRUE(text.contains(">∞</text>"));
  EXPECT_TRUE(text.contains(">−∞</text>"));
  EXPECT_TRUE(text.contains(">×</text>"));
}

TEST(ChannelPictureTest, DrawsSpecialValues) {
  const double special[] = {notANumber, infinity, -infinity, 0,
                            -0.0,       -1,       5e-324,    1.7e308};
  for (double magnitude : {notANumber, infinity, 5e-324, 1.7e308, 1.0})
    for (double scale : special)
      for (double limit : special) {
        ChannelReport report = makeReport({1, magnitude, 1e-300, 0});
        report.channels[1].smallestMagnitude = magnitude;
        report.total = report.channels[1];
        for (QuantizedChannel &channel : report.outputs[0].channels)
          channel = {scale, -limit, limit, limit};
        expectSound(draw(report));
        // Nothing else to give the axis a range.
        report.channels.assign(4, report.channels[1]);
        expectSound(draw(report));
      }
}

TEST(ChannelPictureTest, EscapesText) {
  ChannelReport report = makeReport({1});
  report.outputs[0].name =
      "<b> & \"c\" 'd'\x01\x1b\xff\n\xef\xbf\xbe\xef\xbf\xbf";
  std::string picture = draw(report, "</text><a>&\x02");
  expectSound(picture);
  EXPECT_TRUE(StringRef(picture).contains("&lt;b&gt; &amp; &quot;c&quot;"));
  EXPECT_TRUE(StringRef(picture).contains("&lt;/text&gt;&lt;a&gt;&amp;"));
}

TEST(ChannelPictureTest, ShortensText) {
  ChannelReport report = makeReport({1});
  // Cuts between characters, not between the bytes of one.
  for (StringRef start : {"", "x"}) {
    report.outputs[0].name = start.str();
    for (int i = 0; i < 200; ++i)
      report.outputs[0].name += "é";
    std::string picture = draw(report, report.outputs[0].name);
    expectSound(picture);
    EXPECT_TRUE(StringRef(picture).contains("éé…: 20.0 dB"));
    EXPECT_FALSE(StringRef(picture).contains("\xef\xbf\xbd"));
  }
}

TEST(ChannelPictureTest, DrawsManyOutputs) {
  ChannelReport report = makeReport({4, 2, 1});
  report.outputs.assign(20, report.outputs[0]);
  expectSound(draw(report));
}
