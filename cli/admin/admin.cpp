#include "cli/admin/admin.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "cli/backup/ward_paths.h"
#include "cli/told.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/random.h"
#include "server/store/books_json.h"
#include "server/store/people_desk.h"
#include "server/store/store.h"

namespace loa::cli {
namespace {

using server::Person;
using server::Store;

const server::By kTerminal{{}, "terminal"};

Store open_books(const std::filesystem::path& config) {
  const std::filesystem::path data = load_ward_config(config, server_paths()).at("station.data");
  std::filesystem::create_directories(data);
  return Store::make_writer(db::Database::open_writer(data / "server.db"));
}

void tell_invitation(std::ostream& out, const PersonId& person, const server::Invitation& invitation,
                     Language language) {
  out << render({"admin.invitation", {person.str(), invitation.code, format_utc(invitation.until)}}, language)
      << std::endl;
}

}  // namespace

int run_create_admin(const AdminArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    Person person{PersonId{arguments.person}, arguments.name, server::Role::kAdmin};
    server::require_sound_person(person);
    const WallTime now = system_now().wall;
    person.made = now;
    Store books = open_books(arguments.server);
    server::Invitation invitation;
    books.together([&] {
      books.add_person(person);
      invitation = server::invite(books, person.id, now);
      books.add_audit(kTerminal, {"create_person", person.id.str(), "", to_json(person).dump()}, now);
    });
    tell_invitation(out, person.id, invitation, language);
  });
}

int run_invite(const AdminArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    const PersonId person{arguments.person};
    const WallTime now = system_now().wall;
    Store books = open_books(arguments.server);
    server::Invitation invitation;
    books.together([&] {
      invitation = server::invite(books, person, now);
      books.add_audit(kTerminal, {"invite_person", person.str()}, now);
    });
    tell_invitation(out, person, invitation, language);
  });
}

int run_issue_token(const AdminArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    const auto scope = server::parse_token_scope(arguments.scope);
    if (!scope) throw Error("token.bad_scope", {arguments.scope});
    const WallTime now = system_now().wall;
    const server::Token token{"k-" + crypto::encode_hex(crypto::random_bytes(8)),
                              PersonId{arguments.person},
                              arguments.out.filename().string(),
                              *scope,
                              now,
                              now + std::chrono::hours{24} * arguments.days};
    Store books = open_books(arguments.server);
    std::string secret;
    books.together([&] {
      secret = server::issue_token(books, token);
      books.add_audit(kTerminal, {"create_token", token.id, "", to_json(token).dump()}, now);
      crypto::write_file_atomically(arguments.out, view_bytes(secret), crypto::Readers::kOwner,
                                    crypto::IfExists::kRefuse);
    });
    out << render({"admin.token", {token.person.str(), arguments.out.string(), format_utc(token.until)}}, language)
        << std::endl;
  });
}

}  // namespace loa::cli
