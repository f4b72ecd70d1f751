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

TEST(AreaTree, RefusesWhatIsNoTree) {
  EXPECT_EQ(refusal({place("a", "b")}), "area.unknown");
  EXPECT_EQ(refusal({place("a"), place("a")}), "area.exists");
  EXPECT_EQ(refusal({place("a", "b"), place("b", "a")}), "area.circle");
  EXPECT_EQ(refusal({place("a", "a")}), "area.circle");
  EXPECT_EQ(refusal({}), "");
}

}  // namespace
}  // namespace loa::schedules
