#include "audio/opus/ogg_opus_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ogg/ogg.h>
#include <opus/opus.h>

#include "common/base/error.h"

namespace loa::opus {
namespace {

constexpr std::int64_t kReadChunk = 8192;
constexpr std::int64_t kMaxPageBytes = 65'307;         // RFC 3533 §6
constexpr std::int64_t kMaxAudioPacketBytes = 61'440;  // RFC 7845 §6: what a reader must bear for one stereo stream
constexpr std::int64_t kMaxTagsBytes = 1 << 20;        // comments and cover pictures are of no use here
constexpr std::int64_t kMaxLength = kSampleRate * 86'400;

struct SyncState {
  ogg_sync_state state{};
  SyncState() { ogg_sync_init(&state); }
  ~SyncState() { ogg_sync_clear(&state); }
  SyncState(const SyncState&) = delete;
  SyncState& operator=(const SyncState&) = delete;
};

struct StreamState {
  ogg_stream_state state{};
  explicit StreamState(int serial) { ogg_stream_init(&state, serial); }
  ~StreamState() { ogg_stream_clear(&state); }
  StreamState(const StreamState&) = delete;
  StreamState& operator=(const StreamState&) = delete;
};

unsigned read_u16(const unsigned char* at) {
  return static_cast<unsigned>(at[0]) | static_cast<unsigned>(at[1]) << 8U;
}

}  // namespace

struct OggOpusReader::Impl {
  std::unique_ptr<std::istream> in;
  std::string name;
  SyncState sync;
  std::unique_ptr<StreamState> stream;
  int serial = 0;
  int channels = 0;
  std::int64_t pre_skip = 0;
  int gain_q8 = 0;
  std::int64_t granule_origin = 0;  // granule position at which the sound's own count is 0, before pre-skip
  std::int64_t end_granule = 0;     // of the last page
  std::int64_t granule = 0;         // end of the packets queued so far
  std::int64_t unfinished_bytes = 0;
  bool at_end = false;
  bool first_audio_page = true;
  std::deque<OpusPacket> queue;

  [[noreturn]] void refuse(const char* code, std::string why) const { throw Error(code, {name, std::move(why)}); }

  // False when the stream has no byte left.
  bool feed(SyncState& target, std::int64_t limit = kReadChunk) const {
    char* buffer = ogg_sync_buffer(&target.state, limit);
    if (buffer == nullptr) throw std::bad_alloc();
    in->read(buffer, limit);
    if (in->bad()) throw Error("file.cannot_read", {name, "read error"});
    const std::streamsize got = in->gcount();
    ogg_sync_wrote(&target.state, got);
    return got > 0;
  }

  // False at the end of the file; anything that is not an intact page is refused.
  bool next_page(ogg_page& page) {
    for (;;) {
      const long found = ogg_sync_pageseek(&sync.state, &page);
      if (found > 0) break;
      if (found < 0) refuse("opus.corrupt", "damaged or foreign bytes between pages");
      if (!feed(sync)) {
        if (sync.state.fill != sync.state.returned) refuse("opus.truncated", "it ends inside a page");
        return false;
      }
    }
    if (stream && ogg_page_serialno(&page) != serial) refuse("opus.unsupported", "more than one stream");
    return true;
  }

  void add_page(ogg_page& page) {
    if (stream->state.pageno != ogg_page_pageno(&page)) refuse("opus.corrupt", "a page is missing");
    if (ogg_stream_pagein(&stream->state, &page) != 0) refuse("opus.corrupt", "a page does not belong to the stream");
  }

  // The one packet that a header page must end with; pages follow until it is whole.
  std::vector<unsigned char> read_header(ogg_page& page, std::int64_t limit) {
    std::int64_t bytes = 0;
    for (;;) {
      bytes += page.body_len;
      if (bytes > limit) refuse("opus.unsupported", "its header is too large");
      add_page(page);
      ogg_packet packet{};
      const int got = ogg_stream_packetout(&stream->state, &packet);
      if (got < 0) refuse("opus.corrupt", "a header is broken");
      if (got > 0) {
        if (ogg_page_packets(&page) != 1 || stream->state.lacing_returned != stream->state.lacing_fill)
          refuse("opus.corrupt", "a header shares its page");
        return {packet.packet, packet.packet + packet.bytes};
      }
      if (!next_page(page)) refuse("opus.truncated", "it ends inside its headers");
    }
  }

