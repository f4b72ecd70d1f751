#include "common/http/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <thread>
#include <variant>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/http/fields.h"
#include "common/http/packing.h"
#include "common/http/uri.h"

namespace loa::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Yield = const asio::yield_context&;
using Stream = beast::ssl_stream<beast::tcp_stream>;
using RequestParser = wire::request_parser<wire::buffer_body>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPackedFrom = 4'096;      // bytes of a body; below, a packed one takes as many packets
constexpr std::size_t kChunk = 65'536;          // of files, both ways
constexpr std::uint64_t kWriteOut = 4'194'304;  // of an upload, between two words to the disk
constexpr std::size_t kStack = 262'144;         // of one connection; a page is only used once it is touched
constexpr milliseconds kFarewell{2'000};        // for the other end to take the last bytes and close

// --- the way onto the server's thread
// ---------------------------------------------------------------------------------

// Stays valid when the server is gone: responders may live longer than it.
class Gate {
 public:
  explicit Gate(asio::io_context& io) : io_(&io) {}

  template <class Function>
  void post(Function function) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::move(function));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* io_;  // protected by mutex_
};

// --- server-sent events
// -----------------------------------------------------------------------------------------------

// Between the senders (any thread) and the connection.
class EventQueue {
 public:
  EventQueue(std::size_t limit, std::function<void()> on_gone) : limit_(limit), on_gone_(std::move(on_gone)) {}

  // Any thread; `changed` is how the connection hears of it.
  bool send(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return false;
    if (text_.size() + text.size() > limit_) {
      state_ = State::kOverflowed;
    } else {
      text_ += text;
    }
    if (changed_) changed_();
    return state_ == State::kOpen;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return;
    state_ = State::kClosed;
    if (changed_) changed_();
  }
  void set_changed(std::function<void()> changed) {
    const std::lock_guard lock(mutex_);
    changed_ = std::move(changed);
  }

  // The server's thread.
  struct Taken {
    std::string text;
    bool closed = false;
    bool overflowed = false;
  };
  Taken take() {
    const std::lock_guard lock(mutex_);
    return {std::exchange(text_, {}), state_ == State::kClosed, state_ == State::kOverflowed};
  }
  bool has_overflowed() {
    const std::lock_guard lock(mutex_);
    return state_ == State::kOverflowed;
  }
  // The connection's end. The application is told, unless it closed the stream itself.
  void end() {
    std::function<void()> on_gone;
    {
      const std::lock_guard lock(mutex_);
      if (state_ != State::kClosed) on_gone = std::move(on_gone_);
      on_gone_ = nullptr;
      changed_ = nullptr;
      state_ = State::kClosed;
    }
    if (on_gone) on_gone();
  }

 private:
  enum class State { kOpen, kClosed, kOverflowed };
  const std::size_t limit_;
  std::mutex mutex_;
  State state_ = State::kOpen;     // all below protected by mutex_
  std::string text_;               // not yet taken by the connection
  std::function<void()> changed_;  // posts only
  std::function<void()> on_gone_;
};

class EventHandle : public EventStream::Sink {
 public:
  explicit EventHandle(std::shared_ptr<EventQueue> queue) : queue_(std::move(queue)) {}
  ~EventHandle() override { queue_->close(); }
  EventHandle(const EventHandle&) = delete;
  EventHandle& operator=(const EventHandle&) = delete;
  bool send(std::string event_text) override { return queue_->send(event_text); }
  void close() override { queue_->close(); }

 private:
  std::shared_ptr<EventQueue> queue_;
};

// --- the core of the server
// -------------------------------------------------------------------------------------------

// A WebSocket: what goes out, and who takes what comes in.
struct SocketPort {
  SocketPort(std::size_t limit, SocketEvents events)
      : queue(limit, std::move(events.on_gone)), on_message(std::move(events.on_message)) {}
  EventQueue queue;
  std::function<void(std::span<const std::uint8_t>)> on_message;
};

using Reply = std::variant<Response, FileResponse, Refused, std::shared_ptr<EventQueue>, std::shared_ptr<SocketPort>>;

// An answer that nobody takes any more.
void end_unsent(Reply& reply) {
  if (auto* events = std::get_if<std::shared_ptr<EventQueue>>(&reply)) (*events)->end();
  if (auto* port = std::get_if<std::shared_ptr<SocketPort>>(&reply)) (*port)->queue.end();
}

class Session;

struct Core {
  Core(ServerOptions options_in, std::vector<Route> routes_in, Authorize authorize_in);

  void load_certificates();
  void listen();
  void accept(Yield yield);
  void begin_stop();
  void leave(Session* session);

  // Constant after construction.
  const ServerOptions options;
  const std::vector<Route> routes;
  const Authorize authorize;
  std::vector<PathPattern> patterns;  // of routes, same order
  std::vector<std::size_t> by_exactness;
  std::string id_prefix;

  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer stop_timer{io};
  asio::thread_pool disk{1};
  std::shared_ptr<Gate> gate{std::make_shared<Gate>(io)};
  std::thread thread;

  // The server's thread.
  std::set<Session*> sessions;
  std::uint64_t requests = 0;
  std::size_t bodies_in_memory = 0;
  bool stopping = false;
  Clock::time_point last_full_warning{};
};

