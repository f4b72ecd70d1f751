// The routes for residents, who sign in nowhere, and of the office that reads what they say: docs/residents.md.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/http/route.h"
#include "server/http/calendar.h"
#include "server/http/desk.h"
#include "server/people/resident_limits.h"

namespace loa::server {

class ResidentsRoutes {
 public:
  // `desk` outlives this object, and this object the server.
  explicit ResidentsRoutes(Desk& desk) : desk_(desk) {}

  // Those of residents only when the ward has opened its pages.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  // Whether more may be told of it than that it was aired.
  [[nodiscard]] static bool is_told(const Announcement& announcement);
  using Announcements = std::map<AnnouncementId, Announcement>;
  [[nodiscard]] Announcements announcements();

  using Programme = std::shared_ptr<const std::vector<Airing>>;
  using TakeProgramme = std::function<void(const std::variant<Programme, Text>&)>;
  // Asks the core once a minute, whoever comes. `take` is called at once, or on the core's thread.
  void with_programme(const http::Request& request, const TakeProgramme& take);
  void send_programme(const http::Request& request, const http::Responder& responder);
  void send_calendar(const http::Request& request, const http::Responder& responder);

  struct Aired {
    const Announcement* announcement = nullptr;  // of `announcements`; none: nothing is told of it
    WallTime start;
    std::set<AreaId> areas;
    std::int64_t loudspeakers = 0;
  };
  struct AiredList {
    MonoTime made;
    Announcements announcements;
    std::vector<Aired> all;    // newest first
    std::set<ClipHash> clips;  // of those that are told of
  };
  // Read from the books once a minute.
  const AiredList& aired();
  [[nodiscard]] std::vector<Aired> aired_in(const http::Request& request);
  void send_feed(const http::Request& request, const http::Responder& responder);
  void send_audio(const http::Request& request, const http::Responder& responder);
  // The area asked for with all that is heard there, above and below it; none: everywhere. 404 area.unknown.
  [[nodiscard]] std::optional<std::set<AreaId>> heard_where(const http::Request& request);

  [[nodiscard]] nlohmann::json ward_json();
  [[nodiscard]] Node node_in_path(const http::Request& request);
  [[nodiscard]] nlohmann::json node_json(const http::Request& request);
  void complain(const http::Request& request, const http::Responder& responder);
  void mark(const http::Request& request, const http::Responder& responder);
  [[noreturn]] void refuse_many() const;

  [[nodiscard]] nlohmann::json list_complaints(const http::Request& request);
  void settle(const http::Request& request, const http::Responder& responder);
  void send_sticker(const http::Request& request, const http::Responder& responder);

  Desk& desk_;
  ResidentLimits limits_;
  std::optional<AiredList> aired_;

  std::mutex mutex_;
  Programme programme_;                 // guarded by mutex_
  MonoTime programme_made_;             // guarded by mutex_
  std::vector<TakeProgramme> waiting_;  // guarded by mutex_; for an answer of the core
};

}  // namespace loa::server