  void read_head(std::span<const unsigned char> head) {
    if (head.size() < 8 || std::memcmp(head.data(), "OpusHead", 8) != 0) refuse("opus.not_opus", "no OpusHead");
    if (head.size() < 19) refuse("opus.corrupt", "OpusHead is too short");
    if ((head[8] & 0xF0U) != 0) refuse("opus.unsupported", "unknown version");
    channels = head[9];
    pre_skip = static_cast<std::int64_t>(read_u16(head.data() + 10));
    gain_q8 = static_cast<std::int16_t>(read_u16(head.data() + 16));
    if (head[18] != 0) refuse("opus.unsupported", "channel mapping family " + std::to_string(head[18]));
    if (channels < 1 || channels > 2) refuse("opus.corrupt", "channel count " + std::to_string(channels));
  }

  // The last page tells the length before anything is played, and that nothing has been cut off or added.
  void read_end() {
    in->clear();
    in->seekg(0, std::ios::end);
    const std::int64_t size = in->tellg();
    if (size < 0) throw Error("file.cannot_read", {name, "it cannot seek"});
    const std::int64_t tail = std::min<std::int64_t>(size, 2 * kMaxPageBytes);
    in->seekg(size - tail);
    SyncState last_sync;
    while (feed(last_sync)) {
    }
    ogg_page page{};
    bool found = false;
    bool is_last = false;
    for (long got = 0; (got = ogg_sync_pageseek(&last_sync.state, &page)) != 0;) {
      if (got < 0) continue;
      found = true;
      is_last = ogg_page_eos(&page) != 0 && ogg_page_serialno(&page) == serial;
      end_granule = ogg_page_granulepos(&page);
    }
    if (!found || last_sync.state.fill != last_sync.state.returned || !is_last)
      refuse("opus.truncated", "its last page does not end the stream");
    in->clear();
    in->seekg(0);
    if (!*in) throw Error("file.cannot_read", {name, "it cannot seek"});
  }

  void open() {
    ogg_page page{};
    if (!feed(sync)) refuse("opus.not_opus", "it is empty");
    if (sync.state.fill < 4 || std::memcmp(sync.state.data, "OggS", 4) != 0) refuse("opus.not_opus", "no Ogg page");
    if (!next_page(page)) refuse("opus.truncated", "no whole page");
    if (ogg_page_bos(&page) == 0) refuse("opus.corrupt", "the first page starts no stream");
    serial = ogg_page_serialno(&page);
    read_end();
    // read_end moved the file position: start over.
    ogg_sync_reset(&sync.state);
    stream = std::make_unique<StreamState>(serial);
    stream->state.pageno = 0;
    if (!next_page(page)) refuse("opus.truncated", "no whole page");
    read_head(read_header(page, kMaxPageBytes));
    if (!next_page(page)) refuse("opus.truncated", "no comment header");
    const auto tags = read_header(page, kMaxTagsBytes);
    if (tags.size() < 8 || std::memcmp(tags.data(), "OpusTags", 8) != 0) refuse("opus.corrupt", "no OpusTags");
    while (queue.empty() && !at_end) load_page();
    const std::int64_t length = end_granule - granule_origin - pre_skip;
    if (length < 0 || length > kMaxLength) refuse("opus.corrupt", "its length is impossible");
  }

  OpusPacket checked_packet(const ogg_packet& raw) const {
    if (raw.bytes < 1 || raw.bytes > kMaxAudioPacketBytes) refuse("opus.corrupt", "a packet has an impossible size");
    const int samples = opus_packet_get_nb_samples(raw.packet, static_cast<opus_int32>(raw.bytes), kSampleRate);
    if (samples <= 0 || samples > kMaxPacketSamples) refuse("opus.corrupt", "a packet has an impossible length");
    return {{raw.packet, raw.packet + raw.bytes}, 0, samples, 0, gain_q8};
  }

