#include "server/store/people_desk.h"

#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"
#include "common/enrol/code.h"
#include "server/people/notice.h"

namespace loa::server {
namespace {

constexpr std::size_t kSecretSize = 32;
constexpr std::size_t kLongestName = 200;

}  // namespace

std::string make_secret() {
  return crypto::encode_hex(crypto::random_bytes(kSecretSize));
}

std::string hash_of_secret(std::string_view secret) {
  return crypto::to_hex(crypto::sha256(view_bytes(secret)));
}

std::string hash_of_invitation(std::string_view typed) {
  return hash_of_secret(enrol::Code::parse(typed).text());
}

Invitation invite(Store& store, const PersonId& person, WallTime now) {
  Invitation invitation{enrol::Code::make().text(), now + kInvitationLasts};
  store.save_invitation(person, hash_of_secret(invitation.code), invitation.until);
  return invitation;
}

std::string issue_token(Store& store, const Token& token) {
  std::string secret = make_secret();
  store.add_token(token, hash_of_secret(secret));
  return secret;
}

void require_sound_person(Person& person) {
  const auto first = person.name.find_first_not_of(" \t");
  if (!is_valid_id(person.id.str())) throw Error("field.not_an_id", {"person", person.id.str()});
  if (first == std::string::npos) throw Error("field.missing", {"name"});
  person.name = person.name.substr(first, person.name.find_last_not_of(" \t") - first + 1);
  if (person.name.size() > kLongestName) throw Error("field.too_long", {"name", std::to_string(kLongestName)});
  if (!person.mail.empty() && !is_mail_address(person.mail)) throw Error("person.bad_mail", {person.mail});
  if (is_bound_to_area(person.role) && !person.area) throw Error("person.needs_area", {person.id.str()});
  if (!is_bound_to_area(person.role) && person.area) throw Error("person.no_area", {person.id.str()});
}

}  // namespace loa::server
