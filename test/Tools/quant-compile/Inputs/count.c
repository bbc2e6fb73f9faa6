/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "state.h"

#include <stdio.h>

int main(void) {
  const float x[] = {1.0f, 2.0f};
  float y[2], learned[2];
  int64_t count;
  const char *error = train(x, y);
  if (!error)
    error = train(x, y);
  if (!error)
    error = get(learned, &count);
  printf("%s %d\n", error ? error : "count", (int)count);
  return error != 0;
}
