// A chime and an announcement as one sound on one timeline: the chime, silence, and the announcement at its place.
#pragma once

#include <filesystem>
#include <memory>

#include "audio/opus/packet_source.h"

namespace loa::opus {

class JoinedSource final : public PacketSource {
 public:
  // `clip_at`: position of the clip's first sample, whatever the chime's length: a chime that is longer is cut there,
  // one that is broken is silent, so that no chime ever costs or shifts a word. It may be null.
  JoinedSource(std::unique_ptr<PacketSource> chime, std::int64_t clip_at, std::unique_ptr<PacketSource> clip);
  // The same with the chime's file; a chime that cannot be opened is silent.
  [[nodiscard]] static std::unique_ptr<JoinedSource> open(const std::filesystem::path& chime, std::int64_t clip_at,
                                                          std::unique_ptr<PacketSource> clip);

  [[nodiscard]] Pulled pull() override;
  void skip_to(std::int64_t position) override;
  [[nodiscard]] std::optional<std::int64_t> length() const override;

 private:
  // None: the chime has no more.
  [[nodiscard]] std::optional<OpusPacket> pull_chime();

  std::unique_ptr<PacketSource> chime_;  // null once it is over
  bool is_pause_told_ = false;           // before a live clip, of which no packet may be asked for early
  const std::int64_t clip_at_;
  const std::unique_ptr<PacketSource> clip_;
};

}  // namespace loa::opus
