/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "median.h"

#include <stdio.h>

int main(void) {
  const float x[] = {3.0f, -1.5f, 0.25f};
  float value;
  const char *error = median(x, &value);
  printf("%s %g\n", error ? error : "median", value);
  return error != 0;
}
