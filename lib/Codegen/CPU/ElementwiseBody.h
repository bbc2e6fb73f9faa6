//===- ElementwiseBody.h - What is done to each element ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body of an elementwise linalg.generic on buffers in two parts: what is
// computed of parameters alone, which all elements of a channel share, and the
// rest.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_ELEMENTWISEBODY_H
#define QUANTACT_LIB_CODEGEN_CPU_ELEMENTWISEBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace quant_act {

class ElementwiseBody {
public:
  /// Nothing, unless all loops of the op are parallel, results are written at
  /// the loops' indices to buffers without gaps, vectors of what is in buffers
  /// lie there like elements, and every op of the body works on vectors as it
  /// does on their elements.
  static std::optional<ElementwiseBody> get(mlir::linalg::GenericOp op);

  mlir::linalg::GenericOp getOp() const { return op; }

  /// The innermost dimension with more than one index: rows extend along it.
  int64_t getRowDim() const { return rowDim; }

  /// Operands that are read and written at the loops' indices.
  llvm::ArrayRef<mlir::OpOperand *> getInputs() const { return inputs; }
  llvm::ArrayRef<mlir::OpOperand *> getOutputs() const { return outputs; }

  /// Operands that are not indexed by all loops.
  llvm::ArrayRef<mlir::OpOperand *> getParameters() const { return parameters; }

  /// Whether any parameter is indexed by the loop.
  bool isIndexedBy(int64_t dim) const;

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

  /// The indices of a parameter's element, from the loops'.
  llvm::SmallVector<mlir::Value>
  getParameterIndices(mlir::OpBuilder &builder, mlir::OpOperand &operand,
                      mlir::ValueRange indices) const;

  /// Clones the part that is computed of parameters: into scalars, or into
  /// vectors of `lanes` elements. `values` are the parameters' operands,
  /// `indices` the loops'. The mapping then has the shared values.
  void buildShared(mlir::OpBuilder &builder, mlir::ValueRange values,
                   mlir::ValueRange indices, std::optional<int64_t> lanes,
                   mlir::IRMapping &mapping) const;

  /// Clones the rest, on vectors of `lanes` elements. `shared` are the shared
  /// values as such vectors; `rowIndex` is the first element's index in its
  /// row. The results are what the outputs get.
  llvm::SmallVector<mlir::Value> buildElements(mlir::OpBuilder &builder,
                                               mlir::ValueRange elements,
                                               mlir::ValueRange shared,
                                               mlir::Value rowIndex,
                                               int64_t lanes) const;

private:
  explicit ElementwiseBody(mlir::linalg::GenericOp op) : op(op) {}

  bool classifyOperands();
  bool classifyOps();
  void include(mlir::Type type);

  mlir::linalg::GenericOp op;
  int64_t rowDim = 0;
  llvm::SmallVector<mlir::OpOperand *> inputs, outputs, parameters;
  /// What depends on an element.
  llvm::DenseSet<mlir::Value> elementValues;
  llvm::SetVector<mlir::Value> shared;
  bool hasIndices = false;
  unsigned width = 8;
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_ELEMENTWISEBODY_H
