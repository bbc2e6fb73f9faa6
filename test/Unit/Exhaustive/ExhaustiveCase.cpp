//===- ExhaustiveCase.cpp - All inputs of one configuration ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExhaustiveCase.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace quant_act;
using independent::Precision;
using independent::Rounding;
using llvm::formatv;

const std::vector<std::string> &quant_act::getRoundingNames() {
  static const std::vector<std::string> names = {
      "half_even",      "half_away", "half_zero",     "half_up",
      "half_down",      "ceil",      "floor",         "toward_zero",
      "away_from_zero", "dpu",       "half_away_add", "half_zero_subtract",
      "stochastic"};
  return names;
}

ElementType quant_act::getElementType(Precision precision) {
  switch (precision) {
  case Precision::F32:
    return ElementType::F32;
  case Precision::F16:
    return ElementType::F16;
  case Precision::BF16:
    return ElementType::BF16;
  }
  return ElementType::F32;
}

static std::string getTypeName(Precision precision) {
  return getName(getElementType(precision)).str();
}

static const std::string &getRoundingName(Rounding rounding) {
  return getRoundingNames()[static_cast<size_t>(rounding)];
}

std::string ExhaustiveCase::describe() const {
  return formatv("{0} by {1}, {2}, {3}, {4}", getTypeName(storage),
                 getTypeName(compute), getRoundingName(rounding), format.text,
                 contract.text);
}

std::string ExhaustiveCase::buildFunction(const std::string &name) const {
  std::string x = "tensor<?x" + getTypeName(storage) + ">";
  std::string parameter = "tensor<" + getTypeName(compute) + ">";
  std::string arguments = "%x: " + x + ", %s: " + parameter;
  std::string operands = "%x scale %s", types = x + ", " + parameter;
  if (hasZeroPoint()) {
    arguments += ", %z: " + parameter;
    operands += " zero_point %z";
    types += ", " + parameter;
  }
  if (isStochastic()) {
    arguments += ", %seed: tensor<i64>";
    operands += " seed %seed";
  }
  return formatv("func.func @{0}({1}) -> {2} {{\n  %y = quant_act.fake_quant "
                 "to {3} round {4} numerics <{5}> {6} : {7}\n  return %y : "
                 "{2}\n}\n",
                 name, arguments, x, format.text, getRoundingName(rounding),
                 contract.text, operands, types);
}

std::vector<HostTensor> ExhaustiveCase::buildParameters(double scale,
                                                        double zeroPoint,
                                                        int64_t seed) const {
  std::vector<HostTensor> parameters;
  auto add = [&](ElementType type, double value) {
    parameters.emplace_back(type, llvm::ArrayRef<int64_t>());
    parameters.back().fill(value);
  };
  add(getElementType(compute), scale);
  if (hasZeroPoint())
    add(getElementType(compute), zeroPoint);
  if (isStochastic())
    add(ElementType::I64, static_cast<double>(seed));
  return parameters;
}

namespace {
/// Reads elements of a type as f32, and writes f32 results in it.
template <Precision precision>
struct Storage;

template <>
struct Storage<Precision::F32> {
  using Bits = uint32_t;
  static float read(Bits bits) { return independent::fromBits(bits); }
  static Bits write(float value) { return independent::toBits(value); }
};

template <>
struct Storage<Precision::F16> {
  using Bits = uint16_t;
  static float read(Bits bits) { return independent::fromHalf(bits); }
  static Bits write(float value) { return independent::toHalf(value); }
};

template <>
struct Storage<Precision::BF16> {
  using Bits = uint16_t;
  static float read(Bits bits) { return independent::fromBFloat16(bits); }
  static Bits write(float value) { return independent::toBFloat16(value); }
};
} // namespace

/// A number in [0, 1) of as many bits as the precision has.
static float getNoise(Precision precision, int64_t seed, int64_t position) {
  int digits = precision == Precision::F32   ? 24
               : precision == Precision::F16 ? 11
                                             : 8;
  uint64_t word = independent::splitMix64(seed, position);
  return std::ldexp(static_cast<float>(word >> (64 - digits)), -digits);
}

template <Rounding mode, Precision storage, Precision compute>
static std::optional<std::string>
findMismatchOf(const ExhaustiveCase &test, const HostTensor &x,
               const HostTensor &y, float scale, float zeroPoint,
               int64_t seed) {
  using Access = Storage<storage>;
  using Bits = typename Access::Bits;
  auto *inputs = static_cast<const Bits *>(x.getData());
  auto *outputs = static_cast<const Bits *>(y.getData());
  independent::Quantizer<mode, compute> quantizer(test.format, test.contract,
                                                  scale, zeroPoint);
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i) {
    float noise = 0;
    if constexpr (mode == Rounding::Stochastic)
      noise = getNoise(compute, seed, i);
    float input = Access::read(inputs[i]);
    Bits expected = Access::write(quantizer(input, noise));
    if (outputs[i] == expected)
      continue;
    float output = Access::read(outputs[i]);
    if (std::isnan(output) && std::isnan(Access::read(expected)))
      continue;
    std::string text = test.describe();
    llvm::raw_string_ostream(text)
        << llvm::format(", scale %g, zero point %g: x = %.9g", scale, zeroPoint,
                        input)
        << llvm::format(" gives %.9g, expected %.9g", output,
                        Access::read(expected));
    return text;
  }
  return std::nullopt;
}

/// Calls the instance of findMismatchOf for a mode.
template <Precision storage, Precision compute, size_t... modes>
static std::optional<std::string>
dispatch(std::index_sequence<modes...>, const ExhaustiveCase &test,
         const HostTensor &x, const HostTensor &y, float scale, float zeroPoint,
         int64_t seed) {
  using Function =
      decltype(&findMismatchOf<Rounding::HalfEven, storage, compute>);
  static constexpr Function functions[] = {
      findMismatchOf<static_cast<Rounding>(modes), storage, compute>...};
  return functions[static_cast<size_t>(test.rounding)](test, x, y, scale,
                                                       zeroPoint, seed);
}

std::optional<std::string> ExhaustiveCase::findMismatch(const HostTensor &x,
                                                        const HostTensor &y,
                                                        double scale,
                                                        double zeroPoint,
                                                        int64_t seed) const {
  constexpr auto modes =
      std::make_index_sequence<static_cast<size_t>(Rounding::Stochastic) + 1>();
  // Parameters are numbers of their type.
  float s = independent::roundTo(compute, scale);
  float z = hasZeroPoint() ? independent::roundTo(compute, zeroPoint) : 0.0f;
  constexpr Precision f32 = Precision::F32, f16 = Precision::F16,
                      bf16 = Precision::BF16;
  bool isF32 = compute == f32;
  switch (storage) {
  case f32:
    return dispatch<f32, f32>(modes, *this, x, y, s, z, seed);
  case f16:
    return isF32 ? dispatch<f16, f32>(modes, *this, x, y, s, z, seed)
                 : dispatch<f16, f16>(modes, *this, x, y, s, z, seed);
  case bf16:
    return isF32 ? dispatch<bf16, f32>(modes, *this, x, y, s, z, seed)
                 : dispatch<bf16, bf16>(modes, *this, x, y, s, z, seed);
  }
  return std::nullopt;
}
