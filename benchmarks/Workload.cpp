//===- Workload.cpp - What is measured ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Workload.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace quant_act;
using namespace quant_act::bench;

static constexpr Quantizer reluUnsigned{0.0f, 255.0f, true, false};
static constexpr Quantizer asymmetric4{0.0f, 15.0f, false, true};

/// The same with elements of another type: "W1.bf16".
static Workload withType(Workload workload, ElementType type) {
  workload.type = type;
  workload.name += "." + getName(type).str();
  workload.description += ", " + getName(type).str();
  return workload;
}

std::vector<Workload> quant_act::bench::getWorkloads() {
  Workload perTensor{"W9",
                     "per tensor, 64 M elements",
                     Kind::FakeQuant,
                     {1, 1, 64 << 20},
                     signedNarrow};
  perTensor.isPerTensor = true;
  Extents nchw{32, 64, 56 * 56};
  Workload w1{"W1", "NCHW, int8", Kind::FakeQuant, nchw, signedNarrow};
  Workload w2{"W2",
              "NHWC, relu, uint8",
              Kind::FakeQuant,
              {32 * 56 * 56, 64, 1},
              reluUnsigned};
  w2.isChannelLast = true;
  Workload w3{"W3",
              "channel last, 4 bits, asymmetric",
              Kind::FakeQuant,
              {8 * 512, 768, 1},
              asymmetric4};
  w3.isChannelLast = true;
  return {
      w1,
      withType(w1, ElementType::F16),
      withType(w1, ElementType::BF16),
      w2,
      withType(w2, ElementType::F16),
      withType(w2, ElementType::BF16),
      w3,
      {"W4", "(1,64,8,8): latency", Kind::FakeQuant, {1, 64, 64}, signedNarrow},
      {"W5a", "(3,17,13,29)", Kind::FakeQuant, {3, 17, 13 * 29}, signedNarrow},
      {"W5b", "(7,5,1,3)", Kind::FakeQuant, {7, 5, 3}, signedNarrow},
      {"W6", "training step with abs-max", Kind::TrainingStep, nchw,
       signedNarrow},
      {"W7", "gradients of x and scale", Kind::Gradient, nchw, signedNarrow},
      {"W8", "99.999th percentile", Kind::Percentile, nchw, signedNarrow},
      perTensor,
  };
}

llvm::StringRef quant_act::bench::getName(Kind kind) {
  switch (kind) {
  case Kind::FakeQuant:
    return "forward";
  case Kind::AbsMax:
    return "abs-max";
  case Kind::TrainingStep:
    return "step";
  case Kind::Gradient:
    return "gradients";
  case Kind::Percentile:
    return "percentile";
  }
  return "";
}

Traffic Workload::getTraffic() const {
  switch (kind) {
  case Kind::FakeQuant:
  case Kind::TrainingStep:
    return Traffic::ReadWrite;
  case Kind::Gradient:
    return Traffic::ReadReadWrite;
  case Kind::AbsMax:
  case Kind::Percentile:
    return Traffic::Read;
  }
  return Traffic::ReadWrite;
}

int64_t Workload::getNumBytes() const {
  int64_t numBytes = getNumElements() * getByteWidth(type);
  switch (getTraffic()) {
  case Traffic::ReadWrite:
    return 2 * numBytes;
  case Traffic::ReadReadWrite:
    return 3 * numBytes;
  case Traffic::Read:
    return numBytes;
  }
  return numBytes;
}

/// "tensor<32x64x3136xf32>", or with `?` for the extents.
static std::string getTensorType(const Workload &workload,
                                 llvm::ArrayRef<int64_t> shape,
                                 ElementType type) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += (workload.isDynamic ? "?" : std::to_string(extent)) + "x";
  return text + getName(type).str() + ">";
}

std::vector<int64_t> Workload::getShape() const {
  if (isChannelLast)
    return {extents.outer, extents.channels};
  return {extents.outer, extents.channels, extents.inner};
}

std::string Workload::getText() const {
  std::string x = getTensorType(*this, getShape(), type);
  std::string s =
      isPerTensor ? getTensorType(*this, {}, ElementType::F32)
                  : getTensorType(*this, extents.channels, ElementType::F32);
  std::string grid = llvm::formatv(
      "#grid = #quant_act.grid<broadcast = [1, {0}{1}], permutation = [1, "
      "0{2}]>\n",
      isDynamic ? std::string("?") : std::to_string(extents.channels),
      isChannelLast ? "" : ", 1", isChannelLast ? "" : ", 2");
  bool isNarrow = quantizer.low == -quantizer.high;
  unsigned bits = static_cast<unsigned>(
      std::log2(quantizer.high - quantizer.low + (isNarrow ? 2 : 1)));
  std::string format = llvm::formatv("#quant_act.int<{0}, {1}>", bits,
                                     isNarrow ? "signed, narrow" : "unsigned");
  std::string relu = quantizer.hasRelu ? " relu" : "";
  std::string on = isPerTensor ? "" : " on #grid";
  auto getStatistic = [&](llvm::StringRef statistic) -> std::string {
    return llvm::formatv("{0}func.func @f(%x: {1}) -> {2} {{\n"
                         "  %t = quant_act.stats {3}{4} %x : {1} -> {2}\n"
                         "  return %t : {2}\n}\n",
                         grid, x, s, statistic, on);
  };
  switch (kind) {
  case Kind::FakeQuant:
    if (quantizer.hasZeroPoint)
      return llvm::formatv(
          "{0}func.func @f(%x: {1}, %s: {2}, %z: {2}) -> {1} {{\n"
          "  %y = quant_act.fake_quant{3} to {4}{5} %x scale %s zero_point %z "
          ": {1}, {2}, {2}\n  return %y : {1}\n}\n",
          grid, x, s, relu, format, on);
    return llvm::formatv(
        "{0}func.func @f(%x: {1}, %s: {2}) -> {1} {{\n"
        "  %y = quant_act.fake_quant{3} to {4}{5} %x scale %s : {1}, {2}\n"
        "  return %y : {1}\n}\n",
        grid, x, s, relu, format, on);
  case Kind::TrainingStep:
    return llvm::formatv(
        "{0}func.func @f(%x: {1}, %r: {2}, %n: tensor<i64>) -> ({1}, {2}, {2}, "
        "tensor<i64>) {{\n"
        "  %y, %s, %t, %m = quant_act.act collect abs_max momentum 0.1 to "
        "{3}{4} %x state %r, %n : {1}, {2}, tensor<i64>\n"
        "  return %y, %s, %t, %m : {1}, {2}, {2}, tensor<i64>\n}\n",
        grid, x, s, format, on);
  case Kind::Gradient:
    return llvm::formatv(
        "{0}func.func @f(%g: {1}, %x: {1}, %s: {2}) -> ({1}, {2}) {{\n"
        "  %dx, %ds = quant_act.fake_quant_grad to {3}{4} scale_gradient lsq "
        "%g, %x scale %s : {1}, {2}\n"
        "  return %dx, %ds : {1}, {2}\n}\n",
        grid, x, s, format, on);
  case Kind::AbsMax:
    return getStatistic("abs_max");
  case Kind::Percentile:
    return getStatistic("percentile<99.999>");
  }
  return "";
}
