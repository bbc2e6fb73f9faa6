//===- QuantActOpBase.td - Shared by the ops ---------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPBASE_TD
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPBASE_TD

include "QuantAct/Dialect/QuantAct/IR/QuantActAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/RuntimeVerifiableOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Constraints and defaults
//===----------------------------------------------------------------------===//

def QuantAct_Float : AnyTypeOf<[F16, BF16, F32, F64], "f16, bf16, f32 or f64">;
def QuantAct_Tensor : RankedTensorOf<[QuantAct_Float]>;

/// Scales of blocks may be codes: powers of two that are stored as their
/// exponents (MX), or minifloats (NVFP4).
def QuantAct_Scale
    : RankedTensorOf<[AnyTypeOf<[F16, BF16, F32, F64, F8E8M0FNU, F8E4M3FN],
                                "f16, bf16, f32, f64, f8E8M0FNU or f8E4M3FN">]>;

/// Codes in memory. The verifier knows which type fits which format.
def QuantAct_Storage
    : AnyTypeOf<[AnySignlessInteger, F8E4M3FN, F8E5M2, F8E4M3FNUZ, F8E5M2FNUZ,
                 F8E8M0FNU, F6E3M2FN, F6E2M3FN, F4E2M1FN],
                "a signless integer or a float of at most 8 bits">;
def QuantAct_Codes : RankedTensorOf<[QuantAct_Storage]>;

def QuantAct_Count : 0DTensorOf<[I64]>;

/// The seed of stochastic rounding: tensor<i64>.
def QuantAct_Seed
    : Type<CPred<"$_self == ::mlir::RankedTensorType::get({}, "
                 "::mlir::IntegerType::get($_self.getContext(), 64))">,
           "tensor<i64>", "::mlir::RankedTensorType">,
      BuildableType<"::mlir::RankedTensorType::get({}, "
                    "$_builder.getI64Type())">;

class QuantAct_Default<Attr attr, string enumCase>
    : DefaultValuedAttr<attr, "::quant_act::" # enumCase>;

def QuantAct_DefaultActivation
    : QuantAct_Default<QuantAct_ActivationAttr, "Activation::Identity">;
def QuantAct_DefaultRounding
    : QuantAct_Default<QuantAct_RoundingAttr, "Rounding::HalfEven">;
def QuantAct_DefaultNumerics
    : DefaultValuedAttr<QuantAct_NumericsAttr, "getBrevitas">;
def QuantAct_DefaultRestriction
    : DefaultValuedAttr<QuantAct_RestrictionAttr, "getFloat">;

/// Brevitas's scaling_min_val.
def QuantAct_DefaultMinimum : DefaultValuedAttr<F64Attr, "1.0e-10">;

class QuantAct_Op<string opMnemonic, list<Trait> traits = []>
    : Op<QuantAct_Dialect, opMnemonic, traits # [Pure]> {
  let hasVerifier = 1;
}

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACTOPBASE_TD
