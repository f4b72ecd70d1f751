// Reports are made on a thread of its own, one at a time, beside the core and the HTTP server; those of the ward's
// deadlines by themselves, and whoever has to send them is reminded.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/base/time.h"
#include "server/core/alarms.h"
#include "server/reports/report_writer.h"

namespace loa::server {

class ReportDesk {
 public:
  // Called on the desk's thread, once. Must not throw. What still waits when the desk ends is dropped.
  using Job = std::function<void(ReportWriter&)>;

  static constexpr std::size_t kMostWaiting = 4;

  // `alarms` outlives it. Reports that are due are looked for at once and then every quarter of an hour. Throws Error
  // file.cannot_write.
  ReportDesk(ReportSettings settings, Store books, Alarms& alarms, std::function<Now()> clock = system_now);
  ~ReportDesk();
  ReportDesk(const ReportDesk&) = delete;
  ReportDesk& operator=(const ReportDesk&) = delete;

  // Any thread. False when too many wait.
  [[nodiscard]] bool ask(Job job);
  [[nodiscard]] const ReportSettings& settings() const { return settings_; }
  [[nodiscard]] Now now() const { return clock_(); }

 private:
  void run(const std::stop_token& stop);
  void see_to_deadlines();

  const ReportSettings settings_;
  ReportWriter writer_;  // used on thread_ only
  Alarms& alarms_;
  const std::function<Now()> clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> waiting_;  // protected by mutex_
  std::jthread thread_;      // last: it uses everything above
};

// Raises `report.due` for each period whose deadline is near, and clears it for the others.
void remind_of_reports(const ReportSettings& settings, WallTime now, Alarms& alarms);

}  // namespace loa::server
