// The HTTPS client of worker threads: the node fetching clips, the `loa` tool. Blocking; one Client per thread. The
// only door to Boost.Beast on the client's side.
//
// The server's certificate is always verified: against the given authorities, and its name against the host of the URL;
// or, where no authority is known yet (enrolment), it must be exactly the one that is pinned. There is no switch.
// Redirects are never followed: a signed plan names a place, and nobody else may name another.
//
// Fails with Error: http.bad_url, http.cannot_connect (name, refused, unreachable), http.not_trusted (certificate or
// name), http.timeout, http.connection_lost, http.bad_response, http.response_too_large, http.stopped (the stop token);
// http.bad_certificate from the constructor. An answer with any status is a value, not an error, except for
// download().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "common/http/route.h"

namespace loa::http {

struct ClientOptions {
  std::filesystem::path authorities = {};        // PEM: who may vouch for the server
  std::string pinned_certificate = {};           // instead: SHA-256 of its certificate (fetch_fingerprint); whoever
                                                 // pins it proves by other means whose it is
  std::filesystem::path certificate_chain = {};  // PEM: our own, for servers that ask; then TLS 1.3 only. Empty: none.
                                                 // Read anew for each connection, so it may be replaced meanwhile
  std::filesystem::path private_key = {};        // PEM
  milliseconds connect{10'000};                  // TCP and TLS together; looking up a name has the system's limit
  milliseconds stall{30'000};                    // without one byte of progress
  std::uint64_t largest_body = 16'777'216;       // of request(); bytes
};

struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct Download {
  std::string url = {};
  std::filesystem::path file = {};  // grows here; what is there already is resumed, so it must be from the same `etag`
  std::uint64_t bytes = 0;          // exact size of the whole, known beforehand; anything else is refused
  std::string etag = {};            // strong validator without quotes; empty: never resume, start over
  Headers headers = {};
};

// SHA-256 (64 lower-case hex digits) of the certificate that the server of this URL shows. Nothing is verified and
// nothing is sent: it says what is there, not whose it is. Throws Error http.bad_url, http.cannot_connect,
// http.timeout.
[[nodiscard]] std::string fetch_fingerprint(std::string_view url);

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // GET, PUT and DELETE reuse the connection of the last request to the same server and are repeated once on a new one
  // when it turns out closed; POST and PATCH always go over a new one, so they are never sent twice.
  [[nodiscard]] ClientResponse request(Method method, std::string_view url, const Headers& headers = {},
                                       std::string_view body = {}, const std::stop_token& stop = {});

  // Streams a file as the body of a POST; memory use does not depend on its size. `progress` gets the bytes sent.
  [[nodiscard]] ClientResponse upload(std::string_view url, const std::filesystem::path& file,
                                      std::string_view content_type, const Headers& headers = {},
                                      const std::function<void(std::uint64_t)>& progress = {},
                                      const std::stop_token& stop = {});

  // Completes download.file to exactly download.bytes by range requests (If-Range with the etag); starts over when the
  // server has another version or knows no ranges. `progress` gets the bytes in the file so far. After a failure the
  // file keeps what has arrived and the next call goes on from there. The bytes are not verified (the caller checks the
  // hash of the whole file) and not synced to disk. Also fails with http.refused_by_server,
  // http.download_size and file.cannot_write.
  void download(const Download& download, const std::function<void(std::uint64_t)>& progress = {},
                const std::stop_token& stop = {});

  // Follows a stream of server-sent events until the server ends it (returns) or `stop` (http.stopped). `stall` counts
  // between any two bytes, heartbeats included. Any other status than 200: http.refused_by_server.
  void follow(std::string_view url, const Headers& headers,
              const std::function<void(std::string_view event, std::string_view data)>& on_event,
              const std::stop_token& stop = {});

  // Opens a WebSocket (RFC 6455), hears one text, and sends what `next` gives, each message at its moment, until it
  // gives nothing: then it is closed and this returns. A refusal is an answer like request()'s; 101 when it was opened.
  // The server's end of it before: http.connection_lost.
  struct Message {
    MonoTime at;
    std::vector<std::uint8_t> octets;
  };
  [[nodiscard]] ClientResponse speak(std::string_view url, const Headers& headers,
                                     const std::function<void(std::string_view)>& on_text,
                                     const std::function<std::optional<Message>()>& next,
                                     const std::stop_token& stop = {});

 private:
  friend std::string fetch_fingerprint(std::string_view url);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::http
