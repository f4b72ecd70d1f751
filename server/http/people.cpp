#include "server/http/people.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/crypto/encoding.h"
#include "common/crypto/password.h"
#include "common/http/uri.h"
#include "common/qr/qr.h"
#include "server/http/gate.h"
#include "server/http/schemas.h"
#include "server/store/people_desk.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr std::int64_t kMostAudited = 1000;

// What an unknown name is compared with, so that it takes as long as a known one.
const std::string& nobodys_password() {
  static const std::string hash = crypto::hash_password(make_secret());
  return hash;
}

std::string cookie(std::string_view secret, seconds age) {
  return std::string{kSessionCookie} + "=" + std::string{secret} +
         "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count());
}

json me_json(const Caller& caller) {
  json out = {{"person", caller.person.str()}, {"name", caller.name}, {"role", to_string(caller.role)}};
  out["area"] = caller.area ? json(caller.area->str()) : json();
  out["second_factor_first"] = caller.standing == Caller::Standing::kNewcomer;
  return out;
}

// Neither of a sign-in that fails nor of an attack does the log tell more than the name that was tried.
void log_refused(const PersonId& person, const std::string& remote, const char* why) {
  log::warning("sign-in refused", {{"person", person.str()}, {"from", remote}, {"why", why}});
}

Person read_person(const FieldReader& body, PersonId id) {
  Person person;
  person.id = std::move(id);
  person.name = body.text("name", 1000);
  const auto role = parse_role(body.text("role", 16));
  if (!role) throw BadJson("role: chairman, editor, operator, group_lead, viewer or admin");
  person.role = *role;
  person.mail = body.text_or("mail", 256, "");
  if (const json* area = body.find("area"); area != nullptr && !area->is_null()) person.area = body.id<AreaId>("area");
  return person;
}

json invited_json(const Invited& invited) {
  return {{"person", to_json(invited.person)}, {"code", invited.code}, {"until", format_utc(invited.until)}};
}

}  // namespace

void PeopleRoutes::take_try(const PersonId& person, const http::Request& request) {
  if (limits_.take(person, http::network_of(request.remote), system_now().mono)) return;
  log_refused(person, request.remote, "too many tries");
  throw http::Refused(429, "session.too_many", {std::to_string(SignInLimits::kWindow.count())});
}

void PeopleRoutes::hash_elsewhere(std::function<void()> job) {
  if (!hasher_.post(std::move(job))) throw http::Refused(503, "server.busy");
}

void PeopleRoutes::sign_in(const http::Request& request, const http::Responder& responder) {
  desk_.with_body(request, [&](const FieldReader& body) {
    const auto person = body.id<PersonId>("person");
    const std::string password = body.text("password", crypto::kLongestPassword);
    const std::string digits = body.text_or("digits", 6, "");
    take_try(person, request);
    const auto known = desk_.books.load_password(person);
    OpenSession message{person, known.value_or(""), digits, {}};
    message.reply = [this, responder, person, remote = request.remote,
                     digits](const std::variant<OpenSession::Opened, Text>& result) {
      if (const auto* why = std::get_if<Text>(&result)) {
        // The password was right and the digits are asked for: no guess was made yet.
        if (why->code == "session.digits_needed")
          limits_.forgive(person, http::network_of(remote), system_now().mono);
        else
          log_refused(person, remote, why->code.c_str());
        fail(responder, *why);
        return;
      }
      limits_.forgive(person, http::network_of(remote), system_now().mono);
      const auto& opened = std::get<OpenSession::Opened>(result);
      send_json(responder, 201, me_json(opened.caller), {{"Set-Cookie", cookie(opened.secret, kSessionLasts)}});
    };
    hash_elsewhere([this, responder, password, known, remote = request.remote, message = std::move(message)]() mutable {
      const bool is_right = crypto::is_password(known ? *known : nobodys_password(), password) && known;
      if (!is_right) {
        log_refused(message.person, remote, "wrong name or password");
        responder.fail(http::Refused(401, "session.refused"));
      } else if (!desk_.post(Asked{{{}, "session"}, std::make_shared<Command>(std::move(message))})) {
        responder.fail(http::Refused(503, "server.busy"));
      }
    });
  });
}

void PeopleRoutes::sign_out(const http::Request& request, const http::Responder& responder) {
  CloseSession message{Desk::caller_of(request)->session, {}};
  message.reply = [responder](const std::variant<Done, Text>& result) {
    if (const auto* why = std::get_if<Text>(&result)) {
      fail(responder, *why);
      return;
    }
    http::Response response{204};
    response.headers = {{"Set-Cookie", cookie("", seconds{0})}};
    responder.send(std::move(response));
  };
  desk_.tell(request, std::move(message));
}

