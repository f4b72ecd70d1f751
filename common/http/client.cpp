#include "common/http/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "common/http/fields.h"
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
using ResponseParser = wire::response_parser<wire::buffer_body>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kStack = 262'144;
constexpr std::uint32_t kLargestHead = 32'768;
constexpr seconds kReuseWithin{20};  // less than our servers keep an idle connection

bool repeats_safely(Method method) {
  return method == Method::kGet || method == Method::kPut || method == Method::kDelete;
}

bool has_field(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

std::string lower_case(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string fingerprint_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char octet : std::span(digest).first(size)) {
    text += kDigits[octet >> 4U];
    text += kDigits[octet & 15U];
  }
  return text;
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions options_in);

  // What is sent. `file` streams a file after the server has agreed to take it.
  struct Sent {
    Method method = Method::kGet;
    Url url;
    Headers headers;
    std::string_view body;
    std::ifstream* file = nullptr;
    std::uint64_t file_bytes = 0;
    const std::function<void(std::uint64_t)>* progress = nullptr;
  };
  using Head = std::unique_ptr<ResponseParser>;
  using Piece = std::function<void(const char*, std::size_t)>;

  // One operation at a time, as a coroutine on the caller's thread.
  void run(const Url& url, const std::stop_token& stop, const std::function<void(Yield)>& operation);

  // Sends and reads the head of the answer.
  Head exchange(const Sent& sent, Yield yield);
  // Over TLS; with `believe` the certificate is verified, without it only the line is there.
  enum class Belief { kVerified, kNone };
  void connect(const Url& url, Belief belief, Yield yield);
  error_code send_all(std::string_view bytes, Yield yield);
  error_code send_file(const Sent& sent, Yield yield);
  error_code read_head(Head& head, Yield yield);
  void read_body(ResponseParser& parser, const Url& url, Yield yield, const Piece& take);
  // The whole answer, within options.largest_body.
  ClientResponse read_response(ResponseParser& parser, const Url& url, Yield yield);
  // The answer is complete: the connection may serve again.
  void finish(const ResponseParser& parser, const Url& url);
  // One try of a download; false: the part we hold does not fit what the server has, start over.
  bool download_rest(const Download& download, const Url& url, const std::function<void(std::uint64_t)>& progress,
                     Yield yield);

  [[nodiscard]] Error failure(const Url& url, const error_code& ec) const;
  void check_stopped(const Url& url) const {
    if (stopped) throw Error("http.stopped", {url.authority});
  }
  void expect_within(milliseconds limit) { beast::get_lowest_layer(*stream).expires_after(limit); }

  const ClientOptions options;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_client};
  tcp::resolver resolver{io};
  std::unique_ptr<Stream> stream;
  beast::flat_buffer buffer;
  std::string connected_to;  // authority; empty: the stream is not to be used again
  Clock::time_point last_used{};
  std::uint64_t operations = 0;
  bool stopped = false;
};

