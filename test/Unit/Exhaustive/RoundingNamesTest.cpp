//===- RoundingNamesTest.cpp - No rounding mode is forgotten --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExhaustiveCase.h"

#include "QuantAct/Numerics/Spec.h"

#include "gtest/gtest.h"

namespace {

/// A new mode needs an independent evaluation, too.
TEST(IndependentQuantizer, KnowsEveryRoundingMode) {
  const std::vector<std::string> &names = quant_act::getRoundingNames();
  ASSERT_EQ(names.size(), quant_act::getMaxEnumValForRounding() + 1);
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(names[i],
              quant_act::stringifyEnum(static_cast<quant_act::Rounding>(i)));
}

} // namespace
