//===- NumericsComparison.cpp - Where two contracts differ ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumericsComparison.h"

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Execution/CompiledModule.h"
#include "QuantAct/Execution/Interpreter.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace quant_act;

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static Expected<NumericsAttr> parseNumerics(MLIRContext *context,
                                            const std::string &text) {
  std::string message;
  ScopedDiagnosticHandler handler(
      context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto numerics = dyn_cast_if_present<NumericsAttr>(
      parseAttribute("#quant_act.numerics<" + text + ">", context));
  if (!numerics)
    return createStringError("expects --compare-numerics to be what "
                             "#quant_act.numerics<..> takes, but got '" +
                             text + "': " + message);
  return numerics;
}

/// What stands between the angle brackets of a contract.
static std::string getText(NumericsAttr numerics) {
  std::string text;
  llvm::raw_string_ostream(text) << numerics;
  StringRef inner = StringRef(text).split('<').second;
  return inner.drop_back().str();
}

//===----------------------------------------------------------------------===//
// The function that computes both results
//===----------------------------------------------------------------------===//

namespace {
/// A fake_quant whose operands and both results the function returns.
struct ComparedOp {
  FakeQuantOp op;
  /// Positions among the results.
  size_t x, scale, zeroPoint, actual, other;
};

/// Turns a function into one that returns, for each fake_quant, what the
/// comparison needs.
class Instrumentation {
public:
  Instrumentation(func::FuncOp function, NumericsAttr other)
      : function(function), other(other) {}

  std::vector<ComparedOp> run() {
    Block &block = function.getBody().front();
    for (auto op : llvm::make_early_inc_range(block.getOps<FakeQuantOp>()))
      add(op);
    Operation *terminator = block.getTerminator();
    terminator->setOperands(results);
    function.setType(FunctionType::get(function.getContext(),
                                       function.getArgumentTypes(),
                                       ValueRange(results).getTypes()));
    function.setAllResultAttrs(
        SmallVector<DictionaryAttr>(results.size(), DictionaryAttr()));
    return std::move(compared);
  }

private:
  size_t addResult(Value value) {
    results.push_back(value);
    return results.size() - 1;
  }

  void add(FakeQuantOp op) {
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    auto copy = cast<FakeQuantOp>(builder.clone(*op));
    copy.setNumericsAttr(other);
    ComparedOp entry{op, addResult(op.getX()), addResult(op.getScale()), 0, 0,
                     0};
    if (op.getZeroPoint())
      entry.zeroPoint = addResult(op.getZeroPoint());
    entry.actual = addResult(op.getY());
    entry.other = addResult(copy.getY());
    compared.push_back(entry);
  }

  func::FuncOp function;
  NumericsAttr other;
  SmallVector<Value> results;
  std::vector<ComparedOp> compared;
};
} // namespace

static Expected<std::vector<HostTensor>>
evaluate(func::FuncOp function, ArrayRef<const HostTensor *> arguments,
         bool byInterpreter) {
  if (byInterpreter) {
    FailureOr<std::vector<HostTensor>> results = interpret(function, arguments);
    if (failed(results))
      return createStringError("interpretation failed");
    return std::move(*results);
  }
  CPUPipelineOptions pipeline;
  pipeline.runtimeVerification = true;
  auto compiled =
      CompiledModule::compile(function->getParentOfType<ModuleOp>(), pipeline);
  if (!compiled)
    return compiled.takeError();
  return (*compiled)->run(function.getName(), arguments);
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static bool isSame(const APFloat &a, const APFloat &b) {
  return (a.isNaN() && b.isNaN()) || a.bitwiseIsEqual(b);
}

/// Nine digits tell all f32 values apart.
static std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

/// "2,0,5": the element's index along each dimension.
static std::string formatIndex(int64_t element, ArrayRef<int64_t> shape) {
  SmallVector<std::string> indices;
  for (int64_t extent : llvm::reverse(shape)) {
    indices.push_back(std::to_string(element % extent));
    element /= extent;
  }
  return llvm::join(llvm::reverse(indices), ",");
}

namespace {
/// The differences of one op.
class DifferenceTable {
public:
  DifferenceTable(ComparedOp compared, ArrayRef<HostTensor> values,
                  raw_ostream &os)
      : compared(compared), values(values), os(os),
        shape(values[compared.x].getShape()) {
    const HostTensor &actual = values[compared.actual];
    for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i)
      if (!isSame(actual.getFloat(i), values[compared.other].getFloat(i)))
        differing.push_back(i);
  }

  void print(const std::string &title, NumericsAttr other, unsigned maxRows) {
    std::string actual = getText(compared.op.getNumerics());
    os << title << ": " << actual << " and " << getText(other) << " differ in "
       << differing.size() << " of " << values[compared.actual].getNumElements()
       << " elements\n";
    if (differing.empty() || maxRows == 0)
      return;
    printRow({"element", "x", "scale", "zero point", actual, getText(other)});
    std::vector<int64_t> scales = getParameters(compared.op.getGridAttr());
    std::vector<int64_t> zeroPoints =
        getParameters(compared.op.getEffectiveZeroPointGrid());
    auto getNumber = [&](size_t tensor, int64_t index) {
      return formatNumber(values[tensor].getDouble(index));
    };
    for (int64_t i : ArrayRef(differing).take_front(maxRows))
      printRow({formatIndex(i, shape), getNumber(compared.x, i),
                getNumber(compared.scale, scales[i]),
                compared.zeroPoint
                    ? getNumber(compared.zeroPoint, zeroPoints[i])
                    : "-",
                getNumber(compared.actual, i), getNumber(compared.other, i)});
    if (differing.size() > maxRows)
      os << "  ...\n";
  }

private:
  void printRow(ArrayRef<std::string> cells) {
    std::string line;
    for (const std::string &cell : cells)
      line += "  " + cell +
              std::string(cell.size() < 14 ? 14 - cell.size() : 0, ' ');
    os << StringRef(line).rtrim() << '\n';
  }

  /// The parameter on `grid` of each element.
  std::vector<int64_t> getParameters(GridAttr grid) {
    std::vector<int64_t> parameters(values[compared.x].getNumElements());
    getParameterLayout(grid, shape)
        .forEachElement([&](int64_t element, int64_t parameter) {
          parameters[element] = parameter;
        });
    return parameters;
  }

  ComparedOp compared;
  ArrayRef<HostTensor> values;
  raw_ostream &os;
  ArrayRef<int64_t> shape;
  std::vector<int64_t> differing;
};
} // namespace

Error quant_act::compareNumerics(func::FuncOp function,
                                 ArrayRef<const HostTensor *> arguments,
                                 const NumericsComparison &comparison,
                                 raw_ostream &os) {
  Expected<NumericsAttr> other =
      parseNumerics(function.getContext(), comparison.numerics);
  if (!other)
    return other.takeError();
  OwningOpRef<ModuleOp> module = function->getParentOfType<ModuleOp>().clone();
  auto clone = module->lookupSymbol<func::FuncOp>(function.getName());
  for (auto any : module->getOps<func::FuncOp>())
    any.setVisibility(any == clone ? SymbolTable::Visibility::Public
                                   : SymbolTable::Visibility::Private);
  PassManager pm(module->getContext());
  pm.addPass(createInlinerPass());
  pm.addPass(createQuantActDecomposeAct());
  if (failed(pm.run(*module)))
    return createStringError("cannot expand the layers of function '" +
                             function.getName() + "'");

  std::vector<ComparedOp> ops = Instrumentation(clone, *other).run();
  if (ops.empty())
    return createStringError("expects a function that executes "
                             "quant_act.fake_quant for --compare-numerics, but "
                             "'" +
                             function.getName() + "' executes none");
  Expected<std::vector<HostTensor>> values =
      evaluate(clone, arguments, comparison.interpret);
  if (!values)
    return values.takeError();
  for (auto [index, op] : llvm::enumerate(ops)) {
    std::string title = "fake_quant " + std::to_string(index + 1) + " of " +
                        std::to_string(ops.size());
    DifferenceTable(op, *values, os).print(title, *other, comparison.maxRows);
  }
  return Error::success();
}
