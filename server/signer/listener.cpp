#include "server/signer/listener.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "server/signer/protocol.h"
#include "server/signer/unix_address.h"

namespace loa::signer {
namespace {

constexpr int kBacklog = 16;
constexpr const char* kPeer = "peer";

void require_closed_folder(const std::filesystem::path& folder) {
  struct stat state {};
  if (::stat(folder.c_str(), &state) != 0) throw Error("file.cannot_read", {folder.string(), std::strerror(errno)});
  if ((state.st_mode & S_IRWXO) != 0) throw Error("signer.folder_open", {folder.string()});
}

Descriptor listen_at(const std::filesystem::path& path) {
  require_closed_folder(path.parent_path());
  const auto fail = [&path]() { throw Error("file.cannot_write", {path.string(), std::strerror(errno)}); };
  const UnixAddress address(path);
  if (!address.is_good()) fail();
  struct stat state {};
  if (::lstat(path.c_str(), &state) == 0 && S_ISSOCK(state.st_mode)) ::unlink(path.c_str());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) fail();
  const mode_t before = ::umask(S_IXUSR | S_IXGRP | S_IRWXO);
  const bool is_bound = ::bind(socket.number(), address.get(), UnixAddress::size()) == 0;
  const int problem = errno;
  ::umask(before);
  errno = problem;
  if (!is_bound || ::listen(socket.number(), kBacklog) != 0) fail();
  return socket;
}

bool can_sound(const wire::Body& body) {
  return std::holds_alternative<wire::Plan>(body) || std::holds_alternative<wire::SelfTestOrder>(body);
}

}  // namespace

Listener::Listener(const std::filesystem::path& socket, uid_t server, Signatory& signatory, Journal& journal)
    : server_(server), signatory_(signatory), journal_(journal), socket_(listen_at(socket)) {}

Listener::~Listener() = default;

void Listener::turn(milliseconds patience, const sigset_t* mask) {
  std::vector<pollfd> waiting;
  waiting.push_back({socket_.number(), POLLIN, 0});
  for (const Caller& caller : callers_)
    waiting.push_back({caller.socket.number(), static_cast<short>(caller.out.empty() ? POLLIN : POLLOUT), 0});
  const timespec wait{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
  if (::ppoll(waiting.data(), waiting.size(), &wait, mask) > 0) {
    std::size_t at = 1;
    for (auto caller = callers_.begin(); caller != callers_.end(); ++at) {
      const bool stays = waiting[at].revents == 0 || serve(*caller);
      caller = stays ? std::next(caller) : callers_.erase(caller);
    }
    if (waiting[0].revents != 0) accept_callers();
  }
  journal_.on_idle(system_now().mono);
}

void Listener::accept_callers() {
  while (true) {
    Caller caller{Descriptor(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)), {}, {}};
    if (!caller.socket.is_open()) return;
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(caller.socket.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.uid != server_) {
      count_refusal(kPeer, "user " + std::to_string(who.uid));
      continue;
    }
    // The oldest is the one whose end nobody told us about.
    if (callers_.size() == kMostCallers) callers_.pop_front();
    caller.out = encode_frame(encode_greeting({signatory_.station(), signatory_.public_key()}));
    if (write(caller)) callers_.push_back(std::move(caller));
  }
}

bool Listener::serve(Caller& caller) {
  return caller.out.empty() ? read(caller) : write(caller);
}

bool Listener::read(Caller& caller) {
  std::array<char, 65'536> bytes{};
  const ssize_t got = ::read(caller.socket.number(), bytes.data(), bytes.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  caller.in.append(bytes.data(), static_cast<std::size_t>(got));
  if (caller.in.size() < kFrameHead) return true;
  const auto length = decode_frame_head(std::string_view{caller.in}.substr(0, kFrameHead));
  // One request under way: what comes before its reply left is no server of ours.
  if (!length || caller.in.size() > kFrameHead + *length) {
    count_refusal(std::string{kMalformed}, "frame");
    return false;
  }
  if (caller.in.size() < kFrameHead + *length) return true;
  caller.out = encode_frame(answer(std::string_view{caller.in}.substr(kFrameHead)));
  caller.in.clear();
  return write(caller);
}

bool Listener::write(Caller& caller) {
  const ssize_t taken = ::write(caller.socket.number(), caller.out.data(), caller.out.size());
  if (taken < 0) return errno == EAGAIN || errno == EINTR;
  caller.out.erase(0, static_cast<std::size_t>(taken));
  return true;
}

std::string Listener::answer(std::string_view message) {
  const auto refused = [this](const Refused& why) {
    count_refusal(why.rule, why.detail);
    return encode_reply(why);
  };
  const auto decoded = decode_request(message);
  if (const auto* malformed = std::get_if<Refused>(&decoded)) return refused(*malformed);
  const auto& request = std::get<Request>(decoded);
  try {
    const Signed what = signatory_.sign(request.audience, request.body, system_now().wall);
    const bool is_noted = what.type == wire::MessageType::kClockReply || journal_.write(request.audience, what);
    // No sound without its evidence. What silences, or says who is there, must not wait for a disk.
    if (!is_noted && can_sound(request.body)) return refused({std::string{to_string(Rule::kState)}, "journal"});
    ++signed_[std::string{wire::rule_of(what.type).payload_type}];
    return encode_reply(what);
  } catch (const Error& error) {
    const std::vector<std::string>& args = error.text().args;
    return refused({args.at(0), args.at(1)});
  }
}

void Listener::count_refusal(const std::string& rule, const std::string& detail) {
  ++refused_[rule];
  log::warning("not signed", {{"rule", rule}, {"detail", detail}, {"count", std::to_string(refused_[rule])}});
}

}  // namespace loa::signer