Client::Impl::Impl(ClientOptions options_in) : options(std::move(options_in)), buffer(kChunk + kLargestHead) {
  const auto check = [](const std::filesystem::path& file, const error_code& ec) {
    if (ec) throw Error("http.bad_certificate", {file.string(), ec.message()});
  };
  error_code ec;
  SSL_CTX* context = tls.native_handle();
  // With TLS 1.2 our certificate would travel in the clear.
  SSL_CTX_set_min_proto_version(context, options.certificate_chain.empty() ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (options.pinned_certificate.empty() && !options.authorities.empty()) {
    tls.load_verify_file(options.authorities.string(), ec);
    check(options.authorities, ec);
  }
  tls.set_verify_mode(asio::ssl::verify_peer, ec);
  check(options.authorities, ec);
  if (options.certificate_chain.empty()) return;
  tls.use_certificate_chain_file(options.certificate_chain.string(), ec);
  check(options.certificate_chain, ec);
  tls.use_private_key_file(options.private_key.string(), asio::ssl::context::pem, ec);
  check(options.private_key, ec);
}

void Client::Impl::run(const Url& url, const std::stop_token& stop, const std::function<void(Yield)>& operation) {
  const std::uint64_t current = ++operations;
  stopped = false;
  std::exception_ptr failed;
  io.restart();
  {
    const std::stop_callback on_stop(stop, [this, current] {
      asio::post(io, [this, current] {
        if (current != operations) return;
        stopped = true;
        resolver.cancel();
        if (stream) beast::get_lowest_layer(*stream).close();
      });
    });
    asio::spawn(
        io, std::allocator_arg, boost::context::protected_fixedsize_stack(kStack),
        [&](Yield yield) {
          try {
            check_stopped(url);
            operation(yield);
          } catch (const std::exception&) {
            failed = std::current_exception();
          }
        },
        asio::detached);
    io.run();
  }
  if (!failed) return;
  connected_to.clear();
  stream.reset();
  buffer.clear();
  if (stopped) throw Error("http.stopped", {url.authority});
  std::rethrow_exception(failed);
}

Error Client::Impl::failure(const Url& url, const error_code& ec) const {
  if (ec == beast::error::timeout) return Error("http.timeout", {url.authority});
  if (ec.category() == wire::make_error_code(wire::error::end_of_stream).category() &&
      ec != wire::error::end_of_stream && ec != wire::error::partial_message)
    return Error("http.bad_response", {url.authority, ec.message()});
  return Error("http.connection_lost", {url.authority, ec.message()});
}

void Client::Impl::connect(const Url& url, Belief belief, Yield yield) {
  connected_to.clear();
  buffer.clear();
  error_code ec;
  const auto check = [&] {
    check_stopped(url);
    if (ec == beast::error::timeout) throw Error("http.timeout", {url.authority});
    if (ec) throw Error("http.cannot_connect", {url.authority, ec.message()});
  };
  stream = std::make_unique<Stream>(io, tls);
  // Read anew for each connection: a certificate that was renewed meanwhile is shown from the next one on.
  if (!options.certificate_chain.empty() &&
      (SSL_use_certificate_chain_file(stream->native_handle(), options.certificate_chain.c_str()) != 1 ||
       SSL_use_PrivateKey_file(stream->native_handle(), options.private_key.c_str(), SSL_FILETYPE_PEM) != 1)) {
    ERR_clear_error();
    throw Error("http.bad_certificate", {options.certificate_chain.string(), "PEM"});
  }
  const auto address = asio::ip::make_address(url.host, ec);
  const bool is_name = static_cast<bool>(ec);
  std::vector<tcp::endpoint> endpoints;
  if (is_name) {
    ec = {};
    const auto results = resolver.async_resolve(url.host, std::to_string(url.port), yield[ec]);
    check();
    for (const auto& result : results) endpoints.push_back(result.endpoint());
    // What the macro SSL_set_tlsext_host_name says, which casts in the old style.
    std::string host = url.host;
    SSL_ctrl(stream->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
  } else {
    endpoints.emplace_back(address, url.port);
  }
  expect_within(options.connect);
  beast::get_lowest_layer(*stream).async_connect(endpoints, yield[ec]);
  check();
  error_code ignored;
  beast::get_lowest_layer(*stream).socket().set_option(tcp::no_delay(true), ignored);
  if (belief == Belief::kNone)
    stream->set_verify_callback([](bool, asio::ssl::verify_context&) { return true; }, ec);
  else if (!options.pinned_certificate.empty())
    stream->set_verify_callback(
        [this](bool, asio::ssl::verify_context& chain) {
          return fingerprint_of(X509_STORE_CTX_get0_cert(chain.native_handle())) == options.pinned_certificate;
        },
        ec);
  else
    stream->set_verify_callback(asio::ssl::host_name_verification(url.host), ec);
  check();
  stream->async_handshake(asio::ssl::stream_base::client, yield[ec]);
  if (ec.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    long verdict = SSL_get_verify_result(stream->native_handle());
    if (!options.pinned_certificate.empty()) verdict = X509_V_ERR_CERT_REJECTED;
    if (verdict == X509_V_OK) verdict = X509_V_ERR_HOSTNAME_MISMATCH;  // refused by host_name_verification
    throw Error("http.not_trusted", {url.authority, X509_verify_cert_error_string(verdict)});
  }
  check();
}

error_code Client::Impl::send_all(std::string_view bytes, Yield yield) {
  error_code ec;
  while (!bytes.empty() && !ec) {
    expect_within(options.stall);
    bytes.remove_prefix(stream->async_write_some(asio::buffer(bytes.data(), bytes.size()), yield[ec]));
  }
  return ec;
}

error_code Client::Impl::send_file(const Sent& sent, Yield yield) {
  std::vector<char> chunk(kChunk);
  std::uint64_t done = 0;
  while (done < sent.file_bytes) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), sent.file_bytes - done));
    sent.file->read(chunk.data(), static_cast<std::streamsize>(wanted));
    if (static_cast<std::size_t>(sent.file->gcount()) != wanted)  // got shorter under us; its length was promised
      return asio::error::make_error_code(asio::error::eof);
    if (const error_code ec = send_all({chunk.data(), wanted}, yield)) return ec;
    done += wanted;
    if (*sent.progress) (*sent.progress)(done);
  }
  return {};
}

