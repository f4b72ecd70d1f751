// The core's part in enrolment and revocation: what is booked here is planned, sent and remembered at once.
#include <nlohmann/json.hpp>

#include "server/core/commands.h"
#include "server/core/server_core.h"

namespace loa::server {

void ServerCore::handle(CreateNode& message, Now now) {
  answer<NewCode>(message.reply, "create_node", [&]() -> NewCode {
    require_id(message.node, "node");
    if (message.node.str() == wire::kServer) throw Error("node.reserved", {message.node.str()});
    const Node node{message.node, message.area, required_text(message.name, "name", kLongestTitle)};
    NewCode code;
    store_.together([&] {
      store_.add_node(node, now.wall);
      code = enrolment_.make_code(node.id, now.wall);
      note({"create_node", node.id.str(), "", dump(nlohmann::json{{"name", node.name}, {"area", node.area.str()}})},
           now.wall);
    });
    nodes_[node.id] = node;
    return code;
  });
}

void ServerCore::handle(MakeCode& message, Now now) {
  answer<NewCode>(message.reply, "make_code", [&]() -> NewCode {
    NewCode code;
    store_.together([&] {
      code = enrolment_.make_code(message.node, now.wall);
      note({"create_code", message.node.str()}, now.wall);
    });
    return code;
  });
}

void ServerCore::handle(EnrolNode& message, Now now) {
  answer<std::string>(message.reply, "enrol", [&]() -> std::string {
    const Enrolment::Proved proved = enrolment_.check(view_bytes(message.envelope), now.wall);
    const NodeId& id = proved.code.node;
    std::string envelope;
    std::vector<NodePlan> plans;
    store_.together([&] {
      envelope = enrolment_.accept(proved, now.wall);
      note({"enrol_node", id.str()}, now.wall);
      signer::if_signed([&] { plans = plan(std::vector{id}, now.wall, Reissue::kAlways); });
    });
    nodes_[id] = *store_.load_node(id);
    send_plans(plans);
    log::info("node enrolled", {{"node", id.str()}, {"key", crypto::key_id(*nodes_[id].public_key)}});
    return envelope;
  });
}

void ServerCore::handle(RevokeNode& message, Now now) {
  answer<Node>(message.reply, "revoke", [&]() -> Node {
    const std::string why = trimmed(message.why);
    if (why.size() > kLongestTitle) throw Error("field.too_long", {"why", std::to_string(kLongestTitle)});
    std::vector<NodePlan> plans;
    store_.together([&] {
      enrolment_.revoke(message.node, why, now.wall);
      note({"revoke_node", message.node.str(), "", dump(nlohmann::json{{"why", why}})}, now.wall);
      signer::if_signed([&] { plans = plan(std::vector{message.node}, now.wall, Reissue::kAlways); });
    });
    Node node = *store_.load_node(message.node);
    nodes_[node.id] = node;
    // While its session still lives: it falls silent by itself if it is honest. Without a signer it is shut out all the
    // same.
    send_plans(plans);
    signer::if_signed([&] { send(node.id, wire::StopOrder{std::nullopt, "revoked"}, now.wall); });
    enrolment_.shut_out(node.id, now.wall);
    log::warning("node revoked", {{"node", node.id.str()}, {"why", why}});
    return node;
  });
}

void ServerCore::handle(RenewCertificate& message, Now now) {
  answer<std::string>(message.reply, "renew_certificate",
                      [&] { return enrolment_.renew(message.node, message.serial, now.wall); });
}

}  // namespace loa::server
