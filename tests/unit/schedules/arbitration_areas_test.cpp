#include <gtest/gtest.h>

#include "common/base/error.h"
#include "schedules/arbitration/areas.h"

namespace loa::schedules {
namespace {

AreaPlace place(const char* id, const char* parent = nullptr) {
  return {AreaId{id}, parent ? std::optional{AreaId{parent}} : std::nullopt};
}

std::string refusal(const std::vector<AreaPlace>& places) {
  try {
    AreaTree{places};
  } catch (const Error& error) {
    return error.text().code;
  }
  return "";
}

TEST(AreaTree, TakesPlacesInAnyOrder) {
  const std::vector<AreaPlace> places = {place("alley", "group"), place("group", "ward"), place("ward"),
                                         place("school", "ward")};
  const AreaTree tree{places};
  const auto index = [&](const char* id) { return tree.find(AreaId{id}).value(); };
  EXPECT_EQ(tree.parent(index("alley")), index("group"));
  EXPECT_EQ(tree.parent(index("ward")), AreaTree::kNone);
  EXPECT_EQ(tree.children(index("ward")).size(), 2U);
  EXPECT_TRUE(tree.is_within(index("alley"), index("ward")));
  EXPECT_TRUE(tree.is_within(index("alley"), index("alley")));
  EXPECT_FALSE(tree.is_within(index("alley"), index("school")));
  EXPECT_FALSE(tree.is_within(index("ward"), index("alley")));
  EXPECT_FALSE(tree.find(AreaId{"elsewhere"}));
}

TEST(AreaTree, TakesALoudspeakerBelowItsAreaOnce) {
  AreaTree tree{std::vector{place("ward"), place("group", "ward"), place("school", "ward")}};
  const AreaId own = place_of(NodeId{"group"});
  tree.add({own, AreaId{"group"}});
  ASSERT_TRUE(tree.find(own).has_value());
  EXPECT_NE(tree.find(own), tree.find(AreaId{"group"})) << "a loudspeaker may be called like an area";
  EXPECT_EQ(tree.parent(*tree.find(own)), tree.find(AreaId{"group"}));
  EXPECT_EQ(tree.children(*tree.find(AreaId{"group"})).size(), 1U);
  EXPECT_TRUE(tree.is_within(*tree.find(own), *tree.find(AreaId{"ward"})));
  tree.add({own, AreaId{"school"}});
  EXPECT_EQ(tree.size(), 4U);
  EXPECT_EQ(tree.parent(*tree.find(own)), tree.find(AreaId{"group"})) << "it stays where it is";
  EXPECT_THROW(tree.add({place_of(NodeId{"n-1"}), AreaId{"elsewhere"}}), Error);
  EXPECT_EQ(tree.size(), 4U);
}

TEST(AreaTree, RefusesWhatIsNoTree) {
  EXPECT_EQ(refusal({place("a", "b")}), "area.unknown");
  EXPECT_EQ(refusal({place("a"), place("a")}), "area.exists");
  EXPECT_EQ(refusal({place("a", "b"), place("b", "a")}), "area.circle");
  EXPECT_EQ(refusal({place("a", "a")}), "area.circle");
  EXPECT_EQ(refusal({}), "");
}

}  // namespace
}  // namespace loa::schedules