error_code Client::Impl::read_head(Head& head, Yield yield) {
  head = std::make_unique<ResponseParser>();
  head->header_limit(kLargestHead);
  head->body_limit(boost::none);  // read_body() holds to its own
  expect_within(options.stall);
  error_code ec;
  wire::async_read_header(*stream, buffer, *head, yield[ec]);
  return ec;
}

Client::Impl::Head Client::Impl::exchange(const Sent& sent, Yield yield) {
  std::string text = std::string{name_of(sent.method)} + " " + sent.url.target + " HTTP/1.1\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!is_field_value(name) || !is_field_value(value)) throw std::logic_error("a header field with a line break");
    text.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", sent.url.authority);
  add("User-Agent", "loa/" LOA_VERSION);
  for (const auto& [name, value] : sent.headers) add(name, value);
  if (!sent.body.empty() && !has_field(sent.headers, "Content-Type")) add("Content-Type", "application/json");
  if (sent.method != Method::kGet && sent.method != Method::kDelete)
    add("Content-Length", std::to_string(sent.file != nullptr ? sent.file_bytes : sent.body.size()));
  else if (!sent.body.empty())
    throw std::logic_error("GET and DELETE have no body");
  // The server looks at the head of an upload before we send the rest, so a refusal costs nobody the transfer.
  if (sent.file != nullptr) add("Expect", "100-continue");
  text.append("\r\n").append(sent.body);

  bool fresh =
      !repeats_safely(sent.method) || connected_to != sent.url.authority || Clock::now() - last_used > kReuseWithin;
  for (;;) {
    if (fresh) connect(sent.url, Belief::kVerified, yield);
    connected_to.clear();  // until the answer is complete
    Head head;
    error_code ec = send_all(text, yield);
    if (!ec) ec = read_head(head, yield);
    if (ec && !fresh && !stopped && ec != beast::error::timeout && (!head || !head->got_some())) {
      fresh = true;  // the server had closed the old connection
      continue;
    }
    if (!ec && sent.file != nullptr && head->get().result() == wire::status::continue_) {
      const error_code lost = send_file(sent, yield);
      ec = read_head(head, yield);  // also after a failed write: the server may have said why it stopped reading
      if (lost && ec) ec = lost;
    }
    if (ec) throw failure(sent.url, ec);
    return head;
  }
}

void Client::Impl::read_body(ResponseParser& parser, const Url& url, Yield yield, const Piece& take) {
  std::vector<char> chunk(parser.is_done() ? 0 : kChunk);
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk.data();
    body.size = chunk.size();
    expect_within(options.stall);
    error_code ec;
    wire::async_read_some(*stream, buffer, parser, yield[ec]);
    take(chunk.data(), chunk.size() - body.size);
    if (ec && ec != wire::error::need_buffer) throw failure(url, ec);
  }
}

void Client::Impl::finish(const ResponseParser& parser, const Url& url) {
  if (!parser.keep_alive()) return;
  connected_to = url.authority;
  last_used = Clock::now();
}

