//===- QuantAct.h - The quant_act dialect -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect, its attributes and its ops. The one header that users of the IR
// include.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_IR_QUANTACT_H
#define QUANTACT_DIALECT_QUANTACT_IR_QUANTACT_H

#include "QuantAct/Numerics/ParameterLayout.h"
#include "QuantAct/Numerics/Spec.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/RuntimeVerifiableOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "QuantAct/Dialect/QuantAct/IR/QuantActDialect.h.inc"

namespace quant_act {
// RuntimeVerifiableOpInterface's declarations name these without a namespace.
using mlir::function_ref;
using mlir::Operation;
using mlir::StringRef;
} // namespace quant_act

#include "QuantAct/Dialect/QuantAct/IR/QuantActAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "QuantAct/Dialect/QuantAct/IR/QuantActAttrs.h.inc"

namespace quant_act {
/// What a layer's state consists of, in the order in which `act` has it.
enum class StatePart {
  RunningThreshold,
  RunningLow,
  LearnedThreshold,
  LearnedLow,
  Count,
  Calls
};
} // namespace quant_act

#define GET_OP_CLASSES
#include "QuantAct/Dialect/QuantAct/IR/QuantActOps.h.inc"

namespace quant_act {

/// Which parameter belongs to each element of a tensor of this static shape;
/// `grid` is null for one set of parameters.
ParameterLayout getParameterLayout(GridAttr grid,
                                   llvm::ArrayRef<int64_t> tensorShape);

/// The shape of parameters on `grid`, which may be null, over a tensor.
llvm::SmallVector<int64_t>
getParameterShape(GridAttr grid, llvm::ArrayRef<int64_t> tensorShape);

/// The type that holds the values of both: the wider one, or f32 for f16 with
/// bf16 and for either with f8E8M0FNU. Both have f8E4M3FN's.
mlir::FloatType promoteTypes(mlir::FloatType a, mlir::FloatType b);

} // namespace quant_act

#endif // QUANTACT_DIALECT_QUANTACT_IR_QUANTACT_H
