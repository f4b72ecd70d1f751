#include "audio/intake/conform.h"

#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "audio/intake/clip_encoder.h"
#include "audio/intake/decibel.h"
#include "audio/intake/gain_plan.h"
#include "audio/intake/limiter.h"
#include "common/base/error.h"

namespace loa::intake {
namespace {

// How loudness is made where peaks stand in its way: gently first, and harder for sounds that need it.
struct Treatment {
  // The ceiling must hold for every decoder. RFC 6716 leaves decoders some freedom, and ffmpeg's own gives peaks up to
  // 1.1 dB above libopus' for the same speech; how peaks are read differs by another tenth. Whoever plays our clips
  // decodes with libopus, so the harder treatments may use up most of this reserve.
  double peak_reserve_db;
  // What the limiter leaves for the codec, which makes peaks higher: less, and many frames are encoded twice; more, and
  // speech is squeezed for nothing.
  double codec_reserve_db;
  LimiterShape limiter;
  int attempts;
};
constexpr std::array kTreatments{
    Treatment{1.5, 0.7, {0.005, 0.080}, 3},
    Treatment{0.8, 0.7, {0.0015, 0.015}, 3},
    Treatment{0.2, 0.5, {0.001, 0.005}, 4},
};
// Nearer than the rule asks, so that a later measurement by another tool agrees.
constexpr double kPlannedTolerance = 0.35;
// Gain beyond what the loudness alone would need goes into the limiter and lifts nothing but noise.
constexpr double kMostSqueezeDb = 15.0;
constexpr double kPeakSlackDb = 0.1;
constexpr double kMeasuringShare = 0.08;  // of the whole work, for showing progress

struct Measured {
  std::uint64_t samples = 0;
  LoudnessGrid grid;
};

Measured measure(SampleSource& source, const std::function<void(double)>& on_progress) {
  Measured out;
  GridMeter meter;
  for (std::span<const float> samples = source.next(); !samples.empty(); samples = source.next()) {
    out.samples += samples.size();
    meter.add(samples);
    on_progress(source.progress() * kMeasuringShare);
  }
  out.grid = meter.finish();
  return out;
}

struct Levels {
  double gain_db;
  double limit_db;
  double ceiling_db;
  LimiterShape limiter;
};

EncodedClip encode(const OpenSource& open, ClipSink& sink, const EncodeSettings& settings, const Levels& levels,
                   const std::function<void(double)>& on_progress) {
  sink.begin();
  Limiter limiter(static_cast<float>(amplitude_of_db(levels.gain_db)),
                  static_cast<float>(amplitude_of_db(levels.limit_db)), levels.limiter);
  ClipEncoder encoder({settings.bitrate_bps, settings.complexity},
                      static_cast<float>(amplitude_of_db(levels.ceiling_db)),
                      [&](std::span<const std::uint8_t> bytes) { sink.write(bytes); });
  const auto source = open();
  std::vector<float> limited;
  for (std::span<const float> samples = source->next(); !samples.empty(); samples = source->next()) {
    limited.clear();
    limiter.process(samples, limited);
    encoder.add(limited);
    on_progress(kMeasuringShare + source->progress() * (1.0 - kMeasuringShare));
  }
  limited.clear();
  limiter.finish(limited);
  encoder.add(limited);
  return encoder.finish();
}

}  // namespace

ClipFacts make_clip(const OpenSource& open, ClipSink& sink, const EncodeSettings& settings,
                    const std::function<void(double)>& on_progress) {
  const Measured input = measure(*open(), on_progress);
  if (input.samples == 0) throw Error("intake.empty_sound");
  if (input.samples < kShortestSamples) throw Error("intake.too_short");
  const std::optional<double> input_lufs = loudness_of(input.grid);
  if (!input_lufs) throw Error("intake.silent");

  for (const Treatment& treatment : kTreatments) {
    const double ceiling_db = kCeilingDbtp - treatment.peak_reserve_db;
    double limit_db = ceiling_db - treatment.codec_reserve_db;
    double aim_lufs = kTargetLufs;
    for (int attempt = 0; attempt < treatment.attempts; ++attempt) {
      const std::optional<double> gain_db = plan_gain(input.grid, aim_lufs, limit_db, treatment.limiter);
      if (!gain_db || *gain_db > kTargetLufs - *input_lufs + kMostSqueezeDb) break;
      const EncodedClip clip =
          encode(open, sink, settings, {*gain_db, limit_db, ceiling_db, treatment.limiter}, on_progress);
      const double peak_db = db_of_amplitude(clip.true_peak);
      if (peak_db > ceiling_db + kPeakSlackDb) {
        limit_db -= peak_db - ceiling_db + 0.5;
        continue;
      }
      const double off = clip.lufs ? kTargetLufs - *clip.lufs : kLufsTolerance + 1.0;
      if (std::abs(off) > kPlannedTolerance) {
        aim_lufs += off;
        continue;
      }
      const double duration_s = static_cast<double>(clip.samples) / kSampleRate;
      return {duration_s, *input_lufs, *clip.lufs, peak_db,
              std::llround(static_cast<double>(clip.bytes) * 8.0 / duration_s)};
    }
  }
  throw Error("intake.cannot_conform");
}

}  // namespace loa::intake