// --- one connection
// ---------------------------------------------------------------------------------------------------

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, tcp::socket socket)
      : core_(core),
        stream_(std::move(socket), core.tls),
        wake_(core.io),
        buffer_(kChunk + core.options.limits.header_bytes) {}

  void run(Yield yield);
  // An answer from the application; too late or too many are ignored.
  void deliver(std::uint64_t exchange, Reply reply) {
    if (exchange != exchange_ || reply_) {
      end_unsent(reply);
      return;
    }
    reply_ = std::move(reply);
    wake_.cancel();
  }
  void wake() { wake_.cancel(); }
  void stop_soon() {
    if (idle_ || follows_events_) cut();
  }
  // Every wait of this connection ends at once.
  void cut() {
    cut_ = true;
    beast::get_lowest_layer(stream_).close();
    wake_.cancel();
  }

 private:
  enum class Fate { kKeep, kClose, kGone };  // the connection after a request; kGone: nobody to talk to

  // What is being answered.
  struct Exchange {
    std::string id;
    std::string method;  // as sent
    bool head = false;
    bool close = true;
    std::string range;
    std::string if_range;
    std::string if_none_match;
    bool takes_gzip = false;
    Clock::time_point began;
    const Route* route = nullptr;
    std::optional<wire::request<wire::empty_body>> upgrade;  // to a WebSocket
  };

  Fate serve_one(Yield yield);
  Fate read_and_answer(RequestParser& parser, Exchange& exchange, Yield yield);
  Request check(const RequestParser& parser, Exchange& exchange);
  void route(Request& request, Exchange& exchange, const Target& target);
  void check_body_head(const RequestParser& parser, const Request& request) const;
  // False when the client has gone.
  bool read_body(RequestParser& parser, Request& request, Yield yield);
  bool read_pieces(RequestParser& parser, std::uint64_t largest, std::size_t piece, Yield yield,
                   const std::function<void(const char*, std::size_t)>& take);
  void call_handler(Request request);
  void wait_for_reply(Yield yield);

  Fate write(Response response, Exchange& exchange, Yield yield);
  Fate write(FileResponse response, Exchange& exchange, Yield yield);
  Fate write(const Refused& refused, Exchange& exchange, Yield yield);
  Fate write(const std::shared_ptr<EventQueue>& events, Exchange& exchange, Yield yield);
  Fate write(const std::shared_ptr<SocketPort>& port, Exchange& exchange, Yield yield);
  Fate write_whole(Exchange& exchange, int status, Headers headers, std::string_view body, Yield yield);
  [[nodiscard]] std::string head_of(const Exchange& exchange, int status, const Headers& headers) const;
  [[nodiscard]] bool is_declared(const Exchange& exchange, int status, std::string_view content_type) const;
  void log_request(const Exchange& exchange, int status, std::uint64_t body_bytes) const;
  bool write_all(std::string_view bytes, Yield yield);
  void say_goodbye(Yield yield);

  // Runs `function` on the disk's thread while this connection waits.
  template <class Function>
  void on_disk(Function function, Yield yield) {
    asio::yield_context token = yield;  // must be one's own
    asio::async_initiate<asio::yield_context, void()>(
        [this, &function](auto handler) {
          asio::post(core_.disk, [this, &function, handler = std::move(handler)]() mutable {
            function();
            asio::post(core_.io, std::move(handler));
          });
        },
        token);
  }
  void expect_within(milliseconds limit) { beast::get_lowest_layer(stream_).expires_after(limit); }

  Core& core_;
  Stream stream_;
  asio::steady_timer wake_;
  beast::flat_buffer buffer_;
  std::string remote_;
  std::string certified_name_;
  std::string certified_serial_;
  std::uint64_t exchange_ = 0;
  std::optional<Reply> reply_;
  std::string allow_;  // of the path of this request
  bool body_unread_ = false;
  bool idle_ = false;
  bool follows_events_ = false;
  bool peer_gone_ = false;
  bool cut_ = false;
};

// The responder's side of one exchange.
class PendingAnswer : public Responder::Exchange {
 public:
  PendingAnswer(std::shared_ptr<Gate> gate, std::weak_ptr<Session> session, std::uint64_t exchange, std::string id,
                std::size_t event_queue_bytes)
      : gate_(std::move(gate)),
        session_(std::move(session)),
        exchange_(exchange),
        id_(std::move(id)),
        event_queue_bytes_(event_queue_bytes) {}
  ~PendingAnswer() override {
    if (answered_.exchange(true)) return;
    log::error("http.unanswered", {{"request", id_}});
    post(Refused(500, "http.internal", {id_}));
  }
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  // The handler threw: the connection has its answer.
  void abandon() { answered_ = true; }

  void send(Response response) override {
    if (is_first()) post(std::move(response));
  }
  void send(FileResponse response) override {
    if (is_first()) post(std::move(response));
  }
  void fail(const Refused& refused) override {
    if (is_first()) post(refused);
  }
  EventStream start_events(std::function<void()> on_gone) override {
    auto queue = std::make_shared<EventQueue>(event_queue_bytes_, std::move(on_gone));
    EventStream stream(std::make_shared<EventHandle>(queue));
    if (!is_first()) {
      queue->close();
      return stream;
    }
    wake_when_changed(queue);
    post(std::move(queue));
    return stream;
  }
  Socket start_socket(SocketEvents events) override {
    auto port = std::make_shared<SocketPort>(event_queue_bytes_, std::move(events));
    const std::shared_ptr<EventQueue> queue(port, &port->queue);
    Socket socket(std::make_shared<EventHandle>(queue));
    if (!is_first()) {
      queue->close();
      return socket;
    }
    wake_when_changed(queue);
    post(std::move(port));
    return socket;
  }

 private:
  void wake_when_changed(const std::shared_ptr<EventQueue>& queue) {
    queue->set_changed([gate = gate_, session = session_, weak = std::weak_ptr(queue)] {
      gate->post([session, weak] {
        const auto to = session.lock();
        const auto events = weak.lock();
        if (!to || !events) return;
        if (events->has_overflowed()) to->cut();
        to->wake();
      });
    });
  }
  bool is_first() {
    if (!answered_.exchange(true)) return true;
    log::error("http.answered_twice", {{"request", id_}});
    return false;
  }
  void post(Reply reply) {
    gate_->post([session = session_, exchange = exchange_, reply = std::move(reply)]() mutable {
      if (const auto to = session.lock()) {
        to->deliver(exchange, std::move(reply));
      } else {
        end_unsent(reply);
      }
    });
  }

  const std::shared_ptr<Gate> gate_;
  const std::weak_ptr<Session> session_;
  const std::uint64_t exchange_;
  const std::string id_;
  const std::size_t event_queue_bytes_;
  std::atomic<bool> answered_ = false;
};

// --- small pieces
// -----------------------------------------------------------------------------------------------------

