//===- ExportFunctions.cpp - Functions that C can call --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTEXPORTFUNCTIONS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;

/// Whether C can call the function once buffers have become pointers.
static bool canExport(func::FuncOp function) {
  return function.isPublic() && !function.isExternal() &&
         function.getNumResults() == 0 &&
         llvm::all_of(function.getArgumentTypes(), [](Type type) {
           auto buffer = dyn_cast<MemRefType>(type);
           return buffer ? buffer.getLayout().isIdentity()
                         : type.isIntOrIndexOrFloat();
         });
}

namespace {

/// Gives one function pointers and extents for buffers.
class FunctionExporter {
public:
  FunctionExporter(func::FuncOp function, const LLVMTypeConverter &converter)
      : function(function), converter(converter),
        entry(function.getBody().front()),
        arguments(llvm::to_vector(entry.getArguments())),
        builder(OpBuilder::atBlockBegin(&entry)), loc(function.getLoc()) {}

  /// Passes the first buffers' dynamic extents as arguments.
  void passExtents(size_t numBuffers, bool checkExtents);

  /// Asks the exported function `shapes` for those of the other buffers.
  void askForExtents(func::FuncOp shapes);

  void replaceArguments();

private:
  BlockArgument addArgument(Type type) { return entry.addArgument(type, loc); }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), value);
  }
  Value buildBuffer(MemRefType type, ArrayRef<Value> values);
  void checkExtent(Value extent, unsigned dim, unsigned argument);

  func::FuncOp function;
  const LLVMTypeConverter &converter;
  Block &entry;
  SmallVector<BlockArgument> arguments;
  OpBuilder builder;
  Location loc;
  /// For each argument, what is passed for it: a pointer and dynamic extents.
  SmallVector<SmallVector<Value>> passed;
  /// The arguments that are passed with extents.
  size_t numWithExtents = 0;
};

} // namespace

/// A contract that C cannot express.
void FunctionExporter::checkExtent(Value extent, unsigned dim,
                                   unsigned argument) {
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64);
  Value isExtent = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::sge, extent, zero);
  cf::AssertOp::create(builder, loc, isExtent,
                       "expects extent " + std::to_string(dim) +
                           " of argument " + std::to_string(argument) +
                           " not to be negative");
}

void FunctionExporter::passExtents(size_t numBuffers, bool checkExtents) {
  numWithExtents = numBuffers;
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    SmallVector<Value> &values = passed.emplace_back();
    values.push_back(addArgument(type ? pointer : argument.getType()));
    if (!type || index >= numBuffers)
      continue;
    for (int64_t dim = 0, e = type.getRank(); dim < e; ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      values.push_back(addArgument(builder.getI64Type()));
      if (checkExtents)
        checkExtent(values.back(), dim, index);
    }
  }
}

void FunctionExporter::askForExtents(func::FuncOp shapes) {
  SmallVector<Value> operands;
  for (ArrayRef<Value> values : ArrayRef(passed).take_front(numWithExtents))
    llvm::append_range(operands, values);
  int64_t numExtents = 0;
  for (BlockArgument argument : ArrayRef(arguments).drop_front(numWithExtents))
    numExtents += cast<MemRefType>(argument.getType()).getRank();
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value array = LLVM::AllocaOp::create(
      builder, loc, pointer, builder.getI64Type(), constant(numExtents));
  operands.push_back(array);
  func::CallOp::create(builder, loc, shapes, operands);
  int64_t position = 0;
  for (size_t i = numWithExtents, e = arguments.size(); i < e; ++i) {
    auto type = cast<MemRefType>(arguments[i].getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim, ++position) {
      if (!type.isDynamicDim(dim))
        continue;
      Value address = LLVM::GEPOp::create(
          builder, loc, pointer, builder.getI64Type(), array,
          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(position)});
      passed[i].push_back(
          LLVM::LoadOp::create(builder, loc, builder.getI64Type(), address));
    }
  }
}

