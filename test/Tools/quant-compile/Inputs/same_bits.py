# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_bits.py FOLDER [--run WRAPPER] [--link LIBRARY] CC [OPTION...]: fails unless functions that are
compiled with the options give the interpreter's bits.

The functions are compiled to an object file, which a C program is linked with that
calls each of them on the interpreter's inputs. CC compiles for the target, WRAPPER
runs its programs. Any NaN is as good as another: processors differ in which they make.
"""

import math
import pathlib
import random
import struct
import subprocess
import sys

# Bytes, C type, .npy type, and the least bits of an infinity or, without one, of a
# NaN less one.
TYPES = {
    "f64": (8, "double", "<f8", 0x7FF << 52),
    "f32": (4, "float", "<f4", 0xFF << 23),
    "f16": (2, "uint16_t", "<f2", 0x1F << 10),
    "bf16": (2, "uint16_t", "|V2", 0xFF << 7),
    "f8E4M3FN": (1, "uint8_t", "|u1", 0x7E),
    "f8E5M2": (1, "uint8_t", "|u1", 0x7C),
    "i8": (1, "int8_t", "|i1", None),
    "i64": (8, "int64_t", "<i8", None),
}
DIGITS = {"f64": 52, "f32": 23, "f16": 10, "bf16": 7}


def encode(number, type):
    """The bits of the float that is nearest below."""
    if type in ("f64", "f32", "f16"):
        code = {"f64": "d", "f32": "f", "f16": "e"}[type]
        return int.from_bytes(struct.pack("<" + code, number), "little")
    return encode(number, "f32") >> 16  # bf16


class Tensor:
    """A type; extents, of which negative ones are dynamic; how it is filled."""

    def __init__(self, type, shape, fill="data"):
        self.type, self.fill = type, fill
        self.shape = [abs(extent) for extent in shape]
        self.dynamic = [abs(extent) for extent in shape if extent < 0]
        extents = ["?" if extent < 0 else str(extent) for extent in shape]
        self.text = f"tensor<{'x'.join(extents + [type])}>"
        self.count = math.prod(self.shape)

    def make_bits(self, rng):
        width, _, _, infinity = TYPES[self.type]
        if self.fill == "seed":
            return [rng.getrandbits(62) for _ in range(self.count)]
        if self.type not in DIGITS:
            return [rng.getrandbits(8 * width) for _ in range(self.count)]
        if self.fill == "scale":
            # Usual ones, one whose quotients are not replaced, one with long digits.
            choices = [0.25, 0.1, 3e-5, 2.0**-62, 0.75, 1 / 3, 7.0]
            if self.type == "f16":
                choices[3] = 2.0**-14
            return [encode(choices[i % 7], self.type) for i in range(self.count)]
        if self.fill == "zero point":
            return [encode(float(i % 5), self.type) for i in range(self.count)]
        if self.fill == "bits":
            return [encode(4.0, self.type)] * self.count
        if self.fill == "finite":
            return [encode(rng.gauss(0.0, 2.0), self.type) for _ in range(self.count)]
        sign = 1 << (8 * width - 1)
        one = encode(1.0, self.type)
        special = [0, 1, infinity - 1, infinity, infinity + 1, sign - 1, one]
        special += [infinity >> 1, (1 << DIGITS[self.type]) - 1]
        special += [encode(n * 0.125, self.type) for n in range(1, 40)]
        bits = []
        for _ in range(self.count):
            kind = rng.random()
            if kind < 0.4:
                value = rng.choice(special)
            elif kind < 0.6:
                value = rng.getrandbits(8 * width - 1)
            else:
                value = encode(rng.gauss(0.0, 2.0), self.type)
            bits.append(value ^ (sign if rng.random() < 0.5 else 0))
        return bits

    def pack(self, bits):
        return b"".join(value.to_bytes(TYPES[self.type][0], "little") for value in bits)

    def canonical(self, data):
        """The bits, with all NaN the same."""
        width, _, _, infinity = TYPES[self.type]
        sign = 1 << (8 * width - 1)
        values = []
        for i in range(0, len(data), width):
            value = int.from_bytes(data[i : i + width], "little")
            isNan = infinity is not None and value & (sign - 1) > infinity
            values.append("nan" if isNan else value)
        return values


class Function:
    def __init__(self, name, arguments, results, body):
        self.name, self.arguments, self.results = name, arguments, results
        parameters = ", ".join(f"%a{i}: {t.text}" for i, t in enumerate(arguments))
        types = ", ".join(t.text for t in results)
        values = ", ".join(f"%r{i}" for i in range(len(results)))
        self.text = (
            f"func.func @{name}({parameters}) -> ({types}) {{\n  {body}\n"
            f"  return {values} : {types}\n}}\n"
        )

    def c_call(self):
        lines, passed = [], []
        for i, tensor in enumerate(self.arguments):
            lines.append(f"{TYPES[tensor.type][1]} *a{i} = read(\"{self.name}.a{i}\", "
                         f"{tensor.count * TYPES[tensor.type][0]});")
            passed += [f"a{i}"] + [str(extent) for extent in tensor.dynamic]
        for i, tensor in enumerate(self.results):
            size = tensor.count * TYPES[tensor.type][0]
            lines.append(f"{TYPES[tensor.type][1]} *r{i} = malloc({size} + 1);")
        written = [f"r{i}" for i in range(len(self.results))]
        lines.append(f"check({self.name}({', '.join(passed + written)}));")
        if any(tensor.dynamic for tensor in self.results):
            extents = [e for tensor in self.results for e in tensor.shape]
            lines.append(f"int64_t extents[{len(extents)}];")
            lines.append(
                f"check({self.name}_result_shapes({', '.join(passed + ['extents'])}));"
            )
            lines += [f"checkExtent(extents[{i}], {extent});"
                      for i, extent in enumerate(extents)]
        for i, tensor in enumerate(self.results):
            size = tensor.count * TYPES[tensor.type][0]
            lines.append(f"write(\"{self.name}.r{i}\", r{i}, {size});")
        return "  {\n    " + "\n    ".join(lines) + "\n  }\n"


C_PROGRAM = """
#include "functions.h"
#include <stdio.h>
#include <stdlib.h>

