#include "cli/speak/speak.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <ostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "audio/opus/ogg_opus_reader.h"
#include "audio/opus/packet_decoder.h"
#include "common/base/error.h"

namespace loa::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kFrame = 960;  // samples: 20 ms
constexpr milliseconds kFrameTime{20};
constexpr std::uint8_t kSamples = 1;  // docs/live.md §3
constexpr std::size_t kWavHead = 44;

using Samples = std::vector<std::int16_t>;
class RawInput final : public SpeechInput {
 public:
  explicit RawInput(std::istream& in) : in_(in) {}
  Samples read(std::size_t most) override {
    std::vector<char> bytes(most * 2);
    in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Samples samples(static_cast<std::size_t>(in_.gcount()) / 2);
    std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
    return samples;
  }
  [[nodiscard]] bool is_line() const override { return &in_ == &std::cin; }

 private:
  std::istream& in_;
};

class WavInput final : public SpeechInput {
 public:
  explicit WavInput(const std::string& file) : in_(file, std::ios::binary) {
    std::array<char, kWavHead> head{};
    if (!in_.read(head.data(), head.size())) throw Error("file.cannot_read", {file, "WAV"});
    const auto at = [&](std::size_t place) {
      return static_cast<unsigned>(static_cast<unsigned char>(head.at(place))) |
             static_cast<unsigned>(static_cast<unsigned char>(head.at(place + 1))) << 8U;
    };
    const bool is_ours = std::memcmp(head.data(), "RIFF", 4) == 0 && std::memcmp(head.data() + 36, "data", 4) == 0 &&
                         at(20) == 1 && at(22) == 1 && at(24) == 48'000 && at(34) == 16;
    if (!is_ours) throw Error("speak.wrong_wav", {file});
  }
  Samples read(std::size_t most) override { return samples_.read(most); }

 private:
  std::ifstream in_;
  RawInput samples_{in_};
};

class OpusInput final : public SpeechInput {
 public:
  explicit OpusInput(const std::string& file) : reader_(opus::OggOpusReader::open(file)) {}
  Samples read(std::size_t most) override {
    while (ready_.size() < most) {
      auto pulled = reader_->pull();
      const auto* packet = std::get_if<opus::OpusPacket>(&pulled);
      if (packet == nullptr) break;
      const std::size_t size = decoder_.decode(packet->bytes, room_);
      for (std::size_t i = 0; i < size; ++i)
        ready_.push_back(static_cast<std::int16_t>(std::clamp(room_[i], -1.0F, 1.0F) * 32'767.0F));
    }
    const auto size = static_cast<std::ptrdiff_t>(std::min(most, ready_.size()));
    Samples out(ready_.begin(), ready_.begin() + size);
    ready_.erase(ready_.begin(), ready_.begin() + size);
    return out;
  }

 private:
  std::unique_ptr<opus::OggOpusReader> reader_;
  opus::PacketDecoder decoder_{0};
  std::vector<float> room_ = std::vector<float>(static_cast<std::size_t>(opus::kMaxPacketSamples));
  Samples ready_;
};

}  // namespace

std::unique_ptr<SpeechInput> open_speech(const std::string& input) {
  if (input == "-") return std::make_unique<RawInput>(std::cin);
  if (input.ends_with(".wav")) return std::make_unique<WavInput>(input);
  return std::make_unique<OpusInput>(input);
}

int speak(const SpeakArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const std::unique_ptr<SpeechInput> source = open_speech(arguments.input);
    json wanted = {{"kind", "speech"},
                   {"title", arguments.title},
                   {"class", arguments.announcement_class},
                   {"volume_pct", arguments.volume_pct},
                   {"all", arguments.is_everywhere}};
    if (!arguments.areas.empty()) wanted["areas"] = arguments.areas;
    if (!arguments.nodes.empty()) wanted["nodes"] = arguments.nodes;
    const std::string play = office.post("/api/air", wanted).at("play");
    MonoTime next_at = system_now().mono;
    milliseconds wait{0};
    office.speak(
        "/api/air/" + play + "/microphone",
        [&](const json& told) {
          wait = milliseconds{told.at("on_air_in_ms").get<std::int64_t>()};
          out << render({"speak.on_air", {play, std::to_string((wait.count() + 999) / 1000)}},
                        language_of_environment())
              << std::endl;
          next_at = system_now().mono;
        },
        [&]() -> std::optional<http::Client::Message> {
          // Until the words are heard there is silence to send, or the office would think that nobody is there.
          Samples samples(kFrame);
          // A line's own time is the pace; what it says before anybody hears it the office drops.
          if (source->is_line() || wait <= milliseconds{0}) {
            samples = source->read(kFrame);
            if (samples.empty()) return std::nullopt;
          } else {
            wait -= kFrameTime;
          }
          if (source->is_line()) next_at = system_now().mono;
          http::Client::Message message{next_at, {}};
          message.octets.resize(1 + 2 * samples.size());
          message.octets[0] = kSamples;
          std::memcpy(message.octets.data() + 1, samples.data(), 2 * samples.size());
          next_at += kFrameTime;
          return message;
        });
    office.post("/api/air/" + play + "/end", {{"why", ""}});
    out << render({"speak.over", {play}}, language_of_environment()) << std::endl;
  });
}

}  // namespace loa::cli
