//===- Npz.cpp - NumPy's files of named arrays ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/Npz.h"

#include "QuantAct/Support/Npy.h"
#include "QuantAct/Support/ReplaceFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace llvm;
using namespace quant_act;

// The fixed parts of a zip file's records (APPNOTE.TXT 4.3).
static constexpr uint32_t localSignature = 0x04034b50;
static constexpr uint32_t centralSignature = 0x02014b50;
static constexpr uint32_t endSignature = 0x06054b50;
static constexpr size_t localSize = 30;
static constexpr size_t centralSize = 46;
static constexpr size_t endSize = 22;

static constexpr uint32_t limit = std::numeric_limits<uint32_t>::max();
static constexpr StringLiteral suffix = ".npy";

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// An entry as the directory at the file's end has it.
struct Entry {
  StringRef name;
  uint16_t flags, method;
  uint32_t crc, storedSize, size, offset;
};

/// Reads the bytes of a zip file.
class Archive {
public:
  explicit Archive(StringRef bytes) : bytes(bytes) {}

  Expected<std::vector<NamedTensor>> read();

private:
  uint16_t read16(size_t at) const {
    return support::endian::read16le(bytes.data() + at);
  }
  uint32_t read32(size_t at) const {
    return support::endian::read32le(bytes.data() + at);
  }
  bool holds(uint64_t at, uint64_t size) const {
    return at <= bytes.size() && size <= bytes.size() - at;
  }

  /// Where the record is that ends the file.
  Expected<size_t> findEnd() const;
  Expected<Entry> readEntry(uint64_t &at) const;
  Expected<StringRef> getData(const Entry &entry) const;

  StringRef bytes;
};
} // namespace

static Error makeEntryError(const Entry &entry, const Twine &message) {
  std::string name;
  raw_string_ostream os(name);
  printEscapedString(entry.name, os);
  return createStringError("entry '" + name + "' " + message);
}

Expected<size_t> Archive::findEnd() const {
  // A comment of up to 65535 bytes may follow it.
  size_t size = bytes.size();
  size_t last = size > endSize + 0xffff ? size - endSize - 0xffff : 0;
  for (size_t at = size < endSize ? 0 : size - endSize + 1; at-- > last;)
    if (read32(at) == endSignature)
      return at;
  return createStringError("not a .npz file: it has no zip directory");
}

Expected<Entry> Archive::readEntry(uint64_t &at) const {
  if (!holds(at, centralSize) || read32(at) != centralSignature)
    return createStringError("damaged zip directory");
  size_t nameSize = read16(at + 28);
  if (!holds(at + centralSize, nameSize))
    return createStringError("damaged zip directory");
  Entry entry{bytes.substr(at + centralSize, nameSize),
              read16(at + 8),
              read16(at + 10),
              read32(at + 16),
              read32(at + 20),
              read32(at + 24),
              read32(at + 42)};
  at += centralSize + nameSize + read16(at + 30) + read16(at + 32);
  return entry;
}

Expected<StringRef> Archive::getData(const Entry &entry) const {
  if (entry.method != 0 || (entry.flags & 1))
    return makeEntryError(entry, "is compressed or encrypted; expected as "
                                 "numpy.savez stores it");
  if (!holds(entry.offset, localSize) || read32(entry.offset) != localSignature)
    return makeEntryError(entry, "is damaged: it has no header");
  uint64_t at = uint64_t(entry.offset) + localSize + read16(entry.offset + 26) +
                read16(entry.offset + 28);
  if (entry.size != entry.storedSize || !holds(at, entry.size))
    return makeEntryError(entry, "is damaged: its size is not its data's");
  StringRef data = bytes.substr(at, entry.size);
  if (crc32(arrayRefFromStringRef(data)) != entry.crc)
    return makeEntryError(entry, "is damaged: its checksum is not its data's");
  return data;
}

Expected<std::vector<NamedTensor>> Archive::read() {
  Expected<size_t> end = findEnd();
  if (!end)
    return end.takeError();
  std::vector<NamedTensor> tensors;
  uint64_t at = read32(*end + 16);
  for (unsigned i = 0, e = read16(*end + 10); i < e; ++i) {
    Expected<Entry> entry = readEntry(at);
    if (!entry)
      return entry.takeError();
    if (!entry->name.consume_back(suffix))
      return makeEntryError(*entry, "is no .npy file");
    Expected<StringRef> data = getData(*entry);
    if (!data)
      return data.takeError();
    Expected<HostTensor> tensor = parseNpy(*data);
    if (!tensor)
      return makeEntryError(*entry, toString(tensor.takeError()));
    tensors.push_back({entry->name.str(), std::move(*tensor)});
  }
  return tensors;
}

Expected<std::vector<NamedTensor>> quant_act::readNpz(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (std::error_code error = file.getError())
    return prefixPathToSystemError(path, errorCodeToError(error));
  auto tensors = Archive((*file)->getBuffer()).read();
  if (!tensors)
    return prefixPath(path, tensors.takeError());
  return tensors;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// What an entry's two records have in common, from the version on. Names are
/// UTF-8 (flag 11); the time is the earliest there is, so that equal arrays
/// make equal files.
static void writeCommon(support::endian::Writer &writer, StringRef name,
                        StringRef data) {
  writer.write<uint16_t>(20);
  writer.write<uint16_t>(1 << 11);
  writer.write<uint16_t>(0);
  writer.write<uint16_t>(0);
  writer.write<uint16_t>((1 << 5) | 1);
  writer.write<uint32_t>(crc32(arrayRefFromStringRef(data)));
  writer.write<uint32_t>(data.size());
  writer.write<uint32_t>(data.size());
  writer.write<uint16_t>(name.size());
  writer.write<uint16_t>(0);
}

static std::string formatArchive(ArrayRef<NamedTensor> tensors) {
  std::string archive, directory;
  raw_string_ostream archiveStream(archive), directoryStream(directory);
  support::endian::Writer local(archiveStream, endianness::little);
  support::endian::Writer central(directoryStream, endianness::little);
  for (const NamedTensor &entry : tensors) {
    std::string name = entry.name + suffix.str(),
                data = formatNpy(entry.tensor);
    uint32_t offset = archive.size();
    local.write<uint32_t>(localSignature);
    writeCommon(local, name, data);
    archiveStream << name << data;

    central.write<uint32_t>(centralSignature);
    central.write<uint16_t>(20);
    writeCommon(central, name, data);
    for (unsigned i = 0; i < 3; ++i) // no comment, disk 0, binary
      central.write<uint16_t>(0);
    central.write<uint32_t>(0);
    central.write<uint32_t>(offset);
    directoryStream << name;
  }
  uint32_t offset = archive.size();
  archiveStream << directory;
  local.write<uint32_t>(endSignature);
  local.write<uint32_t>(0);
  local.write<uint16_t>(tensors.size());
  local.write<uint16_t>(tensors.size());
  local.write<uint32_t>(directory.size());
  local.write<uint32_t>(offset);
  local.write<uint16_t>(0);
  return archive;
}

Error quant_act::writeNpz(ArrayRef<NamedTensor> tensors, StringRef path) {
  uint64_t size = 0;
  for (const NamedTensor &entry : tensors)
    size += entry.tensor.getNumBytes() + 1024 + 2 * entry.name.size();
  if (size > limit || tensors.size() > 0xffff)
    return createStringError(path +
                             ": the arrays are too large for a zip "
                             "file: " +
                             Twine(size) + " bytes");
  std::string archive = formatArchive(tensors);
  return replaceFile(path, [&](raw_ostream &os) { os << archive; });
}