bool is_of_type(std::string_view text, const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::kId:
      return is_valid_id(text);
    case ParameterType::kHash:
      return text.size() == 64 && std::all_of(text.begin(), text.end(),
                                              [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    case ParameterType::kInteger: {
      const bool negative = text.starts_with('-');
      const auto number = parse_decimal(negative ? text.substr(1) : text);
      if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
      const auto value = negative ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
      return value >= parameter.minimum && value <= parameter.maximum;
    }
    case ParameterType::kInstant:
      return parse_utc(text).has_value();
    case ParameterType::kChoice:
      return std::find(parameter.choices.begin(), parameter.choices.end(), text) != parameter.choices.end();
    case ParameterType::kText:
      return !text.empty() && text.size() <= 512 && is_utf8_without_controls(text);
  }
  return false;
}

// IMF-fixdate (RFC 9110 §5.6.7).
std::string http_date() {
  const std::time_t now = std::chrono::duration_cast<seconds>(system_now().wall.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

bool has_field(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

// What was sent is wrong, rather than nothing more coming.
bool is_malformed(const error_code& ec) {
  return ec.category() == wire::make_error_code(wire::error::end_of_stream).category() &&
         ec != wire::error::end_of_stream && ec != wire::error::partial_message;
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

std::string serial_of(X509* certificate) {
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char octet :
       std::span(ASN1_STRING_get0_data(number), static_cast<std::size_t>(ASN1_STRING_length(number)))) {
    text += kDigits[octet >> 4U];
    text += kDigits[octet & 15U];
  }
  return text;
}

// A file descriptor and what went wrong with it; filled on the disk's thread.
struct OpenFile {
  OpenFile() = default;
  ~OpenFile() { close(); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  void close() {
    if (fd >= 0 && ::close(fd) != 0 && error == 0) error = errno;
    fd = -1;
  }

  int fd = -1;
  int error = 0;
  std::uint64_t size = 0;
  std::uint64_t written_out = 0;  // of it, the disk was told of so much
};

void open_for_reading(OpenFile& out, const std::filesystem::path& path) {
  out.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat facts {};
  if (out.fd < 0 || ::fstat(out.fd, &facts) != 0) {
    out.error = errno;
  } else if (!S_ISREG(facts.st_mode)) {
    out.error = EISDIR;
  } else {
    out.size = static_cast<std::uint64_t>(facts.st_size);
  }
}

bool leaves_free(const OpenFile& file, std::uint64_t more, std::uint64_t keep_free) {
  if (keep_free == 0) return true;
  struct statvfs facts {};
  if (::fstatvfs(file.fd, &facts) != 0) return true;  // the write will tell
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize >= more + keep_free;
}

// Piece by piece, so that the sync at the end of a large upload finds little left and holds up nobody behind it.
void begin_writing_out(OpenFile& file) {
  if (file.size - file.written_out < kWriteOut) return;
  ::sync_file_range(file.fd, static_cast<off64_t>(file.written_out), static_cast<off64_t>(file.size - file.written_out),
                    SYNC_FILE_RANGE_WRITE);
  file.written_out = file.size;
}

void write_to(OpenFile& out, const char* bytes, std::size_t size) {
  while (size > 0 && out.error == 0) {
    const ssize_t n = ::write(out.fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      out.error = errno;
      return;
    }
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

// --- reading a request
// ------------------------------------------------------------------------------------------------

void Session::run(Yield yield) {
  const auto self = shared_from_this();
  try {
    error_code ec;
    remote_ = beast::get_lowest_layer(stream_).socket().remote_endpoint(ec).address().to_string();
    expect_within(core_.options.limits.handshake);
    if (!ec) stream_.async_handshake(asio::ssl::stream_base::server, yield[ec]);
    if (ec) {
      log::debug("http.handshake_failed", {{"remote", remote_}, {"problem", ec.message()}});
    } else {
      SSL* tls = stream_.native_handle();
      // With TLS 1.2 a certificate travels in the clear; ours are for TLS 1.3.
      X509* certificate = SSL_version(tls) >= TLS1_3_VERSION ? SSL_get0_peer_certificate(tls) : nullptr;
      if (certificate != nullptr) {
        std::array<char, 65> name{};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                  static_cast<int>(name.size()));
        certified_name_ = name.data();
        certified_serial_ = serial_of(certificate);
      }
      Fate fate = Fate::kKeep;
      while (fate == Fate::kKeep && !cut_) fate = serve_one(yield);
      if (fate == Fate::kClose && !cut_) say_goodbye(yield);
    }
  } catch (const std::exception& problem) {
    log::error("http.connection_failed", {{"remote", remote_}, {"problem", problem.what()}});
  }
  cut();
  core_.leave(this);
}

Session::Fate Session::serve_one(Yield yield) {
  const ServerLimits& limits = core_.options.limits;
  error_code ec;
  if (core_.stopping) return Fate::kClose;
  if (buffer_.size() == 0) {
    buffer_.shrink_to_fit();
    idle_ = true;
    expect_within(limits.idle);
    const std::size_t n = stream_.async_read_some(buffer_.prepare(2048), yield[ec]);
    idle_ = false;
    if (ec) return ec == asio::ssl::error::stream_truncated || ec == beast::error::timeout ? Fate::kGone : Fate::kClose;
    buffer_.commit(n);
  }
  ++exchange_;
  reply_.reset();
  allow_.clear();
  body_unread_ = false;
  RequestParser parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(boost::none);  // known when the route is; read_body() holds to it
  Exchange exchange;
  exchange.id = core_.id_prefix + std::to_string(++core_.requests);
  exchange.began = Clock::now();
  expect_within(limits.header);
  wire::async_read_header(stream_, buffer_, parser, yield[ec]);
  if (ec && !is_malformed(ec)) return Fate::kGone;
  body_unread_ = true;
  if (ec == wire::error::header_limit || ec == wire::error::buffer_overflow)
    return write(Refused(431, "http.header_too_large", {std::to_string(limits.header_bytes)}), exchange, yield);
  if (ec) return write(Refused(400, "http.malformed", {ec.message()}), exchange, yield);
  return read_and_answer(parser, exchange, yield);
}

Session::Fate Session::read_and_answer(RequestParser& parser, Exchange& exchange, Yield yield) {
  const auto& message = parser.get();
  exchange.method = std::string{message.method_string()};
  exchange.head = message.method() == wire::verb::head;
  exchange.close = !parser.keep_alive();
  body_unread_ = !parser.is_done();
  if (beast::websocket::is_upgrade(message)) {
    exchange.upgrade.emplace();
    exchange.upgrade->base() = message.base();
  }
  try {
    Request request = check(parser, exchange);
    if (exchange.route == nullptr) {  // OPTIONS
      exchange.close = exchange.close || body_unread_;
      return write_whole(exchange, 204, {{"Allow", allow_}}, {}, yield);
    }
    if (!exchange.route->roles.empty()) core_.authorize(request, *exchange.route);
    check_body_head(parser, request);
    if (!read_body(parser, request, yield)) return Fate::kGone;
    call_handler(std::move(request));
  } catch (const Refused& refused) {
    reply_ = refused;
  } catch (const Error& error) {
    log::error("http.handler_failed", {{"request", exchange.id}, {"problem", error.what()}});
    reply_ = Refused(500, error);
  } catch (const std::exception& problem) {
    log::error("http.handler_failed", {{"request", exchange.id}, {"problem", problem.what()}});
    reply_ = Refused(500, "http.internal", {exchange.id});
  }
  wait_for_reply(yield);
  if (cut_) {
    if (reply_) end_unsent(*reply_);
    return Fate::kGone;
  }
  exchange.close = exchange.close || body_unread_ || core_.stopping;
  // Left engaged, so that a second answer is recognised; emptied, so that what it holds is not kept.
  Reply reply = std::exchange(*reply_, Response{});
  return std::visit([&](auto& answer) { return write(std::move(answer), exchange, yield); }, reply);
}

// None: a proxy that says nothing of use.
std::optional<std::string> last_forwarded(std::string_view header) {
  const auto comma = header.rfind(',');
  std::string_view last = comma == std::string_view::npos ? header : header.substr(comma + 1);
  while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
  while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
  error_code ec;
  const auto address = asio::ip::make_address(std::string{last}, ec);
  if (ec) return std::nullopt;
  return address.to_string();
}

// Everything that can be said about a request before its body.
Request Session::check(const RequestParser& parser, Exchange& exchange) {
  const auto& message = parser.get();
  Request request;
  request.id = exchange.id;
  request.remote = remote_;
  request.certified_name = certified_name_;
  request.certified_serial = certified_serial_;
  for (const auto& field : message) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto [at, is_new] = request.headers.emplace(std::move(name), field.value());
    if (!is_new) at->second.append(", ").append(field.value());
  }
  if (!core_.options.proxy.empty() && remote_ == core_.options.proxy)
    request.remote = last_forwarded(request.header("x-forwarded-for")).value_or(remote_);
  exchange.range = request.header("range");
  exchange.if_range = request.header("if-range");
  exchange.if_none_match = request.header("if-none-match");
  exchange.takes_gzip = accepts_coding(request.header("accept-encoding"), "gzip");
  const std::string_view raw_target{message.target().data(), message.target().size()};
  if (message.version() != 11 && message.version() != 10) throw Refused(505, "http.malformed", {"HTTP/1.1"});
  if (message.version() == 11 && message.count(wire::field::host) != 1) throw Refused(400, "http.malformed", {"Host"});
  if (raw_target == "*" && message.method() == wire::verb::options) {
    allow_ = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    return request;
  }
  const auto target = parse_target(raw_target);
  if (!target) throw Refused(400, "http.bad_target");
  request.path = target->path;
  route(request, exchange, *target);
  return request;
}

void Session::route(Request& request, Exchange& exchange, const Target& target) {
  const std::string_view sent = exchange.head ? "GET" : std::string_view{exchange.method};
  std::set<std::string_view> allowed;
  std::vector<std::string> values;
  const PathPattern* pattern = nullptr;
  for (const std::size_t i : core_.by_exactness) {
    auto matched = core_.patterns[i].match(target.path);
    if (!matched) continue;
    allowed.insert(name_of(core_.routes[i].method));
    if (core_.routes[i].method == Method::kGet) allowed.insert("HEAD");
    if (exchange.route != nullptr || sent != name_of(core_.routes[i].method)) continue;
    exchange.route = &core_.routes[i];
    pattern = &core_.patterns[i];
    values = std::move(*matched);
  }
  if (allowed.empty()) throw Refused(404, "http.unknown_path", {target.path});
  allowed.insert("OPTIONS");
  for (const std::string_view method : allowed) allow_.append(allow_.empty() ? "" : ", ").append(method);
  if (exchange.route == nullptr) {
    if (sent == "OPTIONS") return;
    throw Refused(405, "http.wrong_method", {exchange.method, allow_});
  }
  request.route = exchange.route;
  for (std::size_t i = 0; i < values.size(); ++i) request.parameters.emplace(pattern->names()[i], std::move(values[i]));
  for (const auto& [name, value] : target.query)
    if (!request.parameters.emplace(name, value).second) throw Refused(400, "http.unknown_parameter", {name});
  std::size_t known = 0;
  for (const Parameter& parameter : exchange.route->parameters) {
    const auto at = request.parameters.find(parameter.name);
    if (at == request.parameters.end()) {
      if (parameter.presence == Presence::kRequired) throw Refused(400, "http.missing_parameter", {parameter.name});
      continue;
    }
    ++known;
    if (!is_of_type(at->second, parameter)) throw Refused(400, "http.bad_parameter", {parameter.name});
  }
  if (known == request.parameters.size()) return;
  for (const auto& sent_parameter : request.parameters) {
    const std::string& name = sent_parameter.first;
    const auto& declared = exchange.route->parameters;
    if (std::none_of(declared.begin(), declared.end(), [&](const Parameter& p) { return p.name == name; }))
      throw Refused(400, "http.unknown_parameter", {name});
  }
}

void Session::check_body_head(const RequestParser& parser, const Request& request) const {
  const Route& route = *request.route;
  const auto length = parser.content_length();
  if (route.body == BodyMode::kNone) {
    if (!parser.is_done()) throw Refused(400, "http.body_not_wanted");
    return;
  }
  const std::string_view encoding = request.header("content-encoding");
  if (!encoding.empty() && !equal_ignoring_case(encoding, "identity"))
    throw Refused(415, "http.wrong_content_encoding", {std::string{encoding}});
  const std::string type = media_type(request.header("content-type"));
  const std::vector<std::string> json = {"application/json"};
  const std::vector<std::string>& accepts = route.body == BodyMode::kJson ? json : route.accepts;
  if (!accepts.empty() && std::none_of(accepts.begin(), accepts.end(),
                                       [&](const std::string& pattern) { return media_type_matches(type, pattern); }))
    throw Refused(415, "http.wrong_content_type",
                  {std::accumulate(std::next(accepts.begin()), accepts.end(), accepts.front(),
                                   [](const std::string& all, const std::string& one) { return all + ", " + one; })});
  if (length && *length > route.largest_body)
    throw Refused(413, "http.body_too_large", {std::to_string(route.largest_body)});
}

bool Session::read_body(RequestParser& parser, Request& request, Yield yield) {
  const Route& route = *request.route;
  if (route.body == BodyMode::kNone) return true;
  std::filesystem::path file_path;
  if (route.body == BodyMode::kStream) file_path = route.open_upload(request);
  if (!parser.is_done() && equal_ignoring_case(request.header("expect"), "100-continue") &&
      !write_all("HTTP/1.1 100 Continue\r\n\r\n", yield))
    return false;

  if (route.body == BodyMode::kJson) {
    struct Budget {
      Core& core;
      std::size_t taken = 0;
      ~Budget() { core.bodies_in_memory -= taken; }
    } budget{core_};
    return read_pieces(parser, route.largest_body, 8'192, yield, [&](const char* bytes, std::size_t size) {
      if (core_.bodies_in_memory + size > core_.options.limits.bodies_in_memory) throw Refused(503, "http.busy");
      core_.bodies_in_memory += size;
      budget.taken += size;
      request.body.append(bytes, size);
    });
  }

  OpenFile file;
  const auto refuse_if_failed = [&] {
    if (file.error == ENOSPC || file.error == EDQUOT) throw Refused(507, "http.disk_full");
    if (file.error != 0) throw Refused(507, "http.upload_not_stored", {errno_text(file.error)});
  };
  on_disk(
      [&] {
        file.fd = ::open(file_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file.fd < 0) file.error = errno;
      },
      yield);
  refuse_if_failed();
  // From here the file is ours to remove, until it is complete.
  const auto remove = [&] {
    on_disk(
        [&] {
          file.close();
          ::unlink(file_path.c_str());
        },
        yield);
  };
  std::exception_ptr refused;
  bool complete = false;
  std::uint64_t total = 0;
  try {
    complete = read_pieces(parser, route.largest_body, kChunk, yield, [&](const char* bytes, std::size_t size) {
      // Before the first piece for all of it, where the client has said how much that is.
      const std::uint64_t to_come = total == 0 ? parser.content_length().value_or(size) : size;
      on_disk(
          [&] {
            if (!leaves_free(file, to_come, route.keep_free)) file.error = ENOSPC;
            write_to(file, bytes, size);
            file.size += size;
            begin_writing_out(file);
          },
          yield);
      refuse_if_failed();
      total += size;
    });
    if (complete) {
      // Here, so that nobody has to wait for the disk on the application's threads.
      on_disk(
          [&] {
            if (file.error == 0 && ::fdatasync(file.fd) != 0) file.error = errno;
            file.close();
          },
          yield);
      refuse_if_failed();
    }
  } catch (const Refused&) {
    refused = std::current_exception();
  }
  if (!complete || refused) remove();  // outside the catch block: a connection must not wait inside one
  if (refused) std::rethrow_exception(refused);
  request.upload = Upload{file_path, total};
  return complete;
}

bool Session::read_pieces(RequestParser& parser, std::uint64_t largest, std::size_t piece, Yield yield,
                          const std::function<void(const char*, std::size_t)>& take) {
  const ServerLimits& limits = core_.options.limits;
  std::vector<char> chunk;
  if (!parser.is_done()) chunk.resize(piece);
  std::size_t filled = 0;
  std::uint64_t total = 0;
  const auto began = Clock::now();
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk.data() + filled;
    body.size = chunk.size() - filled;
    const auto earned = milliseconds{static_cast<std::int64_t>(total * 1000 / std::max(limits.slowest_body, 1U))};
    beast::get_lowest_layer(stream_).expires_at(std::min(Clock::now() + limits.stall, began + limits.stall + earned));
    error_code ec;
    wire::async_read_some(stream_, buffer_, parser, yield[ec]);
    const std::size_t got = chunk.size() - filled - body.size;
    filled += got;
    total += got;
    if (ec && ec != wire::error::need_buffer) {
      if (!is_malformed(ec)) return false;
      throw Refused(400, "http.malformed", {ec.message()});
    }
    if (total > largest) throw Refused(413, "http.body_too_large", {std::to_string(largest)});
    if (filled == chunk.size() || parser.is_done()) {
      take(chunk.data(), filled);
      filled = 0;
    }
  }
  body_unread_ = false;
  return true;
}

void Session::call_handler(Request request) {
  const auto file = request.upload ? request.upload->file : std::filesystem::path{};
  const Handler& handler = request.route->handler;
  const auto pending = std::make_shared<PendingAnswer>(core_.gate, weak_from_this(), exchange_, request.id,
                                                       core_.options.limits.event_queue_bytes);
  try {
    handler(std::move(request), Responder(pending));
  } catch (...) {
    pending->abandon();
    std::error_code ignored;
    if (!file.empty()) std::filesystem::remove(file, ignored);
    throw;
  }
}

void Session::wait_for_reply(Yield yield) {
  const auto deadline = Clock::now() + core_.options.limits.answer;
  while (!reply_ && !cut_) {
    wake_.expires_at(deadline);
    error_code ec;
    wake_.async_wait(yield[ec]);
    if (!ec && !reply_) reply_ = Refused(503, "http.no_answer");
  }
}

// --- writing an answer
// ------------------------------------------------------------------------------------------------

bool Session::write_all(std::string_view bytes, Yield yield) {
  while (!bytes.empty()) {
    expect_within(core_.options.limits.stall);
    error_code ec;
    const std::size_t n = stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), yield[ec]);
    if (ec) return false;
    bytes.remove_prefix(n);
  }
  return true;
}

std::string Session::head_of(const Exchange& exchange, int status, const Headers& headers) const {
  const auto reason = wire::obsolete_reason(static_cast<wire::status>(status));
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason.data(), reason.size()} + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!is_field_value(value) || !is_field_value(name)) {
      log::error("http.bad_field", {{"request", exchange.id}, {"field", std::string{name}}});
      return;
    }
    head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Date", http_date());
  add("X-Request-Id", exchange.id);
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  if (!has_field(headers, "Cache-Control")) add("Cache-Control", has_field(headers, "ETag") ? "no-cache" : "no-store");
  for (const auto& [name, value] : headers) {
    add(name, value);
    // A page may load only what comes from here and may not be framed; inline scripts never run.
    if (equal_ignoring_case(name, "Content-Type") && media_type(value) == "text/html" &&
        !has_field(headers, "Content-Security-Policy"))
      add("Content-Security-Policy",
          "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  }
  if (exchange.close) add("Connection", "close");
  return head.append("\r\n");
}

Session::Fate Session::write_whole(Exchange& exchange, int status, Headers headers, std::string_view body,
                                   Yield yield) {
  if (status != 204 && status != 304 && !has_field(headers, "Content-Length"))
    headers.emplace_back("Content-Length", std::to_string(body.size()));
  std::string head = head_of(exchange, status, headers);
  if (exchange.head || status == 204 || status == 304) body = {};
  bool written = false;
  if (body.size() <= 12'288) {  // one TLS record
    written = write_all(head.append(body), yield);
  } else {
    written = write_all(head, yield) && write_all(body, yield);
  }
  log_request(exchange, status, body.size());
  if (!written) return Fate::kGone;
  return exchange.close ? Fate::kClose : Fate::kKeep;
}

bool Session::is_declared(const Exchange& exchange, int status, std::string_view content_type) const {
  const auto& answers = exchange.route->answers;
  const bool declared = std::any_of(answers.begin(), answers.end(), [&](const Answer& answer) {
    return answer.status == status && (status < 200 || status == 204 || status >= 300 ||
                                       media_type_matches(media_type(content_type), answer.content_type));
  });
  if (!declared)
    log::error("http.undeclared_answer", {{"operation", exchange.route->operation},
                                          {"status", std::to_string(status)},
                                          {"content_type", std::string{content_type}}});
  return declared;
}

Session::Fate Session::write(const Refused& refused, Exchange& exchange, Yield yield) {
  const int status = refused.status() >= 400 && refused.status() <= 599 ? refused.status() : 500;
  exchange.close = exchange.close || body_unread_;
  Headers headers = {{"Content-Type", "application/json"}};
  if (status == 405) headers.emplace_back("Allow", allow_);
  if (status == 503) headers.emplace_back("Retry-After", "5");
  return write_whole(exchange, status, std::move(headers), error_json(refused.text()), yield);
}

Session::Fate Session::write(Response response, Exchange& exchange, Yield yield) {
  if (!is_declared(exchange, response.status, response.content_type))
    return write(Refused(500, "http.internal", {exchange.id}), exchange, yield);
  Headers headers = std::move(response.headers);
  if (!response.etag.empty()) {
    headers.emplace_back("ETag", "\"" + response.etag + "\"");
    if (response.status == 200 && none_match_holds_etag(exchange.if_none_match, response.etag))
      return write_whole(exchange, 304, std::move(headers), {}, yield);
  }
  if (response.status != 204 && response.status < 300) headers.emplace_back("Content-Type", response.content_type);
  // Long lists on a telephone's line. One with a validator goes as it is: each coding would need its own. What holds a
  // secret is short, so its length tells nothing (BREACH).
  if (response.status == 200 && response.etag.empty() && response.body.size() >= kPackedFrom &&
      media_type(response.content_type) == "application/json" && !has_field(headers, "Content-Encoding")) {
    headers.emplace_back("Vary", "Accept-Encoding");
    if (exchange.takes_gzip) {
      response.body = gzip(response.body);
      headers.emplace_back("Content-Encoding", "gzip");
    }
  }
  return write_whole(exchange, response.status, std::move(headers), response.body, yield);
}

void Session::log_request(const Exchange& exchange, int status, std::uint64_t body_bytes) const {
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - exchange.began);
  log::debug("http.request", {{"id", exchange.id},
                              {"remote", remote_},
                              {"method", exchange.method},
                              {"route", exchange.route == nullptr ? "none" : exchange.route->path},
                              {"status", std::to_string(status)},
                              {"bytes", std::to_string(body_bytes)},
                              {"ms", std::to_string(took.count())}});
}

