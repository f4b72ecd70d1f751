#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"
#include "common/loop/worker.h"

namespace loa {
namespace {

TEST(Mailbox, GivesBackInOrderAndWakesOnlyWhenItWasEmpty) {
  int wakes = 0;
  Mailbox<int> mailbox(3, [&] { ++wakes; });
  EXPECT_EQ(mailbox.take(), std::nullopt);
  EXPECT_TRUE(mailbox.post(1));
  EXPECT_TRUE(mailbox.post(2));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(mailbox.take(), 1);
  EXPECT_TRUE(mailbox.post(3));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(mailbox.take(), 2);
  EXPECT_EQ(mailbox.take(), 3);
  EXPECT_EQ(mailbox.take(), std::nullopt);
  EXPECT_TRUE(mailbox.post(4));
  EXPECT_EQ(wakes, 2);
}

TEST(Mailbox, RefusesWhenFullAndCountsIt) {
  Mailbox<int> mailbox(1, [] {});
  EXPECT_TRUE(mailbox.post(1));
  EXPECT_FALSE(mailbox.post(2));
  EXPECT_EQ(mailbox.refused(), 1U);
  EXPECT_EQ(mailbox.take(), 1);
  EXPECT_TRUE(mailbox.post(3));
}

TEST(Mailbox, WhatMayNotWaitComesFirstAlsoWhenItIsFull) {
  int wakes = 0;
  Mailbox<int> mailbox(2, [&] { ++wakes; });
  EXPECT_TRUE(mailbox.post(1));
  EXPECT_TRUE(mailbox.post(2));
  EXPECT_TRUE(mailbox.post_first(3));
  EXPECT_FALSE(mailbox.post(4));
  EXPECT_TRUE(mailbox.post_first(5));
  EXPECT_FALSE(mailbox.post_first(6)) << "without a bound";
  EXPECT_EQ(mailbox.take(), 5);
  EXPECT_EQ(mailbox.take(), 3);
  EXPECT_EQ(mailbox.take(), 1);
  EXPECT_EQ(mailbox.take(), 2);
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(mailbox.post_first(7));
  EXPECT_EQ(wakes, 2);
}

// Four posters and one taker: nothing is lost and each poster's order is kept.
TEST(Mailbox, KeepsEachPostersOrderUnderThreads) {
  constexpr std::size_t kPosters = 4;
  constexpr int kEach = 1000;
  Mailbox<std::pair<std::size_t, int>> mailbox(kPosters * kEach, [] {});
  std::vector<std::jthread> posters;
  posters.reserve(kPosters);
  for (std::size_t poster = 0; poster < kPosters; ++poster)
    posters.emplace_back([&mailbox, poster] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(mailbox.post({poster, i}));
    });
  std::vector<int> next(kPosters, 0);
  for (std::size_t taken = 0; taken < kPosters * kEach;) {
    const auto message = mailbox.take();
    if (!message) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(message->second, next.at(message->first)++);
    ++taken;
  }
}

TEST(MainLoop, WakesFromAnotherThreadAndQuits) {
  MainLoop loop;
  int woken = 0;
  loop.set_on_wake([&] {
    ++woken;
    loop.quit();
  });
  const std::jthread other([&] { loop.wake(); });
  loop.run();
  EXPECT_EQ(woken, 1);
}

TEST(MainLoop, ManyWakesBeforeItRunsAreOne) {
  MainLoop loop;
  int woken = 0;
  loop.set_on_wake([&] {
    ++woken;
    loop.quit();
  });
  loop.wake();
  loop.wake();
  loop.run();
  EXPECT_EQ(woken, 1);
}

// A deadline that has passed is due at once; the last one set counts; max() means none.
TEST(MainLoop, RunsAtTheDeadlineThatStands) {
  MainLoop loop;
  std::vector<MonoTime> woken;
  loop.set_on_wake([&] {
    woken.push_back(system_now().mono);
    loop.quit();
  });
  const MonoTime deadline = system_now().mono + milliseconds{1};
  loop.wake_at(MonoTime{});
  loop.wake_at(MonoTime::max());
  loop.wake_at(deadline);
  loop.run();
  ASSERT_EQ(woken.size(), 1U);
  EXPECT_GE(woken.front(), deadline);
}

TEST(Worker, DoesWhatItIsGivenInOrderAndTakesNoMoreThanMayWait) {
  std::mutex gate;
  std::vector<int> done;
  gate.lock();
  {
    std::promise<void> begun;
    Worker worker(2);
    ASSERT_TRUE(worker.post([&] {
      begun.set_value();
      const std::lock_guard lock(gate);
      done.push_back(1);
    }));
    begun.get_future().wait();
    std::promise<void> last;
    EXPECT_TRUE(worker.post([&] { done.push_back(2); }));
    EXPECT_TRUE(worker.post([&] { last.set_value(); }));
    EXPECT_FALSE(worker.post([&] { done.push_back(4); })) << "two wait already";
    gate.unlock();
    last.get_future().wait();
  }
  EXPECT_EQ(done, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace loa
