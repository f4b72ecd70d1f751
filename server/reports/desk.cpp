#include "server/reports/desk.h"

#include <utility>

#include "common/base/log.h"
#include "server/reports/document.h"

namespace loa::server {
namespace {

constexpr std::chrono::minutes kLook{15};
// Alarms of deadlines that are over since then are cleared.
constexpr civil::days kOver{31};

}  // namespace

void remind_of_reports(const ReportSettings& settings, WallTime now, Alarms& alarms) {
  const civil::Day today = civil::day_of(settings.zone.to_civil(now));
  const DeadlineRules& rules = settings.form.deadlines;
  const civil::days ahead{rules.reminder_days_before.front()};
  for (const Period& period : periods_with_deadline(rules, today - kOver, today + ahead)) {
    if (!reminder_due(rules, period, today)) {
      alarms.clear("report.due", period.id);
      continue;
    }
    const auto said = [](civil::Day day) { return written(day, Language::kVietnamese); };
    alarms.raise({"report.due",
                  {said(period.range.from), said(period.range.to), said(period.deadline),
                   std::to_string((period.deadline - today).count())}},
                 period.id);
  }
}

ReportDesk::ReportDesk(ReportSettings settings, Store books, Alarms& alarms, std::function<Now()> clock)
    : settings_(settings), writer_(std::move(settings), std::move(books)), alarms_(alarms), clock_(std::move(clock)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ReportDesk::~ReportDesk() = default;

bool ReportDesk::ask(Job job) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void ReportDesk::run(const std::stop_token& stop) {
  MonoTime next_look = clock_().mono;
  while (!stop.stop_requested()) {
    if (clock_().mono >= next_look) {
      see_to_deadlines();
      next_look = clock_().mono + kLook;
    }
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait_for(lock, stop, kLook, [this] { return !waiting_.empty(); })) continue;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    job(writer_);
  }
}

void ReportDesk::see_to_deadlines() {
  const WallTime now = clock_().wall;
  remind_of_reports(settings_, now, alarms_);
  try {
    writer_.write_due(now);
    alarms_.clear("report.not_written");
  } catch (const Error& error) {
    alarms_.raise({"report.not_written", {error.what()}});
  }
}

}  // namespace loa::server
