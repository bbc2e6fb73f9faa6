//===- Versions.cpp - Code for several processors -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Compiler/Versions.h"

#include "LoadTimeFeatures.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/IPO/ConstantMerge.h"

using namespace quant_act;

using llvm::ArrayRef;
using llvm::Function;
using llvm::GlobalValue;
using llvm::GlobalVariable;
using llvm::Module;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// What can be joined
//===----------------------------------------------------------------------===//

static llvm::Error refuse(const llvm::Twine &rule, StringRef name) {
  return llvm::createStringError(
      "expects " + rule + " for several processors, but got '" + name + "'");
}

/// Whether a constant has the address of a function in it.
static bool holdsFunction(const llvm::Constant *constant) {
  return llvm::isa<Function>(constant) ||
         llvm::any_of(constant->operands(), [](const llvm::Use &use) {
           return holdsFunction(llvm::cast<llvm::Constant>(use.get()));
         });
}

/// Functions become versions, and variables are one for all.
static llvm::Error checkFunction(const Function &function) {
  if (function.isDeclaration() || function.hasExternalLinkage() ||
      function.hasLocalLinkage())
    return llvm::Error::success();
  return refuse("functions that are public or private", function.getName());
}

static llvm::Error checkVariable(const GlobalVariable &variable) {
  bool isShared = variable.hasInitializer() && !variable.hasLocalLinkage();
  if ((isShared || !variable.isConstant()) && variable.hasInitializer() &&
      holdsFunction(variable.getInitializer()))
    return refuse("no variable that holds the address of a function",
                  variable.getName());
  return llvm::Error::success();
}

