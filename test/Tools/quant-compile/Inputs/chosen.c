/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

   chosen LIBRARY FUNCTION: where in the library's file the function is that
   its name stands for in this process. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
  char *function = library ? dlsym(library, argv[2]) : NULL;
  Dl_info info;
  if (!function || !dladdr(function, &info)) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  printf("chosen: %016lx\n", (unsigned long)(function - (char *)info.dli_fbase));
  return 0;
}
