//===- TestProgram.cpp - A module to run in a test ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "QuantAct/Execution/Interpreter.h"
#include "QuantAct/InitAll.h"
#include "QuantAct/Numerics/ParameterLayout.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <map>

using namespace mlir;
using namespace quant_act;

MLIRContext &quant_act::getTestContext() {
  static MLIRContext *context = [] {
    DialectRegistry registry;
    quant_act::registerAllDialects(registry);
    registerCompilerDialects(registry);
    return new MLIRContext(registry, MLIRContext::Threading::DISABLED);
  }();
  return *context;
}

TestProgram::TestProgram(StringRef text)
    : module(parseSourceString<ModuleOp>(text, &getTestContext())) {
  if (!module)
    llvm::report_fatal_error("invalid test program:\n" + text);
}

TensorsOrError TestProgram::interpret(StringRef function,
                                      ArrayRef<const HostTensor *> arguments) {
  std::string message;
  ScopedDiagnosticHandler handler(
      &getTestContext(),
      [&](Diagnostic &diagnostic) { message += diagnostic.str(); });
  auto op = module->lookupSymbol<func::FuncOp>(function);
  if (!op)
    return llvm::createStringError("no function '" + function + "'");
  FailureOr<std::vector<HostTensor>> results =
      quant_act::interpret(op, arguments);
  if (failed(results))
    return llvm::createStringError(message);
  return std::move(*results);
}

void quant_act::completeTestOptions(CPUPipelineOptions &options) {
  if (!options.replaceDivisions.hasValue())
    options.replaceDivisions = true;
  if (!options.checkScalesElements.hasValue())
    options.checkScalesElements = 0;
}

llvm::Expected<CompiledModule &>
TestProgram::compile(const CPUPipelineOptions &options) {
  if (compiled)
    return *compiled;
  CPUPipelineOptions completed;
  completed.copyOptionValuesFrom(options);
  completeTestOptions(completed);
  auto result = CompiledModule::compile(*module, completed);
  if (!result)
    return result.takeError();
  compiled = std::move(*result);
  return *compiled;
}

TensorsOrError
TestProgram::runCompiled(StringRef function,
                         ArrayRef<const HostTensor *> arguments) {
  llvm::Expected<CompiledModule &> code = compile();
  if (!code)
    return code.takeError();
  return code->run(function, arguments);
}

std::vector<HostTensor>
TestProgram::runBothWays(StringRef function,
                         ArrayRef<const HostTensor *> arguments,
                         StringRef what) {
  auto getOrFail = [&](TensorsOrError results) -> std::vector<HostTensor> {
    if (results)
      return std::move(*results);
    ADD_FAILURE() << what.str() << ": " << llvm::toString(results.takeError());
    return {};
  };
  std::vector<HostTensor> expected = getOrFail(interpret(function, arguments));
  std::vector<HostTensor> actual = getOrFail(runCompiled(function, arguments));
  EXPECT_EQ(actual.size(), expected.size());
  for (auto [i, pair] : llvm::enumerate(llvm::zip(actual, expected)))
    EXPECT_TRUE(equalBits(std::get<0>(pair), std::get<1>(pair)))
        << "result " << i << " of " << what.str();
  return expected;
}

std::string quant_act::tensorType(ArrayRef<int64_t> shape, ElementType type) {
  TensorSpec spec{"", type, {}, {}};
  for (int64_t extent : shape)
    spec.shape.push_back(extent == -1 ? ShapedType::kDynamic : extent);
  return spec.format();
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static uint64_t getBits(const HostTensor &tensor, int64_t index) {
  unsigned width = getByteWidth(tensor.getElementType());
  uint64_t bits = 0;
  std::memcpy(&bits,
              static_cast<const char *>(tensor.getData()) + index * width,
              width);
  return bits;
}

/// Orders the bits of f32 so that neighbors differ by one and zeros not at all.
static int64_t toOrdinal(uint64_t bits) {
  int64_t magnitude = bits & 0x7fffffff;
  return bits >> 31 ? -magnitude : magnitude;
}

/// How many f32 values apart two are.
static uint64_t getDistance(uint64_t a, uint64_t b) {
  return std::abs(toOrdinal(a) - toOrdinal(b));
}

static bool agree(const HostTensor &a, const HostTensor &b, int64_t index,
                  unsigned ulps) {
  uint64_t bitsA = getBits(a, index), bitsB = getBits(b, index);
  if (bitsA == bitsB)
    return true;
  if (!isFloat(a.getElementType()))
    return false;
  if (a.getFloat(index).isNaN() && b.getFloat(index).isNaN())
    return true;
  return ulps != 0 && a.getElementType() == ElementType::F32 &&
         getDistance(bitsA, bitsB) <= ulps;
}

HostTensor quant_act::makeCancelling(ElementType type, ArrayRef<int64_t> shape,
                                     ArrayRef<int64_t> kept) {
  HostTensor tensor(type, shape);
  auto extents =
      llvm::map_to_vector(kept, [&](int64_t dim) { return shape[dim]; });
  ParameterLayout layout(shape, kept, extents);
  std::map<int64_t, SmallVector<int64_t>> channels;
  layout.forEachElement(
      [&](int64_t i, int64_t channel) { channels[channel].push_back(i); });
  for (auto &[channel, elements] : channels) {
    for (int64_t i : elements)
      tensor.setDouble(i, 1.0);
    if (elements.size() < 3)
      continue;
    tensor.setDouble(elements[1], 0x1.0p60);
    tensor.setDouble(elements.back(), -0x1.0p60);
  }
  return tensor;
}

testing::AssertionResult quant_act::equalBits(const HostTensor &actual,
                                              const HostTensor &expected,
                                              unsigned ulps) {
  auto describe = [](const HostTensor &tensor) {
    return getName(tensor.getElementType()).str() + " " +
           formatShape(tensor.getShape());
  };
  if (describe(actual) != describe(expected))
    return testing::AssertionFailure()
           << "got " << describe(actual) << ", expected " << describe(expected);
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i)
    if (!agree(actual, expected, i, ulps))
      return testing::AssertionFailure()
             << "element " << i << " of " << e << " is " << actual.getDouble(i)
             << " (0x" << llvm::utohexstr(getBits(actual, i)) << "), expected "
             << expected.getDouble(i) << " (0x"
             << llvm::utohexstr(getBits(expected, i)) << ")";
  return testing::AssertionSuccess();
}
