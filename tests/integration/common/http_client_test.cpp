// The HTTP client against the real server, over TLS on loopback.
#include <atomic>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "tests/integration/common/http_ground.h"

namespace loa::http {
namespace {

std::unique_ptr<Server> started(std::vector<Route> routes, ServerOptions options = server_options()) {
  auto server = std::make_unique<Server>(std::move(options), std::move(routes));
  server->start();
  return server;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

Route route_with(Method method, Handler handler) {
  Route route = route_that_says("/it", "");
  route.method = method;
  route.handler = std::move(handler);
  return route;
}

// For handlers that never answer: nothing to wait for at the end.
ServerOptions without_grace() {
  ServerOptions options = server_options();
  options.limits.stop_grace = milliseconds{0};
  return options;
}

// A listener of its own that takes connections and never says a word.
class SilentListener {
 public:
  SilentListener() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  ~SilentListener() { ::close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
};

// --- requests
// ---------------------------------------------------------------------------------------------------------

TEST(HttpClient, SendsAndReadsJson) {
  Route echo = route_with(Method::kPost, [](const Request& request, const Responder& responder) {
    responder.send(Response{.body = request.body, .headers = {{"X-Seen", std::string{request.header("x-mine")}}}});
  });
  echo.body = BodyMode::kJson;
  const auto server = started({echo});
  Client client(client_options());
  const ClientResponse response = client.request(Method::kPost, url_of(*server, "/it"), {{"X-Mine", "a"}}, "[1,2]");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "[1,2]");
  EXPECT_EQ(response.headers.at("content-type"), "application/json");
  EXPECT_EQ(response.headers.at("x-seen"), "a");
}

TEST(HttpClient, AnyStatusIsAValue) {
  const auto server = started({route_that_says("/hello", "{}")});
  Client client(client_options());
  EXPECT_EQ(client.request(Method::kGet, url_of(*server, "/nothing")).status, 404);
  EXPECT_EQ(client.request(Method::kDelete, url_of(*server, "/hello")).status, 405);
  EXPECT_EQ(client.request(Method::kGet, url_of(*server, "/hello")).status, 200);
}

TEST(HttpClient, BelievesExactlyThePinnedCertificate) {
  const auto server = started({route_that_says("/hello", "{}")});
  const std::string url = "https://127.0.0.1:" + std::to_string(server->port()) + "/hello";
  const std::string shown = fetch_fingerprint(url);
  EXPECT_EQ(shown, crypto::certificate_fingerprint(read_file(Certificates::all().server)));
  ClientOptions options;  // no authority
  options.pinned_certificate = shown;
  EXPECT_EQ(Client(options).request(Method::kGet, url).status, 200);
  options.pinned_certificate.back() = shown.back() == '0' ? '1' : '0';
  EXPECT_EQ(error_of([&] { (void)Client(options).request(Method::kGet, url); }), "http.not_trusted");
  // An authority beside it adds nothing.
  options.authorities = Certificates::all().authority;
  EXPECT_EQ(error_of([&] { (void)Client(options).request(Method::kGet, url); }), "http.not_trusted");
  options.pinned_certificate.clear();
  options.authorities.clear();
  EXPECT_EQ(error_of([&] { (void)Client(options).request(Method::kGet, url); }), "http.not_trusted");
}

TEST(HttpClient, ShowsARenewedCertificateFromTheNextConnectionOn) {
  const Folder folder;
  const WallTime now = system_now().wall;
  const auto authority = crypto::CertificateAuthority::make("Loa test", now);
  write_file(folder / "ca.pem", authority.certificate_pem());
  const auto give = [&] {
    const crypto::TlsIdentity identity = authority.issue_client("tdp-01", now);
    crypto::save_identity(identity, folder / "client.pem", folder / "client.key");
    return crypto::read_certificate(identity.certificate_pem).serial;
  };
  Route who = route_with(Method::kPost, [](const Request& request, const Responder& responder) {
    responder.send(Response{.body = request.certified_serial});
  });
  ServerOptions options = server_options();
  options.client_authorities = folder / "ca.pem";
  const auto server = started({who}, options);
  const std::string first = give();
  ClientOptions mine = client_options();
  mine.certificate_chain = folder / "client.pem";
  mine.private_key = folder / "client.key";
  Client client(mine);
  EXPECT_EQ(client.request(Method::kPost, url_of(*server, "/it")).body, first);
  const std::string second = give();
  ASSERT_NE(first, second);
  EXPECT_EQ(client.request(Method::kPost, url_of(*server, "/it")).body, second);
  write_file(folder / "client.pem", "nonsense");
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kPost, url_of(*server, "/it")); }), "http.bad_certificate");
}

