#include "server/intake/intake_worker.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace loa::server {
namespace {

class IntakeWorkerTest : public testing::Test {
 protected:
  std::filesystem::path upload() const {
    std::ofstream(folder_ / "upload") << "sound";
    return folder_ / "upload";
  }

  const test::ScratchFolder folder_;
  IntakeWorker worker_{{folder_ / "recordings", folder_ / "clips"}, [](const ServerMessage&) {}};
  const RecordingId recording_{"r-1"};
};

TEST_F(IntakeWorkerTest, AnUploadIsTakenOverUnderTheRecordingsName) {
  const auto uploaded = upload();
  worker_.keep(recording_, uploaded);
  EXPECT_FALSE(std::filesystem::exists(uploaded));
  worker_.start(recording_);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "recordings" / "r-1"));
}

TEST_F(IntakeWorkerTest, WhatAnEndLeftBeforeTheBooksKnewItGoesAndNothingElse) {
  worker_.keep(recording_, upload());
  worker_.start(recording_);
  worker_.keep(RecordingId{"r-2"}, upload());
  worker_.remove_unbooked();
  EXPECT_TRUE(std::filesystem::exists(folder_ / "recordings" / "r-1"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "recordings"), {}), 1);
}

TEST_F(IntakeWorkerTest, WhatNobodyWroteDownIsRemovedWhereverItIs) {
  const auto uploaded = upload();
  worker_.discard(recording_, uploaded);
  EXPECT_FALSE(std::filesystem::exists(uploaded));
  worker_.keep(recording_, upload());
  worker_.discard(recording_, uploaded);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "recordings"));
  worker_.discard(recording_, uploaded);  // nothing there: nothing happens
}

}  // namespace
}  // namespace loa::server
