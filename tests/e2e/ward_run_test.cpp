// `loa ward run --once`, as a person types it: the whole chain from a file to the proof of what was heard.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/store/store.h"
#include "tests/support/child.h"
#include "tests/support/free_port.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kDuration{3000};
constexpr std::size_t kRate = 48'000;

// How far `b` lags behind `a`, in samples, within ±`reach`: where their difference is smallest.
std::int64_t lag_of(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b, std::int64_t reach) {
  const auto size = static_cast<std::int64_t>(std::min(a.size(), b.size()));
  std::int64_t best = 0;
  double least = -1;
  for (std::int64_t lag = -reach; lag <= reach; ++lag) {
    double difference = 0;
    for (std::int64_t i = reach; i + reach < size; i += 3) {
      const double d = a[static_cast<std::size_t>(i)] - b[static_cast<std::size_t>(i + lag)];
      difference += d * d;
    }
    if (least < 0 || difference < least) {
      least = difference;
      best = lag;
    }
  }
  return best;
}

class WardRun : public testing::Test {
 protected:
  WardRun() {
    ::setenv("LOA_LANG", "en", 1);
    // Loudspeaker 1 would go to the sound device of whoever runs the tests.
    ::unsetenv("PULSE_SERVER");
    ::unsetenv("XDG_RUNTIME_DIR");
    write_chirp(recording_, kDuration);
    while (broker_port_ == http_port_) broker_port_ = find_free_port();
  }

  // stdout and stderr apart.
  int run(const std::vector<std::string>& more = {}) {
    const fs::path out = folder_ / "out";
    const fs::path err = folder_ / "err";
    fs::remove(out);
    fs::remove(err);
    std::vector<std::string> command = {"/bin/sh",
                                        "-c",
                                        "err=$1; shift; exec \"$@\" 2>\"$err\"",
                                        "run",
                                        err.string(),
                                        (fs::path{LOA_BIN_DIR} / "loa").string(),
                                        "ward",
                                        "run",
                                        "--once",
                                        "--data",
                                        data_.string(),
                                        "--web",
                                        LOA_WEB_DIR,
                                        "--recording",
                                        recording_.string(),
                                        "--ahead",
                                        "10",
                                        "--http-port",
                                        std::to_string(http_port_),
                                        "--broker-port",
                                        std::to_string(broker_port_)};
    command.insert(command.end(), more.begin(), more.end());
    Child child(command, out);
    const int result = child.wait();
    out_ = read_whole_file(out);
    err_ = read_whole_file(err);
    return result;
  }

  // The lines of the table.
  [[nodiscard]] std::vector<std::string> rows() const {
    std::vector<std::string> found;
    std::istringstream lines(out_);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("  tdp-0")) found.push_back(line);
    return found;
  }
  [[nodiscard]] std::vector<std::vector<std::int16_t>> heard() const {
    std::vector<std::vector<std::int16_t>> found;
    for (const std::string& row : rows()) {
      EXPECT_THAT(row, testing::HasSubstr(" played "));
      found.push_back(read_wav(fs::current_path() / row.substr(row.rfind("   ") + 3)));
    }
    return found;
  }
  static bool is_loud(std::int16_t sample) { return std::abs(static_cast<int>(sample)) > 300; }
  // Lead-in, a sound of so many seconds, and little else; the same on all.
  static void expect_in_step(const std::vector<std::vector<std::int16_t>>& all, double length) {
    for (const auto& samples : all) {
      const auto first = std::find_if(samples.begin(), samples.end(), is_loud);
      const auto last = std::find_if(samples.rbegin(), samples.rend(), is_loud).base();
      ASSERT_NE(first, samples.end()) << "silence";
      EXPECT_NEAR(static_cast<double>(last - first) / kRate, length, 0.3);
      EXPECT_NEAR(static_cast<double>(first - samples.begin()) / kRate, 4.0, 0.1) << "lead-in";
    }
    for (std::size_t other = 1; other < all.size(); ++other)
      EXPECT_LE(std::abs(lag_of(all[0], all[other], 96)), 1) << "loudspeaker " << other + 1;
  }
  [[nodiscard]] std::string explain() const {
    std::string all = out_ + err_;
    for (const char* log : {"server.log", "tdp-01.log"})
      all += std::string{"--- "} + log + "\n" + read_whole_file(data_ / "log" / log);
    return all;
  }

  const ScratchFolder folder_;
  const fs::path data_ = folder_ / "ward";
  const fs::path recording_ = folder_ / "chirp.wav";
  const std::uint16_t http_port_ = find_free_port();
  std::uint16_t broker_port_ = find_free_port();
  std::string out_;
  std::string err_;
};

TEST_F(WardRun, PlaysOnThreeLoudspeakersInStepAndKeepsWhatItKnew) {
  ASSERT_EQ(run(), 0) << explain();
  EXPECT_EQ(err_, "");
  ASSERT_THAT(rows(), testing::SizeIs(3)) << out_;
  expect_in_step(heard(), 3.0);

  // The same folder again: the same ward, which remembers. It has no rules yet, so it takes the chime.
  write_chirp(folder_ / "chime.wav", std::chrono::milliseconds{1000});
  ASSERT_EQ(run({"--chime", (folder_ / "chime.wav").string()}), 0) << explain();
  ASSERT_THAT(rows(), testing::SizeIs(3)) << out_;
  const auto chimed = heard();
  expect_in_step(chimed, 1.0 + 0.3 + 3.0);
  for (const auto& samples : chimed) {
    const auto pause = samples.begin() + static_cast<std::ptrdiff_t>(kRate * 51 / 10);
    ASSERT_GT(samples.end() - pause, static_cast<std::ptrdiff_t>(kRate));
    EXPECT_TRUE(std::none_of(pause, pause + static_cast<std::ptrdiff_t>(kRate / 10), is_loud)) << "pause";
  }
  auto books = server::Store::make_reader(db::Database::open_reader(data_ / "server" / "server.db"));
  EXPECT_THAT(books.load_outcomes({}), testing::SizeIs(6));
  EXPECT_THAT(books.load_schedules(), testing::SizeIs(2));
  EXPECT_THAT(books.load_nodes(), testing::SizeIs(3));
  EXPECT_THAT(books.load_clips(), testing::SizeIs(2)) << "the same recording gives the same clip";
  EXPECT_THAT(books.load_ward_rules(), testing::SizeIs(1));
}

TEST_F(WardRun, ATakenPortIsOneLineThatSaysWhatToDo) {
  const auto take = [](std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd, 1), 0);
    return fd;
  };
  for (const auto& [port, option] : {std::pair{http_port_, "--http-port"}, std::pair{broker_port_, "--broker-port"}}) {
    const int fd = take(port);
    EXPECT_EQ(run(), 1);
    ::close(fd);
    EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
    EXPECT_THAT(err_, testing::HasSubstr(std::to_string(port)));
    EXPECT_THAT(err_, testing::HasSubstr(option));
    EXPECT_TRUE(rows().empty());
  }
}

TEST_F(WardRun, ARecordingThatIsNoSoundEndsItInOneLine) {
  fs::resize_file(recording_, 0);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  fs::remove(recording_);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  EXPECT_THAT(err_, testing::HasSubstr("chirp.wav"));
}

}  // namespace
}  // namespace loa::test
