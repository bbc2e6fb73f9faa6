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
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      std::optional<LoopBody> body = LoopBody::get(op);
      if (!body || !body->hasParameterVectors(body->getRowDim()))
        continue;
      LoopBuilder builder(op, &buffers);
      SpanEmitter spans(*body, builder, vectorBits);
      LoopEmitter(*body, builder, spans, streamBytes, parallelBytes).emit();
      op.erase();
    }
  }
};
} // namespace