TEST(HttpClient, AFingerprintThatCannotBeFetchedIsAnError) {
  EXPECT_EQ(error_of([] { (void)fetch_fingerprint("http://127.0.0.1/"); }), "http.bad_url");
  EXPECT_EQ(error_of([] { (void)fetch_fingerprint("https://127.0.0.1:1/"); }), "http.cannot_connect");
}

TEST(HttpClient, NeverFollowsARedirect) {
  Route moved = route_with(Method::kGet, [](const Request&, const Responder& responder) {
    responder.send(Response{.status = 302, .headers = {{"Location", "/elsewhere"}}});
  });
  moved.answers = {{302, "Moved"}};
  std::atomic<int> followed = 0;
  Route elsewhere = route_that_says("/elsewhere", "{}");
  elsewhere.operation = "elsewhere";
  elsewhere.handler = [&](const Request&, const Responder&) { ++followed; };
  const auto server = started({moved, elsewhere});
  Client client(client_options());
  EXPECT_EQ(client.request(Method::kGet, url_of(*server, "/it")).status, 302);
  EXPECT_EQ(followed, 0);
}

TEST(HttpClient, RefusesWhatIsNoHttpsAddress) {
  Client client(client_options());
  for (const std::string url : {"http://localhost/", "https://", "localhost", "https://a b/", "https://u:p@localhost/"})
    EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url); }), "http.bad_url") << url;
}

TEST(HttpClient, TrustsNobodyThatItsAuthoritiesDoNotVouchFor) {
  const auto server = started({route_that_says("/hello", "{}")});
  ClientOptions options = client_options();
  options.authorities = Certificates::all().strange_authority;
  Client client(options);
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url_of(*server, "/hello")); }), "http.not_trusted");
}

// The certificate is good, but not for the name that was asked for.
TEST(HttpClient, TrustsNoOtherName) {
  ServerOptions options = server_options();
  options.address = "127.0.0.2";
  const auto server = started({route_that_says("/hello", "{}")}, options);
  Client client(client_options());
  const std::string url = "https://127.0.0.2:" + std::to_string(server->port()) + "/hello";
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url); }), "http.not_trusted");
}

TEST(HttpClient, FindsAServerByItsName) {
  const auto server = started({route_that_says("/hello", "{}")});
  Client client(client_options());
  EXPECT_EQ(client.request(Method::kGet, "https://localhost:" + std::to_string(server->port()) + "/hello").status, 200);
}

TEST(HttpClient, ShowsItsCertificate) {
  ServerOptions options = server_options();
  options.client_authorities = Certificates::all().authority;
  const auto server = started({route_with(Method::kGet,
                                          [](const Request& request, const Responder& responder) {
                                            responder.send(Response{.body = request.certified_name});
                                          })},
                              options);
  ClientOptions own = client_options();
  own.certificate_chain = Certificates::all().client;
  own.private_key = Certificates::all().client_key;
  Client client(own);
  EXPECT_EQ(client.request(Method::kGet, url_of(*server, "/it")).body, "thuy-tu-03");
}

