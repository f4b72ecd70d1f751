// The core's part in calendars: files that become schedules, and feeds that others subscribe to.
#include <utility>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"
#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

// Of 128 bits: nobody guesses one.
constexpr std::size_t kSecretSize = 16;

// Runs a check of one event; what it throws says which.
template <class Check>
void of_event(const ImportSchedules::Event& event, Check check) {
  try {
    check();
  } catch (const Error& error) {
    // A value is one for both languages.
    throw Error("import.event",
                {std::to_string(event.line), event.summary,
                 render(error.text(), Language::kVietnamese) + " / " + render(error.text(), Language::kEnglish)});
  }
}

}  // namespace

void ServerCore::handle(ImportSchedules& message, Now now) {
  answer<ImportSchedules::Made>(message.reply, "import_schedules", [&]() -> ImportSchedules::Made {
    std::vector<schedules::Schedule> wanted;
    for (ImportSchedules::Event& event : message.events) {
      of_event(event, [&] { complete(event.wanted, now); });
      wanted.push_back(event.wanted);
    }
    const auto save = [&] {
      for (const schedules::Schedule& each : wanted) {
        store_.add_schedule(each, now.wall);
        note({"import_schedules", each.id.str(), "", as_json(ScheduleRow{each, std::nullopt})}, now.wall);
      }
    };
    // Of a file each event was meant: one that could not be heard is said, not lost among the others.
    const auto require = [&](const schedules::Foresight& foresight) {
      for (const ImportSchedules::Event& event : message.events)
        of_event(event, [&] { require_sound(foresight, {event.wanted}, now.wall); });
    };
    Tried tried = write({wanted, message.mode, require, save}, now.wall);
    ImportSchedules::Made made{{}, std::move(tried.difference), std::move(tried.kept), std::move(tried.softer)};
    for (schedules::Schedule& each : wanted) made.rows.push_back({std::move(each), std::nullopt});
    return made;
  });
}

void ServerCore::handle(CreateFeed& message, Now now) {
  answer<CreateFeed::Made>(message.reply, "create_feed", [&]() -> CreateFeed::Made {
    CreateFeed::Made made{
        {"f-" + random_id_(), required_text(message.name, "name", kLongestTitle), message.area, now.wall},
        crypto::encode_hex(crypto::random_bytes(kSecretSize))};
    store_.together([&] {
      store_.add_feed(made.feed, crypto::to_hex(crypto::sha256(view_bytes(made.secret))));
      note({"create_feed", made.feed.id, "", as_json(made.feed)}, now.wall);
    });
    return made;
  });
}

void ServerCore::handle(RemoveFeed& message, Now now) {
  answer<Done>(message.reply, "remove_feed", [&]() -> Done {
    store_.together([&] {
      const auto feed = store_.load_feed(message.feed);
      store_.remove_feed(message.feed);
      note({"remove_feed", message.feed, as_json(*feed), ""}, now.wall);
    });
    return {};
  });
}

}  // namespace loa::server