Session::Fate Session::write(FileResponse response, Exchange& exchange, Yield yield) {
  if (!is_declared(exchange, 200, response.content_type))
    return write(Refused(500, "http.internal", {exchange.id}), exchange, yield);
  Headers headers = std::move(response.headers);
  headers.emplace_back("ETag", "\"" + response.etag + "\"");
  if (none_match_holds_etag(exchange.if_none_match, response.etag))
    return write_whole(exchange, 304, std::move(headers), {}, yield);

  OpenFile file;
  on_disk([&] { open_for_reading(file, response.file); }, yield);
  if (file.error != 0) {
    log::error("http.file_unreadable",
               {{"request", exchange.id}, {"file", response.file.string()}, {"problem", errno_text(file.error)}});
    return write(Refused(404, "http.file_missing"), exchange, yield);
  }
  ByteRange part{0, file.size};
  int status = 200;
  if (!exchange.range.empty() && (exchange.if_range.empty() || if_range_is_etag(exchange.if_range, response.etag))) {
    const RangeChoice choice = choose_range(exchange.range, file.size);
    if (choice.verdict == RangeVerdict::kUnsatisfiable) {
      headers.emplace_back("Content-Range", "bytes */" + std::to_string(file.size));
      headers.emplace_back("Content-Type", "application/json");
      const Text text{"http.range_not_satisfiable", {std::to_string(file.size)}};
      return write_whole(exchange, 416, std::move(headers), error_json(text), yield);
    }
    if (choice.verdict == RangeVerdict::kPart) {
      part = choice.range;
      status = 206;
      headers.emplace_back("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                                std::to_string(part.first + part.bytes - 1) + "/" +
                                                std::to_string(file.size));
    }
  }
  headers.emplace_back("Accept-Ranges", "bytes");
  headers.emplace_back("Content-Type", response.content_type);
  headers.emplace_back("Content-Length", std::to_string(part.bytes));
  bool written = write_all(head_of(exchange, status, headers), yield);
  if (!exchange.head) {
    std::vector<char> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, part.bytes)));
    for (std::uint64_t done = 0; written && done < part.bytes;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), part.bytes - done));
      ssize_t got = 0;
      on_disk([&] { got = ::pread(file.fd, chunk.data(), wanted, static_cast<off_t>(part.first + done)); }, yield);
      // A file that got shorter can only be cut off: its length has been promised.
      written = got > 0 && write_all({chunk.data(), static_cast<std::size_t>(got)}, yield);
      done += static_cast<std::uint64_t>(std::max<ssize_t>(got, 0));
    }
  }
  log_request(exchange, status, part.bytes);
  if (!written) return Fate::kGone;
  return exchange.close ? Fate::kClose : Fate::kKeep;
}

