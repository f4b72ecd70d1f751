#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/descriptor.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa {
namespace {

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) >= 0;
}

TEST(Descriptor, IsClosedWithItsOwnerWhoeverThatIs) {
  Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.number();
  ASSERT_TRUE(first.is_open());
  {
    Descriptor second = std::move(first);
    EXPECT_EQ(second.number(), number);
    Descriptor third;
    third = std::move(second);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, OneThatIsReplacedIsClosed) {
  Descriptor held(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int before = held.number();
  held = Descriptor(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(is_open(before));
  EXPECT_TRUE(is_open(held.number()));
  EXPECT_TRUE(held.close());
  EXPECT_FALSE(held.is_open());
}

TEST(Descriptor, WhatIsWrittenIsReadBack) {
  const test::ScratchFolder folder;
  const std::filesystem::path file = folder / "file";
  const Bytes content(200'000, 7);
  {
    const Descriptor to(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    write_all(to, content, file);
  }
  sync_path(file);
  sync_path(folder.path());
  const Descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  Bytes read;
  Bytes room(4096);
  while (const std::size_t got = read_some(from, room, file))
    read.insert(read.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(got));
  EXPECT_EQ(read, content);
}

TEST(Descriptor, AFullDiskAndAFolderAreErrorsWithTheirName) {
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(test::code_of([&] { write_all(full, view_bytes("x"), "full"); }), "file.disk_full");
  const Descriptor folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::array<std::uint8_t, 4> room{};
  EXPECT_EQ(test::code_of([&] { static_cast<void>(read_some(folder, room, "/")); }), "file.cannot_read");
  EXPECT_EQ(test::code_of([] { sync_path("/nowhere/at/all"); }), "file.cannot_write");
}

TEST(Descriptor, AFullDiskHasWordsOfItsOwn) {
  EXPECT_EQ(cannot_write("x", ENOSPC).code(), "file.disk_full");
  EXPECT_EQ(cannot_write("x", EDQUOT).code(), "file.disk_full");
  EXPECT_EQ(cannot_write("x", EIO).code(), "file.cannot_write");
}

}  // namespace
}  // namespace loa
