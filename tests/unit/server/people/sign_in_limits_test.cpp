#include "server/people/sign_in_limits.h"

#include <gtest/gtest.h>

namespace loa::server {
namespace {

const PersonId kHoa{"hoa"};
const MonoTime kStart{std::chrono::hours{1}};

TEST(SignInLimits, OneNameFromOneAddress) {
  SignInLimits limits;
  for (int i = 0; i < SignInLimits::kOfOneName; ++i) EXPECT_TRUE(limits.take(kHoa, "a", kStart));
  EXPECT_FALSE(limits.take(kHoa, "a", kStart));
  EXPECT_TRUE(limits.take(kHoa, "b", kStart)) << "the person's own telephone is not locked out with the guesser";
  EXPECT_TRUE(limits.take(PersonId{"lan"}, "a", kStart));
  EXPECT_FALSE(limits.take(kHoa, "a", kStart + SignInLimits::kWindow - seconds{1}));
  EXPECT_TRUE(limits.take(kHoa, "a", kStart + SignInLimits::kWindow));
}

TEST(SignInLimits, OneAddressWhateverTheNames) {
  SignInLimits limits;
  for (int i = 0; i < SignInLimits::kOfOneAddress; ++i)
    EXPECT_TRUE(limits.take(PersonId{"p-" + std::to_string(i)}, "a", kStart));
  EXPECT_FALSE(limits.take(kHoa, "a", kStart));
  EXPECT_TRUE(limits.take(kHoa, "b", kStart));
}

TEST(SignInLimits, OneNameFromEverywhere) {
  SignInLimits limits;
  for (int i = 0; i < SignInLimits::kOfOneNameInAll; ++i)
    EXPECT_TRUE(limits.take(kHoa, "a-" + std::to_string(i), kStart));
  EXPECT_FALSE(limits.take(kHoa, "b", kStart));
  EXPECT_TRUE(limits.take(PersonId{"lan"}, "b", kStart));
}

TEST(SignInLimits, WhoSignsInHasNotGuessed) {
  SignInLimits limits;
  for (int round = 0; round < 2 * SignInLimits::kOfOneAddress; ++round) {
    ASSERT_TRUE(limits.take(kHoa, "a", kStart)) << round;
    limits.forgive(kHoa, "a", kStart);
  }
  // A guesser who may sign in by a name of their own gets no further tries for another's by it.
  for (int i = 0; i < SignInLimits::kOfOneName; ++i) EXPECT_TRUE(limits.take(PersonId{"lan"}, "a", kStart));
  ASSERT_TRUE(limits.take(kHoa, "a", kStart));
  limits.forgive(kHoa, "a", kStart);
  EXPECT_FALSE(limits.take(PersonId{"lan"}, "a", kStart));
}

}  // namespace
}  // namespace loa::server
