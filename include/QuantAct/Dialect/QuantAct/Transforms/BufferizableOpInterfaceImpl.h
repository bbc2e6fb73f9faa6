//===- BufferizableOpInterfaceImpl.h - From tensors to buffers --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_DIALECT_QUANTACT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define QUANTACT_DIALECT_QUANTACT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace quant_act {

/// Lets bufferization make order_statistics a call of the run-time library.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace quant_act

#endif // QUANTACT_DIALECT_QUANTACT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
