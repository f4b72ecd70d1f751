// The node's clips over real HTTPS, whole, cut off and spoilt.
#include <variant>

#include <gtest/gtest.h>

#include "common/crypto/sha256.h"
#include "node-agent/cache/disk_cache.h"
#include "tests/integration/common/http_ground.h"

namespace loa::node {
namespace {

using http::Letterbox;

ClipHash hash_of(const std::string& bytes) {
  return ClipHash{crypto::to_hex(crypto::sha256(view_bytes(bytes)))};
}

// Serves <folder>/<hash> under /clips/<hash>, as the real server does.
class NodeCache : public ::testing::Test {
 protected:
  NodeCache() {
    http::Route route;
    route.path = "/clips/{clip}";
    route.operation = "get_clip";
    route.summary = "A clip";
    route.parameters = {{"clip", http::ParameterType::kHash, "its hash"}};
    route.answers = {{200, "the file", "", "audio/ogg"}};
    route.handler = [this](const http::Request& request, const http::Responder& responder) {
      const std::string clip{request.parameter("clip")};
      ranges_.put(std::string{request.header("range")});
      responder.send(http::FileResponse{served_ / clip, "audio/ogg", clip, {}});
    };
    server_ = std::make_unique<http::Server>(http::server_options(), std::vector<http::Route>{route});
    server_->start();
    std::string address = http::url_of(*server_, "/");
    address.pop_back();
    address_ = address;
    open_cache(100);
  }

  void open_cache(std::int64_t budget_mb) {
    cache_.reset();
    DiskCacheOptions options{kept_ / "clips", address_, budget_mb, http::client_options()};
    cache_ = std::make_unique<DiskCache>(options, [this](NodeMessage message) { said_.put(std::move(message)); });
  }

  // A clip that the server has, different for each `seed`.
  ClipHash serve(std::size_t bytes, char seed) {
    std::string content = http::bytes_of_size(bytes);
    content[0] = seed;
    ClipHash clip = hash_of(content);
    http::write_file(served_ / clip.str(), content);
    return clip;
  }
  // As if it had been played so many hours ago.
  void age(const ClipHash& clip, int hours) const {
    std::filesystem::last_write_time(cache_->path(clip),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{hours});
  }

  NodeMessage fetch(const ClipHash& clip, std::size_t bytes) {
    const std::size_t before = said_.count();
    cache_->fetch(clip, static_cast<std::int64_t>(bytes));
    EXPECT_TRUE(said_.wait_for(before + 1));
    return said_.last();
  }

