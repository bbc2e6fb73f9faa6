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

int64_t ParameterLayout::getNumShared(int64_t dim) const {
  return isKept(dim) ? blockSizes[dim] : tensorShape[dim];
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

Runs::Runs(ArrayRef<ParameterLayout> layouts) {
  ArrayRef<int64_t> shape = layouts.front().getTensorShape();
  auto isKept = [&](int64_t dim) {
    return any_of(layouts, [&](const ParameterLayout &layout) {
      return layout.isKept(dim);
    });
  };
  auto getNumShared = [&](int64_t dim) {
    int64_t number = shape[dim];
    for (const ParameterLayout &layout : layouts)
      number = std::min(number, layout.getNumShared(dim));
    return number;
  };
  int64_t dim = shape.size() - 1;
  for (; dim >= 0 && isKept(dim) && getNumShared(dim) == 1; --dim)
    distance *= shape[dim];
  for (; dim >= 0; --dim) {
    length *= getNumShared(dim);
    if (isKept(dim))
      break;
  }
  // Elements there are none.
  distance = std::max<int64_t>(distance, 1);
  length = std::max<int64_t>(length, 1);
}
