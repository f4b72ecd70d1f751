// The HTTPS server: HTTP/1.1 with keep-alive over TLS 1.2 or 1.3, on one thread of its own, plus one thread that
// touches the disk, so that a slow disk never delays a STOP. The only door to Boost.Beast on the server's side.
//
// What it refuses by itself, always with {"error":{"code","vi","en"}}: malformed requests and parameters 400, unknown
// paths 404, methods 405 (with Allow), bodies that are too large 413, of another type 415; too many
// header bytes 431. Errors of a body close the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "common/http/route.h"

namespace loa::http {

struct ServerLimits {
  std::size_t connections = 1024;  // one more is closed at once
  std::uint32_t header_bytes = 16'384;
  std::size_t bodies_in_memory = 33'554'432;  // of all kJson bodies together; beyond it 503
  milliseconds handshake{10'000};             // TLS, from the accepted connection
  milliseconds idle{75'000};                  // between two requests
  milliseconds header{10'000};                // first to last byte of a request's head
  milliseconds stall{30'000};                 // without one byte of progress in a body or an answer
  std::uint32_t slowest_body = 1024;        // bytes per second on average, after `stall`: against bodies that only drip
  milliseconds answer{60'000};              // a handler that has not answered by then: 503
  std::size_t event_queue_bytes = 262'144;  // of one event stream
  milliseconds event_heartbeat{15'000};     // a comment line, so that middle boxes keep the stream open
  milliseconds socket_idle{5'000};          // of a WebSocket, until it is pinged, and then until it is given up
  milliseconds stop_grace{3'000};           // for answers under way when the server stops
};

struct ServerOptions {
  std::string address = "127.0.0.1";              // numeric, IPv4 or IPv6
  std::uint16_t port = 0;                         // 0: a free one, see port()
  std::filesystem::path certificate_chain = {};   // PEM, own certificate first
  std::filesystem::path private_key = {};         // PEM, not encrypted
  std::filesystem::path client_authorities = {};  // PEM; empty: client certificates are not asked for. With it they
                                                  // may be shown, and one that does not verify ends the connection
  // Numeric address of a reverse proxy in front: what it says last in X-Forwarded-For is who asks. Empty: nobody's word
  // is believed.
  std::string proxy = {};
  ServerLimits limits = {};
};

// Asked before the body is read, on the server's thread, for every route with roles; must not block. Throws Refused
// (401, 403), or leaves what the handler needs in request.principal.
using Authorize = std::function<void(Request& request, const Route& route)>;

class Server {
 public:
  // Binds and listens, so that port() is known, but answers nobody before start(). Throws Error: http.port_taken,
  // http.cannot_listen, http.bad_certificate; std::logic_error when the table is wrong (our own bug: two routes alike,
  // parameters of the path not declared, roles without `authorize`…).
  Server(ServerOptions options, std::vector<Route> routes, Authorize authorize = {});
  // Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] const std::vector<Route>& routes() const;

  // Once.
  void start();
  // Closes the listener and idle connections, gives answers under way `stop_grace`, then cuts. Blocks until the thread
  // has ended; not from a handler. Idempotent; the thread that owns the server.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::http
