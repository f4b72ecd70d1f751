// What comes to the door of the enrolment: a typed code, and request and answer both as they come and signed well.
#include <cstdint>
#include <cstdlib>

#include "common/base/error.h"
#include "common/enrol/code.h"
#include "common/enrol/exchange.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::enrol;
  static const Code code = Code::parse(std::string(28, '0'));
  static const loa::crypto::SecretKey node_key = code.node_key();
  static const loa::crypto::SecretKey server_key = code.server_key();
  const loa::ByteView input{data, size};
  const std::string_view text = loa::view_text(input);
  try {
    const Code typed = Code::parse(text);
    if (Code::parse(typed.text()).text() != typed.text()) std::abort();
  } catch (const loa::Error& error) {
    if (!error.code().starts_with("enrol.code_")) std::abort();
  }
  const loa::wire::FindKey find = [](std::string_view) { return &node_key.public_key(); };
  static_cast<void>(open_request(input, find));
  static_cast<void>(open_answer(input, server_key.public_key(), ""));

  const auto request =
      open_request(loa::view_bytes(loa::wire::seal("application/vnd.loa.enrol.v1+json", text, node_key)), find);
  if (const auto* opened = std::get_if<OpenedRequest>(&request)) {
    const auto again = open_request(loa::view_bytes(seal_request(opened->request, node_key)), find);
    if (std::get<OpenedRequest>(again).request != opened->request) std::abort();
  }
  // An answer to the request that it names itself, so that its fields are read.
  const std::string sealed = loa::wire::seal("application/vnd.loa.enrolled.v1+json", text, server_key);
  const std::string any_request(64, '0');
  const auto answer = open_answer(loa::view_bytes(sealed), server_key.public_key(), any_request);
  if (const auto* opened = std::get_if<Answer>(&answer)) {
    const auto again =
        open_answer(loa::view_bytes(seal_answer(*opened, server_key)), server_key.public_key(), any_request);
    if (std::get<Answer>(again) != *opened) std::abort();
    for (const TrustFile& file : opened->trust)
      if (file.name.find('/') != std::string::npos || file.name.starts_with('.')) std::abort();
  }
  return 0;
}
