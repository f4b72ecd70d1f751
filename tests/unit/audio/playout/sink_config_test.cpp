#include "audio/playout/sink_config.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/scratch_folder.h"

namespace loa::playout {
namespace {

TEST(SinkConfig, ReadsEveryKind) {
  const test::ScratchFolder folder;
  const SinkConfig alsa = parse_sink("alsa:hw:0,0");
  EXPECT_EQ(alsa.kind, SinkKind::kAlsa);
  EXPECT_EQ(alsa.device, "hw:0,0");
  EXPECT_FALSE(alsa.record);
  const SinkConfig pulse = parse_sink("pulse:default", (folder / "wav").string());
  EXPECT_EQ(pulse.kind, SinkKind::kPulse);
  EXPECT_EQ(pulse.device, "");
  EXPECT_EQ(pulse.record, folder / "wav");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "wav"));
  EXPECT_EQ(parse_sink("pulse:").device, "");
  const SinkConfig file = parse_sink("file:" + (folder / "a/b").string());
  EXPECT_EQ(file.kind, SinkKind::kFile);
  EXPECT_EQ(file.record, folder / "a/b");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b"));
}

TEST(SinkConfig, SaysItAgain) {
  EXPECT_EQ(describe(parse_sink("alsa:hw:0,0")), "alsa:hw:0,0");
  EXPECT_EQ(describe(parse_sink("pulse:")), "pulse:default");
  EXPECT_EQ(describe(parse_sink("file:/tmp")), "file:/tmp");
}

TEST(SinkConfig, RefusesTheRest) {
  for (const std::string& text :
       {std::string{}, std::string{"alsa"} + "x:1", std::string{"file:"}, std::string{"file"},
        std::string{"oss:/dev/dsp"}, std::string{"pulse:a\nb"}, "alsa:" + std::string(300, 'x')}) {
    try {
      (void)parse_sink(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), "playout.bad_sink") << text;
    }
  }
  EXPECT_THROW((void)parse_sink("file:/tmp", "/tmp"), Error);
  EXPECT_THROW((void)parse_sink("file:/proc/no/such"), Error);
}

}  // namespace
}  // namespace loa::playout
