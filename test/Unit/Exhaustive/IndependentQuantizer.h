//===- IndependentQuantizer.h - Fake quantization by hand -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What fake_quant is documented to compute, a second time and without the
// project's numerics. Every operation is carried out in f64 and its result
// rounded: f64 has more than twice the bits of f32, so that sums, products and
// quotients of f32 values come out correctly rounded. Codes are found with
// 64-bit integers.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_EXHAUSTIVE_INDEPENDENTQUANTIZER_H
#define QUANTACT_TEST_UNIT_EXHAUSTIVE_INDEPENDENTQUANTIZER_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

namespace quant_act::independent {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

enum class Precision { F32, F16, BF16 };

inline uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// An f32 as the nearest bf16, ties to even.
inline uint16_t toBFloat16(float value) {
  uint32_t bits = toBits(value);
  if (std::isnan(value))
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float fromBFloat16(uint16_t bits) {
  return fromBits(static_cast<uint32_t>(bits) << 16);
}

inline float fromHalf(uint16_t bits) {
  double magnitude;
  int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0x1f)
    magnitude = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    magnitude = std::ldexp(fraction, -24);
  else
    magnitude = std::ldexp(fraction + 1024, exponent - 25);
  return static_cast<float>(bits >> 15 ? -magnitude : magnitude);
}

/// An f32 as the nearest f16, ties to even.
inline uint16_t toHalf(float value) {
  uint32_t bits = toBits(value);
  auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  if (magnitude >= 0x47800000) // 2^16
    return sign | 0x7c00;
  // The last bit that stays, counted from the bottom of the significand.
  int exponent = static_cast<int>(magnitude >> 23);
  if (exponent < 102) // below half of the smallest subnormal number
    return sign;
  int shift = exponent < 113 ? 126 - exponent : 13;
  uint32_t significand = (magnitude & 0x7fffff) | 0x800000;
  uint32_t kept = significand >> shift;
  uint32_t rest = significand & ((1u << shift) - 1), half = 1u << (shift - 1);
  kept += rest > half || (rest == half && (kept & 1));
  // A carry moves into the exponent, up to infinity.
  if (exponent >= 113)
    kept += static_cast<uint32_t>(exponent - 113) << 10;
  return sign | static_cast<uint16_t>(kept);
}

/// The result of an operation in a precision: through f32 for the narrow ones.
inline float roundTo(Precision precision, double value) {
  auto single = static_cast<float>(value);
  switch (precision) {
  case Precision::F32:
    return single;
  case Precision::F16:
    return fromHalf(toHalf(single));
  case Precision::BF16:
    return fromBFloat16(toBFloat16(single));
  }
  return single;
}

//===----------------------------------------------------------------------===//
// Rounding to integers
//===----------------------------------------------------------------------===//

/// SplitMix64 started at `seed`, after position + 1 steps.
inline uint64_t splitMix64(uint64_t seed, uint64_t position) {
  uint64_t word = seed + (position + 1) * 0x9e3779b97f4a7c15u;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
  word = (word ^ word >> 27) * 0x94d049bb133111ebu;
  return word ^ word >> 31;
}

/// How a value lies between two integers.
struct Neighbors {
  int64_t lower;
  /// From lower, exact; 0 for integers.
  double distance;
};

inline Neighbors getNeighbors(double u) {
  auto whole = static_cast<int64_t>(u);
  double rest = u - static_cast<double>(whole);
  if (rest < 0)
    return {whole - 1, rest + 1.0};
  return {whole, rest};
}

/// Where u, no integer, lies: -1 below, 0 at, 1 above the middle of its
/// neighbors. Said by the distance to the nearer end, which is exact.
inline int compareToMiddle(double u) {
  double rest = std::fabs(u - static_cast<double>(static_cast<int64_t>(u)));
  int side = rest < 0.5 ? -1 : rest > 0.5 ? 1 : 0;
  return u < 0 ? -side : side;
}

/// Whether the nearer integer is the upper one; a tie is decided by `tieUp`.
inline bool isNearerUp(double u, bool tieUp) {
  int side = compareToMiddle(u);
  return side == 0 ? tieUp : side > 0;
}

/// In the order of the dialect's enumeration.
enum class Rounding {
  HalfEven,
  HalfAway,
  HalfZero,
  HalfUp,
  HalfDown,
  Ceil,
  Floor,
  TowardZero,
  AwayFromZero,
  Dpu,
  HalfAwayAdd,
  HalfZeroSubtract,
  Stochastic
};

/// |u| limited so that it fits into 64 bits; f32 values beyond are integers.
constexpr double integerLimit = 0x1.0p53;

/// Whether the upper neighbor of u, which is no integer, is chosen.
template <Rounding mode>
bool isUp(double u, int64_t lower, double noise) {
  bool isLowerOdd = lower & 1;
  switch (mode) {
  case Rounding::HalfEven:
    return isNearerUp(u, isLowerOdd);
  case Rounding::HalfAway:
    return isNearerUp(u, u > 0);
  case Rounding::HalfZero:
    return isNearerUp(u, u < 0);
  case Rounding::HalfUp:
    return isNearerUp(u, true);
  case Rounding::HalfDown:
    return isNearerUp(u, false);
  case Rounding::Ceil:
    return true;
  case Rounding::Floor:
    return false;
  case Rounding::TowardZero:
    return u < 0;
  case Rounding::AwayFromZero:
    return u > 0;
  case Rounding::Dpu:
    return isNearerUp(u, u < 0 || isLowerOdd);
  default:
    return noise != 0.0;
  }
}

/// u rounded to an integer, which keeps the sign of zero, NaN and infinities.
template <Rounding mode>
float roundToInteger(Precision precision, float u, float noise) {
  if (!(std::fabs(u) < integerLimit))
    return u;
  double result;
  if constexpr (mode == Rounding::HalfAwayAdd ||
                mode == Rounding::HalfZeroSubtract) {
    // The addition rounds; then everything is exact.
    double half = mode == Rounding::HalfAwayAdd ? 0.5 : -0.5;
    double moved = roundTo(precision, std::fabs(double(u)) + half);
    Neighbors around = getNeighbors(moved);
    bool up = mode == Rounding::HalfZeroSubtract && around.distance != 0;
    result = std::fabs(static_cast<double>(around.lower + up));
  } else {
    Neighbors around = getNeighbors(u);
    if (around.distance == 0 &&
        static_cast<double>(static_cast<int64_t>(u)) == u)
      return u;
    bool up;
    if constexpr (mode == Rounding::Stochastic) {
      // The distance from the lower integer is an operation, and rounds.
      float distance =
          roundTo(precision, double(u) - static_cast<double>(around.lower));
      up = noise < distance;
    } else {
      up = isUp<mode>(u, around.lower, 0.0);
    }
    result = std::fabs(static_cast<double>(around.lower + up));
  }
  return static_cast<float>(std::copysign(result, u));
}

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

/// A set of codes as its documentation says.
struct Format {
  std::string text;
  /// Of an integer format, as numbers of the compute type.
  double lowest = 0;
  double highest = 0;
  /// Of a minifloat.
  bool isFloat = false;
  int mantissa = 0;
  int bias = 0;
  double max = 0;
};

inline Format makeInt(int bits, bool isSigned, bool isNarrow) {
  Format format;
  format.text = "#quant_act.int<" + std::to_string(bits) +
                (isSigned ? ", signed" : ", unsigned") +
                (isNarrow ? ", narrow>" : ">");
  double count = std::ldexp(1.0, isSigned ? bits - 1 : bits);
  format.lowest = isSigned ? -count + isNarrow : 0;
  format.highest = count - 1 - (isNarrow && !isSigned);
  return format;
}

inline Format makeFloat(const std::string &name, int mantissa, int bias,
                        double max) {
  Format format;
  format.text = "#quant_act.float<" + name + ">";
  format.isFloat = true;
  format.mantissa = mantissa;
  format.bias = bias;
  format.max = max;
  return format;
}

/// Where the contract adds the zero point, and what it divides by.
struct Contract {
  const char *text = "brevitas";
  bool isZeroPointInside = true;
  bool multiplies = false;
  bool isNanLowest = false;
  bool isOverflowLowest = false;
  bool roundsOnce = false;
  bool hasIntegerCodes = false;
};

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

inline float clamp(float value, float low, float high) {
  if (value > high)
    return high;
  return value < low ? low : value;
}

/// One configuration, evaluated element by element.
template <Rounding mode, Precision precision>
class Quantizer {
public:
  Quantizer(const Format &format, const Contract &contract, float scale,
            float zeroPoint)
      : format(format), contract(contract), scale(scale), zeroPoint(zeroPoint),
        inverse(round(1.0 / double(scale))), lowest(round(format.lowest)),
        highest(round(format.highest)) {}

