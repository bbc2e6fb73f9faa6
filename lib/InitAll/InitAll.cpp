//===- InitAll.cpp - Register everything ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/InitAll.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Conversion/Passes.h"
#include "QuantAct/Dialect/QuantAct/IR/QuantAct.h"
#include "QuantAct/Dialect/QuantAct/Transforms/BufferizableOpInterfaceImpl.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"
#include "QuantAct/Pipelines/Pipelines.h"

void quant_act::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<QuantActDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
}

void quant_act::registerAllPasses() {
  registerQuantActTransformsPasses();
  registerQuantActConversionPasses();
  registerQuantActCPUPasses();
  registerPipelines();
}
