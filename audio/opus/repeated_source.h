// A clip that sounds again and again: an emergency that goes on until it is over. Each time is a stream of its own,
// with silence in between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "audio/opus/packet_source.h"

namespace loa::opus {

class RepeatedSource final : public PacketSource {
 public:
  // `every`: samples from one beginning to the next, more than 0; a longer clip is cut by the next beginning. Throws as
  // OggOpusReader::open.
  RepeatedSource(std::filesystem::path clip, std::int64_t every);

  [[nodiscard]] Pulled pull() override;
  void skip_to(std::int64_t position) override;
  // It has no end of its own.
  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }

 private:
  const std::filesystem::path clip_;
  const std::int64_t every_;
  std::int64_t begins_ = 0;  // position of the present turn's first sample
  std::unique_ptr<PacketSource> turn_;
};

}  // namespace loa::opus
