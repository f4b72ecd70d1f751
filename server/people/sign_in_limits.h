// How often somebody may guess, docs/people.md §2. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "server/people/windows.h"

namespace loa::server {

class SignInLimits {
 public:
  // Counts a try before it is known how it ends; false: too many have failed, it must not be looked at.
  [[nodiscard]] bool take(const PersonId& person, const std::string& address, MonoTime now);
  // The try was good: the name's failures from there are forgotten, and this one is not the address's.
  void forgive(const PersonId& person, const std::string& address, MonoTime now);

  static constexpr std::chrono::minutes kWindow{15};
  static constexpr int kOfOneName = 5;        // from one address
  static constexpr int kOfOneAddress = 20;    // whatever the names
  static constexpr int kOfOneNameInAll = 50;  // from all addresses: beyond it this is an attack by many

 private:
  using Key = std::pair<std::string, std::string>;  // name and address; either may be empty: of all

  std::mutex mutex_;
  Windows<Key> tries_{kWindow};  // guarded by mutex_
};

}  // namespace loa::server
