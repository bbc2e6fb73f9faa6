//===- EntryPoints.cpp - Calling functions of any type --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

void quant_act::takeArgumentsFromArray(Function &function) {
  Type *pointer = PointerType::getUnqual(function.getContext());
  auto *type = FunctionType::get(pointer, {pointer}, /*isVarArg=*/false);
  Function *entry = Function::Create(type, GlobalValue::ExternalLinkage, "",
                                     function.getParent());
  entry->takeName(&function);
  function.setLinkage(GlobalValue::InternalLinkage);

  IRBuilder<> builder(BasicBlock::Create(function.getContext(), "", entry));
  SmallVector<Value *> arguments;
  for (Argument &argument : function.args()) {
    Value *address = builder.CreateConstGEP1_64(
        builder.getInt64Ty(), entry->getArg(0), argument.getArgNo());
    arguments.push_back(builder.CreateLoad(argument.getType(), address));
  }
  builder.CreateRet(builder.CreateCall(&function, arguments));
}