  // Queues the packets that end on the next page.
  void load_page() {
    ogg_page page{};
    if (!next_page(page)) refuse("opus.truncated", "no end of stream");
    const bool is_last = ogg_page_eos(&page) != 0;
    unfinished_bytes += page.body_len;
    if (unfinished_bytes > kMaxAudioPacketBytes + kMaxPageBytes) refuse("opus.corrupt", "a packet is too large");
    add_page(page);
    std::vector<OpusPacket> packets;
    std::int64_t total = 0;
    ogg_packet raw{};
    int got = 0;
    while ((got = ogg_stream_packetout(&stream->state, &raw)) > 0) {
      packets.push_back(checked_packet(raw));
      total += packets.back().samples;
    }
    if (got < 0) refuse("opus.corrupt", "a packet is broken");
    if (!packets.empty()) unfinished_bytes = 0;

    const std::int64_t page_granule = ogg_page_granulepos(&page);
    if (packets.empty() && !is_last) {
      if (page_granule != -1) refuse("opus.corrupt", "a position stands on a page that ends no packet");
      return;
    }
    if (page_granule < 0 || page_granule > kMaxLength * 2) refuse("opus.corrupt", "a position is impossible");
    if (first_audio_page && !packets.empty()) {
      // RFC 7845 §4.5: a stream cut from a longer one starts above zero; only a stream that also ends here may start
      // with less than its packets hold (end trimming).
      first_audio_page = false;
      if (page_granule < total && !is_last) refuse("opus.corrupt", "it starts before its beginning");
      granule_origin = std::max<std::int64_t>(0, page_granule - total);
      granule = granule_origin;
    }
    const std::int64_t trimmed = granule + total - page_granule;
    if (trimmed < 0 || trimmed > total || (trimmed > 0 && !is_last)) refuse("opus.corrupt", "positions do not add up");
    for (OpusPacket& packet : packets) {
      packet.position = granule - granule_origin - pre_skip;
      packet.samples = std::min(packet.samples, page_granule - granule);
      granule += packet.samples;
      if (packet.samples > 0) queue.push_back(std::move(packet));
    }
    if (is_last) {
      at_end = true;
      if (next_page(page)) refuse("opus.unsupported", "another stream follows");
    }
  }

  const OpusPacket* front() {
    while (queue.empty() && !at_end) load_page();
    return queue.empty() ? nullptr : &queue.front();
  }
};

std::unique_ptr<OggOpusReader> OggOpusReader::open(const std::filesystem::path& path) {
  errno = 0;
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file)
    throw Error("file.cannot_read", {path.string(), std::error_code(errno, std::generic_category()).message()});
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw Error("file.cannot_read", {path.string(), "not a regular file"});
  return std::make_unique<OggOpusReader>(std::move(file), path.string());
}

OggOpusReader::OggOpusReader(std::unique_ptr<std::istream> stream, std::string name) : impl_(std::make_unique<Impl>()) {
  impl_->in = std::move(stream);
  impl_->name = std::move(name);
  impl_->open();
}

OggOpusReader::~OggOpusReader() = default;

Pulled OggOpusReader::pull() {
  if (impl_->front() == nullptr) return EndOfPackets{};
  OpusPacket packet = std::move(impl_->queue.front());
  impl_->queue.pop_front();
  return packet;
}

void OggOpusReader::skip_to(std::int64_t position) {
  for (const OpusPacket* next = impl_->front(); next != nullptr; next = impl_->front()) {
    if (next->position + next->samples > position - kPreRoll) return;
    impl_->queue.pop_front();
  }
}

std::optional<std::int64_t> OggOpusReader::length() const {
  return impl_->end_granule - impl_->granule_origin - impl_->pre_skip;
}

int OggOpusReader::channels() const {
  return impl_->channels;
}

}  // namespace loa::opus