Session::Fate Session::write(const std::shared_ptr<EventQueue>& events, Exchange& exchange, Yield yield) {
  struct Ending {
    EventQueue& queue;
    ~Ending() { queue.end(); }
  } ending{*events};
  if (!is_declared(exchange, 200, "text/event-stream"))
    return write(Refused(500, "http.internal", {exchange.id}), exchange, yield);
  exchange.close = true;
  if (!write_all(head_of(exchange, 200, {{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}}),
                 yield))
    return Fate::kGone;
  if (exchange.head) return Fate::kClose;
  // The client says nothing more; reading is how we notice that it left. Its wait has no limit: the timer of a read is
  // taken when the read begins.
  beast::get_lowest_layer(stream_).expires_never();
  follows_events_ = true;
  asio::spawn(
      core_.io,
      [self = shared_from_this()](Yield reader) {
        std::array<char, 256> ignored{};
        error_code ec;
        while (!ec) self->stream_.async_read_some(asio::buffer(ignored), reader[ec]);
        self->peer_gone_ = true;
        self->wake_.cancel();
      },
      asio::detached);
  bool alive = true;
  std::uint64_t sent = 0;
  while (alive && !cut_ && !peer_gone_ && !core_.stopping) {
    EventQueue::Taken taken = events->take();
    if (taken.overflowed) break;
    if (taken.text.empty()) {
      if (taken.closed) break;
      wake_.expires_after(core_.options.limits.event_heartbeat);
      error_code ec;
      wake_.async_wait(yield[ec]);
      if (ec) continue;
      taken.text = ":\n\n";
    }
    std::array<char, 20> size{};
    const auto digits = std::to_chars(size.data(), size.data() + size.size(), taken.text.size(), 16);
    alive = write_all(std::string{size.data(), digits.ptr}.append("\r\n").append(taken.text).append("\r\n"), yield);
    sent += taken.text.size();
    if (taken.closed) break;
  }
  log_request(exchange, 200, sent);
  if (!alive || cut_ || peer_gone_ || core_.stopping || !write_all("0\r\n\r\n", yield)) return Fate::kGone;
  // The stream is complete; the reader holds the TLS side, so wait for the client to close.
  wake_.expires_after(kFarewell);
  while (!peer_gone_ && !cut_) {
    error_code ec;
    wake_.async_wait(yield[ec]);
    if (!ec) break;
  }
  return Fate::kGone;
}