TEST(HttpClient, SaysWhichFileIsNoCertificate) {
  ClientOptions options = client_options();
  options.authorities = "/nowhere";
  EXPECT_EQ(error_of([&] { const Client client(options); }), "http.bad_certificate");
  options = client_options();
  options.certificate_chain = Certificates::all().client;
  options.private_key = Certificates::all().server_key;
  EXPECT_EQ(error_of([&] { const Client client(options); }), "http.bad_certificate");
}

TEST(HttpClient, SaysThatNobodyIsThere) {
  Client client(client_options());
  std::string url;
  {
    const Server gone(server_options(), {route_that_says("/hello", "{}")});
    url = url_of(gone, "/hello");
  }
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url); }), "http.cannot_connect");
}

TEST(HttpClient, GivesUpOnAServerThatSaysNothing) {
  const SilentListener silent;
  ClientOptions options = client_options();
  options.connect = milliseconds{30};
  Client client(options);
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, silent.url()); }), "http.timeout");

  Letterbox<Responder> waiting;
  const auto server =
      started({route_with(Method::kGet, [&](const Request&, const Responder& responder) { waiting.put(responder); })},
              without_grace());
  options = client_options();
  options.stall = milliseconds{30};
  Client impatient(options);
  EXPECT_EQ(error_of([&] { (void)impatient.request(Method::kGet, url_of(*server, "/it")); }), "http.timeout");
}

TEST(HttpClient, StopsWhenAsked) {
  Letterbox<Responder> waiting;
  const auto server =
      started({route_with(Method::kGet, [&](const Request&, const Responder& responder) { waiting.put(responder); })},
              without_grace());
  Client client(client_options());
  std::stop_source stop;
  std::thread other([&] {
    (void)waiting.wait_for(1);
    stop.request_stop();
  });
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url_of(*server, "/it"), {}, {}, stop.get_token()); }),
            "http.stopped");
  other.join();
  const SilentListener silent;
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, silent.url(), {}, {}, stop.get_token()); }),
            "http.stopped");
}

TEST(HttpClient, RefusesAnAnswerThatIsTooLarge) {
  const auto server = started({route_that_says("/hello", std::string(1001, ' '))});
  ClientOptions options = client_options();
  options.largest_body = 1000;
  Client client(options);
  EXPECT_EQ(error_of([&] { (void)client.request(Method::kGet, url_of(*server, "/hello")); }),
            "http.response_too_large");
}

// The old connection is closed by then; asking again on a new one is the client's business, not its caller's.
TEST(HttpClient, OutlivesARestartOfTheServer) {
  auto server = started({route_that_says("/hello", "1")});
  ServerOptions options = server_options();
  options.port = server->port();
  const std::string url = url_of(*server, "/hello");
  Client client(client_options());
  EXPECT_EQ(client.request(Method::kGet, url).body, "1");
  server.reset();
  server = started({route_that_says("/hello", "2")}, options);
  EXPECT_EQ(client.request(Method::kGet, url).body, "2");
}

TEST(HttpClient, ReusesItsConnection) {
  ServerOptions options = server_options();
  options.limits.connections = 1;  // a second one would be refused
  const auto server = started({route_that_says("/hello", "1")}, options);
  Client client(client_options());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.request(Method::kGet, url_of(*server, "/hello")).status, 200);
}

// --- uploads
// ----------------------------------------------------------------------------------------------------------

class HttpClientUpload : public testing::Test {
 protected:
  HttpClientUpload() { write_file(file_, bytes_); }
  Route route(std::uint64_t largest) {
    Route route = route_with(Method::kPost, [this](const Request& request, const Responder& responder) {
      received_ = read_file(request.upload->file);
      responder.send(Response{});
    });
    route.body = BodyMode::kStream;
    route.largest_body = largest;
    route.accepts = {"audio/wav"};
    route.open_upload = [this](const Request&) { return folder_ / "received"; };
    return route;
  }

  Folder folder_;
  const std::filesystem::path file_ = folder_ / "sent.wav";
  const std::string bytes_ = bytes_of_size(3'000'000);
  std::string received_;
};

