#include "server/people/sign_in_limits.h"

namespace loa::server {

bool SignInLimits::take(const PersonId& person, const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  // Whoever is not known yet waits with an attack from very many addresses.
  if (!tries_.has_room(now)) return false;
  int& here = tries_.count({person.str(), address}, now);
  int& from_there = tries_.count({"", address}, now);
  int& in_all = tries_.count({person.str(), ""}, now);
  if (here >= kOfOneName || from_there >= kOfOneAddress || in_all >= kOfOneNameInAll) return false;
  ++here;
  ++from_there;
  ++in_all;
  return true;
}

void SignInLimits::forgive(const PersonId& person, const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  tries_.count({person.str(), address}, now) = 0;
  for (int* shared : {&tries_.count({"", address}, now), &tries_.count({person.str(), ""}, now)})
    if (*shared > 0) --*shared;
}

}  // namespace loa::server
