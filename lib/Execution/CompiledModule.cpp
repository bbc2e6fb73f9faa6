//===- CompiledModule.cpp - Functions compiled in this process ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Execution/CompiledModule.h"

#include "EntryPoints.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Compiler/Emission.h"
#include "QuantAct/Compiler/RuntimeLibrary.h"
#include "QuantAct/Compiler/Threads.h"
#include "QuantAct/Execution/CodeKey.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace quant_act;

using llvm::Error;
using llvm::Expected;

struct CompiledModule::Function {
  Signature signature;
  Entry entry = nullptr;
  /// Tells the extents of results that are not static; null if all are.
  Entry resultShapes = nullptr;

  bool hasResultShapes() const {
    return !llvm::all_of(signature.results, [](const TensorSpec &spec) {
      return spec.isStatic();
    });
  }
};

CompiledModule::CompiledModule() = default;
CompiledModule::~CompiledModule() = default;

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// Compiles to an object file, in which the functions of these names take their
/// arguments from an array.
static Expected<std::unique_ptr<llvm::MemoryBuffer>>
compileToObject(ModuleOp module, ArrayRef<std::string> entries,
                const Target &target, const CPUPipelineOptions &options,
                TimingScope &timing) {
  auto lowered =
      lowerToLLVM(module, target, options, timing.nest("MLIR passes"));
  if (!lowered)
    return lowered.takeError();

  TimingScope phase = timing.nest("Translation to LLVM IR");
  std::unique_ptr<llvm::TargetMachine> machine = target.createMachine();
  llvm::LLVMContext context;
  auto code = translateToLLVMIR(**lowered, *machine, context);
  if (!code)
    return code.takeError();

  phase = timing.nest("LLVM passes");
  optimizeLLVMIR(**code, *machine);
  for (const std::string &entry : entries)
    takeArgumentsFromArray(*(*code)->getFunction(entry));

  phase = timing.nest("Code generation");
  SmallVector<char, 0> object;
  llvm::raw_svector_ostream os(object);
  if (Error error = emitCode(**code, *machine, CodeFormat::Object, os))
    return std::move(error);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(object), /*RequiresNullTerminator=*/false);
}

/// A program does not export what a static library brought into it.
static llvm::orc::SymbolMap
getRuntimeSymbols(llvm::orc::MangleAndInterner interner) {
  llvm::orc::SymbolMap symbols;
  for (const auto &[name, address] : getRuntimeFunctions())
    symbols[interner(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                               llvm::JITSymbolFlags::Exported |
                                   llvm::JITSymbolFlags::Callable};
  return symbols;
}

/// Links an object file to what this process has.
static Expected<std::unique_ptr<llvm::orc::LLJIT>>
loadObject(std::unique_ptr<llvm::MemoryBuffer> object, const Target &target) {
  auto jit = llvm::orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(
                     llvm::orc::JITTargetMachineBuilder(target.getTriple()))
                 .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  llvm::orc::MangleAndInterner interner((*jit)->getExecutionSession(),
                                        (*jit)->getDataLayout());
  if (Error error = (*jit)->getMainJITDylib().define(
          llvm::orc::absoluteSymbols(getRuntimeSymbols(interner))))
    return std::move(error);
  if (Error error = (*jit)->addObjectFile(std::move(object)))
    return std::move(error);
  return jit;
}

Error CompiledModule::addFunctions(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || function.isPrivate())
      continue;
    Expected<Signature> signature = Signature::get(function);
    if (!signature)
      return signature.takeError();
    functions[signature->name].signature = std::move(*signature);
  }
  return Error::success();
}

std::vector<std::string> CompiledModule::getEntryNames() const {
  std::vector<std::string> names;
  for (const auto &[name, function] : functions) {
    names.push_back(name.str());
    if (function.hasResultShapes())
      names.push_back(getResultShapesName(name));
  }
  return names;
}

Error CompiledModule::findEntries() {
  auto find = [&](StringRef name, Entry &entry) -> Error {
    auto address = jit->lookup(name);
    if (!address)
      return address.takeError();
    entry = address->toPtr<Entry>();
    return Error::success();
  };
  for (auto &[name, function] : functions) {
    if (Error error = find(name, function.entry))
      return error;
    if (!function.hasResultShapes())
      continue;
    if (Error error = find(getResultShapesName(name), function.resultShapes))
      return error;
  }
  return Error::success();
}

/// Takes the object file from the cache, or compiles and puts it there.
Expected<std::unique_ptr<llvm::MemoryBuffer>>
CompiledModule::getObject(ModuleOp module, const Target &target,
                          const CPUPipelineOptions &options,
                          const CodeCache *cache, TimingScope &timing) {
  auto compile = [&] {
    return compileToObject(module, getEntryNames(), target, options, timing);
  };
  auto warn = [&](Error error) {
    emitWarning(module.getLoc(), "compiled code is not cached: ")
        << llvm::toString(std::move(error));
  };
  if (!cache)
    return compile();
  Expected<std::string> key = getCodeKey(module, target, options);
  if (!key) {
    warn(key.takeError());
    return compile();
  }
  if (std::unique_ptr<llvm::MemoryBuffer> object = cache->find(*key)) {
    isFromCache = true;
    return object;
  }
  auto object = compile();
  if (!object)
    return object;
  if (Error error = cache->insert(*key, (*object)->getBuffer()))
    warn(std::move(error));
  return object;
}

Expected<std::unique_ptr<CompiledModule>>
CompiledModule::compile(ModuleOp module, const CPUPipelineOptions &options,
                        const CodeCache *cache, TimingScope timing) {
  std::unique_ptr<CompiledModule> compiled(new CompiledModule());
  if (Error error = compiled->addFunctions(module))
    return std::move(error);
  if (options.parallelBytes != 0)
    if (Error error = loadOpenMP())
      return std::move(error);
  Expected<Target> target = Target::getHost();
  if (!target)
    return target.takeError();
  CPUPipelineOptions completed;
  completed.copyOptionValuesFrom(options);
  target->completeOptions(completed);
  auto object = compiled->getObject(module, *target, completed, cache, timing);
  if (!object)
    return object.takeError();
  TimingScope phase = timing.nest("Linking");
  auto jit = loadObject(std::move(*object), *target);
  if (!jit)
    return jit.takeError();
  compiled->jit = std::move(*jit);
  if (Error error = compiled->findEntries())
    return std::move(error);
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

Error CompiledModule::Call::run() const {
  const char *message = entry(values.data());
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
  return call;
}
