// The HTTP server over real TLS sockets on loopback, fed with exact bytes.
#include <atomic>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/certificates.h"
#include "common/http/packing.h"
#include "tests/integration/common/http_ground.h"

namespace loa::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::unique_ptr<Server> started(std::vector<Route> routes, ServerOptions options = server_options(),
                                Authorize authorize = {}) {
  auto server = std::make_unique<Server>(std::move(options), std::move(routes), std::move(authorize));
  server->start();
  return server;
}

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& fields) {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kJsonType = "Content-Type: application/json\r\n";

LineAnswer ask(const Server& server, const std::string& request, std::string_view method = "GET") {
  Line line(line_to(server));
  line.send(request);
  return line.read_answer(method);
}

testing::Matcher<const std::string&> has_code(const std::string& code) {
  return AllOf(HasSubstr("\"code\":\"" + code + "\""), HasSubstr("\"vi\":\""), HasSubstr("\"en\":\""));
}

// Takes a JSON body and says its size.
Route route_that_measures(const std::string& path, std::uint64_t largest) {
  Route route;
  route.method = Method::kPost;
  route.path = path;
  route.operation = "measure";
  route.summary = "Says how long the body is";
  route.body = BodyMode::kJson;
  route.largest_body = largest;
  route.answers = {{200, "The size"}};
  route.handler = [](const Request& request, const Responder& responder) {
    responder.send(Response{.body = std::to_string(request.body.size())});
  };
  return route;
}

Route route_with(Handler handler) {
  Route route = route_that_says("/it", "");
  route.handler = std::move(handler);
  return route;
}

// --- the plain case
// ---------------------------------------------------------------------------------------------------

TEST(HttpServer, AnswersWithTheFieldsThatProtectABrowser) {
  const auto server = started({route_that_says("/hello", "{}")});
  const LineAnswer answer = ask(*server, get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  EXPECT_FALSE(answer.headers.at("x-request-id").empty());
  EXPECT_THAT(answer.headers.at("date"), HasSubstr(" GMT"));
  EXPECT_FALSE(answer.headers.contains("content-security-policy"));
}

TEST(HttpServer, PagesMayLoadOnlyWhatComesFromHere) {
  Route route = route_with([](const Request&, const Responder& responder) {
    responder.send(Response{.body = "<p>", .content_type = "text/html; charset=utf-8"});
  });
  route.answers = {{.status = 200, .description = "A page", .content_type = "text/html"}};
  const auto server = started({route});
  EXPECT_THAT(ask(*server, get("/it")).headers.at("content-security-policy"), HasSubstr("default-src 'self'"));
}

TEST(HttpServer, BelievesItsProxyAloneOnWhoAsks) {
  const Route route = route_with([](const Request& request, const Responder& responder) {
    responder.send(Response{.body = "\"" + request.remote + "\""});
  });
  const std::string forwarded = get("/it", "X-Forwarded-For: 198.51.100.9, 203.0.113.7\r\n");
  EXPECT_EQ(ask(*started({route}), forwarded).body, "\"127.0.0.1\"") << "anybody can write such a line";
  ServerOptions options = server_options();
  options.proxy = "203.0.113.1";
  EXPECT_EQ(ask(*started({route}, options), forwarded).body, "\"127.0.0.1\"") << "another than the proxy";
  options.proxy = "127.0.0.1";
  const auto behind = started({route}, options);
  EXPECT_EQ(ask(*behind, forwarded).body, "\"203.0.113.7\"") << "what came before is the client's own word";
  EXPECT_EQ(ask(*behind, get("/it", "X-Forwarded-For: nonsense\r\n")).body, "\"127.0.0.1\"");
  EXPECT_EQ(ask(*behind, get("/it")).body, "\"127.0.0.1\"");
}

TEST(HttpServer, KeepsALineOpenForRequestsInARow) {
  const auto server = started({route_that_says("/hello", "[1]")});
  Line line(line_to(*server));
  for (int i = 0; i < 3; ++i) {
    line.send(get("/hello"));
    EXPECT_EQ(line.read_answer().body, "[1]");
  }
  line.send(get("/hello") + get("/hello"));  // sent ahead of the answers
  EXPECT_EQ(line.read_answer().status, 200);
  EXPECT_EQ(line.read_answer().status, 200);
  line.send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(line.read_answer().headers.at("connection"), "close");
  EXPECT_TRUE(line.is_closed_by_peer());
}

// The path may be the secret that lets its holder in: as of a calendar that is subscribed to.
TEST(HttpServer, LogsTheRouteAndNeverThePath) {
  ::setenv("LOA_LOG", "debug", 1);
  log::init("test");
  testing::internal::CaptureStderr();
  Route route = route_that_says("/calendar/{file}", "{}");
  route.parameters = {{"file", ParameterType::kText, "The name"}};
  const auto server = started({route});
  EXPECT_EQ(ask(*server, get("/calendar/hush.ics?secret=hush")).status, 400);
  EXPECT_EQ(ask(*server, get("/calendar/hush.ics")).status, 200);
  EXPECT_EQ(ask(*server, get("/calendar/hush.ics/")).status, 404);
  EXPECT_EQ(ask(*server, post("/calendar/hush.ics", "", "")).status, 405);
  server->stop();
  const std::string told = testing::internal::GetCapturedStderr();
  ::unsetenv("LOA_LOG");
  log::init("test");
  EXPECT_THAT(told, AllOf(HasSubstr("route=/calendar/{file} status=200"), HasSubstr("route=none status=404"),
                          HasSubstr("route=none status=405"), testing::Not(HasSubstr("hush"))));
}

TEST(HttpServer, AnswersHeadAndOptionsByItself) {
  const auto server = started({route_that_says("/hello", "{}"), route_that_measures("/measure", 10)});
  Line line(line_to(*server));
  line.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  LineAnswer answer = line.read_answer("HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-length"), "2");
  line.send("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  answer = line.read_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, OPTIONS");
  line.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(line.read_answer().status, 204);
  line.send("HEAD /measure HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(line.read_answer("HEAD").status, 405);
}

TEST(HttpServer, ServesHttp10AndCloses) {
  const auto server = started({route_that_says("/hello", "{}")});
  Line line(line_to(*server));
  line.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(line.read_answer().status, 200);
  EXPECT_TRUE(line.is_closed_by_peer());
}

TEST(HttpServer, TakesTheMostExactRoute) {
  Route any = route_that_says("/a/{name}", "\"any\"");
  any.operation = "any";
  any.parameters = {{.name = "name"}};
  Route rest = route_that_says("/{path...}", "\"rest\"");
  rest.operation = "rest";
  rest.parameters = {{.name = "path"}};
  const auto server = started({rest, any, route_that_says("/a/b", "\"exact\"")});
  EXPECT_EQ(ask(*server, get("/a/b")).body, "\"exact\"");
  EXPECT_EQ(ask(*server, get("/a/c")).body, "\"any\"");
  EXPECT_EQ(ask(*server, get("/a/c/d")).body, "\"rest\"");
}

// --- what it refuses
// --------------------------------------------------------------------------------------------------

TEST(HttpServer, RefusesWhatIsNotHttp) {
  const auto server = started({route_that_says("/hello", "{}"), route_that_measures("/measure", 100)});
  const std::vector<std::string> cases = {
      "nonsense\r\n\r\n",
      "GET /hello HTTP/1.1\r\n\r\n",                                      // no Host
      "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",                // two
      "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n",                          // space before the colon
      "GET https://localhost/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",  // a proxy's form
      get("/hello?a=%zz"),
      get("/hello?a=1&a=2"),
      get("/%00"),
      get("hello"),
      "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
      "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: -1\r\n\r\n{}",
      "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType +
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  for (const std::string& request : cases) {
    Line line(line_to(*server));
    line.send(request);
    const LineAnswer answer = line.read_answer();
    EXPECT_TRUE(answer.status == 400 || (answer.status == 404 && request == get("/%00"))) << request << answer.status;
    EXPECT_THAT(answer.body, HasSubstr("{\"error\":{\"code\":\"http.")) << request;
  }
  EXPECT_EQ(ask(*server, get("/hello")).status, 200);
}

TEST(HttpServer, RefusesUnknownPathsAndMethods) {
  const auto server = started({route_that_says("/hello", "{}")});
  LineAnswer answer = ask(*server, get("/nothing"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, has_code("http.unknown_path"));
  for (const std::string path : {"/hello/", "//hello", "/hello/..", "/%2e%2e/hello", "/hel%2Flo"})
    EXPECT_EQ(ask(*server, get(path)).status, 404) << path;
  answer = ask(*server, "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_THAT(answer.body, has_code("http.wrong_method"));
  EXPECT_EQ(ask(*server, "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
}

TEST(HttpServer, RefusesAHeadThatIsTooLarge) {
  const auto server = started({route_that_says("/hello", "{}")});
  const LineAnswer answer = ask(*server, get("/hello", "X-Long: " + std::string(20'000, 'a') + "\r\n"));
  EXPECT_EQ(answer.status, 431);
  EXPECT_THAT(answer.body, has_code("http.header_too_large"));
}

TEST(HttpServer, ChecksParametersAgainstTheTable) {
  Route route = route_with([](const Request& request, const Responder& responder) {
    responder.send(Response{.body = std::string{request.parameter("node")} + " " +
                                    std::to_string(request.integer("limit").value_or(-1))});
  });
  route.path = "/nodes/{node}";
  route.parameters = {
      {.name = "node", .type = ParameterType::kId},
      {.name = "limit", .type = ParameterType::kInteger, .minimum = 1, .maximum = 100},
      {.name = "from", .type = ParameterType::kInstant},
      {.name = "state", .type = ParameterType::kChoice, .choices = {"played", "missed"}},
      {.name = "hash", .type = ParameterType::kHash},
      {.name = "station", .type = ParameterType::kId, .presence = Presence::kRequired},
  };
  const auto server = started({route});
  EXPECT_EQ(ask(*server, get("/nodes/thuy-tu?station=phu-lien&limit=7")).body, "thuy-tu 7");
  EXPECT_EQ(ask(*server, get("/nodes/thuy%2Dtu?station=phu-lien&state=missed&from=2027-02-06T00:00:00Z")).body,
            "thuy-tu -1");
  for (const std::string target :
       {"/nodes/Thuy?station=a", "/nodes/a?station=a&limit=0", "/nodes/a?station=a&limit=101",
        "/nodes/a?station=a&limit=1x", "/nodes/a?station=a&limit=-5", "/nodes/a?station=a&limit=99999999999999999999",
        "/nodes/a?station=a&from=today", "/nodes/a?station=a&state=lost", "/nodes/a?station=a&hash=12"}) {
    const LineAnswer answer = ask(*server, get(target));
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(answer.body, has_code("http.bad_parameter")) << target;
  }
  EXPECT_THAT(ask(*server, get("/nodes/a")).body, has_code("http.missing_parameter"));
  EXPECT_THAT(ask(*server, get("/nodes/a?station=a&more=1")).body, has_code("http.unknown_parameter"));
  EXPECT_THAT(ask(*server, get("/nodes/a?station=a&node=b")).body, has_code("http.unknown_parameter"));
}

// --- bodies
// -----------------------------------------------------------------------------------------------------------

TEST(HttpServer, TakesJsonBodiesWholeOrInChunks) {
  const auto server = started({route_that_measures("/measure", 100)});
  EXPECT_EQ(ask(*server, post("/measure", "[1,2]", kJsonType)).body, "5");
  EXPECT_EQ(ask(*server, post("/measure", "{}", "Content-Type: Application/JSON; charset=utf-8\r\n")).body, "2");
  EXPECT_EQ(ask(*server, "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType +
                             "Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n")
                .body,
            "5");
  EXPECT_EQ(ask(*server, post("/measure", std::string(100, ' '), kJsonType)).body, "100");
}

TEST(HttpServer, RefusesBodiesOfAnotherKindOrSize) {
  const auto server = started({route_that_measures("/measure", 100), route_that_says("/hello", "{}")});
  EXPECT_EQ(ask(*server, post("/measure", "a=1", "Content-Type: application/x-www-form-urlencoded\r\n")).status, 415);
  EXPECT_EQ(ask(*server, post("/measure", "{}", "")).status, 415);
  EXPECT_EQ(ask(*server, post("/measure", "{}", kJsonType + "Content-Encoding: gzip\r\n")).status, 415);
  // By its length alone, before anything of it is sent.
  EXPECT_THAT(ask(*server, "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: 101\r\n\r\n").body,
              has_code("http.body_too_large"));
  // By what came, where no length was said. The answer arrives although the client goes on sending.
  Line line(line_to(*server));
  line.send("POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 50; ++i) line.send("8\r\n12345678\r\n");
  EXPECT_EQ(line.read_answer().status, 413);
  const LineAnswer answer = ask(*server, "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, has_code("http.body_not_wanted"));
}

TEST(HttpServer, HoldsAllBodiesInMemoryTogetherWithinABound) {
  ServerOptions options = server_options();
  options.limits.bodies_in_memory = 20'000;
  const auto server = started({route_that_measures("/measure", 100'000)}, options);
  const LineAnswer answer = ask(*server, post("/measure", std::string(30'000, ' '), kJsonType));
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, has_code("http.busy"));
  EXPECT_TRUE(answer.headers.contains("retry-after"));
  // What was taken has been given back.
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(ask(*server, post("/measure", std::string(15'000, ' '), kJsonType)).body, "15000");
}

// --- uploads
// ----------------------------------------------------------------------------------------------------------

class HttpUpload : public testing::Test {
 protected:
  Route route() {
    Route route;
    route.method = Method::kPost;
    route.path = "/recordings";
    route.operation = "upload";
    route.summary = "Takes a recording";
    route.body = BodyMode::kStream;
    route.largest_body = 8'388'608;
    route.accepts = {"audio/*", "application/octet-stream"};
    route.answers = {{201, "Taken"}};
    route.open_upload = [this](const Request&) {
      ++opened_;
      return folder_ / "upload";
    };
    route.handler = [this](const Request& request, const Responder& responder) {
      uploads_.put(*request.upload);
      responder.send(Response{.status = 201, .body = "{}"});
    };
    return route;
  }
  static std::string head(const std::string& more) {
    return "POST /recordings HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n" + more + "\r\n";
  }

  Folder folder_;
  std::atomic<int> opened_ = 0;
  Letterbox<Upload> uploads_;
};

TEST_F(HttpUpload, StreamsToAFile) {
  const auto server = started({route()});
  const std::string bytes = bytes_of_size(5'000'000);
  Line line(line_to(*server));
  line.send(head("Expect: 100-continue\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n"));
  EXPECT_EQ(line.read_answer().status, 100);
  line.send(bytes);
  EXPECT_EQ(line.read_answer().status, 201);
  EXPECT_EQ(uploads_.first().bytes, bytes.size());
  EXPECT_EQ(read_file(uploads_.first().file), bytes);
}

TEST_F(HttpUpload, TakesChunksAndNothingAtAll) {
  const auto server = started({route()});
  EXPECT_EQ(ask(*server, head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n").status, 201);
  EXPECT_EQ(read_file(uploads_.first().file), "hello");
  std::filesystem::remove(uploads_.first().file);
  EXPECT_EQ(ask(*server, head("Content-Length: 0\r\n")).status, 201);
  EXPECT_EQ(read_file(uploads_.first().file), "");
}

TEST_F(HttpUpload, LeavesNothingWhenTheClientDisappears) {
  const auto server = started({route()});
  {
    Line line(line_to(*server));
    line.send(head("Content-Length: 1000000\r\n") + std::string(300'000, 'a'));
    ASSERT_TRUE(becomes_true([&] { return folder_.files() == 1; }));
  }
  EXPECT_TRUE(becomes_true([&] { return folder_.files() == 0; }));
  EXPECT_EQ(uploads_.count(), 0U);
}

TEST_F(HttpUpload, RefusesATooLargeOneBeforeAnythingIsOpened) {
  const auto server = started({route()});
  Line line(line_to(*server));
  line.send(head("Expect: 100-continue\r\nContent-Length: 9000000\r\n"));
  const LineAnswer answer = line.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, has_code("http.body_too_large"));
  EXPECT_EQ(opened_, 0);
  EXPECT_EQ(ask(*server, "POST /recordings HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\nContent-Length: 1\r\n\r\n")
                .status,
            415);
  EXPECT_EQ(opened_, 0);
}

TEST_F(HttpUpload, RefusesATooLargeOneInChunksAndLeavesNothing) {
  const auto server = started({route()});
  Line line(line_to(*server));
  line.send(head("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "100000\r\n" + std::string(0x100000, 'a') + "\r\n";
  for (int i = 0; i < 9; ++i) line.send(chunk);
  EXPECT_EQ(line.read_answer().status, 413);
  EXPECT_EQ(folder_.files(), 0U);
}

TEST_F(HttpUpload, NeverTouchesAFileThatIsThere) {
  write_file(folder_ / "upload", "precious");
  const auto server = started({route()});
  const LineAnswer answer = ask(*server, head("Content-Length: 3\r\n") + "abc");
  EXPECT_EQ(answer.status, 507);
  EXPECT_THAT(answer.body, has_code("http.upload_not_stored"));
  EXPECT_EQ(read_file(folder_ / "upload"), "precious");
}

TEST_F(HttpUpload, LeavesNothingWhenTheDiskIsFull) {
  Route full = route();
  full.open_upload = [](const Request&) { return std::filesystem::path{"/dev/full"}; };
  const auto server = started({full});
  EXPECT_EQ(ask(*server, head("Content-Length: 3\r\n") + "abc").status, 507);
}

TEST_F(HttpUpload, LeavesTheLastPartOfTheDiskAlone) {
  Route large = route();
  large.keep_free = std::uint64_t{1} << 60U;
  const auto server = started({large});
  for (const char* length : {"Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const std::string body = length[0] == 'C' ? "abc" : "3\r\nabc\r\n0\r\n\r\n";
    const LineAnswer answer = ask(*server, head(length) + body);
    EXPECT_EQ(answer.status, 507);
    EXPECT_THAT(answer.body, has_code("http.disk_full"));
    EXPECT_EQ(folder_.files(), 0U);
  }
}

TEST_F(HttpUpload, LeavesNothingWhenTheHandlerThrows) {
  Route failing = route();
  failing.handler = [](const Request&, const Responder&) { throw Refused(409, "http.busy"); };
  const auto server = started({failing});
  EXPECT_EQ(ask(*server, head("Content-Length: 3\r\n") + "abc").status, 409);
  EXPECT_EQ(folder_.files(), 0U);
}

TEST_F(HttpUpload, OpenUploadMayRefuse) {
  Route closed = route();
  closed.open_upload = [](const Request&) -> std::filesystem::path { throw Refused(403, "http.busy"); };
  const auto server = started({closed});
  EXPECT_EQ(ask(*server, head("Content-Length: 3\r\n") + "abc").status, 403);
}

// --- who may
// ----------------------------------------------------------------------------------------------------------

TEST(HttpServer, AsksForRolesBeforeTheBodyIsRead) {
  Route guarded = route_that_measures("/measure", 1000);
  guarded.roles = {"operator", "admin"};
  guarded.handler = [](const Request& request, const Responder& responder) {
    responder.send(Response{.body = std::any_cast<std::string>(request.principal)});
  };
  Route open = route_that_says("/open", "1");
  const auto authorize = [](Request& request, const Route& route) {
    if (request.header("authorization") != "Bearer good") throw Refused(401, "http.busy");
    request.principal = route.roles.front();
  };
  const auto server = started({guarded, open}, server_options(), authorize);
  EXPECT_EQ(ask(*server, post("/measure", "{}", kJsonType + "Authorization: Bearer good\r\n")).body, "operator");
  EXPECT_EQ(ask(*server, "POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: 500\r\n\r\n").status,
            401);
  EXPECT_EQ(ask(*server, get("/open")).status, 200);
}

TEST(HttpServer, RolesWithoutAnyoneToAskAreOurBug) {
  Route guarded = route_that_says("/hello", "{}");
  guarded.roles = {"operator"};
  EXPECT_THROW(Server(server_options(), {guarded}), std::logic_error);
}

TEST(HttpServer, KnowsAClientByItsCertificate) {
  ServerOptions options = server_options();
  options.client_authorities = Certificates::all().authority;
  const auto server = started({route_with([](const Request& request, const Responder& responder) {
                                responder.send(Response{.body = "[" + request.certified_name + "]",
                                                        .headers = {{"X-Serial", request.certified_serial}}});
                              })},
                              options);
  LineOptions to = line_to(*server);
  Line nameless(to);
  nameless.send(get("/it"));
  EXPECT_EQ(nameless.read_answer().body, "[]");
  to.certificate_chain = Certificates::all().client;
  to.private_key = Certificates::all().client_key;
  Line named(to);
  named.send(get("/it"));
  const LineAnswer answer = named.read_answer();
  EXPECT_EQ(answer.body, "[thuy-tu-03]");
  EXPECT_EQ(answer.headers.at("x-serial"), crypto::read_certificate_file(Certificates::all().client).serial);
  // TLS 1.2 would have carried the certificate in the clear.
  to.ciphers = "ECDHE+AESGCM";
  Line old(to);
  old.send(get("/it"));
  EXPECT_EQ(old.read_answer().body, "[]");
  to.ciphers.clear();
  to.certificate_chain = Certificates::all().strange_client;
  to.private_key = Certificates::all().strange_client_key;
  Line strange(to);
  strange.send(get("/it"));
  EXPECT_EQ(strange.read_answer().status, 0);
}

TEST(HttpServer, SpeaksTls13AndOnlyStrongTls12) {
  const auto server = started({route_that_says("/hello", "{}")});
  LineOptions to = line_to(*server);
  EXPECT_EQ(Line(to).protocol(), "TLSv1.3");
  to.ciphers = "ECDHE+AESGCM";
  EXPECT_EQ(Line(to).protocol(), "TLSv1.2");
  to.ciphers = "ECDHE-ECDSA-AES128-SHA";
  EXPECT_FALSE(Line(to).is_open());
}

// --- answers
// ----------------------------------------------------------------------------------------------------------

TEST(HttpServer, AnswersMayComeLaterFromAnyThread) {
  Letterbox<Responder> waiting;
  const auto server =
      started({route_with([&](const Request&, const Responder& responder) { waiting.put(responder); })});
  Line line(line_to(*server));
  line.send(get("/it"));
  waiting.first().send(Response{.body = "[2]"});
  EXPECT_EQ(line.read_answer().body, "[2]");
}

TEST(HttpServer, TheFirstAnswerCounts) {
  const auto server = started({route_with([](const Request&, const Responder& responder) {
    responder.send(Response{.body = "1"});
    responder.send(Response{.body = "2"});
    responder.fail(Refused(500, "http.busy"));
    EXPECT_FALSE(responder.start_events({}).send("", "x"));
  })});
  Line line(line_to(*server));
  for (int i = 0; i < 2; ++i) {
    line.send(get("/it"));
    EXPECT_EQ(line.read_answer().body, "1");
  }
}

TEST(HttpServer, AHandlerThatForgetsGives500) {
  const auto server = started({route_with([](const Request&, const Responder&) {})});
  const LineAnswer answer = ask(*server, get("/it"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, AllOf(has_code("http.internal"), HasSubstr(answer.headers.at("x-request-id"))));
}

TEST(HttpServer, AHandlerThatNeverAnswersGives503) {
  ServerOptions options = server_options();
  options.limits.answer = milliseconds{20};
  Letterbox<Responder> waiting;
  const auto server =
      started({route_with([&](const Request&, const Responder& responder) { waiting.put(responder); })}, options);
  Line line(line_to(*server));
  line.send(get("/it"));
  EXPECT_EQ(line.read_answer().status, 503);
  waiting.first().send(Response{.body = "late"});  // must not become the answer to the next request
  line.send(get("/it"));
  EXPECT_EQ(line.read_answer().status, 503);
}

TEST(HttpServer, WhatAHandlerThrowsIsAnAnswer) {
  int what = 0;
  const auto server = started({route_with([&](const Request&, const Responder&) {
    if (what == 0) throw Refused(409, "file.cannot_read", {"a", "b"});
    if (what == 1) throw Error("file.cannot_write", {"a", "b"});
    throw std::runtime_error("secret detail");
  })});
  LineAnswer answer = ask(*server, get("/it"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, has_code("file.cannot_read"));
  what = 1;
  answer = ask(*server, get("/it"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, has_code("file.cannot_write"));
  what = 2;
  answer = ask(*server, get("/it"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("secret")));
}

// Else the document would promise what the server does not do.
TEST(HttpServer, AnAnswerThatTheTableDoesNotDeclareGives500) {
  Response response{.status = 202, .body = "{}"};
  const auto server =
      started({route_with([&](const Request&, const Responder& responder) { responder.send(response); })});
  EXPECT_EQ(ask(*server, get("/it")).status, 500);
  response = {.status = 200, .body = "a", .content_type = "text/plain"};
  EXPECT_EQ(ask(*server, get("/it")).status, 500);
  response = {.status = 404, .body = "{}"};
  EXPECT_EQ(ask(*server, get("/it")).status, 500);
  response = {.status = 200, .body = "{}"};
  EXPECT_EQ(ask(*server, get("/it")).status, 200);
}

TEST(HttpServer, NoFieldOfAnAnswerCanStartALineOfItsOwn) {
  const auto server = started({route_with([](const Request&, const Responder& responder) {
    responder.send(Response{.body = "1", .headers = {{"X-Bad", "a\r\nX-Evil: 1"}, {"X-Good", "b"}}});
  })});
  const LineAnswer answer = ask(*server, get("/it"));
  EXPECT_FALSE(answer.headers.contains("x-evil"));
  EXPECT_EQ(answer.headers.at("x-good"), "b");
}

TEST(HttpServer, AnswersWithAnEtagAreNotSentTwice) {
  const auto server = started({route_with(
      [](const Request&, const Responder& responder) { responder.send(Response{.body = "{}", .etag = "v1"}); })});
  EXPECT_EQ(ask(*server, get("/it")).headers.at("etag"), "\"v1\"");
  EXPECT_EQ(ask(*server, get("/it")).headers.at("cache-control"), "no-cache");
  EXPECT_EQ(ask(*server, get("/it", "If-None-Match: \"v0\", W/\"v1\"\r\n")).status, 304);
  EXPECT_EQ(ask(*server, get("/it", "If-None-Match: \"v2\"\r\n")).status, 200);
}

TEST(HttpServer, LargeAnswersArriveWhole) {
  const std::string body = bytes_of_size(3'000'000);
  const auto server = started(
      {route_with([&](const Request&, const Responder& responder) { responder.send(Response{.body = body}); })});
  EXPECT_EQ(ask(*server, get("/it")).body, body);
}

TEST(HttpServer, LongListsArePackedForWhoeverTakesThem) {
  std::string body = "[0";
  while (body.size() < 20'000) body += ",1234567890";
  Response response{.body = body + "]"};
  const auto server =
      started({route_with([&](const Request&, const Responder& responder) { responder.send(response); })});
  const LineAnswer packed = ask(*server, get("/it", "Accept-Encoding: gzip, br\r\n"));
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(packed.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.body, gzip(response.body));
  const LineAnswer whole = ask(*server, get("/it", "Accept-Encoding: br\r\n"));
  EXPECT_FALSE(whole.headers.contains("content-encoding"));
  EXPECT_EQ(whole.headers.at("vary"), "Accept-Encoding") << "or a cache would give one's to the other";
  EXPECT_EQ(whole.body, response.body);
  // A validator names the bytes; what is short is not worth it.
  response.etag = "v1";
  EXPECT_FALSE(ask(*server, get("/it", "Accept-Encoding: gzip\r\n")).headers.contains("content-encoding"));
  response = {.body = "[1]"};
  EXPECT_FALSE(ask(*server, get("/it", "Accept-Encoding: gzip\r\n")).headers.contains("content-encoding"));
}

// --- files
// ------------------------------------------------------------------------------------------------------------

class HttpFile : public testing::Test {
 protected:
  HttpFile() { write_file(folder_ / "clip.opus", bytes_); }
  std::unique_ptr<Server> server(const std::string& name) {
    Route route = route_with([this, name](const Request&, const Responder& responder) {
      responder.send(FileResponse{.file = folder_ / name, .content_type = "audio/ogg", .etag = "v1"});
    });
    route.answers = {{.status = 200, .description = "The clip", .content_type = "audio/ogg"}};
    return started({route});
  }

  Folder folder_;
  const std::string bytes_ = bytes_of_size(300'000);
};

TEST_F(HttpFile, ComesWhole) {
  const auto serving = server("clip.opus");
  Line line(line_to(*serving));
  line.send(get("/it"));
  const LineAnswer answer = line.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes_);
  EXPECT_EQ(answer.headers.at("etag"), "\"v1\"");
  EXPECT_EQ(answer.headers.at("accept-ranges"), "bytes");
  EXPECT_EQ(answer.headers.at("content-type"), "audio/ogg");
  line.send("HEAD /it HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(line.read_answer("HEAD").headers.at("content-length"), "300000");
  line.send(get("/it", "If-None-Match: \"v1\"\r\n"));
  EXPECT_EQ(line.read_answer().status, 304);
}

TEST_F(HttpFile, ComesInParts) {
  const auto serving = server("clip.opus");
  LineAnswer answer = ask(*serving, get("/it", "Range: bytes=100000-\r\nIf-Range: \"v1\"\r\n"));
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, bytes_.substr(100'000));
  EXPECT_EQ(answer.headers.at("content-range"), "bytes 100000-299999/300000");
  answer = ask(*serving, get("/it", "Range: bytes=5-9\r\n"));
  EXPECT_EQ(answer.body, bytes_.substr(5, 5));
  answer = ask(*serving, get("/it", "Range: bytes=-7\r\n"));
  EXPECT_EQ(answer.body, bytes_.substr(bytes_.size() - 7));
  answer = ask(*serving, get("/it", "Range: bytes=300000-\r\n"));
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.headers.at("content-range"), "bytes */300000");
  EXPECT_THAT(answer.body, has_code("http.range_not_satisfiable"));
  EXPECT_EQ(ask(*serving, get("/it", "Range: bytes=5-\r\nIf-Range: \"v0\"\r\n")).status, 200);
  EXPECT_EQ(ask(*serving, get("/it", "Range: bytes=1-2,4-5\r\n")).status, 200);
}

TEST_F(HttpFile, MissingOrNoFileIs404) {
  EXPECT_THAT(ask(*server("nothing"), get("/it")).body, has_code("http.file_missing"));
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_EQ(ask(*server("folder"), get("/it")).status, 404);
}

TEST_F(HttpFile, EmptyIsServed) {
  write_file(folder_ / "empty", "");
  const auto serving = server("empty");
  EXPECT_EQ(ask(*serving, get("/it")).status, 200);
  EXPECT_EQ(ask(*serving, get("/it", "Range: bytes=0-\r\n")).status, 416);
}

// --- events
// -----------------------------------------------------------------------------------------------------------

class HttpEvents : public testing::Test {
 protected:
  Route route() {
    Route route = route_with([this](const Request&, const Responder& responder) {
      streams_.put(responder.start_events([this] { gone_.put(1); }));
    });
    route.answers = {{.status = 200, .description = "Progress", .content_type = "text/event-stream"}};
    return route;
  }
  static std::string read_until(Line& line, const std::string& end) {
    std::string text;
    while (text.find(end) == std::string::npos) {
      const std::string piece = line.read_some();
      if (piece.empty()) return text + "(closed)";
      text += piece;
    }
    return text;
  }

  Letterbox<int> gone_;
  Letterbox<EventStream> streams_;
};

TEST_F(HttpEvents, ArriveAsTheyAreSentAndEnd) {
  const auto server = started({route()});
  Line line(line_to(*server));
  line.send(get("/it"));
  const LineAnswer head = line.read_answer();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
  EXPECT_TRUE(streams_.first().send("progress", "{\"done\":1}\nsecond line", "7"));
  EXPECT_THAT(read_until(line, "second line\n\n"),
              HasSubstr("id: 7\nevent: progress\ndata: {\"done\":1}\ndata: second line\n\n"));
  streams_.first().send("", "last");
  streams_.first().close();
  EXPECT_FALSE(streams_.first().send("", "too late"));
  EXPECT_THAT(read_until(line, "\r\n0\r\n\r\n"), HasSubstr("data: last\n\n"));
  EXPECT_EQ(gone_.count(), 0U);
}

TEST_F(HttpEvents, TellWhenTheClientLeft) {
  const auto server = started({route()});
  {
    Line line(line_to(*server));
    line.send(get("/it"));
    EXPECT_EQ(line.read_answer().status, 200);
  }
  ASSERT_TRUE(gone_.wait_for(1));
  EXPECT_FALSE(streams_.first().send("", "x"));
  EXPECT_EQ(gone_.count(), 1U);
}

TEST_F(HttpEvents, AClientThatDoesNotReadIsDropped) {
  ServerOptions options = server_options();
  options.limits.event_queue_bytes = 65'536;
  const auto server = started({route()}, options);
  LineOptions to = line_to(*server);
  to.receive_buffer = 8'192;
  Line line(to);
  line.send(get("/it"));
  EXPECT_EQ(line.read_answer().status, 200);
  const EventStream stream = streams_.first();
  const std::string text(10'000, 'x');
  std::size_t sent = 0;
  while (stream.send("", text)) ASSERT_LT(++sent, 100'000U);
  EXPECT_TRUE(gone_.wait_for(1));
}

TEST_F(HttpEvents, HeartbeatsKeepTheLineAlive) {
  ServerOptions options = server_options();
  options.limits.event_heartbeat = milliseconds{5};
  const auto server = started({route()}, options);
  Line line(line_to(*server));
  line.send(get("/it"));
  EXPECT_EQ(line.read_answer().status, 200);
  EXPECT_THAT(read_until(line, ":\n\n"), HasSubstr(":\n\n"));
}

TEST_F(HttpEvents, EndWithTheServer) {
  const auto server = started({route()});
  Line line(line_to(*server));
  line.send(get("/it"));
  EXPECT_EQ(line.read_answer().status, 200);
  server->stop();
  EXPECT_EQ(gone_.count(), 1U);
  EXPECT_FALSE(streams_.first().send("", "x"));
}

// --- limits of time and number
// ----------------------------------------------------------------------------------------

TEST(HttpServer, ClosesIdleLines) {
  ServerOptions options = server_options();
  options.limits.idle = milliseconds{20};
  const auto server = started({route_that_says("/hello", "{}")}, options);
  Line line(line_to(*server));
  EXPECT_TRUE(line.is_closed_by_peer());
}

TEST(HttpServer, CutsAHeadThatNeverEnds) {
  ServerOptions options = server_options();
  options.limits.header = milliseconds{50};
  const auto server = started({route_that_says("/hello", "{}")}, options);
  Line line(line_to(*server));
  line.send("GET /hello HTTP/1.1\r\nX-A: ");
  EXPECT_TRUE(line.is_closed_by_peer());
}

TEST(HttpServer, CutsABodyThatStalls) {
  ServerOptions options = server_options();
  options.limits.stall = milliseconds{50};
  const auto server = started({route_that_measures("/measure", 1000)}, options);
  Line line(line_to(*server));
  line.send("POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: 10\r\n\r\n{");
  EXPECT_TRUE(line.is_closed_by_peer());
}

// Each byte comes well within `stall`, yet the whole would take for ever.
TEST(HttpServer, CutsABodyThatOnlyDrips) {
  ServerOptions options = server_options();
  options.limits.stall = milliseconds{200};
  options.limits.slowest_body = 1'000'000;
  const auto server = started({route_that_measures("/measure", 100'000'000)}, options);
  Line line(line_to(*server));
  line.send("POST /measure HTTP/1.1\r\nHost: x\r\n" + kJsonType + "Content-Length: 100000000\r\n\r\n");
  EXPECT_TRUE(becomes_true([&] { return !line.send("1"); }));
}

TEST(HttpServer, CutsALineWithoutAHandshake) {
  ServerOptions options = server_options();
  options.limits.handshake = milliseconds{20};
  const auto server = started({route_that_says("/hello", "{}")}, options);
  EXPECT_TRUE(closes_a_silent_connection(server->port()));
}

TEST(HttpServer, TakesNoMoreConnectionsThanAllowed) {
  ServerOptions options = server_options();
  options.limits.connections = 2;
  const auto server = started({route_that_says("/hello", "{}")}, options);
  auto first = std::make_unique<Line>(line_to(*server));
  Line second(line_to(*server));
  EXPECT_TRUE(first->is_open());
  EXPECT_TRUE(second.is_open());
  EXPECT_FALSE(Line(line_to(*server)).is_open());
  first.reset();
  EXPECT_TRUE(becomes_true([&] { return Line(line_to(*server)).is_open(); }));
}

TEST(HttpServer, ServesManyLinesAtOnce) {
  const auto server = started({route_that_says("/hello", "{}")});
  std::vector<std::unique_ptr<Line>> lines;
  lines.reserve(100);
  for (int i = 0; i < 100; ++i) lines.push_back(std::make_unique<Line>(line_to(*server)));
  for (const auto& line : lines) line->send(get("/hello"));
  for (const auto& line : lines) EXPECT_EQ(line->read_answer().status, 200);
}

// --- beginning and end
// ------------------------------------------------------------------------------------------------

TEST(HttpServer, SaysWhichPortIsTaken) {
  const Server first(server_options(), {route_that_says("/hello", "{}")});
  ServerOptions options = server_options();
  options.port = first.port();
  try {
    const Server second(options, {route_that_says("/hello", "{}")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http.port_taken");
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(first.port())));
  }
}

TEST(HttpServer, SaysWhatIsWrongWithItsOptions) {
  const auto code_of = [](const ServerOptions& options) {
    try {
      const Server server(options, {route_that_says("/hello", "{}")});
    } catch (const Error& error) {
      return error.code();
    }
    return std::string{"none"};
  };
  ServerOptions options = server_options();
  options.address = "here";
  EXPECT_EQ(code_of(options), "http.cannot_listen");
  options = server_options();
  options.certificate_chain = "/nowhere";
  EXPECT_EQ(code_of(options), "http.bad_certificate");
  options = server_options();
  options.private_key = Certificates::all().client_key;  // of another certificate
  EXPECT_EQ(code_of(options), "http.bad_certificate");
  options = server_options();
  options.client_authorities = Certificates::all().server_key;
  EXPECT_EQ(code_of(options), "http.bad_certificate");
}

TEST(HttpServer, StopsWithoutHavingStarted) {
  Server server(server_options(), {route_that_says("/hello", "{}")});
  server.stop();
  server.stop();
}

TEST(HttpServer, StoppingLetsAnAnswerUnderWayGoOut) {
  Letterbox<Responder> waiting;
  const auto server =
      started({route_with([&](const Request&, const Responder& responder) { waiting.put(responder); })});
  Line line(line_to(*server));
  line.send(get("/it"));
  const Responder responder = waiting.first();
  Line idle(line_to(*server));
  std::thread stopping([&] { server->stop(); });
  EXPECT_TRUE(idle.is_closed_by_peer());  // so it is stopping
  responder.send(Response{.body = "[3]"});
  EXPECT_EQ(line.read_answer().body, "[3]");
  EXPECT_TRUE(line.is_closed_by_peer());
  stopping.join();
}

TEST(HttpServer, StoppingDoesNotWaitForEver) {
  ServerOptions options = server_options();
  options.limits.stop_grace = milliseconds{20};
  Letterbox<Responder> waiting;
  auto server =
      started({route_with([&](const Request&, const Responder& responder) { waiting.put(responder); })}, options);
  Line line(line_to(*server));
  line.send(get("/it"));
  const Responder responder = waiting.first();
  server->stop();
  EXPECT_EQ(line.read_answer().status, 0);
  server.reset();
  responder.send(Response{.body = "nobody is left"});
}

TEST(HttpServer, StoppingRemovesUploadsUnderWay) {
  Folder folder;
  Route route = route_with([](const Request&, const Responder&) {});
  route.method = Method::kPost;
  route.body = BodyMode::kStream;
  route.largest_body = 1'000'000;
  route.open_upload = [&](const Request&) { return folder / "upload"; };
  ServerOptions options = server_options();
  options.limits.stop_grace = milliseconds{20};
  const auto server = started({route}, options);
  Line line(line_to(*server));
  line.send(post("/it", std::string(200'000, 'a'), "").substr(0, 100'000));
  ASSERT_TRUE(becomes_true([&] { return folder.files() == 1; }));
  server->stop();
  EXPECT_EQ(folder.files(), 0U);
}

}  // namespace
}  // namespace loa::http
