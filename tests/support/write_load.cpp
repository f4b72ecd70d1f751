#include "tests/support/write_load.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <poll.h>

#include "common/base/error.h"
#include "common/crypto/sha256.h"
#include "common/db/database.h"
#include "server/http/gate.h"
#include "server/store/people_desk.h"
#include "server/store/store.h"
#include "tests/support/dice.h"
#include "tests/support/wait.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using http::Method;
using nlohmann::json;

constexpr int kMostSchedules = 10;                     // not cancelled, of each client
constexpr microseconds kUploadEvery{400'000};          // of all clients together
const json kSomething = "*";                           // any value but null
constexpr std::chrono::seconds kIntakePatience{120};   // for what was still waiting
constexpr std::chrono::minutes kBetweenSchedules{13};  // each has an instant of its own

// Where a kind of thing is listed: the name of its id there, and of what tells each apart from all others.
struct Kind {
  const char* name;
  const char* list;
  const char* key;
  const char* tag;
};
constexpr Kind kAnnouncement{"announcement", "/api/announcements", "announcement", "/transcript"};
constexpr Kind kSchedule{"schedule", "/api/schedules", "schedule", "/rule/start"};
constexpr Kind kFeed{"feed", "/api/feeds", "feed", "/name"};
constexpr Kind kToken{"token", "/api/tokens", "token", "/name"};
constexpr Kind kPerson{"person", "/api/people", "person", "/person"};
constexpr Kind kDeputy{"deputy", "/api/deputies", "deputy", "/decision"};
constexpr Kind kRules{"rules", "/api/rules", "version", "/decision"};
constexpr Kind kArea{"area", "/api/areas", "area", "/area"};
constexpr Kind kRecording{"recording", "/api/recordings", "recording", "/name"};
constexpr const Kind* kKinds[] = {&kAnnouncement, &kSchedule, &kFeed, &kToken,    &kPerson,
                                  &kDeputy,       &kRules,    &kArea, &kRecording};

std::string id_of(const json& row, const Kind& kind) {
  const json& id = row.at(kind.key);
  return id.is_string() ? id.get<std::string>() : id.dump();
}

// An answer, or none: the server went away with the question.
using Answer = std::optional<http::ClientResponse>;

bool is_good(const Answer& answer) {
  return answer && answer->status / 100 == 2;
}

std::string code_of(const http::ClientResponse& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  return body.is_object() && body.contains("error") ? body["error"].value("code", "?") : std::to_string(answer.status);
}

bool is_as(const json& row, const json& expected) {
  return std::ranges::all_of(expected.items(), [&](const auto& field) {
    if (!row.contains(field.key())) return false;
    return field.value() == kSomething ? !row[field.key()].is_null() : row[field.key()] == field.value();
  });
}

http::Headers session_of(server::Store& books, const char* person) {
  const std::string secret = server::make_secret();
  const WallTime now = system_now().wall;
  books.add_session(server::hash_of_secret(secret), PersonId{person}, now, now + server::kSessionLasts);
  return {{"Cookie", std::string{server::kSessionCookie} + "=" + secret}, {"Sec-Fetch-Site", "same-origin"}};
}

}  // namespace

struct WriteLoad::Thing {
  const Kind* kind = nullptr;
  std::string id;
  json held;                  // fields as last acknowledged; null: it was removed
  std::vector<json> perhaps;  // as an unanswered change would have made it; after one nothing more is done to it
  int changes = 0;            // acknowledged

  [[nodiscard]] bool is_open() const { return perhaps.empty() && !held.is_null(); }
};

// One client, on a thread of its own; what it made is nobody else's.
struct WriteLoad::Client {
  Client(WriteLoad& load, int number, std::uint64_t seed)
      : load_(load),
        ward_(load.ward_),
        number_(number),
        dice_(seed),
        http_({load.ward_.authority}),
        operator_{{"Authorization", "Bearer " + ward_.operator_token}},
        admin_token_{{"Authorization", "Bearer " + ward_.admin_token}} {}

  void run() {
    while (!load_.is_over_) {
      write();
      // Nobody there: not at once again.
      ::poll(nullptr, 0, is_alone_ ? 20 : dice_.upto(8));
    }
  }

