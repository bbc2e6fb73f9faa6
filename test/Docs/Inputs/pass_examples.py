# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""pass_examples.py ROOT: fails unless every pass turns its example into what it says.

Both texts go through quant-opt, so that only the names of values may differ.
"""

import difflib
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
numPasses = 0


def print_ir(text, *options):
    return subprocess.run(
        ["quant-opt", "-", *options], input=text, stdout=-1, text=True, check=True
    ).stdout


for path in sorted((root / "include").rglob("*Passes.td")):
    definitions = re.split(r"^def (?=\w+\s+: \w*Pass<)", path.read_text(), flags=re.M)
    for definition in definitions[1:]:
        name, anchor = re.search(
            r": \w+<\"([^\"]+)\"(.*?)> \{", definition, re.S
        ).groups()
        pipeline = f"any({name})" if "Func" in anchor else name
        example = re.search(
            r"Before:\n\n    ```mlir\n(.*?)```\n\n    After:\n\n    ```mlir\n(.*?)```",
            definition,
            re.S,
        )
        if not example:
            sys.exit(f"{name}: has no example")
        before, after = example.groups()
        expected = print_ir(after)
        actual = print_ir(before, f"--pass-pipeline=builtin.module({pipeline})")
        if actual != expected:
            diff = difflib.unified_diff(
                expected.splitlines(), actual.splitlines(), "After", name, lineterm=""
            )
            sys.exit(f"{name}: does something else in its example\n" + "\n".join(diff))
        numPasses += 1
print(f"{numPasses} passes")
