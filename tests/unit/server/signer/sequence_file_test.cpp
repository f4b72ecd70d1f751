#include "server/signer/sequence_file.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::signer {
namespace {

class SequenceFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::int64_t reserved() const { return SequenceFile(file_).reserved(); }
  void reserve(std::int64_t until) const { SequenceFile(file_).reserve(until); }
  [[nodiscard]] std::string content() const {
    std::stringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }
  void write(const std::string& text) const { std::ofstream(file_) << text; }

  const test::ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "sequence";
};

TEST_F(SequenceFileTest, KeepsTheHighestOverRestarts) {
  EXPECT_EQ(reserved(), 0);
  struct stat state {};
  ASSERT_EQ(::stat(file_.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
  for (const std::int64_t until : {std::int64_t{5}, std::int64_t{70}, std::int64_t{800}, 9'007'199'254'740'991L}) {
    reserve(until);
    EXPECT_EQ(reserved(), until);
  }
  SequenceFile file(file_);
  EXPECT_EQ(file.reserved(), 9'007'199'254'740'991);
}

TEST_F(SequenceFileTest, AWriteThatWasTornLeavesTheOneBefore) {
  reserve(1000);
  reserve(2000);
  const std::string whole = content();
  const std::size_t slot = whole.size() / 2;
  // Every octet of the newer slot, as if the write had got so far and no farther.
  const std::size_t newer = whole.find("2000") < slot ? 0 : slot;
  for (std::size_t i = newer; i + 1 < newer + slot; ++i) {
    std::string torn = whole;
    torn[i] = '~';
    write(torn);
    EXPECT_EQ(reserved(), i == newer + 19 ? 2000 : 1000) << i;  // the space says nothing
  }
  write(whole);
  EXPECT_EQ(reserved(), 2000);
  reserve(3000);
  EXPECT_NE(content().find("2000"), std::string::npos) << "the newest whole one is never written over";
  EXPECT_EQ(reserved(), 3000);
}

TEST_F(SequenceFileTest, WhenNothingIsWholeItDoesNotBeginAnewByItself) {
  reserve(1000);
  write("nonsense");
  EXPECT_EQ(test::code_of([&] { (void)reserved(); }), "signer.bad_state");
}

TEST_F(SequenceFileTest, TwoSignersNeverShareOne) {
  const SequenceFile first(file_);
  EXPECT_EQ(test::code_of([&] { SequenceFile second(file_); }), "signer.already_running");
}

TEST_F(SequenceFileTest, IsReadWhileASignerHasIt) {
  SequenceFile first(file_);
  EXPECT_EQ(read_reserved(file_), 0);
  for (const std::int64_t until : {std::int64_t{70}, std::int64_t{800}, std::int64_t{9000}}) {
    first.reserve(until);
    EXPECT_EQ(read_reserved(file_), until);
  }
  write("nonsense");
  EXPECT_EQ(test::code_of([&] { (void)read_reserved(file_); }), "signer.bad_state");
  EXPECT_EQ(test::code_of([&] { (void)read_reserved(folder_ / "none"); }), "file.cannot_read");
}

TEST_F(SequenceFileTest, FollowsNoLinkAndSaysWhereItCannotWrite) {
  std::filesystem::create_symlink("/dev/null", file_);
  EXPECT_EQ(test::code_of([&] { (void)reserved(); }), "file.cannot_write");
  EXPECT_EQ(test::code_of([&] { SequenceFile(folder_ / "missing/sequence"); }), "file.cannot_write");
}

}  // namespace
}  // namespace loa::signer
