// The address of a socket whose path may be longer than the 107 octets that a Unix address holds: it goes through an
// open descriptor of the socket's folder. Internal to server/signer.
#pragma once

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/descriptor.h"

namespace loa::signer {

class UnixAddress {
 public:
  // Good for as long as this object. errno says why not, when is_good() is false.
  explicit UnixAddress(const std::filesystem::path& socket)
      : folder_(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    const std::string path = "/proc/self/fd/" + std::to_string(folder_.number()) + "/" + socket.filename().string();
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
  }
  [[nodiscard]] bool is_good() const { return folder_.is_open(); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  Descriptor folder_;
  sockaddr_un address_{};
};

}  // namespace loa::signer
