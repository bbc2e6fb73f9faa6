//===- ConvertBFloat16.cpp - bf16 by an instruction where it is right -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// x86's instruction that rounds f32 to bf16 takes subnormal numbers for zero. A
// product of an integer and a scale is none, unless the scale is.
//
//===----------------------------------------------------------------------===//

#include "OptionChecks.h"
#include "ParameterCheck.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTCONVERTBFLOAT16
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// Whether a number is an integer, infinite or NaN.
static bool isIntegral(Value value) {
  APFloat constant(0.0f);
  if (matchPattern(value, m_ConstantFloat(&constant)))
    return constant.isInteger();
  if (auto select = value.getDefiningOp<arith::SelectOp>())
    return isIntegral(select.getTrueValue()) &&
           isIntegral(select.getFalseValue());
  return isa_and_nonnull<math::RoundEvenOp, math::RoundOp, math::FloorOp,
                         math::CeilOp, math::TruncOp>(value.getDefiningOp());
}

/// Whether a value is the same for all elements with the same parameters.
static bool isOfParameters(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || (!isa<linalg::IndexOp>(op) &&
                 llvm::all_of(op->getOperands(), isOfParameters));
}

namespace {
/// What rounds products of integers and a scale to bf16.
struct ScaledConversion {
  arith::TruncFOp op;
  Value scale;
};
} // namespace

static SmallVector<ScaledConversion> findConversions(const LoopBody &body) {
  SmallVector<ScaledConversion> found;
  for (auto op : body.getOp().getBody()->getOps<arith::TruncFOp>()) {
    auto product = op.getIn().getDefiningOp<arith::MulFOp>();
    if (!op.getType().isBF16() || !product || !product.getType().isF32())
      continue;
    Value a = product.getLhs(), b = product.getRhs();
    if (body.isOfElement(b))
      std::swap(a, b);
    if (body.isOfElement(a) && !body.isOfElement(b) && isOfParameters(b) &&
        isIntegral(a))
      found.push_back({op, b});
  }
  return found;
}

/// Whether a scale is no subnormal number.
static Value buildIsUsual(LoopBuilder &b, Value scale) {
  auto compare = [&](arith::CmpFPredicate predicate, Value value,
                     float bound) -> Value {
    Value constant = arith::ConstantOp::create(b, b.getF32FloatAttr(bound));
    return arith::CmpFOp::create(b, predicate, value, constant);
  };
  Value size = math::AbsFOp::create(b, scale);
  return b.either(compare(arith::CmpFPredicate::UGE, size, 0x1.0p-126f),
                  compare(arith::CmpFPredicate::OEQ, size, 0.0f));
}

namespace {
struct QuantActConvertBFloat16
    : public quant_act::impl::QuantActConvertBFloat16Base<
          QuantActConvertBFloat16> {
  using QuantActConvertBFloat16Base::QuantActConvertBFloat16Base;

  void runOnOperation() override {
    if (failed(checkNotNegative(getOperation(), "min-elements", minElements)))
      return signalPassFailure();
    LoopBuilder::StackBuffers buffers;
    forEachLoopBody(getOperation(),
                    [&](const LoopBody &body) { convertIn(body, buffers); });
  }

  void convertIn(const LoopBody &body, LoopBuilder::StackBuffers &buffers) {
    linalg::GenericOp op = body.getOp();
    SmallVector<ScaledConversion> conversions = findConversions(body);
    if (conversions.empty())
      return;
    LoopBuilder b(op, &buffers);
    Value paysOff = hasElements(b, body, minElements);
    if (matchPattern(paysOff, m_Zero()))
      return;
    auto check = [&] {
      return buildAreRight(b, body, [&](const IRMapping &mapping) {
        Value areUsual = b.boolean(true);
        for (const ScaledConversion &conversion : conversions)
          areUsual = b.both(areUsual, buildIsUsual(b, mapping.lookupOrDefault(
                                                          conversion.scale)));
        return areUsual;
      });
    };
    // The other version gets this.
    op->setAttr(QuantActDialect::seldomRunsAttrName, b.getUnitAttr());
    buildVersions(b, op, paysOff, check, [&](linalg::GenericOp version) {
      version->removeAttr(QuantActDialect::seldomRunsAttrName);
      for (ScaledConversion &each : findConversions(*LoopBody::get(version)))
        each.op->setDiscardableAttr(QuantActDialect::noSubnormalAttrName,
                                    b.getUnitAttr());
    });
  }
};
} // namespace
