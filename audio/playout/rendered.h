// What came out of one play: counted, measured and, where asked for, kept as a WAV. It stands between the timeline and
// the loudspeaker and believes the loudspeaker's clock, not the timeline's good intentions: samples that reach the sink
// after their moment are not counted and are silence in the WAV.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace loa::playout {

class Rendered {
 public:
  // `first_position` is frame 0 of the WAV. Throws file.cannot_write.
  Rendered(std::optional<std::filesystem::path> wav, std::int64_t first_position);
  ~Rendered();
  Rendered(const Rendered&) = delete;
  Rendered& operator=(const Rendered&) = delete;

  // One block goes to the sink. `position` is that of its first sample, `now` the position that sounds at this moment
  // by the station clock; only what lies in `sound` is measured, the rest is silence around it. Blocks come in order.
  // Throws file.cannot_write.
  struct Sound {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  void add(std::int64_t position, std::span<const std::int16_t> block, Sound sound, std::int64_t now);

  [[nodiscard]] std::int64_t heard() const { return heard_; }  // samples of the sound, in time
  [[nodiscard]] std::int64_t lost() const { return lost_; }    // samples of the sound that came too late
  // BS.1770 gated; nullopt when all is below its absolute gate (−70 LUFS) or shorter than 400 ms.
  [[nodiscard]] std::optional<double> loudness_lufs() const;
  [[nodiscard]] std::optional<double> peak_dbfs() const;  // nullopt = silence

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::int64_t heard_ = 0;
  std::int64_t lost_ = 0;
};

}  // namespace loa::playout
