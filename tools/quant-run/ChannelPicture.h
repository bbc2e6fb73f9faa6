//===- ChannelPicture.h - A channel report as a picture ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TOOLS_QUANTRUN_CHANNELPICTURE_H
#define QUANTACT_TOOLS_QUANTRUN_CHANNELPICTURE_H

#include "ChannelReport.h"

#include "llvm/ADT/StringRef.h"

namespace quant_act {

/// Writes the report as a self-contained SVG document. The channels stand side
/// by side, the largest magnitude first. The upper panel has the magnitudes of
/// each channel's values and, for each output, its step and its largest
/// representable magnitude; the lower panel has the error.
void drawChannelReport(const ChannelReport &report, llvm::StringRef title,
                       llvm::raw_ostream &os);

} // namespace quant_act

#endif // QUANTACT_TOOLS_QUANTRUN_CHANNELPICTURE_H
