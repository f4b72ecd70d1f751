// The real loa-signer: what it signs, whom it hears, what it can no longer do, and a server's client when it dies,
// hangs or is another's.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/trust/trust_folder.h"
#include "server/signer/client.h"
#include "server/signer/listener.h"
#include "server/signer/protocol.h"
#include "server/signer/unix_address.h"
#include "tests/support/child.h"
#include "tests/support/root_key.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait.h"

namespace loa::signer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const StationId kStation{"phu-lien"};
const std::string kNode = "node:tdp-01";
constexpr uid_t kStranger = 65'534;

// Counts what a client is told.
struct Told {
  std::mutex mutex;
  std::vector<std::string> codes;  // "" for: it is there
  void add(const std::optional<Text>& trouble) {
    const std::lock_guard lock(mutex);
    codes.push_back(trouble ? trouble->code : "");
  }
  [[nodiscard]] std::string last() {
    const std::lock_guard lock(mutex);
    return codes.empty() ? "nothing" : codes.back();
  }
};

class SignerProcess : public testing::Test {
 protected:
  SignerProcess() {
    fs::create_directory(folder_ / "door");
    fs::permissions(folder_ / "door", fs::perms::owner_all);
    crypto::save_secret_key(key_, folder_ / "station.key");
    save_trust(root_.sign_trust({test::station_key(key_.public_key())}));
    configure("");
  }

  void save_trust(const std::string& trust) {
    Policy policy = test::open_policy();
    policy.by_default.quiet = QuietHours{std::chrono::hours{21}, std::chrono::hours{5}};
    trust::save_trust_folder(folder_ / "trust", root_.public_key(), trust, root_.sign(policy));
  }
  void configure(const std::string& server_user) {
    std::ofstream(folder_ / "signer.toml")
        << "[station]\nid = \"phu-lien\"\nkey = \"station.key\"\ntrust = \"trust\"\n[signer]\nsocket = "
           "\"door/socket\"\n"
           "state = \"state\"\nserver_user = \""
        << (server_user.empty() ? std::to_string(::geteuid()) : server_user) << "\"\n";
  }
  void start() {
    signer_ = std::make_unique<test::Child>(
        std::vector<std::string>{fs::path{LOA_BIN_DIR} / "loa-signer", "--config", folder_ / "signer.toml"}, log_);
  }
  // The exit of a signer that does not start, and what it says.
  std::string why_not() {
    start();
    EXPECT_EQ(signer_->wait(), 1);
    return test::read_whole_file(log_);
  }
  ClientOptions options() {
    ClientOptions options;
    options.socket = folder_ / "door/socket";
    options.station = kStation;
    options.is_believed = [this](std::string_view id) { return id == crypto::key_id(key_.public_key()); };
    return options;
  }
  std::unique_ptr<Client> make_client() { return make_client(options()); }
  std::unique_ptr<Client> make_client(ClientOptions options) {
    return std::make_unique<Client>(std::move(options),
                                    [this](const std::optional<Text>& trouble) { told_.add(trouble); });
  }
  static Signed stop(Client& client) { return client.sign(kNode, wire::StopOrder{}, WallTime{}); }
  static std::string code_of_stop(Client& client) {
    try {
      (void)stop(client);
      return "";
    } catch (const Error& error) {
      return error.code();
    }
  }
  [[nodiscard]] std::string status_of(const std::string& field) const {
    std::ifstream in("/proc/" + std::to_string(signer_->pid()) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(field + ":")) return line.substr(field.size() + 1);
    return "";
  }

  const test::ScratchFolder folder_;
  const fs::path log_ = folder_ / "log";
  const crypto::SecretKey key_ = crypto::SecretKey::make();
  test::RootKey root_{kStation};
  std::unique_ptr<test::Child> signer_;
  Told told_;
};

TEST_F(SignerProcess, SignsWhatANodeBelieves) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); })) << test::read_whole_file(log_);
  const Signed what = stop(*client);
  const auto opened = wire::open_message(wire::MessageType::kOrder, view_bytes(what.envelope()),
                                         {kStation, {kNode}, std::string{wire::kServer}, system_now().wall},
                                         [this](std::string_view) { return &key_.public_key(); });
  EXPECT_TRUE(std::holds_alternative<wire::Received>(opened));
  EXPECT_GT(stop(*client).seq, what.seq);
  EXPECT_THAT(test::read_whole_file(folder_ / "state/journal.0"),
              HasSubstr("\"sha256\":\"" + wire::name_of_body(what.body) + "\""));
}

