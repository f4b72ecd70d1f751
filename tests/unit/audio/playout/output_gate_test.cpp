// Samples are thrust at the gate as by a decoder gone wild: what must not sound, does not.
#include "audio/playout/output_gate.h"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loa::playout {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<std::int16_t> passed(const OutputGate& gate, std::int64_t position, std::vector<std::int16_t> samples) {
  gate.pass(position, samples);
  return samples;
}

TEST(OutputGate, NothingPassesBeforeItIsReleased) {
  OutputGate gate({.from = 0, .until = 1000, .peak = 1.0});
  EXPECT_THAT(passed(gate, 10, std::vector<std::int16_t>(100, 20'000)), Each(0));
  gate.release();
  EXPECT_THAT(passed(gate, 10, std::vector<std::int16_t>(100, 20'000)), Each(20'000));
}

TEST(OutputGate, TheLeadInIsSilent) {
  OutputGate gate({.from = 0, .until = 1000, .peak = 1.0});
  gate.release();
  EXPECT_THAT(passed(gate, -2, {5, 6, 7, 8}), ElementsAre(0, 0, 7, 8));
}

TEST(OutputGate, BehindTheLimitIsSilence) {
  OutputGate gate({.from = 0, .until = 1000, .peak = 1.0});
  gate.release();
  EXPECT_THAT(passed(gate, 998, {5, 6, 7, 8}), ElementsAre(5, 6, 0, 0));
  EXPECT_THAT(passed(gate, 1'000'000'000, {5, 6}), Each(0));
}

TEST(OutputGate, NoSampleIsLouderThanThePlay) {
  OutputGate gate({.from = 0, .until = 1000, .peak = 0.25});
  gate.release();
  EXPECT_THAT(passed(gate, 0, {32'767, -32'768, 100, -8192}), ElementsAre(8192, -8192, 100, -8192));
}

TEST(OutputGate, FullVolumeIsUntouchedButForTheLastStep) {
  OutputGate gate({.from = 0, .until = 1000, .peak = 1.0});
  gate.release();
  EXPECT_THAT(passed(gate, 0, {32'767, -32'767, -32'768}), ElementsAre(32'767, -32'767, -32'767));
}

TEST(OutputGate, WithoutBoundsOrWithNonsenseNothingPasses) {
  for (const GateBounds bounds :
       {GateBounds{}, GateBounds{.from = 0, .until = 10, .peak = std::numeric_limits<double>::quiet_NaN()},
        GateBounds{.from = 0, .until = 10, .peak = -1.0}, GateBounds{.from = 10, .until = 0, .peak = 1.0}}) {
    OutputGate gate(bounds);
    gate.release();
    EXPECT_THAT(passed(gate, 0, {1000, -1000, 32'767}), Each(0));
  }
}

}  // namespace
}  // namespace loa::playout
