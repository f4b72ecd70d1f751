// What a process that parses strangers' files may do: read and write the descriptors it was given, compute, and end.
// Two steps, because libraries have to be loaded between them, and no byte of the input may be read before the second.
//
// This is the only door to libseccomp.
#pragma once

#include <cstdint>

#include <sys/types.h>

namespace loa::intake {

struct SandboxLimits {
  std::uint64_t cpu_seconds = 1200;
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;  // of private writable memory
  std::uint64_t file_bytes = std::uint64_t{64} << 20;     // that a file may grow to
  int highest_fd = 3;                                     // everything above is closed
};

// First thing in main, while the process has one thread. Dies with `parent`; closes all other descriptors; forgets the
// environment; sets rlimits; gives up all privileges for good; leaves the network where the kernel lets it. Throws
// loa::Error intake.sandbox when a step that must work does not: the process must then end.
void isolate_process(pid_t parent, const SandboxLimits& limits);

// Seccomp over every thread, present and future. From here on no file, directory or socket can be opened and no program
// or process started: what libraries may innocently try fails with EPERM; what only an intruder tries ends the process
// with SIGSYS. Executable memory cannot be made any more. Throws loa::Error intake.sandbox.
void seal_process();

}  // namespace loa::intake