TEST_F(SignerProcess, ClockRepliesAreCountedAndNotWrittenDown) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  const StationTime now = station_from_wall(system_now().wall);
  (void)client->sign(kNode, wire::ClockReply{"nonce-0123456789ab", 1, now, now}, WallTime{});
  EXPECT_EQ(test::read_whole_file(folder_ / "state/journal.0").find("clock"), std::string::npos);
  signer_->send_signal(SIGTERM);
  EXPECT_EQ(signer_->wait(), 0);
  EXPECT_THAT(test::read_whole_file(log_), HasSubstr("signed what=clock-reply count=1"));
}

TEST_F(SignerProcess, RefusesAPlayAtNightAndSaysWhy) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  wire::Plan plan;
  plan.from = station_from_wall(*parse_utc("2026-11-24T00:00:00Z"));
  plan.until = plan.from + std::chrono::hours{24 * 7};
  const ClipHash clip{std::string(64, 'a')};
  plan.clips[clip] = {1, seconds{1}};
  // 03:15 in Vietnam.
  plan.plays.push_back({PlayId{"p"}, AnnouncementId{"a"}, AnnouncementClass::kEmergency,
                        station_from_wall(*parse_utc("2026-11-24T20:15:00Z")), seconds{1}, 10, clip});
  try {
    (void)client->sign(kNode, plan, WallTime{});
    FAIL() << "signed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), kRefused);
    EXPECT_EQ(error.text().args.at(0), "policy");
    EXPECT_THAT(error.text().args.at(1), HasSubstr("policy_quiet_hours"));
  }
  EXPECT_TRUE(client->is_there()) << "a refusal ends nothing";
  EXPECT_EQ(code_of_stop(*client), "");
  EXPECT_THAT(test::read_whole_file(log_), HasSubstr("not signed rule=policy"));
}

TEST_F(SignerProcess, OnAFullDiskItSignsNothingThatSoundsAndStillSilences) {
  if (const std::string why = test::SmallDisk::why_not(); !why.empty()) GTEST_SKIP() << "no disk to fill here: " << why;
  fs::create_directory(folder_ / "state");
  test::SmallDisk disk(folder_ / "state", 1'000'000);  // less than the journal would keep for itself
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); })) << test::read_whole_file(log_);
  const auto code_of_plan = [&]() -> std::string {
    wire::Plan plan;
    plan.until = plan.from + std::chrono::hours{1};
    try {
      (void)client->sign(kNode, plan, WallTime{});
      return "";
    } catch (const Error& error) {
      return error.code();
    }
  };
  EXPECT_EQ(code_of_plan(), "");
  disk.fill();
  std::string code;
  for (int i = 0; i < 200 && code.empty(); ++i) code = code_of_plan();
  EXPECT_EQ(code, std::string{kRefused});
  EXPECT_THAT(test::read_whole_file(log_), HasSubstr("journal line not written"));
  EXPECT_EQ(code_of_stop(*client), "");
  disk.make_room();
  EXPECT_EQ(code_of_plan(), "");
}

TEST_F(SignerProcess, KilledAndBackItSignsAboveAllItSignedBefore) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  const std::int64_t before = stop(*client).seq;
  signer_->send_signal(SIGKILL);
  signer_->wait();
  ASSERT_TRUE(test::becomes_true([&] { return told_.last() == "signer.away"; }));
  EXPECT_EQ(code_of_stop(*client), "signer.away");
  start();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  EXPECT_GT(stop(*client).seq, before + 1'000'000) << "what was reserved counts as used";
  EXPECT_EQ(told_.last(), "");
}

TEST_F(SignerProcess, AHungSignerCostsOneDeadlineOnce) {
  start();
  ClientOptions impatient = options();
  impatient.deadline = milliseconds{300};
  const auto client = make_client(impatient);
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  signer_->send_signal(SIGSTOP);
  EXPECT_EQ(code_of_stop(*client), "signer.away");
  EXPECT_FALSE(client->is_there());
  // From now on it is known; a deadline for each of these would take longer than this test may.
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(code_of_stop(*client), "signer.away");
  signer_->send_signal(SIGCONT);
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  EXPECT_EQ(code_of_stop(*client), "");
}