  void write() {
    switch (dice_.upto(19)) {
      case 0:
      case 1:
        upload();
        break;
      case 2:
        read_aloud();
        break;
      case 3:
      case 4:
      case 5:
        announce();
        break;
      case 6:
      case 7:
      case 8:
        see_to_announcement();
        break;
      case 9:
      case 10:
      case 11:
        schedule();
        break;
      case 12:
        if (Thing* thing = find_open(kSchedule))
          change(*thing, Method::kPut, operator_, at(*thing), schedule_body(start_of(*thing), 40 + dice_.upto(20)),
                 {"volume_pct"});
        break;
      case 13:
        feed();
        break;
      case 14:
        token();
        break;
      case 15:
        person();
        break;
      case 16:
        deputy();
        break;
      case 17:
        create(kArea, admin_token_, {{"area", new_tag()}, {"parent", ward_.area}, {"name", "Tổ"}}, {"area", "parent"});
        break;
      case 18:
        if (dice_.one_in(6)) rules();
        break;
      default:
        if (dice_.one_in(3)) stop();
    }
  }

  // --- the kinds of writes

  void announce() {
    create(kAnnouncement, operator_, announcement_body(new_tag(), "Thông báo"), {"title", "transcript", "clip"});
  }
  json announcement_body(const std::string& tag, const std::string& title) {
    if (clip_.empty()) {
      const Answer known = ask(Method::kGet, "/api/announcements/" + ward_.announcement, operator_);
      if (!is_good(known)) return {};
      clip_ = json::parse(known->body).at("clip");
    }
    return {{"title", title}, {"transcript", tag}, {"clip", clip_}};
  }
  void see_to_announcement() {
    Thing* thing = find_open(kAnnouncement);
    if (thing == nullptr) return;
    const std::string path = at(*thing);
    const std::string state = thing->held.value("state", "draft");
    if (dice_.one_in(3) || state == "approved")
      change(*thing, Method::kPut, operator_, path,
             announcement_body(thing->held.at("transcript"), "Sửa lần " + std::to_string(++number_of_)),
             {"title", "state"}, {{"state", "draft"}});
    else if (state == "draft")
      change(*thing, Method::kPost, operator_, path + "/submit", {{"confirmed", true}}, {}, {{"state", "submitted"}});
    else
      change(*thing, Method::kPost, load_.chairman_, path + "/approve", json::object(), {}, {{"state", "approved"}});
  }

  void schedule() {
    std::size_t active = 0;
    for (const Thing& thing : things_)
      active += thing.kind == &kSchedule && thing.is_open() && thing.held.value("cancelled", json()).is_null();
    if (active >= kMostSchedules) {
      if (Thing* thing = find_open(kSchedule))
        change(*thing, Method::kDelete, operator_, at(*thing), {}, {}, {{"cancelled", kSomething}});
      return;
    }
    // Days apart for each client, so that none is in another's way; the first weeks are in the nodes' plans.
    const WallTime start = std::chrono::floor<std::chrono::days>(system_now().wall) + std::chrono::hours{24} +
                           std::chrono::days{28 * number_} + kBetweenSchedules * (++slots_ % 3000);
    create(kSchedule, operator_, schedule_body(format_utc(start), 30 + dice_.upto(9)), {"volume_pct"},
           {{"cancelled", nullptr}});
    if (!things_.empty() && things_.back().kind == &kSchedule) starts_[things_.back().id] = format_utc(start);
  }
  [[nodiscard]] json schedule_body(const std::string& start, int volume_pct) const {
    return {{"announcement", ward_.announcement},
            {"areas", {ward_.area}},
            {"rule", {{"kind", "once"}, {"start", start}}},
            {"later_ms", 3'600'000},
            {"volume_pct", volume_pct}};
  }
  [[nodiscard]] std::string start_of(const Thing& thing) const { return starts_.at(thing.id); }

