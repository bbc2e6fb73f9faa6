/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

/* State that is set, reset, replaced by what is returned, too, and read. */

#include "bound.h"

#include <stdio.h>

static void check(const char *error) {
  if (error)
    printf("%s\n", error);
}

static void print(const char *title) {
  float now[2];
  check(get(now));
  printf("%s %g %g\n", title, now[0], now[1]);
}

int main(void) {
  const float value[] = {3.0f, 4.0f};
  float old[2], next[2];
  print("initial");
  check(set(value));
  print("set");
  check(step(value, old, next));
  printf("old %g %g, next %g %g\n", old[0], old[1], next[0], next[1]);
  print("stepped");
  check(reset());
  print("reset");
  return 0;
}