Session::Fate Session::write(const std::shared_ptr<SocketPort>& port, Exchange& exchange, Yield yield) {
  struct Ending {
    EventQueue& queue;
    ~Ending() { queue.end(); }
  } ending{port->queue};
  if (!exchange.upgrade) return write(Refused(426, "http.socket_wanted"), exchange, yield);
  if (!is_declared(exchange, 101, "")) return write(Refused(500, "http.internal", {exchange.id}), exchange, yield);
  using WebSocket = beast::websocket::stream<Stream&>;
  const auto socket = std::make_shared<WebSocket>(stream_);
  const ServerLimits& limits = core_.options.limits;
  beast::get_lowest_layer(stream_).expires_never();  // it has limits of its own
  socket->set_option(beast::websocket::stream_base::timeout{limits.header, limits.socket_idle * 2, true});
  socket->read_message_max(kLongestSocketMessage);
  error_code ec;
  socket->async_accept(*exchange.upgrade, yield[ec]);
  if (ec) return Fate::kGone;
  follows_events_ = true;
  asio::spawn(
      core_.io,
      [self = shared_from_this(), socket, port](Yield writer) {
        error_code failed;
        socket->text(true);
        while (!failed && !self->cut_ && !self->peer_gone_) {
          EventQueue::Taken taken = port->queue.take();
          if (taken.overflowed) break;
          if (!taken.text.empty()) socket->async_write(asio::buffer(taken.text), writer[failed]);
          if (taken.closed && !failed) {
            socket->async_close(beast::websocket::close_code::normal, writer[failed]);
            break;
          }
          if (!taken.text.empty()) continue;
          self->wake_.expires_at(Clock::time_point::max());
          error_code woken;
          self->wake_.async_wait(writer[woken]);
        }
      },
      asio::detached);
  std::uint64_t received = 0;
  beast::flat_buffer message;
  while (!cut_ && !core_.stopping) {
    socket->async_read(message, yield[ec]);
    if (ec) break;
    const auto bytes = message.data();
    received += bytes.size();
    try {
      if (socket->got_binary()) port->on_message({static_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    } catch (const Error& error) {
      log::info("http.socket_refused", {{"request", exchange.id}, {"problem", error.what()}});
      break;
    }
    message.consume(message.size());
  }
  peer_gone_ = true;
  wake_.cancel();
  log_request(exchange, 101, received);
  return Fate::kGone;
}

void Session::say_goodbye(Yield yield) {
  error_code ec;
  expect_within(kFarewell);
  stream_.async_shutdown(yield[ec]);
  if (!body_unread_ || cut_) return;
  // The client may still be sending what we refused. Closing now would reset the connection, and with it the answer
  // that it has not read yet: so only our side is closed, and the rest is thrown away for a while.
  auto& socket = beast::get_lowest_layer(stream_);
  socket.socket().shutdown(tcp::socket::shutdown_send, ec);
  expect_within(kFarewell);
  std::vector<char> ignored(kChunk);
  for (ec = {}; !ec;) socket.async_read_some(asio::buffer(ignored), yield[ec]);
}

// --- the server
// -------------------------------------------------------------------------------------------------------

Core::Core(ServerOptions options_in, std::vector<Route> routes_in, Authorize authorize_in)
    : options(std::move(options_in)), routes(std::move(routes_in)), authorize(std::move(authorize_in)) {
  check_routes(routes);
  for (const Route& route : routes) {
    if (!route.roles.empty() && !authorize) throw std::logic_error("routes with roles need an authorize function");
    patterns.push_back(*PathPattern::parse(route.path));
  }
  by_exactness.resize(routes.size());
  std::iota(by_exactness.begin(), by_exactness.end(), std::size_t{0});
  std::stable_sort(by_exactness.begin(), by_exactness.end(),
                   [this](std::size_t a, std::size_t b) { return patterns[a].is_more_exact_than(patterns[b]); });
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::random_device{}(), 16);
  id_prefix = std::string{digits.data(), end.ptr} + "-";
}

void Core::load_certificates() {
  const auto check = [](const std::filesystem::path& file, const error_code& ec) {
    if (ec) throw Error("http.bad_certificate", {file.string(), ec.message()});
  };
  error_code ec;
  SSL_CTX* context = tls.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // TLS 1.2 with forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for every idle connection
  static constexpr std::array<unsigned char, 3> kSessionContext = {'l', 'o', 'a'};
  SSL_CTX_set_session_id_context(context, kSessionContext.data(), static_cast<unsigned>(kSessionContext.size()));
  tls.use_certificate_chain_file(options.certificate_chain.string(), ec);
  check(options.certificate_chain, ec);
  tls.use_private_key_file(options.private_key.string(), asio::ssl::context::pem, ec);
  check(options.private_key, ec);
  if (options.client_authorities.empty()) return;
  tls.load_verify_file(options.client_authorities.string(), ec);
  check(options.client_authorities, ec);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_authorities.c_str()));
  tls.set_verify_mode(asio::ssl::verify_peer, ec);
  check(options.client_authorities, ec);
}

