//===- Buffers.cpp - What workloads read and write ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace quant_act;
using namespace quant_act::bench;

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Buffer::Buffer(const HostTensor &tensor, unsigned offset)
    : tensor(tensor), offset(offset) {
  if (offset == 0)
    return;
  shifted.resize(offset + tensor.getNumBytes());
  std::memcpy(getData(), tensor.getData(), tensor.getNumBytes());
}

void *Buffer::getData() {
  return offset == 0 ? tensor.getData() : shifted.data() + offset;
}

static HostTensor makeNormal(const Workload &workload,
                             std::mt19937_64 &random) {
  HostTensor tensor(workload.type, workload.getShape());
  // A sum of uniform values is normal enough, and fast.
  auto makeValue = [&] {
    uint64_t bits = random();
    double sum = 0.0;
    for (unsigned shift = 0; shift < 64; shift += 16)
      sum += ((bits >> shift) & 0xffff) / 65536.0 - 0.5;
    return static_cast<float>(sum * 1.73);
  };
  std::vector<float> values(tensor.getNumElements());
  std::generate(values.begin(), values.end(), makeValue);
  narrow(workload.type, values, tensor.getData());
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
  Buffer x(makeNormal(workload, random), workload.inputOffset);
  Buffer y(x.getTensor(), workload.outputOffset);
  Buffer parameters(makeParameters(workload, 0.0, 0.0));
  double levels = workload.quantizer.high - workload.quantizer.low;
  Buffer scale(makeParameters(workload, 6.0 / levels, 0.1 / levels));
  switch (workload.kind) {
  case Kind::FakeQuant:
    if (workload.quantizer.hasZeroPoint)
      return {{x, scale, Buffer(makeParameters(workload, 5.0, 1.0))}, {y}};
    return {{x, scale}, {y}};
  case Kind::TrainingStep: {
    HostTensor count(ElementType::I64, {});
    count.setInteger(0, 1);
    return {{x, Buffer(makeParameters(workload, 3.0, 0.1)), Buffer(count)},
            {y, parameters, parameters, Buffer(count)}};
  }
  case Kind::Gradient:
    return {
        {Buffer(makeNormal(workload, random), workload.inputOffset), x, scale},
        {y, parameters}};
  case Kind::AbsMax:
  case Kind::Percentile:
    return {{x}, {parameters}};
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Expectation
//===----------------------------------------------------------------------===//

static std::vector<float> getValues(Buffer &buffer) {
  const HostTensor &tensor = buffer.getTensor();
  return widen(tensor.getElementType(), buffer.getData(),
               tensor.getNumElements());
}

Expectation::Expectation(const Workload &workload, BufferSet &buffers) {
  // Where one scale serves all, they are one channel's.
  Extents extents = workload.extents;
  if (workload.isPerTensor)
    extents = {1, 1, workload.getNumElements()};
  std::vector<float> x =
      getValues(buffers.arguments[workload.kind == Kind::Gradient ? 1 : 0]);
  const HostTensor &first = buffers.results[0].getTensor();
  std::vector<float> channels(extents.channels);
  switch (workload.kind) {
  case Kind::FakeQuant: {
    std::vector<float> y(x.size());
    bool hasZeroPoint = workload.quantizer.hasZeroPoint;
    quantizePlainly(workload.quantizer, extents, x.data(),
                    buffers.arguments[1].getElements<float>(),
                    hasZeroPoint ? buffers.arguments[2].getElements<float>()
                                 : nullptr,
                    y.data());
    add("y", first, y);
    break;
  }
  case Kind::AbsMax:
    findLargest(extents, x.data(), channels.data());
    add("abs_max", first, channels);
    break;
  case Kind::Percentile:
    findPercentile(extents, 99.999, x.data(), channels.data());
    add("percentile", first, channels);
    break;
  case Kind::TrainingStep:
    expectTrainingStep(workload.quantizer, extents, x, buffers);
    break;
  case Kind::Gradient:
    expectGradient(workload.quantizer, extents, x, buffers);
    break;
  }
}

void Expectation::expectTrainingStep(const Quantizer &quantizer,
                                     const Extents &extents,
                                     const std::vector<float> &x,
                                     BufferSet &buffers) {
  const auto *before = buffers.arguments[1].getElements<float>();
  std::vector<float> largest(extents.channels), scale, running, y(x.size());
  findLargest(extents, x.data(), largest.data());
  for (int64_t c = 0; c < extents.channels; ++c) {
    scale.push_back(largest[c] / quantizer.high);
    running.push_back(before[c] * 0.9f + 0.1f * largest[c]);
  }
  quantizePlainly(quantizer, extents, x.data(), scale.data(), nullptr,
                  y.data());
  add("y", buffers.results[0].getTensor(), y);
  add("scale", buffers.results[1].getTensor(), scale);
  add("running", buffers.results[2].getTensor(), running);
}

void Expectation::expectGradient(const Quantizer &quantizer,
                                 const Extents &extents,
                                 const std::vector<float> &x,
                                 BufferSet &buffers) {
  std::vector<float> g = getValues(buffers.arguments[0]), dx(x.size()), dscale;
  std::vector<double> sums(extents.channels), magnitudes(extents.channels);
  differentiatePlainly(quantizer, extents, g.data(), x.data(),
                       buffers.arguments[2].getElements<float>(), dx.data(),
                       sums.data(), magnitudes.data());
  add("dx", buffers.results[0].getTensor(), dx);
  double factor =
      1.0 / std::sqrt(double(x.size()) / extents.channels * quantizer.high);
  for (double sum : sums)
    dscale.push_back(static_cast<float>(sum * factor));
  add("dscale", buffers.results[1].getTensor(), dscale);
  // Each part of the sum is rounded, and the sum.
  for (double magnitude : magnitudes)
    values.back().tolerances.push_back(1e-6 * magnitude * factor);
}

void Expectation::add(const char *name, const HostTensor &like,
                      const std::vector<float> &expected) {
  HostTensor tensor(like.getElementType(), like.getShape());
  narrow(like.getElementType(), expected, tensor.getData());
  values.push_back({name, tensor, {}});
}

/// The value of an element of a buffer.
static double getValue(const void *element, ElementType type) {
  HostTensor scalar(type, {});
  std::memcpy(scalar.getData(), element, scalar.getNumBytes());
  return scalar.getDouble(0);
}

std::string Expectation::compare(llvm::ArrayRef<Buffer *> results) const {
  for (auto [expected, result] : llvm::zip_first(values, results)) {
    ElementType type = expected.tensor.getElementType();
    unsigned width = getByteWidth(type);
    auto *actual = result->getElements<char>();
    auto *wanted = static_cast<const char *>(expected.tensor.getData());
    for (int64_t i = 0, e = expected.tensor.getNumElements(); i < e; ++i) {
      if (std::memcmp(actual + i * width, wanted + i * width, width) == 0)
        continue;
      double value = getValue(actual + i * width, type);
      double right = expected.tensor.getDouble(i);
      if (!expected.tolerances.empty() &&
          std::fabs(value - right) <= expected.tolerances[i])
        continue;
      return llvm::formatv("{0}[{1}] is {2}, not {3}", expected.name, i, value,
                           right);
    }
  }
  return "";
}
