//===- NpyTest.cpp - Tests of the .npy reader and writer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files' bytes are spelled out as NumPy writes them.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace quant_act;

/// A string literal's characters, zeros included.
template <size_t N>
static std::string bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

/// A file of format version 1.0 with an unpadded header.
static std::string npy(StringRef header, StringRef data = "") {
  std::string file = bytes("\x93NUMPY\x01\x00");
  file.push_back(static_cast<char>(header.size() & 0xff));
  file.push_back(static_cast<char>(header.size() >> 8));
  return file + header.str() + data.str();
}

static std::string headerOf(StringRef descr, StringRef shape,
                            StringRef fortranOrder = "False") {
  return ("{'descr': '" + descr + "', 'fortran_order': " + fortranOrder +
          ", 'shape': " + shape + ", }\n")
      .str();
}

static std::vector<double> valuesOf(const HostTensor &tensor) {
  std::vector<double> values;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    values.push_back(tensor.getDouble(i));
  return values;
}

static std::string bytesOf(const HostTensor &tensor) {
  return std::string(static_cast<const char *>(tensor.getData()),
                     tensor.getNumBytes());
}

namespace {

class NpyTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("quant-act-npy", directory));
  }
  void TearDown() override { sys::fs::remove_directories(directory); }

  std::string pathOf(StringRef name) const {
    SmallString<128> path(directory);
    sys::path::append(path, name);
    return std::string(path);
  }

  std::string store(StringRef contents) const {
    std::error_code error;
    raw_fd_ostream os(pathOf("x.npy"), error);
    EXPECT_FALSE(error);
    os << contents;
    return pathOf("x.npy");
  }

  Expected<HostTensor> read(StringRef contents) const {
    return readNpy(store(contents));
  }

  /// The message of reading `contents` without the path, which must lead it.
  std::string errorOf(StringRef contents) const {
    std::string path = store(contents);
    Expected<HostTensor> tensor = readNpy(path);
    if (tensor)
      return "no error";
    std::string message = toString(tensor.takeError());
    StringRef rest = message;
    EXPECT_TRUE(rest.consume_front(path + ": ")) << message;
    return rest.str();
  }

  std::string written(const HostTensor &tensor) const {
    std::string path = pathOf("y.npy");
    Error error = writeNpy(tensor, path);
    EXPECT_FALSE(static_cast<bool>(error)) << toString(std::move(error));
    auto file = MemoryBuffer::getFile(path);
    return file ? (*file)->getBuffer().str() : "no file";
  }

  std::vector<std::string> listDirectory() const {
    std::vector<std::string> names;
    std::error_code error;
    for (sys::fs::directory_iterator i(directory, error), e; i != e && !error;
         i.increment(error))
      names.push_back(sys::path::filename(i->path()).str());
    return names;
  }

  SmallString<128> directory;
};

} // namespace

#define EXPECT_READ(tensor, file)                                              \
  Expected<HostTensor> tensor = (file);                                        \
  ASSERT_TRUE(static_cast<bool>(tensor)) << toString(tensor.takeError())

//===----------------------------------------------------------------------===//
// What numpy.save writes
//===----------------------------------------------------------------------===//

// numpy.save(file, numpy.array([[1, -2], [0.5, 3]], 'f4'))
static const std::string matrixFile =
    bytes("\x93NUMPY\x01\x00\x76\x00"
          "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
          "                                                          \n"
          "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x40\x40");

// numpy.save(file, numpy.array(1.5))
static const std::string scalarFile =
    bytes("\x93NUMPY\x01\x00\x76\x00"
          "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"
          "                                                              \n"
          "\x00\x00\x00\x00\x00\x00\xf8\x3f");

// numpy.save(file, numpy.array([1, -1], ml_dtypes.bfloat16))
static const std::string bfloatFile =
    bytes("\x93NUMPY\x01\x00\x76\x00"
          "{'descr': '<V2', 'fortran_order': False, 'shape': (2,), }"
          "                                                            \n"
          "\x80\x3f\x80\xbf");

// numpy.save(file, numpy.zeros((0, 3), 'i1'))
static const std::string emptyFile =
    bytes("\x93NUMPY\x01\x00\x76\x00"
          "{'descr': '|i1', 'fortran_order': False, 'shape': (0, 3), }"
          "                                                          \n");

