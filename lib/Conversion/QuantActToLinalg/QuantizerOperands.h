//===- QuantizerOperands.h - What each element is quantized by --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operands of linalg.generic ops that quantize x or differentiate that.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_QUANTIZEROPERANDS_H
#define QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_QUANTIZEROPERANDS_H

#include "BlockView.h"
#include "QuantAct/Numerics/Emitter.h"
#include "QuantAct/Numerics/FakeQuant.h"

namespace quant_act {

/// An element's row-major position, inside of a linalg.generic over a tensor of
/// the given type.
class RowMajorPosition {
public:
  RowMajorPosition() = default;
  RowMajorPosition(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value tensor);

  /// The position, as an i64.
  mlir::Value build(mlir::OpBuilder &nested, mlir::Location loc) const;

private:
  /// How far apart elements are along each dimension.
  llvm::SmallVector<mlir::Value> strides;
};

/// x and its parameters. The zero point, bits and seed may be null.
struct QuantizerParts {
  mlir::TypedValue<mlir::RankedTensorType> x;
  mlir::Value scale, zeroPoint, bits, seed;
  GridAttr grid, zeroPointGrid, bitsGrid;

  /// Those of fake_quant or an op with its operands.
  template <typename Op>
  static QuantizerParts get(Op op) {
    return {op.getX(),
            op.getScale(),
            op.getZeroPoint(),
            op.getBits(),
            op.getSeed(),
            op.getGridAttr(),
            op.getZeroPoint() ? op.getEffectiveZeroPointGrid() : GridAttr(),
            op.getBits() ? op.getBitsGrid() : GridAttr()};
  }
};

class QuantizerOperands {
public:
  QuantizerOperands(const QuantizerParts &parts, mlir::OpBuilder &builder,
                    mlir::Location loc, SharedDims shared = SharedDims::Keep);

  /// Makes a tensor of x's shape an operand, too; the result is its index.
  unsigned addElements(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value tensor);

  const BlockView &getView() const { return view; }
  llvm::ArrayRef<mlir::Value> getTensors() const { return tensors; }
  llvm::ArrayRef<mlir::AffineMap> getMaps() const { return maps; }

  /// The map and the extents of x.
  mlir::AffineMap getElementMap() const { return maps.front(); }
  llvm::SmallVector<mlir::OpFoldResult>
  getElementExtents(mlir::OpBuilder &builder, mlir::Location loc) const;

  /// In the body, from its arguments: x and its parameters.
  mlir::Value getX(mlir::ValueRange arguments) const { return arguments[0]; }
  Parameters<Emitter> buildParameters(mlir::OpBuilder &nested, Emitter &emitter,
                                      mlir::ValueRange arguments) const;

private:
  /// Makes parameters an operand; the result is its index.
  unsigned addParameters(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value parameters, GridAttr grid);

  mlir::Location loc;
  BlockView view;
  llvm::SmallVector<mlir::Value> tensors;
  llvm::SmallVector<mlir::AffineMap> maps;
  /// Indices among the tensors.
  unsigned scale;
  std::optional<unsigned> zeroPoint, bits;
  mlir::Value seed;
  RowMajorPosition position;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CONVERSION_QUANTACTTOLINALG_QUANTIZEROPERANDS_H
