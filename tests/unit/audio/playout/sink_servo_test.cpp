#include "audio/playout/sink_servo.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace loa::playout {
namespace {

constexpr StationTime kStart{seconds{1'800'000'000}};
constexpr nanoseconds kQuick{1'000};

// A sound device whose clock runs `drift` fast and whose reports are `noise` wrong.
struct Device {
  double drift = 0;
  double noise = 0;
  double offset = 0;  // seconds by which it stands behind
  std::mt19937 random{1};

  [[nodiscard]] nanoseconds truth(double t) const {
    return nanoseconds{std::llround(((1 + drift) * t - offset + 100) * 1e9)};
  }
  [[nodiscard]] nanoseconds report(double t) {
    return truth(t) + nanoseconds{std::llround(std::normal_distribution{0.0, 1.0}(random)*noise * 1e9)};
  }
};

StationTime station(double t) {
  return kStart + nanoseconds{std::llround(t * 1e9)};
}

// How far off the calibration is about `t`, in milliseconds.
double error_ms(const DeviceCalibration& calibration, const Device& device, double t) {
  const auto elapsed = static_cast<double>((device.truth(t) - calibration.device).count());
  const double predicted = elapsed * (1 + static_cast<double>(calibration.rate_ppb) / 1e9);
  return (predicted - static_cast<double>((station(t) - calibration.station).count())) / 1e6;
}

std::optional<DeviceCalibration> run(SinkServo& servo, Device& device, double from, double to) {
  std::optional<DeviceCalibration> last;
  for (double t = from; t < to; t += 0.05)
    if (auto c = servo.observe(station(t), device.report(t), kQuick)) last = c;
  return last;
}

TEST(SinkServo, SaysNothingUntilTheDeviceHasSettled) {
  SinkServo servo;
  Device device;
  EXPECT_FALSE(run(servo, device, 0, 0.19));
  EXPECT_TRUE(run(servo, device, 0.19, 0.3));
}

// A sound server at its start: the position it reports stands still, or jumps by half a second, then becomes true.
TEST(SinkServo, IsNotMisledByTheFirstReports) {
  SinkServo servo;
  Device device;
  for (double t = 0; t < 0.5; t += 0.05) EXPECT_FALSE(servo.observe(station(t), nanoseconds{42}, kQuick)) << t;
  const auto calibration = run(servo, device, 0.5, 1.0);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 1.0)), 0.05);
}

TEST(SinkServo, FindsTheDriftOfAQuartz) {
  SinkServo servo;
  Device device{.drift = 80e-6, .noise = 50e-6};
  const auto calibration = run(servo, device, 0, 60);
  ASSERT_TRUE(calibration);
  EXPECT_NEAR(static_cast<double>(calibration->rate_ppb), -80'000, 10'000);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 61)), 0.1);
}

// Seen on a busy machine: for its first seconds the server's report runs 600 ppm too fast.
TEST(SinkServo, ForgetsWhatIsSaidInTheFirstSeconds) {
  SinkServo servo;
  Device device;
  const auto warped = [&](double t) { return device.truth(t) + nanoseconds{std::llround(600e-6 * (t - 4) * 1e9)}; };
  for (double t = 0; t < 4; t += 0.05) (void)servo.observe(station(t), warped(t), kQuick);
  const auto calibration = run(servo, device, 4, 10);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 10)), 0.15);
  EXPECT_LT(std::abs(calibration->rate_ppb), 60'000);
}

// A shift too small to be a stray, too lasting to be noise.
TEST(SinkServo, FindsItsWayBackWhenItWasMisled) {
  SinkServo servo;
  Device device;
  (void)run(servo, device, 0, 20);
  device.offset = 0.004;
  const auto calibration = run(servo, device, 20, 25);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 25)), 1.0);
}

TEST(SinkServo, AveragesNoiseAway) {
  SinkServo servo;
  Device device{.noise = 1e-3};
  double worst = 0;
  (void)run(servo, device, 0, 20);
  for (double t = 20; t < 60; t += 0.05)
    if (const auto c = servo.observe(station(t), device.report(t), kQuick))
      worst = std::max(worst, std::abs(error_ms(*c, device, t)));
  EXPECT_LT(worst, 0.35);
}

TEST(SinkServo, IgnoresAReadingThatWasInterrupted) {
  SinkServo servo;
  Device device;
  (void)run(servo, device, 0, 5);
  EXPECT_FALSE(servo.observe(station(5), device.truth(5) - milliseconds{4}, milliseconds{4}));
  const auto calibration = servo.observe(station(5.05), device.truth(5.05), kQuick);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 5.05)), 0.001);
}

TEST(SinkServo, AStrayMovesNothingAJumpIsFollowed) {
  SinkServo servo;
  Device device;
  (void)run(servo, device, 0, 5);
  EXPECT_FALSE(servo.observe(station(5), device.truth(5) + milliseconds{50}, kQuick));
  auto calibration = servo.observe(station(5.05), device.truth(5.05), kQuick);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 5.05)), 0.001);
  device.offset = 0.05;
  calibration = run(servo, device, 5.1, 7);
  ASSERT_TRUE(calibration);
  EXPECT_LT(std::abs(error_ms(*calibration, device, 7)), 0.05);
}

}  // namespace
}  // namespace loa::playout
