// A TLS line to a server under test, to send it exact bytes, well-formed or not. Blocking, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace loa::http {

struct LineOptions {
  std::uint16_t port = 0;
  std::filesystem::path authorities;
  std::filesystem::path certificate_chain = {};
  std::filesystem::path private_key = {};
  std::string ciphers = {};  // of TLS 1.2, and TLS 1.2 only; empty: whatever both sides like best
  int receive_buffer = 0;    // bytes; 0: the system's
};

struct LineAnswer {
  int status = 0;  // 0: the line was closed before a whole answer
  std::map<std::string, std::string> headers;
  std::string body;
};

class Line {
 public:
  // is_open() tells whether the handshake went through.
  explicit Line(const LineOptions& options);
  ~Line();  // closes without a farewell
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  [[nodiscard]] bool is_open() const;
  [[nodiscard]] std::string protocol() const;
  // False when the other side no longer takes it.
  bool send(std::string_view bytes);
  // One answer to `method`, whose body follows Content-Length or chunks.
  [[nodiscard]] LineAnswer read_answer(std::string_view method = "GET");
  // One piece, as it comes; empty at the end.
  [[nodiscard]] std::string read_some();
  [[nodiscard]] bool is_closed_by_peer() { return read_some().empty(); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Connects, says nothing, and waits for the other side to close.
[[nodiscard]] bool closes_a_silent_connection(std::uint16_t port);

}  // namespace loa::http
