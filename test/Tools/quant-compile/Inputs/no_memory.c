// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Calls a training step and its gradients where there is no memory to allocate.

#include "step.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { rows = 3 };

/// What the functions call instead of malloc (ld --wrap).
void *__wrap_malloc(size_t size) {
  (void)size;
  return NULL;
}

static float *make(int64_t n, float value) {
  float *values = calloc(n, sizeof(float));
  for (int64_t i = 0; i < n; ++i)
    values[i] = value;
  return values;
}

static void report(const char *function, int64_t channels, const char *error,
                   float value) {
  printf("%s of %d channels: ", function, (int)channels);
  if (error)
    puts(error);
  else
    printf("%g\n", value);
}

int main(void) {
  const int64_t channels[] = {3, 481, 482, 8192, 8193};
  for (int i = 0; i < 5; ++i) {
    int64_t c = channels[i], n = rows * c;
    float *x = make(n, 2.0f), *g = make(n, 1.0f), *y = make(n, 0.0f);
    float *running = make(c, 1.0f), *scale = make(c, 0.5f);
    float *next = make(c, 0.0f);
    int64_t count = 0, next_count = 0;
    const char *error =
        step(x, rows, c, running, c, &count, y, scale, next, &next_count);
    report("step", c, error, next[c - 1]);
    error = gradients(g, rows, c, x, rows, c, scale, c, y, next);
    report("gradients", c, error, next[c - 1]);
    free(x), free(g), free(y), free(running), free(scale), free(next);
  }
  return 0;
}
