//===- InitAll.h - Register everything --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a consumer adds to its own registry:
//
//   quant_act::registerAllDialects(registry);
//   quant_act::registerAllPasses();
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_INITALL_H
#define QUANTACT_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace quant_act {

/// The dialect quant_act, and how it becomes buffers.
void registerAllDialects(mlir::DialectRegistry &registry);

/// The passes of this project, and its named pipelines.
void registerAllPasses();

} // namespace quant_act

#endif // QUANTACT_INITALL_H
