// What the server asks of the broker's door when a node is revoked. The real one is mqtt_broker_gate.h.
#pragma once

#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/crypto/certificates.h"

namespace loa::server {

// A node whose live session is to end, and a short-lived certificate in its name to take the session over with.
struct ShutOut {
  NodeId node;
  crypto::TlsIdentity identity;
};

class BrokerGate {
 public:
  virtual ~BrokerGate() = default;
  // The list of revoked certificates that stands now; empty when there is none. The core's thread. Never throws.
  [[nodiscard]] virtual std::string current_list() = 0;
  // From now on the broker is to refuse what this list names, and these nodes' sessions are to end. Returns at once;
  // the work goes on elsewhere until it is done. The core's thread. Never throws.
  virtual void shut_out(std::string revocation_list, std::vector<ShutOut> nodes) = 0;
};

}  // namespace loa::server
