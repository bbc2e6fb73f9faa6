//===- CodeCacheTest.cpp - Compiled code is found again, and only that ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "QuantAct/Execution/CodeKey.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace quant_act;

static constexpr char quantize[] = R"(
func.func @quantize(%x: tensor<?x3xf32>, %s: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = quant_act.fake_quant to #quant_act.int<8, signed>
      on #quant_act.grid<broadcast = [1, 3], permutation = [1, 0]>
      %x scale %s : tensor<?x3xf32>, tensor<3xf32>
  return %y : tensor<?x3xf32>
}
)";

namespace {
/// A directory for a test, and what is compiled with a cache there.
class CodeCacheTest : public testing::Test {
protected:
  CodeCacheTest() {
    llvm::cantFail(llvm::errorCodeToError(
        llvm::sys::fs::createUniqueDirectory("quant-act", directory)));
  }
  ~CodeCacheTest() override { llvm::sys::fs::remove_directories(directory); }

  /// Compiles the text, checks that it computes, and tells whether the code was
  /// in the cache.
  bool compile(llvm::StringRef text, const CPUPipelineOptions &options = {}) {
    TestProgram program(text);
    CodeCache cache(directory);
    auto compiled = llvm::cantFail(
        CompiledModule::compile(program.getModule(), options, &cache));
    HostTensor x(ElementType::F32, {2, 3}), scale(ElementType::F32, {3});
    for (int64_t i = 0; i < 6; ++i)
      x.setDouble(i, i * 0.75 - 2);
    scale.fill(0.5);
    auto expected = llvm::cantFail(program.interpret("quantize", {&x, &scale}));
    auto results = llvm::cantFail(compiled->run("quantize", {&x, &scale}));
    EXPECT_TRUE(equalBits(results.front(), expected.front()));
    return compiled->wasCached();
  }

  /// The files with code.
  std::vector<std::string> getFiles() {
    std::vector<std::string> files;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator file(directory, error), end;
         !error && file != end; file.increment(error))
      if (llvm::sys::path::extension(file->path()) == ".o")
        files.push_back(file->path());
    return files;
  }

  llvm::SmallString<128> directory;
};
} // namespace

TEST_F(CodeCacheTest, FindsTheSameModule) {
  EXPECT_FALSE(compile(quantize));
  EXPECT_TRUE(compile(quantize));
  EXPECT_EQ(getFiles().size(), 1u);
}

TEST_F(CodeCacheTest, TakesNothingElseForIt) {
  EXPECT_FALSE(compile(quantize));
  std::string unsignedCodes = quantize;
  unsignedCodes.replace(unsignedCodes.find("8, signed"), 9, "8, unsigned");
  EXPECT_FALSE(compile(unsignedCodes));
  CPUPipelineOptions scalar;
  scalar.vectorizeLoops = false;
  EXPECT_FALSE(compile(quantize, scalar));
  // An option's value counts, not who chose it.
  CPUPipelineOptions chosen;
  llvm::cantFail(Target::getHost()).completeOptions(chosen);
  EXPECT_TRUE(compile(quantize, chosen));
}

/// What a check of extents says has the location of the op.
TEST_F(CodeCacheTest, TellsLocationsApart) {
  EXPECT_FALSE(compile(quantize));
  EXPECT_FALSE(compile("\n" + std::string(quantize)));
}

TEST_F(CodeCacheTest, TellsTargetsApart) {
  TestProgram program(quantize);
  auto getKey = [&](llvm::StringRef cpu, llvm::StringRef features) {
    Target target =
        llvm::cantFail(Target::get("x86_64-linux-gnu", cpu, features));
    return llvm::cantFail(
        getCodeKey(program.getModule(), target, CPUPipelineOptions()));
  };
  std::string key = getKey("x86-64-v3", "");
  EXPECT_EQ(getKey("x86-64-v3", ""), key);
  EXPECT_NE(getKey("x86-64-v4", ""), key);
  EXPECT_NE(getKey("x86-64-v3", "-fma"), key);
}

/// Whatever happened to a file, it is compiled again and replaced.
TEST_F(CodeCacheTest, ReplacesDamagedFiles) {
  EXPECT_FALSE(compile(quantize));
  std::string path = getFiles().front();
  std::string intact = (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  std::string changed = intact;
  changed[intact.size() / 2] ^= 1;
  for (const std::string &damaged :
       {std::string(), intact.substr(0, 10), intact.substr(0, 1000),
        intact.substr(0, intact.size() - 1), intact + '\0', changed}) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << damaged;
    EXPECT_FALSE(compile(quantize)) << damaged.size();
    EXPECT_EQ((*llvm::MemoryBuffer::getFile(path))->getBuffer(), intact);
    EXPECT_TRUE(compile(quantize));
  }
  EXPECT_EQ(getFiles().size(), 1u);
}

/// A file under another one's name is not taken for it.
TEST_F(CodeCacheTest, KnowsItsKeys) {
  CodeCache cache(directory);
  llvm::cantFail(cache.insert("a", "code"));
  ASSERT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  llvm::SmallString<128> other(directory);
  llvm::sys::path::append(other, "llvmcache-b.o");
  llvm::sys::fs::copy_file(getFiles().front(), other);
  EXPECT_FALSE(cache.find("b"));
}

TEST_F(CodeCacheTest, WarnsOfADirectoryThatCannotBe) {
  std::error_code error;
  llvm::sys::path::append(directory, "file");
  llvm::raw_fd_ostream(directory, error) << "x";
  std::vector<std::string> warnings;
  ScopedDiagnosticHandler handler(&getTestContext(), [&](Diagnostic &warning) {
    EXPECT_EQ(warning.getSeverity(), DiagnosticSeverity::Warning);
    warnings.push_back(warning.str());
  });
  EXPECT_FALSE(compile(quantize));
  ASSERT_EQ(warnings.size(), 1u);
  llvm::StringRef warning = warnings.front();
  EXPECT_TRUE(warning.starts_with("compiled code is not cached: " +
                                  directory.str().str()))
      << warning.str();
  EXPECT_TRUE(warning.ends_with(": not a directory")) << warning.str();
  llvm::sys::path::remove_filename(directory);
}
