// The core's part in people: each change is one transaction with its row of the audit.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/crypto/random.h"
#include "common/crypto/totp.h"
#include "server/core/commands.h"
#include "server/core/server_core.h"
#include "server/store/people_desk.h"

namespace loa::server {

Person ServerCore::known_person(const PersonId& id) {
  const auto person = store_.load_person(id);
  if (!person) throw Error("person.unknown", {id.str()});
  return *person;
}

Person ServerCore::open_person(const PersonId& id) {
  Person person = known_person(id);
  if (person.closed) throw Error("person.closed", {id.str()});
  return person;
}

void ServerCore::require_another_admin(const PersonId& id) {
  const auto people = store_.load_people();
  const bool has_another = std::ranges::any_of(people, [&](const Person& person) {
    return person.id != id && person.role == Role::kAdmin && !person.closed && person.has_password;
  });
  if (!has_another) throw Error("people.last_admin", {id.str()});
}

void ServerCore::handle(AddPerson& message, Now now) {
  answer<Invited>(message.reply, "add_person", [&]() -> Invited {
    Person& person = message.person;
    require_sound_person(person);
    person.made = now.wall;
    Invitation invitation;
    store_.together([&] {
      store_.add_person(person);
      invitation = invite(store_, person.id, now.wall);
      note({"create_person", person.id.str(), "", as_json(person)}, now.wall);
    });
    return {person, std::move(invitation.code), invitation.until};
  });
}

void ServerCore::handle(ChangePerson& message, Now now) {
  answer<Person>(message.reply, "change_person", [&]() -> Person {
    require_sound_person(message.person);
    const Person before = open_person(message.person.id);
    if (before.role == Role::kAdmin && message.person.role != Role::kAdmin) require_another_admin(before.id);
    Person after = before;
    store_.together([&] {
      store_.save_person(message.person);
      if (message.person.role != before.role || message.person.area != before.area) store_.remove_sessions(before.id);
      after = known_person(before.id);
      note({"change_person", before.id.str(), as_json(before), as_json(after)}, now.wall);
    });
    return after;
  });
}

void ServerCore::handle(InvitePerson& message, Now now) {
  answer<Invited>(message.reply, "invite_person", [&]() -> Invited {
    const Person before = known_person(message.person);
    // Until the invitation is taken up nobody could administer the ward, and whoever asks is shut out by it.
    if (before.role == Role::kAdmin && !before.closed) require_another_admin(before.id);
    Invited invited;
    store_.together([&] {
      Invitation invitation = invite(store_, before.id, now.wall);
      invited = {known_person(before.id), std::move(invitation.code), invitation.until};
      note({"invite_person", before.id.str(), as_json(before), as_json(invited.person)}, now.wall);
    });
    return invited;
  });
}

void ServerCore::handle(ClosePerson& message, Now now) {
  answer<Person>(message.reply, "close_person", [&]() -> Person {
    Person before = known_person(message.person);
    if (before.closed) return before;
    if (before.role == Role::kAdmin) require_another_admin(before.id);
    Person after = before;
    store_.together([&] {
      store_.close_person(before.id, now.wall);
      after = known_person(before.id);
      note({"close_person", before.id.str(), as_json(before), as_json(after)}, now.wall);
    });
    return after;
  });
}

void ServerCore::handle(TakeInvitation& message, Now now) {
  answer<Person>(message.reply, "take_invitation", [&]() -> Person {
    Person person;
    store_.together([&] {
      const auto id = store_.find_invited(message.code_sha256, now.wall);
      if (!id) throw Error("invitation.unknown");
      store_.save_password(*id, message.password);
      person = known_person(*id);
      store_.add_audit({person.id, by_.via}, {"take_invitation", person.id.str()}, now.wall);
    });
    return person;
  });
}

void ServerCore::handle(ChangePassword& message, Now now) {
  answer<Done>(message.reply, "change_password", [&]() -> Done {
    store_.together([&] {
      if (store_.load_password(message.person) != message.verified) throw Error("session.refused");
      store_.save_password(message.person, message.password);
      note({"change_password", message.person.str()}, now.wall);
    });
    return {};
  });
}

void ServerCore::handle(OpenSession& message, Now now) {
  answer<OpenSession::Opened>(message.reply, "open_session", [&]() -> OpenSession::Opened {
    OpenSession::Opened opened;
    store_.together([&] {
      // The password may have changed while it was compared.
      const auto person = store_.load_person(message.person);
      if (!person || person->closed || store_.load_password(person->id) != message.verified)
        throw Error("session.refused");
      SecondFactor factor = store_.load_second_factor(person->id);
      if (factor.secret) {
        if (message.digits.empty()) throw Error("session.digits_needed");
        const auto step = crypto::find_totp_step(*factor.secret, message.digits, now.wall, factor.used);
        if (!step) throw Error("session.wrong_digits");
        factor.used = *step;
        store_.save_second_factor(person->id, factor);
      }
      opened.secret = make_secret();
      opened.until = now.wall + kSessionLasts;
      const std::string session = hash_of_secret(opened.secret);
      store_.add_session(session, person->id, now.wall, opened.until);
      opened.caller = *store_.find_session(session, now.wall);
      store_.add_audit({person->id, by_.via}, {"open_session", person->id.str()}, now.wall);
    });
    return opened;
  });
}

void ServerCore::handle(CloseSession& message, Now) {
  answer<Done>(message.reply, "close_session", [&]() -> Done {
    store_.remove_session(message.session);
    return {};
  });
}

void ServerCore::handle(BeginSecondFactor& message, Now) {
  answer<Bytes>(message.reply, "begin_second_factor", [&]() -> Bytes {
    SecondFactor factor = store_.load_second_factor(open_person(message.person).id);
    // Another one comes with an invitation: whoever holds a session alone must not put their own in its place.
    if (factor.secret) throw Error("factor.exists");
    factor.wanted = crypto::random_bytes(crypto::kTotpSecret);
    store_.save_second_factor(message.person, factor);
    return *factor.wanted;
  });
}

void ServerCore::handle(ConfirmSecondFactor& message, Now now) {
  answer<Person>(message.reply, "confirm_second_factor", [&]() -> Person {
    SecondFactor factor = store_.load_second_factor(open_person(message.person).id);
    if (!factor.wanted) throw Error("factor.not_begun");
    const auto step = crypto::find_totp_step(*factor.wanted, message.digits, now.wall, factor.used);
    if (!step) throw Error("session.wrong_digits");
    store_.together([&] {
      store_.save_second_factor(message.person, {factor.wanted, std::nullopt, *step});
      note({"confirm_second_factor", message.person.str()}, now.wall);
    });
    return known_person(message.person);
  });
}

void ServerCore::handle(AddToken& message, Now now) {
  answer<AddToken::Made>(message.reply, "create_token", [&]() -> AddToken::Made {
    Token& token = message.token;
    token.id = "k-" + random_id_();
    token.name = required_text(token.name, "name", kLongestTitle);
    token.made = now.wall;
    if (token.until <= now.wall || token.until > now.wall + kLongestToken) throw Error("token.bad_until");
    static_cast<void>(open_person(token.person));
    AddToken::Made made;
    store_.together([&] {
      made = {token, issue_token(store_, token)};
      note({"create_token", token.id, "", as_json(token)}, now.wall);
    });
    return made;
  });
}

void ServerCore::handle(RevokeToken& message, Now now) {
  answer<Token>(message.reply, "revoke_token", [&]() -> Token {
    const auto found = [&] {
      const auto tokens = store_.load_tokens();
      const auto token = std::ranges::find(tokens, message.token, &Token::id);
      if (token == tokens.end()) throw Error("token.unknown", {message.token});
      return *token;
    };
    Token before = found();
    if (before.revoked) return before;
    Token after = before;
    store_.together([&] {
      store_.revoke_token(before.id, now.wall);
      after = found();
      note({"revoke_token", before.id, as_json(before), as_json(after)}, now.wall);
    });
    return after;
  });
}

}  // namespace loa::server
