#include "node-agent/guards/link_guard.h"

#include <gtest/gtest.h>

namespace loa::node {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Advice = LinkGuard::Advice;

constexpr MonoTime kStart{hours{1}};

LinkGuard::Signs signs(LinkGuard::Link link, MonoTime life, LinkGuard::Server server = LinkGuard::Server::kPresent,
                       LinkGuard::Sound sound = LinkGuard::Sound::kSilent) {
  return {link, life, server, sound};
}

TEST(LinkGuard, ALinkThatLivesIsLeftAlone) {
  LinkGuard guard(kStart);
  for (MonoTime t = kStart; t < kStart + hours{3}; t += minutes{1})
    EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, t - seconds{16}), t), Advice::kNone);
}

TEST(LinkGuard, WithoutAnswersItIsRebuiltOnceAndThenTheProcessGivesUp) {
  LinkGuard guard(kStart);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), kStart + minutes{5} - seconds{1}), Advice::kNone);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), kStart + minutes{5}), Advice::kRebuild);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), kStart + minutes{9}), Advice::kNone);
  const auto playing = signs(LinkGuard::Link::kUp, kStart, LinkGuard::Server::kPresent, LinkGuard::Sound::kPlaying);
  EXPECT_EQ(guard.judge(playing, kStart + minutes{11}), Advice::kNone) << "never while something sounds";
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), kStart + minutes{12}), Advice::kGiveUp);
}

TEST(LinkGuard, ARebuiltLinkThatLivesIsForgiven) {
  LinkGuard guard(kStart);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), kStart + minutes{5}), Advice::kRebuild);
  const MonoTime life = kStart + minutes{6};
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, life), life), Advice::kNone);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, life), life + minutes{5}), Advice::kRebuild);
}

TEST(LinkGuard, ADeadNetworkNeverEndsTheProcess) {
  LinkGuard guard(kStart);
  int rebuilt = 0;
  for (MonoTime t = kStart; t < kStart + hours{10}; t += minutes{1}) {
    const Advice advice = guard.judge(signs(LinkGuard::Link::kDown, kStart), t);
    EXPECT_NE(advice, Advice::kGiveUp);
    rebuilt += advice == Advice::kRebuild ? 1 : 0;
  }
  EXPECT_EQ(rebuilt, 119);
}

TEST(LinkGuard, AServerThatIsAwayOwesNoAnswer) {
  LinkGuard guard(kStart);
  MonoTime t = kStart;
  for (; t < kStart + hours{10}; t += minutes{1})
    EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart, LinkGuard::Server::kAway), t), Advice::kNone);
  EXPECT_EQ(guard.judge(signs(LinkGuard::Link::kUp, kStart), t), Advice::kNone) << "it has just come back";
}

}  // namespace
}  // namespace loa::node
