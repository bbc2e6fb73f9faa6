#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times other systems on the workloads of quant-bench, which runs this.

usage: peers.py ROUNDS WORKLOADS

WORKLOADS is JSON. Prints "workload,system,microseconds" per line: medians of
the processor time of one thread. Systems that are not installed, or do not do
a workload, have no line.
"""

import itertools
import json
import math
import os
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None
try:
    import numpy
    import onnx
    import onnxruntime
except ImportError:
    onnxruntime = None


def measure(calls, rounds):
    """The median time of one of `calls`, which are made in turn."""
    for call in calls[:2]:
        call()
    turn = itertools.cycle(calls)
    repeats = 1
    while True:
        start = time.process_time()
        for _ in range(repeats):
            next(turn)()
        if time.process_time() - start > 2e-4:
            break
        repeats *= 2
    times = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            next(turn)()
        times.append((time.process_time() - start) / repeats)
    return statistics.median(times) * 1e6


class Torch:
    """The arithmetic op by op, as Brevitas does it."""

    def __init__(self, workload):
        self.workload = workload
        channels = workload["shape"][1]
        self.shape = [] if workload["is_per_tensor"] else [1, channels, 1]
        levels = workload["high"] - workload["low"]
        self.scale = torch.full(self.shape, 6.0 / levels)
        self.zero = torch.full(self.shape, 5.0 if workload["has_zero_point"] else 0.0)

    def make_x(self):
        return torch.randn(self.workload["shape"], dtype=getattr(torch, {
            "f32": "float32", "f16": "float16", "bf16": "bfloat16"
        }[self.workload["type"]]))

    def get_magnitudes(self, x):
        """A row per channel."""
        if self.workload["is_per_tensor"]:
            return x.abs().reshape(1, -1)
        return x.transpose(0, 1).reshape(x.shape[1], -1).abs()

    def quantize(self, x, scale):
        x = torch.relu(x) if self.workload["has_relu"] else x
        code = torch.round(x / scale + self.zero)
        code = torch.clamp(code, self.workload["low"], self.workload["high"])
        return ((code - self.zero) * scale).to(x.dtype)

    def forward(self, x):
        return self.quantize(x, self.scale)

    def abs_max(self, x):
        return self.get_magnitudes(x).amax(1)

    def step(self, x):
        largest = self.abs_max(x)
        running = self.scale.reshape(-1) * 0.9 + 0.1 * largest
        scale = (largest / self.workload["high"]).reshape(self.shape)
        return self.quantize(x, scale), scale, running

    def gradients(self, x):
        """Of x itself, as the gradient of y."""
        low, high = self.workload["low"], self.workload["high"]
        quotient = x / self.scale
        rounded = torch.round(quotient)
        inside = (rounded >= low) & (rounded <= high)
        code = torch.clamp(rounded, low, high)
        dx = torch.where(inside, x * self.scale / self.scale, 0.0)
        parts = x * (code - torch.where(inside, quotient, 0.0))
        dims = [0, 1, 2] if self.workload["is_per_tensor"] else [0, 2]
        count = x.numel() / max(self.scale.numel(), 1)
        return dx, parts.sum(dims) / math.sqrt(count * high)

    def percentile(self, x):
        rows = self.get_magnitudes(x)
        k = max(int(0.99999 * rows.shape[1] + 0.5), 1)
        return rows.kthvalue(k, 1).values

    def get_function(self):
        return getattr(self, self.workload["kind"].replace("-", "_"))


def time_torch(workload, rounds):
    peer = Torch(workload)
    inputs = [peer.make_x() for _ in range(workload["num_sets"])]

    def run(function):
        with torch.no_grad():
            return measure([lambda x=x: function(x) for x in inputs], rounds)

    yield "torch", run(peer.get_function())
    try:
        yield "compiled", run(torch.compile(peer.get_function()))
    except Exception as error:  # whatever it lacks to compile
        print(f"peers.py: {workload['name']}: torch.compile: "
              f"{str(error).splitlines()[0]}", file=sys.stderr)
    if workload["kind"] != "forward" or workload["type"] != "f32":
        return
    low, high = int(workload["low"]), int(workload["high"])
    zero = peer.zero.reshape(-1).to(torch.int32)
    scale = peer.scale.reshape(-1)
    relu = torch.relu if workload["has_relu"] else lambda x: x
    if workload["is_per_tensor"]:
        yield "torch op", run(lambda x: torch.fake_quantize_per_tensor_affine(
            relu(x), scale[0], zero[0], low, high))
    else:
        yield "torch op", run(lambda x: torch.fake_quantize_per_channel_affine(
            relu(x), scale, zero, 1, low, high))


def make_model(workload):
    """QuantizeLinear and DequantizeLinear of x."""
    helper, types = onnx.helper, onnx.TensorProto
    channels = 1 if workload["is_per_tensor"] else workload["shape"][1]
    shape = [] if workload["is_per_tensor"] else [channels]
    is_signed = workload["low"] < 0
    levels = workload["high"] - workload["low"]
    scale = helper.make_tensor("s", types.FLOAT, shape, [6.0 / levels] * channels)
    zero = helper.make_tensor("z", types.INT8 if is_signed else types.UINT8, shape,
                              [5 if workload["has_zero_point"] else 0] * channels)
    nodes = [helper.make_node("Relu", ["x"], ["a"])] if workload["has_relu"] else []
    first = "a" if nodes else "x"
    nodes += [helper.make_node("QuantizeLinear", [first, "s", "z"], ["q"], axis=1),
              helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=1)]
    values = [helper.make_tensor_value_info(name, types.FLOAT, workload["shape"])
              for name in ("x", "y")]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], [scale, zero])
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 13)])


def time_onnxruntime(workload, rounds):
    """Eight bits only; y's array is made beforehand."""
    if workload["kind"] != "forward" or workload["type"] != "f32":
        return
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        make_model(workload).SerializeToString(), options,
        providers=["CPUExecutionProvider"])
    calls = []
    for _ in range(workload["num_sets"]):
        x = numpy.random.randn(*workload["shape"]).astype(numpy.float32)
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(x))
        binding.bind_ortvalue_output(
            "y", onnxruntime.OrtValue.ortvalue_from_numpy(numpy.empty_like(x)))
        calls.append(lambda binding=binding: session.run_with_iobinding(binding))
    yield "onnxrt", measure(calls, rounds)


def main():
    if not torch and not onnxruntime:
        sys.exit(f"peers.py: {sys.executable} has neither PyTorch nor ONNX Runtime "
                 "(which needs the packages onnxruntime, onnx and numpy)")
    rounds = int(sys.argv[1])
    for workload in json.loads(sys.argv[2]):
        systems = [time_torch] if torch else []
        systems += [time_onnxruntime] if onnxruntime else []
        for system in systems:
            for name, microseconds in system(workload, rounds):
                print(f"{workload['name']},{name},{microseconds:.3f}", flush=True)


if __name__ == "__main__":
    main()