TEST_F(SignerProcess, IsNotOursWhenItSignsForAnotherWardOrByAKeyThatNobodyBelieves) {
  start();
  ClientOptions other = options();
  other.station = StationId{"an-lao"};
  const auto client = make_client(other);
  ASSERT_TRUE(test::becomes_true([&] { return told_.last() == "signer.other_station"; }));
  EXPECT_EQ(code_of_stop(*client), "signer.other_station");
  ClientOptions sceptic = options();
  sceptic.is_believed = [](std::string_view) { return false; };
  const auto second = make_client(sceptic);
  ASSERT_TRUE(test::becomes_true([&] { return told_.last() == "signer.not_believed"; }));
  EXPECT_EQ(code_of_stop(*second), "signer.not_believed");
}

// --- who is heard

TEST_F(SignerProcess, HearsNobodyButTheServersUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "another user can be tried by root only";
  // The folder would keep a stranger out already; here it is open to the stranger's group.
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  fs::permissions(folder_ / "door", fs::perms::owner_all | fs::perms::group_all);
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setresuid(kStranger, kStranger, kStranger) != 0) ::_exit(2);
    const UnixAddress address(folder_ / "door/socket");
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(socket, address.get(), UnixAddress::size()) != 0) ::_exit(3);
    char octet = 0;
    ::_exit(::read(socket, &octet, 1) == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: it was greeted, 3: it did not get that far";
  EXPECT_TRUE(test::becomes_true(
      [&] { return test::read_whole_file(log_).find("not signed rule=peer") != std::string::npos; }));
  EXPECT_EQ(code_of_stop(*client), "");
}

TEST_F(SignerProcess, ACallerWhoTalksNonsenseOrNotAtAllKeepsNobodyFromTheirs) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  const UnixAddress address(folder_ / "door/socket");
  const auto call = [&] {
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(socket.number(), address.get(), UnixAddress::size()), 0);
    return socket;
  };
  const auto says = [](const Descriptor& socket, std::string_view words) {
    EXPECT_EQ(::send(socket.number(), words.data(), words.size(), MSG_NOSIGNAL), static_cast<ssize_t>(words.size()));
  };
  // Reads to the end of the connection.
  const auto is_ended = [](const Descriptor& socket) {
    std::array<char, 4096> octets{};
    ssize_t got = 0;
    while ((got = ::read(socket.number(), octets.data(), octets.size())) > 0) {
    }
    return got == 0 || errno == ECONNRESET;
  };
  const Descriptor silent = call();
  const Descriptor half = call();
  says(half, std::string_view{"\0\0\0\x50half", 8});
  const Descriptor endless = call();
  says(endless, "\xff\xff\xff\xff");
  EXPECT_TRUE(is_ended(endless));
  const Descriptor hasty = call();
  says(hasty, encode_frame(encode_request(kNode, wire::StopOrder{})) + "more");
  EXPECT_TRUE(is_ended(hasty));
  const Descriptor malformed = call();
  says(malformed, encode_frame("nonsense"));
  std::array<char, 256> octets{};
  EXPECT_GT(::read(malformed.number(), octets.data(), octets.size()), 0);
  EXPECT_EQ(code_of_stop(*client), "");
  EXPECT_THAT(test::read_whole_file(log_), HasSubstr("rule=request"));
}

TEST_F(SignerProcess, MoreCallersThanItHearsPushTheOldestOut) {
  start();
  const UnixAddress address(folder_ / "door/socket");
  std::vector<Descriptor> callers;
  ASSERT_TRUE(test::becomes_true([&] { return fs::exists(folder_ / "door/socket"); }));
  for (std::size_t i = 0; i < 3 * kMostCallers; ++i) {
    callers.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_TRUE(test::becomes_true(
        [&] { return ::connect(callers.back().number(), address.get(), UnixAddress::size()) == 0; }));
  }
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  EXPECT_EQ(code_of_stop(*client), "");
  std::array<char, 256> octets{};
  EXPECT_TRUE(test::becomes_true([&] {
    return ::recv(callers.front().number(), octets.data(), octets.size(), MSG_DONTWAIT) == 0;
  })) << "nobody else closes it";
}

// --- what it needs, and what it can no longer do