/// What the linker of modules would end the process for, or drop.
static llvm::Error check(const Module &code) {
  for (const GlobalValue &value : code.global_values()) {
    if (isLoadTimeName(value.getName()))
      return refuse("names that the compiler's library has not",
                    value.getName());
    if (llvm::isa<llvm::GlobalAlias, llvm::GlobalIFunc>(value) ||
        value.hasComdat())
      return refuse("no aliases and no comdats", value.getName());
  }
  for (const Function &function : code)
    if (llvm::Error error = checkFunction(function))
      return error;
  for (const GlobalVariable &variable : code.globals())
    if (llvm::Error error = checkVariable(variable))
      return error;
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// Says for which processor a function is, whatever the machine that code is
/// emitted with.
static void setProcessor(Function &function, const Target &target,
                         const llvm::TargetMachine &machine) {
  function.addFnAttr("target-cpu", machine.getTargetCPU());
  function.addFnAttr("target-features", machine.getTargetFeatureString());
  function.addFnAttr("tune-cpu", target.getProcessor());
}

/// What functions that others see are called in the code of one processor.
using VersionNames = llvm::StringMap<std::string>;

/// Gives all functions names of their version, which C has not. Constants may
/// become one with those of other versions.
static VersionNames nameFunctions(Module &code, const Target &target) {
  for (GlobalVariable &variable : code.globals())
    if (variable.isConstant() && variable.hasLocalLinkage())
      variable.setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  std::unique_ptr<llvm::TargetMachine> machine = target.createMachine();
  VersionNames names;
  for (Function &function : code) {
    if (function.isDeclaration())
      continue;
    std::string name = function.getName().str();
    // Another number is put behind where this is a name of the user's.
    function.setName(name + "." + target.getProcessor());
    setProcessor(function, target, *machine);
    if (!function.hasLocalLinkage())
      names[name] = function.getName().str();
  }
  return names;
}

namespace {
/// Variables that all versions share, and what they were before they were made
/// known to other modules.
class SharedVariables {
public:
  /// Of the first version, which defines them.
  explicit SharedVariables(Module &code) {
    for (GlobalVariable &variable : code.globals())
      if (isShared(variable)) {
        linkages.emplace_back(&variable, variable.getLinkage());
        variable.setLinkage(GlobalValue::ExternalLinkage);
      }
  }

  /// In another version they are those of the first.
  static void declare(Module &code) {
    for (GlobalVariable &variable : code.globals())
      if (isShared(variable)) {
        variable.setInitializer(nullptr);
        variable.setLinkage(GlobalValue::ExternalLinkage);
      }
  }

  void restoreLinkage() {
    for (auto [variable, linkage] : linkages)
      variable->setLinkage(linkage);
  }

private:
  static bool isShared(const GlobalVariable &variable) {
    return !variable.isDeclaration() &&
           !(variable.isConstant() && variable.hasLocalLinkage());
  }

  llvm::SmallVector<std::pair<GlobalVariable *, GlobalValue::LinkageTypes>>
      linkages;
};
} // namespace

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// A function of this object file alone that is run before any other: nothing
/// may be called or read that is not there yet.
static Function *createResolver(Module &code, const llvm::Twine &name,
                                llvm::Type *result) {
  auto *function = Function::Create(llvm::FunctionType::get(result, false),
                                    GlobalValue::InternalLinkage, name, code);
  function->setDoesNotThrow();
  llvm::BasicBlock::Create(code.getContext(), "", function);
  return function;
}

/// Which version the machine takes: the last that it can run, else the first.
static Function *emitChoice(Module &code, ArrayRef<Target> targets) {
  auto *type = llvm::Type::getInt32Ty(code.getContext());
  Function *function = createResolver(code, "quant_act.version", type);
  llvm::IRBuilder<> builder(&function->front());
  emitFeatureInitialization(builder);
  llvm::Value *version = builder.getInt32(0);
  for (size_t i = 1; i < targets.size(); ++i)
    version = builder.CreateSelect(
        emitFeatureCheck(builder, getLoadTimeFeatures(targets[i])),
        builder.getInt32(i), version);
  builder.CreateRet(version);
  return function;
}

/// The address of the version that was chosen. Not by a table: its addresses
/// would themselves have to be relocated before.
static Function *emitResolver(Module &code, StringRef name,
                              ArrayRef<Function *> versions, Function *choice) {
  Function *resolver =
      createResolver(code, name + ".resolver", versions.front()->getType());
  llvm::IRBuilder<> builder(&resolver->front());
  llvm::Value *chosen = builder.CreateCall(choice);
  llvm::Value *function = versions.front();
  for (size_t i = 1; i < versions.size(); ++i)
    function =
        builder.CreateSelect(builder.CreateICmpEQ(chosen, builder.getInt32(i)),
                             versions[i], function);
  builder.CreateRet(function);
  return resolver;
}

/// Gives the versions' public name to what chooses among them.
static llvm::Error createFunction(Module &code, StringRef name,
                                  ArrayRef<VersionNames> names,
                                  Function *choice) {
  // Another function's version may be called so.
  if (code.getNamedValue(name))
    return refuse("names that are no versions'", name);
  llvm::SmallVector<Function *> versions;
  for (const VersionNames &version : names) {
    versions.push_back(code.getFunction(version.at(name)));
    versions.back()->setLinkage(GlobalValue::InternalLinkage);
  }
  llvm::GlobalIFunc::create(versions.front()->getFunctionType(),
                            /*AddressSpace=*/0, GlobalValue::ExternalLinkage,
                            name, emitResolver(code, name, versions, choice),
                            &code);
  return llvm::Error::success();
}

static std::vector<std::string> getPublicFunctions(const Module &code) {
  std::vector<std::string> names;
  for (const Function &function : code)
    if (!function.isDeclaration() && !function.hasLocalLinkage())
      names.push_back(function.getName().str());
  return names;
}

llvm::Expected<std::unique_ptr<Module>>
quant_act::joinVersions(std::vector<std::unique_ptr<Module>> versions,
                        ArrayRef<Target> targets) {
  std::unique_ptr<Module> code = std::move(versions.front());
  if (targets.size() == 1)
    return code;
  if (llvm::Error error = check(*code))
    return std::move(error);
  std::vector<std::string> functions = getPublicFunctions(*code);
  SharedVariables variables(*code);
  std::vector<VersionNames> names = {nameFunctions(*code, targets.front())};
  llvm::Linker linker(*code);
  for (size_t i = 1; i < targets.size(); ++i) {
    names.push_back(nameFunctions(*versions[i], targets[i]));
    SharedVariables::declare(*versions[i]);
    if (linker.linkInModule(std::move(versions[i])))
      return llvm::createStringError(
          "cannot join the versions for '" + targets.front().getProcessor() +
          "' and '" + targets[i].getProcessor() + "'");
  }
  variables.restoreLinkage();
  Function *choice = emitChoice(*code, targets);
  for (StringRef name : functions)
    if (llvm::Error error = createFunction(*code, name, names, choice))
      return std::move(error);
  llvm::ModuleAnalysisManager analyses;
  llvm::ConstantMergePass().run(*code, analyses);
  return code;
}

bool quant_act::callsCompilerLibrary(const Module &code) {
  return code.getFunction("__cpu_indicator_init");
}
