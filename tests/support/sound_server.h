// A private PulseAudio with one silent device of four channels and a mono output for each of the first three: three
// loudspeakers whose sound is captured together, so that their timing is exact to the sample.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::test {

class SoundServer {
 public:
  // Throws std::runtime_error when it does not come up.
  SoundServer();
  ~SoundServer();
  SoundServer(const SoundServer&) = delete;
  SoundServer& operator=(const SoundServer&) = delete;

  // For PULSE_SERVER.
  [[nodiscard]] const std::string& address() const { return address_; }
  // The outputs are n0, n1, n2.
  [[nodiscard]] Child& process() { return *process_; }

  void start_capture();
  // Ends it once all that sounded before the call is in; one vector a channel, n0 first.
  [[nodiscard]] std::vector<std::vector<float>> take_capture();

 private:
  ScratchFolder folder_;
  std::string address_;
  std::unique_ptr<Child> process_;
  std::unique_ptr<Child> capture_;
};

}  // namespace loa::test
