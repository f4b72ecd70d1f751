// What a handler of the HTTP server sees: the route it stands in, the request, and the responder that carries the
// answer back. The table of routes is the one description of the interface: the server checks requests and answers
// against it and openapi.h prints it, so the document cannot say anything else than the server does.
#pragma once

#include <any>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loa::http {

enum class Method { kGet, kPost, kPut, kPatch, kDelete };  // HEAD and OPTIONS are answered from these
[[nodiscard]] std::string_view name_of(Method method);

// A request that is refused: thrown by handlers, `authorize` and `open_upload` on the server's thread, or given to
// Responder::fail from anywhere. Goes out as {"error":{"code","vi","en"}} with this status (400–599).
class Refused : public Error {
 public:
  Refused(int status, std::string code, std::vector<std::string> args = {})
      : Error(std::move(code), std::move(args)), status_(status) {}
  Refused(int status, const Error& error) : Error(error), status_(status) {}
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

// --- the table -------------------------------------------------------------------------------------------------------

enum class ParameterType {
  kId,       // loa::is_valid_id
  kHash,     // 64 lower-case hex digits
  kInteger,  // decimal, within minimum…maximum
  kInstant,  // RFC 3339 (loa::parse_utc)
  kChoice,   // one of `choices`
  kText,     // UTF-8 without control characters, 1–512 bytes
};
enum class Presence { kOptional, kRequired };

// A value of the path ({name}) or of the query. A request with an ill-typed, missing or undeclared one is refused (400)
// before the handler sees it.
struct Parameter {
  std::string name = {};
  ParameterType type = ParameterType::kText;
  std::string description = {};             // English, for the document
  Presence presence = Presence::kOptional;  // query only; a path's are always there
  std::vector<std::string> choices = {};    // kChoice
  std::int64_t minimum = 0;                 // kInteger
  std::int64_t maximum = 9007199254740991;  // kInteger; 2^53 - 1, what JSON numbers hold exactly
};

enum class BodyMode {
  kNone,    // a body is refused
  kJson,    // application/json, whole in memory: Request::body. The server does not parse it
  kStream,  // written to the file `open_upload` names, while it arrives: Request::upload
};

// One answer that the handler may give besides errors. A success that is not declared here goes out as 500 and is
// logged: it is a bug of the handler or of the table.
struct Answer {
  int status = 200;
  std::string description = {};                   // English
  std::string schema = {};                        // name in ApiDescription::schemas; empty: no schema
  std::string content_type = "application/json";  // media type without parameters; "*/*" any; ignored for 204 and 3xx
};

class Responder;
struct Request;
struct Route;

// Runs on the server's thread and must not block it; long work goes elsewhere with the responder.
using Handler = std::function<void(Request, Responder)>;

struct Route {
  Method method = Method::kGet;
  std::string path = {};                   // PathPattern, see uri.h
  std::string operation = {};              // operationId: lower_case, unique
  std::string summary = {};                // one English line
  std::vector<std::string> roles = {};     // any one of them may; empty: public. Read by `authorize` alone
  std::vector<Parameter> parameters = {};  // every name of the path, and the query's
  BodyMode body = BodyMode::kNone;
  std::uint64_t largest_body = 65'536;    // bytes; more is refused (413), before it is read where that is possible
  std::uint64_t keep_free = 0;            // kStream: bytes that the file leaves free on its disk; else 507
  std::vector<std::string> accepts = {};  // kStream: "audio/wav", "audio/*"; empty = anything
  std::string request_schema = {};        // kJson: name in ApiDescription::schemas
  std::vector<Answer> answers = {};       // at least one
  Handler handler = {};
  // kStream: where the body goes. Called on the server's thread after `authorize`, before the body is read; must not
  // exist yet. Throws Refused. The server removes the file when the upload does not complete or the handler throws;
  // once the handler has returned, the file is the application's.
  std::function<std::filesystem::path(const Request&)> open_upload = {};
};

// A table that says something impossible or the same thing twice: std::logic_error naming the operation. The server and
// the document both begin with it.
void check_routes(std::span<const Route> routes);

// --- a request -------------------------------------------------------------------------------------------------------

struct Upload {
  std::filesystem::path file;  // complete and closed; its bytes are on the disk, its name may not be
  std::uint64_t bytes = 0;
};

// Self-contained apart from `route`, so it may be moved into a mailbox.
struct Request {
  std::string id;                                 // this request's name in the log and in the answer's X-Request-Id
  const Route* route = nullptr;                   // lives as long as the server
  std::string path;                               // as sent
  std::map<std::string, std::string> parameters;  // path and query, decoded, of the declared types
  std::map<std::string, std::string> headers;     // names in lower case; a repeated one is joined by ", "
  std::string remote;                             // address of the other end
  std::string certified_name;    // common name of its TLS client certificate, verified, shown over TLS 1.3 or later;
                                 // empty without one
  std::string certified_serial;  // its serial number, lower-case hexadecimal, whole octets
  std::any principal;            // left by `authorize` for the handler
  std::string body;              // kJson
  std::optional<Upload> upload;  // kStream

