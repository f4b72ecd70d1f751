#include "audio/opus/ogg_opus_writer.h"

#include <array>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <ogg/ogg.h>

#include "audio/opus/frame_codec.h"

namespace loa::opus {
namespace {

constexpr int kSerial = 0x4c6f6131;  // "Loa1"; one stream a file, so a constant cannot collide
constexpr std::string_view kVendor = "loa";
constexpr int kPacketsPerPage = 50;

void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// RFC 7845 §5.1
std::vector<std::uint8_t> identification_header(std::size_t pre_skip) {
  std::vector<std::uint8_t> out = bytes_of("OpusHead");
  out.push_back(1);  // version
  out.push_back(1);  // channels
  out.push_back(static_cast<std::uint8_t>(pre_skip & 0xff));
  out.push_back(static_cast<std::uint8_t>(pre_skip >> 8));
  append_u32(out, kCodecRate);
  out.push_back(0);  // output gain, two bytes
  out.push_back(0);
  out.push_back(0);  // mapping family
  return out;
}

// RFC 7845 §5.2
std::vector<std::uint8_t> comment_header() {
  std::vector<std::uint8_t> out = bytes_of("OpusTags");
  append_u32(out, static_cast<std::uint32_t>(kVendor.size()));
  out.insert(out.end(), kVendor.begin(), kVendor.end());
  append_u32(out, 0);
  return out;
}

}  // namespace

struct OggOpusWriter::Impl {
  Impl(std::size_t skip, Sink where) : pre_skip(skip), sink(std::move(where)) {
    if (ogg_stream_init(&stream, kSerial) != 0) throw std::bad_alloc();
  }
  ~Impl() { ogg_stream_clear(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  enum class Last { kNo, kYes };

  void put(std::vector<std::uint8_t>& bytes, std::int64_t end, Last last) {
    ogg_packet packet{};
    packet.packet = bytes.data();
    packet.bytes = static_cast<long>(bytes.size());
    packet.b_o_s = packet_number == 0 ? 1 : 0;
    packet.e_o_s = last == Last::kYes ? 1 : 0;
    packet.granulepos = end;
    packet.packetno = packet_number++;
    if (ogg_stream_packetin(&stream, &packet) != 0) throw std::bad_alloc();
  }

  void flush() {
    ogg_page page;
    while (ogg_stream_flush(&stream, &page) != 0) {
      emit({page.header, static_cast<std::size_t>(page.header_len)});
      emit({page.body, static_cast<std::size_t>(page.body_len)});
    }
    packets_on_page = 0;
  }

  void emit(std::span<const std::uint8_t> bytes) {
    sink(bytes);
    written += bytes.size();
  }

  const std::size_t pre_skip;
  const Sink sink;
  ogg_stream_state stream{};
  ogg_int64_t packet_number = 0;
  int packets_on_page = 0;
  std::int64_t granule = 0;        // samples in the packets handed to libogg
  std::vector<std::uint8_t> held;  // the newest packet: only finish() knows whether it is the last
  std::uint64_t written = 0;
  bool finished = false;
};

OggOpusWriter::OggOpusWriter(std::size_t pre_skip, Sink sink)
    : impl_(std::make_unique<Impl>(pre_skip, std::move(sink))) {
  std::vector<std::uint8_t> head = identification_header(pre_skip);
  std::vector<std::uint8_t> tags = comment_header();
  impl_->put(head, 0, Impl::Last::kNo);
  impl_->flush();
  impl_->put(tags, 0, Impl::Last::kNo);
  impl_->flush();
}

OggOpusWriter::~OggOpusWriter() = default;

void OggOpusWriter::write(std::span<const std::uint8_t> packet) {
  if (impl_->finished) throw std::logic_error("ogg opus: packet after the end");
  if (!impl_->held.empty()) {
    impl_->granule += static_cast<std::int64_t>(kFrameSamples);
    impl_->put(impl_->held, impl_->granule, Impl::Last::kNo);
    if (++impl_->packets_on_page == kPacketsPerPage) impl_->flush();
  }
  impl_->held.assign(packet.begin(), packet.end());
}

void OggOpusWriter::finish(std::uint64_t samples) {
  const auto end = static_cast<std::int64_t>(impl_->pre_skip + samples);
  const bool fits =
      !impl_->held.empty() && end > impl_->granule && end <= impl_->granule + static_cast<std::int64_t>(kFrameSamples);
  if (impl_->finished || !fits) throw std::logic_error("ogg opus: packets do not match the length");
  impl_->put(impl_->held, end, Impl::Last::kYes);
  impl_->flush();
  impl_->finished = true;
}

std::uint64_t OggOpusWriter::bytes_written() const {
  return impl_->written;
}

}  // namespace loa::opus
