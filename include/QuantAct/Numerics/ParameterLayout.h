//===- ParameterLayout.h - Which parameter an element has -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A grid laid over a tensor of known shape.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_NUMERICS_PARAMETERLAYOUT_H
#define QUANTACT_NUMERICS_PARAMETERLAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace quant_act {

class ParameterLayout {
public:
  /// One parameter for a tensor of the given shape.
  explicit ParameterLayout(llvm::ArrayRef<int64_t> tensorShape);

  /// Compact parameters with one dimension per entry of `keptDims`, along which
  /// there are `extents` of them. Each extent divides its dimension.
  ParameterLayout(llvm::ArrayRef<int64_t> tensorShape,
                  llvm::ArrayRef<int64_t> keptDims,
                  llvm::ArrayRef<int64_t> extents);

  llvm::ArrayRef<int64_t> getParameterShape() const { return parameterShape; }
  int64_t getNumParameters() const;

  /// How many elements that follow each other in row-major order share a
  /// parameter, by the dimensions that are kept and their blocks. At least 1.
  int64_t getRunLength() const;

  /// For each element of the tensor, in row-major order, calls
  /// `visit(element, parameter)` with both linear indices.
  template <typename Visitor>
  void forEachElement(Visitor visit) const {
    llvm::SmallVector<int64_t> coordinates(tensorShape.size(), 0);
    for (int64_t element = 0, e = getNumElements(); element < e; ++element) {
      visit(element, getParameter(coordinates));
      advance(coordinates);
    }
  }

private:
  int64_t getNumElements() const;
  int64_t getParameter(llvm::ArrayRef<int64_t> coordinates) const;
  void advance(llvm::MutableArrayRef<int64_t> coordinates) const;

  llvm::SmallVector<int64_t> tensorShape;
  llvm::SmallVector<int64_t> keptDims;
  llvm::SmallVector<int64_t> parameterShape;
  /// Per dimension of the tensor: how many consecutive indices share a
  /// parameter, and how far apart in memory their parameters are (0: shared).
  llvm::SmallVector<int64_t> blockSizes;
  llvm::SmallVector<int64_t> strides;
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_PARAMETERLAYOUT_H
