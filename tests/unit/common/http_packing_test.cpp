#include <gtest/gtest.h>

#include "common/http/packing.h"

namespace loa::http {
namespace {

TEST(Packing, AListShrinksToATenth) {
  std::string list;
  for (int i = 0; i < 500; ++i)
    list += R"({"node":"n-)" + std::to_string(i) + R"(","area":"group","state":"enrolled","clock_state":"synced"},)";
  const std::string packed = gzip(list);
  EXPECT_LT(packed.size() * 10, list.size());
  EXPECT_EQ(packed.substr(0, 2), "\x1f\x8b") << "RFC 1952 §2.3.1";
}

TEST(Packing, NothingIsAlsoAFile) {
  EXPECT_EQ(gzip("").substr(0, 2), "\x1f\x8b");
}

TEST(AcceptsCoding, TakesWhatIsNamed) {
  EXPECT_TRUE(accepts_coding("gzip", "gzip"));
  EXPECT_TRUE(accepts_coding("deflate, GZip;q=0.5 , br", "gzip"));
  EXPECT_TRUE(accepts_coding("gzip, deflate, br, zstd", "br"));
  EXPECT_TRUE(accepts_coding("br ; q=1.0", "br"));
}

TEST(AcceptsCoding, NothingElse) {
  for (const char* field :
       {"", "identity", "xgzip", "gzip2", "*", ",", ";q=1", "gzip;q=0", "gzip; q=0.000", "br, gzip;q=0"})
    EXPECT_FALSE(accepts_coding(field, "gzip")) << field;
}

}  // namespace
}  // namespace loa::http
