#include "server/people/resident_limits.h"

namespace loa::server {

bool ResidentLimits::take_complaint(const std::string& network, const std::optional<NodeId>& node, MonoTime now) {
  if (!networks_.has_room(now) || !nodes_.has_room(now)) return false;
  int& from_there = networks_.count(network, now);
  int& in_all = nodes_.count("", now);
  int* about = node ? &nodes_.count(node->str(), now) : nullptr;
  if (from_there >= kOfOneNetwork || in_all >= kInAll || (about != nullptr && *about >= kOfOneNode)) return false;
  ++from_there;
  ++in_all;
  if (about != nullptr) ++*about;
  return true;
}

bool ResidentLimits::take_mark(const std::string& network, MonoTime now) {
  if (!marks_.has_room(now)) return false;
  int& from_there = marks_.count(network, now);
  if (from_there >= kMarks) return false;
  ++from_there;
  return true;
}

}  // namespace loa::server
