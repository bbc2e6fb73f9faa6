/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "quantize.h"

#include <stdio.h>

int main(void) {
  const float x[1][3][2] = {{{-1.0f, 2.5f}, {1.5f, 2.25f}, {0.1f, 9.0f}}};
  const float scale[3] = {1.0f, 0.5f, 0.25f};
  float y[1][3][2];
  const char *error = quantize(&x[0][0][0], 1, 3, 2, scale, 3, &y[0][0][0]);
  if (error) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  for (int channel = 0; channel < 3; ++channel)
    printf("%g %g\n", y[0][channel][0], y[0][channel][1]);

  /* Three channels and two scales: the function says so and does nothing. */
  error = quantize(&x[0][0][0], 1, 3, 2, scale, 2, &y[0][0][0]);
  printf("%s\n", error);
  return 0;
}