  void feed() {
    Thing* thing = find_open(kFeed);
    if (thing != nullptr && dice_.one_in(2))
      remove(*thing, operator_);
    else
      create(kFeed, operator_, {{"name", new_tag()}}, {"name"});
  }
  void token() {
    Thing* thing = find_open(kToken);
    if (thing != nullptr && dice_.one_in(2))
      change(*thing, Method::kDelete, load_.chairman_, at(*thing), {}, {}, {{"revoked", kSomething}});
    else
      create(
          kToken, load_.chairman_,
          {{"name", new_tag()}, {"scope", "read"}, {"until", format_utc(system_now().wall + std::chrono::hours{24})}},
          {"name", "scope"}, {{"revoked", nullptr}});
  }
  void person() {
    Thing* thing = find_open(kPerson);
    if (thing != nullptr && dice_.one_in(3))
      change(*thing, Method::kDelete, load_.admin_, at(*thing), {}, {}, {{"closed", kSomething}});
    else if (thing != nullptr && dice_.one_in(2) && thing->held.at("closed").is_null())
      change(*thing, Method::kPut, load_.admin_, at(*thing),
             {{"name", "Tên mới " + std::to_string(++number_of_)}, {"role", "viewer"}}, {"name", "role"});
    else
      create(kPerson, load_.admin_, {{"person", new_tag()}, {"name", "Ai đó"}, {"role", "viewer"}},
             {"person", "name", "role"}, {{"closed", nullptr}});
  }
  void deputy() {
    Thing* thing = find_open(kDeputy);
    if (thing != nullptr && dice_.one_in(2))
      change(*thing, Method::kDelete, load_.chairman_, at(*thing), {}, {}, {{"ended", kSomething}});
    else
      create(kDeputy, load_.chairman_,
             {{"person", "operator"}, {"first", "2027-01-04"}, {"last", "2027-01-05"}, {"decision", new_tag()}},
             {"person", "decision"}, {{"ended", nullptr}});
  }
  void rules() {
    create(
        kRules, admin_token_,
        {{"decision", new_tag()},
         {"rules",
          {{"weekdays", {"mo", "tu", "we", "th", "fr", "sa", "su"}}, {"sessions", json::array()}, {"gap_ms", 12'000}}}},
        {"decision"});
  }
  void stop() {
    const std::string why = new_tag();
    const Answer answer = ask(Method::kPost, "/api/stop", operator_, {{"all", true}, {"why", why}});
    if (!is_good(answer)) return;
    count("stop");
    stops_.push_back(why);
  }

  bool takes_upload() {
    const std::int64_t now = to_us(system_now().wall);
    std::int64_t next = load_.next_upload_us_;
    return now >= next && load_.next_upload_us_.compare_exchange_strong(next, now + kUploadEvery.count());
  }
  void upload() {
    if (!takes_upload()) return;
    const std::string tag = new_tag();
    Answer answer;
    try {
      answer = http_.upload(ward_.url + "/api/recordings?name=" + tag, ward_.recording, "application/octet-stream",
                            operator_);
      is_alone_ = false;
    } catch (const Error&) {
      is_alone_ = true;
    }
    book(kRecording, answer, {{"name", tag}, {"bytes", fs::file_size(ward_.recording)}}, "upload");
  }
  void read_aloud() {
    if (!takes_upload()) return;
    const std::string tag = new_tag();
    book(kRecording,
         ask(Method::kPost, "/api/announcements/speech", operator_, {{"title", tag}, {"text", "Thông báo " + tag}}),
         {{"name", tag}}, "speech");
  }

  // --- how each is written down

  void count(const std::string& what) {
    ++counts_[what];
    ++load_.acknowledged_;
  }
  std::string new_tag() { return "w" + std::to_string(number_) + "-" + std::to_string(++number_of_); }
  [[nodiscard]] static std::string at(const Thing& thing) { return std::string{thing.kind->list} + "/" + thing.id; }
  Thing* find_open(const Kind& kind) {
    std::vector<Thing*> open;
    for (Thing& thing : things_)
      if (thing.kind == &kind && thing.is_open() && thing.held.value("cancelled", json()).is_null() &&
          thing.held.value("revoked", json()).is_null() && thing.held.value("closed", json()).is_null() &&
          thing.held.value("ended", json()).is_null())
        open.push_back(&thing);
    return open.empty() ? nullptr : open[static_cast<std::size_t>(dice_.upto(static_cast<int>(open.size()) - 1))];
  }

  Answer ask(Method method, const std::string& path, const http::Headers& headers, const json& body = {}) {
    http::Headers all = headers;
    if (!body.is_null()) all.emplace_back("Content-Type", "application/json");
    try {
      Answer answer = http_.request(method, ward_.url + path, all, body.is_null() ? std::string{} : body.dump());
      is_alone_ = false;
      if (!is_good(answer)) ++refused_[code_of(*answer)];
      return answer;
    } catch (const Error&) {
      is_alone_ = true;
      ++unanswered_;
      return std::nullopt;
    }
  }

  // `sent`: fields of the body that must stand there as they were sent.
  void create(const Kind& kind, const http::Headers& who, const json& body, const std::vector<const char*>& sent,
              json fields = json::object()) {
    if (body.is_null()) return;
    for (const char* field : sent) fields[field] = body.at(field);
    book(kind, ask(Method::kPost, kind.list, who, body), std::move(fields), kind.name);
  }
  void book(const Kind& kind, const Answer& answer, json fields, const char* what) {
    if (!is_good(answer)) return;
    const json made = json::parse(answer->body);
    // A person's comes beside their invitation.
    const json& row = made.contains(kind.key) && !made[kind.key].is_object() ? made : made.at(kind.key);
    things_.push_back({&kind, id_of(row, kind), std::move(fields), {}, 0});
    count(what);
  }

  void change(Thing& thing, Method method, const http::Headers& who, const std::string& path, const json& body,
              const std::vector<const char*>& sent, const json& fields = json::object()) {
    json after = thing.held;
    for (const char* field : sent)
      if (body.contains(field)) after[field] = body.at(field);
    after.update(fields);
    settle(thing, ask(method, path, who, body), std::move(after), std::string{thing.kind->name} + " changed");
  }
  void remove(Thing& thing, const http::Headers& who) {
    settle(thing, ask(Method::kDelete, at(thing), who), json(), std::string{thing.kind->name} + " removed");
  }
  void settle(Thing& thing, const Answer& answer, json after, const std::string& what) {
    if (is_good(answer)) {
      thing.held = std::move(after);
      ++thing.changes;
      count(what);
    } else {
      // Also when it was refused: sent again on a new connection, it may have been the second time.
      thing.perhaps.push_back(std::move(after));
    }
  }

  WriteLoad& load_;
  const Ward& ward_;
  const int number_;
  Dice dice_;
  http::Client http_;
  const http::Headers operator_;
  const http::Headers admin_token_;
  bool is_alone_ = false;
  int number_of_ = 0;  // tags and names so far
  int slots_ = 0;
  std::string clip_;
  std::vector<Thing> things_;
  std::map<std::string, std::string> starts_;  // of schedules
  std::vector<std::string> stops_;             // their words
  std::map<std::string, int> counts_;
  std::map<std::string, int> refused_;
  int unanswered_ = 0;
};

WriteLoad::WriteLoad(Ward ward, std::uint64_t seed, int clients) : ward_(std::move(ward)) {
  server::Store books = server::Store::make_writer(db::Database::open_writer(ward_.data / "server.db"));
  // Without a second factor nobody may administer, or be a deputy.
  for (const char* person : {"admin", "operator"})
    books.save_second_factor(PersonId{person}, {Bytes(20, 1), std::nullopt, 0});
  chairman_ = session_of(books, "chairman");
  admin_ = session_of(books, "admin");
  for (int number = 0; number < clients; ++number)
    clients_.push_back(std::make_unique<Client>(*this, number, seed + static_cast<std::uint64_t>(number)));
}

WriteLoad::~WriteLoad() {
  stop();
}

void WriteLoad::start() {
  for (const auto& client : clients_) threads_.emplace_back([&client] { client->run(); });
}

void WriteLoad::stop() {
  is_over_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

WriteLoad::Verdict WriteLoad::check() {
  Verdict verdict;
  for (const auto& client : clients_) {
    for (const auto& [what, count] : client->counts_) verdict.acknowledged[what] += count;
    for (const auto& [code, count] : client->refused_) verdict.refused[code] += count;
    verdict.unanswered += client->unanswered_;
  }
  check_things(verdict);
  check_audit(verdict);
  check_files(verdict);
  return verdict;
}

void WriteLoad::check_things(Verdict& verdict) const {
  http::Client http({ward_.authority});
  const auto get = [&](const std::string& path) {
    const bool is_chairmans = path == kToken.list;
    const http::Headers& who = path == kPerson.list ? admin_ : chairman_;
    const http::Headers token = {{"Authorization", "Bearer " + ward_.operator_token}};
    const auto answer =
        http.request(Method::kGet, ward_.url + path, is_chairmans || path == kPerson.list ? who : token);
    if (answer.status != 200) throw Error("office.refused", {path + ": " + answer.body});
    return json::parse(answer.body);
  };
  const bool is_ingested = becomes_true(
      [&] {
        return std::ranges::none_of(get(kRecording.list),
                                    [](const json& row) { return row.at("state") == "ingesting"; });
      },
      kIntakePatience);
  if (!is_ingested) verdict.faults.emplace_back("a recording is still being ingested");
  for (const Kind* kind : kKinds) {
    std::map<std::string, json> rows;
    std::set<std::string> tags;
    for (json& row : get(kind->list)) {
      const std::string tag = row.value(json::json_pointer(kind->tag), std::string{});
      if (!tag.empty() && !tags.insert(tag).second) {
        ++verdict.doubled;
        verdict.faults.push_back(std::string{"twice: "} + kind->name + " " + tag);
      }
      if (kind == &kRecording && row.at("state") == "refused")
        verdict.faults.push_back("a good recording was refused: " + row.dump());
      std::string id = id_of(row, *kind);
      rows.emplace(std::move(id), std::move(row));
    }
    for (const auto& client : clients_) {
      for (const Thing& thing : client->things_) {
        if (thing.kind != kind) continue;
        const auto row = rows.find(thing.id);
        const auto stands = [&](const json& wanted) {
          return wanted.is_null() ? row == rows.end() : row != rows.end() && is_as(row->second, wanted);
        };
        if (stands(thing.held) || std::ranges::any_of(thing.perhaps, stands)) continue;
        ++(row == rows.end() ? verdict.lost : verdict.changed);
        verdict.faults.push_back((row == rows.end() ? "lost: " : "changed: ") + std::string{kind->name} + " " +
                                 thing.id + " " + thing.held.dump() +
                                 (row == rows.end() ? "" : " is " + row->second.dump()));
      }
    }
  }
}

void WriteLoad::check_audit(Verdict& verdict) const {
  db::Database books = db::Database::open_reader(ward_.data / "server.db");
  db::check_integrity(books);
  std::map<std::string, int> rows;  // by subject
  std::string stops;
  auto audit = books.prepare("SELECT subject, action, after FROM audit");
  while (audit.step()) {
    ++rows[audit.get_text(0)];
    if (audit.get_text(1) == "stop") stops += audit.get_text(2);
  }
  const auto fault = [&](const std::string& what) {
    ++verdict.lost;
    verdict.faults.push_back("in the audit: " + what);
  };
  for (const auto& client : clients_) {
    for (const Thing& thing : client->things_) {
      const int found = rows[thing.id];
      const bool is_sure = thing.perhaps.empty() && thing.changes == 0;
      if (found < 1 + thing.changes || (is_sure && found != 1))
        fault(std::string{thing.kind->name} + " " + thing.id + ": " + std::to_string(found) + " rows after " +
              std::to_string(1 + thing.changes) + " acknowledged writes");
    }
    for (const std::string& why : client->stops_)
      if (stops.find("\"" + why + "\"") == std::string::npos) fault("no stop " + why);
  }
}

void WriteLoad::check_files(Verdict& verdict) const {
  server::Store books = server::Store::make_reader(db::Database::open_reader(ward_.data / "server.db"));
  std::set<fs::path> known;
  for (const server::Clip& clip : books.load_clips()) {
    const fs::path file = ward_.data / "clips" / (clip.hash.str() + ".opus");
    known.insert(file);
    if (!fs::exists(file) || crypto::to_hex(crypto::sha256_of_file(file)) != clip.hash.str())
      verdict.faults.push_back("not what its row says: " + file.string());
  }
  for (const server::Recording& recording : books.load_recordings(std::nullopt)) {
    const fs::path file = ward_.data / "recordings" / recording.id.str();
    known.insert(file);
    if (!fs::exists(file)) verdict.faults.push_back("no file: " + file.string());
    if (!books.load_spoken_text(recording.id) && fs::exists(file) &&
        static_cast<std::int64_t>(fs::file_size(file)) != recording.bytes)
      verdict.faults.push_back("cut off: " + file.string());
  }
  for (const char* folder : {"clips", "recordings", "uploads"})
    for (const auto& entry : fs::directory_iterator(ward_.data / folder))
      if (!known.contains(entry.path())) verdict.faults.push_back("a file without a row: " + entry.path().string());
}

}  // namespace loa::test
