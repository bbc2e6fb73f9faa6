# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""call.py LIBRARY: calls the compiled function; needs Python only, no NumPy."""

import ctypes
import sys
from array import array

library = ctypes.CDLL(sys.argv[1])
pointer, extent = ctypes.c_void_p, ctypes.c_int64
library.quantize.restype = ctypes.c_char_p
library.quantize.argtypes = [pointer, extent, extent, extent, pointer, extent, pointer]


def quantize(x, shape, scale):
    """x and scale are arrays of floats; so is the result, of x's shape."""
    y = array("f", bytes(4 * len(x)))
    # Of a NumPy array, x.ctypes.data is the address.
    address = lambda values: values.buffer_info()[0]
    error = library.quantize(
        address(x), *shape, address(scale), len(scale), address(y)
    )
    if error:
        raise ValueError(error.decode())
    return y


x = array("f", [-1.0, 2.5, 1.5, 2.25, 0.1, 9.0])
y = quantize(x, (1, 3, 2), array("f", [1.0, 0.5, 0.25]))
for channel in range(3):
    print(f"{y[2 * channel]:g} {y[2 * channel + 1]:g}")
try:
    quantize(x, (1, 3, 2), array("f", [1.0, 0.5]))
except ValueError as error:
    print(error)
