// What a process that handles strangers' bytes, or a secret, may do: compute, use the descriptors it holds, and end.
// Called in this order, early in main, while the process has one thread; what has to be opened or loaded is opened or
// loaded before the last step, and no byte from outside is read before it.
//
// Everything throws loa::Error sandbox.failed (which step, why) when a step that must work does not: the process must
// then end. This is the only door to libseccomp.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>

#include <sys/types.h>

namespace loa::sandbox {

// Everything above is closed.
void close_descriptors_above(int highest);

// Puts the process in an empty network of its own where the kernel lets it; refused in some containers, which is no
// error: the seal forbids sockets anyway. kUserNamespace lets a process that is not root do it too, at the price that
// it sees other users by no name but nobody's.
enum class Means { kPlain, kUserNamespace };
void leave_network(Means means);

// None: as it was.
struct Limits {
  std::optional<std::uint64_t> cpu_seconds = 1200;
  std::optional<std::uint64_t> memory_bytes = std::uint64_t{256} << 20;  // of private writable memory
  std::optional<std::uint64_t> file_bytes = std::uint64_t{64} << 20;     // that a file may grow to
};

// No core file, no tracer of the same user, no look into its memory through /proc.
void forbid_dumps();

// Forgets the environment, sets limits, gives up all privileges for good (root becomes nobody where there is a nobody),
// and forbids dumps. What the parent asked for by PR_SET_PDEATHSIG before it started us still holds.
void give_up_privileges(const Limits& limits);

// Ends with `parent`, also when that is dead already. After give_up_privileges(), which would undo it.
void die_with(pid_t parent);

// Seccomp over every thread, present and future. From here on no file, directory or socket can be opened and no program
// or process started: what libraries may innocently try fails with EPERM; what only an intruder tries ends the process
// with SIGSYS. Executable memory cannot be made any more. `also` names system calls that this process needs besides.
void seal(std::initializer_list<const char*> also = {});

}  // namespace loa::sandbox
