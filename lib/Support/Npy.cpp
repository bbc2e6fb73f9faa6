//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A .npy file is the magic string, a version, the length of the header, the
// header (a Python dictionary as text) and the array's bytes.
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/Npy.h"
#include "QuantAct/Support/ReplaceFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

using namespace llvm;
using namespace quant_act;

// A HostTensor has the machine's byte order and the files are little-endian.
static_assert(endianness::native == endianness::little,
              "reading and writing .npy files would have to swap bytes");

static constexpr StringLiteral magic = "\x93NUMPY";

namespace {

struct Dtype {
  StringLiteral descr;
  ElementType type;
};

/// What follows the magic string and the version, parsed.
struct Header {
  ElementType type;
  bool fortranOrder;
  SmallVector<int64_t> shape;
};

} // namespace

/// The first entry of an element type is the one that is written, the first of
/// a dtype the one that is read.
static constexpr Dtype dtypes[] = {
    {"<f2", ElementType::F16},        {"<V2", ElementType::BF16},
    {"|V2", ElementType::BF16},       {"<f4", ElementType::F32},
    {"<f8", ElementType::F64},        {"|i1", ElementType::I8},
    {"<i1", ElementType::I8},         {"<i2", ElementType::I16},
    {"<i4", ElementType::I32},        {"<i8", ElementType::I64},
    {"|u1", ElementType::I8},         {"<u1", ElementType::I8},
    {"<u2", ElementType::I16},        {"<u4", ElementType::I32},
    {"<u8", ElementType::I64},        {"|u1", ElementType::F8E4M3FN},
    {"|u1", ElementType::F8E5M2},     {"|u1", ElementType::F8E4M3FNUZ},
    {"|u1", ElementType::F8E5M2FNUZ}, {"|u1", ElementType::F8E8M0FNU},
    {"|u1", ElementType::F6E3M2FN},   {"|u1", ElementType::F6E2M3FN},
    {"|u1", ElementType::F4E2M1FN},   {"<V1", ElementType::I8},
    {"|V1", ElementType::I8},         {"<f1", ElementType::I8},
};

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Text of a file as it can be shown: printable and short.
static std::string quote(StringRef text) {
  constexpr size_t maxLength = 48;
  std::string quoted;
  raw_string_ostream os(quoted);
  printEscapedString(text.take_front(maxLength), os);
  if (text.size() > maxLength)
    os << "...";
  return quoted;
}

//===----------------------------------------------------------------------===//
// Header parser
//===----------------------------------------------------------------------===//

namespace {

/// Parses the one form of Python dictionary that NumPy writes: string keys,
/// and a string, a bool and a tuple of integers as values.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse();

private:
  Error parseEntry();
  Error parseDescr();
  Error parseFortranOrder();
  Error parseShape();
  Error parseExtent();
  Expected<StringRef> parseString();

  /// Skips blanks; then consumes the token if it is the next one.
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  Error expected(const Twine &what) const {
    return createStringError("malformed header: expected " + what + " at \"" +
                             quote(rest) + "\"");
  }

  StringRef rest;
  std::optional<ElementType> type;
  std::optional<bool> fortranOrder;
  std::optional<SmallVector<int64_t>> shape;
};

} // namespace

Expected<Header> HeaderParser::parse() {
  if (!consume("{"))
    return expected("'{'");
  while (!consume("}")) {
    if (Error error = parseEntry())
      return error;
    if (!consume(",") && !rest.starts_with("}"))
      return expected("',' or '}'");
  }
  rest = rest.ltrim();
  if (!rest.empty())
    return expected("the end of the header");

  StringRef missing = !type           ? "descr"
                      : !fortranOrder ? "fortran_order"
                      : !shape        ? "shape"
                                      : "";
  if (!missing.empty())
    return createStringError("malformed header: no key '" + missing + "'");
  return Header{*type, *fortranOrder, std::move(*shape)};
}

Error HeaderParser::parseEntry() {
  Expected<StringRef> key = parseString();
  if (!key)
    return key.takeError();
  bool isDuplicate = (*key == "descr" && type) ||
                     (*key == "fortran_order" && fortranOrder) ||
                     (*key == "shape" && shape);
  if (isDuplicate)
    return createStringError("malformed header: duplicate key '" + *key + "'");
  if (!consume(":"))
    return expected("':'");
  if (*key == "descr")
    return parseDescr();
  if (*key == "fortran_order")
    return parseFortranOrder();
  if (*key == "shape")
    return parseShape();
  return createStringError("malformed header: unknown key '" + quote(*key) +
                           "'");
}

