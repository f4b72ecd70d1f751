// The core's part in what the ward says of its areas and loudspeakers.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {

namespace {

// For the audit: what people say of a node.
std::string terms_of(const Node& node) {
  nlohmann::json position;
  if (node.position) position = {{"latitude", node.position->latitude}, {"longitude", node.position->longitude}};
  return dump(nlohmann::json{{"name", node.name},
                             {"area", node.area.str()},
                             {"position", std::move(position)},
                             {"delay_ms", node.delay.count()}});
}

}  // namespace

Error ServerCore::changed_meanwhile(const char* code, const std::vector<std::string>& subjects, WallTime now,
                                    const std::function<bool(const AuditRow&)>& counts) {
  std::optional<AuditRow> last;
  for (const std::string& subject : subjects) {
    AuditFilter filter;
    filter.subject = subject;
    const auto rows = store_.load_audit(filter);
    const auto row = std::ranges::find_if(rows, counts);
    if (row != rows.end() && (!last || last->seq < row->seq)) last = *row;
  }
  std::string who = last ? last->by.person.str() : "";
  if (const auto person = store_.load_person(PersonId{who})) who = person->name;
  if (who.empty()) who = "loa-server";
  const schedules::Timetable& table = timetable(now);
  const WallTime at = last ? last->at : now;
  const civil::Time local =
      civil::Time{table.day_of(at)} + std::chrono::floor<seconds>(at - table.midnight(table.day_of(at)));
  return Error(code, {std::move(who), civil::format_time(local)});
}

void ServerCore::handle(ChangeArea& message, Now now) {
  answer<Area>(message.reply, "change_area", [&]() -> Area {
    const auto areas = store_.load_areas();
    const auto before = std::ranges::find(areas, message.area.id, &Area::id);
    if (before == areas.end()) throw Error("area.unknown", {message.area.id.str()});
    Area after = *before;
    after.name = required_text(message.area.name, "name", kLongestTitle);
    after.residents = message.area.residents;
    store_.together([&] {
      store_.save_area(after);
      note({"change_area", after.id.str(), as_json(*before), as_json(after)}, now.wall);
    });
    return after;
  });
}

void ServerCore::handle(ChangeNode& message, Now now) {
  answer<ChangeNode::Changed>(message.reply, "change_node", [&]() -> ChangeNode::Changed {
    const NodeId& id = message.node.id;
    const auto before = store_.load_node(id);
    if (!before) throw Error("node.unknown", {id.str()});
    Node after = *before;
    after.name = required_text(message.node.name, "name", kLongestTitle);
    after.area = message.node.area;
    after.position = message.node.position;
    if (message.delay) after.delay = *message.delay;
    settle(now.wall);
    const bool is_moved_place =
        after.area != before->area && timetable(now.wall).spot(before->area, id) != before->area;
    std::vector<NodePlan> plans;
    try {
      store_.together([&] {
        store_.save_node(after);
        note({"change_node", id.str(), terms_of(*before), terms_of(after)}, now.wall);
        nodes_[id] = after;
        if (is_moved_place) {
          // What is scheduled for it by itself comes along, and others may have to give way to it there.
          timetable_.reset();
          std::vector<NodeId> enrolled;
          for (const auto& [each, node] : nodes_)
            if (node.public_key) enrolled.push_back(each);
          plans = plan(enrolled, now.wall, Reissue::kIfChanged);
        } else if (after.public_key && (after.area != before->area || after.delay != before->delay)) {
          plans = plan(std::vector{id}, now.wall, Reissue::kIfChanged);
        }
      });
    } catch (const Error&) {
      nodes_[id] = *before;
      if (is_moved_place) timetable_.reset();
      throw;
    }
    send_plans(plans);
    return {std::move(after), store_.find_code_of(id), store_.load_report(id), store_.load_plan_name(id)};
  });
}

}  // namespace loa::server
