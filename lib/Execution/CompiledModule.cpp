//===- CompiledModule.cpp - Functions compiled in this process ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CompiledModule.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/TargetSelect.h"

#include <csetjmp>
#include <cstdlib>

using namespace mlir;
using namespace quant_act;

using llvm::Error;
using llvm::Expected;

struct CompiledModule::Function {
  using Entry = void (*)(void **);

  Signature signature;
  Entry entry = nullptr;
  /// Tells the extents of results that are not static; null if all are.
  Entry resultShapes = nullptr;
};

CompiledModule::CompiledModule() = default;
CompiledModule::~CompiledModule() = default;

void quant_act::registerCompilerDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
}

//===----------------------------------------------------------------------===//
// Failed run-time checks
//===----------------------------------------------------------------------===//

// Compiled code reports a failed check by `puts` and ends by `abort`. It gets
// these two instead, which return to the caller of the function, and a `malloc`
// that does so where there is no memory. Frames of compiled code own nothing
// but memory that is lost then.

namespace {
struct CheckPoint {
  std::jmp_buf caller;
  std::string message;
};
} // namespace

static thread_local CheckPoint *activeCheckPoint = nullptr;

static int recordMessage(const char *message) {
  if (activeCheckPoint)
    activeCheckPoint->message += message;
  return 0;
}

static void returnToCaller() { std::longjmp(activeCheckPoint->caller, 1); }

/// Memory for what compiled code keeps to itself.
static void *allocate(size_t numBytes) {
  if (void *memory = std::malloc(numBytes))
    return memory;
  activeCheckPoint->message =
      "cannot allocate " + std::to_string(numBytes) + " bytes";
  returnToCaller();
  return nullptr;
}

/// Calls compiled code; false if a run-time check failed, with its message.
static bool callChecked(void (*entry)(void **), void **arguments,
                        std::string &message) {
  CheckPoint checkPoint;
  CheckPoint *outer = activeCheckPoint;
  activeCheckPoint = &checkPoint;
  volatile bool completed = false; // written between setjmp and longjmp
  if (setjmp(checkPoint.caller) == 0) {
    entry(arguments);
    completed = true;
  }
  activeCheckPoint = outer;
  message = std::move(checkPoint.message);
  return completed;
}

static llvm::orc::SymbolMap
getRuntimeSymbols(llvm::orc::MangleAndInterner interner) {
  auto define = [](auto *function) {
    return llvm::orc::ExecutorSymbolDef(
        llvm::orc::ExecutorAddr::fromPtr(function),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  };
  llvm::orc::SymbolMap symbols;
  symbols[interner("puts")] = define(&recordMessage);
  symbols[interner("abort")] = define(&returnToCaller);
  symbols[interner("malloc")] = define(&allocate);
  return symbols;
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static Expected<std::unique_ptr<llvm::TargetMachine>> createHostMachine() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  return builder->createTargetMachine();
}

Expected<std::unique_ptr<CompiledModule>>
CompiledModule::compile(ModuleOp module, const CPUPipelineOptions &options) {
  std::unique_ptr<CompiledModule> compiled(new CompiledModule());
  SmallVector<std::string> names;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || function.isPrivate())
      continue;
    Expected<Signature> signature = Signature::get(function);
    if (!signature)
      return signature.takeError();
    names.push_back(signature->name);
    compiled->functions[signature->name].signature = std::move(*signature);
  }

  OwningOpRef<ModuleOp> lowered = module.clone();
  PassManager pm(module.getContext());
  buildLLVMPipeline(pm, options);
  if (failed(pm.run(*lowered)))
    return llvm::createStringError("compilation failed");

  Expected<std::unique_ptr<llvm::TargetMachine>> machine = createHostMachine();
  if (!machine)
    return machine.takeError();
  llvm::TargetMachine *target = machine->get();
  auto optimize =
      makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0, target);
  ExecutionEngineOptions engineOptions;
  engineOptions.transformer = optimize;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto engine =
      ExecutionEngine::create(*lowered, engineOptions, std::move(*machine));
  if (!engine)
    return engine.takeError();
  compiled->engine = std::move(*engine);
  compiled->engine->registerSymbols(getRuntimeSymbols);

  for (const std::string &name : names) {
    Function &function = compiled->functions[name];
    // The C interface takes pointers to descriptors.
    auto lookUp = [&](const std::string &symbol) {
      return compiled->engine->lookupPacked("_mlir_ciface_" + symbol);
    };
    auto entry = lookUp(name);
    if (!entry)
      return entry.takeError();
    function.entry = *entry;
    if (llvm::all_of(function.signature.results,
                     [](const TensorSpec &spec) { return spec.isStatic(); }))
      continue;
    auto resultShapes = lookUp(getResultShapesName(name));
    if (!resultShapes)
      return resultShapes.takeError();
    function.resultShapes = *resultShapes;
  }
  return compiled;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