Error HeaderParser::parseDescr() {
  rest = rest.ltrim();
  // A list of fields, or a tuple of a dtype and a sub-shape.
  if (rest.starts_with("[") || rest.starts_with("("))
    return createStringError("structured dtype \"" + quote(rest) +
                             "\" is not supported");
  Expected<StringRef> descr = parseString();
  if (!descr)
    return descr.takeError();
  if (descr->starts_with(">"))
    return createStringError("dtype '" + quote(*descr) +
                             "' is big-endian; expected little-endian");
  const Dtype *found = find_if(
      dtypes, [&](const Dtype &dtype) { return dtype.descr == *descr; });
  if (found == std::end(dtypes))
    return createStringError("dtype '" + quote(*descr) +
                             "' is not supported; expected f2, f4, f8, V2 "
                             "(bf16), V1, f1, i1, i2, i4, i8, u1, u2, u4 or "
                             "u8");
  type = found->type;
  return Error::success();
}

Error HeaderParser::parseFortranOrder() {
  if (consume("True"))
    fortranOrder = true;
  else if (consume("False"))
    fortranOrder = false;
  else
    return expected("True or False");
  return Error::success();
}

Error HeaderParser::parseShape() {
  if (!consume("("))
    return expected("a tuple");
  shape.emplace();
  bool endsInComma = false;
  while (!consume(")")) {
    if (Error error = parseExtent())
      return error;
    endsInComma = consume(",");
    if (!endsInComma && !rest.starts_with(")"))
      return expected("',' or ')'");
  }
  // In Python, (5) is a number and (5,) is a tuple.
  if (shape->size() == 1 && !endsInComma)
    return createStringError("malformed header: shape (" +
                             Twine(shape->front()) + ") is not a tuple");
  return Error::success();
}

Error HeaderParser::parseExtent() {
  rest = rest.ltrim();
  size_t signLength = rest.starts_with("-") ? 1 : 0;
  StringRef digits = rest.drop_front(signLength).take_while(isDigit);
  if (digits.empty())
    return expected("an extent");
  StringRef number = rest.take_front(signLength + digits.size());
  if (signLength != 0)
    return createStringError("negative extent " + quote(number));
  int64_t extent;
  if (number.getAsInteger(10, extent))
    return createStringError("extent " + quote(number) +
                             " does not fit in 64 bits");
  rest = rest.drop_front(number.size());
  // Python 2 wrote its long integers that way.
  rest.consume_front("L");
  shape->push_back(extent);
  return Error::success();
}