static FILE *openFile(const char *path, const char *mode) {
  FILE *file = fopen(path, mode);
  if (!file) {
    perror(path);
    exit(1);
  }
  return file;
}
static void *read(const char *path, size_t size) {
  void *data = malloc(size + 1);
  FILE *file = openFile(path, "rb");
  if (fread(data, 1, size, file) != size)
    exit(1);
  fclose(file);
  return data;
}
static void write(const char *path, const void *data, size_t size) {
  FILE *file = openFile(path, "wb");
  if (fwrite(data, 1, size, file) != size)
    exit(1);
  fclose(file);
}
static void check(const char *error) {
  if (error) {
    fprintf(stderr, "%s\\n", error);
    exit(1);
  }
}
static inline void checkExtent(int64_t extent, int64_t expected) {
  if (extent != expected) {
    fprintf(stderr, "an extent is %lld\\n", (long long)extent);
    exit(1);
  }
}
int main(void) {
"""


def make_functions():
    functions = []

    def add(arguments, results, body):
        functions.append(Function(f"f{len(functions)}", arguments, results, body))

    nchw = "on #nchw"
    # Element types, along rows of unequal lengths, channels within rows, whole.
    for type in ("f32", "f16", "bf16", "f64"):
        x, s = Tensor(type, [-2, 7, -37]), Tensor(type, [7], "scale")
        z = Tensor(type, [7], "zero point")
        add([x, s], [x], "%r0 = quant_act.fake_quant relu to <4, unsigned> on #rows "
            f"%a0 scale %a1 : {x.text}, {s.text}")
        y = Tensor(type, [-19, 7])
        add([y, s, z], [y], "%r0 = quant_act.fake_quant to <8, signed> on #columns "
            "numerics <onnx> %a0 scale %a1 zero_point %a2 "
            f": {y.text}, {s.text}, {z.text}")
    # Rounding.
    for rounding in ("half_away", "half_up", "ceil", "floor", "toward_zero",
                     "away_from_zero", "dpu", "half_away_add"):
        x, s = Tensor("f32", [7, 45]), Tensor("f32", [7], "scale")
        add([x, s], [x], "%r0 = quant_act.fake_quant to <6, signed> on #outer round "
            f"{rounding} %a0 scale %a1 : {x.text}, {s.text}")
    x, s, seed = Tensor("f64", [7, 45]), Tensor("f64", [7], "scale"), Tensor("i64", [], "seed")
    add([x, s, seed], [x], "%r0 = quant_act.fake_quant to <6, signed> on #outer round "
        f"stochastic %a0 scale %a1 seed %a2 : {x.text}, {s.text}")
    # Formats and storage.
    x, s = Tensor("f32", [7, 83]), Tensor("f32", [7], "scale")
    add([x, s], [x], "%r0 = quant_act.fake_quant to #quant_act.float<e4m3fn> on #outer "
        f"%a0 scale %a1 : {x.text}, {s.text}")
    for storage, format in (("i8", "<8, unsigned>"),
                            ("f8E4M3FN", "#quant_act.float<e4m3fn>"),
                            ("f8E5M2", "#quant_act.float<e5m2>")):
        q = Tensor(storage, [7, 83])
        add([x, s], [q], f"%r0 = quant_act.quantize to {format} on #outer "
            f"%a0 scale %a1 : {x.text}, {s.text} -> {q.text}")
        add([q, s], [x], f"%r0 = quant_act.dequantize from {format} on #outer "
            f"%a0 scale %a1 : {q.text}, {s.text} -> {x.text}")
    # Statistics, parameters, gradients.
    x = Tensor("f32", [-3, 7, -29], "finite")
    t, low = Tensor("f32", [7], "finite"), Tensor("f32", [7], "finite")
    for statistic in ("abs_max", "percentile<90.0>", "mean", "mean_sigma_std<2.0>"):
        add([x], [t], f"%r0 = quant_act.stats {statistic} on #rows %a0 "
            f": {x.text} -> {t.text}")
    add([x], [t, low], f"%r0, %r1 = quant_act.stats min_max on #rows %a0 : {x.text} "
        f"-> {t.text}, {low.text}")
    add([t, low], [t, low], "%r0, %r1 = quant_act.choose_qparams to <8, unsigned> "
        f"%a0 low %a1 : {t.text}, {low.text}")
    g, x, s = Tensor("f32", [2, 7, 21], "finite"), Tensor("f32", [2, 7, 21], "finite"), Tensor("f32", [7], "scale")
    add([g, x, s], [x, s], "%r0, %r1 = quant_act.fake_quant_grad relu to <4, unsigned> "
        f"on #rows scale_gradient lsq %a0, %a1 scale %a2 : {x.text}, {s.text}")
    return functions


GRIDS = """
#rows = #quant_act.grid<broadcast = [1, 7, 1], permutation = [1, 0, 2]>
#columns = #quant_act.grid<broadcast = [1, 7], permutation = [1, 0]>
#outer = #quant_act.grid<broadcast = [7, 1], permutation = [0, 1]>
"""


def write_npy(path, tensor, data):
    shape = "(" + "".join(f"{extent}, " for extent in tensor.shape) + ")"
    header = (f"{{'descr': '{TYPES[tensor.type][2]}', 'fortran_order': False, "
              f"'shape': {shape}, }}")
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
                     + header.encode() + data)


def read_npy(path):
    data = path.read_bytes()
    return data[10 + struct.unpack("<H", data[8:10])[0] :]


def interpret(function, folder, seed):
    """Makes inputs, and outputs by the interpreter."""
    rng = random.Random(seed)
    command = ["quant-run", folder / "functions.mlir", "--interpret"]
    command += ["--entry", function.name]
    for i, tensor in enumerate(function.arguments):
        data = tensor.pack(tensor.make_bits(rng))
        (folder / f"{function.name}.a{i}").write_bytes(data)
        path = folder / f"{function.name}.a{i}.npy"
        write_npy(path, tensor, data)
        command += ["--input", f"arg{i}={path}"]
    for i in range(len(function.results)):
        command += ["--output", f"result{i}={folder}/{function.name}.r{i}.npy"]
    subprocess.run(command, check=True)


def compare(function, folder):
    different = 0
    for i, tensor in enumerate(function.results):
        actual = tensor.canonical((folder / f"{function.name}.r{i}").read_bytes())
        expected = tensor.canonical(read_npy(folder / f"{function.name}.r{i}.npy"))
        assert len(actual) == len(expected) == tensor.count
        wrong = [j for j in range(tensor.count) if actual[j] != expected[j]]
        if wrong:
            print(function.text, f"result {i}: {len(wrong)} of {tensor.count} differ; "
                  f"element {wrong[0]} is {actual[wrong[0]]}, "
                  f"expected {expected[wrong[0]]}", sep="")
            different += 1
    return different


def main():
    folder = pathlib.Path(sys.argv[1])
    rest, wrapper, libraries = sys.argv[2:], [], []
    if rest[0] == "--run":
        wrapper, rest = rest[1].split(), rest[2:]
    if rest[0] == "--link":
        libraries, rest = [rest[1]], rest[2:]
    compiler, options = rest[0], rest[1:]
    folder.mkdir(parents=True)
    functions = make_functions()
    text = GRIDS + "".join(function.text for function in functions)
    (folder / "functions.mlir").write_text(text)
    for seed, function in enumerate(functions):
        interpret(function, folder, seed)
    subprocess.run(["quant-compile", folder / "functions.mlir", "-o",
                    folder / "functions.o", *options], check=True)
    program = C_PROGRAM + "".join(f.c_call() for f in functions) + "  return 0;\n}\n"
    (folder / "program.c").write_text(program)
    subprocess.run([compiler, "-Wall", "-Werror", folder / "program.c",
                    folder / "functions.o", *libraries, "-lm", "-o", folder / "program"], check=True)
    subprocess.run([*wrapper, "./program"], cwd=folder, check=True)
    different = sum(compare(function, folder) for function in functions)
    print(f"{len(functions)} functions, {different} results differ")
    sys.exit(different != 0)


main()
