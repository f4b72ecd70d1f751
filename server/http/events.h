// What changes in the ward, told to everybody who has the console open: server-sent events of GET /api/events.
//
//   hello    {"version","seen"}                        the stream has begun: what somebody shows that was asked for
//   before
//                                                       is right if it knows of a loudspeaker's word of then (`seen`)
//   nodes    [Node…]                                    what these loudspeakers say now
//   alarms   [words…]                                   all of them
//   changed  {"action","subject","person"}              what somebody did (docs/audit.md); to whoever is bound to an
//                                                       area without subject and person
//   heartbeat {}                                        every 15 s: the line lives
//   changed  {"action":"outcomes"|"complaints"|"nodes"|"progress"}   there is more to ask for
//
// A reader connection of its own looks at the books twice a second while somebody listens, so neither the core nor the
// HTTP thread does anything for it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/http/route.h"
#include "server/core/alarms.h"
#include "server/store/store.h"

namespace loa::server {

class EventDesk {
 public:
  // `alarms` outlives it.
  EventDesk(Store books, const Alarms& alarms);
  ~EventDesk();
  EventDesk(const EventDesk&) = delete;
  EventDesk& operator=(const EventDesk&) = delete;

  // Any thread. `areas`: of whoever is bound to them; none: the whole ward. `session`: SHA-256 of its secret, as
  // Caller has it; its end is the stream's. Empty: a program's.
  void join(http::EventStream stream, std::optional<std::set<AreaId>> areas, std::string session);

 private:
  struct Listener {
    http::EventStream stream;
    std::optional<std::set<AreaId>> areas;
    std::string session;
    MonoTime joined;
    bool is_new = true;
  };
  struct Heard {
    std::optional<WallTime> told, planned;
    bool operator==(const Heard&) const = default;
  };

  void run(const std::stop_token& stop);
  // Says to everybody what is new since the last look.
  void look();
  void part_from_signed_out();
  void tell_nodes();
  void tell_deeds();
  void tell_alarms();
  void tell(std::string_view event, const std::string& data);
  // To `bound` instead, where it is bound.
  void tell(std::string_view event, const std::string& data, const std::string& bound);

  Store books_;  // used on thread_ only
  const Alarms& alarms_;
  std::int64_t version_ = -1;              // of the books at the last look
  std::optional<std::int64_t> last_deed_;  // number in the audit
  std::map<NodeId, Heard> heard_;
  std::optional<WallTime> last_told_;  // the newest word of any loudspeaker
  Store::Tail tail_;
  std::string alarms_told_;
  MonoTime beaten_{};
  std::mutex mutex_;
  std::condition_variable_any joined_;
  std::vector<Listener> listeners_;  // protected by mutex_
  std::jthread thread_;              // last: it uses everything above
};

}  // namespace loa::server
