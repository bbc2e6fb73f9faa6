//===- VectorizeLoops.cpp - Vector loops over elements --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "OptionChecks.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h" // of what SpanEmitter creates
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTVECTORIZELOOPS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

namespace {
struct QuantActVectorizeLoops
    : public quant_act::impl::QuantActVectorizeLoopsBase<
          QuantActVectorizeLoops> {
  using QuantActVectorizeLoopsBase::QuantActVectorizeLoopsBase;

  void runOnOperation() override {
    if (failed(checkVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    if (failed(checkNotNegative(getOperation(), "stream-bytes", streamBytes)) ||
        failed(
            checkNotNegative(getOperation(), "parallel-bytes", parallelBytes)))
      return signalPassFailure();
    LoopBuilder::StackBuffers buffers;
    forEachLoopBody(getOperation(), [&](const LoopBody &body) {
      if (!body.hasParameterVectors(body.getRowDim()))
        return;
      LoopBuilder builder(body.getOp(), &buffers);
      SpanEmitter spans(body, builder, vectorBits);
      LoopEmitter(body, builder, spans, streamBytes, parallelBytes).emit();
      body.getOp().erase();
    });
  }
};
} // namespace
