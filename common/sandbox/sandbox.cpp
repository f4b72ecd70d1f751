#include "common/sandbox/sandbox.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/error.h"

namespace loa::sandbox {
namespace {

// Sanitizers reserve terabytes of address space and start helpers when they report.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

constexpr uid_t kNobody = 65'534;
// Loaded libraries take address space but no memory.
constexpr std::uint64_t kLibrariesAddressSpace = std::uint64_t{1} << 30;

// Nothing that this process or its libraries could want.
constexpr auto kOnlyIntruders = std::to_array<std::string_view>({"execve",
                                                                 "execveat",
                                                                 "fork",
                                                                 "vfork",
                                                                 "socket",
                                                                 "connect",
                                                                 "bind",
                                                                 "listen",
                                                                 "accept",
                                                                 "accept4",
                                                                 "sendto",
                                                                 "sendmsg",
                                                                 "ptrace",
                                                                 "bpf",
                                                                 "unshare",
                                                                 "setns",
                                                                 "mount",
                                                                 "umount2",
                                                                 "pivot_root",
                                                                 "chroot",
                                                                 "kexec_load",
                                                                 "keyctl",
                                                                 "add_key",
                                                                 "request_key",
                                                                 "userfaultfd",
                                                                 "process_vm_readv",
                                                                 "process_vm_writev",
                                                                 "io_uring_setup",
                                                                 "perf_event_open",
                                                                 "open_by_handle_at",
                                                                 "init_module",
                                                                 "finit_module",
                                                                 "kill"});

[[noreturn]] void fail(const char* step) {
  throw Error("sandbox.failed", {std::string{step} + ": " + std::strerror(errno)});
}

void limit(__rlimit_resource what, std::uint64_t value, const char* name) {
  const rlimit both{value, value};
  if (setrlimit(what, &both) != 0) fail(name);
}

void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) fail("capset");
}

}  // namespace

void close_descriptors_above(int highest) {
  if (syscall(SYS_close_range, static_cast<unsigned>(highest) + 1U, ~0U, 0U) != 0) fail("close_range");
}

void leave_network(Means means) {
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0 && means == Means::kUserNamespace && geteuid() != 0)
    unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC);
}

void forbid_dumps() {
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail("dumpable");
}

void give_up_privileges(const Limits& limits) {
  const pid_t parent = getppid();
  int end_with_parent = 0;
  if (prctl(PR_GET_PDEATHSIG, &end_with_parent, 0, 0, 0) != 0) fail("pdeathsig");
  if (clearenv() != 0) fail("clearenv");
  if (geteuid() == 0) {
    // Containers may have no other user; then root without capabilities has to do.
    if (setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
        setresuid(kNobody, kNobody, kNobody) != 0)
      fail("setresuid");
  }

  if (limits.cpu_seconds) limit(RLIMIT_CPU, *limits.cpu_seconds, "RLIMIT_CPU");
  if (limits.file_bytes) limit(RLIMIT_FSIZE, *limits.file_bytes, "RLIMIT_FSIZE");
  limit(RLIMIT_NOFILE, 64, "RLIMIT_NOFILE");
  limit(RLIMIT_NPROC, 64, "RLIMIT_NPROC");
  limit(RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK");
  if (limits.memory_bytes && !kSanitized) {
    limit(RLIMIT_DATA, *limits.memory_bytes, "RLIMIT_DATA");
    limit(RLIMIT_AS, *limits.memory_bytes + kLibrariesAddressSpace, "RLIMIT_AS");
  }

  drop_capabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
  // After the change of user, which clears both.
  forbid_dumps();
  if (end_with_parent == 0) return;
  if (prctl(PR_SET_PDEATHSIG, end_with_parent, 0, 0, 0) != 0) fail("pdeathsig");
  if (getppid() != parent) raise(end_with_parent);
}

void die_with(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) fail("pdeathsig");
  // A parent that died before that line is caught here.
  if (getppid() != parent) {
    errno = ESRCH;
    fail("parent");
  }
}

void seal(std::initializer_list<const char*> also) {
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) fail("seccomp_init");
  const auto rule = [&](std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> arguments) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;  // this processor has no such call
    const int result = seccomp_rule_add_array(filter.get(), action, number, static_cast<unsigned>(arguments.size()),
                                              arguments.begin());
    if (result < 0 && result != -EDOM) {
      errno = -result;
      fail(name);
    }
  };
  const auto allow = [&](const char* name) { rule(SCMP_ACT_ALLOW, name, {}); };
  const auto comparison = [](unsigned argument, scmp_compare op, std::uint64_t a, std::uint64_t b) {
    return scmp_arg_cmp{argument, op, a, b};
  };

  for (const char* name :
       {"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "_llseek", "fstat", "ftruncate", "close",
        // fcntl and pipes: GStreamer's own wake-ups
        "fcntl", "poll", "ppoll", "eventfd2", "pipe2", "pselect6",
        // memory
        "munmap", "mremap", "madvise", "brk",
        // threads and signals
        "futex", "sched_yield", "sched_getaffinity", "set_robust_list", "rseq", "get_robust_list", "getpid", "gettid",
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
        "membarrier", "getrusage",
        // time and chance
        "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom"})
    allow(name);
  // This is how glibc asks about an open descriptor. A path could be given as well, but only sizes and dates come of
  // it.
  rule(SCMP_ACT_ALLOW, "newfstatat", {comparison(3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0)});
  // GStreamer wakes its own threads through a pair of sockets that lead nowhere else.
  rule(SCMP_ACT_ALLOW, "socketpair", {comparison(0, SCMP_CMP_EQ, AF_UNIX, 0)});
  // Memory yes, new machine code no.
  for (const char* name : {"mmap", "mprotect"})
    rule(SCMP_ACT_ALLOW, name, {comparison(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
  // Threads yes, processes no.
  rule(SCMP_ACT_ALLOW, "clone", {comparison(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)});
  rule(SCMP_ACT_ERRNO(ENOSYS), "clone3", {});  // glibc then falls back to clone, whose flags can be read
  // abort() of a library must end this process, and nothing else.
  rule(SCMP_ACT_ALLOW, "tgkill", {comparison(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(getpid()), 0)});
  rule(SCMP_ACT_ALLOW, "prctl", {comparison(0, SCMP_CMP_EQ, PR_SET_NAME, 0)});
  if (kSanitized) rule(SCMP_ACT_ALLOW, "prctl", {comparison(0, SCMP_CMP_EQ, PR_SET_VMA, 0)});

  for (const char* name : also) allow(name);
  for (const std::string_view name : kOnlyIntruders)
    if (std::ranges::find(also, name) == also.end()) rule(SCMP_ACT_KILL_PROCESS, name.data(), {});

  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) fail("seccomp tsync");
  const int result = seccomp_load(filter.get());
  if (result != 0) {
    errno = -result;
    fail("seccomp_load");
  }
}

}  // namespace loa::sandbox
