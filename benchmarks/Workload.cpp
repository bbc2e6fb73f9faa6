//===- Workload.cpp - What is measured ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Workload.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace quant_act;
using namespace quant_act::bench;

static const Quantizer signedNarrow{-127.0f, 127.0f, false, false};
static const Quantizer reluUnsigned{0.0f, 255.0f, true, false};
static const Quantizer asymmetric4{0.0f, 15.0f, false, true};

std::vector<Workload> quant_act::bench::getWorkloads() {
  Workload perTensor{"W9",
                     "per tensor, 64 M elements",
                     Kind::FakeQuant,
                     {1, 1, 64 << 20},
                     signedNarrow};
  perTensor.isPerTensor = true;
  Extents nchw{32, 64, 56 * 56};
  return {
      {"W1", "NCHW, int8", Kind::FakeQuant, nchw, signedNarrow},
      {"W2",
       "NHWC, relu, uint8",
       Kind::FakeQuant,
       {32 * 56 * 56, 64, 1},
       reluUnsigned},
      {"W3",
       "channel last, 4 bits, asymmetric",
       Kind::FakeQuant,
       {8 * 512, 768, 1},
       asymmetric4},
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

Traffic Workload::getTraffic() const {
  switch (kind) {
  case Kind::FakeQuant:
  case Kind::TrainingStep:
    return Traffic::ReadWrite;
  case Kind::Gradient:
    return Traffic::ReadReadWrite;
  case Kind::Percentile:
    return Traffic::Read;
  }
  return Traffic::ReadWrite;
}

/// "32x64x3136xf32", or with `?` for the extents.
static std::string getTensorType(const Workload &workload, bool isElements) {
  std::vector<int64_t> shape;
  if (isElements)
    shape = {workload.extents.outer, workload.extents.channels,
             workload.extents.inner};
  else if (!workload.isPerTensor)
    shape = {workload.extents.channels};
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += (workload.isDynamic ? "?" : std::to_string(extent)) + "x";
  return text + "f32>";
}

std::string Workload::getText() const {
  std::string x = getTensorType(*this, true), s = getTensorType(*this, false);
  std::string grid = llvm::formatv(
      "#grid = #quant_act.grid<broadcast = [1, {0}, 1], permutation = [1, 0, "
      "2]>\n",
      isDynamic ? std::string("?") : std::to_string(extents.channels));
  bool isNarrow = quantizer.low == -quantizer.high;
  unsigned bits = static_cast<unsigned>(
      std::log2(quantizer.high - quantizer.low + (isNarrow ? 2 : 1)));
  std::string format = llvm::formatv("#quant_act.int<{0}, {1}>", bits,
                                     isNarrow ? "signed, narrow" : "unsigned");
  std::string relu = quantizer.hasRelu ? " relu" : "";
  std::string on = isPerTensor ? "" : " on #grid";
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
  case Kind::Percentile:
    return llvm::formatv("{0}func.func @f(%x: {1}) -> {2} {{\n"
                         "  %t = quant_act.stats percentile<99.999>{3} %x : "
                         "{1} -> {2}\n  return %t : {2}\n}\n",
                         grid, x, s, on);
  }
  return "";
}

static HostTensor makeNormal(const Workload &workload,
                             std::mt19937_64 &random) {
  const Extents &extents = workload.extents;
  HostTensor tensor(ElementType::F32,
                    {extents.outer, extents.channels, extents.inner});
  // A sum of uniform values is normal enough, and fast.
  int64_t n = tensor.getNumElements();
  auto makeValue = [&] {
    uint64_t bits = random();
    double sum = 0.0;
    for (unsigned shift = 0; shift < 64; shift += 16)
      sum += ((bits >> shift) & 0xffff) / 65536.0 - 0.5;
    return static_cast<float>(sum * 1.73);
  };
  std::generate_n(static_cast<float *>(tensor.getData()), n, makeValue);
  return tensor;
}

/// One value per channel, around `value`.
static HostTensor makeParameters(const Workload &workload, double value,
                                 double step) {
  int64_t n = workload.isPerTensor ? 1 : workload.extents.channels;
  HostTensor tensor(ElementType::F32, workload.isPerTensor
                                          ? llvm::ArrayRef<int64_t>()
                                          : llvm::ArrayRef(n));
  for (int64_t i = 0; i < n; ++i)
    tensor.setDouble(i, value + step * (i % 7));
  return tensor;
}

BufferSet quant_act::bench::makeBuffers(const Workload &workload,
                                        unsigned seed) {
  std::mt19937_64 random(seed);
  BufferSet set;
  HostTensor like = makeNormal(workload, random);
  HostTensor parameters = makeParameters(workload, 0.0, 0.0);
  double levels = workload.quantizer.high - workload.quantizer.low;
  HostTensor scale = makeParameters(workload, 6.0 / levels, 0.1 / levels);
  switch (workload.kind) {
  case Kind::FakeQuant:
    set.arguments = {like, scale};
    if (workload.quantizer.hasZeroPoint)
      set.arguments.push_back(makeParameters(workload, 5.0, 1.0));
    set.results = {like};
    break;
  case Kind::TrainingStep: {
    HostTensor count(ElementType::I64, {});
    count.setInteger(0, 1);
    set.arguments = {like, makeParameters(workload, 3.0, 0.1), count};
    set.results = {like, parameters, parameters, count};
    break;
  }
  case Kind::Gradient:
    set.arguments = {like, makeNormal(workload, random), scale};
    set.results = {like, parameters};
    break;
  case Kind::Percentile:
    set.arguments = {like};
    set.results = {parameters};
    break;
  }
  return set;
}

/// The first position at which the bits differ.
static std::string compareBits(const std::string &what, const float *actual,
                               const std::vector<float> &expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    if (std::memcmp(actual + i, &expected[i], sizeof(float)) != 0)
      return llvm::formatv("{0}[{1}] is {2}, not {3}", what, i, actual[i],
                           expected[i]);
  return "";
}

static std::string checkTrainingStep(const Workload &workload,
                                     BufferSet &buffers) {
  const Extents &extents = workload.extents;
  std::vector<float> largest(extents.channels), scale, running;
  findLargest(extents, buffers.getArgument(0), largest.data());
  for (int64_t c = 0; c < extents.channels; ++c) {
    scale.push_back(largest[c] / workload.quantizer.high);
    running.push_back(buffers.getArgument(1)[c] * 0.9f + 0.1f * largest[c]);
  }
  std::vector<float> y(workload.getNumElements());
  quantizePlainly(workload.quantizer, extents, buffers.getArgument(0),
                  scale.data(), nullptr, y.data());
  std::string message = compareBits("y", buffers.getResult(0), y);
  if (message.empty())
    message = compareBits("scale", buffers.getResult(1), scale);
  if (message.empty())
    message = compareBits("running", buffers.getResult(2), running);
  return message;
}

static std::string checkGradient(const Workload &workload, BufferSet &buffers) {
  const Extents &extents = workload.extents;
  std::vector<float> dx(workload.getNumElements()), dscale(extents.channels);
  differentiatePlainly(workload.quantizer, extents, buffers.getArgument(0),
                       buffers.getArgument(1), buffers.getArgument(2),
                       dx.data(), dscale.data());
  double factor = 1.0 / std::sqrt(double(workload.getNumElements()) /
                                  extents.channels * workload.quantizer.high);
  for (int64_t c = 0; c < extents.channels; ++c) {
    double expected = dscale[c] * factor, actual = buffers.getResult(1)[c];
    if (!(std::fabs(actual - expected) <= 1e-5 * std::fabs(expected)))
      return llvm::formatv("dscale[{0}] is {1}, not {2}", c, actual, expected);
  }
  return compareBits("dx", buffers.getResult(0), dx);
}

std::string quant_act::bench::checkResults(const Workload &workload,
                                           BufferSet &buffers) {
  const Extents &extents = workload.extents;
  const float *x = buffers.getArgument(0);
  switch (workload.kind) {
  case Kind::FakeQuant: {
    std::vector<float> y(workload.getNumElements());
    bool hasZeroPoint = workload.quantizer.hasZeroPoint;
    quantizePlainly(workload.quantizer, extents, x, buffers.getArgument(1),
                    hasZeroPoint ? buffers.getArgument(2) : nullptr, y.data());
    return compareBits("y", buffers.getResult(0), y);
  }
  case Kind::TrainingStep:
    return checkTrainingStep(workload, buffers);
  case Kind::Gradient:
    return checkGradient(workload, buffers);
  case Kind::Percentile: {
    std::vector<float> values(extents.channels);
    findPercentile(extents, 99.999, x, values.data());
    return compareBits("percentile", buffers.getResult(0), values);
  }
  }
  return "";
}
