#include "server/http/report_routes.h"

#include <future>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/scratch_folder.h"
#include "tests/unit/server/reports/report_books.h"

namespace loa::server {
namespace {

using nlohmann::json;
using Answered = std::variant<http::Response, http::FileResponse, http::Refused>;

class Exchange final : public http::Responder::Exchange {
 public:
  void send(http::Response response) override { answered.set_value(std::move(response)); }
  void send(http::FileResponse response) override { answered.set_value(std::move(response)); }
  void fail(const http::Refused& refused) override { answered.set_value(refused); }
  http::EventStream start_events(std::function<void()>) override { throw std::logic_error("no events here"); }
  http::Socket start_socket(http::SocketEvents) override { throw std::logic_error("no sockets here"); }
  std::promise<Answered> answered;
};

class ReportRoutes : public testing::Test {
 protected:
  ReportRoutes() { fill(books_); }

  Answered ask(const std::string& path, std::map<std::string, std::string> parameters = {}) {
    for (const http::Route& route : routes_) {
      if (route.path != path) continue;
      http::Request request;
      request.parameters = std::move(parameters);
      const auto exchange = std::make_shared<Exchange>();
      try {
        route.handler(std::move(request), http::Responder(exchange));
      } catch (const http::Refused& refused) {
        return refused;
      }
      return exchange->answered.get_future().get();
    }
    throw std::logic_error("no route " + path);
  }
  json told(const std::string& path, std::map<std::string, std::string> parameters = {}) {
    return json::parse(std::get<http::Response>(ask(path, std::move(parameters))).body);
  }
  std::pair<int, std::string> refusal(const std::string& path, std::map<std::string, std::string> parameters = {}) {
    const auto refused = std::get<http::Refused>(ask(path, std::move(parameters)));
    return {refused.status(), refused.code()};
  }

  const test::ScratchFolder folder_;
  Store store_ = Store::make_writer(db::Database::open_writer(folder_ / "server.db"));
  ReportBooks books_{store_};
  Alarms alarms_;
  ReportDesk desk_{
      {StationId{"phu-lien"}, folder_ / "reports", built_in_report_form(), civil::Zone{"Asia/Ho_Chi_Minh"}},
      Store::make_reader(db::Database::open_reader(folder_ / "server.db")),
      alarms_,
      [] {
        return Now{at("2027-03-11T09:00"), MonoTime{}};
      }};
  const std::vector<http::Route> routes_ = report_routes(desk_, {"operator"});
};

TEST_F(ReportRoutes, OnlyThoseWithTheRoleMay) {
  for (const http::Route& route : routes_) EXPECT_THAT(route.roles, testing::ElementsAre("operator")) << route.path;
}

TEST_F(ReportRoutes, EvidenceIsToldInFigures) {
  const json evidence = told("/api/evidence", {{"from", "2026-11-24"}, {"to", "2026-11-24"}});
  EXPECT_EQ(evidence.at("total").at("planned"), 5);
  EXPECT_EQ(evidence.at("total").at("heard_ms"), 122'000);
  EXPECT_EQ(evidence.at("areas").at(0).at("area"), "phu-lien");
  EXPECT_EQ(evidence.at("hours").size(), 24U);
  EXPECT_EQ(evidence.at("outside").at(0).at("start"), "2026-11-24T22:00:00");
  EXPECT_TRUE(evidence.at("outside").at(0).at("exception").is_null());
  const json whole = told("/api/evidence");
  EXPECT_EQ(whole.at("from"), "2026-11-21");  // the period that is running
  EXPECT_EQ(whole.at("to"), "2027-03-14");
  EXPECT_EQ(told("/api/evidence", {{"from", "2027-03-01"}}).at("to"), "2027-03-11");
}

TEST_F(ReportRoutes, FilesAreNamedAfterTheirDays) {
  const auto answer = ask("/api/evidence.csv", {{"from", "2026-11-24"}, {"to", "2026-11-25"}, {"table", "hours"}});
  const auto& file = std::get<http::FileResponse>(answer);
  EXPECT_EQ(file.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(file.etag.size(), 64U);
  EXPECT_THAT(file.headers, testing::ElementsAre(testing::Pair(
                                "Content-Disposition", "attachment; filename=\"loa-2026-11-24-2026-11-25.csv\"")));
  EXPECT_TRUE(std::filesystem::exists(file.file));
}

TEST_F(ReportRoutes, ARangeThatIsNoneIsRefused) {
  EXPECT_EQ(refusal("/api/evidence", {{"from", "2026-11-31"}}), std::pair(400, std::string{"civil.no_such_day"}));
  EXPECT_EQ(refusal("/api/evidence.pdf", {{"from", "2026-11-25"}, {"to", "2026-11-24"}}),
            std::pair(422, std::string{"report.bad_range"}));
  EXPECT_EQ(refusal("/api/evidence.zip", {{"from", "2025-01-01"}, {"to", "2026-11-24"}}),
            std::pair(422, std::string{"report.bad_range"}));
}

TEST_F(ReportRoutes, TheReportsOfDeadlinesAreListedWithTheirReminders) {
  static_cast<void>(ask("/api/evidence"));  // the desk has seen to the deadlines before
  const json list = told("/api/reports");
  const auto q1 = std::ranges::find(list, "2027-q1", [](const json& each) { return each.at("report"); });
  ASSERT_NE(q1, list.end());
  EXPECT_EQ(q1->at("deadline"), "2027-03-15");
  EXPECT_EQ(q1->at("final"), false);
  EXPECT_EQ(q1->at("files").size(), 3U);
  EXPECT_EQ(q1->at("files").at(0).at("path"), "/api/reports/2027-q1/pdf");
  std::vector<std::string> states;
  for (const json& reminder : q1->at("reminders")) states.push_back(reminder.at("state"));
  EXPECT_THAT(states, testing::ElementsAre("over", "due", "upcoming", "upcoming"));
  EXPECT_EQ(q1->at("reminders").at(1).at("day"), "2027-03-10");
  const auto answer = ask("/api/reports/{report}/xlsx", {{"report", "2027-q1"}});
  EXPECT_EQ(std::get<http::FileResponse>(answer).etag, q1->at("files").at(1).at("sha256"));
  EXPECT_EQ(refusal("/api/reports/{report}/pdf", {{"report", "2027-q2"}}),
            std::pair(404, std::string{"report.not_ready"}));
  EXPECT_EQ(refusal("/api/reports/{report}/pdf", {{"report", "asked"}}), std::pair(404, std::string{"report.unknown"}));
}

TEST_F(ReportRoutes, WhenTooManyWaitTheNextIsRefused) {
  // The desk's thread has its own share of them: it may still be in a call when the test is over.
  const auto go = std::make_shared<std::promise<void>>();
  const auto began = std::make_shared<std::promise<void>>();
  ASSERT_TRUE(desk_.ask([go, began, gone = go->get_future().share()](ReportWriter&) {
    began->set_value();
    gone.wait();
  }));
  began->get_future().wait();
  for (std::size_t i = 0; i < ReportDesk::kMostWaiting; ++i) ASSERT_TRUE(desk_.ask([](ReportWriter&) {}));
  EXPECT_EQ(refusal("/api/evidence.pdf"), std::pair(503, std::string{"report.busy"}));
  go->set_value();
}

}  // namespace
}  // namespace loa::server