TEST_F(HttpClientUpload, StreamsAFile) {
  const auto server = started({route(10'000'000)});
  Client client(client_options());
  std::uint64_t last = 0;
  const auto response =
      client.upload(url_of(*server, "/it"), file_, "audio/wav", {}, [&](std::uint64_t sent) { last = sent; });
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(last, bytes_.size());
  EXPECT_EQ(received_, bytes_);
}

TEST_F(HttpClientUpload, SendsNothingThatIsRefusedAnyway) {
  const auto server = started({route(1'000'000)});
  Client client(client_options());
  bool sent = false;
  EXPECT_EQ(client.upload(url_of(*server, "/it"), file_, "audio/wav", {}, [&](std::uint64_t) { sent = true; }).status,
            413);
  EXPECT_EQ(client.upload(url_of(*server, "/it"), file_, "text/plain", {}, [&](std::uint64_t) { sent = true; }).status,
            415);
  EXPECT_FALSE(sent);
  EXPECT_EQ(error_of([&] { (void)client.upload(url_of(*server, "/it"), folder_ / "none", "audio/wav"); }),
            "file.cannot_read");
}

// --- downloads
// --------------------------------------------------------------------------------------------------------

class HttpClientDownload : public testing::Test {
 protected:
  HttpClientDownload() {
    write_file(folder_ / "clip", bytes_);
    Route route = route_with(Method::kGet, [this](const Request& request, const Responder& responder) {
      ranges_.put(std::string{request.header("range")});
      responder.send(FileResponse{.file = folder_ / "clip", .content_type = "audio/ogg", .etag = "v1"});
    });
    route.answers = {{.status = 200, .description = "The clip", .content_type = "audio/ogg"}};
    server_ = started({route});
  }
  Download download() {
    return {.url = url_of(*server_, "/it"), .file = folder_ / "part", .bytes = bytes_.size(), .etag = "v1"};
  }
  std::string part() { return read_file(folder_ / "part"); }

  Folder folder_;
  const std::string bytes_ = bytes_of_size(2'000'000);
  Letterbox<std::string> ranges_;
  std::unique_ptr<Server> server_;
  Client client_{client_options()};
};

TEST_F(HttpClientDownload, FetchesTheWholeAndNothingTwice) {
  std::uint64_t last = 0;
  client_.download(download(), [&](std::uint64_t have) { last = have; });
  EXPECT_EQ(part(), bytes_);
  EXPECT_EQ(last, bytes_.size());
  client_.download(download());
  EXPECT_EQ(ranges_.count(), 1U);
}

TEST_F(HttpClientDownload, GoesOnWhereItWasCut) {
  std::stop_source stop;
  const auto stop_half_way = [&](std::uint64_t have) {
    if (have > bytes_.size() / 2) stop.request_stop();
  };
  EXPECT_EQ(error_of([&] { client_.download(download(), stop_half_way, stop.get_token()); }), "http.stopped");
  const std::string half = part();
  ASSERT_GT(half.size(), bytes_.size() / 2);
  ASSERT_LT(half.size(), bytes_.size());
  EXPECT_EQ(half, bytes_.substr(0, half.size()));
  std::uint64_t first = 0;
  client_.download(download(), [&](std::uint64_t have) { first = first == 0 ? have : first; });
  EXPECT_GT(first, half.size());
  EXPECT_EQ(part(), bytes_);
}

TEST_F(HttpClientDownload, KeepsWhatItHasWhenTheServerGoes) {
  const auto cut_half_way = [&](std::uint64_t have) {
    if (have > bytes_.size() / 2) server_->stop();
  };
  Route route = route_with(Method::kGet, [this](const Request&, const Responder& responder) {
    responder.send(FileResponse{.file = folder_ / "clip", .content_type = "audio/ogg", .etag = "v1"});
  });
  route.answers = {{.status = 200, .description = "The clip", .content_type = "audio/ogg"}};
  write_file(folder_ / "clip", bytes_ + bytes_of_size(20'000'000));  // more than the buffers between them hold
  server_ = started({route}, without_grace());
  Download whole = download();
  whole.bytes = bytes_.size() + 20'000'000;
  EXPECT_EQ(error_of([&] { client_.download(whole, cut_half_way); }), "http.connection_lost");
  const std::string kept = part();
  EXPECT_GT(kept.size(), bytes_.size() / 2);
  EXPECT_EQ(kept, read_file(folder_ / "clip").substr(0, kept.size()));
}

