#include "server/signer/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "common/base/log.h"
#include "server/signer/protocol.h"
#include "server/signer/unix_address.h"

namespace loa::signer {
namespace {

[[noreturn]] void throw_away(std::string why) {
  throw Error("signer.away", {std::move(why)});
}

[[noreturn]] void throw_away_errno() {
  throw_away(std::strerror(errno));
}

void wait_for(const Descriptor& socket, short events, MonoTime deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - system_now().mono);
    if (left <= milliseconds{0}) throw_away("no answer in time");
    pollfd one{socket.number(), events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw_away_errno();
  }
}

void send_frame(const Descriptor& socket, std::string_view message, MonoTime deadline) {
  const std::string frame = encode_frame(message);
  std::string_view rest = frame;
  while (!rest.empty()) {
    const ssize_t taken = ::send(socket.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (taken >= 0)
      rest.remove_prefix(static_cast<std::size_t>(taken));
    else if (errno == EAGAIN)
      wait_for(socket, POLLOUT, deadline);
    else if (errno != EINTR)
      throw_away_errno();
  }
}

std::string receive(const Descriptor& socket, std::size_t count, MonoTime deadline) {
  std::string octets(count, '\0');
  std::size_t got = 0;
  while (got < count) {
    const ssize_t more = ::recv(socket.number(), octets.data() + got, count - got, 0);
    if (more > 0)
      got += static_cast<std::size_t>(more);
    else if (more == 0)
      throw_away("it hung up");
    else if (errno == EAGAIN)
      wait_for(socket, POLLIN, deadline);
    else if (errno != EINTR)
      throw_away_errno();
  }
  return octets;
}

std::string receive_frame(const Descriptor& socket, MonoTime deadline) {
  const auto length = decode_frame_head(receive(socket, kFrameHead, deadline));
  if (!length) throw_away("it does not speak our language");
  return receive(socket, *length, deadline);
}

}  // namespace

Client::Client(ClientOptions options, OnSigner on_signer)
    : options_(std::move(options)), on_signer_(std::move(on_signer)), trouble_{"signer.away", {"not found yet"}} {
  thread_ = std::thread([this] { look(); });
}

Client::~Client() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (connection_) ::shutdown(connection_->socket.number(), SHUT_RDWR);
  }
  changed_.notify_all();
  thread_.join();
}

bool Client::is_there() {
  const std::lock_guard lock(mutex_);
  return connection_ != nullptr;
}

Signed Client::sign(std::string_view audience, const wire::Body& body, WallTime) {
  std::shared_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (!connection_) throw Error(trouble_.code, trouble_.args);
    connection = connection_;
  }
  std::string reply;
  try {
    const MonoTime deadline = system_now().mono + options_.deadline;
    send_frame(connection->socket, encode_request(audience, body), deadline);
    reply = receive_frame(connection->socket, deadline);
  } catch (const Error& error) {
    lose(connection, error.text());
    throw;
  }
  auto decoded = decode_reply(reply);
  if (!decoded) {
    const Text trouble{"signer.away", {"it does not speak our language"}};
    lose(connection, trouble);
    throw Error(trouble.code, trouble.args);
  }
  if (const auto* refused = std::get_if<Refused>(&*decoded))
    throw Error(std::string{kRefused}, {refused->rule, refused->detail});
  auto result = std::get<Signed>(std::move(*decoded));
  result.type = wire::type_of(body);
  result.key_id = connection->key_id;
  return result;
}

void Client::lose(const std::shared_ptr<Connection>& connection, const Text& trouble) {
  {
    const std::lock_guard lock(mutex_);
    if (connection_ != connection) return;
    connection_.reset();
    trouble_ = trouble;
  }
  // Wakes the thread that waits for just this, and nobody reads a late reply as the answer to the next request.
  ::shutdown(connection->socket.number(), SHUT_RDWR);
  on_signer_(trouble);
}

std::shared_ptr<Client::Connection> Client::connect() const {
  const UnixAddress address(options_.socket);
  if (!address.is_good()) throw_away_errno();
  auto connection = std::make_shared<Connection>();
  connection->socket = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A Unix socket connects at once or not at all.
  if (!connection->socket.is_open() || ::connect(connection->socket.number(), address.get(), UnixAddress::size()) != 0)
    throw_away_errno();
  const auto greeting = decode_greeting(receive_frame(connection->socket, system_now().mono + options_.deadline));
  if (!greeting) throw_away("it does not speak our language");
  if (greeting->station != options_.station) throw Error("signer.other_station", {greeting->station.str()});
  connection->key_id = crypto::key_id(greeting->key);
  if (!options_.is_believed(connection->key_id)) throw Error("signer.not_believed", {connection->key_id});
  return connection;
}

void Client::look() {
  milliseconds pause = options_.shortest_pause;
  std::string told;  // the trouble that was told last, so that each is told once
  while (true) {
    try {
      const auto connection = connect();
      {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
        connection_ = connection;
      }
      told.clear();
      pause = options_.shortest_pause;
      on_signer_(std::nullopt);
      pollfd end{connection->socket.number(), POLLRDHUP, 0};
      while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
      }
      {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
      }
      lose(connection, {"signer.away", {"it hung up"}});
      continue;
    } catch (const Error& error) {
      {
        const std::lock_guard lock(mutex_);
        trouble_ = error.text();
      }
      if (told != error.what()) on_signer_(error.text());
      told = error.what();
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return ending_; })) return;
    pause = std::min(2 * pause, options_.longest_pause);
  }
}

}  // namespace loa::signer
