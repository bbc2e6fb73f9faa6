# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_npy.py FILE DTYPE SHAPE [VALUE...]: writes an array, e.g. a.npy f4 2x3 1 2.

Values are repeated to fill it. DTYPE is f4, f8, i1, u1 or i8; SHAPE is extents joined by
x, or () for rank 0.
"""

import math
import struct
import sys

path, dtype, shape_text, *values = sys.argv[1:]
shape = () if shape_text == "()" else tuple(int(n) for n in shape_text.split("x"))
count = math.prod(shape)
numbers = [float(v) for v in values] or [0.0]
code = {"f4": "f", "f8": "d", "i1": "b", "u1": "B", "i8": "q"}[dtype]
if dtype[0] != "f":
    numbers = [int(n) for n in numbers]
data = struct.pack(
    f"<{count}{code}", *(numbers[i % len(numbers)] for i in range(count))
)
order = "|" if dtype[1] == "1" else "<"
header = f"{{'descr': '{order}{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
header += " " * (-(10 + len(header) + 1) % 64) + "\n"
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
    file.write(header.encode() + data)
