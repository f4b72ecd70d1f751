#include "node-agent/core/resume.h"

#include <gtest/gtest.h>

namespace loa::node {
namespace {

using std::chrono::minutes;

wire::PlannedPlay play(AnnouncementClass announcement_class, milliseconds late) {
  return {PlayId{"p"}, AnnouncementId{"a"},           announcement_class, StationTime{minutes{10}}, late,
          60,          ClipHash{std::string(64, 'a')}};
}

constexpr StationTime kStart{minutes{10}};

TEST(Resume, ANoticeOfWhichLittleWasHeardWhileItMayStillBegin) {
  for (const auto which : {AnnouncementClass::kNormal, AnnouncementClass::kPriority}) {
    EXPECT_EQ(last_resume(play(which, seconds{20}), minutes{2}, milliseconds{29'999}), kStart + seconds{20});
    EXPECT_EQ(last_resume(play(which, seconds{20}), minutes{2}, seconds{30}), std::nullopt);
    EXPECT_EQ(last_resume(play(which, minutes{60}), minutes{2}, seconds{0}), kStart + minutes{2});
  }
}

TEST(Resume, AnEmergencyToItsEnd) {
  EXPECT_EQ(last_resume(play(AnnouncementClass::kEmergency, seconds{0}), minutes{2}, seconds{90}), kStart + minutes{2});
}

}  // namespace
}  // namespace loa::node
