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
#include "llvm/ADT/STLExtras.h"
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

  llvm::ArrayRef<int64_t> getTensorShape() const { return tensorShape; }

  /// Whether parameters vary along a dimension.
  bool isKept(int64_t dim) const { return llvm::is_contained(keptDims, dim); }

  /// How many indices of a dimension share a parameter, from the first on: all,
  /// the size of a block, or 1.
  int64_t getNumShared(int64_t dim) const;

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

/// The runs that sums go along (see Sums.h): elements that share the parameters
/// of all layouts.
class Runs {
public:
  /// Of one tensor's layouts.
  explicit Runs(llvm::ArrayRef<ParameterLayout> layouts);

  /// The number of elements, at least 1.
  int64_t getLength() const { return length; }

  /// Where in its run an element is.
  int64_t getPosition(int64_t element) const {
    return element / distance % length;
  }

private:
  /// How far from each other its elements are.
  int64_t distance = 1;
  int64_t length = 1;
};

} // namespace quant_act

#endif // QUANTACT_NUMERICS_PARAMETERLAYOUT_H