  http::Folder served_;
  http::Folder kept_;
  Letterbox<std::string> ranges_;
  Letterbox<NodeMessage> said_;
  std::unique_ptr<http::Server> server_;
  std::string address_;
  std::unique_ptr<DiskCache> cache_;
};

TEST_F(NodeCache, FetchesAClipAndKnowsIt) {
  const std::string bytes = http::bytes_of_size(300'000);
  const ClipHash clip = hash_of(bytes);
  http::write_file(served_ / clip.str(), bytes);
  EXPECT_FALSE(cache_->has(clip, 300'000));
  EXPECT_TRUE(std::holds_alternative<ClipFetched>(fetch(clip, bytes.size())));
  EXPECT_TRUE(cache_->has(clip, 300'000));
  EXPECT_FALSE(cache_->has(clip, 299'999));
  EXPECT_TRUE(cache_->verify(clip));
  EXPECT_EQ(http::read_file(cache_->path(clip)), bytes);
}

TEST_F(NodeCache, GoesOnWhereItWasCutOff) {
  const std::string bytes = http::bytes_of_size(300'000);
  const ClipHash clip = hash_of(bytes);
  http::write_file(served_ / clip.str(), bytes);
  http::write_file(kept_ / ("clips/" + clip.str() + ".part"), bytes.substr(0, 200'000));
  const NodeMessage said = fetch(clip, bytes.size());
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(said));
  EXPECT_EQ(std::get<ClipFetched>(said).received, 100'000);
  EXPECT_EQ(ranges_.first(), "bytes=200000-");
  EXPECT_TRUE(cache_->verify(clip));
}

TEST_F(NodeCache, ABadBeginningIsNotResumedForEver) {
  const std::string bytes = http::bytes_of_size(300'000);
  const ClipHash clip = hash_of(bytes);
  http::write_file(served_ / clip.str(), bytes);
  http::write_file(kept_ / ("clips/" + clip.str() + ".part"), std::string(200'000, 'x'));
  const NodeMessage first = fetch(clip, bytes.size());
  ASSERT_TRUE(std::holds_alternative<ClipFailed>(first));
  EXPECT_EQ(std::get<ClipFailed>(first).why.code, "fetch.wrong_hash");
  EXPECT_FALSE(cache_->has(clip, 300'000));
  EXPECT_TRUE(std::holds_alternative<ClipFetched>(fetch(clip, bytes.size())));
}

TEST_F(NodeCache, AClipThatIsNotThereOrOfAnotherLengthFails) {
  const std::string bytes = http::bytes_of_size(5000);
  const ClipHash clip = hash_of(bytes);
  EXPECT_TRUE(std::holds_alternative<ClipFailed>(fetch(clip, bytes.size())));
  http::write_file(served_ / clip.str(), bytes);
  EXPECT_TRUE(std::holds_alternative<ClipFailed>(fetch(clip, bytes.size() + 1)));
  EXPECT_FALSE(cache_->has(clip, 5001));
}

TEST_F(NodeCache, RotIsNoticedAndDiscarded) {
  const std::string bytes = http::bytes_of_size(5000);
  const ClipHash clip = hash_of(bytes);
  http::write_file(served_ / clip.str(), bytes);
  (void)fetch(clip, bytes.size());
  std::string rotten = bytes;
  rotten[2500] = static_cast<char>(rotten[2500] ^ 1);
  http::write_file(cache_->path(clip), rotten);
  EXPECT_TRUE(cache_->has(clip, 5000));
  EXPECT_FALSE(cache_->verify(clip));
  cache_->discard(clip);
  EXPECT_FALSE(cache_->has(clip, 5000));
}

TEST_F(NodeCache, TheBudgetIsKeptByEvictingWhatWasPlayedLongestAgo) {
  open_cache(1);
  const ClipHash first = serve(300'000, 'a');
  const ClipHash second = serve(300'000, 'b');
  const ClipHash third = serve(300'000, 'c');
  const ClipHash fourth = serve(300'000, 'd');
  for (const ClipHash& clip : {first, second, third})
    ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(clip, 300'000)));
  age(first, 1);
  age(second, 3);
  age(third, 2);
  EXPECT_TRUE(cache_->verify(second)) << "played just now";
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(fourth, 300'000)));
  EXPECT_TRUE(cache_->has(first, 300'000));
  EXPECT_TRUE(cache_->has(second, 300'000));
  EXPECT_FALSE(cache_->has(third, 300'000)) << "the one played longest ago had to go";
  EXPECT_TRUE(cache_->has(fourth, 300'000));
}

TEST_F(NodeCache, WhatIsPinnedStaysAndWhatDoesNotFitIsRefused) {
  open_cache(1);
  const ClipHash first = serve(400'000, 'a');
  const ClipHash second = serve(400'000, 'b');
  const ClipHash third = serve(400'000, 'c');
  cache_->pin({first, second, third});
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(first, 400'000)));
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(second, 400'000)));
  const NodeMessage said = fetch(third, 400'000);
  ASSERT_TRUE(std::holds_alternative<ClipFailed>(said));
  EXPECT_EQ(std::get<ClipFailed>(said).why.code, "cache.full");
  EXPECT_TRUE(cache_->verify(first));
  EXPECT_TRUE(cache_->verify(second));
  // A plan without the first: its room is free.
  cache_->pin({second, third});
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(third, 400'000)));
  EXPECT_FALSE(cache_->has(first, 400'000));
}

TEST_F(NodeCache, WhatIsHalfThereCountsAndGoesFirstWhenItIsOld) {
  open_cache(1);
  const auto stale = kept_ / ("clips/" + std::string(64, 'e') + ".part");
  http::write_file(stale, std::string(900'000, 'x'));
  std::filesystem::last_write_time(stale, std::filesystem::file_time_type::clock::now() - std::chrono::hours{50});
  const ClipHash clip = serve(300'000, 'a');
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(clip, 300'000)));
  EXPECT_FALSE(std::filesystem::exists(stale));
}

TEST_F(NodeCache, NothingIsEvictedForAClipThatCannotFit) {
  open_cache(1);
  const ClipHash held = serve(300'000, 'a');
  ASSERT_TRUE(std::holds_alternative<ClipFetched>(fetch(held, 300'000)));
  const ClipHash huge = serve(1'500'000, 'b');
  EXPECT_TRUE(std::holds_alternative<ClipFailed>(fetch(huge, 1'500'000)));
  EXPECT_TRUE(cache_->verify(held));
  // More than the disk has, by the plan's word.
  open_cache(std::int64_t{1} << 40);
  const NodeMessage said = fetch(huge, std::size_t{1} << 50);
  ASSERT_TRUE(std::holds_alternative<ClipFailed>(said));
  EXPECT_EQ(std::get<ClipFailed>(said).why.code, "cache.disk_full");
  EXPECT_TRUE(cache_->verify(held));
}

}  // namespace
}  // namespace loa::node