Expected<StringRef> HeaderParser::parseString() {
  rest = rest.ltrim();
  if (!rest.starts_with("'") && !rest.starts_with("\""))
    return expected("a string");
  size_t end = rest.find(rest.front(), 1);
  if (end == StringRef::npos)
    return expected("a terminated string");
  StringRef string = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return string;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Splits the header's text off the front of the contents of a file.
static Expected<StringRef> takeHeader(StringRef &contents) {
  if (!contents.consume_front(magic))
    return createStringError("not a .npy file: it starts with \"" +
                             quote(contents.take_front(magic.size())) + "\"");
  if (contents.size() < 2)
    return createStringError("truncated before the format version");
  unsigned major = static_cast<uint8_t>(contents[0]);
  unsigned minor = static_cast<uint8_t>(contents[1]);
  if (major < 1 || major > 3 || minor != 0)
    return createStringError("format version " + Twine(major) + "." +
                             Twine(minor) +
                             " is not supported; expected 1.0, 2.0 or 3.0");
  contents = contents.drop_front(2);

  size_t lengthBytes = major == 1 ? 2 : 4;
  if (contents.size() < lengthBytes)
    return createStringError("truncated before the length of the header");
  size_t length = major == 1 ? support::endian::read16le(contents.data())
                             : support::endian::read32le(contents.data());
  contents = contents.drop_front(lengthBytes);
  if (contents.size() < length)
    return createStringError("truncated: the header has " +
                             Twine(contents.size()) + " of " + Twine(length) +
                             " bytes");
  StringRef header = contents.take_front(length);
  contents = contents.drop_front(length);
  return header;
}

/// The bytes of an array; none if they, or those of an array with the non-zero
/// extents only, are too many. Afterwards no product of extents overflows.
static std::optional<int64_t> countBytes(const Header &header) {
  int64_t numBytes = getByteWidth(header.type);
  for (int64_t extent : header.shape) {
    std::optional<int64_t> product =
        checkedMul(numBytes, std::max<int64_t>(extent, 1));
    if (!product)
      return std::nullopt;
    numBytes = *product;
  }
  return is_contained(header.shape, 0) ? 0 : numBytes;
}

static Error checkDataSize(const Header &header, size_t numBytes) {
  std::string array =
      (formatShape(header.shape) + " of " + getName(header.type)).str();
  std::optional<int64_t> needed = countBytes(header);
  if (!needed)
    return createStringError("array " + array + " is too large");
  uint64_t expected = *needed;
  if (numBytes < expected)
    return createStringError("truncated: array " + array + " needs " +
                             Twine(expected) + " bytes, the file has " +
                             Twine(numBytes));
  if (numBytes > expected)
    return createStringError(Twine(numBytes - expected) +
                             " trailing bytes after the " + Twine(expected) +
                             " bytes of array " + array);
  return Error::success();
}

/// Copies elements that are stored with the first index fastest.
static void copyFromFortranOrder(StringRef data, HostTensor &tensor) {
  ArrayRef<int64_t> shape = tensor.getShape();
  size_t width = getByteWidth(tensor.getElementType());
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];

  auto *to = static_cast<char *>(tensor.getData());
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t position = 0;
  for (const char *from = data.begin(); from != data.end(); from += width) {
    std::memcpy(to + position * width, from, width);
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      position += strides[dim];
      if (++index[dim] < shape[dim])
        break;
      position -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
}

Expected<HostTensor> quant_act::parseNpy(StringRef contents) {
  Expected<StringRef> text = takeHeader(contents);
  if (!text)
    return text.takeError();
  Expected<Header> header = HeaderParser(*text).parse();
  if (!header)
    return header.takeError();
  // Before the allocation: a damaged shape must not ask for all the memory.
  if (Error error = checkDataSize(*header, contents.size()))
    return error;

  HostTensor tensor(header->type, header->shape);
  if (header->fortranOrder)
    copyFromFortranOrder(contents, tensor);
  else if (!contents.empty())
    std::memcpy(tensor.getData(), contents.data(), contents.size());
  return tensor;
}

Expected<HostTensor> quant_act::readNpy(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (std::error_code error = file.getError())
    return prefixPathToSystemError(path, errorCodeToError(error));
  Expected<HostTensor> tensor = parseNpy((*file)->getBuffer());
  if (!tensor)
    return prefixPath(path, tensor.takeError());
  return tensor;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Everything before the data, exactly as NumPy writes it.
static SmallString<128> formatHeader(const HostTensor &tensor) {
  const Dtype *found = find_if(dtypes, [&](const Dtype &dtype) {
    return dtype.type == tensor.getElementType();
  });
  ArrayRef<int64_t> shape = tensor.getShape();
  SmallString<128> text;
  raw_svector_ostream os(text);
  os << "{'descr': '" << found->descr
     << "', 'fortran_order': False, 'shape': (";
  interleaveComma(shape, os);
  os << (shape.size() == 1 ? ",), }" : "), }");
  // NumPy leaves room for the first extent to grow to any 64-bit number.
  constexpr size_t maxDigits = 21;
  if (!shape.empty())
    os.indent(maxDigits - std::to_string(shape.front()).size());

  // Version 1.0 has 16 bits for the header's length. The data must start at a
  // multiple of 64; NumPy adds 64 blanks where none would do.
  constexpr size_t alignment = 64;
  bool isLong =
      text.size() + 2 * alignment > std::numeric_limits<uint16_t>::max();
  size_t preambleLength = magic.size() + 2 + (isLong ? 4 : 2);
  size_t unpadded = preambleLength + text.size() + 1;
  os.indent(alignment - unpadded % alignment) << '\n';

  SmallString<128> header(magic);
  header.push_back(isLong ? 2 : 1);
  header.push_back(0);
  char length[4];
  support::endian::write32le(length, text.size());
  header.append(StringRef(length, isLong ? 4 : 2));
  header.append(text);
  return header;
}

std::string quant_act::formatNpy(const HostTensor &tensor) {
  std::string file = formatHeader(tensor).str().str();
  file.append(static_cast<const char *>(tensor.getData()),
              tensor.getNumBytes());
  return file;
}

Error quant_act::writeNpy(const HostTensor &tensor, StringRef path) {
  return replaceFile(path, [&](raw_ostream &os) {
    os << formatHeader(tensor);
    os.write(static_cast<const char *>(tensor.getData()), tensor.getNumBytes());
  });
}
