//===- consumer.cpp - A program outside of this project -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

int main() {
  mlir::DialectRegistry registry;
  quant_act::registerAllDialects(registry);
  quant_act::registerAllPasses();
  mlir::MLIRContext context(registry);
  context.loadDialect<quant_act::QuantActDialect>();
  mlir::Attribute grid = quant_act::GridAttr::get(&context, {1, 3}, {1, 0});
  llvm::outs() << grid << '\n';
}
