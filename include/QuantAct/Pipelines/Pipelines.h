//===- Pipelines.h - From quant_act to machine code -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Composition only: which passes run, in which order and why.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_PIPELINES_PIPELINES_H
#define QUANTACT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace quant_act {

struct CPUPipelineOptions
    : public mlir::PassPipelineOptions<CPUPipelineOptions> {
  Option<unsigned> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc("Bits of the widest value's vector, a multiple of 64 "
                     "(default 2048)"),
      llvm::cl::init(2048)};
  Option<bool> collapseLoops{
      *this, "collapse-loops",
      llvm::cl::desc("Merge adjacent dimensions (default true)"),
      llvm::cl::init(true)};
  Option<bool> fuseSiblings{
      *this, "fuse-siblings",
      llvm::cl::desc("Fuse ops that read the same elements (default true)"),
      llvm::cl::init(true)};
  Option<int64_t> channelBytes{
      *this, "channel-bytes",
      llvm::cl::desc(
          "Bytes of a channel up to which all that reads its elements "
          "is done while they are in the cache; 0: never (default "
          "524288)"),
      llvm::cl::init(int64_t(512) << 10)};
  Option<bool> vectorizeLoops{
      *this, "vectorize-loops",
      llvm::cl::desc("Vectorize; otherwise scalar loops (default true)"),
      llvm::cl::init(true)};
  Option<int64_t> streamBytes{
      *this, "stream-bytes",
      llvm::cl::desc("Bytes of all buffers of a loop from which on results are "
                     "written past the caches; 0: never (default 16777216)"),
      llvm::cl::init(int64_t(16) << 20)};
  Option<int64_t> parallelBytes{
      *this, "parallel-bytes",
      llvm::cl::desc("Bytes of all buffers of a loop from which on threads of "
                     "OpenMP divide it, where loops are vectorized; 0: "
                     "never (default 0)"),
      llvm::cl::init(0)};
  Option<bool> replaceDivisions{
      *this, "replace-divisions",
      llvm::cl::desc("Divide by scales without dividing; for targets with "
                     "fused multiply-add (default true)"),
      llvm::cl::init(true)};
  Option<bool> dividesFast{
      *this, "divides-fast",
      llvm::cl::desc("Do that only where it is faster than dividing on "
                     "processors that divide fast (default false)"),
      llvm::cl::init(false)};
  Option<bool> convertBFloat16{
      *this, "convert-bfloat16",
      llvm::cl::desc("Round to bf16 by an instruction where scales allow it; "
                     "for targets with AVX512_BF16 (default false)"),
      llvm::cl::init(false)};
  Option<int64_t> checkScalesElements{
      *this, "check-scales-elements",
      llvm::cl::desc("Elements of a loop from which on scales are checked, for "
                     "replacing divisions and converting bf16: it takes as "
                     "long as dividing some "
                     "(default 1024)"),
      llvm::cl::init(1024)};
  Option<bool> expandRounding{
      *this, "expand-rounding",
      llvm::cl::desc("Round to integers by additions; for targets without "
                     "instructions that round (default false)"),
      llvm::cl::init(false)};
  Option<bool> expandFloat16{
      *this, "expand-float16",
      llvm::cl::desc("Convert f16 by integer operations; for targets without "
                     "instructions that convert it (default false)"),
      llvm::cl::init(false)};
  Option<unsigned> stackBytes{
      *this, "stack-bytes",
      llvm::cl::desc("Bytes of the stack for buffers between ops, of which "
                     "those that fit are not allocated, at most 2^24; 0: only "
                     "for those of known size, up to 1 KiB (default 65536)"),
      llvm::cl::init(64u << 10)};
  Option<bool> runtimeLibrary{
      *this, "runtime-library",
      llvm::cl::desc("Call QuantActRuntime for percentiles, to be linked; "
                     "otherwise loops that take longer (default true)"),
      llvm::cl::init(true)};
  Option<bool> runtimeVerification{
      *this, "runtime-verification",
      llvm::cl::desc("Check dynamic extents at run time, aborting with a "
                     "message (default false)"),
      llvm::cl::init(false)};
};

/// quant_act on tensors to vector loops on the caller's buffers.
void buildCPUPipeline(mlir::OpPassManager &pm,
                      const CPUPipelineOptions &options);

/// The same, on to the LLVM dialect.
void buildLLVMPipeline(mlir::OpPassManager &pm,
                       const CPUPipelineOptions &options);

/// Registers `quant-act-to-cpu-loops` and `quant-act-to-llvm-cpu`.
void registerPipelines();

} // namespace quant_act

#endif // QUANTACT_PIPELINES_PIPELINES_H
