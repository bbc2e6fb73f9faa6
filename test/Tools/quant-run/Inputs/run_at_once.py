# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run_at_once.py N COMMAND...: runs a command N times at once, prints what it said."""

import subprocess
import sys

count, command = int(sys.argv[1]), sys.argv[2:]
processes = [
    subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for _ in range(count)
]
for process in processes:
    print(process.communicate()[0].decode(), end="")
sys.exit(max(process.returncode for process in processes))