void PeopleRoutes::take_invitation(const http::Request& request, const http::Responder& responder) {
  desk_.with_body(request, [&](const FieldReader& body) {
    const std::string password = body.text("password", crypto::kLongestPassword);
    std::string code;
    try {
      code = hash_of_invitation(body.text("code", 64));
    } catch (const Error& error) {
      throw http::Refused(422, error);
    }
    // Nobody guesses a code, and without one there is nothing to compute.
    const auto invited = desk_.books.find_invited(code, system_now().wall);
    if (!invited) throw http::Refused(422, "invitation.unknown");
    try {
      require_good_password(*invited, password);
    } catch (const Error& error) {
      throw http::Refused(422, error);
    }
    TakeInvitation message{std::move(code), {}, {}};
    message.reply = reply_to<Person>(responder, 200, kPlain);
    hash_elsewhere([this, responder, password, message = std::move(message)]() mutable {
      try {
        message.password = crypto::hash_password(password);
      } catch (const Error& error) {
        fail(responder, error.text());
        return;
      }
      if (!desk_.post(Asked{{{}, "invitation"}, std::make_shared<Command>(std::move(message))}))
        responder.fail(http::Refused(503, "server.busy"));
    });
  });
}

void PeopleRoutes::change_password(const http::Request& request, const http::Responder& responder) {
  desk_.with_body(request, [&](const FieldReader& body) {
    const Caller& caller = *Desk::caller_of(request);
    const std::string present = body.text("password", crypto::kLongestPassword);
    const std::string wanted = body.text("new_password", crypto::kLongestPassword);
    try {
      require_good_password(caller.person, wanted);
    } catch (const Error& error) {
      throw http::Refused(422, error);
    }
    take_try(caller.person, request);
    ChangePassword message{caller.person, desk_.books.load_password(caller.person).value_or(""), {}, {}};
    message.reply = reply_done(responder);
    const By by{caller.person, caller.via};
    hash_elsewhere(
        [this, responder, present, wanted, by, remote = request.remote, message = std::move(message)]() mutable {
          try {
            if (!crypto::is_password(message.verified, present)) throw Error("session.refused");
            message.password = crypto::hash_password(wanted);
          } catch (const Error& error) {
            fail(responder, error.text());
            return;
          }
          limits_.forgive(by.person, http::network_of(remote), system_now().mono);
          if (!desk_.post(Asked{by, std::make_shared<Command>(std::move(message))}))
            responder.fail(http::Refused(503, "server.busy"));
        });
  });
}

void PeopleRoutes::begin_second_factor(const http::Request& request, const http::Responder& responder) {
  const Caller& caller = *Desk::caller_of(request);
  BeginSecondFactor message{caller.person, {}};
  const std::string account =
      http::percent_encode("Loa " + desk_.settings.station.str()) + ":" + http::percent_encode(caller.person.str());
  message.reply =
      reply_to<Bytes>(responder, 201, [account, issuer = desk_.settings.station.str()](const Bytes& secret) {
        const std::string text = crypto::encode_base32(secret);
        const std::string uri =
            "otpauth://totp/" + account + "?secret=" + text + "&issuer=" + http::percent_encode("Loa " + issuer);
        return json{{"secret", text}, {"uri", uri}, {"picture", qr::svg(uri, qr::Correction::kMedium)}};
      });
  desk_.tell(request, std::move(message));
}

void PeopleRoutes::confirm_second_factor(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    const Caller& caller = *Desk::caller_of(request);
    take_try(caller.person, request);
    ConfirmSecondFactor message{caller.person, body.text("digits", 6), {}};
    message.reply = [this, responder, person = caller.person,
                     remote = request.remote](const std::variant<Person, Text>& result) {
      if (const auto* why = std::get_if<Text>(&result)) {
        fail(responder, *why);
        return;
      }
      limits_.forgive(person, http::network_of(remote), system_now().mono);
      send_json(responder, 200, to_json(std::get<Person>(result)));
    };
    return message;
  });
}

void PeopleRoutes::add_person(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    return AddPerson{read_person(body, body.id<PersonId>("person")), reply_to<Invited>(responder, 201, invited_json)};
  });
}

void PeopleRoutes::change_person(const http::Request& request, const http::Responder& responder) {
  const Person known = desk_.found(request, "person", "person.unknown",
                                   [&](const auto& id) { return desk_.books.load_person(PersonId{id}); });
  desk_.command(request, [&](const FieldReader& body) {
    return ChangePerson{read_person(body, known.id), reply_to<Person>(responder, 200, kPlain)};
  });
}