void Core::listen() {
  error_code ec;
  const auto check = [&] {
    if (!ec) return;
    const std::string port = std::to_string(options.port);
    if (ec == asio::error::address_in_use) throw Error("http.port_taken", {port});
    throw Error("http.cannot_listen", {options.address, port, ec.message()});
  };
  const auto address = asio::ip::make_address(options.address, ec);
  check();
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), ec);
  check();
  acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  check();
  acceptor.bind(endpoint, ec);
  check();
  acceptor.listen(asio::socket_base::max_listen_connections, ec);
  check();
}

void Core::accept(Yield yield) {
  while (!stopping) {
    tcp::socket socket(io);
    error_code ec;
    acceptor.async_accept(socket, yield[ec]);
    if (stopping) return;
    if (ec) {  // out of descriptors, mostly: wait for one rather than spin
      log::error("http.cannot_accept", {{"problem", ec.message()}});
      asio::steady_timer pause(io, milliseconds{100});
      pause.async_wait(yield[ec]);
      continue;
    }
    if (sessions.size() >= options.limits.connections) {
      if (Clock::now() - last_full_warning > seconds{10}) {
        last_full_warning = Clock::now();
        log::warning("http.full", {{"connections", std::to_string(sessions.size())}});
      }
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    auto session = std::make_shared<Session>(*this, std::move(socket));
    sessions.insert(session.get());
    asio::spawn(
        io, std::allocator_arg, boost::context::protected_fixedsize_stack(kStack),
        [session = std::move(session)](Yield own) { session->run(own); }, asio::detached);
  }
}

void Core::begin_stop() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  // A copy: cutting may not change the set under us, but need not promise that.
  for (Session* session : std::vector<Session*>(sessions.begin(), sessions.end())) session->stop_soon();
  stop_timer.expires_after(options.limits.stop_grace);
  stop_timer.async_wait([this](const error_code& ec) {
    if (ec) return;
    for (Session* session : std::vector<Session*>(sessions.begin(), sessions.end())) session->cut();
  });
  if (sessions.empty()) leave(nullptr);
}

