//===- CorpusCase.h - What another system computed --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the suites in Inputs (README.md says what they are).
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_TEST_UNIT_CORPUS_CORPUSCASE_H
#define QUANTACT_TEST_UNIT_CORPUS_CORPUSCASE_H

#include "QuantAct/Support/HostTensor.h"
#include "llvm/Support/JSON.h"

#include "gtest/gtest.h"

#include <optional>
#include <string>
#include <vector>

namespace quant_act {

/// A tensor of a case. Integers of every width are held as i64, minifloats as
/// f32.
struct CorpusTensor {
  /// The type in the file: "f32", "u8", "f8e4m3fn" ...
  std::string type;
  HostTensor values;
};

/// One operator with its attributes, inputs and outputs.
class CorpusCase {
public:
  CorpusCase(const llvm::json::Object &object, const std::string &data)
      : object(object), data(data) {}

  std::string getName() const { return object.getString("id")->str(); }
  std::string getOp() const { return object.getString("op")->str(); }

  /// The version of the op's domain; 0 if the file does not tell.
  int64_t getOpset() const { return object.getInteger("opset").value_or(0); }

  std::optional<int64_t> getInteger(llvm::StringRef attribute) const;
  bool isTrue(llvm::StringRef attribute) const;
  std::string getString(llvm::StringRef attribute) const;

  size_t getNumInputs() const { return object.getArray("inputs")->size(); }
  CorpusTensor getInput(size_t index) const;
  CorpusTensor getOutput(size_t index) const;

  /// Whether `actual` equals `expected` as the case asks for, and at least as
  /// `rtol` does.
  testing::AssertionResult compare(const HostTensor &actual,
                                   const HostTensor &expected,
                                   double rtol) const;

private:
  CorpusTensor read(const llvm::json::Object &tensor) const;

  const llvm::json::Object &object;
  const std::string &data;
};

/// The cases of a suite in a folder, in the file's order.
const std::vector<CorpusCase> &getCorpusCases(const std::string &folder,
                                              const std::string &suite);

} // namespace quant_act

#endif // QUANTACT_TEST_UNIT_CORPUS_CORPUSCASE_H