void CompiledModule::Call::append(const void *data, ArrayRef<int64_t> shape) {
  // {allocated pointer, aligned pointer, offset, extents, strides}
  auto address = reinterpret_cast<int64_t>(data);
  std::vector<int64_t> &descriptor = descriptors.emplace_back();
  descriptor = {address, address, 0};
  llvm::append_range(descriptor, shape);
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim > 1; --dim)
    strides[dim - 2] = strides[dim - 1] * shape[dim - 1];
  llvm::append_range(descriptor, strides);
}

void CompiledModule::Call::link() {
  for (std::vector<int64_t> &descriptor : descriptors)
    pointers.push_back(descriptor.data());
  for (void *&pointer : pointers)
    packed.push_back(&pointer);
}

Error CompiledModule::Call::run() {
  std::string message;
  if (callChecked(entry, packed.data(), message))
    return Error::success();
  return llvm::createStringError("function '" + function +
                                 "': " + StringRef(message).trim());
}

Expected<const CompiledModule::Function *>
CompiledModule::lookup(StringRef name) const {
  auto it = functions.find(name);
  if (it == functions.end())
    return llvm::createStringError("there is no public function '" + name +
                                   "' in the module");
  return &it->second;
}

Expected<std::vector<HostTensor>>
CompiledModule::allocateResults(const Function &function,
                                ArrayRef<const HostTensor *> arguments) const {
  size_t numExtents = 0;
  for (const TensorSpec &spec : function.signature.results)
    numExtents += spec.shape.size();
  std::vector<int64_t> extents(numExtents);
  if (function.resultShapes) {
    Call call;
    call.function = function.signature.name;
    call.entry = function.resultShapes;
    for (const HostTensor *argument : arguments)
      call.append(argument->getData(), argument->getShape());
    call.append(extents.data(), {static_cast<int64_t>(numExtents)});
    call.link();
    if (Error error = call.run())
      return std::move(error);
  }
  std::vector<HostTensor> results;
  ArrayRef<int64_t> remaining = extents;
  for (const TensorSpec &spec : function.signature.results) {
    ArrayRef<int64_t> shape = spec.shape;
    if (function.resultShapes)
      shape = remaining.take_front(shape.size());
    Expected<HostTensor> result = HostTensor::allocate(spec.type, shape);
    if (!result)
      return llvm::createStringError(
          "result '" + spec.name + "' of function '" + function.signature.name +
          "': " + llvm::toString(result.takeError()));
    results.push_back(std::move(*result));
    remaining = remaining.drop_front(spec.shape.size());
  }
  return results;
}

Expected<std::vector<HostTensor>>
CompiledModule::run(StringRef name,
                    ArrayRef<const HostTensor *> arguments) const {
  Expected<const Function *> function = lookup(name);
  if (!function)
    return function.takeError();
  if (Error error = (*function)->signature.checkArguments(arguments))
    return error;
  Expected<std::vector<HostTensor>> results =
      allocateResults(**function, arguments);
  if (!results)
    return results.takeError();
  SmallVector<HostTensor *> pointers;
  for (HostTensor &result : *results)
    pointers.push_back(&result);
  if (Error error = runInto(name, arguments, pointers))
    return error;
  return results;
}

Error CompiledModule::runInto(StringRef name,
                              ArrayRef<const HostTensor *> arguments,
                              ArrayRef<HostTensor *> results) const {
  Expected<Call> call = prepare(name, arguments, results);
  if (!call)
    return call.takeError();
  return call->run();
}

Expected<CompiledModule::Call>
CompiledModule::prepare(StringRef name, ArrayRef<const HostTensor *> arguments,
                        ArrayRef<HostTensor *> results) const {
  Expected<const Function *> function = lookup(name);
  if (!function)
    return function.takeError();
  const Signature &signature = (*function)->signature;
  if (Error error = signature.checkArguments(arguments))
    return std::move(error);
  if (results.size() != signature.results.size())
    return llvm::createStringError(
        llvm::formatv("function '{0}' has {1} results, but got {2} arrays",
                      name, signature.results.size(), results.size()));
  Call call;
  call.function = name;
  call.entry = (*function)->entry;
  for (const HostTensor *argument : arguments)
    call.append(argument->getData(), argument->getShape());
  for (HostTensor *result : results)
    call.append(result->getData(), result->getShape());
  call.link();
  return call;
}