void PeopleRoutes::invite_person(const http::Request& request, const http::Responder& responder) {
  const Person known = desk_.found(request, "person", "person.unknown",
                                   [&](const auto& id) { return desk_.books.load_person(PersonId{id}); });
  desk_.tell(request, InvitePerson{known.id, reply_to<Invited>(responder, 201, invited_json)});
}

void PeopleRoutes::close_person(const http::Request& request, const http::Responder& responder) {
  const Person known = desk_.found(request, "person", "person.unknown",
                                   [&](const auto& id) { return desk_.books.load_person(PersonId{id}); });
  desk_.tell(request, ClosePerson{known.id, reply_to<Person>(responder, 200, kPlain)});
}

json PeopleRoutes::list_tokens(const http::Request& request) {
  const Caller& caller = *Desk::caller_of(request);
  std::vector<Token> tokens = desk_.books.load_tokens();
  if (caller.role != Role::kAdmin)
    std::erase_if(tokens, [&](const Token& token) { return token.person != caller.person; });
  return list_json(tokens);
}

void PeopleRoutes::add_token(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    AddToken message;
    message.token.person = Desk::caller_of(request)->person;
    message.token.name = body.text("name", 1000);
    const auto scope = parse_token_scope(body.text("scope", 16));
    if (!scope) throw BadJson("scope: read, write or stop");
    message.token.scope = *scope;
    const auto until = parse_utc(body.text("until", 40));
    if (!until) throw BadJson("until: an instant, 2027-01-31T00:00:00Z");
    message.token.until = *until;
    message.reply = reply_to<AddToken::Made>(responder, 201, [](const AddToken::Made& made) {
      json out = to_json(made.token);
      out["secret"] = made.secret;
      return out;
    });
    return message;
  });
}

void PeopleRoutes::revoke_token(const http::Request& request, const http::Responder& responder) {
  const Caller& caller = *Desk::caller_of(request);
  const Token token =
      desk_.found(request, "token", "token.unknown", [&](const std::string& id) -> std::optional<Token> {
        const auto tokens = desk_.books.load_tokens();
        const auto known = std::ranges::find(tokens, id, &Token::id);
        // Of others' one is not even told that it is there.
        if (known == tokens.end() || (known->person != caller.person && caller.role != Role::kAdmin))
          return std::nullopt;
        return *known;
      });
  desk_.tell(request, RevokeToken{token.id, reply_to<Token>(responder, 200, kPlain)});
}

json PeopleRoutes::list_audit(const http::Request& request) {
  AuditFilter filter;
  filter.before = request.integer("before").value_or(filter.before);
  if (const auto subject = request.parameter("subject"); !subject.empty()) filter.subject = std::string{subject};
  if (const auto person = request.parameter("person"); !person.empty()) filter.person = PersonId{std::string{person}};
  filter.limit = request.integer("limit").value_or(kMostAudited);
  return list_json(desk_.books.load_audit(filter));
}

