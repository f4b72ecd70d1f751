// Internal to common/wire: the parts of messages.cpp that stand in files of their own.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/base/policy.h"
#include "common/json/json.h"
#include "common/wire/messages.h"

namespace loa::wire {

// 1970 … 2255; 2^53 µs is the last instant that a JSON number holds exactly.
inline constexpr std::int64_t kMostUs = 9'007'199'254'740'991;

// Throws BadJson.
[[nodiscard]] Header read_header(const FieldReader& reader);
[[nodiscard]] nlohmann::json to_json(const Header& header);

void put(nlohmann::json& out, const Trust& trust);
[[nodiscard]] Trust read_trust(const FieldReader& reader);
void put(nlohmann::json& out, const Policy& policy);
[[nodiscard]] Policy read_policy(const FieldReader& reader);

void put(nlohmann::json& out, const OnAir& on_air);
[[nodiscard]] OnAir read_on_air(const FieldReader& reader);

// Throws BadJson.
[[nodiscard]] StationTime read_station(const FieldReader& reader, const char* field);
[[nodiscard]] AnnouncementClass read_class(const FieldReader& reader, const char* field);

// A public key as Base64 of its 32 octets.
[[nodiscard]] crypto::PublicKey read_public_key(const FieldReader& reader, const char* field);

}  // namespace loa::wire