  // Empty when absent.
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
};

// --- an answer -------------------------------------------------------------------------------------------------------

using Headers = std::vector<std::pair<std::string, std::string>>;

// Cache-Control is "no-store" unless `headers` sets one or there is an etag (then "no-cache": kept, but asked about).
struct Response {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::string etag = {};  // strong validator without quotes, e.g. a SHA-256; answers If-None-Match with 304
  Headers headers = {};
};

// A regular file, sent in pieces; one byte range (RFC 9110 §14), If-Range, If-None-Match and HEAD are answered here.
// A file that is missing when it is opened gives 404.
struct FileResponse {
  std::filesystem::path file = {};
  std::string content_type = {};
  std::string etag = {};  // strong validator without quotes; must change when the bytes do
  Headers headers = {};
};

// Server-sent events (WHATWG HTML §9.2) to one client. A handle: copies speak to the same stream; any thread. When the
// last copy is gone, the stream is closed.
class EventStream {
 public:
  class Sink {  // the server's side; tests may bring their own
   public:
    virtual ~Sink() = default;
    virtual bool send(std::string event_text) = 0;
    virtual void close() = 0;
  };
  explicit EventStream(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}

  // False when the client is gone or was dropped: nothing more will arrive. A client that lets
  // ServerLimits::event_queue_bytes pile up is dropped; it reconnects and says with Last-Event-ID what it has.
  // `event` and `id` are one line; `data` may have several.
  bool send(std::string_view event, std::string_view data, std::string_view id = {}) const;
  void close() const { sink_->close(); }

 private:
  std::shared_ptr<Sink> sink_;
};

// A WebSocket (RFC 6455) to one client, of a route that declares 101. What the application says goes out by an
// EventStream's rules, as text: a line for each send(), one or more of them in a message.
struct SocketEvents {
  // On the server's thread: one binary message, at most kLongestSocketMessage. What it throws ends the connection.
  std::function<void(std::span<const std::uint8_t>)> on_message;
  // As of start_events(). A client that says nothing for ServerLimits::socket_idle, and answers no ping, has left.
  std::function<void()> on_gone;
};
inline constexpr std::size_t kLongestSocketMessage = 131'072;

// A handle of it, as of an EventStream.
class Socket {
 public:
  explicit Socket(std::shared_ptr<EventStream::Sink> sink) : sink_(std::move(sink)) {}
  bool send(std::string line) const { return sink_->send(std::move(line.append("\n"))); }
  void close() const { sink_->close(); }

 private:
  std::shared_ptr<EventStream::Sink> sink_;
};

// The way back for one answer. Copies share it; any thread; the first answer counts, later ones are ignored and logged.
// When the last copy goes away without an answer, the client gets 500. Answers for a client that has left, or after
// the server stopped, are dropped. Nothing here throws.
class Responder {
 public:
  class Exchange {  // the server's side; tests may bring their own
   public:
    virtual ~Exchange() = default;
    virtual void send(Response response) = 0;
    virtual void send(FileResponse response) = 0;
    virtual void fail(const Refused& refused) = 0;
    virtual EventStream start_events(std::function<void()> on_gone) = 0;
    virtual Socket start_socket(SocketEvents events) = 0;
  };
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  void send(Response response) const { exchange_->send(std::move(response)); }
  void send(FileResponse response) const { exchange_->send(std::move(response)); }
  void fail(const Refused& refused) const { exchange_->fail(refused); }
  // Sends the head at once (200, text/event-stream). `on_gone` is called once, on the server's thread, when the client
  // left, was dropped, or the server stops; not after close().
  [[nodiscard]] EventStream start_events(std::function<void()> on_gone) const {
    return exchange_->start_events(std::move(on_gone));
  }
  // A request that asks for no WebSocket gets 426. The caller has checked who asks, and from which page.
  [[nodiscard]] Socket start_socket(SocketEvents events) const { return exchange_->start_socket(std::move(events)); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace loa::http
