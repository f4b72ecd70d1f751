// A word to those who must act: what is sent by e-mail and to a webhook.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"

namespace loa::server {

struct Notice {
  std::string event;            // announcement.submitted, announcement.approved, announcement.returned
  std::string subject;          // id of what it is about
  Text text;                    // what people read
  std::vector<std::string> to;  // mail addresses; none: only the webhook
};

// Whether an address may stand in a command to a mail server: one @, printable ASCII without spaces, < > and ".
[[nodiscard]] bool is_mail_address(const std::string& text);

}  // namespace loa::server
