# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples.py ROOT TESTED: fails unless TESTED holds every op's example."""

import pathlib
import re
import sys

root, tested = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
folder = root / "include/QuantAct/Dialect/QuantAct/IR"
ops = "".join(path.read_text() for path in sorted(folder.glob("*Ops.td")))


def squeeze(text):
    return " ".join(text.split())


text = squeeze(tested.read_text())
definitions = re.split(r"^def QuantAct_(?=\w+Op )", ops, flags=re.M)[1:]
for definition in definitions:
    name = definition.split()[0]
    examples = re.findall(r"```mlir\n(.*?)```", definition, re.S)
    if not examples:
        sys.exit(f"{name}: has no example")
    for example in examples:
        # Statement by statement: the test may put others between them.
        for statement in re.split(r"\n(?=    %\w[^=\n]* = )", "\n" + example):
            if squeeze(statement) and squeeze(statement) not in text:
                sys.exit(f"{name}: the example is not tested:\n{statement}")
print(f"{len(definitions)} ops")
