//===- QuantActToLinalg.cpp - The pass convert-quant-act-to-linalg --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "QuantAct/Conversion/Passes.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace quant_act {
#define GEN_PASS_DEF_CONVERTQUANTACTTOLINALG
#include "QuantAct/Conversion/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

namespace {
struct ConvertQuantActToLinalg
    : public quant_act::impl::ConvertQuantActToLinalgBase<
          ConvertQuantActToLinalg> {
  using ConvertQuantActToLinalgBase::ConvertQuantActToLinalgBase;

  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalDialect<QuantActDialect>();
    RewritePatternSet patterns(&getContext());
    populateQuantActToLinalgPatterns(patterns);
    if (runtimeLibrary)
      target.addLegalOp<OrderStatisticsOp>();
    else
      populateOrderStatisticsToLinalgPatterns(patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

void quant_act::populateQuantActToLinalgPatterns(RewritePatternSet &patterns) {
  populateDecomposeActPatterns(patterns);
  populateElementwiseToLinalgPatterns(patterns);
  populateRangeToLinalgPatterns(patterns);
  populateStatsToLinalgPatterns(patterns);
  populateSearchThresholdToLinalgPatterns(patterns);
  populateGradientsToLinalgPatterns(patterns);
}
