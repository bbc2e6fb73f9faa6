//===- QuantActDialect.cpp - The quant_act dialect ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Numerics/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace quant_act;

#include "QuantAct/Dialect/QuantAct/IR/QuantActDialect.cpp.inc"

namespace {
/// Every op is pure and can be inlined anywhere.
struct QuantActInlinerInterface : public DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool,
                       IRMapping &) const override {
    return true;
  }
};

/// Gives grids and formats readable aliases: #grid, #u4, #s8_narrow.
struct QuantActAsmInterface : public OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attr, raw_ostream &os) const override {
    if (isa<GridAttr>(attr)) {
      os << "grid";
      return AliasResult::OverridableAlias;
    }
    if (auto format = dyn_cast<IntFormatAttr>(attr)) {
      os << (format.getIsSigned() ? "s" : "u");
      if (format.getBits() == 0)
        os << "_learned";
      else
        os << format.getBits();
      os << (format.getIsNarrow() ? "_narrow" : "");
      return AliasResult::OverridableAlias;
    }
    return AliasResult::NoAlias;
  }
};
} // namespace

void QuantActDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "QuantAct/Dialect/QuantAct/IR/QuantActOps.cpp.inc"
      >();
  registerAttributes();
  addInterfaces<QuantActInlinerInterface, QuantActAsmInterface>();
}

Operation *QuantActDialect::materializeConstant(OpBuilder &builder,
                                                Attribute value, Type type,
                                                Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// quant_act.name
//===----------------------------------------------------------------------===//

/// Checks one quant_act.* attribute of an argument or result, given all
/// attributes of the same list.
static LogicalResult
verifyNameAttribute(Operation *op, NamedAttribute attribute,
                    std::optional<ArrayAttr> allAttributes) {
  if (attribute.getName() != QuantActDialect::nameAttrName)
    return op->emitError() << "unknown argument or result attribute '"
                           << attribute.getName().getValue() << "'";
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  if (!name || name.empty())
    return op->emitError() << "expects '" << QuantActDialect::nameAttrName
                           << "' to be a non-empty string, but got "
                           << attribute.getValue();
  auto hasSameName = [&](Attribute attributes) {
    auto dictionary = dyn_cast<DictionaryAttr>(attributes);
    return dictionary && dictionary.get(QuantActDialect::nameAttrName) == name;
  };
  if (allAttributes && llvm::count_if(*allAttributes, hasSameName) > 1)
    return op->emitError() << "expects each '" << QuantActDialect::nameAttrName
                           << "' to be used once, but got " << name
                           << " more than once";
  return success();
}

/// Checks the first value of an argument.
static LogicalResult verifyInitialAttribute(FunctionOpInterface function,
                                            unsigned index,
                                            NamedAttribute attribute) {
  Type type = function.getArgumentTypes()[index];
  auto value = dyn_cast<DenseElementsAttr>(attribute.getValue());
  if (value && value.getType() == type)
    return success();
  return function->emitError()
         << "expects '" << QuantActDialect::initialAttrName
         << "' to be a dense constant of the argument's type, " << type
         << ", but got " << attribute.getValue();
}

LogicalResult QuantActDialect::verifyRegionArgAttribute(
    Operation *op, unsigned, unsigned index, NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitError() << "expects '" << attribute.getName().getValue()
                           << "' on arguments of functions only";
  if (attribute.getName() == initialAttrName)
    return verifyInitialAttribute(function, index, attribute);
  ArrayAttr all = function.getArgAttrsAttr();
  return verifyNameAttribute(op, attribute,
                             all ? std::optional(all) : std::nullopt);
}

LogicalResult
QuantActDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                             NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitError() << "expects '" << attribute.getName().getValue()
                           << "' on results of functions only";
  ArrayAttr all = function.getResAttrsAttr();
  return verifyNameAttribute(op, attribute,
                             all ? std::optional(all) : std::nullopt);
}

LogicalResult
QuantActDialect::verifyOperationAttribute(Operation *op,
                                          NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == roundedAttrName || name == longRowsAttrName ||
      name == seldomRunsAttrName || name == noSubnormalAttrName) {
    // What the ops are lowered to may keep them.
    if (isa<UnitAttr>(attribute.getValue()))
      return success();
    return op->emitError() << "expects '" << name
                           << "' to be a unit attribute, but got "
                           << attribute.getValue();
  }
  return op->emitError() << "unknown attribute '" << name
                         << "'; the dialect has none for operations";
}