TEST_F(HttpClientDownload, StartsOverWhenThePartIsOfAnotherVersion) {
  write_file(folder_ / "part", "something else");
  Download other = download();
  other.etag = "v0";
  client_.download(other);
  EXPECT_EQ(part(), bytes_);
  EXPECT_EQ(ranges_.first(), "bytes=14-");
}

TEST_F(HttpClientDownload, StartsOverWhenThePartIsTooLongOrCannotBeTrusted) {
  write_file(folder_ / "part", bytes_ + "more");
  client_.download(download());
  EXPECT_EQ(part(), bytes_);
  write_file(folder_ / "part", "abc");
  Download nameless = download();
  nameless.etag = "";
  client_.download(nameless);
  EXPECT_EQ(part(), bytes_);
}

TEST_F(HttpClientDownload, RefusesAnotherSizeThanPlanned) {
  Download longer = download();
  longer.bytes += 1;
  EXPECT_EQ(error_of([&] { client_.download(longer); }), "http.download_size");
  write_file(folder_ / "part", "abc");
  EXPECT_EQ(error_of([&] { client_.download(longer); }), "http.download_size");
  EXPECT_EQ(part(), "abc");
  // The part is longer than what the server has, yet shorter than planned: nothing fits.
  write_file(folder_ / "part", bytes_);
  EXPECT_EQ(error_of([&] { client_.download(longer); }), "http.download_size");
}

TEST_F(HttpClientDownload, SaysThatItWasRefusedOrCouldNotWrite) {
  Download missing = download();
  missing.url = url_of(*server_, "/nothing");
  EXPECT_EQ(error_of([&] { client_.download(missing); }), "http.refused_by_server");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "part"));
  Download nowhere = download();
  nowhere.file = folder_ / "no" / "part";
  EXPECT_EQ(error_of([&] { client_.download(nowhere); }), "file.cannot_write");
  Download full = download();
  full.file = "/dev/full";
  EXPECT_EQ(error_of([&] { client_.download(full); }), "file.cannot_write");
}

// --- events
// -----------------------------------------------------------------------------------------------------------

TEST(HttpClient, FollowsEvents) {
  Letterbox<EventStream> streams;
  Route route = route_with(Method::kGet, [&](const Request&, const Responder& responder) {
    const EventStream stream = responder.start_events([] {});
    stream.send("progress", "1");
    stream.send("progress", "two\nlines", "7");
    if (streams.count() == 0) stream.close();
    streams.put(stream);
  });
  route.answers = {{.status = 200, .description = "Progress", .content_type = "text/event-stream"}};
  const auto server = started({route});
  Client client(client_options());
  std::vector<std::pair<std::string, std::string>> events;
  const auto note = [&](std::string_view event, std::string_view data) { events.emplace_back(event, data); };
  client.follow(url_of(*server, "/it"), {}, note);
  const std::vector<std::pair<std::string, std::string>> expected = {{"progress", "1"}, {"progress", "two\nlines"}};
  EXPECT_EQ(events, expected);

  std::stop_source stop;
  EXPECT_EQ(error_of([&] {
              client.follow(
                  url_of(*server, "/it"), {}, [&](auto, auto) { stop.request_stop(); }, stop.get_token());
            }),
            "http.stopped");
  EXPECT_EQ(error_of([&] { client.follow(url_of(*server, "/nothing"), {}, note); }), "http.refused_by_server");
}

}  // namespace
}  // namespace loa::http
