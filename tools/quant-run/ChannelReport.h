//===- ChannelReport.h - Ranges and errors by channel -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What quantization does to each channel of an activation: which values the
// channel has, which it can represent, and how much noise it gains.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_CHANNELREPORT_H
#define QUANTACT_TOOLS_QUANTRUN_CHANNELREPORT_H

#include "QuantAct/Support/HostTensor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace quant_act {

/// One quantization of an activation, to be compared with the activation.
struct QuantizedOutput {
  std::string name;
  /// The dequantized values.
  const HostTensor *y;
  /// One per channel, or a single one that all channels share.
  std::vector<double> scale;
  /// The integers that a value is clamped to.
  double lowestCode;
  double highestCode;
  /// As `scale`; empty if it is 0.
  std::vector<double> zeroPoint;
};

/// What the values of a channel, or of the whole tensor, cover. All of it is
/// NaN if one value is NaN.
struct ValueStats {
  int64_t numElements = 0;
  double min = 0;
  double max = 0;
  double largestMagnitude = 0;
  /// Zeros excepted; 0 if there is nothing else.
  double smallestMagnitude = 0;

  /// Only zeros. A channel without elements is not called dead.
  bool isDead() const { return numElements != 0 && largestMagnitude == 0; }
};

/// What one quantization makes of one channel.
struct QuantizedChannel {
  double scale;
  /// The real numbers that the lowest and the highest code stand for.
  double lowest;
  double highest;
  /// Signal-to-quantization-noise ratio in dB: infinite without noise, minus
  /// infinite where there is noise only. None if there is neither.
  std::optional<double> sqnr;
};

struct ChannelReport {
  struct Output {
    std::string name;
    std::vector<QuantizedChannel> channels;
    /// Of the whole tensor.
    std::optional<double> sqnr;
  };

  std::vector<ValueStats> channels;
  ValueStats total;
  std::vector<Output> outputs;

  int64_t countDeadChannels() const;

  /// Prints a table: a row per channel, the outputs side by side, and a row for
  /// the whole tensor. `maxRows` limits the channels shown; 0 stands for all.
  void print(llvm::raw_ostream &os, size_t maxRows = 0) const;
};

/// Compares quantizations of `a`, which is what enters the quantizer: the
/// values after the activation function.
llvm::Expected<ChannelReport>
buildChannelReport(const HostTensor &a, int64_t channelDim,
                   llvm::ArrayRef<QuantizedOutput> outputs);

/// A ratio in dB as the report shows it: "25.3", "inf", "-inf", "nan", "-".
std::string formatSqnr(std::optional<double> sqnr);

/// A number with four significant digits.
std::string formatNumber(double value);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_CHANNELREPORT_H
