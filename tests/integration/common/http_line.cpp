#include "tests/integration/common/http_line.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace loa::http {

namespace {

bool connects(int socket, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}

}  // namespace

struct Line::Impl {
  ~Impl() {
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (socket >= 0) ::close(socket);
  }
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool open = false;
  std::string unread;
};

Line::Line(const LineOptions& options) : impl_(std::make_unique<Impl>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a closed line like anyone else
  SSL_CTX* context = impl_->context;
  SSL_CTX_load_verify_locations(context, options.authorities.c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!options.certificate_chain.empty()) {
    SSL_CTX_use_certificate_chain_file(context, options.certificate_chain.c_str());
    SSL_CTX_use_PrivateKey_file(context, options.private_key.c_str(), SSL_FILETYPE_PEM);
  }
  if (!options.ciphers.empty()) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_cipher_list(context, options.ciphers.c_str());
  }
  if (options.receive_buffer > 0)
    ::setsockopt(impl_->socket, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer);
  if (!connects(impl_->socket, options.port)) return;
  impl_->ssl = SSL_new(context);
  SSL_set_fd(impl_->ssl, impl_->socket);
  impl_->open = SSL_connect(impl_->ssl) == 1;
}

Line::~Line() = default;

bool Line::is_open() const {
  return impl_->open;
}

std::string Line::protocol() const {
  return SSL_get_version(impl_->ssl);
}

bool Line::send(std::string_view bytes) {
  return impl_->open && (bytes.empty() || SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size())) > 0);
}

std::string Line::read_some() {
  if (!impl_->unread.empty()) return std::exchange(impl_->unread, {});
  if (!impl_->open) return {};
  std::array<char, 16'384> piece{};
  const int n = SSL_read(impl_->ssl, piece.data(), static_cast<int>(piece.size()));
  return n > 0 ? std::string(piece.data(), static_cast<std::size_t>(n)) : std::string{};
}

LineAnswer Line::read_answer(std::string_view method) {
  LineAnswer answer;
  std::string text;
  const auto more = [&] {
    const std::string piece = read_some();
    text += piece;
    return !piece.empty();
  };
  std::size_t end = 0;
  while ((end = text.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return answer;
  std::string head = text.substr(0, end + 2);
  text.erase(0, end + 4);
  const int status = std::atoi(head.substr(9, 3).c_str());
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const auto line_end = head.find("\r\n", at);
    const std::string line = head.substr(at, line_end - at);
    const auto colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers[name] = line.substr(colon + 2);
    at = line_end + 2;
  }
  if (answer.headers.contains("content-length") && method != "HEAD" && status != 304) {
    const auto size = static_cast<std::size_t>(std::strtoull(answer.headers["content-length"].c_str(), nullptr, 10));
    while (text.size() < size)
      if (!more()) return answer;
    answer.body = text.substr(0, size);
    text.erase(0, size);
  }
  impl_->unread = text;
  answer.status = status;
  return answer;
}

bool closes_a_silent_connection(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte = 0;
  const bool closed = connects(socket, port) && ::recv(socket, &byte, 1, 0) <= 0;
  ::close(socket);
  return closed;
}

}  // namespace loa::http
