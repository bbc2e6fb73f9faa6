/*===- select.c - A program in C that selects a value
----------------------===*\
|*
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "QuantAct/Runtime/OrderStatistics.h"

#include <stdio.h>

int main(void) {
  float x[] = {3.0f, -1.5f, 0.25f}, value;
  struct {
    void *allocated, *aligned;
    int64_t offset, extent, stride;
  } elements = {x, x, 0, 3, 1}, result = {&value, &value, 0, 0, 0};
  QuantActMemRef xMemRef = {1, &elements}, valueMemRef = {0, &result};
  _mlir_ciface_quantActOrderStatisticsF32(&xMemRef, 2, &valueMemRef, 2,
                                          &valueMemRef, QuantActOrderNumbers);
  printf("%g\n", value);
  return 0;
}
