# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os

import lit.formats

config.name = "quant-act-unit"
config.test_source_root = os.path.join(config.quant_act_obj_root, "test", "Unit")
config.test_exec_root = config.test_source_root
config.test_format = lit.formats.GoogleTest(".", "Tests")

# In sanitized builds: LLVM's allocators poison memory from our code that its own,
# not sanitized, uses. The search for leaks stops at dynamic thread-local storage of
# OpenMP's threads, in any program.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0:intercept_tls_get_addr=0"