std::vector<http::Route> PeopleRoutes::routes() {
  using http::BodyMode;
  using http::Method;
  using http::ParameterType;
  const Roles admins = roles({Role::kAdmin});
  const Roles auditors = roles({Role::kChairman, Role::kViewer, Role::kAdmin});
  const auto with = [](Roles names, std::initializer_list<std::string_view> more) {
    for (const std::string_view name : more) names.emplace_back(name);
    return names;
  };
  const auto route = &make_route;
  const auto handled = [this](http::Route made,
                              void (PeopleRoutes::*handler)(const http::Request&, const http::Responder&)) {
    made.handler = [this, handler](const http::Request& request, const http::Responder& responder) {
      (this->*handler)(request, responder);
    };
    return made;
  };
  const auto taking = [](http::Route made, const char* schema) {
    made.body = BodyMode::kJson;
    made.request_schema = schema;
    return made;
  };
  const auto about = [](http::Route made, const char* name, const char* description) {
    made.parameters.push_back({name, ParameterType::kId, description});
    return made;
  };
  const auto reading = [this](http::Route made, auto load) {
    made.handler = [this, load](const http::Request& request, const http::Responder& responder) {
      desk_.read(responder, [&] { return load(request); });
    };
    return made;
  };
  const auto cookie_answer = ok(201, "signed in; the cookie is the session", "Me");

  std::vector<http::Route> all;
  all.push_back(
      handled(taking(route(Method::kPost, "/api/session", "sign_in", {}, "Signs in", cookie_answer), "SignIn"),
              &PeopleRoutes::sign_in));
  all.push_back(handled(route(Method::kDelete, "/api/session", "sign_out", with(everyone(), {kNewcomer, kSessionOnly}),
                              "Signs out", {204, "signed out"}),
                        &PeopleRoutes::sign_out));
  all.push_back(handled(taking(route(Method::kPost, "/api/invitation", "take_invitation", {},
                                     "Chooses the password that an invitation is for", ok(200, "chosen", "Person")),
                               "TakeInvitation"),
                        &PeopleRoutes::take_invitation));
  all.push_back(reading(route(Method::kGet, "/api/me", "get_me", with(everyone(), {kNewcomer}), "Who is signed in",
                              ok(200, "found", "Me")),
                        [](const http::Request& request) { return me_json(*Desk::caller_of(request)); }));
  all.push_back(handled(
      taking(route(Method::kPost, "/api/me/password", "change_password", with(everyone(), {kNewcomer, kSessionOnly}),
                   "Changes the own password and ends all own sessions", {204, "changed; sign in anew"}),
             "ChangePassword"),
      &PeopleRoutes::change_password));
  all.push_back(handled(route(Method::kPost, "/api/me/second_factor", "begin_second_factor",
                              with(everyone(), {kNewcomer, kSessionOnly}), "Makes the secret of a second factor",
                              ok(201, "shown this once; it counts when it is confirmed", "SecondFactor")),
                        &PeopleRoutes::begin_second_factor));
  all.push_back(handled(taking(route(Method::kPost, "/api/me/second_factor/confirm", "confirm_second_factor",
                                     with(everyone(), {kNewcomer, kSessionOnly}), "Shows that the second factor works",
                                     ok(200, "from now on it is asked for", "Person")),
                               "Digits"),
                        &PeopleRoutes::confirm_second_factor));

  all.push_back(reading(
      route(Method::kGet, "/api/people", "list_people", admins, "Who works with the ward", ok(200, "found", "People")),
      [this](const http::Request&) { return list_json(desk_.books.load_people()); }));
  all.push_back(handled(taking(route(Method::kPost, "/api/people", "create_person", with(admins, {kSessionOnly}),
                                     "Adds somebody and makes their invitation",
                                     ok(201, "added; the code is shown this once", "Invited")),
                               "NewPerson"),
                        &PeopleRoutes::add_person));
  all.push_back(handled(about(taking(route(Method::kPut, "/api/people/{person}", "change_person",
                                           with(admins, {kSessionOnly}), "Changes name, role and area",
                                           ok(200, "changed; with other rights they sign in anew", "Person")),
                                     "PersonTerms"),
                              "person", "name they sign in by"),
                        &PeopleRoutes::change_person));
  all.push_back(handled(
      about(route(Method::kPost, "/api/people/{person}/invitation", "invite_person", with(admins, {kSessionOnly}),
                  "Makes another invitation: password, second factor and sessions are void",
                  ok(201, "the code is shown this once", "Invited")),
            "person", "name they sign in by"),
      &PeopleRoutes::invite_person));
  all.push_back(
      handled(about(route(Method::kDelete, "/api/people/{person}", "close_person", with(admins, {kSessionOnly}),
                          "Ends somebody's sessions and tokens; what they did stays with their name",
                          ok(200, "closed", "Person")),
                    "person", "name they sign in by"),
              &PeopleRoutes::close_person));

  all.push_back(reading(route(Method::kGet, "/api/tokens", "list_tokens", everyone(),
                              "The own tokens for programs; of an administrator all", ok(200, "found", "Tokens")),
                        [this](const http::Request& request) { return list_tokens(request); }));
  all.push_back(handled(taking(route(Method::kPost, "/api/tokens", "create_token", with(everyone(), {kSessionOnly}),
                                     "Makes a token for a program that acts as oneself",
                                     ok(201, "made; its secret is shown this once", "TokenMade")),
                               "NewToken"),
                        &PeopleRoutes::add_token));
  all.push_back(handled(about(route(Method::kDelete, "/api/tokens/{token}", "revoke_token",
                                    with(everyone(), {kSessionOnly}), "Ends a token", ok(200, "revoked", "Token")),
                              "token", "id of the token"),
                        &PeopleRoutes::revoke_token));

  http::Route audit = reading(route(Method::kGet, "/api/audit", "list_audit", auditors, "Who did what, newest first",
                                    ok(200, "found", "Audit")),
                              [this](const http::Request& request) { return list_audit(request); });
  audit.parameters = {
      {"before", ParameterType::kInteger, "only rows before this one"},
      {"subject", ParameterType::kId, "only about this"},
      {"person", ParameterType::kId, "only by this person"},
      {"limit", ParameterType::kInteger, "at most so many", http::Presence::kOptional, {}, 1, kMostAudited}};
  all.push_back(std::move(audit));
  return all;
}

}  // namespace loa::server
