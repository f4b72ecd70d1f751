// Who works with the ward and who did what, as the books keep it.
#include <gtest/gtest.h>

#include "server/store/people_desk.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using std::chrono::hours;

const WallTime kNow = wall_from_us(1'800'000'000'000'000);
const PersonId kHoa{"hoa"};

class PeopleBooks : public testing::Test {
 protected:
  PeopleBooks() {
    store_.add_area({AreaId{"w"}, std::nullopt, "W"}, kNow);
    store_.add_area({AreaId{"t"}, AreaId{"w"}, "T"}, kNow);
    store_.add_person({kHoa, "Hoa", Role::kEditor, std::nullopt, false, false, kNow});
  }
  static std::string code_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  }

  Store store_ = Store::make_writer(db::Database::open_in_memory());
};

TEST_F(PeopleBooks, APersonIsOneAndHasAnAreaOnlyAsAGroupLead) {
  EXPECT_EQ(code_of([&] {
              store_.add_person({kHoa, "H", Role::kViewer, std::nullopt, false, false, kNow});
            }),
            "person.exists");
  EXPECT_EQ(code_of([&] {
              store_.add_person({PersonId{"b"}, "B", Role::kGroupLead, AreaId{"x"}, false, false, kNow});
            }),
            "area.unknown");
  EXPECT_EQ(code_of([&] {
              store_.add_person({PersonId{"b"}, "B", Role::kGroupLead, std::nullopt, false, false, kNow});
            }),
            "db.constraint");
  store_.add_person({PersonId{"b"}, "B", Role::kGroupLead, AreaId{"t"}, false, false, kNow});
  EXPECT_EQ(store_.load_people().size(), 2U);
  EXPECT_EQ(store_.load_person(PersonId{"b"})->area, AreaId{"t"});
  EXPECT_EQ(code_of([&] { store_.save_person({PersonId{"c"}, "C", Role::kViewer}); }), "person.unknown");
}

TEST_F(PeopleBooks, AnInvitationHoldsUntilItsTimeAndOnlyTheLast) {
  const Invitation first = invite(store_, kHoa, kNow);
  EXPECT_EQ(store_.find_invited(hash_of_invitation(first.code), kNow), kHoa);
  EXPECT_EQ(store_.find_invited(hash_of_invitation(first.code), kNow + kInvitationLasts), std::nullopt);
  const Invitation second = invite(store_, kHoa, kNow);
  EXPECT_EQ(store_.find_invited(hash_of_invitation(first.code), kNow), std::nullopt);
  store_.save_password(kHoa, "hash");
  EXPECT_EQ(store_.find_invited(hash_of_invitation(second.code), kNow), std::nullopt);
  EXPECT_EQ(store_.load_password(kHoa), "hash");
  static_cast<void>(invite(store_, kHoa, kNow));
  EXPECT_EQ(store_.load_password(kHoa), std::nullopt);
}

TEST_F(PeopleBooks, WhoIsClosedHasNothingLeftToComeInBy) {
  store_.save_password(kHoa, "hash");
  store_.save_second_factor(kHoa, {Bytes{1, 2}, std::nullopt, 5});
  store_.add_session(std::string(64, 'a'), kHoa, kNow, kNow + hours{1});
  store_.add_token({"k", kHoa, "nút", TokenScope::kStop, kNow, kNow + hours{1}}, std::string(64, 'b'));
  EXPECT_EQ(store_.find_token(std::string(64, 'b'), kNow)->via, "token:k");
  store_.close_person(kHoa, kNow);
  EXPECT_EQ(store_.load_password(kHoa), std::nullopt);
  EXPECT_FALSE(store_.load_second_factor(kHoa).secret);
  EXPECT_FALSE(store_.find_session(std::string(64, 'a'), kNow));
  EXPECT_FALSE(store_.find_token(std::string(64, 'b'), kNow));
  EXPECT_EQ(code_of([&] { store_.save_password(kHoa, "x"); }), "person.unknown");
  store_.close_person(kHoa, kNow + hours{1});
  EXPECT_EQ(store_.load_person(kHoa)->closed, kNow) << "the first time stands";
  static_cast<void>(invite(store_, kHoa, kNow));
  EXPECT_EQ(store_.load_person(kHoa)->closed, std::nullopt);
  EXPECT_FALSE(store_.find_token(std::string(64, 'b'), kNow)) << "a token that was revoked stays so";
}