ClientResponse Client::Impl::read_response(ResponseParser& parser, const Url& url, Yield yield) {
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get())
    response.headers[lower_case({field.name_string().data(), field.name_string().size()})] = field.value();
  read_body(parser, url, yield, [&](const char* bytes, std::size_t size) {
    if (response.body.size() + size > options.largest_body)
      throw Error("http.response_too_large", {url.authority, std::to_string(options.largest_body)});
    response.body.append(bytes, size);
  });
  finish(parser, url);
  return response;
}

bool Client::Impl::download_rest(const Download& download, const Url& url,
                                 const std::function<void(std::uint64_t)>& progress, Yield yield) {
  std::error_code unreadable;
  const auto found = std::filesystem::file_size(download.file, unreadable);
  std::uint64_t have = unreadable || download.etag.empty() || found > download.bytes ? 0 : found;
  if (have == download.bytes && have > 0) return true;
  Headers headers = download.headers;
  if (have > 0) {
    headers.emplace_back("Range", "bytes=" + std::to_string(have) + "-");
    headers.emplace_back("If-Range", "\"" + download.etag + "\"");
  }
  const auto parser = exchange({Method::kGet, url, std::move(headers), {}}, yield);
  const unsigned status = parser->get().result_int();
  const auto wrong_size = [&](std::uint64_t size) {
    return Error("http.download_size", {url.target, std::to_string(size), std::to_string(download.bytes)});
  };
  if (status == 416 && have > 0) {
    std::filesystem::resize_file(download.file, 0, unreadable);
    return false;
  }
  if (status == 206) {
    const auto field = parser->get()[wire::field::content_range];
    const auto part = parse_content_range({field.data(), field.size()});
    if (!part || part->range.first != have || have == 0)
      throw Error("http.bad_response", {url.authority, "Content-Range"});
    if (part->size != download.bytes) throw wrong_size(part->size);
  } else if (status == 200) {
    have = 0;
    const auto length = parser->content_length();
    if (length && *length != download.bytes) throw wrong_size(*length);
  } else {
    throw Error("http.refused_by_server", {url.target, std::to_string(status)});
  }
  std::ofstream file(download.file, have > 0 ? std::ios::binary | std::ios::app : std::ios::binary | std::ios::trunc);
  const auto check = [&] {
    if (!file) throw Error("file.cannot_write", {download.file.string(), std::generic_category().message(errno)});
  };
  check();
  read_body(*parser, url, yield, [&](const char* bytes, std::size_t size) {
    if (size > download.bytes - have) throw wrong_size(have + size);
    file.write(bytes, static_cast<std::streamsize>(size));
    file.flush();  // what has arrived is in the file, whatever happens next
    check();
    have += size;
    if (progress) progress(have);
  });
  if (have != download.bytes) throw wrong_size(have);
  finish(*parser, url);
  return true;
}

namespace {

Url url_or_throw(std::string_view text) {
  auto url = parse_url(text);
  if (!url) throw Error("http.bad_url", {std::string{text}});
  return *url;
}

}  // namespace

