#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: run.sh BINDIR OUTDIR
#
# Calibrates the layer on seven crops, quantizes the eighth, prints the result per
# tensor and per channel side by side, and writes outputs and a picture to OUTDIR.

set -euo pipefail

if (($# != 2)); then
  echo "usage: run.sh BINDIR OUTDIR" >&2
  exit 2
fi
bin=$1
out=$2
here=$(dirname "${BASH_SOURCE[0]}")
mkdir -p "$out"

echo "calibrating on crops 0 to 6"
"$bin/quant-run" "$here/layer.mlir" --entry calibrate \
  --input "x=$here/espcn_conv2.npy[0:7]" \
  --fill tensor_range=1 --fill channel_range=1 --fill count=0 \
  --output "tensor_range=$out/tensor_range.npy" \
  --output "channel_range=$out/channel_range.npy"

echo "quantizing crop 7 to 4 bits, with one scale and with one per channel"
"$bin/quant-run" "$here/layer.mlir" --entry quantize \
  --input "x=$here/espcn_conv2.npy[7:8]" \
  --input "tensor_range=$out/tensor_range.npy" \
  --input "channel_range=$out/channel_range.npy" \
  --output "per_tensor=$out/per_tensor.npy" \
  --output "per_channel=$out/per_channel.npy" \
  --output "tensor_scale=$out/tensor_scale.npy" \
  --output "channel_scale=$out/channel_scale.npy" \
  --table --picture "$out/channels.svg"
