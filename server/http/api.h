// The server's HTTP interface: one table of routes, which the server works by and the OpenAPI document is printed from.
//
// Reads are answered on the HTTP thread from a read-only connection; everything that changes the ward is posted to the
// core, which answers from its own thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/http/route.h"
#include "common/http/server.h"
#include "common/trust/trust_book.h"
#include "schedules/schedule.h"
#include "schedules/templates/template.h"
#include "server/core/alarms.h"
#include "server/core/messages.h"
#include "server/speech/lexicon.h"
#include "server/store/store.h"

namespace loa::server {

class EventDesk;
class ReportDesk;

// docs/residents.md
struct ResidentSettings {
  bool are_open = false;
  std::string url = {};      // as residents reach the server, without a slash at its end
  std::string contact = {};  // for whoever wants an answer
  std::chrono::hours published{30 * 24};
};

struct ApiSettings {
  StationId station;
  std::filesystem::path clips;    // folder of <sha256>.opus
  std::filesystem::path uploads;  // where recordings arrive; emptied by whoever starts the server
  std::filesystem::path web;      // the console's files
  schedules::Almanac almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}};
  std::vector<templates::Template> templates;
  speech::Lexicon lexicon = {};   // how text is read aloud
  ReportDesk* reports = nullptr;  // none: without its routes
  ResidentSettings residents = {};
  std::uint64_t keep_free_bytes = 0;        // on the uploads' disk, by whatever is large
  std::filesystem::path authority = {};     // PEM: who vouched for this server's certificate; none: a public one did
  EventDesk* events = nullptr;              // none: without live news
  std::filesystem::path tiles = {};         // folder of z/x/y.png for the console's map; empty: none
  const trust::TrustBook* trust = nullptr;  // as it is published; none: nobody asks for the keys. Outlives the Api
  // A speaker's audio on its way to the channel, as live::LiveDesk::speak; none: nobody speaks.
  std::function<bool(const PlayId& play, ByteView message)> speak = {};
  std::map<std::string, std::filesystem::path> certificates = {};  // by what they are for, PEM; told by list_keys
};

// Puts a message into the core's mailbox; false when it is full.
using Post = std::function<bool(ServerMessage)>;
using RandomId = std::function<std::string()>;

class Api {
 public:
  // `books` is used on the HTTP thread only; `alarms` outlives this object.
  Api(ApiSettings settings, Store books, const Alarms& alarms, Post post, RandomId random_id);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The table; handlers refer to this object, which must outlive the server.
  [[nodiscard]] std::vector<http::Route> routes();
  [[nodiscard]] http::Authorize authorize();
  [[nodiscard]] const std::string& openapi() const { return openapi_; }

 private:
  struct Handlers;
  std::unique_ptr<Handlers> handlers_;
  std::string openapi_;
};

}  // namespace loa::server
