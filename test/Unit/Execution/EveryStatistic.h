//===- EveryStatistic.h - The statistics of channels as text ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_EXECUTION_EVERYSTATISTIC_H
#define QUANTACT_TEST_UNIT_EXECUTION_EVERYSTATISTIC_H

#include "QuantAct/Numerics/Statistics.h"

#include <string>
#include <vector>

namespace quant_act {

/// Every statistic that is no composite, with some numbers: none is left out,
/// as they come from the definitions.
inline std::vector<std::string> getChannelStatistics() {
  static const char *const percentiles[] = {"", "60.0", "10.0, 90.0"};
  std::vector<std::string> texts;
  for (uint64_t i = 0; i <= getMaxEnumValForStatisticKind(); ++i) {
    auto kind = static_cast<StatisticKind>(i);
    StatisticDefinition definition = getDefinition(kind);
    if (definition.form == StatisticForm::Composite)
      continue;
    std::string numbers = percentiles[definition.getNumPercentiles()];
    if (definition.getNumNumbers() > definition.getNumPercentiles())
      numbers += numbers.empty() ? "2.5" : ", 2.5";
    std::string name = stringifyEnum(kind).str();
    texts.push_back(numbers.empty() ? name : name + "<" + numbers + ">");
  }
  return texts;
}

/// Whether the statistic of this text has a low end.
inline bool hasLow(llvm::StringRef text) {
  return getDefinition(*symbolizeStatisticKind(text.split('<').first)).hasLow();
}

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_EXECUTION_EVERYSTATISTIC_H
