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
SpeechInput samples_of(const std::shared_ptr<std::istream>& in) {
  return [in](std::size_t most) {
    std::vector<char> bytes(most * 2);
    in->read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Samples samples(static_cast<std::size_t>(in->gcount()) / 2);
    std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
    return samples;
  };
}

SpeechInput wav(const std::string& file) {
  auto in = std::make_shared<std::ifstream>(file, std::ios::binary);
  std::array<char, kWavHead> head{};
  if (!in->read(head.data(), head.size())) throw Error("file.cannot_read", {file, "WAV"});
  const auto at = [&](std::size_t place) {
    return static_cast<unsigned>(static_cast<unsigned char>(head[place])) |
           static_cast<unsigned>(static_cast<unsigned char>(head[place + 1])) << 8U;
  };
  const bool is_ours = std::memcmp(head.data(), "RIFF", 4) == 0 && std::memcmp(head.data() + 36, "data", 4) == 0 &&
                       at(20) == 1 && at(22) == 1 && at(24) == 48'000 && at(34) == 16;
  if (!is_ours) throw Error("speak.wrong_wav", {file});
  return samples_of(in);
}

SpeechInput opus_file(const std::string& file) {
  struct State {
    std::unique_ptr<opus::OggOpusReader> reader;
    opus::PacketDecoder decoder{0};
    Samples ready;
  };
  auto state = std::make_shared<State>();
  state->reader = opus::OggOpusReader::open(file);
  return [state](std::size_t most) {
    std::vector<float> room(static_cast<std::size_t>(opus::kMaxPacketSamples));
    while (state->ready.size() < most) {
      auto pulled = state->reader->pull();
      const auto* packet = std::get_if<opus::OpusPacket>(&pulled);
      if (packet == nullptr) break;
      const std::size_t size = state->decoder.decode(packet->bytes, room);
      for (std::size_t i = 0; i < size; ++i)
        state->ready.push_back(static_cast<std::int16_t>(std::clamp(room[i], -1.0F, 1.0F) * 32'767.0F));
    }
    const std::size_t size = std::min(most, state->ready.size());
    Samples out(state->ready.begin(), state->ready.begin() + static_cast<std::ptrdiff_t>(size));
    state->ready.erase(state->ready.begin(), state->ready.begin() + static_cast<std::ptrdiff_t>(size));
    return out;
  };
}

}  // namespace

SpeechInput open_speech(const std::string& input) {
  if (input == "-") return samples_of(std::shared_ptr<std::istream>(std::shared_ptr<void>{}, &std::cin));
  return input.ends_with(".wav") ? wav(input) : opus_file(input);
}

int speak(const SpeakArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const SpeechInput source = open_speech(arguments.input);
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
          if (wait > milliseconds{0})
            wait -= kFrameTime;
          else if (samples = source(kFrame); samples.empty())
            return std::nullopt;
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
