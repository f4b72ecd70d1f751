#include "common/link/broker_config.h"

#include <algorithm>

#include "common/base/error.h"

namespace loa::link {
namespace {

// One value of one line: mosquitto cuts at white space and knows no quotes, and a line break would begin a setting.
std::string checked(const char* name, const std::string& value) {
  const bool is_plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f;
  });
  if (!is_plain) throw Error("broker.bad_setting", {name, value});
  return value;
}

// Paths may hold spaces (mosquitto takes the rest of the line) but not at an end.
std::string checked(const char* name, const std::filesystem::path& path) {
  const std::string& value = path.native();
  const bool has_control =
      std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (!path.is_absolute() || has_control || value.ends_with(' ')) throw Error("broker.bad_setting", {name, value});
  return value;
}

}  // namespace

std::string render_broker_config(const BrokerSettings& settings) {
  if (settings.port == 0) throw Error("broker.bad_setting", {"port", "0"});
  const auto keep_alive = settings.longest_keep_alive.count();
  if (keep_alive < 10 || keep_alive > 65535)
    throw Error("broker.bad_setting", {"longest_keep_alive", std::to_string(keep_alive)});
  std::string out;
  const auto line = [&out](const char* name, const std::string& value) {
    out += name;
    out += ' ';
    out += value;
    out += '\n';
  };
  out += "# Written by Loa from its own settings; changes here are lost.\n";
  line("log_dest", "stderr");
  for (const char* type : {"error", "warning", "notice"}) line("log_type", type);
  line("connection_messages", "true");
  line("pid_file", checked("pid_file", settings.pid_file));
  if (!settings.user.empty()) line("user", checked("user", settings.user));

  // The only listener. Its own address: without one mosquitto would listen to the whole network.
  line("listener", std::to_string(settings.port) + " " + checked("address", settings.address));
  line("protocol", "mqtt");
  line("cafile", checked("ca", settings.ca));
  line("certfile", checked("certificate", settings.certificate));
  line("keyfile", checked("key", settings.key));
  line("tls_version", "tlsv1.3");
  line("require_certificate", "true");
  line("crlfile", checked("revocation_list", settings.revocation_list));
  line("use_identity_as_username", "true");
  // Nobody can end the session of another by connecting with its client id; and whoever is to be shut out is found
  // under its own name.
  line("use_username_as_clientid", "true");
  line("allow_anonymous", "false");
  line("acl_file", checked("access_list", settings.access_list));
  line("allow_zero_length_clientid", "false");

  if (settings.persistence) {
    line("persistence", "true");
    line("persistence_location", checked("persistence", *settings.persistence) + "/");
    line("autosave_interval", "60");
  } else {
    line("persistence", "false");
  }

  // Together: with a limit on the number, Paho and mosquitto stall on bursts; without one on the bytes, stalled clients
  // take the broker's memory.
  line("max_inflight_messages", "0");
  line("max_inflight_bytes", "1000000");
  line("max_queued_messages", std::to_string(settings.most_queued));
  line("max_queued_bytes", std::to_string(settings.most_queued_bytes));
  line("queue_qos0_messages", "false");
  line("message_size_limit", std::to_string(settings.largest_message));
  line("max_packet_size", std::to_string(settings.largest_message + 2048));
  line("max_keepalive", std::to_string(keep_alive));
  line("persistent_client_expiration", "1h");
  line("set_tcp_nodelay", "true");
  line("sys_interval", "0");
  return out;
}

std::string render_access_list() {
  return "# Written by Loa. The user name is the common name of the client's certificate.\n"
         "user server\n"
         "topic write loa/1/+/down/+/#\n"
         "topic write loa/1/+/all/#\n"
         "topic write loa/1/+/live/+\n"
         "topic read loa/1/+/up/+/#\n"
         "\n"
         "pattern read loa/1/+/down/%u/#\n"
         "pattern read loa/1/+/all/#\n"
         "pattern read loa/1/+/live/+\n"
         "pattern write loa/1/+/up/%u/#\n";
}

}  // namespace loa::link
