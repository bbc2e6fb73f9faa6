//===- ParameterLayout.cpp - Which parameter belongs to an element --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Numerics/ParameterLayout.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>

using namespace llvm;
using namespace quant_act;

ParameterLayout::ParameterLayout(ArrayRef<int64_t> tensorShape)
    : ParameterLayout(tensorShape, {}, {}) {}

ParameterLayout::ParameterLayout(ArrayRef<int64_t> tensorShape,
                                 ArrayRef<int64_t> keptDims,
                                 ArrayRef<int64_t> extents)
    : tensorShape(tensorShape), keptDims(keptDims), parameterShape(extents),
      blockSizes(tensorShape.size(), 1), strides(tensorShape.size(), 0) {
  assert(keptDims.size() == extents.size() && "one extent per kept dimension");
  int64_t stride = 1;
  for (auto [dim, extent] : llvm::reverse(llvm::zip(keptDims, extents))) {
    if (extent != 0)
      blockSizes[dim] = tensorShape[dim] / extent;
    strides[dim] = stride;
    stride *= extent;
  }
}

int64_t ParameterLayout::getNumParameters() const {
  return product_of(parameterShape);
}

int64_t ParameterLayout::getRunLength() const {
  int64_t length = 1;
  for (int64_t dim = tensorShape.size() - 1; dim >= 0; --dim) {
    bool isKept = is_contained(keptDims, dim);
    length *= isKept ? blockSizes[dim] : tensorShape[dim];
    if (isKept)
      break;
  }
  return std::max<int64_t>(length, 1);
}

int64_t ParameterLayout::getNumElements() const {
  return product_of(tensorShape);
}

int64_t ParameterLayout::getParameter(ArrayRef<int64_t> coordinates) const {
  int64_t parameter = 0;
  for (auto [index, block, stride] : zip(coordinates, blockSizes, strides))
    parameter += index / block * stride;
  return parameter;
}

void ParameterLayout::advance(MutableArrayRef<int64_t> coordinates) const {
  for (auto [index, extent] : llvm::reverse(zip(coordinates, tensorShape))) {
    if (++index < extent)
      return;
    index = 0;
  }
}
