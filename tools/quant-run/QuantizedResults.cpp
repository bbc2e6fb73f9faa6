//===- QuantizedResults.cpp - What a function quantizes -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedResults.h"

#include "QuantAct/Dialect/QuantAct/IR/HostTensors.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Numerics/Reference.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace quant_act;

using llvm::createStringError;
using llvm::Expected;

namespace {

/// What fake_quant and act have in common.
struct QuantizingOp {
  Value x;
  Value scale;
  Value zeroPoint;
  FormatAttr format;
  Activation activation;
  GridAttr grid;
  GridAttr zeroPointGrid;

  static std::optional<QuantizingOp> get(Value result) {
    if (auto op = result.getDefiningOp<FakeQuantOp>())
      return QuantizingOp{op.getX(),
                          op.getScale(),
                          op.getZeroPoint(),
                          op.getFormat(),
                          op.getActivation(),
                          op.getGridAttr(),
                          op.getEffectiveZeroPointGrid()};
    auto op = result.getDefiningOp<ActOp>();
    if (!op || result != op.getY() || !op.quantizes())
      return std::nullopt;
    ValueRange others = op.getOthers();
    return QuantizingOp{op.getX(),
                        others[0],
                        op.hasZeroPoint() ? others[1] : Value(),
                        op.getFormat(),
                        op.getActivation(),
                        op.getGridAttr(),
                        op.getGridAttr()};
  }
};

/// The value that a call gave to `value`, if it is an argument, a result or a
/// constant.
std::optional<HostTensor> getCallValue(const Call &call, Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return *call.arguments[argument.getArgNumber()];
  func::FuncOp function = call.function;
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [index, returned] : llvm::enumerate(terminator->getOperands()))
    if (returned == value)
      return call.results[index];
  DenseElementsAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return toHostTensor(constant);
  return std::nullopt;
}

/// The dimension that a grid gives parameters of their own; none if it shares
/// one among all.
Expected<std::optional<int64_t>>
getChannelDim(GridAttr grid, const HostTensor &x, StringRef name) {
  if (!grid || grid.getKeptDims().empty())
    return std::nullopt;
  if (grid.getKeptDims().size() != 1 || grid.hasBlocks(x.getShape()))
    return createStringError(
        "the per-channel report shows one channel dimension, but the grid of "
        "result '" +
        name + "' has several dimensions or blocks");
  return grid.getKeptDims().front();
}

/// Parameters of a result as numbers, one or one per channel.
Expected<std::vector<double>> getParameters(const Call &call, Value parameters,
                                            StringRef what, StringRef name) {
  std::optional<HostTensor> values = getCallValue(call, parameters);
  if (!values)
    return createStringError("the per-channel report needs the " + what +
                             " of result '" + name +
                             "' to be an argument, a result or a constant of "
                             "function '" +
                             call.signature.name + "'");
  std::vector<double> numbers;
  for (int64_t i = 0, e = values->getNumElements(); i < e; ++i)
    numbers.push_back(values->getDouble(i));
  return numbers;
}

/// Collects what the report needs, one quantized result after the other.
class Collector {
public:
  Collector(const Call &call, std::optional<int64_t> channelDim)
      : call(call), channelDim(channelDim) {}

  llvm::Error add(const QuantizingOp &op, unsigned index) {
    const std::string &name = call.signature.results[index].name;
    auto argument = dyn_cast<BlockArgument>(op.x);
    if (!argument)
      return createStringError("the per-channel report needs the quantized "
                               "activation of result '" +
                               name + "' to be an argument of function '" +
                               call.signature.name + "'");
    if (x && (x != argument || activation != op.activation))
      return createStringError("the per-channel report shows one activation, "
                               "but result '" +
                               name + "' quantizes another one");
    x = argument;
    activation = op.activation;
    const HostTensor &values = *call.arguments[argument.getArgNumber()];
    for (GridAttr grid :
         {op.grid, op.zeroPoint ? op.zeroPointGrid : GridAttr()})
      if (llvm::Error error = useGrid(grid, values, name))
        return error;

    auto scale = getParameters(call, op.scale, "scale", name);
    if (!scale)
      return scale.takeError();
    std::vector<double> zeroPoint;
    if (op.zeroPoint) {
      auto numbers = getParameters(call, op.zeroPoint, "zero point", name);
      if (!numbers)
        return numbers.takeError();
      zeroPoint = std::move(*numbers);
    }
    auto range = getCodeRange(op.format.getFormat());
    if (!range)
      return createStringError("the per-channel report needs a format that "
                               "says its bits, unlike that of result '" +
                               name + "'");
    outputs.push_back({name, &call.results[index], std::move(*scale),
                       range->first, range->second, std::move(zeroPoint)});
    return llvm::Error::success();
  }

  Expected<ChannelReport> build() {
    if (outputs.empty())
      return createStringError("the per-channel report needs a result of "
                               "function '" +
                               call.signature.name +
                               "' that quant_act.fake_quant or quant_act.act "
                               "computes");
    std::optional<int64_t> dim = gridDim ? gridDim : channelDim;
    if (!dim)
      return createStringError("the per-channel report needs --channel-dim "
                               "where no grid says the channel dimension");
    const HostTensor &values = *call.arguments[x.getArgNumber()];
    if (*dim < 0 || *dim >= values.getRank())
      return createStringError("expects --channel-dim in [0, " +
                               Twine(values.getRank()) + "), but got " +
                               Twine(*dim));
    return buildChannelReport(reference::activate(activation, values), *dim,
                              outputs);
  }

private:
  llvm::Error useGrid(GridAttr grid, const HostTensor &values, StringRef name) {
    auto dim = getChannelDim(grid, values, name);
    if (!dim)
      return dim.takeError();
    if (gridDim && *dim && *gridDim != **dim)
      return createStringError("the per-channel report shows one channel "
                               "dimension, but result '" +
                               name + "' has channels along dimension " +
                               Twine(**dim) + " and another along " +
                               Twine(*gridDim));
    if (*dim)
      gridDim = *dim;
    return llvm::Error::success();
  }

  const Call &call;
  std::optional<int64_t> channelDim;
  std::optional<int64_t> gridDim;
  BlockArgument x;
  Activation activation = Activation::Identity;
  std::vector<QuantizedOutput> outputs;
};

} // namespace

Expected<ChannelReport>
quant_act::reportCall(const Call &call, std::optional<int64_t> channelDim) {
  Collector collector(call, channelDim);
  func::FuncOp function = call.function;
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [index, returned] : llvm::enumerate(terminator->getOperands()))
    if (std::optional<QuantizingOp> op = QuantizingOp::get(returned))
      if (llvm::Error error = collector.add(*op, index))
        return std::move(error);
  return collector.build();
}