TEST_F(SignerProcess, IsLockedIn) {
  start();
  const auto client = make_client();
  ASSERT_TRUE(test::becomes_true([&] { return client->is_there(); }));
  ASSERT_TRUE(test::becomes_true([&] { return status_of("Seccomp") == "\t2"; }));
  EXPECT_EQ(status_of("NoNewPrivs"), "\t1");
  EXPECT_EQ(status_of("CapEff"), "\t0000000000000000");
  EXPECT_EQ(status_of("CapPrm"), "\t0000000000000000");
  EXPECT_EQ(status_of("Threads"), "\t1");
  EXPECT_NE(status_of("VmLck").find_first_of("123456789"), std::string::npos) << "the key is kept from the swap";
  if (::geteuid() == 0) {
    EXPECT_THAT(status_of("Uid"), HasSubstr(std::to_string(kStranger))) << "root is given up";
    struct stat state {};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(signer_->pid()) + "/status").c_str(), &state), 0);
    EXPECT_EQ(state.st_uid, 0U) << "whoever may be dumped and traced by their own user owns this file";
  }
  std::stringstream limits;
  limits << std::ifstream("/proc/" + std::to_string(signer_->pid()) + "/limits").rdbuf();
  EXPECT_THAT(limits.str(), testing::ContainsRegex("Max core file size +0 +0"));
  // Nothing is open but its three streams, its socket, its files and its callers.
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& fd : fs::directory_iterator("/proc/" + std::to_string(signer_->pid()) + "/fd"))
    ++open;
  EXPECT_LE(open, 8U);
}

TEST_F(SignerProcess, EndsWithTheOneWhoStartedIt) {
  // A runner that is killed: what it started asked to be ended with it, and giving up root would undo that.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t runner = ::fork();
  if (runner == 0) {
    start();
    const auto client = make_client();
    const bool is_there = test::becomes_true([&] { return client->is_there(); });
    const pid_t pid = is_there ? signer_->pid() : -1;
    if (::write(ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::pause();
  }
  pid_t pid = -1;
  ASSERT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  EXPECT_TRUE(test::becomes_true([&] {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string number;
    std::string name;
    std::string state;
    return !(in >> number >> name >> state) || state == "Z" || state == "X";
  }));
  for (const int end : ends) ::close(end);
}

TEST_F(SignerProcess, StartsWithNothingThatOthersCouldReadOrChange) {
  fs::permissions(folder_ / "station.key", fs::perms::owner_read | fs::perms::group_read);
  EXPECT_THAT(why_not(), HasSubstr("chmod 600"));
  fs::permissions(folder_ / "station.key", fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(folder_ / "door", fs::perms::owner_all | fs::perms::others_exec);
  EXPECT_THAT(why_not(), HasSubstr("chmod o-rwx"));
  fs::permissions(folder_ / "door", fs::perms::owner_all);
  if (::geteuid() != 0) GTEST_SKIP() << "the server's user is another only where root gives it a file";
  configure(std::to_string(kStranger));
  ASSERT_EQ(::chown((folder_ / "trust/policy.json").c_str(), kStranger, kStranger), 0);
  EXPECT_THAT(why_not(), HasSubstr("chmod go-w"));
  ASSERT_EQ(::chown((folder_ / "trust/policy.json").c_str(), 0, 0), 0);
  fs::permissions(folder_ / "trust", fs::perms::all);
  EXPECT_THAT(why_not(), HasSubstr("chmod go-w"));
  fs::permissions(folder_ / "trust", fs::perms::owner_all);
  start();
  EXPECT_TRUE(test::becomes_true([&] {
    return test::read_whole_file(log_).find("signer started") != std::string::npos;
  })) << test::read_whole_file(log_);
}

TEST_F(SignerProcess, StartsWithNoKeyThatTheNodesWouldNotBelieve) {
  save_trust(root_.sign_trust({test::station_key(crypto::SecretKey::make().public_key())}));
  EXPECT_THAT(why_not(), HasSubstr(crypto::key_id(key_.public_key())));
}

TEST_F(SignerProcess, SaysWhatIsWrongInItsFile) {
  configure("nobody-by-this-name");
  EXPECT_THAT(why_not(), HasSubstr("signer.server_user"));
}

TEST(ServerProcess, CannotBeGivenTheStationKey) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "server.toml") << "[station]\nid = \"phu-lien\"\ndata = \"data\"\nkey = \"station.key\"\n";
  test::Child server({fs::path{LOA_BIN_DIR} / "loa-server", "--config", folder / "server.toml"}, folder / "log");
  EXPECT_EQ(server.wait(), 1);
  const std::string said = test::read_whole_file(folder / "log");
  EXPECT_THAT(said, HasSubstr("station.key"));
  EXPECT_THAT(said, HasSubstr("signer.socket"));
}

}  // namespace
}  // namespace loa::signer