std::string fetch_fingerprint(std::string_view url_text) {
  const Url url = url_or_throw(url_text);
  Client::Impl impl{ClientOptions{}};
  std::string fingerprint;
  impl.run(url, {}, [&](Yield yield) {
    impl.connect(url, Client::Impl::Belief::kNone, yield);
    fingerprint = fingerprint_of(SSL_get0_peer_certificate(impl.stream->native_handle()));
  });
  return fingerprint;
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

ClientResponse Client::request(Method method, std::string_view url_text, const Headers& headers, std::string_view body,
                               const std::stop_token& stop) {
  const Url url = url_or_throw(url_text);
  ClientResponse response;
  impl_->run(url, stop, [&](Yield yield) {
    const auto parser = impl_->exchange({method, url, headers, body}, yield);
    response = impl_->read_response(*parser, url, yield);
  });
  return response;
}

ClientResponse Client::upload(std::string_view url_text, const std::filesystem::path& file,
                              std::string_view content_type, const Headers& headers,
                              const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop) {
  const Url url = url_or_throw(url_text);
  std::error_code unreadable;
  const auto bytes = std::filesystem::file_size(file, unreadable);
  std::ifstream in(file, std::ios::binary);
  if (unreadable || !in)
    throw Error("file.cannot_read",
                {file.string(), unreadable ? unreadable.message() : std::generic_category().message(errno)});
  Headers all = headers;
  all.emplace_back("Content-Type", content_type);
  ClientResponse response;
  impl_->run(url, stop, [&](Yield yield) {
    const auto parser = impl_->exchange({Method::kPost, url, all, {}, &in, bytes, &progress}, yield);
    response = impl_->read_response(*parser, url, yield);
  });
  return response;
}

void Client::download(const Download& download, const std::function<void(std::uint64_t)>& progress,
                      const std::stop_token& stop) {
  const Url url = url_or_throw(download.url);
  impl_->run(url, stop, [&](Yield yield) {
    if (impl_->download_rest(download, url, progress, yield)) return;
    if (!impl_->download_rest(download, url, progress, yield))
      throw Error("http.refused_by_server", {url.target, "416"});
  });
}

ClientResponse Client::speak(std::string_view text, const Headers& headers,
                             const std::function<void(std::string_view)>& on_text,
                             const std::function<std::optional<Message>()>& next, const std::stop_token& stop) {
  const Url url = url_or_throw(text);
  ClientResponse response;
  impl_->run(url, stop, [&](Yield yield) {
    impl_->connect(url, Impl::Belief::kVerified, yield);
    beast::get_lowest_layer(*impl_->stream).expires_never();
    beast::websocket::stream<Stream&> socket(*impl_->stream);
    socket.set_option(
        beast::websocket::stream_base::timeout{impl_->options.connect, beast::websocket::stream_base::none(), false});
    socket.set_option(beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
      request.set("User-Agent", "loa/" LOA_VERSION);
      for (const auto& [name, value] : headers) request.set(name, value);
    }));
    const auto check = [&](const error_code& ec) {
      impl_->check_stopped(url);
      if (ec) throw impl_->failure(url, ec);
    };
    beast::websocket::response_type answer;
    error_code ec;
    socket.async_handshake(answer, url.authority, url.target, yield[ec]);
    response.status = static_cast<int>(answer.result_int());
    if (ec == beast::websocket::error::upgrade_declined) {
      response.body = answer.body();
      impl_->connected_to.clear();
      return;
    }
    check(ec);
    beast::flat_buffer heard;
    socket.async_read(heard, yield[ec]);
    check(ec);
    on_text({static_cast<const char*>(heard.data().data()), heard.size()});
    socket.binary(true);
    asio::steady_timer timer(impl_->io);
    while (const auto message = next()) {
      timer.expires_at(Clock::time_point{message->at.time_since_epoch()});
      error_code waited;
      timer.async_wait(yield[waited]);
      check({});
      socket.async_write(asio::buffer(message->octets), yield[ec]);
      check(ec);
    }
    socket.async_close(beast::websocket::close_code::normal, yield[ec]);
    impl_->connected_to.clear();
  });
  return response;
}

void Client::follow(std::string_view url_text, const Headers& headers,
                    const std::function<void(std::string_view, std::string_view)>& on_event,
                    const std::stop_token& stop) {
  const Url url = url_or_throw(url_text);
  Headers all = headers;
  all.emplace_back("Accept", "text/event-stream");
  impl_->run(url, stop, [&](Yield yield) {
    const auto parser = impl_->exchange({Method::kGet, url, all, {}}, yield);
    if (parser->get().result() != wire::status::ok)
      throw Error("http.refused_by_server", {url.target, std::to_string(parser->get().result_int())});
    EventParser events;
    impl_->read_body(*parser, url, yield, [&](const char* bytes, std::size_t size) {
      if (!events.feed({bytes, size})) throw Error("http.response_too_large", {url.authority, "1048576"});
      while (const auto event = events.next()) on_event(event->event, event->data);
    });
    impl_->finish(*parser, url);
  });
}

}  // namespace loa::http
