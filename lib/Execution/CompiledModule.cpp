//===- CompiledModule.cpp - Functions compiled in this process ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CompiledModule.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Target/TargetMachine.h"

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

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static Expected<std::unique_ptr<ExecutionEngine>>
createEngine(ModuleOp lowered, const Target &target) {
  std::unique_ptr<llvm::TargetMachine> machine = target.createMachine();
  auto translate =
      [&](Operation *op,
          llvm::LLVMContext &context) -> std::unique_ptr<llvm::Module> {
    auto code = translateToLLVMIR(cast<ModuleOp>(op), *machine, context);
    if (code)
      return std::move(*code);
    op->emitError(llvm::toString(code.takeError()));
    return nullptr;
  };
  ExecutionEngineOptions options;
  options.llvmModuleBuilder = translate;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  return ExecutionEngine::create(lowered, options, target.createMachine());
}

/// Makes the functions that threads need known to compiled code.
static Error loadOpenMP() {
  std::string message;
  for (const char *name : {QUANT_ACT_LIBOMP, "libomp.so.5"})
    if (!llvm::sys::DynamicLibrary::LoadLibraryPermanently(name, &message))
      return Error::success();
  return llvm::createStringError("threads need LLVM's OpenMP library, of "
                                 "Debian's package libomp-22-dev: " +
                                 message);
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

  if (options.parallelBytes != 0)
    if (Error error = loadOpenMP())
      return std::move(error);
  Expected<Target> target = Target::getHost();
  if (!target)
    return target.takeError();
  Expected<OwningOpRef<ModuleOp>> lowered =
      lowerToLLVM(module, *target, options);
  if (!lowered)
    return lowered.takeError();
  auto engine = createEngine(**lowered, *target);
  if (!engine)
    return engine.takeError();
  compiled->engine = std::move(*engine);

  for (const std::string &name : names) {
    Function &function = compiled->functions[name];
    auto entry = compiled->engine->lookupPacked(name);
    if (!entry)
      return entry.takeError();
    function.entry = *entry;
    if (llvm::all_of(function.signature.results,
                     [](const TensorSpec &spec) { return spec.isStatic(); }))
      continue;
    auto resultShapes =
        compiled->engine->lookupPacked(getResultShapesName(name));
    if (!resultShapes)
      return resultShapes.takeError();
    function.resultShapes = *resultShapes;
  }
  return compiled;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

void CompiledModule::Call::append(const void *data) {
  arrays.push_back(values.size());
  values.push_back(reinterpret_cast<intptr_t>(data));
}

void CompiledModule::Call::append(const TensorSpec &spec,
                                  const HostTensor &argument) {
  append(argument.getData());
  for (auto [extent, actual] : llvm::zip_equal(spec.shape, argument.getShape()))
    if (ShapedType::isDynamic(extent))
      values.push_back(actual);
}

void CompiledModule::Call::setArray(size_t index, void *data) {
  values[arrays[index]] = reinterpret_cast<intptr_t>(data);
}

void CompiledModule::Call::link() {
  values.push_back(/*no message=*/0);
  for (int64_t &value : values)
    packed.push_back(&value);
}

Error CompiledModule::Call::run() {
  entry(packed.data());
  auto *message = reinterpret_cast<const char *>(values.back());
  if (!message)
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
    for (auto [spec, argument] :
         llvm::zip_equal(function.signature.arguments, arguments))
      call.append(spec, *argument);
    call.append(extents.data());
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
  for (auto [spec, argument] : llvm::zip_equal(signature.arguments, arguments))
    call.append(spec, *argument);
  for (HostTensor *result : results)
    call.append(result->getData());
  call.link();
  return call;
}