TEST_F(PeopleBooks, ATokenEndsByTimeAndByRevocation) {
  store_.add_token({"k", kHoa, "nút", TokenScope::kStop, kNow, kNow + hours{1}}, std::string(64, 'b'));
  EXPECT_TRUE(store_.find_token(std::string(64, 'b'), kNow + hours{1} - seconds{1}));
  EXPECT_FALSE(store_.find_token(std::string(64, 'b'), kNow + hours{1}));
  store_.revoke_token("k", kNow);
  EXPECT_FALSE(store_.find_token(std::string(64, 'b'), kNow));
  EXPECT_EQ(code_of([&] { store_.revoke_token("x", kNow); }), "token.unknown");
}

TEST_F(PeopleBooks, SessionsThatAreOverGoWithTheNextOne) {
  store_.add_session(std::string(64, 'a'), kHoa, kNow, kNow + hours{1});
  store_.add_session(std::string(64, 'b'), kHoa, kNow + hours{2}, kNow + hours{3});
  EXPECT_FALSE(store_.find_session(std::string(64, 'a'), kNow)) << "gone, not only over";
}

TEST_F(PeopleBooks, TheTreeOfAreasUpAndDown) {
  EXPECT_EQ(store_.areas_below(AreaId{"w"}), (std::set<AreaId>{AreaId{"t"}, AreaId{"w"}}));
  EXPECT_EQ(store_.areas_below(AreaId{"t"}), (std::set<AreaId>{AreaId{"t"}}));
  EXPECT_EQ(store_.areas_above(AreaId{"t"}), (std::set<AreaId>{AreaId{"t"}, AreaId{"w"}}));
  EXPECT_EQ(store_.areas_above(AreaId{"w"}), (std::set<AreaId>{AreaId{"w"}}));
}

TEST_F(PeopleBooks, EachRowOfTheAuditCoversTheOneBefore) {
  store_.add_audit({kHoa, "session"}, {"create_area", "t", "", R"({"name":"T"})"}, kNow);
  store_.add_audit({}, {"tick", ""}, kNow + seconds{1});
  const auto rows = store_.load_audit({});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].hash, hash_of(rows[1], ""));
  EXPECT_EQ(rows[0].hash, hash_of(rows[0], rows[1].hash));
  EXPECT_NE(rows[0].hash, hash_of(rows[0], ""));
  EXPECT_EQ(store_.made_by(kHoa), (std::set<std::string>{"t"}));
  // No field can lend its end to the next one.
  AuditRow one = rows[1];
  one.entry.action = "create_areat";
  one.entry.subject = "";
  EXPECT_NE(hash_of(one, ""), rows[1].hash);
}

TEST_F(PeopleBooks, TheAuditIsFoundBySubjectPersonAndPage) {
  for (int i = 1; i <= 5; ++i)
    store_.add_audit({i % 2 == 0 ? kHoa : PersonId{"b"}, "session"}, {"x", "s-" + std::to_string(i)}, kNow);
  const auto seqs = [&](const AuditFilter& filter) {
    std::vector<std::int64_t> found;
    for (const AuditRow& row : store_.load_audit(filter)) found.push_back(row.seq);
    return found;
  };
  AuditFilter filter;
  filter.limit = 2;
  EXPECT_EQ(seqs(filter), (std::vector<std::int64_t>{5, 4}));
  filter.before = 4;
  EXPECT_EQ(seqs(filter), (std::vector<std::int64_t>{3, 2}));
  filter = {};
  filter.person = kHoa;
  EXPECT_EQ(seqs(filter), (std::vector<std::int64_t>{4, 2}));
  filter = {};
  filter.subject = "s-3";
  EXPECT_EQ(seqs(filter), (std::vector<std::int64_t>{3}));
}

}  // namespace
}  // namespace loa::server
