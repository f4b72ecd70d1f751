#include "server/people/sign_in_limits.h"

namespace loa::server {
namespace {

constexpr std::size_t kMostRemembered = 10'000;

}  // namespace

SignInLimits::Tries& SignInLimits::tries(const Key& key, MonoTime now) {
  const auto [entry, is_new] = tries_.try_emplace(key, Tries{now, 0});
  if (!is_new && now - entry->second.since >= kWindow) entry->second = Tries{now, 0};
  return entry->second;
}

void SignInLimits::forget_old(MonoTime now) {
  std::erase_if(tries_, [&](const auto& entry) { return now - entry.second.since >= kWindow; });
}

bool SignInLimits::take(const PersonId& person, const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (tries_.size() >= kMostRemembered) {
    forget_old(now);
    // Still full: an attack from very many addresses. Whoever is not known yet waits with it.
    if (tries_.size() >= kMostRemembered) return false;
  }
  Tries& here = tries({person.str(), address}, now);
  Tries& from_there = tries({"", address}, now);
  Tries& in_all = tries({person.str(), ""}, now);
  if (here.count >= kOfOneName || from_there.count >= kOfOneAddress || in_all.count >= kOfOneNameInAll) return false;
  ++here.count;
  ++from_there.count;
  ++in_all.count;
  return true;
}

void SignInLimits::forgive(const PersonId& person, const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  tries({person.str(), address}, now).count = 0;
  for (Tries* shared : {&tries({"", address}, now), &tries({person.str(), ""}, now)})
    if (shared->count > 0) --shared->count;
}

}  // namespace loa::server
