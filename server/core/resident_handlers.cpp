// The core's part in what residents say: docs/residents.md. Who they are is known to nobody, so that the audit has only
// what the office does about it.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

constexpr std::size_t kLongestComplaint = 2000;  // bytes; the interface counts characters
constexpr std::size_t kLongestSettlement = 1000;
// So far back may be what a complaint is about.
constexpr std::chrono::hours kOldestHeard{24};
constexpr seconds kClockSlack{60};
// Three of a kind within an hour are no longer one person's ear.
constexpr std::int64_t kManyComplaints = 3;
constexpr std::chrono::hours kManyWithin{1};

const char* alarm_of(ComplaintKind kind) {
  switch (kind) {
    case ComplaintKind::kTooLoud:
      return "complaints.too_loud";
    case ComplaintKind::kNotHeard:
      return "complaints.not_heard";
    case ComplaintKind::kBroken:
      return "complaints.broken";
    case ComplaintKind::kOther:
      break;
  }
  return "complaints.other";
}

}  // namespace

void ServerCore::handle(TakeComplaint& message, Now now) {
  answer<Complaint>(message.reply, "take_complaint", [&]() -> Complaint {
    Complaint& complaint = message.complaint;
    complaint.text = trimmed(complaint.text);
    if (complaint.text.size() > kLongestComplaint)
      throw Error("field.too_long", {"text", std::to_string(kLongestComplaint)});
    if (complaint.heard > now.wall + kClockSlack || complaint.heard < now.wall - kOldestHeard)
      throw Error("complaint.bad_time", {format_utc(complaint.heard)});
    complaint.id = ComplaintId{"g-" + random_id_()};
    complaint.made = now.wall;
    if (complaint.node) {
      const auto node = nodes_.find(*complaint.node);
      if (node == nodes_.end()) throw Error("node.unknown", {complaint.node->str()});
      complaint.area = node->second.area;
      complaint.play = store_.find_play_before(*complaint.node, complaint.heard);
    }
    store_.add_complaint(complaint);
    watch_complaints(now.wall);
    return complaint;
  });
}

void ServerCore::handle(SettleComplaint& message, Now now) {
  answer<Complaint>(message.reply, "settle_complaint", [&]() -> Complaint {
    const Settlement settlement{now.wall, by_.person, required_text(message.note, "note", kLongestSettlement)};
    auto complaint = store_.load_complaint(message.complaint);
    if (!complaint) throw Error("complaint.unknown", {message.complaint.str()});
    // The audit outlives what a resident wrote, so it has none of it.
    const std::string before = complaint->settled ? as_json(*complaint->settled) : "";
    complaint->settled = settlement;
    store_.together([&] {
      store_.settle_complaint(complaint->id, settlement);
      note({"settle_complaint", complaint->id.str(), before, as_json(settlement)}, now.wall);
    });
    watch_complaints(now.wall);
    return *complaint;
  });
}

void ServerCore::handle(CountMark& message, Now now) {
  answer<Done>(message.reply, "count_mark", [&]() -> Done {
    if (message.mark < 1 || message.mark > kBestMark) throw Error("satisfaction.bad_mark");
    store_.count_mark(quarter_of(civil::day_of(settings_.almanac.zone.to_civil(now.wall))), message.area, message.mark);
    return {};
  });
}

void ServerCore::watch_complaints(WallTime now) {
  std::set<std::pair<ComplaintKind, NodeId>> many;
  for (const ComplaintCount& each : store_.count_open_complaints(now - kManyWithin)) {
    if (each.count < kManyComplaints) continue;
    many.emplace(each.kind, each.node);
    alarms_.raise({alarm_of(each.kind), {each.node.str(), std::to_string(each.count)}}, each.node.str());
  }
  for (const auto& [kind, node] : complained_)
    if (!many.contains({kind, node})) alarms_.clear(alarm_of(kind), node.str());
  complained_ = std::move(many);
}

}  // namespace loa::server