  float operator()(float x, float noise = 0) const {
    float u = contract.multiplies ? round(double(x) * inverse)
                                  : round(double(x) / scale);
    float code = format.isFloat ? getFloatCode(u, noise) : getCode(u, noise);
    if (contract.roundsOnce)
      return round((double(code) - zeroPoint) * scale);
    float difference = round(double(code) - zeroPoint);
    return round(double(difference) * scale);
  }

private:
  float round(double value) const { return roundTo(precision, value); }

  float getCode(float u, float noise) const {
    bool isNan = std::isnan(u);
    if (contract.isZeroPointInside)
      u = round(double(u) + zeroPoint);
    float code = roundToInteger<mode>(precision, u, noise);
    if (!contract.isZeroPointInside)
      code = round(double(code) + zeroPoint);
    if (isNan && contract.isNanLowest)
      return lowest;
    if (code >= 0x1.0p63f && contract.isOverflowLowest)
      return lowest;
    code = clamp(code, lowest, highest);
    return contract.hasIntegerCodes && code == 0 ? 0.0f : code;
  }

  /// A multiple of the distance between the format's numbers around u.
  float getFloatCode(float u, float noise) const {
    if (!std::isfinite(u))
      return std::numeric_limits<float>::quiet_NaN();
    int smallest = 1 - format.bias;
    int exponent = u == 0 ? smallest : std::max(std::ilogb(u), smallest);
    double step = std::ldexp(1.0, exponent - format.mantissa);
    // Exact but where u / step is too small for the precision; it rounds then.
    float steps = round(double(u) / step);
    // sign(u) * floor(abs(u)), where -0 has no sign.
    if (mode == Rounding::TowardZero && steps == 0)
      return 0.0f;
    float code = static_cast<float>(
        step * double(roundToInteger<mode>(precision, steps, noise)));
    auto max = static_cast<float>(format.max);
    return clamp(code, -max, max);
  }

  const Format &format;
  Contract contract;
  float scale, zeroPoint, inverse, lowest, highest;
};

} // namespace quant_act::independent

#endif // QUANTACT_TEST_UNIT_EXHAUSTIVE_INDEPENDENTQUANTIZER_H
