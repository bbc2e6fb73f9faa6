# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import platform
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "quant-act"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test", ".py"]
config.excludes = ["lit.cfg.py", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.quant_act_obj_root, "test")
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"

config.substitutions.append(("%python", config.python_executable))
config.substitutions.append(("%source_root", config.quant_act_src_root))
config.substitutions.append(("%runtime_library", config.quant_act_runtime_library))
config.substitutions.append(("%build_root", config.quant_act_obj_root))
config.substitutions.append(("%cmake", config.cmake_executable))
config.substitutions.append(("%mlir_include", config.mlir_include_dir))
if not config.sanitizers:
    config.available_features.add("plain-libraries")


def add_processors():
    """What code this machine can run: host-x86-64-v3 ..., aarch64-emulator."""
    if platform.machine() == "x86_64":
        flags = set()
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("flags"):
                    flags.update(line.split())
        config.available_features.add("host-x86-64")
        if {"avx2", "bmi2", "f16c", "fma", "movbe"} <= flags:
            config.available_features.add("host-x86-64-v3")
        if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
            config.available_features.add("host-x86-64-v4")
        if shutil.which("qemu-x86_64"):
            config.available_features.add("x86-64-emulator")
    if shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc"):
        config.available_features.add("aarch64-emulator")


add_processors()
llvm_config.with_environment(
    "PATH", [config.quant_act_tools_dir, config.llvm_tools_dir], append_path=True
)

# In sanitized builds: LLVM's allocators poison memory from our code that its own,
# not sanitized, uses.
# What cannot be allocated is a null pointer, as without a sanitizer. The search for
# leaks stops at dynamic thread-local storage of OpenMP's threads, in any program.
config.environment["ASAN_OPTIONS"] = (
    "allow_user_poisoning=0:allocator_may_return_null=1:intercept_tls_get_addr=0"
)
