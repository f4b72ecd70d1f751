#include "tests/support/sound_server.h"

#include <csignal>
#include <stdexcept>

#include "tests/support/wait.h"

namespace loa::test {
namespace {

constexpr std::size_t kChannels = 4;
constexpr std::size_t kFrameBytes = kChannels * 2;
constexpr std::size_t kSecondBytes = kFrameBytes * 48'000;

std::uintmax_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

SoundServer::SoundServer() : address_("unix:" + (folder_ / "native").string()) {
  const std::string home = folder_.path().string();
  std::vector<std::string> command{
      "env",
      "XDG_RUNTIME_DIR=" + home,
      "HOME=" + home,
      "DBUS_SESSION_BUS_ADDRESS=disabled:",
      "pulseaudio",
      "--daemonize=no",
      "--exit-idle-time=-1",
      "-n",
      "--use-pid-file=no",
      "--load=module-native-protocol-unix auth-anonymous=1 socket=" + (folder_ / "native").string(),
      "--load=module-null-sink sink_name=ward rate=48000 format=s16le channels=4 channel_map=aux0,aux1,aux2,aux3"};
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    std::string& remap =
        command.emplace_back("--load=module-remap-sink master=ward channels=1 channel_map=mono remix=no");
    remap.append(" sink_name=n").append(n).append(" master_channel_map=aux").append(n);
  }
  process_ = std::make_unique<Child>(command, folder_ / "log");
  const bool up = becomes_true([&] {
    if (process_->poll()) return true;
    Child ask({"env", "PULSE_SERVER=" + address_, "pactl", "list", "short", "sinks"}, folder_ / "ask");
    return ask.wait() == 0 && read_whole_file(folder_ / "ask").find("\tn2\t") != std::string::npos;
  });
  if (!up || process_->poll()) throw std::runtime_error("pulseaudio: " + read_whole_file(folder_ / "log"));
}

SoundServer::~SoundServer() {
  // A stopped server does not die of SIGTERM; Child's own SIGKILL reaches it either way.
  if (capture_) capture_->send_signal(SIGKILL);
}

void SoundServer::start_capture() {
  capture_ = std::make_unique<Child>(
      std::vector<std::string>{"env", "PULSE_SERVER=" + address_, "parec", "-d", "ward.monitor", "--raw",
                               "--format=s16le", "--rate=48000", "--channels=4", "--channel-map=aux0,aux1,aux2,aux3"},
      folder_ / "capture");
  if (!becomes_true([&] { return size_of(folder_ / "capture") > 0; }))
    throw std::runtime_error("parec records nothing");
}

std::vector<std::vector<float>> SoundServer::take_capture() {
  // The capture lags behind by up to two seconds.
  const std::uintmax_t wanted = size_of(folder_ / "capture") + 5 * kSecondBytes / 2;
  if (!becomes_true([&] { return size_of(folder_ / "capture") >= wanted; }))
    throw std::runtime_error("parec records no more");
  capture_.reset();
  const std::string bytes = read_whole_file(folder_ / "capture");
  std::vector<std::vector<float>> channels(kChannels);
  for (std::size_t at = 0; at + kFrameBytes <= bytes.size(); at += kFrameBytes)
    for (std::size_t c = 0; c < kChannels; ++c) {
      const auto low = static_cast<std::uint8_t>(bytes[at + 2 * c]);
      const auto high = static_cast<std::uint8_t>(bytes[at + 2 * c + 1]);
      channels[c].push_back(static_cast<float>(static_cast<std::int16_t>(low | high << 8U)) / 32768.0F);
    }
  return channels;
}

}  // namespace loa::test
