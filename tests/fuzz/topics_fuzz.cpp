// A filter and a topic, parted by a line break: a topic matches itself and `#`, and rules agree with each other.
#include <cstdint>
#include <cstdlib>

#include "common/link/link.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = loa::view_text({data, size});
  const std::string_view filter = text.substr(0, text.find('\n'));
  const std::string_view topic = text.substr(std::min(text.size(), filter.size() + 1));
  const bool is_topic = loa::link::is_valid_topic(topic);
  if (is_topic && (!loa::link::is_valid_filter(topic) || !loa::link::matches(topic, topic))) std::abort();
  if (is_topic && loa::link::matches("#", topic) == topic.starts_with('$')) std::abort();
  if (loa::link::is_valid_filter(filter) && is_topic && loa::link::matches(filter, topic) &&
      filter.find_first_of("+#") == std::string_view::npos && filter != topic)
    std::abort();
  return 0;
}