TEST_F(NpyTest, ReadsMatrix) {
  EXPECT_READ(tensor, read(matrixFile));
  EXPECT_EQ(tensor->getElementType(), ElementType::F32);
  EXPECT_EQ(tensor->getShape(), ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(valuesOf(*tensor), (std::vector<double>{1, -2, 0.5, 3}));
}

TEST_F(NpyTest, ReadsScalar) {
  EXPECT_READ(tensor, read(scalarFile));
  EXPECT_EQ(tensor->getElementType(), ElementType::F64);
  EXPECT_EQ(tensor->getRank(), 0);
  EXPECT_EQ(valuesOf(*tensor), std::vector<double>{1.5});
}

TEST_F(NpyTest, ReadsBFloat) {
  EXPECT_READ(tensor, read(bfloatFile));
  EXPECT_EQ(tensor->getElementType(), ElementType::BF16);
  EXPECT_EQ(tensor->getShape(), ArrayRef<int64_t>({2}));
  EXPECT_EQ(valuesOf(*tensor), (std::vector<double>{1, -1}));
}

TEST_F(NpyTest, ReadsEmpty) {
  EXPECT_READ(tensor, read(emptyFile));
  EXPECT_EQ(tensor->getElementType(), ElementType::I8);
  EXPECT_EQ(tensor->getShape(), ArrayRef<int64_t>({0, 3}));
  EXPECT_EQ(tensor->getNumElements(), 0);
}

TEST_F(NpyTest, WritesTheSameBytes) {
  for (const std::string &file :
       {matrixFile, scalarFile, bfloatFile, emptyFile}) {
    EXPECT_READ(tensor, read(file));
    EXPECT_EQ(written(*tensor), file);
  }
}

/// One code per byte, which the reader has to say what it is.
TEST_F(NpyTest, WritesMinifloatsAsBytes) {
  for (ElementType type :
       {ElementType::F4E2M1FN, ElementType::F6E2M3FN, ElementType::F6E3M2FN,
        ElementType::F8E4M3FN, ElementType::F8E8M0FNU}) {
    HostTensor tensor(type, {2});
    tensor.setDouble(0, 1);
    tensor.setDouble(1, 4);
    std::string file = written(tensor);
    EXPECT_EQ(file.substr(file.size() - 2),
              std::string(static_cast<const char *>(tensor.getData()), 2));
    EXPECT_READ(copy, read(file));
    EXPECT_EQ(copy->getElementType(), ElementType::I8);
    EXPECT_EQ(valuesOf(copy->reinterpret(type)), (std::vector<double>{1, 4}));
  }
}

TEST_F(NpyTest, ReadsEveryDtype) {
  struct {
    const char *descr;
    ElementType type;
    std::string data;
  } cases[] = {
      {"<f2", ElementType::F16, bytes("\x00\xc0")},
      {"<V2", ElementType::BF16, bytes("\x00\xc0")},
      {"|V2", ElementType::BF16, bytes("\x00\xc0")},
      {"<f4", ElementType::F32, bytes("\x00\x00\x00\xc0")},
      {"<f8", ElementType::F64, bytes("\x00\x00\x00\x00\x00\x00\x00\xc0")},
      {"|i1", ElementType::I8, bytes("\xfe")},
      {"<i1", ElementType::I8, bytes("\xfe")},
      {"<V1", ElementType::I8, bytes("\xfe")},
      {"|V1", ElementType::I8, bytes("\xfe")},
      {"<f1", ElementType::I8, bytes("\xfe")},
      {"<i2", ElementType::I16, bytes("\xfe\xff")},
      {"<i4", ElementType::I32, bytes("\xfe\xff\xff\xff")},
      {"<i8", ElementType::I64, bytes("\xfe\xff\xff\xff\xff\xff\xff\xff")},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(c.descr);
    EXPECT_READ(tensor, read(npy(headerOf(c.descr, "(1,)"), c.data)));
    EXPECT_EQ(tensor->getElementType(), c.type);
    EXPECT_EQ(valuesOf(*tensor), std::vector<double>{-2});
  }
}

TEST_F(NpyTest, ReadsVersion2And3) {
  std::string header = headerOf("|i1", "(3,)");
  for (char version : {'\x02', '\x03'}) {
    std::string file = "\x93NUMPY";
    file += {version, '\0', static_cast<char>(header.size()), '\0', '\0', '\0'};
    EXPECT_READ(tensor, read(file + header + "\x01\x02\x03"));
    EXPECT_EQ(valuesOf(*tensor), (std::vector<double>{1, 2, 3}));
  }
}

TEST_F(NpyTest, ReadsOtherSpellingsOfTheHeader) {
  for (StringRef header : {
           // The keys in another order, no trailing comma, no blanks.
           "{'shape':(2,1),'fortran_order':False,'descr':'|i1'}",
           // Python 2's long integers; double quotes.
           "{\"descr\": \"|i1\", \"fortran_order\": False, "
           "\"shape\": (2L, 1L)}",
           // A trailing comma in the shape, blanks wherever Python takes them.
           " { 'descr' : '|i1' ,\n'fortran_order' : False , "
           "'shape' : ( 2 , 1 , ) , } \n\n",
       }) {
    SCOPED_TRACE(header.str());
    EXPECT_READ(tensor, read(npy(header, "\x05\x06")));
    EXPECT_EQ(tensor->getShape(), ArrayRef<int64_t>({2, 1}));
    EXPECT_EQ(valuesOf(*tensor), (std::vector<double>{5, 6}));
  }
}

TEST_F(NpyTest, TransposesFortranOrder) {
  // numpy.asfortranarray(numpy.arange(6).reshape(2, 3))
  EXPECT_READ(matrix, read(npy(headerOf("|i1", "(2, 3)", "True"),
                               bytes("\x00\x03\x01\x04\x02\x05"))));
  EXPECT_EQ(valuesOf(*matrix), (std::vector<double>{0, 1, 2, 3, 4, 5}));

  // numpy.asfortranarray(numpy.arange(24, dtype='i2').reshape(2, 3, 4))
  std::string data;
  for (char k = 0; k < 4; ++k)
    for (char j = 0; j < 3; ++j)
      for (char i = 0; i < 2; ++i)
        data += {static_cast<char>((i * 3 + j) * 4 + k), '\0'};
  EXPECT_READ(cube, read(npy(headerOf("<i2", "(2, 3, 4)", "True"), data)));
  std::vector<double> values = valuesOf(*cube);
  ASSERT_EQ(values.size(), 24u);
  for (auto [index, value] : enumerate(values))
    EXPECT_EQ(value, index);

  EXPECT_READ(scalar, read(npy(headerOf("|i1", "()", "True"), "\x07")));
  EXPECT_EQ(valuesOf(*scalar), std::vector<double>{7});
  EXPECT_READ(vector, read(npy(headerOf("|i1", "(2,)", "True"), "\x07\x08")));
  EXPECT_EQ(valuesOf(*vector), (std::vector<double>{7, 8}));
  EXPECT_READ(empty, read(npy(headerOf("|i1", "(3, 0)", "True"))));
  EXPECT_EQ(empty->getShape(), ArrayRef<int64_t>({3, 0}));
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, RejectsUnreadableFile) {
  Expected<HostTensor> missing = readNpy(pathOf("missing.npy"));
  ASSERT_FALSE(static_cast<bool>(missing));
  EXPECT_EQ(toString(missing.takeError()),
            pathOf("missing.npy") + ": no such file or directory");
  Expected<HostTensor> folder = readNpy(directory);
  ASSERT_FALSE(static_cast<bool>(folder));
  EXPECT_EQ(toString(folder.takeError()),
            directory.str().str() + ": is a directory");
}

TEST_F(NpyTest, RejectsPreamble) {
  EXPECT_EQ(errorOf(""), "not a .npy file: it starts with \"\"");
  EXPECT_EQ(errorOf("PK\x03\x04 and more"),
            "not a .npy file: it starts with \"PK\\03\\04 a\"");
  EXPECT_EQ(errorOf("\x93NUMPY\x01"), "truncated before the format version");
  EXPECT_EQ(errorOf("\x93NUMPY\x04" + bytes("\x00\x01\x00")),
            "format version 4.0 is not supported; expected 1.0, 2.0 or 3.0");
  EXPECT_EQ(errorOf("\x93NUMPY\x01\x01\x01\x01"),
            "format version 1.1 is not supported; expected 1.0, 2.0 or 3.0");
  EXPECT_EQ(errorOf(bytes("\x93NUMPY\x01\x00\x76")),
            "truncated before the length of the header");
  EXPECT_EQ(errorOf(bytes("\x93NUMPY\x02\x00\x76\x00\x00")),
            "truncated before the length of the header");
  EXPECT_EQ(errorOf(bytes("\x93NUMPY\x01\x00\x76\x00{'descr': ")),
            "truncated: the header has 10 of 118 bytes");
  EXPECT_EQ(errorOf(bytes("\x93NUMPY\x03\x00\xff\xff\xff\xff{")),
            "truncated: the header has 1 of 4294967295 bytes");
}

TEST_F(NpyTest, RejectsMalformedHeader) {
  auto malformed = [&](StringRef header) {
    std::string message = errorOf(npy(header));
    StringRef rest = message;
    EXPECT_TRUE(rest.consume_front("malformed header: ")) << message;
    return rest.str();
  };
  EXPECT_EQ(malformed(""), "expected '{' at \"\"");
  EXPECT_EQ(malformed("[]"), "expected '{' at \"[]\"");
  EXPECT_EQ(malformed("{"), "expected a string at \"\"");
  EXPECT_EQ(malformed("{}"), "no key 'descr'");
  EXPECT_EQ(malformed("{'descr': '<f4'}"), "no key 'fortran_order'");
  EXPECT_EQ(malformed("{'descr': '<f4', 'fortran_order': False}"),
            "no key 'shape'");
  EXPECT_EQ(malformed("{descr: '<f4'}"),
            "expected a string at \"descr: '<f4'}\"");
  EXPECT_EQ(malformed("{'descr': '<f4}"),
            "expected a terminated string at \"'<f4}\"");
  EXPECT_EQ(malformed("{'descr' '<f4'}"), "expected ':' at \"'<f4'}\"");
  EXPECT_EQ(malformed("{'descr': 4}"), "expected a string at \"4}\"");
  EXPECT_EQ(malformed("{'descr': '<f4' 'shape': ()}"),
            "expected ',' or '}' at \"'shape': ()}\"");
  EXPECT_EQ(malformed("{'descr': '<f4', 'descr': '<f4'}"),
            "duplicate key 'descr'");
  EXPECT_EQ(malformed("{'order': 'C'}"), "unknown key 'order'");
  EXPECT_EQ(malformed("{'fortran_order': 0}"),
            "expected True or False at \"0}\"");
  EXPECT_EQ(malformed("{'shape': 5}"), "expected a tuple at \"5}\"");
  EXPECT_EQ(malformed("{'shape': (5)}"), "shape (5) is not a tuple");
  EXPECT_EQ(malformed("{'shape': (5 6)}"), "expected ',' or ')' at \"6)}\"");
  EXPECT_EQ(malformed("{'shape': (,)}"), "expected an extent at \",)}\"");
  EXPECT_EQ(malformed("{'shape': (5,"), "expected an extent at \"\"");
  EXPECT_EQ(malformed("{'shape': (a,)}"), "expected an extent at \"a,)}\"");
  EXPECT_EQ(malformed("{'shape': (1.5,)}"), "expected ',' or ')' at \".5,)}\"");
  EXPECT_EQ(malformed(headerOf("<f4", "()") + "{}"),
            "expected the end of the header at \"{}\"");
  // Unprintable text is escaped and long text is cut.
  EXPECT_EQ(malformed("{\x01" + std::string(100, 'x')),
            "expected a string at \"\\01" + std::string(47, 'x') + "...\"");
}

TEST_F(NpyTest, RejectsDtype) {
  auto rejected = [&](StringRef descr) {
    return errorOf(npy(headerOf(descr, "(1,)"), std::string(64, '\0')));
  };
  EXPECT_EQ(rejected(">f4"),
            "dtype '>f4' is big-endian; expected little-endian");
  for (StringRef descr : {"<c8", "|b1", "|O", "<U3", "|S2", "<f16", "<M8[ns]",
                          "|V3", "|f1", "f4", "=f4", ""})
    EXPECT_EQ(rejected(descr), "dtype '" + descr.str() +
                                   "' is not supported; expected f2, f4, f8, "
                                   "V2 (bf16), V1, f1, i1, i2, i4, i8, u1, "
                                   "u2, u4 or u8");
  EXPECT_EQ(errorOf(npy("{'descr': [('a', '<f4')], 'fortran_order': False, "
                        "'shape': (1,), }\n")),
            "structured dtype \"[('a', '<f4')], 'fortran_order': False, "
            "'shape':...\" is not supported");
}

TEST_F(NpyTest, RejectsShape) {
  auto rejected = [&](StringRef shape) {
    return errorOf(npy(headerOf("<f4", shape), "1234"));
  };
  EXPECT_EQ(rejected("(-1,)"), "negative extent -1");
  EXPECT_EQ(rejected("(2, -9223372036854775809)"),
            "negative extent -9223372036854775809");
  EXPECT_EQ(rejected("(9223372036854775808,)"),
            "extent 9223372036854775808 does not fit in 64 bits");
  EXPECT_EQ(rejected("(9223372036854775807,)"),
            "array 9223372036854775807 of f32 is too large");
  EXPECT_EQ(rejected("(4294967296, 4294967296)"),
            "array 4294967296x4294967296 of f32 is too large");
  // The strides of an empty array must not overflow either.
  EXPECT_EQ(rejected("(0, 4294967296, 4294967296)"),
            "array 0x4294967296x4294967296 of f32 is too large");
  // Large, but not too large: rejected before anything is allocated.
  EXPECT_EQ(rejected("(1099511627776,)"),
            "truncated: array 1099511627776 of f32 needs 4398046511104 bytes, "
            "the file has 4");
}

TEST_F(NpyTest, RejectsDataOfAnotherSize) {
  EXPECT_EQ(errorOf(StringRef(matrixFile).drop_back()),
            "truncated: array 2x2 of f32 needs 16 bytes, the file has 15");
  EXPECT_EQ(errorOf(matrixFile + "12"),
            "2 trailing bytes after the 16 bytes of array 2x2 of f32");
  EXPECT_EQ(errorOf(npy(headerOf("<f8", "()"))),
            "truncated: array scalar of f64 needs 8 bytes, the file has 0");
  EXPECT_EQ(errorOf(emptyFile + "1"),
            "1 trailing bytes after the 0 bytes of array 0x3 of i8");
}

TEST_F(NpyTest, SurvivesEveryTruncationAndByte) {
  for (size_t length = 0; length < matrixFile.size(); ++length)
    EXPECT_NE(errorOf(StringRef(matrixFile).take_front(length)), "no error");
  for (size_t position = 0; position < 80; ++position)
    for (char replacement : {'\0', '\xff', '9', '-', '(', ')', '\'', ','}) {
      std::string damaged = matrixFile;
      damaged[position] = replacement;
      consumeError(read(damaged).takeError());
    }
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, RoundTripsEveryType) {
  for (ElementType type :
       {ElementType::F16, ElementType::BF16, ElementType::F32, ElementType::F64,
        ElementType::I8, ElementType::I16, ElementType::I32, ElementType::I64})
    for (std::vector<int64_t> shape : std::vector<std::vector<int64_t>>{
             {}, {1}, {7}, {0}, {2, 3}, {3, 0, 2}, {1, 2, 3, 4, 5}}) {
      HostTensor tensor(type, shape);
      for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
        tensor.setDouble(i, i - 3);
      std::string file = written(tensor);
      EXPECT_EQ((file.size() - tensor.getNumBytes()) % 64, 0u);
      EXPECT_READ(copy, read(file));
      EXPECT_EQ(copy->getElementType(), type);
      EXPECT_EQ(copy->getShape(), ArrayRef<int64_t>(shape));
      EXPECT_EQ(bytesOf(*copy), bytesOf(tensor));
    }
}

TEST_F(NpyTest, RoundTripsSpecialValues) {
  HostTensor tensor(ElementType::F32, {5});
  // A signalling NaN with a payload keeps its bits.
  const uint32_t patterns[] = {0x7f800001, 0xffc12345, 0x80000000, 0x00000001,
                               0xff800000};
  std::memcpy(tensor.getData(), patterns, sizeof(patterns));
  EXPECT_READ(copy, read(written(tensor)));
  EXPECT_EQ(std::memcmp(copy->getData(), patterns, sizeof(patterns)), 0);
}

TEST_F(NpyTest, WritesLongHeaderInVersion2) {
  HostTensor tensor(ElementType::I8, SmallVector<int64_t>(30000, 1));
  std::string file = written(tensor);
  EXPECT_EQ(file[6], 2);
  EXPECT_EQ((file.size() - 1) % 64, 0u);
  EXPECT_READ(copy, read(file));
  EXPECT_EQ(copy->getRank(), 30000);
}

TEST_F(NpyTest, ReplacesFileAndLeavesNothingElse) {
  std::string path =
      store("something longer than what comes" + std::string(1000, ' '));
  HostTensor tensor(ElementType::F16, {3});
  ASSERT_FALSE(static_cast<bool>(writeNpy(tensor, path)));
  EXPECT_READ(copy, readNpy(path));
  EXPECT_EQ(copy->getShape(), ArrayRef<int64_t>({3}));
  EXPECT_EQ(listDirectory(), std::vector<std::string>{"x.npy"});
}

TEST_F(NpyTest, RejectsUnwritablePath) {
  HostTensor tensor(ElementType::F32, {1});
  std::string path = pathOf("no/such/folder.npy");
  EXPECT_EQ(toString(writeNpy(tensor, path)),
            path + ": no such file or directory");
  EXPECT_EQ(toString(writeNpy(tensor, directory)),
            directory.str().str() + ": not a regular file");
  EXPECT_TRUE(listDirectory().empty());
}
