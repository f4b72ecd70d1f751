// What people say of areas and loudspeakers, and two of them at once, over the interface.
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

using http::Method;

class WardApi : public ServerApi {
 protected:
  http::ClientResponse put(const std::string& path, const json& body, Role role = Role::kOperator) {
    return request(Method::kPut, path, body.dump(), program_of(role));
  }
};

TEST_F(WardApi, AnAreaIsChangedByAnAdministrator) {
  fill();
  const json terms = {{"name", "Tổ Một"}, {"residents", 640}};
  EXPECT_EQ(put("/api/areas/to-1", terms).status, 403);
  const auto changed = put("/api/areas/to-1", terms, Role::kAdmin);
  ASSERT_EQ(changed.status, 200) << changed.body;
  const json wanted = {{"area", "to-1"}, {"parent", "phu-lien"}, {"name", "Tổ Một"}, {"residents", 640}};
  EXPECT_EQ(json::parse(changed.body), wanted);
  EXPECT_THAT(json::parse(get("/api/areas").body), testing::Contains(wanted));
  EXPECT_THAT(request(Method::kGet, "/api/public/ward", "", http::Headers{}).body, testing::HasSubstr("Tổ Một"))
      << "residents read the new name";
  EXPECT_EQ(json::parse(put("/api/areas/to-1", {{"name", "Tổ"}, {"residents", nullptr}}, Role::kAdmin).body)
                .at("residents"),
            nullptr);
  EXPECT_EQ(put("/api/areas/nowhere", terms, Role::kAdmin).status, 404);
  for (const json& bad : {json{{"name", "Tổ"}}, json{{"name", "Tổ"}, {"residents", -1}},
                          json{{"name", "Tổ"}, {"residents", 1.5}}, json{{"residents", 1}},
                          json{{"name", "Tổ"}, {"residents", 1}, {"parent", "phu-lien"}}})
    EXPECT_EQ(put("/api/areas/to-1", bad, Role::kAdmin).status, 400) << bad;
}

TEST_F(WardApi, ANodeIsMovedAndPutOnTheMap) {
  fill();
  const json terms = {
      {"name", "Loa chợ"}, {"area", "phu-lien"}, {"position", {{"latitude", 20.815}, {"longitude", 106.63}}}};
  const auto changed = put("/api/nodes/n-1", terms);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(json::parse(changed.body), json::parse(get("/api/nodes/n-1").body)) << "as it is told afterwards";
  for (const auto& [field, value] : terms.items()) EXPECT_EQ(json::parse(changed.body).at(field), value) << field;
  json gone = terms;
  gone["position"] = nullptr;
  EXPECT_EQ(json::parse(put("/api/nodes/n-1", gone, Role::kAdmin).body).at("position"), nullptr);
  EXPECT_EQ(put("/api/nodes/n-9", terms).status, 404);
  gone["area"] = "nowhere";
  const auto nowhere = put("/api/nodes/n-1", gone);
  EXPECT_EQ(nowhere.status, 422);
  EXPECT_EQ(code_of(nowhere), "area.unknown");
  for (const json& bad :
       {json(90.1), json(5), json{{"latitude", 91}, {"longitude", 0}}, json{{"latitude", 0}, {"longitude", -181}},
        json{{"latitude", 0}}, json{{"latitude", 0}, {"longitude", 0}, {"height", 3}}}) {
    json body = terms;
    body["position"] = bad;
    EXPECT_EQ(put("/api/nodes/n-1", body).status, 400) << bad;
  }
  json without = terms;
  without.erase("position");
  EXPECT_EQ(put("/api/nodes/n-1", without).status, 400);
}

}  // namespace
}  // namespace loa::server