void Core::leave(Session* session) {
  sessions.erase(session);
  if (!stopping || !sessions.empty()) return;
  stop_timer.cancel();
  work.reset();
}

}  // namespace

struct Server::Impl {
  Core core;
};

Server::Server(ServerOptions options, std::vector<Route> routes, Authorize authorize)
    : impl_(new Impl{{std::move(options), std::move(routes), std::move(authorize)}}) {
  impl_->core.load_certificates();
  impl_->core.listen();
}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const {
  error_code ignored;
  return impl_->core.acceptor.local_endpoint(ignored).port();
}

const std::vector<Route>& Server::routes() const {
  return impl_->core.routes;
}

void Server::start() {
  Core& core = impl_->core;
  if (core.thread.joinable()) throw std::logic_error("the HTTP server was started already");
  asio::spawn(
      core.io, [&core](Yield yield) { core.accept(yield); }, asio::detached);
  core.thread = std::thread([&core] {
    pthread_setname_np(pthread_self(), "http");
    core.io.run();
  });
}

void Server::stop() {
  Core& core = impl_->core;
  if (core.thread.joinable()) {
    core.gate->post([&core] { core.begin_stop(); });
    core.thread.join();
    core.disk.join();
  }
  core.gate->close();
  // What was posted between the thread's end and now: streams that hear that their client is gone.
  core.io.restart();
  core.io.poll();
}

}  // namespace loa::http
