//===- CPUPipeline.cpp - quant_act to LLVM for CPUs -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Pipelines/Pipelines.h"

#include "QuantAct/Codegen/CPU/Passes.h"
#include "QuantAct/Conversion/Passes.h"
#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace quant_act;

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// quant_act to linalg in functions that write to their caller's buffers.
static void addLoweringToLinalg(OpPassManager &pm,
                                const CPUPipelineOptions &options) {
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createQuantActDecomposeAct());
  if (options.runtimeVerification)
    pm.addPass(createGenerateRuntimeVerificationPass());
  pm.addPass(createQuantActDestinationPassing());
  // Extents of results become those of arguments, so that the functions that
  // tell result shapes compute nothing else. quant_act's ops tell more than
  // what they are lowered to: loops over tensors tell nothing.
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  addCleanup(pm);
  pm.addPass(createConvertQuantActToLinalg({options.runtimeLibrary}));
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  pm.addPass(createQuantActStoreFloatsAsBytes());
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  addCleanup(pm);
}

/// linalg on tensors to fewer and larger ops.
static void addFusion(OpPassManager &pm, const CPUPipelineOptions &options) {
  if (options.collapseLoops)
    pm.addNestedPass<func::FuncOp>(createQuantActCollapseLoops());
  addCleanup(pm);
  if (options.fuseSiblings)
    pm.addNestedPass<func::FuncOp>(createQuantActFuseSiblings());
  pm.addNestedPass<func::FuncOp>(createQuantActUnshareDestinations());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
}

static void addBufferization(OpPassManager &pm) {
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.allowReturnAllocsFromLoops = true;
  // Buffers are made contiguous: branches that yield them agree.
  bufferize.unknownTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addNestedPass<func::FuncOp>(bufferization::createPromoteBuffersToStackPass(
      bufferization::PromoteBuffersToStackPassOptions{}));
  bufferization::BufferDeallocationPipelineOptions deallocation;
  bufferization::buildBufferDeallocationPipeline(pm, deallocation);
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createQuantActExpandCopies());
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
}

void quant_act::buildCPUPipeline(OpPassManager &pm,
                                 const CPUPipelineOptions &options) {
  addLoweringToLinalg(pm, options);
  addFusion(pm, options);
  addBufferization(pm);
  if (options.channelBytes != 0) {
    QuantActTileChannelsOptions tile;
    tile.channelBytes = options.channelBytes;
    tile.parallelBytes = options.parallelBytes;
    pm.addNestedPass<func::FuncOp>(createQuantActTileChannels(tile));
  }
  if (options.convertBFloat16) {
    QuantActConvertBFloat16Options convert;
    convert.minElements = options.checkScalesElements;
    pm.addNestedPass<func::FuncOp>(createQuantActConvertBFloat16(convert));
  }
  if (options.replaceDivisions) {
    QuantActReplaceDivisionsOptions replace;
    replace.minElements = options.checkScalesElements;
    replace.dividesFast = options.dividesFast;
    pm.addNestedPass<func::FuncOp>(createQuantActReplaceDivisions(replace));
  }
  if (options.vectorizeLoops) {
    QuantActVectorizeLoopsOptions vectorize;
    vectorize.vectorBits = options.vectorBits;
    vectorize.streamBytes = options.streamBytes;
    vectorize.parallelBytes = options.parallelBytes;
    pm.addNestedPass<func::FuncOp>(createQuantActVectorizeLoops(vectorize));
  }
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  addCleanup(pm);
}

void quant_act::buildLLVMPipeline(OpPassManager &pm,
                                  const CPUPipelineOptions &options) {
  buildCPUPipeline(pm, options);
  pm.addPass(createQuantActExpandBFloat16());
  if (options.expandFloat16)
    pm.addPass(createQuantActExpandFloat16());
  if (options.expandRounding)
    pm.addPass(createQuantActExpandRounding());
  pm.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass(
      VectorTransferToSCFOptions().enableFullUnroll()));
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  if (options.parallelBytes != 0) {
    pm.addPass(createConvertSCFToOpenMPPass());
    pm.addNestedPass<func::FuncOp>(createQuantActInlineAllocaScopes());
  }
  pm.addPass(createSCFToControlFlowPass());
  QuantActExportFunctionsOptions exportOptions;
  exportOptions.checkExtents = options.runtimeVerification;
  pm.addPass(createQuantActExportFunctions(exportOptions));
  // What tells result shapes; nothing is simplified once more meanwhile.
  pm.addPass(createInlinerPass(/*opPipelines=*/{}, [](OpPassManager &) {}));
  pm.addPass(createQuantActReturnErrors());
  if (options.stackBytes != 0)
    pm.addNestedPass<func::FuncOp>(
        createQuantActPromoteSmallBuffers({options.stackBytes}));
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addNestedPass<LLVM::LLVMFuncOp>(createQuantActMoveBFloat16AsBits());
  addCleanup(pm);
}

void quant_act::registerPipelines() {
  PassPipelineRegistration<CPUPipelineOptions>(
      "quant-act-to-cpu-loops",
      "Lower quant_act on tensors to vector loops on the caller's buffers",
      buildCPUPipeline);
  PassPipelineRegistration<CPUPipelineOptions>(
      "quant-act-to-llvm-cpu",
      "Lower quant_act on tensors to the LLVM dialect for a CPU",
      buildLLVMPipeline);
}
