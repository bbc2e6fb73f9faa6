//===- BuildId.cpp - Which build of a library is loaded -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Support/BuildId.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <link.h>

using namespace llvm;

using Segment = ElfW(Phdr);
using NoteHeader = ElfW(Nhdr);

namespace {
struct Search {
  uintptr_t address;
  StringRef buildId;
};
} // namespace

/// The build id among the notes of a segment.
static StringRef findBuildId(StringRef notes, uint64_t align) {
  NoteHeader header;
  while (notes.size() >= sizeof(header)) {
    std::memcpy(&header, notes.data(), sizeof(header));
    StringRef name = notes.substr(sizeof(header), header.n_namesz);
    size_t begin = alignTo(sizeof(header) + header.n_namesz, align);
    StringRef contents = notes.substr(begin, header.n_descsz);
    if (header.n_type == NT_GNU_BUILD_ID && name == StringRef("GNU\0", 4))
      return contents;
    notes = notes.substr(alignTo(begin + header.n_descsz, align));
  }
  return StringRef();
}

/// Ends the search where the object holds the address.
static int visit(dl_phdr_info *object, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  ArrayRef<Segment> segments(object->dlpi_phdr, object->dlpi_phnum);
  auto holdsAddress = [&](const Segment &segment) {
    uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    return segment.p_type == PT_LOAD &&
           search.address - begin < segment.p_memsz;
  };
  if (none_of(segments, holdsAddress))
    return 0;
  for (const Segment &segment : segments) {
    if (segment.p_type != PT_NOTE || !search.buildId.empty())
      continue;
    StringRef notes(
        reinterpret_cast<const char *>(object->dlpi_addr + segment.p_vaddr),
        segment.p_memsz);
    search.buildId = findBuildId(notes, std::max<uint64_t>(segment.p_align, 4));
  }
  return 1;
}

StringRef quant_act::getBuildId(const void *address) {
  Search search{reinterpret_cast<uintptr_t>(address), StringRef()};
  dl_iterate_phdr(visit, &search);
  return search.buildId;
}
