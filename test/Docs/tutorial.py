# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# RUN: rm -rf %t && mkdir -p %t
# RUN: %python %s %source_root %t %source_root/docs/tutorial.md %source_root/docs/ahead-of-time.md %source_root/README.md \
# RUN:   %source_root/docs/contracts.md
"""Runs what the documents show.

For each file: every ```mlir block must be accepted by quant-opt, or, as ```mlir
error, be rejected with the message in its first line's comment; every line of a
```sh block that is not one of the two setup scripts is run where the repository's
folders are visible; a ```text block is the output of the sh block before it, with
lines `...` standing for any lines.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
# These install and build: what they do is tested by running them.
SCRIPTS = ("scripts/quickstart.sh", "scripts/check.sh")


def fail(where, *lines):
    print(f"{where}:", *lines, sep="\n")
    sys.exit(1)


def run(command, scratch):
    return subprocess.run(
        command, shell=True, cwd=scratch, capture_output=True, text=True
    )


def check_mlir(where, text, is_error, scratch):
    path = scratch / "block.mlir"
    path.write_text(text)
    result = run("quant-opt block.mlir", scratch)
    if not is_error:
        if result.returncode != 0:
            fail(where, text, result.stderr)
        return
    message = text.splitlines()[0].removeprefix("//").strip()
    if result.returncode == 0 or message not in result.stderr:
        fail(where, f"expected the error: {message}", result.stderr)


def matches(expected, actual):
    """Whether the lines are alike; an expected `...` stands for any lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and matches(expected[1:], actual[1:])


def run_sh(where, text, scratch):
    output = ""
    for line in text.splitlines():
        if line.startswith(SCRIPTS):
            continue
        result = run(line, scratch)
        if result.returncode != 0:
            fail(where, line, result.stdout, result.stderr)
        output += result.stdout
    return output


def main():
    root, scratch = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for folder in ("examples", "docs"):
        (scratch / folder).symlink_to(root / folder)
    counted = 0
    for name in sys.argv[3:]:
        document = pathlib.Path(name)
        output = ""
        for match in BLOCK.finditer(document.read_text()):
            kind, note, text = match[1], match[2].strip(), match[3]
            where = f"{document.name}, {kind} block: {text.splitlines()[0]}"
            if kind == "mlir":
                check_mlir(where, text, note == "error", scratch)
            elif kind == "sh":
                output = run_sh(where, text, scratch)
            elif kind == "text":
                expected = [line.rstrip() for line in text.splitlines()]
                actual = [line.rstrip() for line in output.splitlines()]
                if not matches(expected, actual):
                    fail(where, "expected:", text, "but got:", output)
            else:
                continue
            counted += 1
    if counted == 0:
        fail("documents", "no block was found")
    print(f"{counted} blocks")


main()