/// The buffer at a pointer, row-major, of the dynamic extents that follow it.
/// Where they are not known (of the array for extents), they do not matter.
Value FunctionExporter::buildBuffer(MemRefType type, ArrayRef<Value> values) {
  ArrayRef<Value> dynamicExtents = values.drop_front();
  SmallVector<Value> extents, strides(type.getRank());
  for (int64_t extent : type.getShape()) {
    if (!ShapedType::isDynamic(extent) || dynamicExtents.empty()) {
      extents.push_back(constant(std::max<int64_t>(extent, 0)));
      continue;
    }
    extents.push_back(dynamicExtents.front());
    dynamicExtents = dynamicExtents.drop_front();
  }
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim)
    strides[dim] = dim == type.getRank() - 1
                       ? constant(1)
                       : LLVM::MulOp::create(builder, loc, strides[dim + 1],
                                             extents[dim + 1]);
  SmallVector<Value> fields = {values.front(), values.front(), constant(0)};
  llvm::append_range(fields, extents);
  llvm::append_range(fields, strides);
  Value descriptor =
      MemRefDescriptor::pack(builder, loc, converter, type, fields);
  return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
      .getResult(0);
}

void FunctionExporter::replaceArguments() {
  for (auto [argument, values] : llvm::zip_equal(arguments, passed)) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    argument.replaceAllUsesWith(type ? buildBuffer(type, values)
                                     : values.front());
  }
  entry.eraseArguments(0, arguments.size());
  function.setFunctionType(
      builder.getFunctionType(entry.getArgumentTypes(), {}));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The function that tells the function's result shapes, if there is one.
static func::FuncOp getShapesFunction(func::FuncOp function,
                                      SymbolTable &symbols) {
  auto shapes =
      symbols.lookup<func::FuncOp>(getResultShapesName(function.getName()));
  if (!shapes || !canExport(shapes) || shapes.getNumArguments() == 0)
    return {};
  ArrayRef<Type> types = shapes.getArgumentTypes();
  auto array = dyn_cast<MemRefType>(types.back());
  ArrayRef<Type> inputs = types.drop_back();
  bool tellsShapes =
      array && array.getElementType().isIndex() && array.getRank() == 1 &&
      inputs == function.getArgumentTypes().take_front(inputs.size());
  return tellsShapes ? shapes : func::FuncOp();
}

namespace {
struct QuantActExportFunctions
    : public quant_act::impl::QuantActExportFunctionsBase<
          QuantActExportFunctions> {
  using QuantActExportFunctionsBase::QuantActExportFunctionsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    /// Functions, each with the one that tells its result shapes.
    llvm::MapVector<func::FuncOp, func::FuncOp> functions;
    llvm::DenseSet<func::FuncOp> tellers;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!canExport(function))
        continue;
      if (failed(verifyNotCalled(function)))
        return signalPassFailure();
      functions[function] = getShapesFunction(function, symbols);
      tellers.insert(functions[function]);
    }
    LLVMTypeConverter converter(&getContext());
    for (auto [function, shapes] : functions)
      if (!tellers.contains(function))
        exportFunction(function, shapes, converter);
  }

  LogicalResult verifyNotCalled(func::FuncOp function) {
    auto uses = SymbolTable::getSymbolUses(function, getOperation());
    if (uses && uses->empty())
      return success();
    return function.emitOpError() << "expects no calls to be exported, but is "
                                     "called; inline first";
  }

  void exportFunction(func::FuncOp function, func::FuncOp shapes,
                      const LLVMTypeConverter &converter) {
    if (!shapes) {
      FunctionExporter exporter(function, converter);
      exporter.passExtents(function.getNumArguments(), checkExtents);
      exporter.replaceArguments();
      return;
    }
    size_t numInputs = shapes.getNumArguments() - 1;
    FunctionExporter shapesExporter(shapes, converter);
    shapesExporter.passExtents(numInputs, checkExtents);
    shapesExporter.replaceArguments();
    FunctionExporter exporter(function, converter);
    exporter.passExtents(numInputs, /*checkExtents=*/false);
    exporter.askForExtents(shapes);
    exporter.replaceArguments();
  }
};
} // namespace
