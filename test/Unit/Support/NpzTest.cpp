//===- NpzTest.cpp - Tests of the .npz reader and writer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace quant_act;

namespace {

class Npz : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createTemporaryFile("npz-test", "npz", path));
  }
  void TearDown() override { sys::fs::remove(path); }

  std::string load() {
    auto file = MemoryBuffer::getFile(path);
    return file ? (*file)->getBuffer().str() : "";
  }

  /// What reading a file of these bytes says; empty if nothing.
  std::string getMessage(StringRef bytes) {
    std::error_code error;
    raw_fd_ostream os(path, error);
    os << bytes;
    os.close();
    auto tensors = readNpz(path);
    if (tensors)
      return "";
    std::string message = toString(tensors.takeError());
    EXPECT_TRUE(StringRef(message).starts_with(path.str())) << message;
    return message.substr(path.size());
  }

  SmallString<64> path;
};

NamedTensor makeTensor(StringRef name, ElementType type,
                       ArrayRef<int64_t> shape, double value) {
  HostTensor tensor(type, shape);
  tensor.fill(value);
  return {name.str(), tensor};
}

TEST_F(Npz, RoundTrip) {
  std::vector<NamedTensor> tensors{
      makeTensor("range", ElementType::F32, {2, 3}, -0.0),
      makeTensor("count", ElementType::I64, {}, 7),
      makeTensor("a/b \xc3\xa9", ElementType::F16, {0}, 0)};
  EXPECT_FALSE(errorToBool(writeNpz(tensors, path)));
  auto read = readNpz(path);
  ASSERT_TRUE(static_cast<bool>(read));
  ASSERT_EQ(read->size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const HostTensor &actual = (*read)[i].tensor, &expected = tensors[i].tensor;
    EXPECT_EQ((*read)[i].name, tensors[i].name);
    EXPECT_EQ(actual.getElementType(), expected.getElementType());
    EXPECT_EQ(actual.getShape(), expected.getShape());
    ASSERT_EQ(actual.getNumBytes(), expected.getNumBytes());
    EXPECT_EQ(
        std::memcmp(actual.getData(), expected.getData(), actual.getNumBytes()),
        0);
  }
}

TEST_F(Npz, Empty) {
  EXPECT_FALSE(errorToBool(writeNpz({}, path)));
  auto read = readNpz(path);
  ASSERT_TRUE(static_cast<bool>(read));
  EXPECT_TRUE(read->empty());
}

/// Every file that is cut off or has one byte changed is rejected, or else read
/// without harm: comments, times and the like do not matter.
TEST_F(Npz, Damaged) {
  ASSERT_FALSE(errorToBool(
      writeNpz({makeTensor("r", ElementType::F32, {2}, 1.5)}, path)));
  std::string good = load();
  EXPECT_EQ(getMessage(good), "");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(getMessage(StringRef(good).take_front(size)), "") << size;
  for (size_t at = 0; at < good.size(); ++at)
    for (char change : {'\x01', '\xff'}) {
      std::string bad = good;
      bad[at] ^= change;
      getMessage(bad);
    }
}

TEST_F(Npz, Messages) {
  ASSERT_FALSE(errorToBool(
      writeNpz({makeTensor("r", ElementType::F32, {2}, 1.5)}, path)));
  std::string good = load();
  size_t central = good.find("PK\x01\x02");
  auto change = [&](size_t at, char to) {
    std::string bad = good;
    bad[at] = to;
    return getMessage(bad);
  };
  EXPECT_EQ(getMessage("garbage"),
            ": not a .npz file: it has no zip directory");
  EXPECT_EQ(change(central, 'X'), ": damaged zip directory");
  EXPECT_EQ(change(central + 10, 8),
            ": entry 'r' is compressed or encrypted; expected as numpy.savez "
            "stores it");
  EXPECT_EQ(change(0, 'X'), ": entry 'r' is damaged: it has no header");
  EXPECT_EQ(change(central + 24, 1),
            ": entry 'r' is damaged: its size is not its data's");
  EXPECT_EQ(change(central - 1, 1),
            ": entry 'r' is damaged: its checksum is not its data's");
  EXPECT_EQ(change(central + 46 + 2, 'm'), ": entry 'r.mpy' is no .npy file");
}

TEST_F(Npz, KeepsTheOldFileWhereWritingFails) {
  sys::fs::remove(path);
  ASSERT_FALSE(sys::fs::create_directory(path));
  std::string message = toString(writeNpz({}, path));
  EXPECT_EQ(message, (path + ": not a regular file").str());
  EXPECT_TRUE(sys::fs::is_directory(path));
}

} // namespace
