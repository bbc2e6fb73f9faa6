//===- LoopBody.h - What is done to each element ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body of a linalg.generic on buffers in two parts: what is computed of
// parameters alone, which all elements of a channel share, and the rest, which
// makes an element of each result, or adds to accumulators.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_LOOPBODY_H
#define QUANTACT_LIB_CODEGEN_CPU_LOOPBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace quant_act {

/// Whether a vector lies in memory as its elements do by themselves: LLVM packs
/// the bits of vectors only.
bool fillsBytes(mlir::Type element);

enum class AccumulatorKind {
  /// (.., row mod 16): a vector's elements go to the lanes, in order.
  Lanes,
  /// (..), without the row: all elements of a row, in whatever order.
  AnyOrder,
  /// (.., row): adjacent elements go to adjacent accumulators.
  AlongRow
};

/// An operand to which several elements contribute.
struct Accumulator {
  mlir::OpOperand *operand;
  AccumulatorKind kind;
  /// From the loops to the accumulator, without its lanes.
  mlir::AffineMap map;
  /// The integer operation that combines; with AnyOrder there is one.
  mlir::Operation *combiner = nullptr;
  /// With AlongRow: the loop whose index mod 16 is the lane, if there are any,
  /// which differ from row to row. Lanes have an order, and no combiner.
  std::optional<int64_t> laneDim = std::nullopt;
  /// With Lanes: the addition, if that is all that the body does with it.
  mlir::Operation *adder = nullptr;
};

class LoopBody {
public:
  /// Nothing, unless results are written at the loops' indices to buffers with
  /// no gaps but between rows, or are accumulators of a known kind, vectors of
  /// what is in buffers lie there like elements, and every op of the body works
  /// on vectors as it does on their elements.
  static std::optional<LoopBody> get(mlir::linalg::GenericOp op);

  mlir::linalg::GenericOp getOp() const { return op; }

  /// The innermost dimension with more than one index: rows extend along it.
  int64_t getRowDim() const { return rowDim; }

  /// Operands that are read and written at the loops' indices.
  llvm::ArrayRef<mlir::OpOperand *> getInputs() const { return inputs; }
  llvm::ArrayRef<mlir::OpOperand *> getOutputs() const { return outputs; }

  /// Operands that several elements are reduced to.
  llvm::ArrayRef<Accumulator> getAccumulators() const { return accumulators; }

  /// Whether any accumulator is of the kind.
  bool hasAccumulator(AccumulatorKind kind) const;

  /// The loop by whose index mod 16 all accumulators have lanes, from row to
  /// row.
  std::optional<int64_t> getLaneDim() const;

  /// The operand that has an element for each of the loops' indices.
  mlir::OpOperand &getElements() const;

  /// Operands that are read and not indexed by all loops.
  llvm::ArrayRef<mlir::OpOperand *> getParameters() const { return parameters; }

  /// Whether any parameter or accumulator is indexed by the loop.
  bool isIndexedBy(int64_t dim) const;

  /// Whether parameters that differ along a dimension are next to each other.
  bool hasParameterVectors(int64_t dim) const;

  /// Whether elements are parts of buffers, with gaps between rows.
  bool hasGaps() const { return areElementsApart; }

  /// Whether the body asks for the loops' indices.
  bool usesIndices() const { return hasIndices; }

  /// Whether a value of the body depends on an element.
  bool isOfElement(mlir::Value value) const {
    return elementValues.contains(value);
  }

  /// What is computed of parameters alone, and needed for the elements.
  llvm::ArrayRef<mlir::Value> getShared() const { return shared.getArrayRef(); }

  /// The bits of the widest number that is computed with.
  unsigned getWidth() const { return width; }

  /// What the loops' indices select of a parameter.
  mlir::Value loadParameter(mlir::OpBuilder &builder, mlir::OpOperand &operand,
                            mlir::ValueRange indices) const;

  /// The indices of the element of an operand that is no element, from the
  /// loops'. Lanes have the row's.
  llvm::SmallVector<mlir::Value>
  getOperandIndices(mlir::OpBuilder &builder, mlir::OpOperand &operand,
                    mlir::ValueRange indices) const;

  /// Clones the part that is computed of parameters: into scalars, or into
  /// vectors of `lanes` elements. `values` are the parameters' operands,
  /// `indices` the loops'. The mapping then has the shared values.
  void buildShared(mlir::OpBuilder &builder, mlir::ValueRange values,
                   mlir::ValueRange indices, std::optional<int64_t> lanes,
                   mlir::IRMapping &mapping) const;

  /// What the outputs and the accumulators get.
  struct Results {
    llvm::SmallVector<mlir::Value> outputs, accumulated;
  };

  /// Clones the rest, on vectors of `lanes` elements. `shared` are the shared
  /// values as such vectors; `rowIndex` is the first element's index in its
  /// row.
  Results buildElements(mlir::OpBuilder &builder, mlir::ValueRange elements,
                        mlir::ValueRange accumulated, mlir::ValueRange shared,
                        mlir::Value rowIndex, int64_t lanes) const;

private:
  explicit LoopBody(mlir::linalg::GenericOp op) : op(op) {}

  bool classifyOperands();
  bool classifyAccumulator(mlir::OpOperand &operand);
  bool classifyOps();
  void include(mlir::Type type);

  mlir::linalg::GenericOp op;
  int64_t rowDim = 0;
  llvm::SmallVector<mlir::OpOperand *> inputs, outputs, parameters;
  llvm::SmallVector<Accumulator> accumulators;
  /// What depends on an element.
  llvm::DenseSet<mlir::Value> elementValues;
  llvm::SetVector<mlir::Value> shared;
  bool hasIndices = false, areElementsApart = false;
  unsigned width = 8;
};

/// Visits the ops in a function that have such bodies. They may be replaced.
void forEachLoopBody(mlir::Operation *function,
                     llvm::function_ref<void(const LoopBody &)> visit);

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_LOOPBODY_H
